"""Every door that takes files, as a function to the reasons why it keeps one out."""

from collections.abc import Callable, Mapping
from functools import partial

from invoices.actions.bank import import_statement
from invoices.actions.deliveries import media_type_of
from invoices.intake.csv_table import builtin_profiles, read_table
from invoices.intake.customer_table import read_customers
from invoices.intake.layout import Read
from invoices.intake.open_items import read_open_items
from invoices.intake.opening_table import read_opening
from invoices.intake.parsed import UnreadableInvoice
from invoices.intake.reading import read_invoices
from invoices.intake.settlement_table import read_settlement
from receivables.core.errors import Refused
from tests.unit.hostile_files import ON


def _statement(data: bytes) -> list[str]:
    report = import_statement(None, name="x", data=data, on=ON, dry_run=True)
    return [problem.reason for problem in report.problems] + [
        problem.reason for found in report.statements if found.is_doubtful or found.is_balanced is False for problem in found.problems
    ]


def _invoice(data: bytes) -> list[str]:
    try:
        read_invoices(data)
    except UnreadableInvoice as refused:
        return [problem.reason for problem in refused.problems]
    return []


def _table(read: Callable[[bytes], Read[object]], data: bytes) -> list[str]:
    try:
        return [problem.reason for problem in read(data).problems]
    except (UnreadableInvoice, Refused) as refused:
        return [str(refused)]


def _paper(data: bytes) -> list[str]:
    """By its first bytes alone; what is a paper by them is kept as it is and never opened."""
    try:
        media_type_of(data)
    except Refused as refused:
        return [str(refused)]
    return ["It is never opened."] if data.startswith((b"%PDF", b"\x89PNG")) else []


_profiles = builtin_profiles()
DOORS: Mapping[str, Callable[[bytes], list[str]]] = {
    "statement": _statement,
    "invoice": _invoice,
    "invoices": partial(_table, lambda data: read_table(data, _profiles["generic"])),
    "customers": partial(_table, lambda data: read_customers(data, _profiles["customers"])),
    "opening": partial(_table, lambda data: read_opening(data, _profiles["opening"], on=ON)),
    "open items": partial(_table, lambda data: read_open_items(data, _profiles["open-items"])),
    "a paper": _paper,
    "settlements": partial(_table, lambda data: read_settlement(data, _profiles["settlement"], currency="PLN")),
}
"""By name: what gives the reasons why a file is kept out, and nothing where it would be taken."""
