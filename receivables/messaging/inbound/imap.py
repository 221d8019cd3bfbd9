"""A mailbox read by IMAP over TLS. Flags stay as they are: it is opened read-only, so people may use the same mailbox. RFC 3501."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit

from receivables.core.errors import DomainError
from receivables.core.sentences import gettext_noop

_LARGEST = 10_000_000  # bytes; of a bigger mail only the beginning is fetched
_BEGINNING = 1_000_000
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # as IMAP writes them, whatever the locale
_PLAIN_HOSTS = ("localhost", "127.0.0.1", "::1")


class MailboxAway(DomainError):
    """The mailbox cannot be read just now."""


@dataclass(frozen=True, slots=True)
class ImapConfig:
    """Where the mailbox is. Times in seconds."""

    host: str
    username: str
    password: str
    port: int = 993
    folder: str = "INBOX"
    security: str = "tls"  # tls, starttls, none (this machine only)
    seconds: float = 20.0

    @property
    def name(self) -> str:
        """What it is called where passwords do not belong."""
        return f"{self.username}@{self.host}/{self.folder}"[:300]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail of the mailbox, and where it stands there."""

    uid_validity: int
    uid: int
    raw: bytes


def imap_config(url: str, *, setting: str = "REPLY_IMAP_URL") -> ImapConfig:
    """Read `imaps://user:password@host:993/INBOX` (or `imap+tls://` for STARTTLS). Raises `DomainError`, naming the setting."""
    unlike = DomainError(gettext_noop("%(setting)s must look like imaps://user:password@host:993/INBOX."), setting=setting)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise unlike from None
    security = {"imaps": "tls", "imap+tls": "starttls", "imap": "none"}.get(parts.scheme)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if security is None or not parts.hostname or not parts.username or port == -1:
        raise unlike
    if security == "none" and parts.hostname not in _PLAIN_HOSTS:
        raise DomainError(gettext_noop("%(setting)s must be encrypted (imaps:// or imap+tls://), except on this machine."), setting=setting)
    return ImapConfig(
        host=parts.hostname,
        port=port or (993 if security == "tls" else 143),
        username=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        security=security,
    )


def fetch(config: ImapConfig, *, uid_validity: int, behind: int, since: date | None = None, at_most: int = 200) -> Iterator[Fetched]:
    """The mails behind a UID, oldest first, one at a time. Where the mailbox has another UIDVALIDITY now, all that came `since` that day.

    Raises `MailboxAway` for whatever goes wrong; what was yielded before stands.
    """
    with _spoken_of(), _opened(config) as (client, validity):
        known = validity == uid_validity
        for uid in _uids(client, behind if known else 0, since=None if known else since)[:at_most]:
            yield Fetched(validity, uid, _content(client, uid))


def end_of(config: ImapConfig) -> tuple[int, int]:
    """The mailbox's UIDVALIDITY, and a UID behind which comes only what arrives from now on; reads no mail. Raises `MailboxAway`."""
    with _spoken_of(), _opened(config) as (client, validity):
        _name, told = client.response("UIDNEXT")
        return validity, int(told[0]) - 1 if told and told[0] else max(_uids(client, 0), default=0)


@contextmanager
def _spoken_of() -> Iterator[None]:
    """Whatever goes wrong on the line, in words and without a password."""
    try:
        yield
    except (OSError, imaplib.IMAP4.error, ssl.SSLError, ValueError) as error:
        raise MailboxAway(gettext_noop("The mailbox cannot be read (%(error)s)."), error=type(error).__name__) from None


@contextmanager
def _opened(config: ImapConfig) -> Iterator[tuple[imaplib.IMAP4, int]]:
    client = _connected(config)
    try:
        client.login(config.username, config.password)
        answer, _count = client.select(_quoted(config.folder), readonly=True)
        if answer != "OK":
            raise MailboxAway(gettext_noop("The mailbox has no folder %(folder)s."), folder=config.folder)
        _name, told = client.response("UIDVALIDITY")
        yield client, int(told[0]) if told and told[0] else 0
    finally:
        try:
            client.logout()
        except (OSError, imaplib.IMAP4.error):
            client.shutdown()


def _connected(config: ImapConfig) -> imaplib.IMAP4:
    if config.security == "tls":
        return imaplib.IMAP4_SSL(config.host, config.port, ssl_context=ssl.create_default_context(), timeout=config.seconds)
    client = imaplib.IMAP4(config.host, config.port, timeout=config.seconds)
    if config.security == "starttls":
        client.starttls(ssl.create_default_context())
    return client


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _uids(client: imaplib.IMAP4, after: int, *, since: date | None = None) -> list[int]:
    """RFC 3501, 6.4.8: `n:*` names the last mail even where its UID is lower, so what is not behind is left out here."""
    came = f" SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}" if since else ""
    _answer, told = client.uid("SEARCH", f"UID {after + 1}:*{came}")
    words = b" ".join(part for part in told if isinstance(part, bytes)).split()
    return sorted({int(word) for word in words if word.isdigit() and int(word) > after})


def _content(client: imaplib.IMAP4, uid: int) -> bytes:
    part = "(BODY.PEEK[])" if _size(client, uid) <= _LARGEST else f"(BODY.PEEK[]<0.{_BEGINNING}>)"
    _answer, told = client.uid("FETCH", str(uid), part)
    return next((bytes(each[1]) for each in told if isinstance(each, tuple)), b"")


def _size(client: imaplib.IMAP4, uid: int) -> int:
    _answer, told = client.uid("FETCH", str(uid), "(RFC822.SIZE)")
    found = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(_flat(told)))
    return int(found.group(1)) if found else 0


def _flat(told: list[Any]) -> list[bytes]:
    return [each if isinstance(each, bytes) else bytes(each[0]) for each in told if each]
