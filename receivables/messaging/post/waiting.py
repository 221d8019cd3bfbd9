"""What waits to be printed: letters that are planned, due and have their paper. The open batch of a company is just these."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max, Q, QuerySet

from receivables.accounts.models import Creditor
from receivables.messaging.models import Message, PostBatch
from receivables.messaging.protocols import GUARDS, RENDERERS
from receivables.messaging.states import MessageState

LETTER = "letter"
NO_PAPER = "A letter needs exactly one paper."


def to_gather(due: QuerySet[Message], *, now: datetime) -> QuerySet[Message]:
    """Of letters that are due, those that are not made ready yet, and those whose time is over."""
    return due.filter(Q(rendered_at=None) | Q(not_after__lt=now))


def is_paper(message: Message) -> bool:
    """Whether it is something that can be printed."""
    return message.document is not None and message.document.media_type == "application/pdf"


def waiting(creditor: Creditor, *, now: datetime) -> QuerySet[Message]:
    """The letters of the open batch, in the order in which they will lie in it."""
    letters = Message.objects.filter(creditor=creditor, channel=LETTER, state=MessageState.PLANNED, not_before__lte=now)
    known = letters.filter(purpose__in=set(RENDERERS.names()) & set(GUARDS.names()))
    in_time = known.exclude(rendered_at=None).exclude(document=None).exclude(not_after__lt=now)
    return in_time.order_by("recipient_name", "pk")


def open_batches(creditors: Collection[int], *, now: datetime) -> None:
    """Let each of these companies have an open batch. Safe to run at any time and by anybody: one is kept, and no number is left out."""
    standing = set(PostBatch.objects.filter(creditor__in=creditors, state=PostBatch.State.OPEN).values_list("creditor", flat=True))
    for creditor in sorted(set(creditors) - standing):
        last = PostBatch.objects.filter(creditor=creditor).aggregate(last=Max("number"))["last"] or 0
        PostBatch.objects.bulk_create([PostBatch(creditor_id=creditor, number=last + 1, opened_at=now)], ignore_conflicts=True)
