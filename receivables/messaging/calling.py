"""Calling the channel for what was handed over, without a transaction, and noting what is known for sure of each message.

What is handed over together to a channel that would take a message twice has notes in its row, each true of one try only: its call has not
begun or was clearly refused (`stayed_try`), or the channel has taken it (`taken_try`). A note is committed before the next call begins. So
whoever is killed within a batch leaves one message of which nobody knows, whatever the size of the batch: the one being called.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from uuid import UUID

from django.db import connection

from receivables.messaging import departures
from receivables.messaging.claim import Claim, Handed
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Accepted, Channel, Conversing, Failed, Later, ManyAtOnce, Outcome, Outgoing, Unknown
from receivables.messaging.settling import Answer, LeftBefore, NotBegun

logger = logging.getLogger(__name__)

HELD_UP = "The sender was held up; nothing was sent."
NO_TURN = "Its turn did not come in time; nothing was sent."
NOT_OURS = "It was taken from this sender; nothing was sent."
_NOTE = """
    UPDATE messaging_message SET
        stayed_try = CASE id WHEN %(begins)s THEN 0 WHEN %(stayed)s THEN attempts ELSE stayed_try END,
        taken_try = CASE id WHEN %(taken)s THEN attempts ELSE taken_try END
    WHERE id = ANY(%(ids)s) AND token = %(token)s AND state = 'handed' RETURNING id
"""


class Notes:
    """What is noted in the rows of a batch as its calls go on. One statement for each call, committed at once."""

    def __init__(self, token: UUID) -> None:
        self._token = token
        self._stayed: int | None = None
        self._taken: int | None = None

    def begins(self, message: Message) -> bool:
        """Note what was heard last, and that this call begins. False where the message is no longer ours: then it must not."""
        ids = [pk for pk in (message.pk, self._stayed, self._taken) if pk is not None]
        values = {"begins": message.pk, "stayed": self._stayed, "taken": self._taken, "ids": ids, "token": self._token}
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, values)
            return message.pk in {pk for (pk,) in cursor.fetchall()}

    def heard(self, message: Message, outcome: Outcome) -> None:
        """What the channel said to it, to be noted before the next call. Where nobody knows there is nothing to note."""
        self._taken = message.pk if isinstance(outcome, Accepted) else None
        self._stayed = message.pk if isinstance(outcome, Later | Failed) else None


def answers_of(handed: Handed, claim: Claim, letters: Mapping[int, Outgoing], *, now: datetime) -> Iterator[Answer]:
    """What the channel says to each message, as it says it."""
    adapter: object = handed.adapter
    yield from ((message, LeftBefore(handed.fenced[message.pk])) for message in handed.messages if message.pk in handed.fenced)
    going = [message for message in handed.messages if message.pk not in handed.fenced]
    if going and handed.marks is not None and not departures.note(going, handed.marks, now=now):
        yield from ((message, NotBegun(departures.NOT_IN_JOURNAL)) for message in going)
    elif isinstance(adapter, ManyAtOnce) and len(going) > 1 and claim.may_begin(handed.since) and claim.is_at_once(handed.at):
        yield from zip(going, adapter.send_many([letters[message.pk] for message in going]), strict=True)
    elif handed.adapter is not None:
        yield from _one_by_one(going, handed, handed.adapter, claim, letters)


def _one_by_one(
    going: Sequence[Message], handed: Handed, adapter: Channel, claim: Claim, letters: Mapping[int, Outgoing]
) -> Iterator[Answer]:
    """A halt is noticed between two calls: what is left then goes back, as does what has waited too long since it was judged.

    The first is called at once, so that the slowest channel gets on. Where the process was held up before it, all go back.
    """
    watch, notes = departures.Watch(handed.at), Notes(claim.token) if handed.is_noted else None
    was_held_up = not claim.is_at_once(handed.at)
    with _conversation(adapter) as say:
        for message in going:
            if watch.stops(message, going):
                yield message, NotBegun(departures.HALTED)
            elif was_held_up or (notes and message is not going[0] and not claim.is_fresh(handed.at)):
                yield message, NotBegun(NO_TURN)
            elif notes and not notes.begins(message):
                yield message, NotBegun(NOT_OURS)
            else:
                outcome = call(say, letters[message.pk], claim, since=handed.since)
                if notes:
                    notes.heard(message, outcome)
                yield message, outcome


def _conversation(adapter: Channel) -> AbstractContextManager[Callable[[Outgoing], Outcome]]:
    return adapter.conversation() if isinstance(adapter, Conversing) else nullcontext(adapter.send)


def call(say: Callable[[Outgoing], Outcome], outgoing: Outgoing, claim: Claim, *, since: float) -> Outcome:
    """Call the channel, unless this process was held up for so long that the lease could end before the call does.

    The last look before the call, after all notes: who is stopped here and goes on after the lease sends nothing.
    """
    if not claim.may_begin(since):
        return NotBegun(HELD_UP)
    try:
        return say(outgoing)
    except Exception as error:  # how far it came nobody knows
        logger.error("message %s: the channel raised %s", outgoing.message_id, type(error).__name__)
        return Unknown(f"The channel broke off ({type(error).__name__}).")
