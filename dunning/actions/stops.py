"""Stop facts: every step stops at once, what is queued is withdrawn, and a task opens with its clock. Ending one takes two people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from dunning.actions.cases import wake
from dunning.actions.tasks import open_task, settle_tasks
from dunning.models import StopFact, Task
from dunning.states import StopKind, TaskKind
from invoices.actions import phone_in_full
from invoices.actions.rows import standing
from invoices.models import Customer
from receivables.accounts.approval import check_approver
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.clocks import stop_due
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.outbox import withdraw
from receivables.messaging.states import MessageState

QUEUED = (MessageState.PLANNED, MessageState.CLAIMED)


@dataclass(frozen=True, slots=True)
class Representative:
    """Who speaks for a customer. Without any address nothing goes to anybody."""

    name: str
    email: str = ""
    phone: str = ""
    address: str = ""


@transaction.atomic
def record_stop(
    customer: Customer,
    *,
    kind: StopKind,
    since: date,
    source: str,
    on: date,
    now: datetime,
    document: Document | None = None,
    representative: Representative | None = None,
    by: User | None = None,
) -> StopFact:
    """Stop all that is said to the customer, and to those whose messages go through it; what is queued is withdrawn with it.

    Raises `Refused` where the same fact stands already, lies in the future, has no source, or a lawyer has no name.
    """
    reached = _reached_through(customer)
    locked = standing(next(row for row in reached if row.pk == customer.pk))
    _check(locked, kind, since, source, representative, on=on)
    who = representative if kind == StopKind.REPRESENTED and representative else Representative("")
    fact = StopFact.objects.create(
        creditor_id=locked.creditor_id,
        customer=locked,
        kind=kind,
        since=since,
        source=source.strip(),
        document=document,
        representative=who.name.strip(),
        email=who.email.strip(),
        phone=phone_in_full(who.phone, country=locked.country) if who.phone else "",
        address=who.address.strip(),
        recorded_on=on,
        author=by,
    )
    ids = [row.pk for row in reached]
    withdraw_queued(ids, reason=f"Stopped: {fact.get_kind_display()}.", now=now)
    wake(ids, on=on)
    open_task(locked, _task_of(kind), on=on, about=about(fact), due_on=stop_due(locked.creditor.country, kind, since))
    record(
        locked.creditor, "stop_recorded", fact, by=by, customer=locked.pk, kind=str(kind), since=since, document=document and document.pk
    )
    return fact


@transaction.atomic
def propose_stop_end(fact: StopFact, *, reason: str, on: date, by: User) -> StopFact:
    """Say why a stop fact should end. It stands until a second person confirms."""
    fact = _locked(fact)
    if fact.end_is_proposed:
        raise Refused(gettext_noop("Its end is proposed already. Somebody else has to confirm or refuse it."))
    if not reason.strip():
        raise Refused(gettext_noop("Say why it should end."))
    fact.end_reason, fact.end_proposed_on, fact.end_proposed_by = reason.strip()[:200], on, by
    fact.save(update_fields=["end_reason", "end_proposed_on", "end_proposed_by"])
    record(fact.creditor, "stop_end_proposed", fact, by=by, customer=fact.customer_id, kind=fact.kind)
    return fact


@transaction.atomic
def end_stop(fact: StopFact, *, on: date, by: User) -> StopFact:
    """Confirm the end that another person proposed; from now on the ladder goes on. Raises `Refused` for the same person."""
    fact = _locked(fact)
    if not fact.end_is_proposed:
        raise Refused(gettext_noop("Nobody has proposed to end it. Propose it with a reason; somebody else confirms."))
    check_approver(author=fact.end_proposed_by, approver=by, four_eyes=True)
    fact.ended_on, fact.ended_by = on, by
    fact.save(update_fields=["ended_on", "ended_by"])
    settle_tasks(fact.customer, about(fact), on=on, result="the stop fact has ended", by=by)
    wake([row.pk for row in _reached_through(fact.customer)], on=on)
    record(fact.creditor, "stop_ended", fact, by=by, customer=fact.customer_id, kind=fact.kind, proposed_by=fact.end_proposed_by_id)
    return fact


@transaction.atomic
def refuse_stop_end(fact: StopFact, *, on: date, by: User) -> StopFact:
    """It does not end: the proposal is dropped. Whoever proposed may take it back so."""
    fact = _locked(fact)
    if not fact.end_is_proposed:
        raise Refused(gettext_noop("Nobody has proposed to end it."))
    record(fact.creditor, "stop_end_refused", fact, by=by, customer=fact.customer_id, kind=fact.kind, reason=fact.end_reason)
    fact.end_reason, fact.end_proposed_on, fact.end_proposed_by = "", None, None
    fact.save(update_fields=["end_reason", "end_proposed_on", "end_proposed_by"])
    return fact


def about(fact: StopFact) -> str:
    """How its task names it."""
    return f"stop:{fact.pk}"


def withdraw_queued(customers: Collection[int], *, reason: str, now: datetime) -> frozenset[int]:
    """Take back all that is queued for these customers; call it with them locked. What is just being handed over meets the guard."""
    theirs = Q(notice__customer__in=customers) | Q(courtesy__customer__in=customers) | Q(written__customer__in=customers)
    queued = Message.objects.filter(theirs, state__in=QUEUED)
    return withdraw(list(queued.values_list("pk", flat=True)), reason=reason, now=now)


def open_task_of(fact: StopFact) -> Task | None:
    """The task that it opened, while that is open."""
    return Task.objects.filter(customer=fact.customer_id, about=about(fact), closed_on=None).first()


def _check(customer: Customer, kind: StopKind, since: date, source: str, representative: Representative | None, *, on: date) -> None:
    if since > on:
        raise Refused(gettext_noop("A fact cannot lie in the future (%(since)s). Give the day on which it happened."), since=since)
    if not source.strip():
        raise Refused(gettext_noop("Say how you know: the register, the letter, who told you."))
    if kind == StopKind.REPRESENTED and (representative is None or not representative.name.strip()):
        raise Refused(gettext_noop("Name the representative: all messages go there."))
    if StopFact.objects.standing().filter(customer=customer, kind=kind).exists():
        raise Refused(gettext_noop("This is recorded already. End the standing one first."))


def _task_of(kind: StopKind) -> TaskKind:
    return TaskKind.FILE_CLAIM if kind == StopKind.BANKRUPTCY else TaskKind.STOP_FACT


def _locked(fact: StopFact) -> StopFact:
    """The fact as it stands now, under the lock of its customer. Raises `Refused` where it has ended."""
    _reached_through(fact.customer)
    fresh = StopFact.objects.select_related("customer__creditor", "creditor", "end_proposed_by").get(pk=fact.pk)
    if fresh.ended_on is not None:
        raise Refused(gettext_noop("This has ended already."))
    return fresh


def _reached_through(customer: Customer) -> list[Customer]:
    """The customer and those whose messages go to it as payer or recipient of letters, locked in the order of their ids."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor")
    return list(rows.filter(Q(pk=customer.pk) | Q(payer=customer.pk) | Q(letters_to=customer.pk)).order_by("pk"))
