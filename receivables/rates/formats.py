"""Bytes of a source → rows, each with its place: NBP's archive of base rates (XML), NBP's table A (JSON), our own CSV. Plain Python."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from receivables.rates.words import DayRow, MidRow, RateRow, Read, Unreadable

AT_MOST_BYTES = 5 * 1024 * 1024
_AT_MOST_ROWS = 20_000
_ARCHIVE = "stopy_procentowe_archiwum"
_RATES = ("country", "regime", "valid_from", "known_until", "rate_percent", "source")
_MIDS = ("month", "rate_on", "eur_pln", "table", "source")


def read(data: bytes, *, name: str) -> Read:
    """What the bytes say; their first sign tells the format. Raises `Unreadable` for anything that is not wholly understood."""
    if len(data) > AT_MOST_BYTES:
        raise Unreadable(f"{name}: more than {AT_MOST_BYTES // 1024**2} MB. That is no list of rates.")
    try:
        text = data.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name}, byte {error.start}: the text is not UTF-8.") from None
    if not text:
        raise Unreadable(f"{name}: empty. Fetch the file again.")
    reader = {"<": _archive, "{": _table_a, "[": _table_a}.get(text[0], _table)
    return reader(text, name)


def _archive(text: str, name: str) -> Read:
    """NBP's `stopy_procentowe_archiwum.xml`: the reference rate of each change. It does not say how long the last one holds."""
    if "<!" in text.replace("<!--", ""):
        raise Unreadable(f"{name}: holds a document type or entities, which NBP's archive does not. Nothing of it is taken.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except ElementTree.ParseError as error:
        raise Unreadable(f"{name}, line {error.position[0]}: no well-formed XML.") from None
    if root.tag != _ARCHIVE:
        raise Unreadable(f"{name}: begins with <{root.tag[:40]}>, NBP's archive of base rates with <{_ARCHIVE}>.")
    changes = list(enumerate(root.iter("pozycje"), start=1))
    rows = tuple(_change(f"{name}, change {number}", change) for number, change in changes)
    return Read(rates=_some(rows, name))


def _change(place: str, change: Any) -> RateRow:
    said = [rate.get("oprocentowanie", "") for rate in change.iter("pozycja") if rate.get("id") == "ref"]
    if len(said) != 1:
        raise Unreadable(f"{place}: {len(said)} reference rates (pozycja id=ref); there has to be one.")
    day = _date(place, "obowiazuje_od", change.get("obowiazuje_od", ""))
    percent = _number(place, "oprocentowanie", said[0].replace(",", "."))
    return RateRow(place, "PL", "nbp_reference", day, None, percent, "NBP, archive of base rates")


def _table_a(text: str, name: str) -> Read:
    """The answer of api.nbp.pl for the euro in table A: one day's table after the other."""
    rows = tuple(_mid_of(row) for row in _days(text, name, "EUR"))
    return Read(mids=_some(rows, name))


def _mid_of(row: DayRow) -> MidRow:
    return MidRow(row.place, "PL", row.table_on, _finite(row.place, "mid", row.price), row.table, row.source)


def read_days(data: bytes, *, currency: str, name: str) -> tuple[DayRow, ...]:
    """The answer of api.nbp.pl for a currency in table A, with all its decimals. Raises `Unreadable` for anything else."""
    try:
        rows = _some(tuple(_days(data.decode("utf-8-sig"), name, currency)), name)
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name}, byte {error.start}: the text is not UTF-8.") from None
    for row in rows:
        if not row.price.is_finite() or not 0 < row.price < 1000:
            raise Unreadable(f"{row.place}, mid: {str(row.price)[:40]} is no rate of one unit.")
    return rows


def _days(text: str, name: str, currency: str) -> Iterator[DayRow]:
    try:
        said = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=lambda word: word)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name}: no JSON that can be read ({type(error).__name__}).") from None
    if not isinstance(said, dict) or (said.get("table"), said.get("code")) != ("A", currency) or not isinstance(said.get("rates"), list):
        what = "the euro" if currency == "EUR" else currency
        raise Unreadable(f"{name}: not NBP's answer for {what} in table A.")
    return (_day(f"{name}, rate {n}", rate, currency) for n, rate in enumerate(said["rates"], start=1))


def _day(place: str, rate: Any, currency: str) -> DayRow:
    if not isinstance(rate, dict):
        raise Unreadable(f"{place}: no rate but {str(rate)[:40]!r}.")
    price = rate.get("mid")
    if not isinstance(price, Decimal):
        raise Unreadable(f"{place}, mid: {str(price)[:40]!r} is no number.")
    day = _date(place, "effectiveDate", str(rate.get("effectiveDate", "")))
    return DayRow(place, currency, day, price, str(rate.get("no", ""))[:30], "NBP, table A")


def _table(text: str, name: str) -> Read:
    """Our own CSV, as the shipped files are written: rates, or mid rates of the euro in zloty."""
    rows = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="")
    readers: Mapping[tuple[str, ...], Callable[[str, Mapping[str, str]], Any]] = {_RATES: _rate, _MIDS: _mid}
    columns = tuple(rows.fieldnames or ())
    if columns not in readers:
        raise Unreadable(f"{name}, line 1: the columns have to be {','.join(_RATES)} or {','.join(_MIDS)}.")
    made = _some(tuple(readers[columns](place, row) for place, row in _lines(rows, name)), name)
    return Read(rates=made) if columns == _RATES else Read(mids=made)


def _lines(rows: "csv.DictReader[str]", name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    try:
        for row in rows:
            place = f"{name}, line {rows.line_num}"
            if "" in row:
                raise Unreadable(f"{place}: more cells than columns.")
            yield place, {column: cell.strip() for column, cell in row.items()}
    except csv.Error as error:
        raise Unreadable(f"{name}, line {rows.line_num}: {error}.") from None


def _rate(place: str, row: Mapping[str, str]) -> RateRow:
    since, until = (_date(place, column, row[column]) for column in ("valid_from", "known_until"))
    percent, source = _number(place, "rate_percent", row["rate_percent"]), _text(place, "source", row["source"])
    return RateRow(place, _text(place, "country", row["country"]), _text(place, "regime", row["regime"]), since, until, percent, source)


def _mid(place: str, row: Mapping[str, str]) -> MidRow:
    day = _date(place, "rate_on", row["rate_on"])
    if row["month"] != f"{day:%Y-%m}":
        raise Unreadable(f"{place}, month: {row['month'][:20]!r} is not the month of {day}.")
    price, table = _number(place, "eur_pln", row["eur_pln"]), _text(place, "table", row["table"])
    return MidRow(place, "PL", day, price, table[:30], _text(place, "source", row["source"]))


def _some(rows: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    if not rows:
        raise Unreadable(f"{name}: holds no rate.")
    if len(rows) > _AT_MOST_ROWS:
        raise Unreadable(f"{name}: {len(rows)} rows; at most {_AT_MOST_ROWS} are read.")
    return rows


def _date(place: str, column: str, said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Unreadable(f"{place}, {column}: {said[:40]!r} is no date such as 2026-07-01.") from None


def _number(place: str, column: str, said: str) -> Decimal:
    try:
        return _finite(place, column, Decimal(said))
    except InvalidOperation:
        raise Unreadable(f"{place}, {column}: {said[:40]!r} is no number such as 5.75.") from None


def _finite(place: str, column: str, number: Decimal) -> Decimal:
    """Numbers that fit the columns: four decimals, below a thousand."""
    if not number.is_finite() or abs(number) >= 1000 or number != round(number, 4):
        raise Unreadable(f"{place}, {column}: {str(number)[:40]} is no rate: at most three digits and four decimals.")
    return number


def _text(place: str, column: str, said: str) -> str:
    if not said or len(said) > 200:
        raise Unreadable(f"{place}, {column}: {'empty' if not said else 'longer than 200 signs'}.")
    return said
