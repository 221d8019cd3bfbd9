"""Limitation: what may no longer be demanded leaves the ladder. Its amount stays open on the books."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from dunning.actions.cases import close_tasks, wake
from dunning.claimed import debtor_of
from dunning.facts import rules_of
from dunning.models import Case
from dunning.states import CaseState
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

    Safe to run twice; nothing reopens them.
    """
    pack = PACKS.get(creditor.country)
    old = list(_old(pack, on=on).filter(customer__any=customers).select_related("item__invoice", "customer")) if pack else []
    if not old or pack is None:
        return 0
    calendar = rules_of(creditor).calendar
    barred = [case for case in old if _is_barred(case, pack, calendar, on=on)]
    if barred:
        _close(creditor, barred, on=on)
    return len(barred)


def _old(pack: Pack, *, on: date) -> QuerySet[Case]:
    standing = Case.objects.exclude(state=CaseState.CLOSED).filter(item__due_on__lt=pack.barred_at_most_before(on), item__open_amount__gt=0)
    return standing.exclude(customer__kind__in=(Kind.BUSINESS, Kind.PUBLIC))


def _is_barred(case: Case, pack: Pack, calendar: Calendar, *, on: date) -> bool:
    if case.item is None:
        return False
    due_on = next_working_day(calendar, case.item.due_on)
    since = pack.barred_from(debtor_of(case.customer), Sale(case.item.invoice.sale), due_on=due_on)
    return since is not None and on >= since


def _close(creditor: Creditor, barred: Collection[Case], *, on: date) -> None:
    cases, customers = [case.pk for case in barred], {case.customer_id for case in barred}
    Case.objects.filter(pk__in=cases).update(state=CaseState.CLOSED, reason=TIME_BARRED, look_again_on=None)
    wake(customers, on=on)
    close_tasks(customers, on=on)
    record(creditor, "cases_time_barred", "dunning.Case", on=on, cases=cases)
