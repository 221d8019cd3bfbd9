"""The post at a glance: what waits to be printed, what is printed and not posted yet, what was posted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dunning.facts import rules_of
from dunning.models import Notice
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.calendar import Calendar
from receivables.dashboard.message_reasons import message_reason
from receivables.messaging.models import Message, PostBatch, PostBatchLetter
from receivables.messaging.post.closing import NOT_JUDGED, still_against
from receivables.messaging.post.submitting import MAY_HAVE_IT, UP_TO_YOU
from receivables.messaging.post.waiting import waiting

DAY = timedelta(days=1)
AGAINST = {
    UP_TO_YOU: gettext_lazy(UP_TO_YOU),
    MAY_HAVE_IT: gettext_lazy(MAY_HAVE_IT),
    NOT_JUDGED: gettext_lazy("It could not be judged; see the log."),
}
"""What closing a batch says besides what the guard does; what a person wrote is shown as it is."""
WORKING_DAYS_TO_POST = 2
"""How many working days after closing a batch may wait to be marked posted before it is said loudly: its letters age unconfirmed."""


@dataclass(frozen=True, slots=True)
class Line:
    """A letter with its customer; `against` says why it should not be posted any more."""

    letter: PostBatchLetter
    customer: Customer | None
    against: str = ""

    @property
    def address(self) -> list[str]:
        """The postal lines without the name."""
        return self.letter.message.recipient.splitlines()[1:]


@dataclass(frozen=True, slots=True)
class BatchPage:
    batch: PostBatch
    letters: list[Line]
    out: list[Line]

    @property
    def pages(self) -> int:
        return sum(line.letter.pages for line in self.letters)

    @property
    def against(self) -> list[Line]:
        """Printed, but not to be posted any more."""
        return [line for line in self.letters if line.against]


def batches(rows: QuerySet[PostBatch]) -> QuerySet[PostBatch]:
    """Closed batches with the number of their letters and pages."""
    live = Q(letters__taken_out_at=None, letters__position__isnull=False)
    counted = rows.exclude(state=PostBatch.State.OPEN).select_related("closed_by", "posted_by", "creditor")
    return counted.annotate(count=Count("letters", filter=live), sheets=Sum("letters__pages", filter=live, default=0))


def batch_page(batch: PostBatch, *, now: datetime) -> BatchPage:
    """A closed batch, its letters by position, those taken out, and what stands against posting now."""
    rows = batch.letters.select_related("message", "taken_out_by").defer("message__text", "message__html").order_by("position", "pk")
    against = still_against(batch, now=now)
    found = list(rows)
    customers = customers_of([row.message_id for row in found])
    lines = [Line(row, customers.get(row.message_id), against.get(row.message_id, "")) for row in found]
    return BatchPage(batch, [one for one in lines if one.letter.taken_out_at is None], [one for one in lines if one.letter.taken_out_at])


def customers_of(messages: list[int]) -> dict[int, Customer]:
    """Message id → customer, of the messages of notices."""
    notices = Notice.objects.filter(message__in=messages).select_related("customer")
    return {notice.message_id: notice.customer for notice in notices if notice.message_id}


def working_days_since(calendar: Calendar, day: date, *, on: date) -> int:
    """How many working days have passed after a day, `on` included."""
    return sum(calendar.is_working_day(day + n * DAY) for n in range(1, min((on - day).days, 60) + 1))


def is_late(batch: PostBatch, calendar: Calendar, *, on: date) -> bool:
    """Whether it is closed and has waited too long to be marked posted."""
    since = batch.closed_on
    return (
        batch.state == PostBatch.State.CLOSED and since is not None and working_days_since(calendar, since, on=on) >= WORKING_DAYS_TO_POST
    )


def post_tiles(creditor: Creditor, *, on: date, now: datetime) -> list[dict[str, Any]]:
    """What waits for people at the post, as components/_tiles.html takes it. Two queries, one more where a batch is not posted yet."""
    url, tiles = reverse("dashboard:post"), []
    if count := waiting(creditor, now=now).count():
        tiles.append({"label": _("Letters to print"), "value": count, "url": url, "tone": "warn"})
    closed = list(PostBatch.objects.filter(creditor=creditor, state=PostBatch.State.CLOSED))
    if closed:
        calendar = rules_of(creditor).calendar
        late = sum(is_late(batch, calendar, on=on) for batch in closed)
        note = ngettext("%(n)d late", "%(n)d late", late) % {"n": late} if late else ""
        tone = "bad" if late else "warn"
        tiles.append({"label": _("Batches to post"), "value": len(closed), "note": note, "url": url, "tone": tone})
    return tiles


def reasons_in(messages: list[tuple[Message, str]]) -> list[Mapping[str, Any]]:
    """Letters that closing takes out, with their customers."""
    customers = customers_of([message.pk for message, _reason in messages])
    return [{"message": message, "customer": customers.get(message.pk), "reason": reason} for message, reason in messages]


def against_words(reason: str) -> str:
    """Why a letter does not go: "FV 12: held", its second part in words."""
    return str(AGAINST[reason]) if reason in AGAINST else message_reason(reason)
