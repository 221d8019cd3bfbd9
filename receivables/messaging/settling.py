"""Write down what the channel answered, if the message is still ours: late writers find the row moved on and change nothing."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from receivables import faults
from receivables.core.printed import one_line
from receivables.messaging import brakes
from receivables.messaging.again import PERHAPS, marks_uncalled, marks_uncertain, may_go_again, may_have_left
from receivables.messaging.models import Attempt, Message
from receivables.messaging.moves import announce, move
from receivables.messaging.outgoing import Accepted, Channel, Failed, Later, Outcome, Unknown
from receivables.messaging.states import MessageState
from receivables.messaging.suppression import suppress

logger = logging.getLogger(__name__)

BACK_OFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
MOST_TRIES = 24  # with the waits above: about three days and a half

Answer = tuple[Message, Outcome]


class NotBegun(Later):
    """The call was never begun, so it is tried again without waiting, and counts for nothing."""


class LeftBefore(Unknown):
    """It may have left before the database was restored: never handed over by a machine, whatever its channel knows."""


@dataclass(frozen=True, slots=True)
class _Ending:
    """What becomes of a message; messages with the same ending share a statement."""

    outcome: str
    state: MessageState
    reason: str = ""
    not_before: datetime | None = None
    never_called: bool = False

    @property
    def counts_as(self) -> str:
        """What is planned again waits, whatever was said."""
        return "later" if self.state == MessageState.PLANNED else self.outcome

    def changes(self, now: datetime) -> dict[str, Any]:
        changes: dict[str, Any] = {"reason": self.reason, "lease_until": None}
        if self.state != MessageState.PLANNED:
            return {**changes, "settled_at": now, "uncertain_since": None}
        again = marks_uncertain() if self.outcome == "unknown" else marks_uncalled() if self.never_called else {}
        return {**changes, **again, "not_before": self.not_before} if self.not_before else {**changes, **again}


@transaction.atomic
def settle(answers: Sequence[Answer], *, adapter: Channel, token: UUID, now: datetime) -> Counter[str]:
    """End each handed message by its answer, with an attempt each; returns how many of each outcome. Tells `delivery_changed`.

    Where nobody knows what became of it, it waits to be handed to the same adapter again, if that still knows its key by then.
    """
    together: dict[_Ending, list[Answer]] = {}
    for message, outcome in answers:
        together.setdefault(_ending(message, outcome, adapter, now), []).append((message, outcome))
    tally: Counter[str] = Counter()
    moved: list[Message] = []
    for ending, group in together.items():
        mine = move([m for m, _ in group], ending.state, old=MessageState.HANDED, token=token, **ending.changes(now))
        tally[ending.counts_as] += len(mine)
        moved += mine
    _write_attempts(answers, together, moved, now=now)
    announce(moved, now=now)
    brakes.after(moved, now=now)
    faults.at("F11")
    return tally


def _ending(message: Message, outcome: Outcome, adapter: Channel, now: datetime) -> _Ending:
    next_try = now + BACK_OFF[min(message.calls, len(BACK_OFF)) - 1]
    match outcome:
        case Accepted():
            return _Ending("accepted", MessageState.ACCEPTED)
        case NotBegun():
            return _Ending("later", MessageState.PLANNED, never_called=True)
        case Failed(detail, bad_address=False) if may_have_left(message):
            return _Ending("unknown", MessageState.UNKNOWN, _reason(f"{PERHAPS} {detail}"))
        case Later(detail) if message.calls >= MOST_TRIES and may_have_left(message):
            return _Ending("unknown", MessageState.UNKNOWN, _reason(f"{PERHAPS} {detail}"))
        case Later(detail) if message.calls >= MOST_TRIES:
            return _Ending("failed", MessageState.FAILED, _reason(f"Refused {message.calls} times for the time being: {detail}"))
        case Later(detail):
            return _Ending("later", MessageState.PLANNED, _reason(detail), next_try)
        case Failed(detail):
            return _Ending("failed", MessageState.FAILED, _reason(detail))
        case LeftBefore(detail):
            return _Ending("unknown", MessageState.UNKNOWN, _reason(detail))
        case Unknown(detail) if message.calls < MOST_TRIES and may_go_again(message, adapter, at=next_try):
            return _Ending("unknown", MessageState.PLANNED, _reason(f"{detail} It is handed over again with the same key."), next_try)
        case Unknown(detail):
            return _Ending("unknown", MessageState.UNKNOWN, _reason(detail))


def _reason(detail: str) -> str:
    return one_line(detail, longest=200)


def _write_attempts(answers: Sequence[Answer], together: dict[_Ending, list[Answer]], moved: Sequence[Message], *, now: datetime) -> None:
    ours = {message.pk for message in moved}
    named = [(ending.outcome, message, outcome) for ending, group in together.items() for message, outcome in group if message.pk in ours]
    Attempt.objects.bulk_create([_attempt(message, word, outcome, now=now) for word, message, outcome in named])
    dead = {m.pk: outcome.detail for m, outcome in answers if m.pk in ours and isinstance(outcome, Failed) and outcome.bad_address}
    if dead:
        suppress([message for message in moved if message.pk in dead], reasons=dead, now=now)
    for message, outcome in answers:
        if message.pk not in ours:
            logger.warning("message %s: the answer %s came too late, its lease was over", message.pk, type(outcome).__name__)


def _attempt(message: Message, word: str, outcome: Outcome, *, now: datetime) -> Attempt:
    reference = outcome.reference if isinstance(outcome, Accepted) and outcome.reference != message.message_id else ""
    detail = one_line(outcome.detail or reference, longest=300)
    return Attempt(message=message, number=message.attempts, at=now, outcome=word, detail=detail, reference=reference[:200])
