"""Which settings may stand together, and what HTTPS changes."""

import base64
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from receivables.checks import TAG, is_loopback, refuse_unsafe_settings
from tests.servers import ROOT

BEHIND_PROXY = {
    "HTTPS": True,
    "BIND": "0.0.0.0:8000",
    "PROXY_SSL_HEADER": "X-Forwarded-Proto",
    "BASE_URL": "https://r.example.com",
    "ALLOWED_HOSTS": ["r.example.com"],
}
CLOCK = datetime(2013, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        pytest.param({}, [], id="as it comes: alone on this machine"),
        pytest.param({"ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]", "shop.localhost"]}, [], id="all loopback names"),
        pytest.param({"ALLOWED_HOSTS": ["localhost", "r.example.com"]}, ["E001"], id="no HTTPS, but others can reach it"),
        pytest.param({"ALLOWED_HOSTS": ["*"]}, ["E001"], id="no HTTPS and any name"),
        pytest.param({"BIND": "0.0.0.0:8000"}, ["E009"], id="no HTTPS, but it listens to others"),
        pytest.param({"BIND": "[::1]:8000"}, [], id="no HTTPS, loopback of IPv6"),
        pytest.param({"LIVE_HOST": "box"}, ["E002"], id="live without HTTPS"),
        pytest.param(BEHIND_PROXY, [], id="HTTPS as it should be"),
        pytest.param(BEHIND_PROXY | {"PROXY_SSL_HEADER": ""}, ["E003"], id="HTTPS, but nobody says so"),
        pytest.param(BEHIND_PROXY | {"BASE_URL": "http://r.example.com"}, ["E004"], id="HTTPS, but links without"),
        pytest.param(BEHIND_PROXY | {"ALLOWED_HOSTS": ["*"]}, ["E005"], id="HTTPS and any name"),
        pytest.param(BEHIND_PROXY | {"LIVE_HOST": "box"}, [], id="live"),
        pytest.param(BEHIND_PROXY | {"LIVE_HOST": "box", "CLOCK": CLOCK}, ["E006"], id="live with a set clock"),
        pytest.param({"CLOCK": CLOCK}, [], id="a set clock in quarantine"),
        pytest.param({"SEND_JOURNAL": Path("handed.jsonl")}, ["E030"], id="a journal anywhere"),
        pytest.param({"SEND_JOURNAL": Path("/no/disk/handed.jsonl")}, [], id="a journal without its disk in quarantine"),
        pytest.param(
            BEHIND_PROXY | {"LIVE_HOST": "box", "SEND_JOURNAL": Path("/no/disk/j")}, ["E031"], id="live without the journal's disk"
        ),
        pytest.param({"FIELD_KEYS": ["short"]}, ["E007"], id="a key that is no key"),
        pytest.param({"FIELD_KEYS": [base64.b64encode(bytes(16)).decode()]}, ["E007"], id="a key of 16 bytes"),
        pytest.param({"EMAIL_HOST": "mail.example.com"}, ["E008"], id="mail in clear over the network"),
        pytest.param({"EMAIL_HOST": "mail.example.com", "EMAIL_USE_TLS": True}, [], id="mail with STARTTLS"),
        pytest.param({"EMAIL_HOST": "localhost"}, [], id="mail to this machine"),
    ],
)
def test_unsafe_settings_are_refused(settings, values, errors):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.ALLOWED_HOSTS = settings.LOOPBACK_NAMES  # the test runner adds a name of its own
    for name, value in values.items():
        setattr(settings, name, value)
    assert [error.id.removeprefix("receivables.") for error in run_checks(tags=[TAG])] == errors


def test_the_web_process_refuses_in_words(settings):
    settings.ALLOWED_HOSTS = ["r.example.com"]
    with pytest.raises(ImproperlyConfigured, match=r"ALLOWED_HOSTS names r\.example\.com"):
        refuse_unsafe_settings()


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.2", True), ("[::1]", True), ("localhost.example.com", False), ("0.0.0.0", False)])
def test_loopback(host, expected):
    assert is_loopback(host) is expected


def values_with(**variables: str) -> dict[str, object]:
    """Some settings as a new process reads them."""
    names = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "CACHES"]
    names += ["SECURE_PROXY_SSL_HEADER", "CELERY_BROKER_URL", "EMAIL_PORT"]
    script = f"import json; from receivables import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names}}}))"
    done = subprocess.run([sys.executable, "-c", script], env=os.environ | variables, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_with_https_cookies_are_bound_to_host_and_https():
    values = values_with(HTTPS="on", PROXY_SSL_HEADER="X-Forwarded-Proto", BROKER_URL="redis://:pw@redis:6379/0")
    assert values["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert values["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert values["SESSION_COOKIE_SECURE"] is values["SECURE_SSL_REDIRECT"] is True
    assert values["SECURE_HSTS_SECONDS"] == 31536000
    assert values["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert values["CACHES"]["default"]["LOCATION"] == "redis://:pw@redis:6379/1"


def test_without_https_cookies_work_on_loopback():
    values = values_with(BROKER_URL="redis+socket:///run/x/valkey.sock", EMAIL_URL="smtp+tls://u:p@mail.example.com")
    assert values["SESSION_COOKIE_NAME"] == "sessionid"
    assert values["SESSION_COOKIE_SECURE"] is values["SECURE_SSL_REDIRECT"] is False
    assert values["SECURE_PROXY_SSL_HEADER"] is None
    assert values["CACHES"]["default"]["LOCATION"] == "unix:///run/x/valkey.sock?db=1"
    assert values["EMAIL_PORT"] == 587


def test_a_database_of_ones_own_needs_secrets_of_ones_own():
    environment = os.environ | {"SECRET_KEY": ""}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(
        command, env=environment | {"DJANGO_SETTINGS_MODULE": "receivables.settings"}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1 or done.returncode == 2
    assert "Set SECRET_KEY, or SECRET_KEY_FILE" in done.stderr
