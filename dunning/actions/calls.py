"""Calls are work for a person: reached, the step is completed; not reached, the next way is tried from the next day on."""

from datetime import datetime

from django.db import transaction

from dunning.actions.results import complete, local_day, void
from dunning.actions.tasks import close_task
from dunning.models import Task
from dunning.states import TaskKind
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.core.errors import Refused

NOT_REACHED = "not reached"


@transaction.atomic
def call_done(task: Task, *, reached: bool, now: datetime, by: User | None = None) -> Task:
    """Close a call task with what came of it. Raises `Refused` where it is no open call."""
    Customer.objects.select_for_update(no_key=True).get(pk=task.customer_id)
    notice = task.notice
    if task.kind != TaskKind.CALL or notice is None:
        raise Refused("This task is no call.")
    on = local_day(notice, now)
    close_task(task, on=on, result="reached" if reached else NOT_REACHED, by=by)
    if reached:
        complete([notice], now=now)
    else:
        void(notice, on=on, detail=NOT_REACHED)
    return task
