"""Runs: what was planned, what waits for a person, what was sent, and why the rest was not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning.difference import Change, Difference, Gone, PlannedItem, Reckoning
from dunning.explain import reason_words, waits_words
from dunning.models import Case, Notice, PlannedLine, Run, StepTaken
from dunning.plans import difference_to, reckoning_of
from dunning.states import NOT_HELD, NoticeState, Waits
from receivables.core.money import Money, total_by_currency
from receivables.dashboard.paging import Order, Page, mapped, page_of
from receivables.dashboard.templatetags.look import amount
from receivables.dashboard.words import MESSAGE_STATES, channel_word, sentence_case, step_word, word
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


SHOWN = 50


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A run's account in words. `tone` is empty while nothing is wrong."""

    reckoning: Reckoning
    tone: str
    heading: str
    text: str


def reckoned(run: Run) -> Reckoned:
    """Whether all that was expected has left, and where the rest is. One query."""
    known = reckoning_of(run)
    alarm = known.alarm
    if not alarm:
        return Reckoned(known, "", "", "")
    where = ", ".join(f"{word(MESSAGE_STATES, state)}: {number}" for state, number in sorted(known.others.items()))
    text = _("Expected %(expected)d, sent %(sent)d.") % {"expected": known.expected, "sent": known.sent}
    text += f" {sentence_case(where)}." if where else ""
    if alarm == "missing":
        return Reckoned(known, "bad", _("The numbers of this run do not add up"), f"{text} {_missing(known.missing)}")
    heading = _("Not one message of this run has left") if alarm == "none" else _("Not all messages of this run have left")
    return Reckoned(known, "bad" if alarm == "none" else "warn", heading, text)


def _missing(number: int) -> str:
    if number < 0:
        return ngettext("%(n)d message more than expected.", "%(n)d messages more than expected.", -number) % {"n": -number}
    return ngettext(
        "Of %(n)d message nobody knows where it is. Tell an administrator.",
        "Of %(n)d messages nobody knows where they are. Tell an administrator.",
        number,
    ) % {"n": number}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A line of the difference to the run before."""

    kind: str
    tone: str
    item: PlannedItem
    words: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference to the run before: its first lines, and how many there are."""

    lines: list[ChangeLine]
    new: int
    gone: int
    changed: int

    @property
    def more(self) -> int:
        return self.new + self.gone + self.changed - len(self.lines)


def changes_since(run: Run, before: Run | None) -> Changes:
    """What the plan says that the last one of the day before did not. Six queries at most."""
    found = difference_to(run, before)
    return Changes(_change_lines(found)[:SHOWN], len(found.new), len(found.gone), len(found.changed))


def _change_lines(found: Difference) -> list[ChangeLine]:
    changed = [ChangeLine(_("changed"), "warn", change.after, _changed(change)) for change in found.changed]
    gone = [ChangeLine(_("gone"), "", gone.item, _gone(gone)) for gone in found.gone]
    return [*changed, *gone, *(ChangeLine(_("new"), "info", item, "") for item in found.new)]


def _changed(change: Change) -> str:
    shown = {
        "step": (step_word(change.before.step), step_word(change.after.step)),
        "channel": (channel_word(change.before.channel), channel_word(change.after.channel)),
        "amount": tuple(amount(each.amount, each.currency) for each in (change.before, change.after)),
    }
    return ", ".join(f"{before} → {after}" for before, after in (shown[part] for part in change.parts))


def _gone(gone: Gone) -> str:
    if gone.reason in set(Waits):
        return waits_words(gone.reason)
    return reason_words(gone.reason) if gone.reason else _("planned anew later")


@dataclass(frozen=True, slots=True)
class Held:
    """Items that a run judged and something holds up: the first of them, with the reason, and how many more."""

    cases: list[Case]
    more: int


def held_in(run: Run) -> Held:
    """What this run was the last to judge, and found held up. Two queries."""
    rows = Case.objects.filter(judged_in=run).exclude(waits__in=NOT_HELD)
    shown = list(rows.select_related("item", "rate", "customer").order_by("waits", "customer__name", "pk")[: SHOWN + 1])
    return Held(shown[:SHOWN], rows.count() - SHOWN if len(shown) > SHOWN else 0)
