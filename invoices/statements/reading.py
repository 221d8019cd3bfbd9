"""Which format a file is in, and its statements. The name of the file decides nothing."""

from collections.abc import Callable, Mapping

from invoices.statements import bank_csv, camt, mt940, ofx
from invoices.statements.csv_profile import BankProfile
from invoices.statements.parsed import MAX_BYTES, Statement, UnreadableStatement

READERS: Mapping[str, Callable[[bytes], list[Statement]]] = {"mt940": mt940.read, "camt": camt.read, "ofx": ofx.read, "csv": bank_csv.read}
FORMATS = ("auto", *READERS)
_SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or a workbook"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
)


def read_statements(data: bytes, *, form: str = "auto", profile: BankProfile | None = None) -> list[Statement]:
    """The statements of a file. Raises `UnreadableStatement` with a sentence for what cannot be read."""
    check_text(data)
    form = format_of(data) if form == "auto" else form
    return bank_csv.read(data, profile) if form == "csv" else READERS[form](data)


def check_text(data: bytes) -> None:
    """Raise `UnreadableStatement` for what is too big, empty, or no text at all."""
    if len(data) > MAX_BYTES:
        raise UnreadableStatement(f"The file has {len(data) / 1024 / 1024:.1f} MB; at most {MAX_BYTES // 1024 // 1024} MB are read.")
    if not data.strip():
        raise UnreadableStatement("The file is empty.")
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableStatement(f"This is {what}, not a bank statement. Export the statement as MT940, CAMT, OFX or CSV.")


def check_layout(data: bytes, profile: BankProfile | None = None) -> None:
    """Raise `UnknownLayout` for a table that no layout fits, as reading all of it would. Looks at the beginning alone."""
    check_text(data)
    if format_of(data) == "csv":
        bank_csv.read(bank_csv.head_of(data).encode(), profile)


def format_of(data: bytes) -> str:
    """The format by what the file says of itself; a table where it says nothing."""
    if camt.looks_like(data):
        return "camt"
    if ofx.looks_like(data):
        return "ofx"
    if mt940.looks_like(data):
        return "mt940"
    if data.lstrip()[:5] == b"<?xml":
        return "camt"  # its reader says what it found instead
    return "csv"
