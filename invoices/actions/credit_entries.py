"""Contra-entries of what went with an entry on an item: the exchange that its money came from, and what rates made of it."""

from collections.abc import Iterable, Sequence
from datetime import date

from invoices.models import AllocationEntry, CreditEntry, ExchangeDifference
from receivables.accounts.models import User
from receivables.clock import now


def contra(entry: CreditEntry, *, on: date, reason: str = "", by: User | None = None) -> CreditEntry:
    """Store what takes an entry on credit back. Call it under the lock of the customer."""
    return CreditEntry.objects.create(
        creditor_id=entry.creditor_id, customer_id=entry.customer_id, kind=entry.kind, payment_id=entry.payment_id,
        credit_note_id=entry.credit_note_id, amount=entry.amount, currency=entry.currency, on=on, reference=f"{entry.reference}-R"[-140:],
        reason=reason, bank_line_id=entry.bank_line_id, rate=entry.rate, rate_told=entry.rate_told, is_reversal=True, reverses=entry,
        recorded_at=now(), by=by,
    )  # fmt: skip


def take_back_with(entries: Sequence[AllocationEntry], *, on: date) -> None:
    """After the contra-entries of these were stored: take back the exchanges they came from, and their exchange differences."""
    exchanged = [entry.exchange_id for entry in entries if entry.exchange_id]
    for row in CreditEntry.objects.standing().filter(pk__in=exchanged) if exchanged else ():
        contra(row, on=on)
    if any(entry.exchange_id or entry.payment_id for entry in entries):
        _take_differences_back([entry.pk for entry in entries])


def _take_differences_back(entries: Iterable[int]) -> None:
    standing = ExchangeDifference.objects.filter(entry__any=list(entries), reverses=None, reversal=None)
    for row in standing.select_related("entry__reversal"):
        back = row.entry.reversal
        ExchangeDifference.objects.create(
            entry=back, amount=row.amount, is_gain=not row.is_gain, currency=row.currency, on=back.on, received=row.received,
            settled=row.settled, received_rate=row.received_rate, received_on=row.received_on, settled_rate=row.settled_rate,
            settled_on=row.settled_on, source=row.source, reverses=row, recorded_at=now(),
        )  # fmt: skip
