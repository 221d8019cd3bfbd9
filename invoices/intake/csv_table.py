"""Tables of invoices in CSV: bytes and a column profile to rows, or to problems that name line, column and reason.

Pure: nothing is stored, nothing is raised for what a file contains. A file with any problem is refused whole by the caller.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from invoices.intake.cells import Problem, Record, Shape
from invoices.intake.profile import (
    DELIMITERS,
    NAMING_A_CUSTOMER,
    ColumnProfile,
    builtin_profiles,
    parse_profile,
    write_profile,
)
from invoices.intake.records import Unreadable, records
from invoices.states import DocumentKind, Kind
from receivables.core.errors import Refused
from receivables.core.fields import guess

__all__ = [
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

MAX_BYTES = 50 * 1024 * 1024
MAX_COLUMNS = 200
MAX_PROBLEMS = 100  # told
GIVE_UP_AFTER = 10_000  # found; the rest of the file is then not read


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
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """What was read. With any problem the file is to be refused whole; `rows` are then those that could be read.

    problem_count counts all, of which the first 100 stand in `problems`, with a last one that says how many more there are.
    fields: what the file or the profile says, so that an importer leaves alone what it does not.
    repeated: rows that stood there again, saying the same.
    """

    rows: tuple[InvoiceRow, ...] = ()
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    fields: frozenset[str] = frozenset()
    encoding: str = ""
    repeated: int = 0


def check_size(size: int) -> None:
    """Raise `Refused` for a file of more bytes than are read. To be asked before reading it."""
    if size > MAX_BYTES:
        raise Refused(
            f"The file has {size / 1024 / 1024:.1f} MB; at most {MAX_BYTES // 1024 // 1024} MB are read. Split it into several files."
        )


def read_table(data: bytes, profile: ColumnProfile, *, currency: str | None = None) -> Table:
    """The invoices of a table. `currency` is the company's, for rows that name none; without it the profile's."""
    problems = _Problems()
    encoding, reading = "", None
    try:
        encoding, lines = records(data, encoding=profile.encoding, delimiter=profile.delimiter)
        line, header = next(lines, (1, []))
        layout = _layout(line, header, profile, problems)
        if not problems.count:
            reading = _Reading(profile, layout, currency or profile.currency, problems)
            reading.take_all(lines)
    except Unreadable as fault:
        problems.add(Problem(fault.line, None, fault.reason))
    if reading is None:
        return Table(problems=problems.told(), problem_count=problems.count, encoding=encoding)
    named = frozenset(reading.layout.columns) | frozenset(profile.constants)
    return Table(tuple(reading.rows.values()), problems.told(), problems.count, named, encoding, reading.repeated)


class _Problems:
    """The first hundred, and how many there are: a broken file may have millions."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[Problem] = []

    def add(self, *problems: Problem) -> None:
        self.count += len(problems)
        self._kept += problems[: MAX_PROBLEMS + 1 - len(self._kept)]

    def told(self) -> tuple[Problem, ...]:
        """Those kept, with a last one that says how many more there are."""
        if self.count <= MAX_PROBLEMS:
            return tuple(self._kept)
        end = "; the file was not read to its end." if self.count >= GIVE_UP_AFTER else ", from this line on."
        more = Problem(self._kept[MAX_PROBLEMS].line, None, f"and {self.count - MAX_PROBLEMS:,} more{end}")
        return (*self._kept[:MAX_PROBLEMS], more)


# -- the header


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the fields stand. `unnamed` columns have no header and must stay empty."""

    columns: Mapping[str, int]
    unnamed: tuple[int, ...]
    width: int


def _layout(line: int, header: list[str], profile: ColumnProfile, problems: _Problems) -> _Layout:
    if len(header) > MAX_COLUMNS:
        raise Unreadable(line, f"The header has {len(header):,} columns; at most {MAX_COLUMNS} are read.")
    if hint := _other_delimiter(header, profile):
        raise Unreadable(line, hint)
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        first = places.setdefault(_folded(name), index) if name.strip() else index
        if first != index:
            problems.add(Problem(line, _clipped(name), f"stands twice in the header: columns {first + 1} and {index + 1}."))
    problems.add(*_unknown_columns(line, header, profile), *_missing_columns(line, header, places, profile))
    columns = {name: places[_folded(title)] for name, title in profile.columns.items() if _folded(title) in places}
    unnamed = tuple(index for index, name in enumerate(header) if not name.strip())
    return _Layout(columns, unnamed, len(header))


def _folded(header: str) -> str:
    return " ".join(header.split()).casefold()


def _clipped(header: str) -> str:
    """A header as it may be shown: on one line, and short even where a whole file stands in it."""
    one_line = " ".join(header.split())
    return one_line if len(one_line) <= 60 else one_line[:57] + "..."


def _other_delimiter(header: list[str], profile: ColumnProfile) -> str | None:
    """A hint where the header holds one cell which another separator would divide into columns that the profile knows."""
    known = {_folded(title) for title in profile.columns.values()}
    for sign, name in DELIMITERS.items():
        if len(header) == 1 and sum(_folded(part.strip('" ')) in known for part in header[0].split(sign)) > 1:
            expected = DELIMITERS[profile.delimiter]
            return f"The columns are separated by a {name}; the profile {profile.name} expects a {expected}."
    return None


def _unknown_columns(line: int, header: list[str], profile: ColumnProfile) -> Iterator[Problem]:
    titles = tuple(dict.fromkeys([*profile.columns.values(), *profile.ignored]))
    known = {_folded(title) for title in titles}
    for name in header:
        if name.strip() and _folded(name) not in known:
            reason = f"is unknown to the profile {profile.name}{guess(name, titles)} Known: {', '.join(titles)}."
            yield Problem(line, _clipped(name), reason)


def _missing_columns(line: int, header: list[str], places: Mapping[str, int], profile: ColumnProfile) -> Iterator[Problem]:
    there = ", ".join(_clipped(name) for name in header[:30] if name.strip()) or "none"
    for name, title in profile.columns.items():
        if _folded(title) not in places and name not in profile.optional:
            yield Problem(line, title, f"is missing. The file has these columns: {there}.")
    naming = [profile.columns[name] for name in NAMING_A_CUSTOMER if name in profile.columns]
    if not any(_folded(title) in places for title in naming):
        yield Problem(line, naming[0], f"is missing: one column must name the customer ({' or '.join(naming)}).")


# -- the rows


class _Reading:
    """The rows gathered so far. A number that comes again must say the same."""

    def __init__(self, profile: ColumnProfile, layout: _Layout, currency: str, problems: _Problems) -> None:
        self.rows: dict[str, InvoiceRow] = {}
        self.repeated = 0
        self.layout = layout
        self._problems = problems
        self._currency = currency
        self._shape = Shape(profile)

    def take_all(self, lines: Iterable[tuple[int, list[str]]]) -> None:
        """Read the records; what is wrong with them is noted."""
        for line, cells in lines:
            if self._problems.count >= GIVE_UP_AFTER:
                return
            if len(cells) != self.layout.width:
                self._problems.add(Problem(line, None, f"The line has {len(cells):,} cells, the header {self.layout.width:,}."))
            else:
                self._take(line, cells)

    def _take(self, line: int, cells: list[str]) -> None:
        record = Record(line, {name: cells[at] for name, at in self.layout.columns.items()}, self._shape)
        if any(cells[at].strip() for at in self.layout.unnamed):
            record.complain(None, "A cell is filled in a column without a header.")
        row = _row(record, self._currency)
        if row is not None:
            self._keep(row, record)
        self._problems.add(*record.problems)

    def _keep(self, row: InvoiceRow, record: Record) -> None:
        before = self.rows.setdefault(row.number, row)
        if before is row:
            return
        if before == row:
            self.repeated += 1
        else:
            record.complain("number", f"{row.number!r} stands on line {before.line} and on line {row.line} with different content.")


def _row(record: Record, default_currency: str) -> InvoiceRow | None:
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


def _dispute(record: Record) -> Dispute | None:
    resolved_on = record.day("dispute_resolved_on")
    return Dispute(resolved_on) if record.word("disputed", "no") == "yes" else None
