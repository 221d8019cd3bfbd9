"""What is left of money and credit. A fixed number of queries, whatever the number of customers."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, cast

from django.db.models import Case, F, QuerySet, Sum, When

from invoices.ledger import ZERO
from invoices.models import AllocationEntry, ClaimEntry, CreditEntry, Customer, Invoice, Payment
from invoices.states import DocumentKind, InvoiceState
from receivables.db.fields import MoneyField

# Of an AllocationEntry, ClaimEntry or CreditEntry: positive unless it is a contra-entry.
SIGNED = Case(When(is_reversal=True, then=-F("amount")), default=F("amount"), output_field=MoneyField())

CreditByCurrency = dict[str, Decimal]


def left_of(source: Payment | Invoice) -> Decimal:
    """What of a payment or credit note was neither allocated, exchanged nor given back. Read it under the lock of the customer."""
    whole = source.amount if isinstance(source, Payment) else source.gross
    entries: QuerySet[AllocationEntry] = source.entries.all()
    left: Decimal = whole - (entries.aggregate(settled=Sum(SIGNED))["settled"] or ZERO)
    if isinstance(source, Payment):
        left -= source.claim_entries.aggregate(settled=Sum(SIGNED))["settled"] or ZERO
    return left - (source.credit_entries.aggregate(used=Sum(SIGNED))["used"] or ZERO)


def left_of_payments(payments: Collection[Payment]) -> dict[int, Decimal]:
    """Payment id → what is left of it. Three queries."""
    return _left_of_each("payment", {row.pk: row.amount for row in payments}, (AllocationEntry, ClaimEntry, CreditEntry))


def left_of_notes(notes: Collection[Invoice]) -> dict[int, Decimal]:
    """Credit note id → what is left of it. Two queries."""
    return _left_of_each("credit_note", {row.pk: row.gross for row in notes}, (AllocationEntry, CreditEntry))


def credit_sources(customers: Collection[int]) -> list[tuple[Payment | Invoice, Decimal]]:
    """Payments and then credit notes of these customers of which something is left, the oldest first. A fixed number of queries."""
    payments = list(standing_payments().filter(customer__any=list(customers)).order_by("booked_on", "pk"))
    notes = list(standing_credit_notes().filter(customer__any=list(customers)).order_by("issued_on", "pk"))
    of_payments, of_notes = left_of_payments(payments), left_of_notes(notes)
    found: list[tuple[Payment | Invoice, Decimal]] = [(row, of_payments[row.pk]) for row in payments]
    found += [(row, of_notes[row.pk]) for row in notes]
    return [(row, left) for row, left in found if left > 0]


def _left_of_each(source: str, left: dict[int, Decimal], models: Iterable[Any]) -> dict[int, Decimal]:
    for model in models:
        rows = model.objects.filter(**{f"{source}__any": list(left)}).order_by().values_list(source).annotate(used=Sum(SIGNED))
        for pk, used in rows:
            left[pk] -= used
    return left


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
    return _left(came, (*_used_of_payments(ids), *_used_of_notes(ids)))


def open_money(customers: Collection[int]) -> dict[int, CreditByCurrency]:
    """The same of money alone, without credit notes."""
    ids = list(customers)
    return _left(tuple(_came(ids)), tuple(_used_of_payments(ids)))


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


def open_claims_of(customers: Collection[int]) -> dict[int, CreditByCurrency]:
    """Customer id → currency → posted claims that are open: owed beside the principal, never part of it. Who has none is not in it."""
    entries = ClaimEntry.objects.filter(claim__customer__any=list(customers)).order_by()
    signed = Case(When(type=ClaimEntry.Type.POSTED, then=SIGNED), default=-SIGNED, output_field=MoneyField())
    found: dict[int, CreditByCurrency] = defaultdict(dict)
    for customer, currency, amount in entries.values_list("claim__customer", "currency").annotate(open=Sum(signed)):
        if amount:
            found[customer][currency] = amount
    return dict(found)


def _used_of_payments(customers: list[int]) -> Sums:
    """What of the customers' payments items and claims got, and what was given back or exchanged, in one query."""
    claims = ClaimEntry.objects.filter(payment__customer__any=customers).order_by()
    grouped = claims.values("payment__customer", "currency").annotate(used=Sum(SIGNED))
    others = (grouped.values_list("payment__customer", "currency", "used"), _gone("payment", customers))
    return cast(Sums, _used("payment", customers).union(*others, all=True))


def _used_of_notes(customers: list[int]) -> Sums:
    """The same of their credit notes."""
    return cast(Sums, _used("credit_note", customers).union(_gone("credit_note", customers), all=True))


def _gone(source: str, customers: list[int]) -> QuerySet[CreditEntry, tuple[int, str, Decimal]]:
    """What was given back or exchanged of the customers' payments or credit notes."""
    entries = CreditEntry.objects.filter(customer__any=customers, **{f"{source}__isnull": False})
    grouped = entries.order_by().values("customer", "currency").annotate(used=Sum(SIGNED))
    return grouped.values_list("customer", "currency", "used")


def _used(source: str, customers: list[int]) -> QuerySet[AllocationEntry, tuple[int, str, Decimal]]:
    """What was allocated of the customers' payments or credit notes, contra-entries taken off."""
    entries = AllocationEntry.objects.filter(**{f"{source}__customer__any": customers})
    grouped = entries.order_by().values(f"{source}__customer", "currency").annotate(used=Sum(SIGNED))
    return grouped.values_list(f"{source}__customer", "currency", "used")
