"""A message as an e-mail: the same bytes for the mail server and for the mailbox of quarantine."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from receivables.core.printed import is_plain
from receivables.messaging.outgoing import Attachment, Outgoing

NO_ADDRESS = "The address is none that mail can be sent to."


class UnsafeHeader(ValueError):
    """A header that could say more than it should. Names the field, never its content."""


def compose(outgoing: Outgoing, *, recipient: str | None = None) -> EmailMessage:
    """Plain text, HTML beside it, attachments. `recipient` replaces the address, for what is no e-mail. Raises `UnsafeHeader`."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address("sender", outgoing.sender_name, outgoing.sender_address)
    mail["To"] = _address("recipient", outgoing.recipient_name, outgoing.recipient if recipient is None else recipient)
    if outgoing.reply_to:
        mail["Reply-To"] = _address("reply address", "", outgoing.reply_to)
    mail["Subject"] = _safe("subject", outgoing.subject)
    mail["Message-ID"] = _safe("message id", outgoing.message_id)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers
    mail["Content-Language"] = _safe("language", outgoing.language)
    mail.set_content(outgoing.text, cte="quoted-printable")
    if outgoing.html:
        mail.add_alternative(outgoing.html, subtype="html", cte="quoted-printable")
    for attachment in outgoing.attachments:
        _attach(mail, attachment)
    return mail


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


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    maintype, _, subtype = attachment.media_type.partition("/")
    mail.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=_safe("file name", attachment.name))
