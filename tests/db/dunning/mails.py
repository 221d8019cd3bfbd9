"""Mails as customers write them, taken as if they had come to the mailbox."""

from datetime import datetime
from itertools import count

from dunning.models import Reply
from invoices.models import Item
from receivables import clock
from receivables.messaging.inbound.taking import take_mail
from receivables.messaging.models import Message

_numbers = count(1)


def mail_of(text: str, *, sender: str, subject: str = "Odp: Faktura", to: str = "", answers: str = "", headers: str = "") -> bytes:
    """The bytes of a plain mail; each with an id of its own."""
    head = (
        f"From: {sender}\nTo: {to or 'windykacja@wierzyciel.example'}\nSubject: {subject}\nMessage-ID: <m{next(_numbers)}@firma.example>\n"
    )
    head += f"In-Reply-To: {answers}\n" if answers else ""
    return f"{head}{headers}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n".encode()


def come(raw: bytes, *, now: datetime | None = None) -> Reply | None:
    """Take a mail; the reply that it became, None where it became none."""
    stored = take_mail(raw, source="file", now=now or clock.now())
    return Reply.objects.filter(mail=stored.mail).first()


def written(item: Item, text: str, *, now: datetime | None = None) -> Reply:
    """The customer who owes an item writes from the address of a contact, without naming a message of ours."""
    contact = item.customer.contacts.exclude(email="").first()
    assert contact is not None
    reply = come(mail_of(text, sender=contact.email), now=now)
    assert reply is not None
    return reply


def answered(message: Message, text: str, *, sender: str = "", now: datetime | None = None) -> Reply:
    """Somebody answers a message of ours."""
    reply = come(mail_of(text, sender=sender or message.recipient, answers=message.message_id), now=now)
    assert reply is not None
    return reply
