"""Rows that are new, written in batches: a handful of statements each, whatever the size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from invoices import ledger
from invoices.actions.allowances import replace_discounts, standing_discounts
from invoices.actions.imports.sorting import Sorting, digest_of
from invoices.actions.money_in import LONGEST_REFERENCE
from invoices.actions.postings import Cause, keep, lower
from invoices.actions.prepayments import settle_prepayments
from invoices.actions.rows import locked_items
from invoices.intake import csv_table
from invoices.intake.csv_table import InvoiceRow
from invoices.models import AllocationEntry, Dispute, Invoice, Item, Payment, VatLine, VatStatement
from invoices.states import DocumentKind, InvoiceState, Outcome
from invoices.vat import CURRENCY, Taxed, proven
from receivables.accounts.models import Creditor, User
from receivables.db.copying import copy_in, number


@dataclass(frozen=True, slots=True)
class Load:
    """One file on its way into the books. `on` is the business day of the import."""

    creditor: Creditor
    profile: str
    on: date
    moment: datetime
    by: User | None
    sorting: Sorting
    customers: Mapping[str, int]  # number → id

    def customer_of(self, row: InvoiceRow) -> int:
        """The id of the customer that the row means."""
        return self.customers[self.sorting.buyers[row.number].number]

    def reason(self) -> str:
        """What an imported dispute says."""
        return f"import {self.profile}"


def write_new(rows: Sequence[InvoiceRow], load: Load) -> None:
    """Store invoices with their items, payments and disputes."""
    papers = copy_in([_invoice(row, load) for row in rows])
    claims = [(row, _item(row, row.due_on, paper)) for row, paper in zip(rows, papers, strict=True) if row.due_on and row.kind.is_claim]
    items = number([item for _, item in claims])
    payments, entries = _settlements(claims, load)
    copy_in(items)  # with what the payments leave open
    copy_in(payments)
    copy_in(entries)
    state_proven([row for row, _ in claims], [item.invoice for _, item in claims], load)
    copy_in([dispute_of(row.dispute, item, load) for row, item in claims if row.dispute])
    if ordered := {item.customer_id for row, item in claims if row.order_number}:
        settle_prepayments(ordered, on=load.on, by=load.by)


def state_proven(rows: Sequence[InvoiceRow], papers: Sequence[Invoice], load: Load) -> None:
    """State net and VAT of claims whose row leaves no doubt about the rate. Of all others a person is asked when relief is."""
    if (load.creditor.country, load.creditor.currency) != ("PL", CURRENCY):
        return
    found = [(paper, line) for row, paper in zip(rows, papers, strict=True) if (line := _proven(row))]
    statements = copy_in(
        [VatStatement(creditor=load.creditor, invoice=paper, recorded_at=load.moment, by=load.by) for paper, _line in found]
    )
    copy_in([
        VatLine(statement=statement, rate_percent=line.rate, net=line.net, vat=line.vat, currency=CURRENCY)
        for statement, (_paper, line) in zip(statements, found, strict=True)
    ])  # fmt: skip


def _proven(row: InvoiceRow) -> Taxed | None:
    if row.currency != CURRENCY or row.net is None or row.vat is None:
        return None
    return proven(row.net, row.vat, gross=row.gross, issued_on=row.issued_on)


def write_credit_notes(rows: Sequence[InvoiceRow], load: Load) -> None:
    """Store credit notes, after all invoices. One whose reference is the number of an invoice of the same customer settles it,
    and takes the place of a discount of exactly its amount.
    """
    items = _items_referred_to(rows, load)
    notes = copy_in([_credit_note(row, items.get(row.number, ()), load) for row in rows])
    discounts = set(standing_discounts({item for some in items.values() for item in some}).values_list("item", "amount"))
    entries: list[AllocationEntry] = []
    for note in notes:
        by_id = {item.pk: item for item in items.get(note.number, ())}
        if any((pk, note.gross) in discounts for pk in by_id):
            keep(entries, list({entry.item for entry in entries}))  # the discount is taken back upon what stands
            entries = []
            by_id = {item.pk: item for item in replace_discounts(list(by_id.values()), note.gross, on=note.issued_on)} or by_id
        slices = [ledger.Slice(item.pk, item.open_amount) for item in by_id.values()]
        for pk, part in ledger.spread(note.gross, slices).parts.items():
            entries.append(lower(by_id[pk], part, cause=Cause.of(note), on=note.issued_on))
    keep(entries, list({entry.item for entry in entries}))


def dispute_of(said: csv_table.Dispute, item: Item, load: Load) -> Dispute:
    """A dispute ends as rejected when the file says so, or when all is paid. It began on the due date, or earlier if it ended before."""
    ended_on = said.resolved_on or (None if item.open_amount else item.closed_on)
    return Dispute(
        item=item,
        amount=item.amount if ended_on else item.open_amount,
        currency=item.currency,
        reason=load.reason(),
        opened_on=min(item.due_on, ended_on or load.on),
        opened_by=load.by,
        resolved_on=ended_on,
        resolved_by=load.by if ended_on else None,
        outcome=Outcome.REJECTED if ended_on else "",
    )


def payment_for(row: InvoiceRow, said: csv_table.Payment, *, customer: int, amount: Decimal, load: Load) -> Payment:
    """Money that a row says was paid; on the day of the import where the file does not say when."""
    return Payment(
        creditor=load.creditor,
        customer_id=customer,
        amount=amount,
        currency=row.currency,
        booked_on=said.on or load.on,
        reference=reference_of(row, said, load),
        recorded_at=load.moment,
        recorded_by=load.by,
    )


def reference_of(row: InvoiceRow, said: csv_table.Payment, load: Load) -> str:
    """Names profile, invoice and all that was paid so far: the same row finds its payment again."""
    reference = f"{load.profile}:{row.number}:{said.amount}"
    return reference if len(reference) <= LONGEST_REFERENCE else f"{load.profile}:{sha256(reference.encode()).hexdigest()}"


def _invoice(row: InvoiceRow, load: Load) -> Invoice:
    return Invoice(
        creditor=load.creditor,
        customer_id=load.customer_of(row),
        number=row.number,
        kind=row.kind,
        state=InvoiceState.ISSUED,
        currency=row.currency,
        gross=row.gross,
        issued_on=row.issued_on,
        sale=row.sale,
        order_number=row.order_number,
        contract_number=row.contract_number,
        branch=row.branch,
        payment_method=row.payment_method,
        is_subscription=row.is_subscription,
        source=load.profile,
        source_digest=digest_of(row, load.sorting.buyers[row.number]),
    )


def _item(row: InvoiceRow, due_on: date, invoice: Invoice) -> Item:
    return Item(
        creditor_id=invoice.creditor_id,
        customer_id=invoice.customer_id,
        invoice=invoice,
        label=row.number,
        due_on=due_on,
        currency=row.currency,
        amount=row.gross,
        open_amount=row.gross,
    )


def _settlements(claims: Sequence[tuple[InvoiceRow, Item]], load: Load) -> tuple[Sequence[Payment], list[AllocationEntry]]:
    """What the rows say was paid, and what it settles; not stored yet, but the items know."""
    paid = [
        (item, payment_for(row, row.payment, customer=item.customer_id, amount=row.payment.amount, load=load))
        for row, item in claims
        if row.payment
    ]
    payments = number([payment for _, payment in paid])
    return payments, [lower(item, payment.amount, cause=Cause.of(payment), on=payment.booked_on) for item, payment in paid]


def _items_referred_to(rows: Sequence[InvoiceRow], load: Load) -> dict[str, list[Item]]:
    """Number of a credit note → the items of the invoice it is for, by due date; locked."""
    named = {row.reference for row in rows if row.reference}
    items = locked_items(Item.objects.filter(creditor=load.creditor, invoice__number__in=named))
    by_invoice: dict[tuple[str, int, str], list[Item]] = {}
    for item in sorted(items, key=lambda item: (item.due_on, item.position)):
        by_invoice.setdefault((item.invoice.number, item.customer_id, item.currency), []).append(item)
    return {row.number: by_invoice.get((row.reference, load.customer_of(row), row.currency), []) for row in rows}


def _credit_note(row: InvoiceRow, items: Sequence[Item], load: Load) -> Invoice:
    note = _invoice(row, load)
    note.kind = DocumentKind.CREDIT_NOTE
    note.corrects = items[0].invoice if items else None
    return note
