"""The last things before a real channel is called: may anything leave from here at all, and has the journal been written?

Locks and brakes that close here do so in a transaction of their own. Stand-ins and the mailbox reach nobody and need none of it.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from receivables.core.stopwatch import seconds
from receivables.messaging import brakes, fences, mode
from receivables.messaging.actions import lock, release_by_itself
from receivables.messaging.journal import Line, NotWritten
from receivables.messaging.models import Brake, Message

logger = logging.getLogger(__name__)

NOT_IN_JOURNAL = "The send journal cannot be written; nothing was sent."
HALTED = "Sending was stopped; nothing was sent."
TIME_TRAVEL = "The send journal knows of messages that this database does not: it was restored."


def may_leave(stands: mode.Standing, *, now: datetime) -> bool:
    """Whether anything may be handed over: not halted, not locked, and the journal can be written and knows no more than the database."""
    if not stands.may_hand_over or not stands.is_live or mode.is_stood_in():
        return stands.may_hand_over
    book = fences.journal()
    if fences.has_forgotten(book):
        lock(reason=TIME_TRAVEL)
        return False
    if stands.is_braked and Brake.objects.filter(kind=Brake.Kind.JOURNAL, released_at=None).exists():
        try:
            book.begin(at=now)
        except NotWritten:
            return False
        release_by_itself(Brake.Kind.JOURNAL, creditor=None, reason="It can be written again.", now=now)
    return True


def note(messages: Sequence[Message], marks: Mapping[int, tuple[str, ...]], *, now: datetime) -> bool:
    """Write these hand-overs into the journal; False where that fails: then none of them may be called. Closes the journal's brake."""
    lines = [Line(m.key, m.attempts, m.channel, now.isoformat(), tuple(marks.get(m.pk, ()))) for m in messages]
    try:
        fences.journal().add(lines, at=now)
    except NotWritten as error:
        logger.error("the send journal cannot be written: %s", error)
        brakes.close(Brake.Kind.JOURNAL, creditor=None, channel="", now=now, said=str(error))
        return False
    return True


class Watch:
    """Notices before each call of a hand-over that a switch or a brake was thrown: asks once a second, so that fast calls cost nothing.

    `since`: when the hand-over asked last, on the clock of `seconds`.
    """

    every = 1.0  # seconds

    def __init__(self, since: float) -> None:
        self._asked, self._stopped = since, frozenset[int]()
        self._is_halted = False

    def stops(self, message: Message, others: Sequence[Message]) -> bool:
        """Whether this one must not be called any more; `others` are all of the batch."""
        if seconds() - self._asked >= self.every:
            stands = mode.standing()
            self._asked, self._is_halted = seconds(), stands.is_halted
            self._stopped = brakes.stopped(others) if stands.is_braked else frozenset()
        return self._is_halted or message.pk in self._stopped
