"""Calls are work for a person: reached, the step is completed; not reached, the next way is tried from the next day on."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from dunning.actions.results import complete, give_back, local_day
from dunning.actions.tasks import close_task
from dunning.decide import Look
from dunning.facts import facts_for
from dunning.grouping import judge
from dunning.models import StepTaken, Task
from dunning.policy import Channel
from dunning.states import NOT_REACHED, TaskKind, Waits
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.core.errors import Refused

OF_THE_DAY = frozenset({Waits.TOO_EARLY, Waits.APPROVAL, Waits.CLOSED_HOURS, Waits.CAPPED})
"""Reasons that were judged when the call was opened and do not end it."""


@transaction.atomic
def call_done(task: Task, *, reached: bool, now: datetime, by: User | None = None) -> Task:
    """Close a call task with what came of it. One call settles all that stands at its step. Raises `Refused` where it is no open call."""
    Customer.objects.select_for_update(no_key=True).get(pk=task.customer_id)
    notice = task.notice
    if task.kind != TaskKind.CALL or notice is None:
        raise Refused("This task is no call.")
    on = local_day(notice, now)
    close_task(task, on=on, result="reached" if reached else NOT_REACHED, by=by)
    lines = standing_calls(task)
    if reached:
        complete(list({line.notice_id: line.notice for line in lines}.values()), now=now)
    else:
        give_back(lines, on=on, detail=NOT_REACHED)
    return task


def standing_calls(task: Task) -> list[StepTaken]:
    """All that is to be said in this call: what the task began with, what is in another currency, and what has joined it since."""
    calls = StepTaken.objects.filter(notice__customer=task.customer_id, notice__channel=Channel.CALL, notice__step=task.step)
    return list(calls.filter(case__in_flight=F("pk")).select_related("notice__creditor", "notice__message"))


def review_calls(customers: Collection[int], *, on: date) -> None:
    """A call task stands while its items pass every check: others leave it, and without any it closes. Call it with customers locked."""
    calls = Task.objects.filter(customer__in=customers, kind=TaskKind.CALL, closed_on=None).exclude(notice=None)
    for task in calls.select_related("creditor"):
        _review(task, on=max(on, task.opened_on))


def _review(task: Task, *, on: date) -> None:
    lines = standing_calls(task)
    loaded = facts_for(task.creditor, [task.customer_id], on=on, ignoring={line.notice_id for line in lines})
    judgement = judge(loaded.customers[task.customer_id], loaded.rules, on=on)
    passing = {look.item.case: look.position for look in judgement.looks if _passes(look)}
    failing = [line for line in lines if passing.get(line.case_id) != line.position]
    give_back(failing, on=on, detail="no longer due")
    if len(failing) == len(lines):
        Task.objects.filter(pk=task.pk).update(closed_on=on, result="settled by itself")


def _passes(look: Look) -> bool:
    return all(block.reason in OF_THE_DAY for block in look.blocks)
