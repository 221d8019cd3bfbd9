"""The day at a glance: what is owed, what a run would do, what waits for people."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from dunning.actions import dry_run
from dunning.actions.runs import Plan
from dunning.models import Case, Complaint, Notice, Run, Task
from dunning.states import OF_COMPLAINTS, NoticeState, Waits
from invoices.models import Customer, Dispute
from receivables.accounts.models import Creditor
from receivables.core.errors import DomainError
from receivables.dashboard.queries.runs import Answer, Counts, Reckoned, answer_of, counts_of, reckoned
from receivables.dashboard.words import said
from receivables.messaging.models import Message
from receivables.messaging.states import MessageState

PREVIEW_AT_ONCE = 500
"""With more customers due than this, the plan of the day has a page of its own."""


@dataclass(slots=True)
class PlannedPart:
    """What a run would do for one step by one channel."""

    step: str
    channel: str
    position: int
    needs_approval: bool
    messages: int = 0
    items: int = 0
    totals: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do now. `refused` says why there can be none; `is_big`: it was not made, for it takes a while."""

    parts: list[PlannedPart] = field(default_factory=list)
    waiting: list[tuple[str, int]] = field(default_factory=list)
    refused: str = ""
    is_big: bool = False

    @property
    def messages(self) -> int:
        return sum(part.messages for part in self.parts)


@dataclass(frozen=True, slots=True)
class Approvals:
    """What waits for a person to approve, and the runs it stands in."""

    answer: Answer
    runs: list[tuple[int, date, int]]  # id, day, number of messages


@dataclass(frozen=True, slots=True)
class LastRun:
    run: Run
    counts: Counts
    reckoning: Reckoned


def preview(creditor: Creditor, *, on: date, at_most: int | None = PREVIEW_AT_ONCE) -> Preview:
    """The same judgement as a run's, without writing anything; with `at_most`, only where no more customers are due."""
    if at_most is not None and _due(creditor, on=on, at_most=at_most) > at_most:
        return Preview(is_big=True)
    try:
        plan = dry_run(creditor, on=on)
    except DomainError as refusal:
        return Preview(refused=said(refusal))
    return Preview(parts=_parts(plan), waiting=Counter(plan.waiting).most_common())


def _due(creditor: Creditor, *, on: date, at_most: int) -> int:
    cases = Case.objects.due_to_look_at(on=on).filter(creditor=creditor).order_by()
    return cases.values("customer").distinct()[: at_most + 1].count()


def _parts(plan: Plan) -> list[PlannedPart]:
    parts: dict[tuple[str, str, bool], PlannedPart] = {}
    for _customer, group in plan.groups:
        key = (group.step.key, str(group.channel), group.approval)
        part = parts.setdefault(key, PlannedPart(key[0], key[1], group.position, group.approval))
        part.messages += 1
        part.items += len(group.looks)
        part.totals[group.currency] += group.asks
    return sorted(parts.values(), key=lambda part: (part.needs_approval, part.position, part.channel))


def approvals(creditor: Creditor) -> Approvals:
    """What waits for approval. Two queries."""
    waiting = Notice.objects.filter(creditor=creditor, state=NoticeState.PROPOSED)
    runs = waiting.order_by("-run").values_list("run", "run__on").annotate(n=Count("pk"))
    return Approvals(answer_of(waiting), list(runs))


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Messages that are ready and wait for contact hours; `first_at` is when the first of them goes."""

    messages: int
    first_at: datetime | None


def held_back(creditor: Creditor) -> HeldBack:
    """What waits for contact hours. One query."""
    waiting = Message.objects.filter(creditor=creditor, state=MessageState.PLANNED, reason=Waits.CLOSED_HOURS)
    found = waiting.aggregate(messages=Count("pk"), first_at=Min("not_before"))
    return HeldBack(found["messages"], found["first_at"])


def tasks_by_kind(creditor: Creditor) -> list[tuple[str, int]]:
    """Open tasks: kind → how many, the most frequent first."""
    rows = Task.objects.filter(creditor=creditor, closed_on=None).order_by().values_list("kind")
    return sorted(rows.annotate(n=Count("pk")), key=lambda row: -row[1])


@dataclass(frozen=True, slots=True)
class Clock:
    """Something of which the last day is known. `is_near`: it is close enough to be said loudly."""

    label: str
    customer: Customer
    url: str
    due_on: date
    is_near: bool
    owner: str = ""


CLOCKS = 8
NEAR = timedelta(days=7)


def clocks(creditor: Creditor, *, on: date) -> list[Clock]:
    """What has a last day, the next first: complaints to answer, disputes to decide, tasks with a day. Three queries."""
    complaints = Complaint.objects.filter(creditor=creditor, answered_on=None).select_related("customer", "owner")
    tasks = Task.objects.filter(creditor=creditor, closed_on=None).exclude(due_on=None).exclude(kind__in=OF_COMPLAINTS)
    found = [
        Clock(
            _("Complaint: %(about)s") % {"about": one.get_about_display()},
            one.customer,
            reverse("dashboard:complaint", args=[one.pk]),
            one.answer_by,
            on >= one.received_on + NEAR or on >= one.answer_by,
            str(one.owner or ""),
        )
        for one in complaints.order_by("answer_by", "pk")[:CLOCKS]
    ]
    disputes = Dispute.objects.filter(item__creditor=creditor, resolved_on=None).exclude(due_on=None)
    for dispute in disputes.select_related("item__invoice", "item__customer", "owner").order_by("due_on", "pk")[:CLOCKS]:
        label, due = _("Dispute: %(item)s") % {"item": dispute.item.label}, dispute.due_on or on
        url = dispute.item.invoice.get_absolute_url()
        found.append(Clock(label, dispute.item.customer, url, due, on >= due - NEAR, str(dispute.owner or "")))
    for task in tasks.select_related("customer").order_by("due_on", "pk")[:CLOCKS]:
        label = capfirst(str(task.get_kind_display()))
        due = task.due_on or on
        found.append(Clock(label, task.customer, task.customer.get_absolute_url(), due, on >= due - NEAR))
    return sorted(found, key=lambda clock: clock.due_on)[:CLOCKS]


def last_run(creditor: Creditor) -> LastRun | None:
    """The newest run with its counts."""
    run = Run.objects.filter(creditor=creditor).select_related("author").order_by("-pk").first()
    return LastRun(run, counts_of([run])[run.pk], reckoned(run)) if run else None
