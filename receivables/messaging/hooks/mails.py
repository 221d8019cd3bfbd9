"""A mail that a provider received for us, back to its bytes: as it came where the provider gives that, else put together again. Pure."""

from base64 import b64decode
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Protocol

from receivables.core.printed import is_plain

_TOLD = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Reply-To")
_UNFOLDED = SMTP.clone(max_line_length=0)  # folding would encode a long Message-ID, and nothing could be told by it any more
_UNWRITABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError)


class ReceivedMail(Protocol):
    """What is used of anymail's message beside what Python's own has."""

    envelope_recipient: str | None

    @property
    def text(self) -> str | None: ...
    def raw_items(self) -> Any: ...
    def as_bytes(self, *, policy: Any) -> bytes: ...


class ReceivedEvent(Protocol):
    """What is used of anymail's event."""

    esp_event: Any
    message: Any


def raw_of(event: ReceivedEvent) -> bytes:
    """The bytes of the mail, with the address it came to above them, as a mail server notes it when it delivers (RFC 5321, 4.4)."""
    mail: ReceivedMail = event.message
    raw = _as_it_came(event.esp_event) or _composed(mail)
    came_to = mail.envelope_recipient
    if not isinstance(came_to, str) or not came_to.isascii() or not is_plain(came_to) or not 3 <= len(came_to) <= 320:
        return raw
    return b"Delivered-To: " + came_to.encode() + b"\r\n" + raw


def _as_it_came(said: Any) -> bytes:
    """The field with the whole mail: Postmark's, Mailgun's, Mandrill's or SparkPost's; empty where there is none."""
    fields = getattr(said, "POST", said)
    if not isinstance(fields, Mapping):
        return b""
    for text in (fields.get("RawEmail"), fields.get("body-mime"), _inner(fields, "msg").get("raw_msg")):
        if isinstance(text, str) and text:
            return text.encode("utf-8", "replace")
    content = _inner(_inner(_inner(fields, "msys"), "relay_message"), "content")
    text = content.get("email_rfc822")
    if not isinstance(text, str):
        return b""
    return b64decode(text) if content.get("email_rfc822_is_base64") else text.encode("utf-8", "replace")


def _inner(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = fields.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _composed(mail: ReceivedMail) -> bytes:
    """The whole of it where Python can write it; else who, when, about what, and its words."""
    try:
        return mail.as_bytes(policy=_UNFOLDED)
    except _UNWRITABLE:
        plain = EmailMessage()
    given = {str(name).lower(): " ".join(str(value).split()) for name, value in mail.raw_items()}
    lines = [f"{name}: {given[name.lower()]}" for name in _TOLD if name.lower() in given]
    plain.set_content(mail.text or "", cte="base64")
    return "\r\n".join([*lines, ""]).encode("utf-8", "replace") + plain.as_bytes()
