"""Parsed invoices against what the books know: new, paid further, unchanged, or a contradiction that keeps the file out."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from invoices.actions.identifiers import plain_tax_id
from invoices.actions.imports.buyers import Buyer, Buyers
from invoices.actions.papers.persons import Persons
from invoices.intake.cells import Problem
from invoices.intake.csv_table import InvoiceRow
from invoices.intake.parsed import ZERO, ParsedInvoice
from invoices.models import SETTLED_BY_PAYING, AllocationEntry, Customer, Invoice
from invoices.states import InvoiceState
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.core.money import Money

MOST_TOLD = 100
JPK = "jpk_fa"


@dataclass(slots=True)
class Sorting:
    """The invoices of a file by what is to be done with them."""

    found: list[ParsedInvoice] = field(default_factory=list)  # all that the file holds, in its order
    rows: dict[str, InvoiceRow] = field(default_factory=dict)  # by invoice number: how its buyer is found
    buyers: dict[str, Buyer] = field(default_factory=dict)  # by invoice number
    new: list[ParsedInvoice] = field(default_factory=list)
    paid_more: list[tuple[ParsedInvoice, Invoice]] = field(default_factory=list)
    completed: list[tuple[ParsedInvoice, Invoice]] = field(default_factory=list)  # known from a table, or without the KSeF number
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """Known invoices of which the file says more."""
        return len({invoice.pk for _one, invoice in (*self.paid_more, *self.completed)})

    @property
    def changes(self) -> bool:
        """Whether anything is to be stored."""
        return bool(self.new or self.changed)


def sort(found: Sequence[ParsedInvoice], *, creditor: Creditor) -> Sorting:
    """Look every invoice up. Changes nothing; the caller holds the company's row."""
    sorting = Sorting(found=list(found))
    once = list(_once(found, sorting))
    persons = Persons(once, creditor)
    sorting.rows = {one.number: _row(one, creditor, persons) for one in once}
    known = _Known(once, creditor)
    buyers = Buyers(list(sorting.rows.values()), creditor)
    if not creditor.tax_id and once:
        sorting.warnings.append(Problem(0, None, _NO_OWN_NUMBER))
    for one in once:
        sorting.problems += _foreign(one, creditor)
        _place(one, known, buyers, sorting)
    if len(sorting.problems) > MOST_TOLD:
        more = len(sorting.problems) - MOST_TOLD
        sorting.problems[MOST_TOLD:] = [Problem(0, None, f"and {more:,} more.")]
    return sorting


_NO_OWN_NUMBER = "The company has no tax number: nobody can tell whether these are its sales or its purchases. Enter it in the settings."


def digest_of(one: ParsedInvoice) -> str:
    """A digest of what was issued: the same for another file of the same invoice, whatever has been paid since."""
    parts = (
        one.number, one.kind, one.currency, one.issued_on, f"{one.total:.4f}", f"{one.to_pay:.4f}", one.due,
        plain_tax_id(one.buyer.tax_id) or one.buyer.name, one.corrects,
    )  # fmt: skip
    return hashlib.sha256(repr([str(part) for part in parts]).encode()).hexdigest()


def _once(found: Sequence[ParsedInvoice], sorting: Sorting) -> Iterator[ParsedInvoice]:
    """Each number once. The same invoice may stand in an archive twice; two that differ keep it out."""
    first: dict[str, ParsedInvoice] = {}
    for one in found:
        before = first.setdefault(one.number, one)
        if before is one:
            yield one
        elif digest_of(before) == digest_of(one):
            sorting.unchanged += 1
        else:
            sorting.problems.append(
                Problem(0, one.place or None, f"The number {one.number} stands in the file twice, with different contents.")
            )


def _row(one: ParsedInvoice, creditor: Creditor, persons: Persons) -> InvoiceRow:
    """The buyer as tables name them, so that both ways find and make the same customers."""
    buyer = one.buyer
    return InvoiceRow(
        number=one.number, issued_on=one.issued_on, due_on=None, gross=abs(one.to_pay), currency=one.currency,
        customer_number=_number(one, creditor, persons), customer_name=buyer.name or buyer.email, customer_kind=buyer.kind,
        tax_id=plain_tax_id(buyer.tax_id), email=buyer.email, phone=buyer.phone, street=buyer.street, postcode=buyer.postcode,
        city=buyer.city, country=buyer.country if len(buyer.country) == 2 else "",
    )  # fmt: skip


def _number(one: ParsedInvoice, creditor: Creditor, persons: Persons) -> str:
    """The seller's own number where the books know nobody by the tax number; a buyer without one is never found by the name alone."""
    buyer, customers = one.buyer, Customer.objects.filter(creditor_id=creditor.pk)
    if buyer.number and not (buyer.tax_id and customers.filter(tax_id=plain_tax_id(buyer.tax_id)).exists()):
        return buyer.number
    return "" if buyer.tax_id else persons.number_of(one)


def _foreign(one: ParsedInvoice, creditor: Creditor) -> Iterator[Problem]:
    """What somebody else sold is a purchase, or belongs to another company."""
    ours = plain_tax_id(creditor.tax_id).removeprefix("PL")
    theirs = {plain_tax_id(number).removeprefix("PL") for number in (one.seller.tax_id, *one.seller.other_ids)}
    if ours and ours not in theirs:
        seller = f"{one.seller.name} ({one.seller.tax_id})"
        reason = f"{one.number} was sold by {seller}, not by {creditor.name} ({creditor.tax_id}): a purchase, or of another company."
        yield Problem(0, one.place or None, reason)


class _Known:
    """What the books have of the numbers in a file."""

    def __init__(self, found: Sequence[ParsedInvoice], creditor: Creditor) -> None:
        rows = Invoice.objects.filter(creditor_id=creditor.pk).select_related("customer", "source_file")
        self.by_number = {row.number: row for row in rows.filter(number__in=[one.number for one in found])}
        keys = [one.ksef_number for one in found if one.ksef_number]
        self.by_ksef = {row.source_file.ksef_number: row for row in rows.filter(source_file__ksef_number__in=keys)}


def _place(one: ParsedInvoice, known: _Known, buyers: Buyers, sorting: Sorting) -> None:
    row = sorting.rows[one.number]
    if not (row.customer_number or row.tax_id or row.customer_name):
        sorting.problems.append(Problem(0, one.place or None, f"{one.number} names no buyer."))
        return
    try:
        sorting.buyers[one.number] = buyers.of(row)
    except Refused as refusal:
        sorting.problems.append(Problem(0, one.place or None, f"The buyer of {one.number} {refusal}"))
        return
    there = known.by_number.get(one.number)
    other = known.by_ksef.get(one.ksef_number)
    if other is not None and other != there:
        sorting.problems.append(Problem(0, one.place or None, f"The KSeF number {one.ksef_number} belongs to {other.number} in the books."))
    elif there is None and one.to_pay == 0:
        sorting.warnings.append(Problem(0, one.place or None, f"{one.number} asks for nothing; it is not stored."))
        sorting.unchanged += 1
    elif there is None:
        sorting.new.append(one)
    else:
        _again(one, there, sorting)


def _again(one: ParsedInvoice, there: Invoice, sorting: Sorting) -> None:
    if problems := list(_contradictions(one, there)):
        sorting.problems += problems
        return
    booked = booked_on(there)
    claims = one.kind.is_claim and there.state == InvoiceState.ISSUED and one.to_pay > 0
    is_paid_more = claims and one.paid_in_all > booked
    if is_paid_more:
        sorting.paid_more.append((one, there))
    if _says_more(one, there):
        sorting.completed.append((one, there))
    elif not is_paid_more:
        sorting.unchanged += 1


def _says_more(one: ParsedInvoice, there: Invoice) -> bool:
    """Whether the file has what the books lack of a known invoice. A JPK is no paper of any one invoice."""
    if there.state != InvoiceState.ISSUED:
        return False
    source = getattr(there, "source_file", None)
    if source is None or source.form == JPK:
        return bool(one.source)
    return bool(one.ksef_number and not source.ksef_number)


def booked_on(invoice: Invoice) -> Decimal:
    """What payments have settled of an invoice, those taken back included: money that was charged back does not come again."""
    entries = AllocationEntry.objects.filter(item__invoice=invoice, source__in=SETTLED_BY_PAYING, is_reversal=False)
    return entries.aggregate(sum=Sum("amount"))["sum"] or ZERO


def _contradictions(one: ParsedInvoice, there: Invoice) -> Iterator[Problem]:
    """What was issued is never edited: a number stands for one invoice."""
    if there.source_digest == digest_of(one):
        return
    source = getattr(there, "source_file", None)
    if source is not None and source.facts.get("digest") == digest_of(one):
        return
    if source is not None and JPK in (one.form, there.source):
        yield from _beyond_a_jpk(one, there, Decimal(source.facts["total"]))
        return
    is_of_a_file = source is not None
    differences = [
        ("amount", Money(there.gross, there.currency), Money(abs(one.to_pay), one.currency)),
        ("day of issue", there.issued_on, one.issued_on),
        ("kind", there.kind, str(one.kind)),
    ]
    told = [f"{what} {old} in the books, {new} here" for what, old, new in differences if str(old) != str(new)]
    if not told and not is_of_a_file:
        return  # it came by a table before, which says less
    says = "; ".join(told) or "another due date, buyer or corrected invoice"
    yield _known_otherwise(one, says)


def _beyond_a_jpk(one: ParsedInvoice, there: Invoice, total: Decimal) -> Iterator[Problem]:
    """A JPK says nothing of due dates, settlements and finer kinds: what both state must agree."""
    differences = [
        ("total", Money(total, there.currency), Money(one.total, one.currency)),
        ("day of issue", there.issued_on, one.issued_on),
    ]
    told = [f"{what} {old} in the books, {new} here" for what, old, new in differences if str(old) != str(new)]
    if told:
        yield _known_otherwise(one, "; ".join(told))


def _known_otherwise(one: ParsedInvoice, says: str) -> Problem:
    reason = f"The number {one.number} is known with other contents: {says}. An issued invoice is never edited; withdraw it first."
    return Problem(0, one.place or None, reason)
