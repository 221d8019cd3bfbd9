"""Who owes how much since when: as of the end of any past day from the dated entries, or now from what items say is open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from invoices.ledger import BUCKETS, FIRST_DAYS
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.money import round_to_unit


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of items and what is open on them, in the currency of the ageing it stands in."""

    count: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(self.count + other.count, self.amount + other.amount)


@dataclass(frozen=True, slots=True)
class Ageing:
    """One company's receivables in one currency; currencies are never added up. All seven buckets are there, in order."""

    creditor: str  # slug
    currency: str
    buckets: dict[str, Figure]

    @property
    def open(self) -> Figure:
        """All buckets together."""
        return sum(self.buckets.values(), Figure())

    @property
    def overdue(self) -> Figure:
        """All but what is not due."""
        return sum((figure for name, figure in self.buckets.items() if name != BUCKETS[0]), Figure())

    def as_json(self) -> dict[str, Any]:
        """The shape that `ageing --json` prints, amounts as strings."""
        return {
            "creditor": self.creditor,
            "currency": self.currency,
            "open": self._printed(self.open),
            "buckets": {name: self._printed(figure) for name, figure in self.buckets.items()},
        }

    def _printed(self, figure: Figure) -> dict[str, Any]:
        return {"count": figure.count, "amount": str(round_to_unit(figure.amount, self.currency))}


def ageing(creditors: Iterable[Creditor], *, on: date) -> list[Ageing]:
    """As of the end of day `on`: an item is open from its invoice's day of issue until the day before what settled it was booked."""
    return _gathered(_AS_OF, creditors, on=on)


def ageing_now(creditor: Creditor, *, on: date) -> list[Ageing]:
    """What is open on the books now, by its age on day `on`; reads only the index of open items."""
    return _gathered(_NOW, [creditor], on=on)


def ageing_of_customer(customer: Customer, *, on: date) -> list[Ageing]:
    """The same for one customer."""
    return _gathered(_NOW_OF_CUSTOMER, [customer.creditor], on=on, customer=customer.pk)


# width_bucket counts the first days that are not above the days overdue, as `ledger.bucket_of` does.
_AS_OF = """
    SELECT i.creditor_id, i.currency, width_bucket(%(on)s::date - i.due_on, %(first_days)s::int[]) AS bucket,
        count(*), sum(i.amount - coalesce(e.settled, 0))
    FROM invoices_item i
    JOIN invoices_invoice v ON v.id = i.invoice_id AND v.issued_on <= %(on)s
    LEFT JOIN (
        SELECT item_id, sum(CASE WHEN is_reversal THEN -amount ELSE amount END) AS settled
        FROM invoices_allocationentry WHERE "on" <= %(on)s GROUP BY item_id
    ) e ON e.item_id = i.id
    WHERE i.creditor_id = ANY (%(creditors)s) AND i.amount > coalesce(e.settled, 0)
    GROUP BY i.creditor_id, i.currency, bucket
"""
_NOW = """
    SELECT creditor_id, currency, width_bucket(%(on)s::date - due_on, %(first_days)s::int[]) AS bucket, count(*), sum(open_amount)
    FROM invoices_item WHERE creditor_id = ANY (%(creditors)s) AND open_amount > 0
    GROUP BY creditor_id, currency, bucket
"""
_NOW_OF_CUSTOMER = _NOW.replace("AND open_amount > 0", "AND open_amount > 0 AND customer_id = %(customer)s")


def _gathered(statement: str, creditors: Iterable[Creditor], **parameters: Any) -> list[Ageing]:
    """By company and currency; a company that is owed nothing has a line of zeros in its own currency."""
    companies = {company.pk: company for company in creditors}
    found: dict[tuple[str, str], dict[str, Figure]] = {(company.slug, company.currency): {} for company in companies.values()}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"creditors": list(companies), "first_days": list(FIRST_DAYS), **parameters})
        for creditor, currency, bucket, count, amount in cursor.fetchall():
            found.setdefault((companies[creditor].slug, currency), {})[BUCKETS[bucket]] = Figure(count, amount)
    return [
        Ageing(slug, currency, {name: figures.get(name, Figure()) for name in BUCKETS})
        for (slug, currency), figures in sorted(found.items())
    ]
