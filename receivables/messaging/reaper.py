"""End what a worker left behind when it died: its lease is over, by the clock of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from receivables.messaging import brakes, mode
from receivables.messaging.again import marks_uncertain, may_go_again
from receivables.messaging.models import Attempt, Message
from receivables.messaging.moves import announce
from receivables.messaging.states import MessageState

LOST = "The worker was lost during the hand-over; nobody knows whether it left."
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Reaped:
    """How many go back to be sent, and how many a person has to look into."""

    planned: int = 0
    unknown: int = 0


@transaction.atomic
def reap(*, now: datetime) -> Reaped:
    """Claimed past its lease: planned again, it was provably not handed. Handed past its lease: unknown, but planned again with the
    same key where the channel that had it still knows that key. Safe to run at any time and by anybody.
    """
    mode.hold_switch_shared()  # else a message of quarantine could come back to planned just after going live
    over = Message.objects.filter(lease_until__lt=Now()).order_by("id")
    claimed = list(over.filter(state=MessageState.CLAIMED).select_for_update(skip_locked=True)[:_AT_ONCE])
    handed = list(over.filter(state=MessageState.HANDED).select_for_update(skip_locked=True)[:_AT_ONCE])
    again = [message for message in handed if may_go_again(message, mode.adapter_for(message.channel), at=now)]
    lost = [message for message in handed if message not in again]
    _update(claimed, MessageState.PLANNED)
    _update(again, MessageState.PLANNED, **marks_uncertain())
    _update(lost, MessageState.UNKNOWN, reason=LOST, settled_at=now, uncertain_since=None)
    Attempt.objects.bulk_create([Attempt(message=m, number=m.attempts, at=now, outcome="unknown", detail=LOST) for m in [*again, *lost]])
    announce(lost, now=now)
    _follow(lost, now=now)
    return Reaped(planned=len(claimed) + len(again), unknown=len(lost))


def _follow(lost: Sequence[Message], *, now: datetime) -> None:
    for message in lost:
        message.state = MessageState.UNKNOWN
    brakes.after(lost, now=now)


def _update(messages: Sequence[Message], state: MessageState, **changes: object) -> None:
    if messages:
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(state=state, lease_until=None, **changes)
