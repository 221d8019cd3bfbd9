"""A message as an e-mail: the same bytes for the mail server and for the mailbox of quarantine."""

import re
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from typing import Any

from receivables.core.printed import is_plain
from receivables.messaging.outgoing import Attachment, Outgoing

NO_ADDRESS = "The address is none that mail can be sent to."
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]{1,120}(@[A-Za-z0-9._-]{1,120})?")
_THREAD = re.compile(r"<[A-Za-z0-9._-]{1,120}@[A-Za-z0-9._-]{1,200}>")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+;=%-]{1,800}")  # no comma: the header is a list (RFC 2369)


class UnsafeHeader(ValueError):
    """A header that could say more than it should. Names the field, never its content."""


class _AsItIs(BaseHeader):
    """A header on one line: what the library folds or encodes where it is long, no mail program would follow."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, words: dict[str, Any]) -> None:
        words |= {"decoded": value, "parse_tree": None}

    def fold(self, *, policy: "Policy[Any]") -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _policy() -> "EmailPolicy[EmailMessage]":
    kinds = HeaderRegistry()
    for name in ("message-id", "references", "in-reply-to", "list-unsubscribe"):
        kinds.map_to_type(name, _AsItIs)
    return SMTP.clone(header_factory=kinds)


_POLICY = _policy()


def compose(outgoing: Outgoing, *, recipient: str | None = None) -> EmailMessage:
    """Plain text, HTML beside it, attachments. `recipient` replaces the address, for what is no e-mail. Raises `UnsafeHeader`."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address("sender", outgoing.sender_name, outgoing.sender_address)
    mail["To"] = _address("recipient", outgoing.recipient_name, outgoing.recipient if recipient is None else recipient)
    if outgoing.reply_to:
        mail["Reply-To"] = _address("reply address", "", outgoing.reply_to)
    mail["Subject"] = _safe("subject", outgoing.subject)
    mail["Message-ID"] = _safe("message id", outgoing.message_id)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers
    mail["Content-Language"] = _safe("language", outgoing.language)
    for name, value in further_headers(outgoing).items():
        mail[name] = value
    mail.set_content(outgoing.text, cte="quoted-printable")
    if outgoing.html:
        _add_page(mail, outgoing)
    for attachment in outgoing.papers if outgoing.html else outgoing.attachments:
        _attach(mail, attachment)
    return mail


def further_headers(outgoing: Outgoing) -> dict[str, str]:
    """What puts the mail into its thread, and lets its reader stop mails of its kind by one press. Raises `UnsafeHeader`."""
    headers: dict[str, str] = {}
    if outgoing.thread:
        headers |= dict.fromkeys(("References", "In-Reply-To"), _matching(_THREAD, "thread", outgoing.thread))
    if outgoing.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{_matching(_PLAIN_URL, 'unsubscribe address', outgoing.unsubscribe_url)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058, 3.1
    return headers


def content_id(image: Attachment) -> str:
    """The image's id as a header writes it. Raises `UnsafeHeader`."""
    return f"<{_matching(_CONTENT_ID, 'content id', image.content_id)}>"


def ascii_address(address: str) -> str:
    """The address with its domain in ASCII (IDNA). Raises `UnsafeHeader` for anything that is not exactly one address."""
    local, _, domain = _safe("address", address).rpartition("@")
    try:
        parsed = Address(username=local, domain=domain.encode("idna").decode())
    except (ValueError, IndexError) as error:
        raise UnsafeHeader(NO_ADDRESS) from error
    if not local.isascii() or not parsed.domain or any(sign in address for sign in ' ,;<>()"'):
        raise UnsafeHeader(NO_ADDRESS)
    return parsed.addr_spec


def _address(field: str, name: str, address: str) -> Address:
    try:
        return Address(display_name=_safe(field, name), addr_spec=ascii_address(address))
    except (ValueError, IndexError, MessageError) as error:
        raise UnsafeHeader(f"The {field} cannot be written into a header.") from error


def _safe(field: str, value: str) -> str:
    """Refuse line breaks and control characters, plain or hidden in an encoded word (RFC 2047)."""
    if not is_plain(value):
        raise UnsafeHeader(f"The {field} holds a character that no header may hold.")
    return value


def _matching(pattern: re.Pattern[str], field: str, value: str) -> str:
    if not pattern.fullmatch(value):
        raise UnsafeHeader(f"The {field} holds a character that no header may hold.")
    return value


def _add_page(mail: EmailMessage, outgoing: Outgoing) -> None:
    """The HTML beside the text, together with the images it shows (multipart/related, RFC 2387)."""
    mail.add_alternative(outgoing.html, subtype="html", cte="quoted-printable")
    page = mail.get_payload()[-1]  # type: ignore[index]
    for image in outgoing.images:
        maintype, _, subtype = image.media_type.partition("/")
        name = {"disposition": "inline", "filename": _safe("file name", image.name), "cid": content_id(image)}
        page.add_related(image.content, maintype=maintype, subtype=subtype, **name)  # type: ignore[union-attr]


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    maintype, _, subtype = attachment.media_type.partition("/")
    mail.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=_safe("file name", attachment.name))
