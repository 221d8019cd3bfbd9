"""Refuses settings that are not safe together. Run by every command, by the worker, and before the web process serves."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from receivables import faults
from receivables.db.sealing import seal
from receivables.messaging.sender.names import takes_no_answer
from receivables.outside import NotAllowed, Reach, allowed_url

TAG = "receivables"


@checks.register(TAG)
def https_unless_alone(**_options: Any) -> list[checks.CheckMessage]:
    """Without HTTPS a password crosses the wire readable, so nobody but this machine may reach the program."""
    if settings.HTTPS:
        return []
    if not is_loopback(settings.BIND.rpartition(":")[0]):
        return [_error(9, f"BIND={settings.BIND} listens to others. Set HTTPS=on, or listen on 127.0.0.1.")]
    strangers = [name for name in settings.ALLOWED_HOSTS if not is_loopback(name)]
    if strangers:
        return [_error(1, f"ALLOWED_HOSTS names {', '.join(strangers)}, which others can reach. Set HTTPS=on, or name only localhost.")]
    if settings.LIVE_HOST:
        return [_error(2, "LIVE_HOST is set, so messages may really leave. Set HTTPS=on first.")]
    return []


@checks.register(TAG)
def https_whole(**_options: Any) -> list[checks.CheckMessage]:
    """With HTTPS the proxy in front must say so in a header, and the links we send must use it."""
    if not settings.HTTPS:
        return []
    errors: list[checks.CheckMessage] = []
    if not settings.PROXY_SSL_HEADER:
        errors.append(
            _error(3, "HTTPS is on, but PROXY_SSL_HEADER does not name the header of the proxy in front, such as X-Forwarded-Proto.")
        )
    if not settings.BASE_URL.startswith("https://"):
        errors.append(_error(4, f"HTTPS is on, but BASE_URL is {settings.BASE_URL}. Write the public address with https://."))
    if "*" in settings.ALLOWED_HOSTS:
        errors.append(_error(5, "ALLOWED_HOSTS must name the hosts; '*' lets anybody write the addresses in our answers."))
    return errors


@checks.register(TAG)
def real_time_when_live(**_options: Any) -> list[checks.CheckMessage]:
    """A set clock would dun on the wrong day."""
    if settings.LIVE_HOST and settings.CLOCK:
        return [_error(6, "CLOCK is set together with LIVE_HOST. A live system runs on real time: remove CLOCK.")]
    return []


@checks.register(TAG)
def field_keys_fit(**_options: Any) -> list[checks.CheckMessage]:
    """Better now than at the first sealed value."""
    try:
        seal("")
    except (ImproperlyConfigured, ValueError) as error:
        return [_error(7, f"FIELD_KEYS cannot be used: {error}")]
    return []


@checks.register(TAG)
def mail_is_encrypted(**_options: Any) -> list[checks.CheckMessage]:
    """Mail to another machine goes over TLS."""
    smtp = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    if smtp and not is_loopback(settings.EMAIL_HOST) and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        return [_error(8, "EMAIL_URL sends mail over the network unencrypted. Write smtp+tls:// (STARTTLS) or smtp+ssl://.")]
    return []


@checks.register(TAG)
def registers_by_https(**_options: Any) -> list[checks.CheckMessage]:
    """What is asked about customers crosses the wire encrypted."""
    errors: list[checks.CheckMessage] = []
    for name in ("WHITE_LIST_URL", "VIES_URL", "REGON_URL"):
        try:
            allowed_url(getattr(settings, name) or "https://unset.invalid", reach=Reach.CHOSEN)
        except NotAllowed as refusal:
            errors.append(_error(10, f"{name}: {refusal}"))
    if settings.REGON_URL and not settings.REGON_KEY:
        errors.append(_error(11, "REGON_URL is set, but not REGON_KEY: ask GUS for a key, or leave both empty."))
    return errors


@checks.register(TAG)
def no_loopback_when_live(**_options: Any) -> list[checks.CheckMessage]:
    """A webhook to this machine could reach what listens here for us alone."""
    if settings.LIVE_HOST and settings.WEBHOOKS_TO_LOOPBACK:
        return [_error(12, "WEBHOOKS_TO_LOOPBACK is on together with LIVE_HOST. It is for trying things out: remove it.")]
    return []


@checks.register(TAG)
def journal_has_its_folder(**_options: Any) -> list[checks.CheckMessage]:
    """A journal on a disk that is not mounted would be begun anew beside it, and nobody would notice until a restore."""
    chosen = settings.SEND_JOURNAL
    if chosen is None:
        return []
    if not chosen.is_absolute():
        return [_error(30, f"SEND_JOURNAL={chosen} is no absolute path, and every process must mean the same file. Write it whole.")]
    if settings.LIVE_HOST and not chosen.parent.is_dir():
        return [_error(31, f"SEND_JOURNAL: there is no folder {chosen.parent}. Mount its disk, or make the folder.")]
    return []


@checks.register(TAG)
def no_faults_outside_a_campaign(**_options: Any) -> list[checks.CheckMessage]:
    """FAULT kills this process on purpose: only on the private servers of a campaign, in the folder that it has marked."""
    if not faults.are_armed():
        return []
    if len(settings.PRIVATE_SERVERS) < 2:
        return [_error(20, "FAULT is set beside servers named by DATABASE_URL or BROKER_URL. It kills this process on purpose: remove it.")]
    if not faults.is_campaign(settings.DATA_DIR):
        return [_error(21, f"FAULT is set, but no campaign has marked {settings.DATA_DIR}. It kills this process on purpose: remove it.")]
    return []


@checks.register(TAG)
def sender_can_be_answered(**_options: Any) -> list[checks.CheckMessage]:
    """Who gets a mail must be able to answer it."""
    if takes_no_answer(settings.DEFAULT_FROM_EMAIL):
        return [
            _error(13, f"DEFAULT_FROM_EMAIL={settings.DEFAULT_FROM_EMAIL} tells people not to answer. Name a mailbox that somebody reads.")
        ]
    return []


def refuse_unsafe_settings() -> None:
    """For processes that are no command. Raises `ImproperlyConfigured`."""
    errors: Sequence[checks.CheckMessage] = checks.run_checks(tags=[TAG])
    if errors:
        raise ImproperlyConfigured(" ".join(error.msg for error in errors))


def is_loopback(host: str) -> bool:
    """localhost, names below it, and loopback addresses."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _error(number: int, sentence: str) -> checks.Error:
    return checks.Error(sentence, id=f"receivables.E{number:03}")
