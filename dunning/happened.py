"""Rows about limitation → what `dunning.limitation` judges by. One query, whatever the number of invoices."""

from collections import defaultdict
from collections.abc import Collection

from dunning.limitation import Happened
from dunning.models import LimitationEvent
from dunning.states import LimitationKind


def happened_to(invoices: Collection[int]) -> dict[int, tuple[Happened, ...]]:
    """By invoice what happened to it, the oldest first; those without anything are left out."""
    rows = list(LimitationEvent.objects.standing().filter(invoice__any=invoices).order_by("on", "pk")) if invoices else []
    return happened_in(rows)


def happened_in(rows: Collection[LimitationEvent]) -> dict[int, tuple[Happened, ...]]:
    """The same from rows that stand: beginnings joined with their ends."""
    ends = {row.ends_id: row.on for row in rows if row.ends_id}
    found: dict[int, list[Happened]] = defaultdict(list)
    for row in rows:
        if row.ends_id is None:
            found[row.invoice_id].append(Happened(LimitationKind(row.kind), row.on, ends.get(row.pk)))
    return {invoice: tuple(events) for invoice, events in found.items()}
