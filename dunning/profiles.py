"""Rows → the profiles that segments are judged on, for a whole batch of items in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Min, Q, Sum

from dunning.rating import is_late, known_percent
from dunning.segments import CustomerProfile, InvoiceProfile, Profile
from invoices.models import Customer, Invoice, Item
from invoices.states import Closing, DocumentKind, InvoiceState

YEAR, RATED = timedelta(days=365), timedelta(days=730)
CLAIMS = [kind for kind in DocumentKind if kind.is_claim]

ByCurrency = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class _Paid:
    """How the items that a customer paid in the last two years were paid."""

    items: int = 0
    late: int = 0

    @property
    def rating(self) -> Decimal | None:
        """The share paid in time, 0 to 100; None where too little is known."""
        return known_percent(self.items - self.late, self.items)


@dataclass(slots=True)
class Profiles:
    """What was read for a batch of customers on a day."""

    on: date
    rows: dict[int, Customer] = field(default_factory=dict)
    balance: Mapping[int, ByCurrency] = field(default_factory=dict)
    turnover: Mapping[int, ByCurrency] = field(default_factory=dict)
    purchases: Mapping[int, int] = field(default_factory=dict)
    since: Mapping[int, date] = field(default_factory=dict)
    late: Mapping[int, set[int]] = field(default_factory=dict)  # invoices paid, or still open, after they were due
    paid: Mapping[int, _Paid] = field(default_factory=dict)

    @classmethod
    def about(cls, customers: Collection[int], *, on: date) -> "Profiles":
        """Five queries, whatever the number of customers."""
        turnover, purchases = _year(customers, on=on)
        late, paid = _lateness(customers, on=on)
        issued = Invoice.objects.filter(customer__in=customers, state=InvoiceState.ISSUED, kind__in=CLAIMS).order_by()
        return cls(
            on=on,
            rows={row.pk: row for row in Customer.objects.filter(pk__in=customers).select_related("creditor")},
            balance=_balance(customers),
            turnover=turnover,
            purchases=purchases,
            since=dict(issued.values_list("customer").annotate(Min("issued_on"))),
            late=late,
            paid=paid,
        )

    def of(self, customer: int, invoice: Invoice | None = None) -> Profile:
        """The profile of a customer, with an invoice where one is judged; that one is no earlier late invoice of theirs."""
        row, own = self.rows[customer], self.rows[customer].creditor.currency
        late = self.late.get(customer, set()) - ({invoice.pk} if invoice else set())
        return Profile(
            CustomerProfile(
                kind=row.kind,
                country=row.country or None,
                language=row.language or row.creditor.language,
                tags=frozenset(row.tags),
                balance=_only(self.balance.get(customer, {}), own),
                relation_days=max((self.on - self.since.get(customer, self.on)).days, 0),
                rating=self.paid.get(customer, _Paid()).rating,
                late_invoices=len(late),
                turnover=_only(self.turnover.get(customer, {}), own),
                purchases=self.purchases.get(customer, 0),
                insured=row.is_insured,
            ),
            InvoiceProfile() if invoice is None else _of_invoice(invoice, own),
        )


def _of_invoice(invoice: Invoice, currency: str) -> InvoiceProfile:
    return InvoiceProfile(
        source=invoice.source or None,
        amount=invoice.gross if invoice.currency == currency else None,
        payment_method=invoice.payment_method or None,
        subscription=invoice.is_subscription,
    )


def _only(amounts: ByCurrency, currency: str) -> Decimal | None:
    """The amount in the company's currency; not known where others are involved, for currencies are never added up."""
    if any(amount for code, amount in amounts.items() if code != currency):
        return None
    return max(amounts.get(currency, Decimal(0)), Decimal(0))


def _balance(customers: Collection[int]) -> dict[int, ByCurrency]:
    owed = Item.objects.open().filter(customer__in=customers).order_by()
    return _by_currency(owed.values_list("customer", "currency").annotate(Sum("open_amount")))


def _by_currency(rows: Iterable[tuple[int, str, Decimal]]) -> dict[int, ByCurrency]:
    found: dict[int, ByCurrency] = defaultdict(dict)
    for customer, currency, amount in rows:
        found[customer][currency] = amount
    return found


def _year(customers: Collection[int], *, on: date) -> tuple[dict[int, ByCurrency], dict[int, int]]:
    """Turnover and number of invoices issued in the 365 days up to that day; credit notes lower the turnover."""
    issued = Invoice.objects.filter(customer__in=customers, state=InvoiceState.ISSUED, issued_on__gt=on - YEAR, issued_on__lte=on)
    turnover: dict[int, ByCurrency] = defaultdict(lambda: defaultdict(Decimal))
    purchases: dict[int, int] = defaultdict(int)
    for customer, currency, kind, gross in issued.values_list("customer", "currency", "kind", "gross"):
        if kind == DocumentKind.CREDIT_NOTE:
            turnover[customer][currency] -= gross
        elif kind in CLAIMS:
            turnover[customer][currency] += gross
            purchases[customer] += 1
    return turnover, purchases


def _lateness(customers: Collection[int], *, on: date) -> tuple[dict[int, set[int]], dict[int, _Paid]]:
    """Late invoices of all times, and how the items paid in the last two years were paid. A due date on a day off moves."""
    late: dict[int, set[int]] = defaultdict(set)
    paid: dict[int, _Paid] = defaultdict(_Paid)
    rated = Q(closed_as=Closing.PAID, closed_on__gt=on - RATED)
    overdue = Q(open_amount__gt=0, due_on__lt=on) | Q(closed_as=Closing.PAID, closed_on__gt=F("due_on"))
    items = Item.objects.filter(rated | overdue, customer__in=customers)
    for customer, country, invoice, due_on, closed_on in items.values_list(
        "customer", "creditor__country", "invoice", "due_on", "closed_on"
    ):
        was_late = is_late(due_on, closed_on or on, country)
        if was_late:
            late[customer].add(invoice)
        if closed_on and closed_on > on - RATED:
            paid[customer] = _Paid(paid[customer].items + 1, paid[customer].late + was_late)
    return late, paid
