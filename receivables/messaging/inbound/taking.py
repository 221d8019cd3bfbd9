"""A mail or text message that came in is stored first, then taken, each in a transaction of its own: a death in between loses nothing.

Reports on delivery go to `returns.take`, and only where they carry our signed return path, or the Message-ID together with the recipient
of one of our messages: a forged one changes nothing (RELIABILITY.md, T19). All else is a reply and goes to whoever is registered as the
inbox; mails that cannot be read too, for a person may be able to.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, transaction

from receivables.core.printed import one_line
from receivables.messaging.inbound.dsn import Fate, Notification, RecipientStatus
from receivables.messaging.inbound.mail import Mail, UnreadableMail, kept, read_mail
from receivables.messaging.inbound.return_path import fits, signed_in
from receivables.messaging.inbound.sms import STOPPED, Text
from receivables.messaging.models import Attempt, InboundMail, Message
from receivables.messaging.protocols import INBOXES
from receivables.messaging.returns import Kind, Report, take

logger = logging.getLogger(__name__)

_AT_ONCE = 100
Outcome = InboundMail.Outcome


@dataclass(frozen=True, slots=True)
class Stored:
    """The row of a mail, and whether it is new."""

    mail: int
    is_new: bool


def take_mail(raw: bytes, *, source: str, now: datetime) -> Stored:
    """Store a mail and take it. The same mail again changes nothing. Call it outside of any transaction.

    What cannot be taken at once is left to `take_waiting`; only a database that is away is raised.
    """
    stored = store_mail(raw, source=source, now=now)
    _try(stored.mail, now=now)
    return stored


def store_mail(raw: bytes, *, source: str, now: datetime) -> Stored:
    """Store it, unless it is there."""
    try:
        row = _row(read_mail(raw))
    except UnreadableMail as refusal:
        digest = hashlib.sha256(raw).hexdigest()
        row = InboundMail(digest=digest, fingerprint=digest, problems=[str(refusal)])
    row.source, row.received_at, row.raw = source, now, kept(raw)
    fields = {f.attname: getattr(row, f.attname) for f in InboundMail._meta.concrete_fields if f.attname not in ("id", "fingerprint")}
    found, created = InboundMail.objects.get_or_create(fingerprint=row.fingerprint, defaults=fields)
    return Stored(found.pk, created)


def take_text(text: Text, *, raw: bytes, now: datetime) -> Stored:
    """Store a text message and take it. The same one again changes nothing. Call it outside of any transaction."""
    digest = hashlib.sha256(raw).hexdigest()
    found, created = InboundMail.objects.get_or_create(
        fingerprint=hashlib.sha256(f"{text.source}\n{text.own_id}".encode("utf-8", "replace")).hexdigest(),
        defaults={
            "source": text.source,
            "received_at": now,
            "digest": digest,
            "raw": kept(raw),
            "sender": text.sender,
            "sender_name": text.sender_name,
            "recipients": [text.recipient] if text.recipient else [],
            "text": text.text,
            "problems": [str(STOPPED)] if text.asks_to_stop else [],
            "message": _texted(text),
        },
    )
    _try(found.pk, now=now)
    return Stored(found.pk, created)


def _texted(text: Text) -> Message | None:
    """The message of ours that the provider says it answers, if it went to that number."""
    if not text.answers or not text.sender:
        return None
    tries = Attempt.objects.filter(reference=text.answers, message__channel="sms", message__recipient=text.sender)
    attempt = tries.select_related("message").order_by("pk").first()
    return attempt.message if attempt else None


def take_waiting(*, now: datetime) -> int:
    """Take what is stored and nobody has taken, oldest first; returns how many were. Any number may do this at once."""
    waiting = InboundMail.objects.filter(outcome=Outcome.WAITING).order_by("pk")
    return sum(_try(pk, now=now) for pk in list(waiting.values_list("pk", flat=True)[:_AT_ONCE]))


def _row(mail: Mail) -> InboundMail:
    return InboundMail(
        digest=mail.digest,
        fingerprint=mail.fingerprint,
        mail_id=mail.message_id[:255],
        sender=mail.sender[:320],
        sender_name=mail.sender_name[:200],
        recipients=list(mail.recipients),
        subject=mail.subject,
        text=mail.text,
        quoted=mail.quoted,
        automatic=mail.automatic[:200],
        enclosed=[asdict(one) for one in mail.enclosed][:50],
        problems=[str(problem) for problem in mail.problems],
        message=_message_of(mail),
    )


def _message_of(mail: Mail) -> Message | None:
    """The message of ours that it answers: by the signed return path it came to, else by what it refers to, the nearest first."""
    if (signed := signed_message(mail)) is not None:
        return signed
    known = {message.message_id: message for message in Message.objects.filter(message_id__in=mail.answers)} if mail.answers else {}
    return next((known[answered] for answered in mail.answers if answered in known), None)


def signed_message(mail: Mail) -> Message | None:
    """The message to whose signed return path a mail came; None where the signature is not ours."""
    signed = signed_in(mail.recipients, settings.BOUNCE_ADDRESS)
    message = Message.objects.filter(pk=signed.message).first() if signed else None
    return message if signed and message and fits(signed, message.key, secret=settings.SECRET_KEY) else None


def _try(pk: int, *, now: datetime) -> bool:
    """Take one; whether it is taken now. A fault is logged and leaves it waiting."""
    try:
        return _take(pk, now=now)
    except DatabaseError as error:
        logger.warning("mail %s: not taken now (%s)", pk, type(error).__name__)
    except Exception:  # one broken mail never stops the others
        logger.exception("mail %s: could not be taken", pk)
    return False


def _take(pk: int, *, now: datetime) -> bool:
    row = InboundMail.objects.get(pk=pk)
    if row.outcome != Outcome.WAITING:
        return False
    mail = _read(row) if row.channel == "email" else None
    if mail is not None and mail.notification is not None:
        return _take_notification(row, mail, mail.notification, now=now)
    with transaction.atomic():
        row = InboundMail.objects.select_for_update().get(pk=pk)
        if row.outcome != Outcome.WAITING:
            return False
        for name in INBOXES.names():
            INBOXES.get(name).took(row, now=now)
        InboundMail.objects.filter(pk=pk).update(outcome=Outcome.REPLY)
    return True


def _read(row: InboundMail) -> Mail | None:
    try:
        return read_mail(bytes(row.raw))
    except UnreadableMail:
        return None


def _take_notification(row: InboundMail, mail: Mail, told: Notification, *, now: datetime) -> bool:
    """Hand on what is proved; then mark it. Handed on twice, the second changes nothing."""
    reports = list(_reports(row, mail, told, now=now))
    if reports:
        take(reports, raw=bytes(row.raw), now=now)
    outcome = Outcome.NOTIFICATION if reports else Outcome.IGNORED
    detail = "" if reports else "It proves nothing about a message of ours, or brings no news."
    return bool(InboundMail.objects.filter(pk=row.pk, outcome=Outcome.WAITING).update(outcome=outcome, detail=detail))


def _reports(row: InboundMail, mail: Mail, told: Notification, *, now: datetime) -> Iterator[Report]:
    signed = signed_message(mail)
    statuses = told.recipients
    if not statuses and signed is not None and not told.is_standard:
        statuses = (RecipientStatus(signed.recipient, Fate.SOFT_BOUNCED, "returned without a report"),)
    for number, status in enumerate(statuses):
        message = signed or _proved_by(told.original_message_id, status)
        if message is not None:
            yield Report(
                source="dsn",
                event_id=f"{row.fingerprint[:48]}:{number}",
                key=message.key,
                kind=Kind(status.fate),
                detail=one_line(status.detail, longest=300),
                at=mail.sent_at or now,
            )


def _proved_by(message_id: str, status: RecipientStatus) -> Message | None:
    """The message of that id, if it went to that recipient: who knows both has seen it."""
    if not message_id or not status.address:
        return None
    return Message.objects.filter(message_id=message_id, recipient__iexact=status.address).first()
