"""Rows of a file against what the books know: new, changed, unchanged, or a contradiction that keeps the file out."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from invoices.actions.imports.batches import in_batches
from invoices.actions.imports.buyers import Buyer, Buyers, doubts, first_rows
from invoices.intake.cells import Problem
from invoices.intake.csv_table import InvoiceRow
from invoices.intake.profile import ColumnProfile
from invoices.models import Invoice, Item
from invoices.states import InvoiceState
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.core.money import Money

MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Known:
    """An invoice as the books have it. `due_on` is None where its instalments have several due dates, or none."""

    pk: int
    due_on: date | None
    number: str
    customer: int
    customer_number: str
    currency: str
    gross: Decimal
    kind: str
    state: str
    issued_on: date
    digest: str


@dataclass(slots=True)
class Sorting:
    """The rows of a file by what is to be done with them."""

    buyers: dict[str, Buyer] = field(default_factory=dict)  # by invoice number
    new: list[InvoiceRow] = field(default_factory=list)
    changed: list[tuple[InvoiceRow, Known]] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def sort(rows: Sequence[InvoiceRow], *, creditor: Creditor, profile: ColumnProfile) -> Sorting:
    """Look every row up. Changes nothing, and holds no lock."""
    sorting = Sorting()
    buyers = Buyers(rows, creditor)
    for batch in in_batches(rows):
        known = _known(batch, creditor)
        for row in batch:
            _place(row, known.get(row.number), buyers, sorting, profile)
    for row in first_rows(sorting.new, sorting.buyers).values():
        sorting.warnings += doubts(row, creditor, profile) if len(sorting.warnings) < MOST_TOLD else []
    return sorting


def digest_of(row: InvoiceRow, buyer: Buyer) -> str:
    """A digest of what the books take from a row; the address of a customer is not in it."""
    paid, disputed = row.payment, row.dispute
    parts = (
        row.number, buyer.number, row.kind, row.issued_on, row.due_on, f"{row.gross:.4f}", row.currency, row.reference,
        paid and (f"{paid.amount:.4f}", str(paid.on)), disputed and (str(disputed.resolved_on),),
    )  # fmt: skip
    return hashlib.sha256(repr([str(part) for part in parts]).encode()).hexdigest()


def _place(row: InvoiceRow, known: Known | None, buyers: Buyers, sorting: Sorting, profile: ColumnProfile) -> None:
    try:
        buyer = sorting.buyers[row.number] = buyers.of(row)
    except Refused as refusal:
        sorting.problems.append(Problem(row.line, _column("customer_name", profile), str(refusal)))
        return
    if known is None:
        problems = list(_misplaced(row, profile))
        sorting.new.append(row)
    elif known.digest == digest_of(row, buyer):
        sorting.unchanged += 1
        return
    else:
        problems = list(_contradictions(row, known, buyer, profile))
        sorting.changed.append((row, known))
    sorting.problems += problems


def _misplaced(row: InvoiceRow, profile: ColumnProfile) -> Iterator[Problem]:
    """Money and disputes belong to claims."""
    if row.kind.is_claim:
        return
    if row.payment:
        column = _column("paid_amount", profile) or _column("settled_on", profile)
        yield Problem(
            row.line,
            column,
            f"A {row.kind.replace('_', ' ')} is no claim that could be paid. Leave this empty and book the payment by itself.",
        )
    if row.dispute:
        yield Problem(row.line, _column("disputed", profile), f"A {row.kind.replace('_', ' ')} is no claim that could be disputed.")


def _contradictions(row: InvoiceRow, known: Known, buyer: Buyer, profile: ColumnProfile) -> Iterator[Problem]:
    """What was issued is never edited: a number stands for one invoice."""
    if known.state == InvoiceState.DRAFT:
        yield Problem(row.line, profile.columns["number"], f"{row.number} stands in the books as a draft. Issue or withdraw it first.")
    one_currency = known.currency == row.currency
    differences = [
        ("gross", "amount", _money(known.gross, known), _money(row.gross if one_currency else known.gross, known)),
        ("currency", "currency", known.currency, row.currency),
        ("customer_number", "customer", known.customer_number, buyer.number),
        ("kind", "kind of document", known.kind, row.kind.value),
        ("issued_on", "day of issue", str(known.issued_on), str(row.issued_on)),
        ("due_on", "due date", str(known.due_on or row.due_on), str(row.due_on)),
    ]
    for name, what, there, said in differences:
        if there != said:
            says = f"The number {row.number} is known with another {what}: {there} in the books, {said} here."
            yield Problem(
                row.line, _column(name, profile), f"{says} An issued invoice is never edited; correct the file, or withdraw the invoice."
            )


def _money(amount: Decimal, known: Known) -> str:
    return str(Money(amount, known.currency))


def _column(name: str, profile: ColumnProfile) -> str | None:
    return profile.columns.get(name)


def _known(rows: Sequence[InvoiceRow], creditor: Creditor) -> dict[str, Known]:
    invoices = Invoice.objects.filter(creditor_id=creditor.pk, number__in=[row.number for row in rows])
    found = {pk: values for pk, *values in invoices.values_list("pk", *_COLUMNS)}
    due = _due_dates(found)
    return {values[0]: Known(pk, due.get(pk), *values) for pk, values in found.items()}


_COLUMNS = ("number", "customer_id", "customer__number", "currency", "gross", "kind", "state", "issued_on", "source_digest")


def _due_dates(invoices: Iterable[int]) -> dict[int, date | None]:
    """Invoice → due date of its only item."""
    due: dict[int, date | None] = {}
    for invoice, due_on in Item.objects.filter(invoice__in=invoices).values_list("invoice", "due_on"):
        due[invoice] = None if invoice in due else due_on
    return due
