"""End what a worker left behind when it died: its lease is over, by the clock of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from receivables.messaging import brakes, mode
from receivables.messaging.again import marks_uncalled, marks_uncertain, may_go_again
from receivables.messaging.models import Attempt, Message
from receivables.messaging.moves import announce
from receivables.messaging.states import MessageState

LOST = "The worker was lost during the hand-over; nobody knows whether it left."
STAYED = "The worker was lost before the turn of this message; it did not leave."
TAKEN = "The channel has taken it; the worker was lost afterwards."
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Reaped:
    """How many go back to be sent, how many a person has to look into, and how many had been taken."""

    planned: int = 0
    unknown: int = 0
    accepted: int = 0


@transaction.atomic
def reap(*, now: datetime) -> Reaped:
    """Claimed past its lease: planned again, it was provably not handed. Handed past its lease: as the notes of that try say, where there
    are any (`calling`). Else unknown, but planned again with the same key where the channel that had it still knows that key. Safe to run
    at any time and by anybody.
    """
    mode.hold_switch_shared()  # else a message of quarantine could come back to planned just after going live
    over = Message.objects.filter(lease_until__lt=Now()).order_by("id")
    claimed = list(over.filter(state=MessageState.CLAIMED).select_for_update(skip_locked=True)[:_AT_ONCE])
    handed = list(over.filter(state=MessageState.HANDED).select_for_update(skip_locked=True)[:_AT_ONCE])
    taken = [message for message in handed if _is_noted(message, message.taken_try)]
    stayed = [message for message in handed if _is_noted(message, message.stayed_try)]
    rest = [message for message in handed if message not in taken and message not in stayed]
    again = [message for message in rest if may_go_again(message, mode.adapter_for(message.channel), at=now)]
    lost = [message for message in rest if message not in again]
    _update(claimed, MessageState.PLANNED)
    _update(stayed, MessageState.PLANNED, **marks_uncalled())
    _update(again, MessageState.PLANNED, **marks_uncertain())
    _update(taken, MessageState.ACCEPTED, settled_at=now, uncertain_since=None)
    _update(lost, MessageState.UNKNOWN, reason=LOST, settled_at=now, uncertain_since=None)
    ends = [("accepted", TAKEN, taken), ("later", STAYED, stayed), ("unknown", LOST, [*again, *lost])]
    Attempt.objects.bulk_create([_attempt(m, word, detail, now=now) for word, detail, found in ends for m in found])
    announce([*taken, *lost], now=now)
    _follow(lost, now=now)
    return Reaped(planned=len(claimed) + len(stayed) + len(again), unknown=len(lost), accepted=len(taken))


def _is_noted(message: Message, number: int) -> bool:
    """Whether the note is of this very try, not of an earlier one."""
    return number == message.attempts > 0


def _attempt(message: Message, word: str, detail: str, *, now: datetime) -> Attempt:
    return Attempt(message=message, number=message.attempts, at=now, outcome=word, detail=detail)


def _follow(lost: Sequence[Message], *, now: datetime) -> None:
    for message in lost:
        message.state = MessageState.UNKNOWN
    brakes.after(lost, now=now)


def _update(messages: Sequence[Message], state: MessageState, **changes: object) -> None:
    if messages:
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(state=state, lease_until=None, **changes)
