"""A table that nobody described yet: what its columns are called and hold, which of our fields they may be, and what a profile would read.

Guesses are shown to a person, who decides; the profile that comes of it guesses nothing. Pure.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import islice
from typing import Any

from invoices.intake.cells import Problem, Record, Shape
from invoices.intake.csv_table import invoice_row
from invoices.intake.customer_table import customer_line
from invoices.intake.layout import MAX_COLUMNS, check_size, clipped, folded
from invoices.intake.open_items import open_item
from invoices.intake.opening_table import opening_row
from invoices.intake.profile import DELIMITERS, ColumnProfile, builtin_profiles
from invoices.intake.records import Numbered, Unreadable, is_workbook, records
from invoices.intake.sheets import AMOUNTS, DAYS, SHEETS, WORDS
from invoices.intake.workbook import workbook_records
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

ROWS = 20
"""Looked at for guesses and shown as they would be read."""
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y.%m.%d")
"""In the order in which they are tried: where both fit, the day comes before the month."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The beginning of a table. `delimiter` is "," for a workbook, which has none.

    above: the line over the first row, 0 where there is none; it names the columns, or else tells of the file and `is_named` is false.
    """

    headers: tuple[str, ...]
    rows: tuple[Numbered, ...]
    delimiter: str
    is_workbook: bool = False
    above: int = 1
    is_named: bool = True

    def samples(self, column: int) -> list[str]:
        """The first different cells of a column that say something."""
        cells = (cells[column].strip() for _line, cells in self.rows if column < len(cells))
        return list(dict.fromkeys(cell for cell in cells if cell))


@dataclass(frozen=True, slots=True)
class Guessed:
    """What a table may mean: our field → header, and how its days and amounts are written."""

    columns: Mapping[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    decimal: str = "."
    thousands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as a profile reads it: the value of each field in its order, as text, and what is wrong with it."""

    line: int
    values: tuple[str, ...]
    problems: tuple[Problem, ...]


def see(data: bytes, *, encoding: str = "auto", delimiter: str = "") -> Seen:
    """The header and the first rows. Raises `Refused` for what is no table, names a column twice, or has none."""
    check_size(len(data))
    try:
        lines = _lines(data, encoding, delimiter)
    except Unreadable as fault:
        raise Refused(fault.reason) from None
    if not lines or sum(1 for cell in lines[0][1] if cell.strip()) < 2:
        raise Refused(gettext_noop("The first line must name the columns, two at least. Delete what stands above it and try again."))
    headers = tuple(lines[0][1])
    if len(headers) > MAX_COLUMNS:
        raise Refused(gettext_noop("The table has %(n)s columns; at most %(most)s are read."), n=len(headers), most=MAX_COLUMNS)
    names = [folded(header) for header in headers if header.strip()]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise Refused(gettext_noop("The column %(name)r stands twice in the first line. Give each its own name."), name=clipped(twice))
    found = delimiter or ("," if is_workbook(data) else _delimiter(data, encoding))
    return Seen(headers, tuple(lines[1:]), found, is_workbook(data))


def _lines(data: bytes, encoding: str, delimiter: str) -> list[Numbered]:
    if is_workbook(data):
        return list(islice(workbook_records(data, dates="%Y-%m-%d", decimal=".", most_columns=MAX_COLUMNS), ROWS + 1))
    return _first(data, encoding, delimiter or _delimiter(data, encoding))


def _first(data: bytes, encoding: str, delimiter: str) -> list[Numbered]:
    _encoding, found = records(data, encoding=encoding, delimiter=delimiter)
    return list(islice(found, ROWS + 1))


def _delimiter(data: bytes, encoding: str) -> str:
    """The separator that divides most rows as it divides the header, into the most columns."""
    return max(DELIMITERS, key=lambda sign: _fit(data, encoding, sign))


def _fit(data: bytes, encoding: str, sign: str) -> tuple[int, int]:
    try:
        rows = [cells for _line, cells in _first(data, encoding, sign)]
    except Unreadable:
        return 0, 0
    width = len(rows[0]) if rows else 0
    return (sum(1 for cells in rows if len(cells) == width), width) if width > 1 else (0, width)


# -- guessing


def guess(seen: Seen, table: str) -> Guessed:
    """Which column may be which field, by its name; and the formats that all its samples have."""
    columns: dict[str, str] = {}
    names = {plain(header): header for header in reversed(seen.headers) if header.strip()}
    for said, name in _synonyms(table):
        if said in names and name not in columns and names[said] not in columns.values():
            columns[name] = names[said]
    at = {header: column for column, header in enumerate(seen.headers)}
    columns = dict(sorted(columns.items(), key=lambda pair: at[pair[1]]))
    days = [cell for name in DAYS if name in columns for cell in seen.samples(at[columns[name]])]
    amounts = [cell for name in AMOUNTS if name in columns for cell in seen.samples(at[columns[name]])]
    decimal, thousands = amount_signs(amounts)
    return Guessed(columns, date_formats(days), decimal, thousands)


def date_formats(cells: Sequence[str]) -> tuple[str, ...]:
    """The first format that reads all of these; ISO where none does, or where there are none."""
    return (next((known for known in DATE_FORMATS if cells and all(_is_day(cell, known) for cell in cells)), "%Y-%m-%d"),)


def amount_signs(cells: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The decimal sign and the signs between groups of three digits, as these amounts have them."""
    texts = list(cells)
    ends = [found[1] for cell in texts if (found := re.search(r"([.,])[0-9]{1,2}\D*$", cell))]
    decimal = "," if ends.count(",") > ends.count(".") else "."
    other = "." if decimal == "," else ","
    has_other = any(re.search(rf"[0-9]{re.escape(other)}[0-9]{{3}}", cell) for cell in texts)
    return decimal, (" ", other) if has_other else (" ",)


def _is_day(cell: str, written: str) -> bool:
    pattern = re.escape(written).replace("%d", "(?P<d>[0-9]{1,2})").replace("%m", "(?P<m>[0-9]{1,2})").replace("%Y", "(?P<Y>[0-9]{4})")
    found = re.fullmatch(pattern, cell)
    try:
        return found is not None and bool(date(int(found["Y"]), int(found["m"]), int(found["d"])))
    except ValueError:
        return False


def plain(header: str) -> str:
    """A header by its letters and digits: without case, accents and signs."""
    text = unicodedata.normalize("NFKD", header.replace("ł", "l").replace("Ł", "L")).casefold()
    return "".join(sign for sign in text if sign.isalnum())


@cache
def _synonyms(table: str) -> tuple[tuple[str, str], ...]:
    """Names of columns with the field that they mean: those of the built-in profiles first, then what other programs write."""
    built_in = [
        (plain(header), name)
        for profile in builtin_profiles().values()
        if profile.table == table
        for name, header in profile.columns.items()
    ]
    further = [(plain(header), name) for name, headers in _SYNONYMS.items() for header in headers]
    ours = [(plain(name), name) for name in SHEETS[table].fields]
    return tuple((said, name) for said, name in (*built_in, *ours, *further) if name in SHEETS[table].fields)


_SYNONYMS = {
    "number": (
        "Nr faktury",
        "Numer",
        "Nr dokumentu",
        "Numer dokumentu",
        "Nr",
        "Faktura",
        "Dokument",
        "Invoice number",
        "Invoice no",
        "Invoice",
    ),
    "issued_on": ("Wystawiono", "Data wystawienia", "Data faktury", "Data dokumentu", "Issue date", "Invoice date", "Date issued"),
    "due_on": ("Termin", "Termin płatności", "Termin zapłaty", "Data płatności", "Płatne do", "Due date", "Due"),
    "gross": ("Brutto", "Wartość brutto", "Kwota brutto", "Razem brutto", "Kwota", "Wartość", "Gross", "Total", "Amount", "Gross amount"),
    "net": ("Netto", "Kwota netto", "Wartość netto", "Razem netto", "Net", "Net amount"),
    "vat_amount": ("Kwota VAT", "Wartość VAT", "Podatek", "VAT amount", "Tax amount"),
    "open_amount": (
        "Pozostało",
        "Do zapłaty",
        "Saldo",
        "Pozostaje do zapłaty",
        "Należność",
        "Open",
        "Open amount",
        "Balance",
        "Outstanding",
    ),
    "paid_amount": ("Zapłacono", "Wpłacono", "Rozliczono", "Kwota zapłacona", "Paid", "Paid amount", "Amount paid"),
    "paid_on": ("Data zapłaty", "Data wpłaty", "Zapłacono dnia", "Paid on", "Payment date"),
    "currency": ("Waluta", "Currency"),
    "customer_number": (
        "Nr klienta",
        "Kod kontrahenta",
        "Kod klienta",
        "Symbol kontrahenta",
        "Akronim",
        "Customer no",
        "Customer number",
        "Customer id",
    ),
    "customer_name": (
        "Kontrahent",
        "Klient",
        "Nabywca",
        "Nazwa kontrahenta",
        "Nazwa klienta",
        "Nazwa",
        "Customer",
        "Customer name",
        "Name",
    ),
    "tax_id": ("NIP", "NIP kontrahenta", "NIP nabywcy", "NIP klienta", "VAT number", "VAT ID", "Tax ID"),
    "regon": ("REGON", "Numer REGON"),
    "krs": ("KRS", "Numer KRS", "Nr KRS"),
    "email": ("E-mail", "Email", "Adres e-mail", "Mail", "Poczta"),
    "phone": ("Telefon", "Tel.", "Nr telefonu", "Phone", "Mobile"),
    "street": ("Ulica", "Adres", "Street", "Address"),
    "postcode": ("Kod pocztowy", "Kod", "Postcode", "Zip"),
    "city": ("Miasto", "Miejscowość", "City"),
    "country": ("Kraj", "Country"),
    "reference": ("Korekta do", "Numer korygowanej", "Reference"),
    "kind": ("Typ dokumentu", "Rodzaj", "Type", "Kind"),
    "contact_name": ("Osoba kontaktowa", "Kontakt", "Contact", "Contact name"),
}


# -- a profile, and what it reads


def profile_of(seen: Seen, table: str, *, name: str, columns: Mapping[str, str], **layout: Any) -> ColumnProfile:
    """The profile that a person has described. Every header without a field is known and not read; words for our words are those of the
    Polish built-in profile. Raises `ProfileError` for parts that do not go together.
    """
    used = {folded(header) for header in columns.values()}
    ignored = tuple(header for header in seen.headers if header.strip() and folded(header) not in used)
    words = {field_: meanings for field_, meanings in _words().items() if field_ in columns}
    return ColumnProfile(name=name, table=table, columns=columns, ignored=ignored, delimiter=seen.delimiter, words=words, **layout)


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for profile in builtin_profiles().values():
        for name, meanings in profile.words.items():
            found[name] = {**found.get(name, {}), **meanings}
    return found


def preview(data: bytes, profile: ColumnProfile, *, on: date) -> list[ReadRow]:
    """The first rows as the profile reads them, with what keeps each out. Raises `Refused` where the file cannot be read at all."""
    try:
        lines = _as_profile(data, profile)
    except Unreadable as fault:
        raise Refused(fault.reason) from None
    at = {folded(header): column for column, header in enumerate(lines[0][1])} if lines else {}
    places = {name: at[folded(header)] for name, header in profile.columns.items() if folded(header) in at}
    shape, take = Shape(profile), _TAKERS[profile.table]
    return [_read_row(line, cells, places, shape, take, profile, on) for line, cells in lines[1:]]


def _as_profile(data: bytes, profile: ColumnProfile) -> list[Numbered]:
    if is_workbook(data):
        found: Iterator[Numbered] = workbook_records(data, dates=profile.dates[0], decimal=profile.decimal, most_columns=MAX_COLUMNS)
        return list(islice(found, ROWS + 1))
    return _first(data, profile.encoding, profile.delimiter)


Taker = Callable[[Record, str, date], Any]
_TAKERS: Mapping[str, Taker] = {
    "invoices": lambda record, currency, on: invoice_row(record, currency),
    "customers": lambda record, currency, on: customer_line(record),
    "opening": lambda record, currency, on: opening_row(record, currency, on=on),
    "open_items": lambda record, currency, on: open_item(record, currency),
}


def _read_row(
    line: int, cells: Sequence[str], places: Mapping[str, int], shape: Shape, take: Taker, profile: ColumnProfile, on: date
) -> ReadRow:
    record = Record(line, {name: cells[at] if at < len(cells) else "" for name, at in places.items()}, shape)
    take(record, profile.currency, on)
    values = tuple(_value(name, cells[at].strip() if at < len(cells) else "", shape) for name, at in places.items())
    return ReadRow(line, values, tuple(record.problems))


def _value(name: str, cell: str, shape: Shape) -> str:
    """What a cell means, as text; as it stands where it cannot be read."""
    if name in DAYS:
        day = shape.day(cell)
        return day.isoformat() if day else cell
    if name in AMOUNTS:
        return shape.plain(cell) or cell
    if name in WORDS:
        return shape.words[name].get(cell.casefold(), cell)
    return cell
