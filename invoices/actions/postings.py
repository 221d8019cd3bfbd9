"""Entries on items. The only place that writes `open_amount`: right after the entries that change it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from invoices.actions.credit_entries import take_back_with
from invoices.models import AllocationEntry, Allowance, CreditEntry, Invoice, Item, Payment, WriteOff
from invoices.signals import balance_changed
from invoices.states import Closing, InvoiceState
from receivables.clock import now
from receivables.db.copying import copy_in

Source = AllocationEntry.Source
CLOSES_AS = {
    Source.PAYMENT: Closing.PAID,
    Source.CREDIT: Closing.CREDITED,
    Source.WRITE_OFF: Closing.WRITTEN_OFF,
    Source.WITHDRAWAL: Closing.WITHDRAWN,
    Source.SALE: Closing.SOLD,
    Source.ALLOWANCE: Closing.PAID,
    Source.EXCHANGE: Closing.PAID,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """What the entries come from. A withdrawal names no row: the invoice was; nor does a sale, which stands above the books."""

    source: AllocationEntry.Source
    payment: Payment | None = None
    credit_note: Invoice | None = None
    write_off: WriteOff | None = None
    allowance: Allowance | None = None
    exchange: CreditEntry | None = None

    @classmethod
    def of(cls, row: Payment | Invoice | WriteOff | Allowance | CreditEntry | None) -> "Cause":
        """The cause that a row is; none is a withdrawal."""
        match row:
            case Payment():
                return cls(Source.PAYMENT, payment=row)
            case Invoice():
                return cls(Source.CREDIT, credit_note=row)
            case WriteOff():
                return cls(Source.WRITE_OFF, write_off=row)
            case Allowance():
                return cls(Source.ALLOWANCE, allowance=row)
            case CreditEntry():
                return cls(Source.EXCHANGE, exchange=row)
            case None:
                return cls(Source.WITHDRAWAL)


def post(parts: Mapping[int, Decimal], items: Sequence[Item], *, cause: Cause, on: date) -> None:
    """Lower what is open by these parts (item id → amount). The items are locked ones and are brought up to date."""
    touched = [item for item in items if item.pk in parts]
    keep([lower(item, parts[item.pk], cause=cause, on=on) for item in touched], touched)


def lower(item: Item, amount: Decimal, *, cause: Cause, on: date) -> AllocationEntry:
    """The entry that settles this much of an item, not yet stored; the item is brought up to date in memory."""
    item.open_amount -= amount
    if not item.open_amount:
        item.closed_on, item.closed_as = on, CLOSES_AS[cause.source]
    return AllocationEntry(
        item=item,
        source=cause.source,
        payment=cause.payment,
        credit_note=cause.credit_note,
        write_off=cause.write_off,
        allowance=cause.allowance,
        exchange=cause.exchange,
        amount=amount,
        currency=item.currency,
        on=on,
        recorded_at=now(),
    )


def keep(entries: Sequence[AllocationEntry], items: Sequence[Item]) -> None:
    """Store entries and what they leave open, one statement each whatever the number."""
    if not entries:
        return
    store = copy_in if len(entries) > FEW else AllocationEntry.objects.bulk_create
    store(entries)
    columns = [[getattr(item, name) for item in items] for name in ("pk", "open_amount", "closed_on", "closed_as")]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_ITEMS, columns)


FEW = 50
_KEEP_ITEMS = """
    UPDATE invoices_item i SET open_amount = n.open_amount, closed_on = n.closed_on, closed_as = n.closed_as
    FROM unnest(%s::bigint[], %s::numeric[], %s::date[], %s::text[]) AS n (id, open_amount, closed_on, closed_as) WHERE i.id = n.id
"""


def take_back(entries: Iterable[AllocationEntry], items: Sequence[Item], *, on: date) -> None:
    """Write a contra-entry for each entry not yet taken back, and for what went with it. What was closed opens again, but for what was
    withdrawn.
    """
    standing = [entry for entry in entries if not entry.is_reversal]
    by_id = {item.pk: item for item in items}
    for entry in standing:
        item = by_id[entry.item_id]
        item.open_amount += entry.amount
        item.closed_on, item.closed_as = None, ""
    touched = [item for item in items if item.pk in {entry.item_id for entry in standing}]
    keep([_contra(entry, on=on) for entry in standing], touched)
    take_back_with(standing, on=on)
    _withdraw_again(touched, on=on)


def tell(*customers: int, on: date) -> None:
    """Send the news about these customers, once, in the transaction of the change."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.setdefault(on, set()).update(customers)
    elif customers:
        balance_changed.send(sender=None, customers=frozenset(customers), on=on)


@contextmanager
def told_at_the_end(*, on: date | None = None) -> Iterator[None]:
    """Many changes, one piece of news about all their customers, in the transaction that the block stands in; without `on` one for each
    day of which something is told, in their order.
    """
    collected: dict[date, set[int]] = {}
    token = _waiting.set(collected)
    try:
        yield
    finally:
        _waiting.reset(token)
    if on is not None:
        collected = {on: set().union(*collected.values())}
    for day in sorted(collected):
        tell(*collected[day], on=day)


_waiting: ContextVar[dict[date, set[int]] | None] = ContextVar("customers_to_tell_about", default=None)


def _contra(entry: AllocationEntry, *, on: date) -> AllocationEntry:
    return AllocationEntry(
        item_id=entry.item_id,
        source=entry.source,
        payment_id=entry.payment_id,
        credit_note_id=entry.credit_note_id,
        write_off_id=entry.write_off_id,
        allowance_id=entry.allowance_id,
        exchange_id=entry.exchange_id,
        amount=entry.amount,
        currency=entry.currency,
        on=on,
        is_reversal=True,
        reverses=entry,
        recorded_at=now(),
    )


def _withdraw_again(items: Sequence[Item], *, on: date) -> None:
    """Nothing is ever open on a cancelled invoice, also when a credit note on it is taken back."""
    parts = {item.pk: item.open_amount for item in items if item.invoice.state == InvoiceState.CANCELLED}
    if parts:
        post(parts, items, cause=Cause.of(None), on=on)
