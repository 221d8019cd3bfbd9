"""Addresses that must not be used any more on a channel. They are listed and looked up in the form of `plain_address`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from receivables.core.printed import one_line
from receivables.messaging.addresses import plain_address
from receivables.messaging.models import BounceCount, Message, Suppression


def suppress(messages: Iterable[Message], *, reasons: dict[int, str], now: datetime) -> None:
    """Put the recipients of these messages on the list. `reasons` by message id; on the list twice, the first reason stays."""
    Suppression.objects.bulk_create([_row(message, reasons[message.pk], now) for message in messages], ignore_conflicts=True)


def suppressed(messages: Sequence[Message]) -> dict[int, str]:
    """Message id → reason, for those whose recipient is on the list. One query."""
    addresses, channels = {_plain(m) for m in messages}, {m.channel for m in messages}
    listed = Suppression.objects.filter(creditor__in={m.creditor_id for m in messages}, channel__in=channels, address__in=addresses)
    reasons = {(s.creditor_id, s.channel, s.address): s.reason for s in listed}
    known = ((m.pk, reasons.get((m.creditor_id, m.channel, _plain(m)))) for m in messages)
    return {pk: f"The address does not work: {reason}" for pk, reason in known if reason}


def suppress_address(creditor_id: int, ways: Iterable[tuple[str, str]], *, reason: str, now: datetime) -> None:
    """Put addresses, each by its channel, on a creditor's list; those on it keep their first reason."""
    rows = [
        Suppression(creditor_id=creditor_id, channel=channel, address=plain_address(channel, address), reason=reason, since=now)
        for channel, address in ways
    ]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)


def lift(creditor_id: int, ways: Iterable[tuple[str, str]]) -> int:
    """Take addresses off a creditor's list and forget their bounces; returns how many were on it."""
    lifted = 0
    for channel, address in ways:
        place = {"creditor": creditor_id, "channel": channel, "address": plain_address(channel, address)}
        BounceCount.objects.filter(**place).delete()
        lifted += Suppression.objects.filter(**place).delete()[0]
    return lifted


def is_suppressed(message: Message) -> bool:
    """Whether its recipient is on the list."""
    return Suppression.objects.filter(creditor=message.creditor_id, channel=message.channel, address=_plain(message)).exists()


def dead_addresses(creditors: Iterable[int]) -> set[tuple[str, str]]:
    """Channel and address of everything on the lists of these creditors. Compare by `plain_address`."""
    return set(Suppression.objects.filter(creditor__in=set(creditors)).values_list("channel", "address"))


def _plain(message: Message) -> str:
    return plain_address(message.channel, message.recipient)


def _row(message: Message, reason: str, now: datetime) -> Suppression:
    return Suppression(
        creditor_id=message.creditor_id, channel=message.channel, address=_plain(message), reason=one_line(reason, longest=200), since=now
    )
