"""Cases follow the books: items enter the ladder, leave it when nothing is open, and come back when money is taken back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from dunning.actions.calls import review_calls
from dunning.actions.policies import begin
from dunning.claimed import debtor_of
from dunning.facts import rules_of
from dunning.models import Assignment, Case, PolicyVersion, Task
from dunning.states import CaseState, TaskKind
from invoices.actions import open_credit
from invoices.models import AllocationEntry, Customer, Item
from invoices.states import Kind
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.audit.actions import record
from receivables.core.calendar import Calendar, next_working_day
from receivables.countries.law import PACKS, Pack
from receivables.countries.words import Sale

TIME_BARRED = "time_barred"


def follow_books(*, customers: Collection[int], on: date) -> None:
    """Bring the cases of these customers in line with their items, and look at them again from `on`. Safe to run twice."""
    for creditor in Creditor.objects.filter(ladder_rules=None, customer__in=customers).distinct():
        begin(creditor, now=clock.now())
    enter(customers, on=on)
    close_settled(customers)
    _reopen(customers)
    wake(customers, on=on)
    _close_tasks(customers, on=on)


def wake(customers: Collection[int], *, on: date) -> None:
    """Something changed for these customers: judge their running cases at the next run from `on`."""
    running = Case.objects.running().filter(customer__in=customers)
    running.filter(Q(look_again_on=None) | Q(look_again_on__gt=on)).update(look_again_on=on)
    review_calls(customers, on=on)


def enter(customers: Collection[int], *, on: date) -> int:
    """Put open items that have no case yet on the ladder of their policy's current version; returns how many entered.

    An item whose creditor assigned no policy stays outside, and `explain` says so.
    """
    return _enter(list(Item.objects.open().filter(customer__in=customers, case=None).select_related("customer")), on=on)


def _enter(items: list[Item], *, on: date) -> int:
    policies = PolicyChoice.among(items)
    cases = [
        Case(creditor_id=item.creditor_id, customer_id=item.customer_id, item=item, version_id=version, entered_on=on, look_again_on=on)
        for item in items
        if (version := policies.version_for(item)) is not None
    ]
    return len(Case.objects.bulk_create(cases, ignore_conflicts=True, batch_size=2000))


def enter_as_of(creditor: Creditor, *, on: date) -> int:
    """Put what was open at the end of a past day, and is settled since, on the ladder for a rehearsal of that day."""
    later = AllocationEntry.objects.filter(item__creditor=creditor, item__case=None, item__open_amount=0, on__gt=on)
    items = Item.objects.filter(pk__in=later.values("item"), invoice__issued_on__lte=on).select_related("customer")
    return _enter(list(items), on=on)


@dataclass(slots=True)
class PolicyChoice:
    """Which published version an item falls under: invoice beats customer beats kind beats the creditor's default."""

    by_invoice: dict[int, int] = field(default_factory=dict)
    by_customer: dict[int, int] = field(default_factory=dict)
    by_kind: dict[tuple[int, str], int] = field(default_factory=dict)
    published: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def among(cls, items: Iterable[Item]) -> "PolicyChoice":
        """Read what is assigned to these items, their customers, kinds and creditors: two queries."""
        rows = list(items)
        creditors = {item.creditor_id for item in rows}
        wide = Q(invoice=None, customer=None)
        near = Q(invoice__in={item.invoice_id for item in rows}) | Q(customer__in={item.customer_id for item in rows})
        choice = cls(published=dict(_published(creditors)))
        for row in Assignment.objects.filter(wide | near, creditor__in=creditors):
            choice._add(row)
        return choice

    def _add(self, row: Assignment) -> None:
        if row.invoice_id:
            self.by_invoice[row.invoice_id] = row.policy_id
        elif row.customer_id:
            self.by_customer[row.customer_id] = row.policy_id
        else:
            self.by_kind[row.creditor_id, row.kind] = row.policy_id

    def version_for(self, item: Item) -> int | None:
        """The id of the version, None where no policy is assigned or none of its versions is published."""
        policy = (
            self.by_invoice.get(item.invoice_id)
            or self.by_customer.get(item.customer_id)
            or self.by_kind.get((item.creditor_id, item.customer.kind))
            or self.by_kind.get((item.creditor_id, ""))
        )
        return self.published.get(policy) if policy else None


def _published(creditors: Collection[int]) -> Iterable[tuple[int, int]]:
    current = PolicyVersion.objects.filter(policy__creditor__in=creditors, state=PolicyVersion.State.PUBLISHED)
    return current.values_list("policy_id", "id")


def close_settled(customers: Collection[int]) -> None:
    """Close the cases of these customers whose items have nothing open any more."""
    settled = Case.objects.exclude(state=CaseState.CLOSED).filter(customer__in=customers, item__open_amount=0)
    closed_as = Item.objects.filter(pk=OuterRef("item_id")).values("closed_as")
    settled.update(state=CaseState.CLOSED, reason=Subquery(closed_as), look_again_on=None)


def close_barred(creditor: Creditor, *, on: date) -> int:
    """Close the cases that may no longer be demanded on that day; what is open on them stays open. Safe to run twice."""
    pack = PACKS.get(creditor.country)
    if pack is None:
        return 0
    calendar, old = rules_of(creditor).calendar, Case.objects.filter(creditor=creditor, item__due_on__lt=pack.barred_at_most_before(on))
    old = old.exclude(state=CaseState.CLOSED).exclude(customer__kind__in=(Kind.BUSINESS, Kind.PUBLIC))
    customers = old.order_by("customer").values_list("customer", flat=True).distinct()
    return sum(_close_barred(creditor, pk, pack, calendar, on=on) for pk in list(customers))


@transaction.atomic
def _close_barred(creditor: Creditor, customer: int, pack: Pack, calendar: Calendar, *, on: date) -> int:
    Customer.objects.select_for_update(no_key=True).get(pk=customer)
    cases = Case.objects.exclude(state=CaseState.CLOSED).filter(customer=customer, item__open_amount__gt=0)
    barred = [case.pk for case in cases.select_related("item__invoice", "customer") if _is_barred(case, pack, calendar, on=on)]
    if barred:
        Case.objects.filter(pk__in=barred).update(state=CaseState.CLOSED, reason=TIME_BARRED, look_again_on=None)
        wake([customer], on=on)
        _close_tasks([customer], on=on)
        record(creditor, "cases_time_barred", f"invoices.Customer:{customer}", on=on, cases=barred)
    return len(barred)


def _is_barred(case: Case, pack: Pack, calendar: Calendar, *, on: date) -> bool:
    due_on = next_working_day(calendar, case.item.due_on)
    since = pack.barred_from(debtor_of(case.customer), Sale(case.item.invoice.sale), due_on=due_on)
    return since is not None and on >= since


def _reopen(customers: Collection[int]) -> None:
    """Money was taken back: the item goes on at the step it had, and a person looks before its next message."""
    back = Case.objects.filter(customer__in=customers, state=CaseState.CLOSED, item__open_amount__gt=0)
    back.exclude(reason=TIME_BARRED).update(state=CaseState.RUNNING, reason="", wants_approval=True, released_position=0)


def _close_tasks(customers: Collection[int], *, on: date) -> None:
    """Tasks that the books have settled: no credit left to match, or nothing open any more."""
    waiting = Task.objects.filter(customer__in=customers, closed_on=None)
    matching = set(waiting.filter(kind=TaskKind.MATCH_PAYMENT).values_list("customer", flat=True))
    credit = open_credit(matching) if matching else {}
    matched = {pk for pk in matching if not any(credit.get(pk, {}).values())}
    owed = Item.objects.open().filter(customer=OuterRef("pk")).exclude(case__state=CaseState.CLOSED)
    free = set(Customer.objects.filter(~Exists(owed), pk__in=waiting.values("customer")).values_list("pk", flat=True))
    waiting.filter(Q(kind=TaskKind.MATCH_PAYMENT, customer__in=matched) | ~Q(kind=TaskKind.MATCH_PAYMENT) & Q(customer__in=free)).update(
        closed_on=on, result="settled by itself"
    )


def on_balance_changed(sender: Any, *, customers: Collection[int], on: date, **_: Any) -> None:
    """Receiver of `invoices.balance_changed`."""
    follow_books(customers=customers, on=on)
