"""The servers that the tests use: those in DATABASE_URL and BROKER_URL, else private ones of their own in var/test, without fsync."""

import os
from pathlib import Path

from receivables import embedded
from receivables.embedded.places import OWNER

ROOT = Path(__file__).resolve().parent.parent
PLACES = embedded.Places(ROOT / "var" / "test")
OURS = {
    "DATA_DIR": str(PLACES.data / "data"),
    "SECRET_KEY": "only-for-the-tests",
    "FIELD_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}
NOT_OURS = [
    "ALLOWED_HOSTS", "BASE_URL", "BIND", "CLOCK", "DEFAULT_FROM_EMAIL", "EMAIL_URL", "HTTPS", "LIVE_HOST", "LOG_LEVEL", "PROXY_SSL_HEADER",
    "FAULT", "FAULT_LOG", "EMAIL_PROVIDER", "SMS_PROVIDER", "SMS_PART_PRICE", "SMSAPI_URL", "TWILIO_URL",
    "DATABASE_URL_FILE", "BROKER_URL_FILE", "OWNER_DATABASE_URL_FILE", "SECRET_KEY_FILE", "FIELD_KEYS_FILE", "EMAIL_URL_FILE",
]  # fmt: skip


def take() -> None:
    """Put all variables of the tests into the environment, so that the processes they start agree. May be called again.

    The tests speak as the role that owns the schema: they make and empty databases. It needs CREATEDB.
    """
    for name in NOT_OURS:
        os.environ.pop(name, None)
    urls = {"postgres": ("DATABASE_URL", PLACES.database_url(OWNER)), "valkey": ("BROKER_URL", PLACES.broker_url())}
    private = [server for server, (name, _) in urls.items() if not os.environ.get(name)]
    if private:
        embedded.hold(PLACES, private, fsync=False)
    os.environ |= OURS | {urls[server][0]: urls[server][1] for server in private}
    os.environ["OWNER_DATABASE_URL"] = os.environ["DATABASE_URL"]
