"""A bank's table that nobody described yet: where its movements begin, which column may be which field, and what a layout would read.

Guesses are shown to a person, who decides; the layout that comes of it guesses nothing. Pure.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from invoices.intake.cells import Problem
from invoices.intake.layout import clipped
from invoices.intake.mapping import ROWS, Guessed, ReadRow, Seen, amount_signs, date_formats, plain
from invoices.statements import bank_csv
from invoices.statements.bank_csv import SIGNS, Row, head_of, layout_in, looks_like_day, number_of, rows_of
from invoices.statements.csv_profile import FIELDS, BankProfile, builtin_bank_profiles
from invoices.statements.judging import against
from invoices.statements.parsed import Line, Statement, UnreadableStatement
from invoices.statements.reading import check_text, format_of
from receivables.core.errors import ProfileError, Refused
from receivables.core.sentences import gettext_noop

SHOWN = ("booked_on", "amount", "currency", "counterparty", "account", "title", "reference")
"""The fields of a line as it would be read, in the order in which they are shown."""
FEWEST = 3  # columns that make a statement: less is found by chance in any table
_DAYS = ("booked_on", "value_on")
_AMOUNTS = ("amount", "credit", "debit", "balance")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The first lines as a layout reads them. passed_over: lines of the file with something in them that are no movement by it."""

    rows: tuple[ReadRow, ...]
    passed_over: tuple[int, ...] = ()


def see(data: bytes, *, delimiter: str = "", above: int | None = None, is_named: bool = True) -> Seen:
    """The columns and the first rows of a bank's table; `above` and `is_named` as in `Seen`, guessed where they are not said.

    Raises `Refused` for what is no table of text, or has fewer than three columns.
    """
    try:
        check_text(data)
        if (form := format_of(data)) != "csv":
            raise Refused(gettext_noop("This is %(form)s, which says itself what stands where. Bring it in as it is."), form=form.upper())
        sign = delimiter or _delimiter(head_of(data))
        rows = [row for row in rows_of(head_of(data), sign) if any(cell.strip() for cell in row[1])]
    except UnreadableStatement as fault:
        raise Refused(str(fault)) from None
    at = _begin(rows) if above is None else _row_at(rows, above)
    named = is_named and (at >= 0 if above is not None else at >= 0 and _names_columns(rows[at][1]))
    below = rows[at + 1 :]
    headers = tuple(rows[at][1]) if named else tuple(str(n) for n in range(1, _width(below) + 1))
    if sum(1 for header in headers if header.strip()) < FEWEST:
        raise Refused(gettext_noop("No three columns are found. Choose another separator, or another line above the movements."))
    return Seen(headers, tuple(below[:ROWS]), sign, above=rows[at][0] if at >= 0 else 0, is_named=named)


def _delimiter(text: str) -> str:
    """The separator that makes the most cells in rows of one width."""
    return max(SIGNS.values(), key=lambda sign: _regular(text, sign))


def _regular(text: str, sign: str) -> int:
    try:
        widths = Counter(len(cells) for _line, cells in rows_of(text, sign) if len(cells) >= FEWEST)
    except UnreadableStatement:
        return 0
    return max((width * count for width, count in widths.items()), default=0)


def _begin(rows: Sequence[Row]) -> int:
    """The place of the row above the first movement: one that names columns, the nearest; -1 where there is none."""
    first = next((n for n, (_line, cells) in enumerate(rows) if _looks_like_movement(cells)), None)
    above = [n for n, (_line, cells) in enumerate(rows[:first]) if _names_columns(cells)]
    return (above[0] if first is None else above[-1]) if above else -1


def _row_at(rows: Sequence[Row], line: int) -> int:
    """The place of the row that stands on a line, or the nearest before it."""
    return max((n for n, (begins, _cells) in enumerate(rows) if begins <= line), default=-1)


def _looks_like_movement(cells: Sequence[str]) -> bool:
    return any(looks_like_day(cell.strip()) for cell in cells) and any(_is_number(cell) for cell in cells)


def _names_columns(cells: Sequence[str]) -> bool:
    said = [cell.strip() for cell in cells if cell.strip()]
    return len(said) >= FEWEST and not any(looks_like_day(cell) or _is_number(cell) for cell in said)


def _is_number(cell: str) -> bool:
    return any(sign.isdigit() for sign in cell) and number_of(cell.strip().strip("'")) is not None


def _width(rows: Sequence[Row]) -> int:
    return max((len(cells) for _line, cells in rows), default=0)


# -- guessing


def guess(seen: Seen) -> tuple[Mapping[int, str], Guessed]:
    """Which column (from 0) may be which field, by its name; and how days and amounts are written in all samples."""
    columns: dict[int, str] = {}
    for n, header in enumerate(seen.headers):
        name = next((name for said, name in _synonyms() if said == plain(header) and name not in columns.values()), "")
        if name and header.strip():
            columns[n] = name
    days = [cell for n, name in columns.items() if name in _DAYS for cell in seen.samples(n)]
    amounts = [cell for n, name in columns.items() if name in _AMOUNTS for cell in seen.samples(n)]
    if not columns:  # without names only the cells tell how they are written
        cells = [cell for n in range(len(seen.headers)) for cell in seen.samples(n)]
        days, amounts = [cell for cell in cells if looks_like_day(cell)], [cell for cell in cells if _is_number(cell)]
    decimal, _thousands = amount_signs(amounts)
    return columns, Guessed(dates=date_formats(days), decimal=decimal)


@cache
def _synonyms() -> tuple[tuple[str, str], ...]:
    """Names of columns with the field that they mean, as the banks that are known call them."""
    known = builtin_bank_profiles().values()
    return tuple((plain(header), name) for name in FIELDS for profile in known for header in profile.columns.get(name, ()))


# -- a layout, and what it reads


def layout_of(seen: Seen, columns: Mapping[int, str], *, name: str, skipped: int = 0, **written: Any) -> BankProfile:
    """The layout that a person has described: column (from 0) → field. Raises `ProfileError` for parts that do not go together."""
    delimiter = _NAMES[seen.delimiter]
    if not seen.is_named:
        positions = {field: n + 1 for n, field in columns.items()}
        return BankProfile(
            name=name, positions=positions, width=max(positions.values(), default=0), skipped=skipped, delimiter=delimiter, **written
        )
    profile = BankProfile(name=name, columns={field: (seen.headers[n],) for n, field in columns.items()}, delimiter=delimiter, **written)
    if twice := _read_elsewhere(seen, columns, profile):
        raise ProfileError(f"The column {clipped(twice)!r} stands twice, and the layout goes by names: choose its first one.")
    return profile


def _read_elsewhere(seen: Seen, columns: Mapping[int, str], profile: BankProfile) -> str:
    """A header that stands in the file more than once, and of which the layout would read another one than was chosen."""
    found = layout_in([(seen.above, list(seen.headers))], profile)
    return next((seen.headers[n] for n, field in columns.items() if found and found.places[field] != n), "")


def skipped_rows(data: bytes, seen: Seen) -> int:
    """How many records stand above the first movement of a file that names no columns."""
    return sum(1 for line, _cells in rows_of(head_of(data), seen.delimiter) if line <= seen.above)


def preview(data: bytes, profile: BankProfile, *, above: int) -> Shown:
    """The first lines as the layout reads them, with what keeps each out. Raises `UnreadableStatement` where its header is not found."""
    head = head_of(data)
    (statement,) = bank_csv.read(head.encode(), profile)
    lines = sorted((entry.whole for entry in statement.entries), key=_number)
    known = {_number(line) for line in lines}
    rows = rows_of(head, SIGNS[profile.delimiter])
    passed = [n for n, cells in rows if n > above and n not in known and any(cell.strip() for cell in cells)]
    return Shown(tuple(_read_row(line, statement) for line in lines[:ROWS]), tuple(passed[:ROWS]))


def _number(line: Line) -> int:
    return int(line.place.removeprefix("line "))


def _read_row(line: Line, statement: Statement) -> ReadRow:
    reasons = [problem.reason for problem in statement.problems if problem.place == line.place]
    problems = tuple(Problem(_number(line), None, reason) for reason in reasons or [against(line)] if reason)
    return ReadRow(_number(line), tuple(_said(line)), problems)


def _said(line: Line) -> Iterator[str]:
    """The values in the order of `SHOWN`."""
    yield line.booked_on.isoformat() if line.booked_on else ""
    yield f"{line.amount:f}" if line.amount is not None else ""
    yield from (line.currency, line.counterparty, line.account, line.title, line.references.get("bank", ""))
