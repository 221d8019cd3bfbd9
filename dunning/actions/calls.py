"""Calls are work for a person: reached, the step is completed; not reached, the next way is tried from the next day on."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from dunning.actions.parallel import send_along
from dunning.actions.results import complete, give_back, local_day
from dunning.actions.tasks import close_task
from dunning.decide import Look
from dunning.facts import facts_for
from dunning.grouping import judge
from dunning.models import StepTaken, Task
from dunning.policy import Channel
from dunning.states import NOT_REACHED, TaskKind, Waits
from invoices.models import Customer
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

AT_ONCE = 500
OF_THE_DAY = frozenset({Waits.TOO_EARLY, Waits.APPROVAL, Waits.CLOSED_HOURS, Waits.CAPPED})
"""Reasons that were judged when the call was opened and do not end it."""


@transaction.atomic
def call_done(task: Task, *, reached: bool, now: datetime, by: User | None = None) -> Task:
    """Close a call task with what came of it. One call settles all that stands at its step. Raises `Refused` where it is no open call."""
    Customer.objects.select_for_update(no_key=True).get(pk=task.customer_id)
    notice = task.notice
    if task.kind != TaskKind.CALL or notice is None:
        raise Refused(gettext_noop("This task is no call."))
    on = local_day(notice, now)
    close_task(task, on=on, result="reached" if reached else NOT_REACHED, by=by)
    lines = standing_calls(task)
    if reached:
        called = {line.notice_id: line.notice for line in lines}
        completed = complete(list(called.values()), now=now)
        send_along([called[pk] for pk in sorted(completed)], now=now)
    else:
        give_back(lines, on=on, detail=NOT_REACHED)
    return task


def standing_calls(task: Task) -> list[StepTaken]:
    """All that is to be said in this call: what the task began with, what is in another currency, and what has joined it since."""
    return standing_by_task([task])[task.pk]


def standing_by_task(tasks: Sequence[Task]) -> dict[int, list[StepTaken]]:
    """The same for many calls. One query."""
    calls = StepTaken.objects.filter(notice__customer__in={task.customer_id for task in tasks}, notice__channel=Channel.CALL)
    found: dict[tuple[int, str], list[StepTaken]] = defaultdict(list)
    for line in calls.filter(case__in_flight=F("pk")).select_related("notice__creditor", "notice__message", "notice__version__policy"):
        found[line.notice.customer_id, line.notice.step].append(line)
    return {task.pk: found[task.customer_id, task.step] for task in tasks}


def review_calls(customers: Collection[int], *, on: date) -> None:
    """A call task stands while its items pass every check: others leave it, and without any it closes. Call it with customers locked."""
    calls = Task.objects.filter(customer__in=customers, kind=TaskKind.CALL, closed_on=None).exclude(notice=None)
    together: dict[tuple[Creditor, date], list[Task]] = defaultdict(list)
    for task in calls.select_related("creditor"):
        together[task.creditor, max(on, task.opened_on)].append(task)
    for (creditor, day), tasks in together.items():
        _review(creditor, tasks, on=day)


def review_calls_of_day(creditor: Creditor, *, on: date) -> None:
    """The same for all open calls of a creditor, before its run: bank data may have grown old, and a step's last day be over."""
    after = 0
    while ids := _called(creditor, after=after):
        after = ids[-1]
        with transaction.atomic():
            list(Customer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
            review_calls(ids, on=on)


def _called(creditor: Creditor, *, after: int) -> list[int]:
    waiting = Task.objects.filter(creditor=creditor, kind=TaskKind.CALL, closed_on=None, customer__gt=after)
    return list(waiting.order_by("customer").values_list("customer", flat=True).distinct()[:AT_ONCE])


def calls_ending(creditor: Creditor, *, on: date) -> list[StepTaken]:
    """What a run of that day would first take back of the calls that are still to be made. Writes nothing."""
    found, after = [], 0
    while ids := _called(creditor, after=after):
        after = ids[-1]
        tasks = list(Task.objects.filter(customer__in=ids, kind=TaskKind.CALL, closed_on=None).exclude(notice=None))
        found += _failing([line for lines in standing_by_task(tasks).values() for line in lines], creditor, ids, on=on)
    return found


def _review(creditor: Creditor, tasks: Sequence[Task], *, on: date) -> None:
    lines = standing_by_task(tasks)
    over = _failing([line for some in lines.values() for line in some], creditor, {task.customer_id for task in tasks}, on=on)
    ends = {line.pk for line in over}
    for task in tasks:
        failing = [line for line in lines[task.pk] if line.pk in ends]
        give_back(failing, on=on, detail="no longer due")
        if len(failing) == len(lines[task.pk]):
            Task.objects.filter(pk=task.pk).update(closed_on=on, result="settled by itself")


def _failing(lines: Sequence[StepTaken], creditor: Creditor, customers: Collection[int], *, on: date) -> list[StepTaken]:
    """Those that do not pass every check of that day, judged as if they had not been planned."""
    if not lines:
        return []
    loaded = facts_for(creditor, customers, on=on, ignoring={line.notice_id for line in lines})
    judged = [judge(known, loaded.rules, on=on) for known in loaded.customers.values()]
    passing = {(look.item.case, look.key) for result in judged for look in result.looks if _passes(look)}
    return [line for line in lines if (line.case_id, line.step) not in passing]


def _passes(look: Look) -> bool:
    is_call = look.step is not None and Channel.CALL in look.step.channels
    return is_call and all(block.reason in OF_THE_DAY for block in look.blocks)
