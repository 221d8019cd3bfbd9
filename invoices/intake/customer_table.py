"""Tables of customers: who they are and how they are reached. An empty cell says nothing. Pure."""

from dataclasses import dataclass, field
from operator import attrgetter

from invoices.intake.cells import Record
from invoices.intake.layout import Read, read
from invoices.intake.profile import ColumnProfile
from invoices.states import Kind

_TEXTS = ("tax_id", "regon", "krs", "email", "phone", "contact_name", "street", "postcode", "city", "virtual_account")


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """One customer as the file has it; "" and None where it says nothing. Identifiers are not checked here."""

    number: str
    name: str
    kind: Kind | None = None
    tax_id: str = ""
    regon: str = ""
    krs: str = ""
    email: str = ""
    phone: str = ""
    contact_name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    currency: str = ""
    preferred_channel: str = ""
    virtual_account: str = ""
    tags: tuple[str, ...] = ()
    is_insured: bool | None = None
    line: int = field(default=0, compare=False)


def read_customers(data: bytes, profile: ColumnProfile) -> Read[CustomerLine]:
    """The customers of a table."""
    return read(data, profile, customer_line, key=attrgetter("number"), key_field="customer_number")


def customer_line(record: Record) -> CustomerLine | None:
    """What a record says of a customer; None where it cannot be read, and then the record knows why."""
    number, name = record.text("customer_number", required=True), record.text("customer_name", required=True)
    kind = record.word("customer_kind", "")
    line = CustomerLine(
        number=number,
        name=name,
        kind=Kind(kind) if kind else None,
        country=record.code("country"),
        language=record.code("language"),
        currency=record.currency("") if record.said_anything("currency") else "",
        preferred_channel=record.word("preferred_channel", ""),
        tags=record.tags("tags"),
        is_insured=record.said("insured"),
        line=record.line,
        **{name: record.text(name) for name in _TEXTS},
    )
    return None if record.problems else line
