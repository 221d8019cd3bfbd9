"""Runs: what was planned, what waits for a person, what was sent, and why the rest was not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict

from dunning.models import Notice, PlannedLine, Run, StepTaken
from dunning.states import NoticeState
from receivables.core.money import Money, total_by_currency
from receivables.dashboard.paging import Order, Page, mapped, page_of
from receivables.messaging.states import ARRIVED

NEWEST = Order("pk", descending=True)
BY_STEP = Order("position", descending=True)
DROPPED = (NoticeState.REJECTED, NoticeState.DROPPED, NoticeState.SUPERSEDED)
Totals = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages of a run or of a part of it."""

    planned: int = 0
    waiting: int = 0
    released: int = 0
    sent: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class RunLine:
    """A row of the list."""

    run: Run
    counts: Counts


@dataclass(slots=True)
class Part:
    """All messages of a run for one step by one channel."""

    step: str
    channel: str
    position: int
    counts: Counts = field(default_factory=Counts)
    totals: Totals = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One message of a run: for whom, about which items."""

    notice: Notice
    items: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person is about to approve or reject."""

    notices: int
    customers: int
    totals: Totals


def runs_page(rows: QuerySet[Run], query: QueryDict) -> Page[RunLine]:
    """A page of runs, newest first. Two queries at most."""
    page = page_of(rows.select_related("author"), NEWEST, query)
    counts = counts_of(page.rows)
    return mapped(page, [RunLine(run, counts[run.pk]) for run in page.rows])


def counts_of(runs: Iterable[Run]) -> dict[int, Counts]:
    """Run → its messages by what became of them. One query."""
    ids = [run.pk for run in runs]
    rows = Notice.objects.filter(run__in=ids).order_by().values_list("run").annotate(**COUNTED)
    known = {run: Counts(*counts) for run, *counts in rows}
    return {pk: known.get(pk, Counts()) for pk in ids}


COUNTED = {
    "planned": Count("pk"),
    "waiting": Count("pk", filter=Q(state=NoticeState.PROPOSED)),
    "released": Count("pk", filter=Q(state=NoticeState.RELEASED)),
    "sent": Count("pk", filter=Q(message__state__in=ARRIVED)),
    "dropped": Count("pk", filter=Q(state__in=DROPPED)),
}


def parts_of(run: Run) -> list[Part]:
    """The run by step and channel, highest step first. One query."""
    rows = run.notices.order_by().values_list("step", "channel", "position", "currency")
    parts: dict[tuple[str, str], Part] = {}
    for step, channel, position, currency, total, *counts in rows.annotate(total=Sum(F("principal") - F("credit")), **COUNTED):
        part = parts.setdefault((step, channel), Part(step, channel, position))
        part.counts = Counts(*(getattr(part.counts, name) + count for name, count in zip(COUNTED, counts, strict=True)))
        part.totals[currency] = part.totals.get(currency, Decimal(0)) + total
    return sorted(parts.values(), key=lambda part: (-part.position, part.channel))


def notices_page(run: Run, query: QueryDict, *, state: str, step: str, channel: str) -> Page[NoticeLine]:
    """A page of a run's messages, highest step first, as far as they are asked for. Four queries at most."""
    rows = run.notices.select_related("customer", "message", "main", "answered_by")
    rows = rows.filter(**{name: value for name, value in (("step", step), ("channel", channel)) if value})
    rows = rows.filter(_in_state(state))
    page = page_of(rows, BY_STEP, query)
    return mapped(page, notice_lines(page.rows))


def _in_state(state: str) -> Q:
    if state == "dropped":
        return Q(state__in=DROPPED)
    return Q(state=state) if state in set(NoticeState) else Q()


def notice_lines(notices: Sequence[Notice], *, at_most: int = 3) -> list[NoticeLine]:
    """Messages with the labels of the first items each. Two queries."""
    ids = {notice.main_id or notice.pk for notice in notices}
    labels: dict[int, list[str]] = defaultdict(list)
    for lines in (StepTaken.objects.filter(notice__in=ids), PlannedLine.objects.filter(notice__in=ids)):
        called = Coalesce("case__item__label", "case__rate__label")
        for notice, label in lines.order_by("case__item__due_on", "pk").values_list("notice", called):
            if label not in labels[notice]:
                labels[notice].append(label)
    named = [(notice, labels[notice.main_id or notice.pk]) for notice in notices]
    return [NoticeLine(notice, tuple(items[:at_most]), max(len(items) - at_most, 0)) for notice, items in named]


def answer_of(notices: QuerySet[Notice]) -> Answer:
    """How many messages, customers and how much money per currency. One query."""
    asks = F("principal") + F("interest") + F("compensation") + F("fees") - F("credit")
    rows = list(notices.order_by().values_list("customer", "currency", asks))
    totals = total_by_currency(Money(amount, currency) for _, currency, amount in rows)
    return Answer(len(rows), len({row[0] for row in rows}), totals)


def waiting_reasons(run: Run) -> list[tuple[str, int]]:
    """Why items wait, the most frequent first."""
    return Counter(run.waiting).most_common()
