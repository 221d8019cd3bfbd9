"""What every list of clocks says of an item, and how such lists are read: one query, plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from dunning.claimed import debtor_of_kind
from invoices.models import Invoice, Item
from receivables.countries.words import Debtor


@dataclass(frozen=True, slots=True)
class Owed:
    """An item with its customer, as a list shows it. `open` is in `currency`; `due_on` is the stated due date."""

    item: int
    label: str
    invoice: int
    customer: int
    name: str
    number: str  # of the customer
    tax_id: str
    kind: str
    currency: str
    amount: Decimal
    open: Decimal
    due_on: date
    issued_on: date
    sale: str
    gross: Decimal  # of the whole invoice
    is_medical_entity: bool = False  # the customer

    @property
    def debtor(self) -> Debtor:
        """What the customer is in law."""
        return debtor_of_kind(self.kind, is_medical_entity=self.is_medical_entity)


_FIELDS = (
    "pk", "label", "invoice", "customer", "customer__name", "customer__number", "customer__tax_id", "customer__kind", "currency", "amount",
    "open_amount", "due_on", "invoice__issued_on", "invoice__sale", "invoice__gross", "customer__is_medical_entity",
)  # fmt: skip


def owed(items: QuerySet[Item]) -> Iterator[Owed]:
    """These items, in their order. One query."""
    return (Owed(*row) for row in items.values_list(*_FIELDS))


def owed_of(item: Item, invoice: Invoice) -> Owed:
    """The same of a row that is read already; the invoice's customer is read with it."""
    customer = invoice.customer
    return Owed(
        item.pk, item.label, invoice.pk, customer.pk, customer.name, customer.number, customer.tax_id, customer.kind, item.currency,
        item.amount, item.open_amount, item.due_on, invoice.issued_on, invoice.sale, invoice.gross, customer.is_medical_entity,
    )  # fmt: skip
