"""A firm with a ladder, its customers, and channels that remember. Day 0 is the due date: 1 May 2026, a Friday."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from dunning.actions import assign, publish
from dunning.actions.runs import plan_and_release, start_run
from dunning.day import deliver_all, plan_day, run_day
from dunning.models import Case, LadderRules, Notice, Run, StepResult, Task
from dunning.states import NoticeState
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing
from receivables.messaging.states import ARRIVED
from tests.builders import make_creditor, make_customer, make_item

DUE = date(2026, 5, 1)
SAFEGUARDS_OFF = {
    "first_run_waits": False,
    "legal_waits": False,
    "cap_per_person": False,
    "handover_needs_terms": False,
    "handover_notice_days": None,
    "handover_needs_call": False,
}
CHANNELS = ("email", "sms", "letter", "agency")
PLAIN = """\
name: Plain
steps:
  - {key: first, after_due: 1, channel: [email]}
  - {key: second, after_due: 5, channel: [sms]}
  - {key: third, after_due: 9, channel: [email]}
"""
APPROVED = """\
name: With approval
steps:
  - {key: first, after_due: 1, channel: [email], approval: true}
  - {key: second, after_due: 5, channel: [email]}
"""


def day(number: int) -> date:
    return DUE + timedelta(days=number)


@dataclass
class Recorder:
    """What all channels took, in order. `answer` may look at the message and say something else than yes, or raise."""

    answer: Callable[[Outgoing], Outcome] = lambda outgoing: Accepted()
    takes_key: bool = False
    batch: int = 50
    taken: list[Outgoing] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Outcome:
        outcome = self.answer(outgoing)
        if isinstance(outcome, Accepted):
            self.taken.append(outgoing)
        return outcome

    @contextmanager
    def standing_in(self) -> Iterator["Recorder"]:
        with standing_in(dict.fromkeys(CHANNELS, self)):
            yield self


@dataclass
class Firm:
    """A creditor with one policy for all. Every act names its day; the clock stands at noon of it."""

    creditor: Creditor
    recorder: Recorder | None = None

    def customer(self, **fields: Any) -> Customer:
        return make_customer(self.creditor, **fields)

    def owes(self, customer: Customer | None = None, amount: str = "100.00", due: int = 0, **fields: Any) -> Item:
        """An item due on that day, issued a month before."""
        fields = {"issued_on": day(due - 30), "due_on": day(due), **fields}
        return make_item(customer or self.customer(), amount, **fields)

    def noon(self, on: int) -> datetime:
        """That moment; and from now on the clock says so."""
        moment = datetime.combine(day(on), time(12), ZoneInfo(self.creditor.time_zone))
        settings.CLOCK = moment
        return moment

    def plan(self, on: int, **others: Any) -> Run:
        return plan_day(self.creditor, now=self.noon(on), on=day(on), **others)

    def start(self, on: int) -> Run:
        """A run that has only begun."""
        return start_run(self.creditor, now=self.noon(on), on=day(on))

    def go_on(self, run: Run, on: int) -> Run:
        return plan_and_release(run, now=self.noon(on))

    def deliver(self, on: int) -> None:
        deliver_all(self.creditor, now=self.noon(on))

    def run(self, on: int, **others: Any) -> Run:
        return run_day(self.creditor, now=self.noon(on), on=day(on), **others)

    def tries_to_plan(self, on: int) -> Run | None:
        """None where another planner was quicker."""
        try:
            return self.plan(on)
        except Refused:
            return None

    # -- what is so

    def case(self, item: Item) -> Case:
        return Case.objects.select_related("in_flight").get(item=item)

    def arrived(self, item: Item) -> list[str]:
        """The steps of the item that were taken by a channel, main messages only, in order."""
        sent = Notice.objects.filter(taken__case__item=item, message__state__in=ARRIVED, main=None).order_by("message__handed_at", "pk")
        return [line.step for notice in sent for line in notice.taken.filter(case__item=item)]

    def states(self) -> Counter[str]:
        """How many messages stand where."""
        return Counter(Message.objects.filter(creditor=self.creditor).order_by("pk").values_list("state", flat=True))

    def reasons(self) -> list[str]:
        """Why messages did not go."""
        return list(Message.objects.filter(creditor=self.creditor).exclude(reason="").order_by("pk").values_list("reason", flat=True))

    def waiting(self) -> list[Notice]:
        """What waits for a person."""
        return list(Notice.objects.filter(creditor=self.creditor, state=NoticeState.PROPOSED).order_by("pk"))

    def planned(self) -> list[tuple[str, list[str]]]:
        """The same by step and items."""
        return [
            (notice.step, sorted(line.case.item.label for line in notice.lines.select_related("case__item"))) for notice in self.waiting()
        ]

    def tasks(self) -> list[tuple[str, str]]:
        """Open tasks: customer's number and kind."""
        return sorted(Task.objects.filter(creditor=self.creditor, closed_on=None).values_list("customer__number", "kind"))

    def completed(self) -> Counter[tuple[int, str]]:
        """How often each case completed each step."""
        done = StepResult.objects.filter(kind=StepResult.Kind.COMPLETED, taken__case__creditor=self.creditor)
        return Counter(done.values_list("taken__case", "taken__step"))


def used_to(creditor: Creditor, *sizes: int) -> None:
    """Runs that sent so many, since it went live: with fewer than three the next one waits for a person."""
    now = datetime.now(UTC)  # going live has no clock of its own
    for size in sizes:
        Run.objects.create(creditor=creditor, on=now.date(), started_at=now, finished_at=now, state="done", expected=size)


def make_firm(policy: str = PLAIN, recorder: Recorder | None = None, **rules: Any) -> Firm:
    """A firm whose every day is a contact day, unless the rules say otherwise; approvals need no second person."""
    creditor = make_creditor()
    LadderRules.objects.create(creditor=creditor, **{**SAFEGUARDS_OFF, "calendar": "none", "four_eyes": False, **rules})
    firm = Firm(creditor, recorder)
    version = publish(creditor, policy, now=firm.noon(-60))
    assign(creditor, version.policy)
    return firm


__all__ = ["APPROVED", "CHANNELS", "DUE", "PLAIN", "Firm", "Recorder", "day", "make_firm"]
