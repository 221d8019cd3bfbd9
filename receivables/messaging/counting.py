"""Counting bounces of an address, and giving it up when they are enough. Called under the lock of the message."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import F
from django.db.models.functions import Greatest

from receivables.messaging.addresses import plain_address
from receivables.messaging.bounces import Bounce, is_enough
from receivables.messaging.models import BounceCount, Message
from receivables.messaging.signals import address_stopped
from receivables.messaging.suppression import is_suppressed, suppress


def count_bounce(message: Message, bounce: Bounce, *, reason: str, at: datetime, now: datetime) -> bool:
    """Count a bounce of its day, by the creditor's clock, and stop the address where that is enough; whether it was stopped now."""
    if not bounce.count:
        return False
    day = at.astimezone(ZoneInfo(message.creditor.time_zone)).date()
    counts = _counted(message, day, bounce.count)
    if bounce.is_hard:
        return stop(message, reason=reason or "it bounced", now=now)
    if is_enough(counts, on=max(counts)):
        return stop(message, reason="it bounced on too many days", now=now)
    return False


def stop(message: Message, *, reason: str, now: datetime) -> bool:
    """Put the recipient on the list and tell `address_stopped`, unless it is there; whether it was put there now."""
    if is_suppressed(message):
        return False
    suppress([message], reasons={message.pk: reason}, now=now)
    address_stopped.send(Message, message=message, now=now)
    return True


def _counted(message: Message, day: date, count: Decimal) -> dict[date, Decimal]:
    """All that was counted of the address, this included: a day counts once, by its worst."""
    place = {"creditor_id": message.creditor_id, "channel": message.channel, "address": plain_address(message.channel, message.recipient)}
    row, created = BounceCount.objects.get_or_create(**place, on=day, defaults={"count": count})
    if not created and row.count < count:
        BounceCount.objects.filter(pk=row.pk).update(count=Greatest(F("count"), count))
    return dict(BounceCount.objects.filter(**place).values_list("on", "count"))
