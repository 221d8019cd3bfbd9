"""Addresses that must not be used any more on a channel."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from receivables.core.printed import one_line
from receivables.messaging.models import Message, Suppression


def suppress(messages: Iterable[Message], *, reasons: dict[int, str], now: datetime) -> None:
    """Put the recipients of these messages on the list. `reasons` by message id; on the list twice, the first reason stays."""
    Suppression.objects.bulk_create([_row(message, reasons[message.pk], now) for message in messages], ignore_conflicts=True)


def suppressed(messages: Sequence[Message]) -> dict[int, str]:
    """Message id → reason, for those whose recipient is on the list. One query."""
    addresses, channels = {m.recipient for m in messages}, {m.channel for m in messages}
    listed = Suppression.objects.filter(creditor__in={m.creditor_id for m in messages}, channel__in=channels, address__in=addresses)
    reasons = {(s.creditor_id, s.channel, s.address): s.reason for s in listed}
    known = ((m.pk, reasons.get((m.creditor_id, m.channel, m.recipient))) for m in messages)
    return {pk: f"The address does not work: {reason}" for pk, reason in known if reason}


def _row(message: Message, reason: str, now: datetime) -> Suppression:
    return Suppression(
        creditor_id=message.creditor_id, channel=message.channel, address=message.recipient, reason=one_line(reason, longest=200), since=now
    )
