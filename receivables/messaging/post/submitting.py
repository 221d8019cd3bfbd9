"""Handing closed batches over to a print provider, and asking what became of them. The key makes each call safe to repeat.

No transaction is held while the provider is called. Who calls takes the batch's next try first, so two workers never call at once;
one that dies leaves the try behind, and the next goes on from there.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F

from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.messaging import mode
from receivables.messaging.models import PostBatch
from receivables.messaging.outgoing import Accepted, Failed, Outcome
from receivables.messaging.post.package import file_name, package
from receivables.messaging.post.posting import mark_posted
from receivables.messaging.printing.protocol import PRINTERS, Print, PrintProvider, Stage, Status

logger = logging.getLogger(__name__)
NEXT_TRY, NEXT_QUESTION = timedelta(minutes=5), timedelta(hours=1)
_AT_ONCE = 10


def follow_printers(*, now: datetime, today: Callable[[str], date]) -> int:
    """Submit what is closed and ask after what was taken; returns how many providers' answers were written down.

    `today`: the business day of a time zone. Does nothing outside live mode or under a halt. Safe to run at any time and by anybody.
    """
    stands = mode.standing()
    if not stands.is_live or stands.is_halted:
        return 0
    due = PostBatch.objects.filter(state=PostBatch.State.CLOSED, try_again_at__lte=now, provider__in=PRINTERS.names())
    return sum(_follow(batch, now=now, today=today) for batch in due.select_related("creditor").order_by("try_again_at")[:_AT_ONCE])


def _follow(batch: PostBatch, *, now: datetime, today: Callable[[str], date]) -> bool:
    provider = PRINTERS.get(batch.provider)
    if not _taken(batch, now=now):
        return False
    if batch.submitted_at is None:
        return _note_answer(batch, _submit(batch, provider), now=now)
    return _note_status(batch, provider.status(batch.key.hex), now=now, today=today(batch.creditor.time_zone))


def _taken(batch: PostBatch, *, now: datetime) -> bool:
    """Whether this worker has the try; the next is due some minutes later, also where this one dies."""
    mine = PostBatch.objects.filter(pk=batch.pk, state=PostBatch.State.CLOSED, try_again_at=batch.try_again_at)
    return bool(mine.update(try_again_at=now + NEXT_TRY, tries=F("tries") + 1))


def _submit(batch: PostBatch, provider: PrintProvider) -> Outcome:
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
    return bool(mine.update(**changes))


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
