"""Rows → ratings, for a whole batch of customers in two queries."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from dunning.rating import WINDOW, Part, Rating, rate
from invoices.models import PAID_BY, AllocationEntry, Item


def ratings_of(customers: Collection[int], *, on: date, own: str = "") -> dict[int, Rating]:
    """The rating of each customer on that day; `own` is the company's currency.

    Money that was taken back never came; credit notes, write-offs and withdrawals are no payment and weigh nothing.
    """
    parts: dict[int, list[Part]] = defaultdict(list)
    for customer, part in (*_paid(customers, on=on), *_overdue(customers, on=on)):
        parts[customer].append(part)
    return {customer: rate(parts.get(customer, ()), on=on, own=own) for customer in customers}


def _paid(customers: Collection[int], *, on: date) -> list[tuple[int, Part]]:
    entries = AllocationEntry.objects.filter(
        item__customer__in=customers,
        source__in=PAID_BY,
        is_reversal=False,
        reversal=None,
        on__gt=on - WINDOW,
        on__lte=on,
    )
    rows = entries.values_list("item__customer", "item", "currency", "amount", "item__due_on", "on", "item__creditor__country")
    return [
        (customer, Part(item, currency, amount, due_on, paid_on, country=country))
        for customer, item, currency, amount, due_on, paid_on, country in rows
    ]


def _overdue(customers: Collection[int], *, on: date) -> list[tuple[int, Part]]:
    rows = Item.objects.overdue(on=on).filter(customer__in=customers)
    return [
        (customer, Part(item, currency, amount, due_on, on, is_open=True, country=country))
        for customer, item, currency, amount, due_on, country in rows.values_list(
            "customer", "pk", "currency", "open_amount", "due_on", "creditor__country"
        )
    ]
