"""Handing closed batches over to a print provider, and asking what became of them. The key makes each call safe to repeat.

No transaction is held while the provider is called. Who calls takes the batch's next try first, so two workers never call at once;
one that dies leaves the try behind, and the next goes on from there.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet

from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging import brakes, departures, mode
from receivables.messaging.delivery import Broken
from receivables.messaging.models import PostBatch
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome
from receivables.messaging.post.closing import against_now
from receivables.messaging.post.package import file_name, noted, package, to_post
from receivables.messaging.post.posting import mark_posted
from receivables.messaging.printing.protocol import PRINTERS, Print, PrintProvider, Stage, Status

logger = logging.getLogger(__name__)
NEXT_TRY, NEXT_QUESTION = timedelta(minutes=5), timedelta(hours=1)
TRIES = timedelta(days=1) // NEXT_TRY
"""After so many without a clear answer a person is asked."""
UP_TO_YOU = gettext_noop(
    "Not handed over: something speaks against letters of this batch. Look at them, then cancel the batch or print it by hand."
)
MAY_HAVE_IT = gettext_noop(
    "Nobody knows whether the provider took this batch. Ask it: where it printed the letters, mark the batch posted; cancel it only where "
    "the provider has none of them."
)
_AT_ONCE = 10


def follow_printers(*, now: datetime, today: Callable[[str], date]) -> int:
    """Submit what is closed and ask after what was taken; returns how many providers' answers were written down.

    `today`: the business day of a time zone. Does nothing outside live mode or under a halt. Safe to run at any time and by anybody.
    """
    stands = mode.standing()
    if not stands.is_live or not departures.may_leave(stands, now=now):
        return 0
    due = PostBatch.objects.filter(state=PostBatch.State.CLOSED, try_again_at__lte=now, provider__in=PRINTERS.names())
    return sum(_follow(batch, now=now, today=today) for batch in due.select_related("creditor").order_by("try_again_at")[:_AT_ONCE])


def _follow(batch: PostBatch, *, now: datetime, today: Callable[[str], date]) -> bool:
    """Halts and brakes thrown since the batch before this one hold too."""
    stands, provider = mode.standing(), PRINTERS.get(batch.provider)
    if not stands.is_live or stands.is_halted:
        return False
    if batch.submitted_at is None:
        if (against := _against(batch, stands, now=now)) is not None:
            _mine(batch).update(**against)
            return False
        return _taken(batch, now=now) and _note_answer(batch, _submit(batch, provider, now=now), now=now)
    if not _taken(batch, now=now):
        return False
    return _note_status(batch, provider.status(batch.key.hex), now=now, today=today(batch.creditor.time_zone))


def _against(batch: PostBatch, stands: mode.Standing, *, now: datetime) -> dict[str, Any] | None:
    """What to write instead of handing the batch over; None where nothing does. Only a brake or a broken guard ends by itself."""
    later = {"try_again_at": now + NEXT_TRY}
    try:
        if stands.is_braked and brakes.stopped(to_post(batch)):
            return later
        if batch.tries < TRIES and not against_now(batch, now=now):
            return None
    except (Broken, DatabaseError):
        logger.warning("post batch %s: it cannot be judged now", batch.pk)
        return later
    return {"try_again_at": None, "answer": MAY_HAVE_IT if batch.tries else UP_TO_YOU}


def _mine(batch: PostBatch) -> QuerySet[PostBatch]:
    """The batch, as long as nobody has ended it or taken a try since it was read."""
    return PostBatch.objects.filter(pk=batch.pk, state=PostBatch.State.CLOSED, try_again_at=batch.try_again_at)


def _taken(batch: PostBatch, *, now: datetime) -> bool:
    """Whether this worker has the try; the next is due some minutes later, also where this one dies."""
    return bool(_mine(batch).update(try_again_at=now + NEXT_TRY, tries=F("tries") + 1))


def _submit(batch: PostBatch, provider: PrintProvider, *, now: datetime) -> Outcome:
    if not noted(batch, now=now):
        return Later(departures.NOT_IN_JOURNAL)
    letters = batch.letters.exclude(position=None).count()
    try:
        return provider.submit(Print(batch.key.hex, file_name(batch), letters, batch.service, partial(package, batch)))
    except Refused as refusal:
        return Failed(str(refusal))


@transaction.atomic
def _note_answer(batch: PostBatch, outcome: Outcome, *, now: datetime) -> bool:
    mine = PostBatch.objects.select_for_update().filter(pk=batch.pk, state=PostBatch.State.CLOSED)
    said = one_line(outcome.detail, longest=200)
    match outcome:
        case Accepted():
            changes = {"submitted_at": now, "answer": said, "try_again_at": now + NEXT_QUESTION}
        case Failed():
            changes = {"answer": said, "try_again_at": None}  # a person looks at it: print by hand, or cancel
        case _:
            changes = {"answer": said}
    logger.info("post batch %s: the provider answered %s", batch.pk, type(outcome).__name__)
    if mine.update(**changes):
        return True
    logger.error("post batch %s: it had ended when the provider answered %s", batch.pk, type(outcome).__name__)
    return False


def _note_status(batch: PostBatch, status: Status, *, now: datetime, today: date) -> bool:
    answer = {"answer": one_line(status.detail or str(status.stage), longest=200), "try_again_at": now + NEXT_QUESTION}
    if status.stage is Stage.REFUSED:
        answer["try_again_at"] = None
    PostBatch.objects.filter(pk=batch.pk, state=PostBatch.State.CLOSED).update(**answer)
    if status.stage is Stage.POSTED and status.posted_on is not None:
        try:
            mark_posted(batch, on=status.posted_on, today=today, now=now)
        except Refused as refusal:
            logger.warning("post batch %s: posted says the provider, but %s", batch.pk, refusal)
            return False
    return True
