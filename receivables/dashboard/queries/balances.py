"""What is owed by currency and age, with the addresses that lead to the invoices behind each figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet

from invoices.ledger import BUCKETS, FIRST_DAYS
from invoices.models import Item
from receivables.reporting.ageing import Ageing, Figure


@dataclass(frozen=True, slots=True)
class Bucket:
    """Items of one age. `url` leads to their invoices."""

    count: int
    amount: Decimal
    url: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What is open in one currency."""

    currency: str
    open: Figure
    overdue: Figure
    buckets: dict[str, Bucket]


def balances(ageing: Iterable[Ageing], *, url: str) -> list[Balance]:
    """By currency, the one with the most items first. `url` is the list of invoices, with its query string begun."""
    listed = [Balance(one.currency, one.open, one.overdue, _linked(one, url)) for one in ageing]
    return sorted(listed, key=lambda balance: (-balance.open.count, balance.currency))


def _linked(ageing: Ageing, url: str) -> dict[str, Bucket]:
    return {
        name: Bucket(figure.count, figure.amount, f"{url}currency={ageing.currency}&age={name}") for name, figure in ageing.buckets.items()
    }


def days_of_bucket(name: str, *, on: date) -> tuple[date | None, date | None]:
    """First and last due date that fall into a bucket on that day; None where it has no end."""
    place = BUCKETS.index(name)
    starts = (None, *FIRST_DAYS)  # days overdue from which a bucket counts
    begins, ends = starts[place], FIRST_DAYS[place] if place < len(FIRST_DAYS) else None
    newest = on - timedelta(days=begins) if begins is not None else None
    oldest = on - timedelta(days=ends - 1) if ends is not None else None
    return oldest, newest


def overdue_customers(items: QuerySet[Item], *, on: date) -> dict[str, int]:
    """Currency → number of customers with something overdue."""
    rows = items.filter(open_amount__gt=0, due_on__lt=on).order_by().values_list("currency")
    return dict(rows.annotate(n=Count("customer", distinct=True)))
