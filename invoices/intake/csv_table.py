"""Tables of invoices in CSV: bytes and a column profile to rows, or to problems that name line, column and reason.

Pure: nothing is stored, nothing is raised for what a file contains. A file with any problem is refused whole by the caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import attrgetter

from invoices.intake.cells import Problem, Record
from invoices.intake.layout import MAX_BYTES, Read, check_size, read
from invoices.intake.profile import ColumnProfile, builtin_profiles, parse_profile, write_profile
from invoices.intake.sheets import NAMING_A_CUSTOMER
from invoices.states import DocumentKind, Kind
from receivables.core.money import round_to_unit

__all__ = [
    "MAX_BYTES",
    "ColumnProfile",
    "Dispute",
    "InvoiceRow",
    "Payment",
    "Problem",
    "Table",
    "builtin_profiles",
    "check_size",
    "parse_profile",
    "read_table",
    "write_profile",
]


@dataclass(frozen=True, slots=True)
class Payment:
    """What the row says was paid on the invoice. `on` is None where the file does not say when."""

    amount: Decimal
    on: date | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """The row says the invoice was disputed. `resolved_on` is None while it still is."""

    resolved_on: date | None


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice as the file has it; "" is an empty cell or no column (`Table.fields` tells which). Identifiers are not checked here."""

    number: str
    issued_on: date
    due_on: date | None  # always there on a claim
    gross: Decimal  # positive, in `currency`; of a credit note too
    currency: str
    kind: DocumentKind = DocumentKind.INVOICE
    sale: str = "goods"
    reference: str = ""
    order_number: str = ""
    contract_number: str = ""
    branch: str = ""
    payment_method: str = ""
    is_subscription: bool | None = None  # None: the file does not say
    customer_number: str = ""
    customer_name: str = ""
    customer_kind: Kind = Kind.UNKNOWN
    tax_id: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    is_insured: bool | None = None
    payment: Payment | None = None
    dispute: Dispute | None = None
    net: Decimal | None = None  # with `vat` it should give `gross`
    vat: Decimal | None = None
    line: int = field(default=0, compare=False)


Table = Read[InvoiceRow]


def read_table(data: bytes, profile: ColumnProfile, *, currency: str | None = None) -> Table:
    """The invoices of a table. `currency` is the company's, for rows that name none; without it the profile's."""
    default = currency or profile.currency
    return read(data, profile, lambda record: invoice_row(record, default), key=attrgetter("number"))


def invoice_row(record: Record, default_currency: str) -> InvoiceRow | None:
    """What a record says of an invoice; None where it cannot be read, and then the record knows why."""
    kind = DocumentKind(record.word("kind", DocumentKind.INVOICE))
    currency = record.currency(default_currency)
    number = record.text("number", required=True)
    issued_on, due_on = _term(record, kind)
    gross = _gross(record, currency)
    texts = {name: record.text(name) for name in _FREE_TEXTS}
    codes = {name: record.code(name) for name in ("country", "language")}
    customer_kind, sale = Kind(record.word("customer_kind", Kind.UNKNOWN)), record.word("sale", "goods")
    _name_customer(record, texts)
    payment, dispute = _payment(record, gross, currency), _dispute(record)
    net, vat = record.figure("net", currency), record.figure("vat_amount", currency)
    tags, is_subscription, is_insured = record.tags("tags"), record.said("subscription"), record.said("insured")
    if record.problems or gross is None or issued_on is None:
        return None
    return InvoiceRow(
        number=number,
        issued_on=issued_on,
        due_on=due_on,
        gross=gross,
        currency=currency,
        kind=kind,
        sale=sale,
        customer_kind=customer_kind,
        tags=tags,
        is_subscription=is_subscription,
        is_insured=is_insured,
        payment=payment,
        dispute=dispute,
        net=net,
        vat=_tax(net, vat, gross, currency),
        line=record.line,
        **texts,
        **codes,
    )


_FREE_TEXTS = (
    "reference", "order_number", "contract_number", "branch", "payment_method",
    "customer_number", "customer_name", "tax_id", "email", "phone", "street",
    "postcode", "city",
)  # fmt: skip


def _term(record: Record, kind: DocumentKind) -> tuple[date | None, date | None]:
    """The days of issue and of payment; what is no claim needs no day of payment."""
    issued_on = record.day("issued_on", required=True)
    due_on = record.day("due_on", required=kind.is_claim)
    if issued_on and due_on and due_on < issued_on:
        record.complain("due_on", f"{due_on} lies before the day of issue, {issued_on}.")
    return issued_on, due_on


def _gross(record: Record, currency: str) -> Decimal | None:
    gross = record.amount("gross", currency, required=True)
    if gross is not None and gross <= 0:
        what = "zero" if gross == 0 else f"negative ({gross})"
        record.complain("gross", f"is {what}. A total must be positive; what lowers a debt is a credit note with a positive total.")
        return None
    return gross


def _name_customer(record: Record, texts: Mapping[str, str]) -> None:
    """By number wherever there is a column for it, for the same customer must not stand in the books twice; else by name or tax number."""
    there = [name for name in NAMING_A_CUSTOMER if record.has(name)]
    if "customer_number" in there and not texts["customer_number"]:
        record.complain("customer_number", "is empty; it must be filled in.")
    elif not any(texts[name] for name in there):
        record.complain(there[0], "is empty; the customer must be named.")


def _payment(record: Record, gross: Decimal | None, currency: str) -> Payment | None:
    settled_on = record.day("settled_on")
    paid, paid_on = record.amount("paid_amount", currency), record.day("paid_on")
    if gross is None:
        return None
    if paid is not None and not 0 <= paid <= gross:
        record.complain("paid_amount", f"{paid} is {'negative' if paid < 0 else 'more than the total'}; book it as a payment of its own.")
    if paid_on and not paid:
        record.complain("paid_on", "says when, but not how much was paid.")
    if settled_on and paid is not None and paid != gross:
        record.complain("paid_amount", f"{paid} is not the total, yet the invoice is said to be settled on {settled_on}.")
    if settled_on:
        return Payment(gross, settled_on)
    return Payment(paid, paid_on) if paid else None


def _tax(net: Decimal | None, vat: Decimal | None, gross: Decimal, currency: str) -> Decimal | None:
    """The VAT beside a net amount; what lies between net and gross where the column holds the rate, as a bare 23 does."""
    if net is None or vat is None or net + vat == gross or not 0 < vat < 100:
        return vat
    return gross - net if round_to_unit(net * vat / 100, currency) == gross - net else vat


def _dispute(record: Record) -> Dispute | None:
    resolved_on = record.day("dispute_resolved_on")
    return Dispute(resolved_on) if record.word("disputed", "no") == "yes" else None
