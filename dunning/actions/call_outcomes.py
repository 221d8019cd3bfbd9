"""What came of a call drives the ladder: spoken to, the step is done; in vain, the next way is tried; what was said becomes a fact."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from dunning.actions.agreements import promised_in_call
from dunning.actions.calls import call_done
from dunning.actions.cases import wake
from dunning.actions.disputes import open_dispute
from dunning.actions.holds import locked
from dunning.actions.tasks import open_tasks
from dunning.agencies.known import REACHED
from dunning.models import CallMade, Task
from dunning.policy import Channel
from dunning.recipients import recipients_of, stops_of
from dunning.states import NOT_REACHED, CallOutcome, TaskKind
from invoices.models import Customer, Item
from invoices.states import DisputeCode
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.suppression import suppress_address

WRONG_NUMBER = "wrong number, said a call"


@dataclass(frozen=True, slots=True)
class Promised:
    """What the customer said it would pay, and by when."""

    amount: Decimal
    by: date


@dataclass(frozen=True, slots=True)
class Disputed:
    """What the customer said is wrong."""

    item: Item
    reason: str
    amount: Decimal | None = None  # none: all that is open on it
    code: DisputeCode | None = None


@transaction.atomic
def finish_call(
    task: Task,
    *,
    outcome: CallOutcome,
    now: datetime,
    on: date,
    note: str = "",
    promised: Promised | None = None,
    disputed: Disputed | None = None,
    by: User | None = None,
) -> CallMade:
    """Close a call task with what came of it, and do what follows. All or nothing.

    Raises `Refused` where it is no open call, or where a promise lacks its amount and day or a dispute its item.
    """
    customer = locked(task.customer_id)
    number = number_of(customer)
    if outcome == CallOutcome.WRONG_NUMBER:
        _mark_wrong(customer, number, on=on, now=now)
    call_done(task, reached=outcome.is_reached, now=now, by=by)
    made = _made(task, customer, number, outcome, now=now, on=on, note=note, by=by)
    _follow(made, customer, promised, disputed, on=on, by=by)
    return made


@transaction.atomic
def note_call(
    customer: Customer,
    *,
    outcome: CallOutcome,
    made_on: date,
    now: datetime,
    on: date,
    spoken_to: str = "",
    note: str = "",
    promised: Promised | None = None,
    disputed: Disputed | None = None,
    by: User | None = None,
) -> CallMade:
    """Note a call that no step of the ladder asked for: it completes none, and counts as one that was made. All or nothing.

    `made_on` is its day, `on` today. Raises `Refused` as `finish_call` does, for a day ahead, and where a call of the ladder waits.
    """
    customer = locked(customer.pk)
    if made_on > on:
        raise Refused(gettext_noop("It cannot lie in the future (%(day)s). Note it when it has happened."), day=made_on)
    if Task.objects.filter(customer=customer, kind=TaskKind.CALL, closed_on=None).exists():
        raise Refused(gettext_noop("A call of the ladder waits for this customer. Record it there: its step ends with it."))
    number = number_of(customer)
    if outcome == CallOutcome.WRONG_NUMBER:
        _mark_wrong(customer, number, on=on, now=now)
    task = Task.objects.create(
        creditor=customer.creditor, customer=customer, kind=TaskKind.CALL, about=BY_HAND, opened_on=made_on, closed_on=made_on,
        closed_by=by, result=REACHED if outcome.is_reached else NOT_REACHED,
    )  # fmt: skip
    said = " – ".join(part for part in (" ".join(spoken_to.split()), note.strip()) if part)
    made = _made(task, customer, number, outcome, now=now, on=made_on, note=said, by=by)
    _follow(made, customer, promised, disputed, on=on, by=by)
    wake([customer.pk], on=on)
    return made


BY_HAND = "by hand"


def _made(
    task: Task, customer: Customer, number: str, outcome: CallOutcome, *, now: datetime, on: date, note: str, by: User | None
) -> CallMade:
    made = CallMade.objects.create(
        creditor_id=customer.creditor_id,
        customer=customer,
        task=task,
        number=number,
        outcome=outcome,
        note=note[:500],
        at=now,
        on=on,
        author=by,
    )
    record(customer.creditor, "call_made", made, by=by, customer=customer.pk, outcome=str(outcome), step=task.step)
    return made


def _follow(made: CallMade, customer: Customer, promised: Promised | None, disputed: Disputed | None, *, on: date, by: User | None) -> None:
    """What was said becomes a fact, of today."""
    if made.outcome == CallOutcome.PROMISE:
        _promise(customer, promised, on=on, by=by)
    if made.outcome == CallOutcome.DISPUTE:
        _dispute(customer, disputed, on=on, by=by)


def number_of(customer: Customer) -> str:
    """The number to call, of a represented customer the representative's; empty where there is none."""
    found = recipients_of([customer], stops_of([customer]))[customer.pk].get(Channel.CALL)
    return found.address if found else ""


def _mark_wrong(customer: Customer, number: str, *, on: date, now: datetime) -> None:
    """Nobody calls or texts it any more; a person looks for another, and the fallback of the step is taken meanwhile."""
    if not number:
        raise Refused(gettext_noop("There is no number that could be wrong."))
    ways = [(str(channel), number) for channel in (Channel.CALL, Channel.SMS)]
    suppress_address(customer.creditor_id, ways, reason=WRONG_NUMBER, now=now)
    open_tasks([customer], TaskKind.BAD_CONTACT, on=on)


def _promise(customer: Customer, promised: Promised | None, *, on: date, by: User | None) -> None:
    if promised is None:
        raise Refused(gettext_noop("Write down how much was promised, and by which day."))
    promised_in_call(customer, amount=promised.amount, by=promised.by, on=on, author=by)


def _dispute(customer: Customer, disputed: Disputed | None, *, on: date, by: User | None) -> None:
    if disputed is None:
        raise Refused(gettext_noop("Choose what is disputed, and write down why."))
    if disputed.item.customer_id != customer.pk:
        raise Refused(gettext_noop("%(label)s belongs to another customer."), label=disputed.item.label)
    open_dispute(disputed.item, on=on, amount=disputed.amount, reason=disputed.reason, code=disputed.code, owner=by, by=by)
