"""Lists of open items: what the ledger of record says is open. Pure."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from invoices.intake.cells import Record
from invoices.intake.layout import Read, read
from invoices.intake.profile import ColumnProfile


@dataclass(frozen=True, slots=True)
class Listed:
    """One line: what is open under a number. Below zero it is credit. An invoice may have several lines, one for each instalment."""

    number: str
    amount: Decimal
    currency: str
    due_on: date | None = None
    company: str = ""  # whose list it is, where it says so
    line: int = field(default=0, compare=False)


def read_open_items(data: bytes, profile: ColumnProfile, *, currency: str | None = None) -> Read[Listed]:
    """The lines of a list, in their order."""
    default = currency or profile.currency
    return read(data, profile, lambda record: open_item(record, default), key=None)


def open_item(record: Record, default_currency: str) -> Listed | None:
    """What a record says is open; None where it cannot be read, and then the record knows why."""
    currency = record.currency(default_currency)
    number, amount = record.text("number", required=True), record.amount("open_amount", currency, required=True)
    due_on, company = record.day("due_on"), record.text("company")
    if record.problems or amount is None:
        return None
    return Listed(number, amount, currency, due_on, company, record.line)
