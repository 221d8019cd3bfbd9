"""Limitation: what may no longer be demanded leaves the ladder. Its amount stays open on the books."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from dunning.actions.cases import close_tasks, wake
from dunning.claimed import debtor_of
from dunning.facts import rules_of
from dunning.happened import happened_to
from dunning.limitation import Happened, barred_from
from dunning.models import Case
from dunning.states import CaseState
from invoices.models import Customer
from invoices.states import Kind
from receivables.accounts.models import Creditor
from receivables.audit.actions import record
from receivables.core.calendar import Calendar, next_working_day
from receivables.countries.law import PACKS, Pack
from receivables.countries.words import Sale

TIME_BARRED = "time_barred"


def may_be_barred(creditor: Creditor, *, on: date) -> Q:
    """Of customers: those with a debt old enough to be barred on that day."""
    pack = PACKS.get(creditor.country)
    return Q(Exists(_old(pack, on=on).filter(customer=OuterRef("pk")))) if pack else Q(pk__in=[])


def close_barred(creditor: Creditor, customers: Collection[int], *, on: date) -> int:
    """Close these customers' cases that may no longer be demanded; returns how many. Call it with the customers locked.

    Safe to run twice; only `reopen_unbarred` opens them again.
    """
    pack = PACKS.get(creditor.country)
    old = list(_old(pack, on=on).filter(customer__any=customers).select_related("item__invoice", "customer")) if pack else []
    if not old or pack is None:
        return 0
    barred = _barred(creditor, pack, old, on=on)
    if barred:
        _close(creditor, barred, on=on)
    return len(barred)


def reopen_unbarred(customer: Customer, invoices: Collection[int], *, on: date) -> int:
    """Let cases go on that were closed as time-barred and are not, now that more is known; a person looks before the next message.

    Call it with the customer locked. Returns how many.
    """
    pack = PACKS.get(customer.creditor.country)
    closed = Case.objects.filter(state=CaseState.CLOSED, reason=TIME_BARRED, item__invoice__in=invoices, item__open_amount__gt=0)
    cases = list(closed.select_related("item__invoice", "customer")) if pack else []
    if not cases or pack is None:
        return 0
    barred = {case.pk for case in _barred(customer.creditor, pack, cases, on=on)}
    back = [case.pk for case in cases if case.pk not in barred]
    Case.objects.filter(pk__in=back).update(state=CaseState.RUNNING, reason="", wants_approval=True, released_position=0, look_again_on=on)
    if back:
        record(customer.creditor, "cases_no_longer_barred", "dunning.Case", on=on, customer=customer.pk, cases=back)
    return len(back)


def _barred(creditor: Creditor, pack: Pack, cases: Sequence[Case], *, on: date) -> list[Case]:
    """Those of these cases that may no longer be demanded. Two queries."""
    calendar, happened = rules_of(creditor).calendar, happened_to({case.item.invoice_id for case in cases if case.item})
    return [case for case in cases if case.item and _is_barred(case, pack, calendar, happened.get(case.item.invoice_id, ()), on=on)]


def _old(pack: Pack, *, on: date) -> QuerySet[Case]:
    standing = Case.objects.exclude(state=CaseState.CLOSED).filter(item__due_on__lt=pack.barred_at_most_before(on), item__open_amount__gt=0)
    return standing.exclude(customer__kind__in=(Kind.BUSINESS, Kind.PUBLIC))


def _is_barred(case: Case, pack: Pack, calendar: Calendar, happened: Sequence[Happened], *, on: date) -> bool:
    if case.item is None:
        return False
    due_on = next_working_day(calendar, case.item.due_on)
    since = barred_from(pack, debtor_of(case.customer), Sale(case.item.invoice.sale), due_on=due_on, happened=happened)
    return since is not None and on >= since


def _close(creditor: Creditor, barred: Collection[Case], *, on: date) -> None:
    cases, customers = [case.pk for case in barred], {case.customer_id for case in barred}
    Case.objects.filter(pk__in=cases).update(state=CaseState.CLOSED, reason=TIME_BARRED, look_again_on=None)
    wake(customers, on=on)
    close_tasks(customers, on=on)
    record(creditor, "cases_time_barred", "dunning.Case", on=on, cases=cases)
