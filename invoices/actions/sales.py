"""Debts that were sold: the items close without money from their debtor. Who bought and for how much stands above the books."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices.actions.postings import Cause, Source, post, take_back, tell
from invoices.actions.rows import locked_customer, named_items
from invoices.models import AllocationEntry, Customer, Item


@transaction.atomic
def close_as_sold(customer: Customer, items: Sequence[Item], *, on: date) -> dict[int, Decimal]:
    """Close what is open on these items of one customer; returns item id → what was open. What is closed already is left out."""
    customer = locked_customer(customer.pk)
    rows = [item for item in named_items(customer, items) if item.open_amount]
    parts = {item.pk: item.open_amount for item in rows}
    post(parts, rows, cause=Cause(Source.SALE), on=on)
    tell(customer.pk, on=on)
    return parts


@transaction.atomic
def reopen_sold(customer: Customer, items: Sequence[Item], *, on: date) -> None:
    """The sale did not come to be, or was undone: what it closed is open again, by contra-entries."""
    customer = locked_customer(customer.pk)
    rows = named_items(customer, items)
    take_back(list(AllocationEntry.objects.filter(item__in=rows, source=Source.SALE, is_reversal=False, reversal=None)), rows, on=on)
    tell(customer.pk, on=on)
