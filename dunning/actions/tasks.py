"""Tasks for people: at most one open per customer, kind, step and what it is about."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dunning.customer_rows import AnyCustomer
from dunning.models import Notice, Task, Written
from dunning.states import TaskKind
from invoices.models import Customer
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.models import Message
from receivables.messaging.states import MessageState

NOT_GONE = frozenset({MessageState.FAILED, MessageState.HARD_BOUNCED, MessageState.EXPIRED})


def open_tasks(
    customers: Iterable[AnyCustomer],
    kind: TaskKind,
    *,
    on: date,
    step: str = "",
    notice: Notice | None = None,
    cases: Mapping[int, Collection[int]] | None = None,
) -> None:
    """Open one of that kind for each customer that has none open. `cases`, by customer, says what it is about, the open one's too."""
    rows = [
        Task(creditor_id=customer.creditor_id, customer_id=customer.pk, kind=kind, step=step, notice=notice, opened_on=on)
        for customer in customers
    ]
    Task.objects.bulk_create(rows, ignore_conflicts=True)
    if cases:
        standing = Task.objects.filter(customer__in=cases, kind=kind, step=step, closed_on=None).values_list("pk", "customer")
        about = [Task.cases.through(task_id=task, case_id=case) for task, customer in standing for case in cases[customer]]
        Task.cases.through.objects.bulk_create(about, ignore_conflicts=True)


def open_calls(calls: Sequence[tuple[int, int, str]], creditor: Creditor, *, on: date) -> None:
    """Open a call for each notice that asks for one: customer, notice and step."""
    rows = [
        Task(creditor=creditor, customer_id=customer, kind=TaskKind.CALL, step=step, notice_id=notice, opened_on=on)
        for customer, notice, step in calls
    ]
    Task.objects.bulk_create(rows, ignore_conflicts=True)


def open_task(customer: Customer, kind: TaskKind, *, on: date, about: str, due_on: date | None = None) -> None:
    """Open one about a fact, with its clock; nothing happens where it is open already."""
    row = Task(creditor_id=customer.creditor_id, customer=customer, kind=kind, about=about, opened_on=on, due_on=due_on)
    Task.objects.bulk_create([row], ignore_conflicts=True)


def open_tasks_about(facts: Iterable[tuple[int, int, str]], kind: TaskKind, *, on: date) -> None:
    """Open one about each fact: customer, company, and what it is about. Nothing happens where it is open already."""
    rows = [Task(creditor_id=creditor, customer_id=customer, kind=kind, about=about, opened_on=on) for customer, creditor, about in facts]
    Task.objects.bulk_create(rows, ignore_conflicts=True)


def settle_tasks(customer: Customer, about: str, *, on: date, result: str, by: User | None = None) -> None:
    """Close what is open about a fact: the fact itself has ended."""
    settle_tasks_about([customer.pk], [about], on=on, result=result, by=by)


def settle_tasks_about(customers: Collection[int], about: Collection[str], *, on: date, result: str, by: User | None = None) -> None:
    """Close what is open about facts of these customers: they have ended."""
    if about:
        standing = Task.objects.filter(customer__in=customers, about__in=about, closed_on=None)
        standing.update(closed_on=on, closed_by=by, result=result)


def close_task(task: Task, *, on: date, result: str = "", by: User | None = None) -> None:
    """A person has done it. Raises `Refused` where it was closed before, or ends with the reply that it is about."""
    if task.kind == TaskKind.REPLY:
        raise Refused(gettext_noop("Deal with the reply itself: it holds the ladder until then."))
    if task.kind == TaskKind.CHECK_INVOICE and task.about:
        raise Refused(gettext_noop("Answer the questions about the invoice: the task ends with the last of them."))
    if task.kind == TaskKind.TELL_REGISTER:
        raise Refused(gettext_noop("Note what the register was told: the task ends with it."))
    closed = Task.objects.filter(pk=task.pk, closed_on=None).update(closed_on=on, closed_by=by, result=result)
    if not closed:
        raise Refused(gettext_noop("This task is closed already."))
    record(task.creditor, "task_closed", task, by=by, kind=task.kind, result=result)


def about_message(pk: int) -> str:
    """How the task about a message that bears no step names it."""
    return f"message:{pk}"


def ask_about_written(message_ids: Collection[int], *, now: datetime) -> list[int]:
    """Tell people what became of what they wrote: nobody knows whether it left, or it did not. Returns the messages that people wrote.
    Safe to run twice.
    """
    rows = list(Written.objects.filter(message__in=message_ids).select_related("message", "customer", "creditor"))
    for row in rows:
        kind = _asks(row)
        if kind is not None:
            on = now.astimezone(ZoneInfo(row.creditor.time_zone)).date()
            open_task(row.customer, kind, on=on, about=about_message(row.message_id))
    return [row.message_id for row in rows]


def settle_asked(message: Message, *, now: datetime) -> None:
    """A provider has said what became of a message that bears no step: nobody has to find out any more."""
    waiting = Task.objects.filter(
        creditor=message.creditor_id, kind=TaskKind.UNKNOWN_OUTCOME, about=about_message(message.pk), closed_on=None
    )
    waiting.update(closed_on=now.date(), result=message.state)


def _asks(row: Written) -> TaskKind | None:
    state = row.message.state
    if state == MessageState.UNKNOWN:
        return TaskKind.UNKNOWN_OUTCOME
    by_guard = state == MessageState.WITHDRAWN and row.message.token is not None  # who undoes it, or records a stop, takes the token away
    return TaskKind.REVIEW if by_guard or state in NOT_GONE else None
