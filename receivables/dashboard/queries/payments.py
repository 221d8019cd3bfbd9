"""The list of payments and one payment with what it settled."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.http import QueryDict

from invoices.balances import SIGNED
from invoices.models import AllocationEntry, ClaimEntry, CreditEntry, Customer, Payment
from receivables.dashboard.paging import Order, Page, batches, mapped, page_of
from receivables.dashboard.queries.lookups import of_customers_called

NEWEST = Order("booked_on", descending=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filter bar asks for."""

    q: str = ""
    since: date | None = None
    until: date | None = None
    unallocated: bool = False
    customer: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list. `left` is what was not allocated; nothing of money that went back."""

    payment: Payment
    left: Decimal
    is_reversed: bool


def payments_page(rows: QuerySet[Payment], asked: Asked, customers: QuerySet[Customer], query: QueryDict) -> Page[Line]:
    """A page of these payments, newest first. Two queries at most."""
    page = page_of(matching(rows, asked, customers), NEWEST, query)
    return mapped(page, lines(page.rows))


def all_lines(rows: QuerySet[Payment], asked: Asked, customers: QuerySet[Customer]) -> Iterator[Line]:
    """Every row of the same list, read in batches."""
    for batch in batches(matching(rows, asked, customers), NEWEST):
        yield from lines(batch)


def matching(rows: QuerySet[Payment], asked: Asked, customers: QuerySet[Customer]) -> QuerySet[Payment]:
    """The payments that the filters and the words searched leave, with customer and reversal."""
    if asked.q:
        rows = rows.filter(_searched(asked.q, customers))
    if asked.customer is not None:
        rows = rows.filter(customer=asked.customer)
    if asked.since:
        rows = rows.filter(booked_on__gte=asked.since)
    if asked.until:
        rows = rows.filter(booked_on__lte=asked.until)
    if asked.unallocated:
        rows = rows.filter(reverses=None, reversal=None, amount__gt=_used(OuterRef("pk")))
    return rows.select_related("customer", "reversal", "reverses")


def _searched(words: str, customers: QuerySet[Customer]) -> Q:
    found = Q(reference__holds=words) | Q(title__holds=words) | Q(payer_name__holds=words)
    return found | of_customers_called(words, customers)


def _used(payment: OuterRef) -> Combinable:
    """What items and claims got of it, and what was given back or exchanged."""
    return _used_of(AllocationEntry, payment) + _used_of(ClaimEntry, payment) + _used_of(CreditEntry, payment)


def _used_of(model: type[AllocationEntry | ClaimEntry | CreditEntry], payment: OuterRef) -> Coalesce:
    rows = model._default_manager.filter(payment=payment).order_by().values("payment")
    return Coalesce(Subquery(rows.annotate(n=Sum(SIGNED)).values("n")), Value(0), output_field=DecimalField())


def lines(payments: Sequence[Payment]) -> list[Line]:
    """Rows for these payments. Three queries."""
    ids = [payment.pk for payment in payments]
    used: dict[int, Decimal] = defaultdict(Decimal)
    for model in (AllocationEntry, ClaimEntry, CreditEntry):
        rows = model.objects.filter(payment__in=ids).order_by().values_list("payment").annotate(n=Sum(SIGNED))
        for pk, amount in rows:
            used[pk] += amount
    return [_line(payment, used[payment.pk]) for payment in payments]


def _line(payment: Payment, used: Decimal) -> Line:
    is_reversed = hasattr(payment, "reversal")
    stands = not is_reversed and payment.reverses_id is None
    return Line(payment, payment.amount - used if stands else Decimal(0), is_reversed)


def claim_entries_of(payment: Payment) -> list[ClaimEntry]:
    """What it paid of posted claims, and what of that was taken back, in order."""
    return list(payment.claim_entries.select_related("claim__invoice").order_by("on", "pk"))


def entries_of(payment: Payment) -> list[AllocationEntry]:
    """What it settled, and what of that was taken back, in order."""
    return list(payment.entries.select_related("item__invoice").order_by("on", "pk"))
