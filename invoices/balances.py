"""What is left of money and credit. A fixed number of queries, whatever the number of customers."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal

from django.db.models import Case, F, QuerySet, Sum, When

from invoices.ledger import ZERO
from invoices.models import AllocationEntry, Customer, Invoice, Payment
from invoices.states import DocumentKind, InvoiceState
from receivables.db.fields import MoneyField

# Of an AllocationEntry: positive where it settles.
SIGNED = Case(When(is_reversal=True, then=-F("amount")), default=F("amount"), output_field=MoneyField())

CreditByCurrency = dict[str, Decimal]


def left_of(source: Payment | Invoice) -> Decimal:
    """What of a payment or credit note has not been allocated. Read it under the lock of the customer."""
    whole = source.amount if isinstance(source, Payment) else source.gross
    entries: QuerySet[AllocationEntry] = source.entries.all()
    return whole - (entries.aggregate(settled=Sum(SIGNED))["settled"] or ZERO)


def standing_payments() -> QuerySet[Payment]:
    """Money that came and was not taken back."""
    return Payment.objects.filter(reverses=None, reversal=None)


def standing_credit_notes() -> QuerySet[Invoice]:
    """Credit notes that count."""
    return Invoice.objects.filter(kind=DocumentKind.CREDIT_NOTE, state=InvoiceState.ISSUED)


def open_credit(customers: Iterable[Customer | int]) -> dict[int, CreditByCurrency]:
    """Customer id → currency → money not allocated and credit notes that stand alone. Who has none is not in it."""
    ids = [customer if isinstance(customer, int) else customer.pk for customer in customers]
    came = (*_came(ids), *_noted(ids))
    return _left(came, (*_used("payment", ids), *_used("credit_note", ids)))


def open_money(customers: Collection[int]) -> dict[int, CreditByCurrency]:
    """The same of money alone, without credit notes."""
    ids = list(customers)
    return _left(tuple(_came(ids)), tuple(_used("payment", ids)))


Sums = Iterable[tuple[int, str, Decimal]]


def _came(customers: list[int]) -> Sums:
    return standing_payments().filter(customer__any=customers).values_list("customer", "currency").annotate(Sum("amount")).order_by()


def _noted(customers: list[int]) -> Sums:
    return standing_credit_notes().filter(customer__any=customers).values_list("customer", "currency").annotate(Sum("gross")).order_by()


def _left(came: Sums, used: Sums) -> dict[int, CreditByCurrency]:
    credit: dict[int, CreditByCurrency] = defaultdict(lambda: defaultdict(Decimal))
    for customer, currency, amount in came:
        credit[customer][currency] += amount
    for customer, currency, amount in used:
        credit[customer][currency] -= amount
    return {customer: left for customer, all_of in credit.items() if (left := {code: amount for code, amount in all_of.items() if amount})}


def _used(source: str, customers: list[int]) -> QuerySet[AllocationEntry, tuple[int, str, Decimal]]:
    """What was allocated of the customers' payments or credit notes, contra-entries taken off."""
    entries = AllocationEntry.objects.filter(**{f"{source}__customer__any": customers})
    grouped = entries.order_by().values(f"{source}__customer", "currency").annotate(used=Sum(SIGNED))
    return grouped.values_list(f"{source}__customer", "currency", "used")
