"""Bank exports in CSV: one statement for each file, by a profile. FORMATS.md 1.5."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from invoices.statements.csv_profile import BankProfile, builtin_bank_profiles
from invoices.statements.parsed import Balance, Entry, Line, Problem, Statement, UnknownLayout, UnreadableStatement, compact, words
from invoices.statements.texts import decoded

MAX_COLUMNS = 200
MAX_CELL = 10_000
UNBALANCED = "It does not balance: the amounts do not lead from the first balance to the last. It waits for a person."
DOUBTFUL = "Amounts have another sign than the balances say. They were righted, but nothing proves the first one; it waits for a person."
LOOKED_AT = 80  # lines among which the header is searched
SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_HEAD = 100_000  # bytes in which these lines are looked for
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f']")
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>[0-9.,]+)(?P<currency>[A-Z]{3})?")
_KEYED = re.compile(r"'?(?P<key>[^:]{2,40}):\s*(?P<said>.*)")
_DAY = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}")

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields stand in this file; columns without a header may hold `Key: value`."""

    profile: BankProfile
    places: Mapping[str, int]
    unnamed: tuple[int, ...] = ()


def recognised(data: bytes) -> BankProfile | None:
    """The built-in profile whose header this file has; None where none fits. The one that knows more columns goes first."""
    fitting = [(len(found.places), profile) for profile in builtin_bank_profiles().values() if (found := _found(data, profile))]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


def fits(data: bytes, profile: BankProfile) -> bool:
    """Whether the file has the header of this profile."""
    return _found(data, profile) is not None


def read(data: bytes, profile: BankProfile | None = None) -> list[Statement]:
    """The statement of a file. Raises `UnreadableStatement` where no profile fits, or this one does not."""
    profile = profile or recognised(data)
    if profile is None:
        raise UnknownLayout(
            "This is no bank statement that is recognised: no row has the headers of a known bank. "
            f"Known: {', '.join(builtin_bank_profiles())}. Name the account whose layout it has, or describe its columns "
            "(Payments, Bank, Bring in statements)."
        )
    rows = list(_rows(decoded(data), profile))
    layout = layout_in(rows, profile)
    if layout is None:
        raise UnknownLayout(f"No row has the headers that the layout {profile.name} names.")
    return [_statement(layout, rows)]


def head_of(data: bytes) -> str:
    """The beginning of a file, in whole lines: where a header is looked for."""
    cut = data.rfind(b"\n", 0, _HEAD) + 1 or _HEAD  # never within a letter, which would make another code page of it
    return "\n".join(decoded(data[:cut] if len(data) > _HEAD else data).split("\n")[:LOOKED_AT])


def _found(data: bytes, profile: BankProfile) -> Layout | None:
    if not profile.has_header:
        return None  # nothing to be recognised by; only by its name
    try:
        return layout_in(list(_rows(head_of(data), profile)), profile)
    except UnreadableStatement:
        return None


def _rows(text: str, profile: BankProfile) -> Iterator[Row]:
    return rows_of(text, SIGNS.get(profile.delimiter) or _delimiter(text, profile))


def rows_of(text: str, delimiter: str) -> Iterator[Row]:
    """The records with the line each begins on. Quotes that a bank left open in the middle of a cell are taken as they stand."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield line, _checked(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableStatement(f"line {line}: this is not CSV: {error}.") from None


def _checked(line: int, cells: list[str]) -> list[str]:
    if len(cells) > MAX_COLUMNS:
        raise UnreadableStatement(f"line {line}: there are {len(cells):,} columns; at most {MAX_COLUMNS} are read.")
    if any(len(cell) > MAX_CELL for cell in cells):
        raise UnreadableStatement(f"line {line}: a cell has more than {MAX_CELL:,} characters; perhaps a quotation mark is never closed.")
    return cells


def _delimiter(text: str, profile: BankProfile) -> str:
    """The sign that divides a header line into the columns that the profile knows."""
    known = {folded(name) for names in profile.columns.values() for name in names}
    lines = text.split("\n")[:LOOKED_AT]
    scores = {sign: max((_known_in(line.split(sign), known) for line in lines), default=0) for sign in SIGNS.values()}
    return max(scores, key=lambda sign: scores[sign])


def _known_in(cells: Sequence[str], known: set[str]) -> int:
    return sum(folded(cell) in known for cell in cells)


def folded(header: str) -> str:
    return " ".join(header.replace("\ufeff", "").strip(" \"'#").split()).casefold()


def layout_in(rows: Sequence[Row], profile: BankProfile) -> Layout | None:
    """Where the fields of a profile stand in these rows; None where no row is its header."""
    if not profile.has_header:
        return Layout(profile, {name: place - 1 for name, place in profile.positions.items()})
    for _, cells in rows[:LOOKED_AT]:
        if (places := _places(cells, profile)) is not None:
            named = [folded(cell) for cell in cells]
            return Layout(profile, places, tuple(n for n, name in enumerate(named) if not name))
    return None


def _places(cells: Sequence[str], profile: BankProfile) -> dict[str, int] | None:
    """Where each field stands in this header; None where it is none. A currency repeats: the first behind the amount counts."""
    named = [folded(cell) for cell in cells]
    places: dict[str, int] = {}
    for name, headers in profile.columns.items():
        after = places.get("amount", -1) if name == "currency" else -1
        found = [n for header in headers for n, cell in enumerate(named) if cell == folded(header)]
        if found:
            places[name] = next((n for n in found if n > after), found[0])
    has_amount = "amount" in places or {"credit", "debit"} <= set(places)
    return places if "booked_on" in places and has_amount and len(places) >= 3 else None


def _statement(layout: Layout, rows: Sequence[Row]) -> Statement:
    problems: list[Problem] = []
    about = 0 if layout.profile.has_header else layout.profile.skipped
    taken = [(line, cells) for line, cells in rows[about:] if _is_movement(cells, layout)]
    entries = [_entry(line, cells, layout, problems) for line, cells in taken]
    balances = [number_of(_cell(cells, layout, "balance"), layout.profile.decimal) for _, cells in taken]
    in_order, balances = _oldest_first(entries, balances)
    entries = _believing_balances(in_order, balances)
    is_doubtful = entries != in_order
    opening, closing = _ends(entries, balances)
    currency = next((entry.whole.currency for entry in entries if entry.whole.currency), layout.profile.currency)
    accounts = {compact(account) for _, cells in taken if (account := _cell(cells, layout, "own_account"))}
    found = Statement(
        account=accounts.pop() if len(accounts) == 1 else "",
        number="",
        opening=Balance(opening, currency) if opening is not None else None,
        closing=Balance(closing, currency) if closing is not None else None,
        entries=tuple(entries),
        currency=currency,
        is_doubtful=is_doubtful,
    )
    if is_doubtful:
        problems.append(Problem("", DOUBTFUL))
    if found.is_balanced is False:
        problems.append(Problem("", UNBALANCED))
    return replace(found, problems=tuple(problems))


def _is_movement(cells: Sequence[str], layout: Layout) -> bool:
    """A row with a day and something in an amount; blocked amounts, headings and closing lines have not both."""
    if layout.profile.width and len(cells) < layout.profile.width:
        return False
    amount = any(_cell(cells, layout, name) for name in ("amount", "credit", "debit"))
    return amount and looks_like_day(_cell(cells, layout, "booked_on"))


def looks_like_day(cell: str) -> bool:
    """Whether a cell begins with a day, however written."""
    return _DAY.fullmatch(cell[:10]) is not None


def _cell(cells: Sequence[str], layout: Layout, name: str) -> str:
    place = layout.places.get(name)
    return cells[place].strip().strip("'") if place is not None and place < len(cells) else ""


def _entry(line: int, cells: Sequence[str], layout: Layout, problems: list[Problem]) -> Entry:
    place = f"line {line}"
    booked_on, value_on = (_day(_cell(cells, layout, name), layout.profile) for name in ("booked_on", "value_on"))
    if booked_on is None:
        problems.append(Problem(place, f"{_cell(cells, layout, 'booked_on')[:40]!r} is no day of the calendar."))
    amount, written = _amount(cells, layout)
    if amount is None:
        problems.append(Problem(place, f"The amount {written[:40]!r} cannot be read."))
    said = _keyed(cells, layout)
    texts = {name: words([_cell(cells, layout, name)]) or said.get(name, "") for name in ("counterparty", "title", "kind")}
    account = _cell(cells, layout, "account") or said.get("account", "")
    reference = _cell(cells, layout, "reference") or said.get("reference", "")
    return Entry(
        Line(
            booked_on=booked_on,
            value_on=value_on or booked_on,
            amount=amount,
            currency=_cell(cells, layout, "currency").upper() or _currency_beside(written) or layout.profile.currency,
            counterparty=texts["counterparty"],
            account=_iban(compact(account)),
            title=texts["title"] or texts["kind"],
            references={name: said for name, said in (("bank", reference), ("balance", _cell(cells, layout, "balance"))) if said},
            place=place,
            raw=" | ".join(cells),
        )
    )


def _iban(account: str) -> str:
    return f"PL{account}" if re.fullmatch(r"[0-9]{26}", account) else account


def _keyed(cells: Sequence[str], layout: Layout) -> dict[str, str]:
    """What `Key: value` cells say: those without a header, and the description before them."""
    if not layout.profile.keyed:
        return {}
    places = {*layout.unnamed, *range(max(layout.places.values()), len(cells))}
    said: dict[str, str] = {}
    for place in sorted(places):
        if place < len(cells) and (match := _KEYED.fullmatch(cells[place].strip())):
            said.setdefault(match["key"].strip().casefold(), words([match["said"]]))
    ours = layout.profile.keyed.items()
    return {name: found for name, keys in ours if (found := next((said[key.casefold()] for key in keys if key.casefold() in said), ""))}


def _amount(cells: Sequence[str], layout: Layout) -> tuple[Decimal | None, str]:
    """The signed amount, and how it was written. Of two columns one is empty; what leaves is negative however it is written."""
    if written := _cell(cells, layout, "amount"):
        return number_of(written, layout.profile.decimal), written
    credit, debit = _cell(cells, layout, "credit"), _cell(cells, layout, "debit")
    into, out = number_of(credit, layout.profile.decimal), number_of(debit, layout.profile.decimal)
    if credit and into and not out:
        return abs(into), credit
    if debit and out and not into:
        return -abs(out), debit
    both_empty = (into == 0 or not credit) and (out == 0 or not debit)
    return (Decimal(0), credit or debit) if both_empty else (None, credit or debit)


def number_of(written: str, decimal: str = "auto") -> Decimal | None:
    """A number with its sign, thousands apart or not, its currency glued to it or not; None for anything else."""
    match = _NUMBER.fullmatch(_SPACES.sub("", written.translate(_MINUS)))
    digits = _plain(match["digits"], decimal) if match else None
    if match is None or digits is None:
        return None
    return Decimal(f"{match['sign']}{digits}")


def _currency_beside(written: str) -> str:
    match = _NUMBER.fullmatch(_SPACES.sub("", written.translate(_MINUS)))
    return (match["currency"] or "") if match else ""


_GROUPED = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3}(?:\1[0-9]{3})*)?|[0-9]{1,15}")


def _plain(digits: str, decimal: str) -> str | None:
    """Digits with a decimal point. By `auto` the last separator is the decimal one where one or two digits follow; 1.234 is refused."""
    last = max(digits.rfind("."), digits.rfind(","))
    sign = {"comma": ",", "point": "."}.get(decimal) or (digits[last] if last >= 0 and len(digits) - last <= 3 else "")
    whole, found, rest = digits.rpartition(sign) if sign and sign in digits else (digits, "", "")
    grouped = _GROUPED.fullmatch(whole) if whole else None
    if (whole and not grouped) or (found and not rest.isdigit() and rest) or (grouped and grouped[1] == sign):
        return None
    if grouped and grouped[1] and not found and decimal == "auto":
        return None
    plain = re.sub("[.,]", "", whole) or "0"
    return f"{plain}.{rest}" if rest else plain


def _day(written: str, profile: BankProfile) -> date | None:
    for pattern in profile.dates:
        shape = re.escape(pattern).replace("%d", "(?P<d>[0-9]{1,2})").replace("%m", "(?P<m>[0-9]{1,2})").replace("%Y", "(?P<Y>[0-9]{4})")
        if match := re.match(shape + r"(?![0-9])", written):
            try:
                return date(int(match["Y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


# -- balances beside the rows


def _oldest_first(entries: list[Entry], balances: list[Decimal | None]) -> tuple[list[Entry], list[Decimal | None]]:
    return (entries[::-1], balances[::-1]) if _is_newest_first(entries, balances) else (entries, balances)


def _believing_balances(entries: list[Entry], balances: list[Decimal | None]) -> list[Entry]:
    """Where the balances say that an amount has the other sign, they are believed."""
    righted = list(entries)
    for n in range(1, len(entries)):
        before, after, amount = balances[n - 1], balances[n], entries[n].whole.amount
        if before is not None and after is not None and amount and after - before == -amount:
            righted[n] = Entry(replace(entries[n].whole, amount=-amount))
    return righted


def _is_newest_first(entries: Sequence[Entry], balances: Sequence[Decimal | None]) -> bool:
    days = [entry.whole.booked_on for entry in entries if entry.whole.booked_on]
    if days and days[0] != days[-1]:
        return days[0] > days[-1]
    return _steps(entries[::-1], balances[::-1]) > _steps(entries, balances)


def _steps(entries: Sequence[Entry], balances: Sequence[Decimal | None]) -> int:
    """How many rows lead from one balance to the next in this order."""
    pairs = zip(balances, balances[1:], entries[1:], strict=False)
    return sum(a is not None and b is not None and entry.whole.amount is not None and b - a == entry.whole.amount for a, b, entry in pairs)


def _ends(entries: Sequence[Entry], balances: Sequence[Decimal | None]) -> tuple[Decimal | None, Decimal | None]:
    """The balance before the first row and after the last, where the file has them."""
    if not entries or balances[0] is None or balances[-1] is None or entries[0].whole.amount is None:
        return None, None
    return balances[0] - entries[0].whole.amount, balances[-1]
