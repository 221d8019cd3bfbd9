"""What an agency reports, as a file or a single record: bytes to records, or to problems with line and reason. FORMATS.md section 6.

Pure. Nothing is guessed: a record that lacks what its status needs is a problem, and a file with a problem is taken not at all.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from dunning.agencies.report_profile import FIELDS, NEUTRAL, ReportProfile, read_day, read_number
from receivables.core.errors import DomainError, Refused
from receivables.core.fields import guess
from receivables.core.money import CURRENCIES, parse_amount
from receivables.core.printed import one_line
from receivables.core.sentences import Sentence, gettext_noop, sentence

MOST_BYTES = 5_000_000
MOST_RECORDS = 20_000
_MOST_PROBLEMS = 100
_LONGEST = {"case_id": 100, "agency_ref": 80, "currency": 3, "note": 500, "id": 100}
_AHEAD = timedelta(days=366 * 3)  # a promise beyond is a slip of the keyboard
_BACK = timedelta(days=366 * 10)


class Told(StrEnum):
    """What a record says of a case."""

    RECEIVED = "received"
    REJECTED = "rejected"
    IN_PROGRESS = "in_progress"
    PROMISE = "promise"
    PAID_TO_CREDITOR = "paid_to_creditor"
    PAID_TO_AGENCY = "paid_to_agency"
    COURT = "court"
    RETURNED = "returned"  # uncollected; not in FORMATS.md, whose `closed` does not tell why
    CLOSED = "closed"


PAID = frozenset({Told.PAID_TO_CREDITOR, Told.PAID_TO_AGENCY})
_NEED_AMOUNT = PAID
_NEED_DAY = PAID | {Told.PROMISE}


class UnreadableReport(DomainError):
    """The whole file is none that can be read. Nothing was taken."""


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """One record. `on` is the day of the event; of a promise the day by which is paid. Amounts are positive, in `currency`."""

    line: int  # of the file from 1; of JSON the number of the record
    case_id: str
    status: Told
    agency_ref: str = ""
    amount: Decimal | None = None
    commission: Decimal | None = None  # kept of this money, or billed
    currency: str = ""
    on: date | None = None
    note: str = ""
    own_id: str = ""  # the agency's of this record
    key: str = ""  # the same for the same record, however often and in whichever file it comes


@dataclass(frozen=True, slots=True)
class ReportProblem:
    """Why a record cannot be taken."""

    line: int
    field: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """A file as read. Only one without problems may be taken."""

    records: tuple[ReportRecord, ...]
    problems: tuple[ReportProblem, ...] = ()


def read_report(data: bytes, *, profile: ReportProfile = NEUTRAL, on: date) -> AgencyReport:
    """The records of a file in JSON or CSV, told apart by the first sign. `on` is today. Raises `UnreadableReport`."""
    if len(data) > MOST_BYTES:
        raise UnreadableReport(gettext_noop("The file is too big: at most %(most)s megabytes are read."), most=MOST_BYTES // 1_000_000)
    text = _text(data)
    rows = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text, profile)
    return read_rows(rows, profile=profile, on=on)


def read_rows(rows: Iterable[tuple[int, Mapping[str, Any]]], *, profile: ReportProfile, on: date) -> AgencyReport:
    """Records of rows by our field names."""
    records: list[ReportRecord] = []
    problems: list[ReportProblem] = []
    for line, fields in rows:
        if len(records) >= MOST_RECORDS:
            raise UnreadableReport(gettext_noop("The file has too many records: at most %(most)s are read."), most=MOST_RECORDS)
        row = _Row(line, fields, profile, on)
        record = row.record()
        problems += row.problems
        if record is not None:
            records.append(record)
        if len(problems) >= _MOST_PROBLEMS:
            break
    if not records and not problems:
        raise UnreadableReport(gettext_noop("The file has no records."))
    keyed = tuple(_keyed(records))
    return AgencyReport(keyed, (*problems, *_contradictions(keyed)))


# -- from bytes to rows


def _text(data: bytes) -> str:
    for page in ("utf-8-sig", "cp1250"):
        try:
            text = data.decode(page)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableReport(gettext_noop("This is no text. Export the report as CSV or JSON in UTF-8 and try again."))


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """A record, a list of them, or an object with such a list under `records`. Numbers keep their digits."""
    try:
        said = json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableReport(gettext_noop("This is not JSON that can be read (%(reason)s)."), reason=type(error).__name__) from None
    listed = said.get("records", [said]) if isinstance(said, dict) else said
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise UnreadableReport(gettext_noop("A report in JSON is a list of records, each with its fields."))
    yield from enumerate(listed, start=1)


def _no_constant(word: str) -> Any:
    raise ValueError(word)


def _csv_rows(text: str, profile: ReportProfile) -> Iterator[tuple[int, Mapping[str, Any]]]:
    rows = _cells(text, profile)
    _, header = next(rows, (0, []))
    places = _places(header, profile)
    for line, cells in rows:
        if len(cells) > len(header):
            raise UnreadableReport(
                gettext_noop("Line %(line)s has more cells than the header; perhaps a text with the separator in it is not quoted."),
                line=line,
            )
        yield line, {name: cells[at] for name, at in places.items() if at < len(cells)}


def _cells(text: str, profile: ReportProfile) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with the line it begins on."""
    first = text.split("\n", 1)[0]
    delimiter = profile.delimiter or max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableReport(gettext_noop("Line %(line)s: this is not CSV (%(reason)s)."), line=line, reason=str(error)) from None


def _places(header: Sequence[str], profile: ReportProfile) -> dict[str, int]:
    """Our field → where it stands. Raises `UnreadableReport` where a needed header is missing or one stands twice."""
    named = [_folded(cell) for cell in header]
    places: dict[str, int] = {}
    for name in FIELDS:
        found = [n for header_name in profile.headers(name) for n, cell in enumerate(named) if cell == _folded(header_name)]
        if len(set(found)) > 1:
            raise UnreadableReport(gettext_noop("Two columns are both '%(column)s'."), column=name)
        if found:
            places[name] = found[0]
    if missing := [profile.headers(name)[0] for name in ("case_id", "status") if name not in places]:
        raise UnreadableReport(
            gettext_noop("The column '%(column)s' is missing. The file has: %(columns)s."),
            column=missing[0], columns=one_line(", ".join(header), longest=200),
        )  # fmt: skip
    return places


def _folded(header: str) -> str:
    return " ".join(header.split()).casefold()


# -- from a row to a record


class _Row:
    """A row being read. What is wrong with it is noted, so that all of it can be told at once."""

    def __init__(self, line: int, fields: Mapping[str, Any], profile: ReportProfile, on: date) -> None:
        self.line, self.problems = line, list[ReportProblem]()
        self._fields, self._profile, self._on = fields, profile, on

    def record(self) -> ReportRecord | None:
        """The record; None where something is wrong."""
        status = self._status()
        amount_currency = self._currency()
        record = ReportRecord(
            line=self.line,
            case_id=self._said("case_id", is_needed=True),
            status=status or Told.IN_PROGRESS,
            agency_ref=self._said("agency_ref"),
            amount=self._amount("amount", amount_currency, is_needed=status in _NEED_AMOUNT),
            commission=self._amount("commission", amount_currency),
            currency=amount_currency,
            on=self._day(status),
            note=self._said("note"),
            own_id=self._said("id"),
        )
        self._judge(record)
        return None if self.problems else record

    def _judge(self, record: ReportRecord) -> None:
        if record.commission is not None and record.status not in (*PAID, Told.IN_PROGRESS, Told.CLOSED):
            self._complain("commission", gettext_noop("A commission goes with money or with a case that is closed."))
        if record.commission is not None and record.amount is not None and record.commission > record.amount:
            self._complain("commission", gettext_noop("The commission is more than the money."))

    def _raw(self, name: str) -> str:
        value = self._fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._complain(name, gettext_noop("Here stands something that is no text and no number."))
            return ""
        return value.strip()

    def _said(self, name: str, *, is_needed: bool = False) -> str:
        text = one_line(self._raw(name))
        if is_needed and not text:
            self._complain(name, gettext_noop("This field is empty, and it is needed."))
        if len(text) > _LONGEST[name]:
            self._complain(name, gettext_noop("This text is too long: at most %(most)s characters."), most=_LONGEST[name])
        return text

    def _status(self) -> Told | None:
        word = one_line(self._raw("status"))
        ours = self._profile.status(word)
        if ours is None:
            known = ", ".join(Told)
            self._complain("status", gettext_noop("'%(word)s' is no known status. Known: %(known)s."), word=word[:40], known=known)
            return None
        return Told(ours)

    def _currency(self) -> str:
        has_money = any(self._fields.get(name) for name in ("amount", "commission"))
        code = one_line(self._raw("currency")).upper() or (self._profile.currency if has_money else "")
        if code and code not in CURRENCIES:
            self._complain(
                "currency", gettext_noop("'%(code)s' is no currency code%(guess)s"), code=code[:10], guess=guess(code, CURRENCIES)
            )
            return ""
        return code

    def _amount(self, name: str, currency: str, *, is_needed: bool = False) -> Decimal | None:
        written = self._raw(name)
        if not written:
            if is_needed:
                self._complain(name, gettext_noop("Money was reported without its amount."))
            return None
        if not currency:
            self._complain("currency", gettext_noop("An amount needs its currency."))
            return None
        plain = read_number(written, self._profile.decimal)
        if plain is None:
            self._complain(name, gettext_noop("'%(written)s' is no amount."), written=one_line(written)[:40])
            return None
        return self._fitting(name, plain, currency)

    def _fitting(self, name: str, plain: str, currency: str) -> Decimal | None:
        try:
            amount = parse_amount(plain, currency)
        except Refused:
            self._complain(
                name, gettext_noop("%(written)s is no amount of %(currency)s that can be booked."), written=plain, currency=currency
            )
            return None
        if amount <= 0:
            self._complain(name, gettext_noop("The amount must be more than zero."))
            return None
        return amount

    def _day(self, status: Told | None) -> date | None:
        written = one_line(self._raw("date"))
        if not written:
            if status in _NEED_DAY:
                self._complain("date", gettext_noop("This status needs its day."))
            return None
        day = read_day(written, self._profile.dates)
        if day is None:
            self._complain("date", gettext_noop("'%(written)s' is no day of the calendar."), written=written[:40])
        elif status is Told.PROMISE and not self._on - _BACK <= day <= self._on + _AHEAD:
            self._complain("date", gettext_noop("The promised day is too far away."))
        elif status is not Told.PROMISE and not self._on - _BACK <= day <= self._on:
            self._complain("date", gettext_noop("The day lies ahead, or too far back."))
        return day

    def _complain(self, field: str, text: str, **facts: Any) -> None:
        """Note what is wrong with a field, once: what follows from that is no news."""
        if not any(problem.field == field for problem in self.problems):
            self.problems.append(ReportProblem(self.line, field, sentence(text, **facts)))


# -- keys


def key_of_id(case_id: str, own_id: str) -> str:
    """The key of what the agency has numbered itself: the same by whichever door it comes."""
    return _digest(f"id|{case_id}|{own_id}")


def key_of_money(case_id: str, *, amount: Decimal, currency: str, on: date, nth: int = 1) -> str:
    """The key of money at the agency without a number: sum and day tell it, not words or commission. `nth` of equal ones."""
    return _digest(f"money|{case_id}|{amount.normalize():f}|{currency}|{on.isoformat()}|{nth}")


def _keyed(records: Sequence[ReportRecord]) -> Iterator[ReportRecord]:
    """Each with its key: the agency's own id, else what it says, and which of several equal ones of this file it is."""
    seen: Counter[str] = Counter()
    for record in records:
        key = _key(record, 1)
        seen[key] += 1
        yield replace(record, key=key if record.own_id or seen[key] == 1 else _key(record, seen[key]))


def _key(record: ReportRecord, nth: int) -> str:
    if record.own_id:
        return key_of_id(record.case_id, record.own_id)
    if record.status is Told.PAID_TO_AGENCY and record.amount is not None and record.on is not None:
        return key_of_money(record.case_id, amount=record.amount, currency=record.currency, on=record.on, nth=nth)
    return _digest(f"{_told(record)}|{nth}")


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def _contradictions(records: Sequence[ReportRecord]) -> Iterator[ReportProblem]:
    """Records under an id that another record of this file has, which says something else."""
    first: dict[str, ReportRecord] = {}
    for record in records:
        if replace(first.setdefault(record.key, record), line=record.line) != record:
            yield ReportProblem(
                record.line, "id", sentence(gettext_noop("Another record of this file has the same id and says something else."))
            )


def _told(record: ReportRecord) -> str:
    amounts = [str(amount.normalize()) if amount is not None else "" for amount in (record.amount, record.commission)]
    return "|".join(
        [
            record.case_id,
            record.agency_ref,
            record.status,
            *amounts,
            record.currency,
            record.on.isoformat() if record.on else "",
            record.note,
        ]
    )
