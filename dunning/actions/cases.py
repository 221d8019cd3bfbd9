"""Cases follow the books: items enter the ladder, leave it when nothing is open, and come back when money is taken back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from dunning.actions.calls import review_calls
from dunning.actions.courtesy import thank_payers
from dunning.actions.policies import begin
from dunning.actions.settled import settle_awaited
from dunning.models import Assignment, Case, PolicyVersion, Task
from dunning.states import OF_COMPLAINTS, CaseState, TaskKind
from invoices.actions import open_credit
from invoices.models import AllocationEntry, Customer, Item
from receivables import clock
from receivables.accounts.models import Creditor


def follow_books(*, customers: Collection[int], on: date) -> None:
    """Bring the cases of these customers in line with their items, and look at them again from `on`. Safe to run twice."""
    for creditor in Creditor.objects.filter(ladder_rules=None, customer__in=customers).distinct():
        begin(creditor, now=clock.now())
    enter(customers, on=on)
    thank_payers(customers, on=on)
    close_settled(customers)
    _reopen(customers)
    settle_awaited(customers, on=on)
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


def _reopen(customers: Collection[int]) -> None:
    """Money was taken back: the item goes on at the step it had, and a person looks before its next message."""
    back = Case.objects.filter(customer__in=customers, state=CaseState.CLOSED, item__open_amount__gt=0)
    back.exclude(reason="time_barred").update(state=CaseState.RUNNING, reason="", wants_approval=True, released_position=0)


def _close_tasks(customers: Collection[int], *, on: date) -> None:
    """Tasks that the books have settled: no credit left to match, or nothing open any more."""
    waiting = Task.objects.filter(customer__in=customers, closed_on=None)
    matching = set(waiting.filter(kind=TaskKind.MATCH_PAYMENT).values_list("customer", flat=True))
    credit = open_credit(matching) if matching else {}
    matched = {pk for pk in matching if not any(credit.get(pk, {}).values())}
    free = set(Customer.objects.filter(pk__in=waiting.values("customer")).exclude(items__open_amount__gt=0).values_list("pk", flat=True))
    owed = ~Q(kind__in=[TaskKind.MATCH_PAYMENT, *OF_COMPLAINTS])
    waiting.filter(Q(kind=TaskKind.MATCH_PAYMENT, customer__in=matched) | owed & Q(customer__in=free)).update(
        closed_on=on, result="settled by itself"
    )


def on_balance_changed(sender: Any, *, customers: Collection[int], on: date, **_: Any) -> None:
    """Receiver of `invoices.balance_changed`."""
    follow_books(customers=customers, on=on)
