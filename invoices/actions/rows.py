"""Locked rows: the customer first, then its items by id, so that two verbs never wait for each other in a circle."""

from collections.abc import Iterable, Sequence
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
    return list(items.select_for_update(no_key=True, of=("self",)).select_related("invoice").order_by("pk"))


def open_items(customer: Customer, *, currency: str) -> list[Item]:
    """All that the customer owes in a currency, locked."""
    return locked_items(Item.objects.open().filter(customer=customer, currency=currency))


def named_items(customer: Customer, targets: Sequence[Target]) -> list[Item]:
    """The items of the invoices named, locked, in the order named and each once; those of one invoice by due date."""
    for target in targets:
        _check_named(customer, target)
    invoices = [target.pk for target in targets if isinstance(target, Invoice)]
    items = [target.pk for target in targets if isinstance(target, Item)]
    rows = locked_items(Item.objects.filter(Q(invoice__in=invoices) | Q(pk__in=items)))
    chosen = (row for target in targets for row in sorted(rows, key=_by_due_date) if _belongs(row, target))
    return list(dict.fromkeys(chosen))


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


def debts_of(items: Sequence[Item]) -> list[Debt]:
    """Items as money meets them."""
    disputes = disputed_now(items)
    return [Debt(item.pk, item.label, item.due_on, item.open_amount, _disputed_part(item, disputes.get(item.pk))) for item in items]


def _disputed_part(item: Item, dispute: Dispute | None) -> Decimal:
    """A dispute outlasts a part payment; what is disputed is never more than what is open."""
    return min(dispute.amount, item.open_amount) if dispute else ZERO


def _by_due_date(item: Item) -> tuple[object, int]:
    return item.due_on, item.position


def _belongs(item: Item, target: Target) -> bool:
    return item.invoice_id == target.pk if isinstance(target, Invoice) else item.pk == target.pk


def _check_named(customer: Customer, target: Target) -> None:
    if target.customer_id != customer.pk:
        raise Refused(gettext_noop("%(name)s belongs to another customer. Name invoices of one customer only."), name=name_of(target))
    if isinstance(target, Item):
        return
    if target.kind == DocumentKind.CREDIT_NOTE or not DocumentKind(target.kind).is_claim:
        raise Refused(gettext_noop("%(number)s is no claim: nothing is owed on it. Name an invoice."), number=target.number)
    if refreshed(target).state == InvoiceState.DRAFT:
        raise Refused(gettext_noop("%(number)s is still a draft. Issue it first."), number=target.number)
