"""The ladder's year: runs, approvals and agencies as they would have been. Every step is taken by the program itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dunning.actions import accept, approve, bank_seen, call_done, reject, return_uncollected
from dunning.day import deliver_all, run_day
from dunning.facts import policy_of
from dunning.models import Case, Notice, Placement, Task
from dunning.policy import Step
from dunning.states import CaseState, NoticeState, TaskKind
from invoices.models import Customer
from invoices.states import Kind
from receivables.accounts.models import Creditor, User
from receivables.demo.troubles import RECEIPT_AWAITED, RETURNED

APPROVER_AWAY = 5  # days before the first day in which nobody approves: the first day has something to decide
CALLS_OPEN = 3  # days in which calls stay undone
RECEIPT_AFTER, RETURN_AFTER = 6, 45  # days that an agency takes
EARLY, MORNING, AFTERNOON = time(7, 40), time(10), time(14)


@dataclass(frozen=True, slots=True)
class Ladder:
    """A firm's process while its story is played. `on` is the first day, on which the story is over."""

    creditor: Creditor
    on: date
    clerk: User
    approver: User

    def work(self, day: date) -> None:
        """A day: the approver answers what the last run planned, then comes the day's own, then what people and agencies do."""
        bank_seen(self.creditor, until=day, on=day, by=self.clerk)
        if self.left(day) > APPROVER_AWAY:
            self._answer(day)
        run_day(self.creditor, on=day, now=self.at(day, MORNING))
        self._release_first_run(day)
        if self.left(day) > CALLS_OPEN:
            self._call(day)
        self._hear_from_agencies(day)

    def at(self, day: date, hour: time) -> datetime:
        """An hour of a day where the firm is."""
        return datetime.combine(day, hour, ZoneInfo(self.creditor.time_zone))

    def left(self, day: date) -> int:
        """Days from there to the first day."""
        return (self.on - day).days

    def _answer(self, day: date) -> None:
        """Approve what waits; public bodies are called first."""
        waiting = Notice.objects.filter(creditor=self.creditor, state=NoticeState.PROPOSED).select_related("customer")
        for notice in waiting.order_by("customer__number", "position"):
            if notice.customer.kind == Kind.PUBLIC:
                reject(notice, on=day, reason="Podmiot publiczny: najpierw telefon do księgowości", by=self.approver)
            else:
                approve(notice, on=day, now=self.at(day, EARLY), by=self.approver)

    def _release_first_run(self, day: date) -> None:
        """The first run of a policy version waits for a person, who looks at it the same morning. What waits anyway stays."""
        first = Notice.objects.filter(creditor=self.creditor, state=NoticeState.PROPOSED, version__first_released_at=None)
        plain = [notice for notice in first.select_related("version").order_by("pk") if not _step_of(notice).approval]
        for notice in plain:
            approve(notice, on=day, now=self.at(day, MORNING), by=self.approver)
        if plain:
            deliver_all(self.creditor, now=self.at(day, MORNING))

    def _call(self, day: date) -> None:
        for task in Task.objects.filter(creditor=self.creditor, kind=TaskKind.CALL, closed_on=None).order_by("customer__number"):
            call_done(task, reached=int(task.customer.number[1:]) % 3 > 0, now=self.at(day, AFTERNOON), by=self.clerk)

    def _hear_from_agencies(self, day: date) -> None:
        for customer in self._placed(Placement.State.SENT, day - timedelta(days=RECEIPT_AFTER)):
            if RECEIPT_AWAITED not in customer.name:
                accept(customer, on=day, by=self.clerk)
        for customer in self._placed(Placement.State.RECEIVED, day - timedelta(days=RETURN_AFTER)):
            if RETURNED in customer.name:
                for placement in Placement.objects.at_agency().filter(customer=customer):
                    return_uncollected(placement, on=day, by=self.clerk)

    def _placed(self, state: str, until: date) -> Sequence[Customer]:
        """Customers with something placed that is not closed meanwhile."""
        placed = Placement.objects.filter(creditor=self.creditor, state=state, sent_on__lte=until)
        still_open = Case.objects.exclude(state=CaseState.CLOSED).filter(steps__notice__placement__in=placed)
        return list(Customer.objects.filter(cases__in=still_open).select_related("creditor").distinct().order_by("number"))


def _step_of(notice: Notice) -> Step:
    return policy_of(notice.version).steps[notice.position - 1]
