"""Rows that say something new about invoices the books know: what was paid since, what is disputed or no longer."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db.models import Sum

from invoices import ledger
from invoices.actions.imports.sorting import Known, digest_of
from invoices.actions.imports.writing import Load, dispute_of, payment_for, reference_of
from invoices.actions.postings import Cause, keep, lower
from invoices.actions.rows import disputed_now, locked_items
from invoices.balances import SIGNED
from invoices.intake.csv_table import InvoiceRow
from invoices.models import SETTLED_BY_PAYING, AllocationEntry, Dispute, Invoice, Item, Payment
from invoices.states import Outcome
from receivables.db.copying import copy_in

Changed = Sequence[tuple[InvoiceRow, Known]]


def apply_changes(changed: Changed, load: Load) -> None:
    """Add what the books do not have yet. Money is never taken back because a file says less than the books: a person reverses it."""
    items: dict[int, list[Item]] = {known.pk: [] for _, known in changed}
    for item in sorted(locked_items(Item.objects.filter(invoice__in=items)), key=lambda item: (item.due_on, item.position)):
        items[item.invoice_id].append(item)
    _pay_the_difference(changed, items, load)
    _bring_disputes_up_to_date(changed, items, load)
    Invoice.objects.bulk_update(
        [Invoice(pk=known.pk, source_digest=digest_of(row, load.sorting.buyers[row.number])) for row, known in changed],
        ["source_digest"],
        batch_size=500,
    )


def _pay_the_difference(changed: Changed, items: Mapping[int, list[Item]], load: Load) -> None:
    """The row says how much was paid in all; what the books have from any source is taken off."""
    paid = _paid_so_far(items)
    booked = _booked_before(changed, load)
    due = [
        (payment_for(row, said, customer=known.customer, amount=missing, load=load), items[known.pk])
        for row, known in changed
        if (said := row.payment)
        and reference_of(row, said, load) not in booked
        and (missing := said.amount - paid.get(known.pk, ledger.ZERO)) > 0
    ]
    copy_in([payment for payment, _ in due])
    entries: list[AllocationEntry] = []
    for payment, owed in due:
        entries += _let_fall(payment, owed)
    keep(entries, [entry.item for entry in entries])


def _let_fall(payment: Payment, items: Sequence[Item]) -> list[AllocationEntry]:
    by_id = {item.pk: item for item in items}
    parts = ledger.spread(payment.amount, [ledger.Slice(item.pk, item.open_amount) for item in items]).parts
    return [lower(by_id[pk], part, cause=Cause.of(payment), on=payment.booked_on) for pk, part in parts.items()]


def _bring_disputes_up_to_date(changed: Changed, items: Mapping[int, list[Item]], load: Load) -> None:
    all_items = [item for owed in items.values() for item in owed]
    disputes = disputed_now(all_items)
    ever = set(Dispute.objects.filter(item__in=all_items).values_list("item_id", flat=True))
    opened: list[Dispute] = []
    for row, known in changed:
        for item in items[known.pk]:
            if row.dispute and item.pk not in ever:
                opened.append(dispute_of(row.dispute, item, load))
            elif item.pk in disputes and disputes[item.pk].reason == load.reason():
                _end(disputes[item.pk], row, load)
    copy_in(opened)


def _end(dispute: Dispute, row: InvoiceRow, load: Load) -> None:
    """Only disputes that an import opened are ended by one; those of people are theirs to end."""
    if row.dispute and not row.dispute.resolved_on:
        return
    ended_on = row.dispute.resolved_on if row.dispute else None
    dispute.resolved_on = max(ended_on or load.on, dispute.opened_on)
    dispute.outcome, dispute.resolved_by = Outcome.REJECTED, load.by
    dispute.save(update_fields=["resolved_on", "outcome", "resolved_by"])


def _paid_so_far(invoices: Mapping[int, object]) -> dict[int, Decimal]:
    entries = AllocationEntry.objects.filter(item__invoice__in=invoices, source__in=SETTLED_BY_PAYING)
    return dict(entries.order_by().values("item__invoice").annotate(paid=Sum(SIGNED)).values_list("item__invoice", "paid"))


def _booked_before(changed: Changed, load: Load) -> set[str]:
    references = [reference_of(row, row.payment, load) for row, _ in changed if row.payment]
    return set(Payment.objects.filter(creditor=load.creditor, reference__in=references).values_list("reference", flat=True))
