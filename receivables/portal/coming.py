"""What happens next and when, as far as it concerns the debtor: never why a run waits, who approves or what a policy is called."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice

from django.utils.translation import gettext as _

from dunning.explain import Explanation, explain_customer
from dunning.facts import policy_of
from dunning.models import Case
from dunning.policy import Channel, Policy, Step
from dunning.states import Waits
from invoices.models import Customer


class Kind(StrEnum):
    """What the debtor will notice of a step."""

    REMINDER = "reminder"
    CALL = "call"
    DEMAND = "demand"
    FURTHER = "further"


@dataclass(frozen=True, slots=True)
class Event:
    """Something to come. `on` is None where no day can be named; `labels` are the items it is about."""

    on: date | None
    words: str
    labels: tuple[str, ...]


SOON = timedelta(days=30)  # of what is not due yet, only so much is told
LONGEST = 10

# Reasons to wait that are the debtor's own business. Of all others only the day is told.
_TOLD = (
    Waits.WITH_AGENCY,
    Waits.ON_PLAN,
    Waits.DISPUTED,
    Waits.PROMISED,
    Waits.HELD,
    Waits.UNREAD_REPLY,
    Waits.UNMATCHED_MONEY,
    Waits.LADDER_ENDED,
)


def coming_to(customer: Customer, *, on: date) -> list[Event]:
    """What stands ahead of all that is open, by day; what has no day comes first."""
    open_cases = Case.objects.filter(customer=customer, item__open_amount__gt=0).select_related("version", "item")
    cases = {case.item_id: case for case in open_cases}
    told = explain_customer(customer, on=on) if cases else {}
    found: dict[tuple[date | None, str], list[str]] = defaultdict(list)
    for item, case in cases.items():
        if item in told:
            for day, words in _ahead(told[item], policy_of(case.version), case.debt.due_on, on=on):
                found[day, words].append(told[item].item)
    events = [Event(day, words, tuple(sorted(labels))) for (day, words), labels in found.items()]
    return sorted(events, key=lambda event: (event.on or date.min, event.words))[:LONGEST]


def kind_of(step: Step) -> Kind:
    """A step as the debtor meets it."""
    if Channel.AGENCY in step.channels:
        return Kind.FURTHER
    if step.document:
        return Kind.DEMAND
    return Kind.CALL if step.channels[0] is Channel.CALL else Kind.REMINDER


def days_of(policy: Policy, key: str, first: date, due_on: date, top: int | None = None) -> Iterator[tuple[Step, date]]:
    """The step of that key on its day and each after it, up to `top`, on the earliest day it could come, if nothing else happened."""
    day = first
    position = policy.position_of(key)
    for number, step in policy.after(max(position - 1, 0), top):
        if number > position:
            day = max(due_on + timedelta(days=step.after_due), day + timedelta(days=max(step.after_previous or 0, 1)))
        yield step, day
        day += timedelta(days=step.deadline_days or 0)


def _ahead(told: Explanation, policy: Policy, due_on: date, *, on: date) -> Iterator[tuple[date | None, str]]:
    """What comes next for one item and, where it is overdue, the first formal demand if that is not it."""
    if told.waits in set(_TOLD):
        yield None, _reason(str(told.waits))
    if told.next_step is None or told.next is None or told.waits == Waits.UNMATCHED_MONEY:
        return
    days = days_of(policy, told.next_step, max(told.next, on), due_on, told.top)
    if due_on < on:
        yield from _first_and_demand(days)
    elif told.next <= on + SOON:
        yield from islice(_first_and_demand(days), 1)


def _first_and_demand(steps: Iterable[tuple[Step, date]]) -> Iterator[tuple[date | None, str]]:
    for number, (step, day) in enumerate(steps):
        kind = kind_of(step)
        if number == 0 or kind is Kind.DEMAND:
            yield day, _words(kind)
        if kind in (Kind.DEMAND, Kind.FURTHER):
            return


def _words(kind: Kind) -> str:
    return {
        Kind.REMINDER: _("We send a reminder, unless it has been paid."),
        Kind.CALL: _("We call you, unless it has been paid."),
        Kind.DEMAND: _("We send a formal demand for payment, unless it has been paid."),
        Kind.FURTHER: _("We take the further steps that our last letter names, unless it has been paid."),
    }[kind]


def _reason(waits: str) -> str:
    return {
        Waits.WITH_AGENCY: _("A collection agency looks after this for us. Please speak to them."),
        Waits.ON_PLAN: _("The instalments that we agreed on are running."),
        Waits.DISPUTED: _("You told us that something is wrong. We look into it and send no reminders about it meanwhile."),
        Waits.PROMISED: _("We wait for the payment that you announced."),
        Waits.HELD: _("This is on hold. We send no reminders about it for now."),
        Waits.UNREAD_REPLY: _("You wrote to us. We send no reminders about this until somebody has read it."),
        Waits.UNMATCHED_MONEY: _("Money has come from you that we still have to assign. We send no reminders meanwhile."),
        Waits.LADDER_ENDED: _("No further message is planned. We may get in touch with you in person."),
    }[Waits(waits)]
