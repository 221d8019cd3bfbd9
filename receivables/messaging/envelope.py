"""What goes around the words of a message when it leaves: who it is from, its pictures, its thread."""

import hashlib
import re
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from receivables.accounts.models import Creditor
from receivables.core.printed import one_line
from receivables.messaging.models import Message, Sender
from receivables.messaging.outgoing import Attachment
from receivables.messaging.protocols import RENDERERS, Illustrated


@dataclass(frozen=True, slots=True)
class From:
    """Who a mail is from, and where answers go."""

    name: str
    address: str
    reply_to: str


def sender_of(creditor: Creditor) -> From:
    """As the company set it; else its own name, the address of the installation, and its e-mail for replies."""
    given: Sender | None = getattr(creditor, "sender", None)
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or settings.DEFAULT_FROM_EMAIL
    if given is None:
        return From(one_line(creditor.name), address, creditor.email)
    return From(one_line(given.name), given.address or address, given.reply_to or creditor.email)


def signature_of(creditor: Creditor) -> list[str]:
    """The lines above the company's name under a mail."""
    given: Sender | None = getattr(creditor, "sender", None)
    return [line.strip() for line in given.signature.splitlines() if line.strip()] if given else []


def papers_of(message: Message) -> tuple[Attachment, ...]:
    """Its own paper, and with a mail what is enclosed besides, each once."""
    encloses = message.channel == "email" and (message.facts.get("enclosed") or message.purpose == Message.Purpose.WRITTEN)
    enclosed = [one.document for one in message.enclosures.all()] if encloses else []
    papers = {paper.pk: paper for paper in (message.document, *enclosed) if paper is not None}
    return tuple(Attachment(one_line(paper.name), paper.media_type, bytes(paper.content)) for paper in papers.values())


def pictures_of(message: Message) -> tuple[Attachment, ...]:
    """The pictures that its HTML shows; none for what was rendered without."""
    if "cid:" not in message.html:
        return ()
    renderer = RENDERERS.get(message.purpose)
    return tuple(renderer.pictures(message)) if isinstance(renderer, Illustrated) else ()


def thread_of(message: Message) -> str:
    """An id that all mails of a company to one customer share, so that mail programs show them together.

    Empty for what is no mail or names no customer, such as a code for the portal.
    """
    customer, host = message.facts.get("customer"), message.message_id.rstrip(">").rpartition("@")[2]
    number = str(customer.get("number", "")) if isinstance(customer, dict) else ""
    if not number or message.channel != "email" or not re.fullmatch(r"[A-Za-z0-9.-]+", host):
        return ""
    return f"<{hashlib.sha256(f'thread|{message.creditor_id}|{number}'.encode()).hexdigest()[:40]}@{host}>"
