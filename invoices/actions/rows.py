"""Locked rows: the customer first, then its items by id, so that two verbs never wait for each other in a circle."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from django.db.models import Q, QuerySet

from invoices.ledger import ZERO, Debt
from invoices.models import Customer, Dispute, Invoice, Item
from invoices.states import DocumentKind, InvoiceState
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

Target = Invoice | Item  # where a verb names an invoice, an item will do


def locked_customer(customer: Customer | int) -> Customer:
    """The customer as it stands now, locked until the transaction ends. Everything that changes its books begins here.

    Raises `Refused` for one that was merged into another.
    """
    pk = customer if isinstance(customer, int) else customer.pk
    row = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor").get(pk=pk)
    return standing(row)


def locked_customers(customers: Iterable[int]) -> dict[int, Customer]:
    """The same of several, by their ids, locked in that order by one statement."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor")
    return {row.pk: standing(row) for row in rows.filter(pk__any=sorted(set(customers))).order_by("pk")}


def lock_in_order(customers: Collection[int]) -> None:
    """Lock these customers by id, as every verb of the books does."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__any=set(customers))
    list(rows.order_by("pk").values_list("pk"))


def standing(customer: Customer) -> Customer:
    """The same, unless it was merged into another: then it is `Refused`, and says into which."""
    if customer.merged_into is not None:
        raise Refused(
            gettext_noop("%(name)s was merged into %(survivor)s (%(number)s). Open that customer and do it there."),
            name=customer.name,
            survivor=customer.merged_into.name,
            number=customer.merged_into.number,
        )
    return customer


def locked_items(items: QuerySet[Item]) -> list[Item]:
    """Items with their invoices, locked in the order of their ids."""
    return locked(items.select_related("invoice"))


def locked(items: QuerySet[Item]) -> list[Item]:
    """Items as they come, locked in the order of their ids."""
    return list(items.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def named_items(customer: Customer, targets: Sequence[Target]) -> list[Item]:
    """The items of the invoices named, locked, in the order named and each once; those of one invoice by due date."""
    check_named([(customer, target) for target in targets])
    return Owed(locked_items(Item.objects.filter(of_targets(targets)))).named(targets)


def of_targets(targets: Iterable[Target]) -> Q:
    """The items that are named, or belong to invoices that are. Of no targets, none."""
    ids: dict[bool, list[int]] = {True: [], False: []}
    for target in targets:
        ids[isinstance(target, Item)].append(target.pk)
    return Q(pk__any=ids[True]) | Q(invoice__any=ids[False]) if ids[False] else Q(pk__any=ids[True])


class Owed:
    """Locked items by what names them: each is there once, so that what one payment leaves open is what the next one finds."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = sorted(items, key=_by_due_date)
        self._of: dict[tuple[bool, int], list[Item]] = defaultdict(list)
        for item in self.items:
            self._of[True, item.pk].append(item)
            self._of[False, item.invoice_id].append(item)

    def named(self, targets: Iterable[Target]) -> list[Item]:
        """Those named, in that order and each once; those of one invoice by due date."""
        return list(dict.fromkeys(item for target in targets for item in self._of[isinstance(target, Item), target.pk]))


def customer_of(target: Target) -> Customer:
    """The customer whose invoice or item it is, locked."""
    return locked_customer(target.customer_id)


def name_of(target: Target) -> str:
    """What the target is called."""
    return target.label if isinstance(target, Item) else target.number


def refreshed(invoice: Invoice) -> Invoice:
    """The invoice as it stands now; call it under the lock of its customer."""
    return Invoice.objects.select_related("creditor").get(pk=invoice.pk)


def disputed_now(items: Iterable[Item]) -> dict[int, Dispute]:
    """Item id → the dispute that is open on it."""
    return {dispute.item_id: dispute for dispute in Dispute.objects.filter(item__in=list(items), resolved_on=None)}


def debts_of(items: Sequence[Item], disputes: Mapping[int, Dispute] | None = None) -> list[Debt]:
    """Items as money meets them. The disputes that are open on them are looked up, where they are not known."""
    known = disputed_now(items) if disputes is None else disputes
    return [Debt(item.pk, item.label, item.due_on, item.open_amount, _disputed_part(item, known.get(item.pk))) for item in items]


def _disputed_part(item: Item, dispute: Dispute | None) -> Decimal:
    """A dispute outlasts a part payment; what is disputed is never more than what is open."""
    return min(dispute.amount, item.open_amount) if dispute else ZERO


def _by_due_date(item: Item) -> tuple[object, int]:
    return item.due_on, item.position


def check_named(named: Sequence[tuple[Customer, Target]]) -> None:
    """Whether money of these customers may be meant for these. At most one query; raises `Refused` for the first that it is not."""
    drafts = {target.pk for _customer, target in named if isinstance(target, Invoice)}
    drafts = set(Invoice.objects.filter(pk__any=drafts, state=InvoiceState.DRAFT).values_list("pk", flat=True)) if drafts else set()
    for customer, target in named:
        _check(customer, target, drafts)


def _check(customer: Customer, target: Target, drafts: Collection[int]) -> None:
    if target.customer_id != customer.pk:
        raise Refused(gettext_noop("%(name)s belongs to another customer. Name invoices of one customer only."), name=name_of(target))
    if isinstance(target, Item):
        return
    if target.kind == DocumentKind.CREDIT_NOTE or not DocumentKind(target.kind).is_claim:
        raise Refused(gettext_noop("%(number)s is no claim: nothing is owed on it. Name an invoice."), number=target.number)
    if target.pk in drafts:
        raise Refused(gettext_noop("%(number)s is still a draft. Issue it first."), number=target.number)
