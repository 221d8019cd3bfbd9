"""What goes around the words of a message when it leaves: its pictures, its thread."""

import hashlib
import re

from receivables.messaging.models import Message
from receivables.messaging.outgoing import Attachment
from receivables.messaging.protocols import RENDERERS, Illustrated


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
