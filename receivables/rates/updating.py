"""What a source says → rates that wait for a person, confirmations, and in words what contradicts what is known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from receivables.core.errors import DomainError, Refused
from receivables.countries.rules import calendar_of
from receivables.rates import actions
from receivables.rates.judging import Findings, compare_mids, compare_rates, month_ends, refuse_odd
from receivables.rates.models import InterestRate, Look, MidRate
from receivables.rates.sources import Source
from receivables.rates.stored import current_book
from receivables.rates.words import MidRow, RateRow, Read


@dataclass(slots=True)
class Report:
    """What became of one answer or file, in sentences."""

    origin: str
    rates: int = 0
    mids: int = 0
    agreed: int = 0
    proposed: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    waiting: int = 0

    @property
    def told(self) -> list[str]:
        """All of it, the important first."""
        return [
            *(f"contradicts what is known: {line}" for line in self.contradictions),
            *(f"new, waits for approval: {line}" for line in self.proposed),
            *(f"confirmed: {line}" for line in self.confirmed),
            *(f"left out: {line}" for line in self.left_out),
        ]


@transaction.atomic
def take(read: Read, *, origin: str, on: date, as_of: date | None, now: datetime) -> Report:
    """Propose what is new and confirm what is known. `as_of`: the day through which the source says its last rate; None: nobody knows.

    Raises `Unreadable` where a row cannot be; nothing is stored then. Taking the same twice proposes and confirms nothing more.
    """
    refuse_odd(read, on=on)
    actions.locked()
    report = Report(origin, rates=len(read.rates), mids=len(read.mids))
    found = _compared(read, report, on=on, as_of=as_of)
    report.agreed, report.contradictions = found.agreed, found.contradictions
    for rate in found.new_rates:
        _propose(_rate(rate), rate.place, report, on=on, now=now)
    for mid in found.new_mids:
        _propose(_mid(mid), mid.place, report, on=on, now=now)
    if found.confirmed and actions.confirm_rates(found.confirmed, now=now):
        report.confirmed = [f"{one.country} {one.regime} {one.percent} % through {one.known_until}" for one in found.confirmed]
    report.waiting = waiting()
    Look.objects.create(at=now, on=on, origin=origin[:200], told=report.told, contradictions=len(report.contradictions))
    return report


def update_from(source: Source, *, on: date, now: datetime) -> Report:
    """Ask a source and take what it says. Raises `DomainError` where it cannot be read."""
    read = source.ask(since=last_known_month(source.country), on=on)
    return take(read, origin=source.name, on=on, as_of=on, now=now)


def update_daily(source: Source, *, on: date, now: datetime) -> None:
    """Ask a source unless it answered already that day. That it cannot be read is kept for people to see."""
    if Look.objects.filter(on=on, origin=source.name, failed=False).exists():
        return
    try:
        update_from(source, on=on, now=now)
    except DomainError as refusal:
        Look.objects.create(at=now, on=on, origin=source.name, told=[str(refusal)], failed=True)


def waiting() -> int:
    """How many rates wait for a person. Two queries."""
    return InterestRate.objects.waiting().count() + MidRate.objects.waiting().count()


def _compared(read: Read, report: Report, *, on: date, as_of: date | None) -> Findings:
    book = current_book()
    found = compare_rates(read.rates, {key: table.rates for key, table in book.tables.items()}, as_of=as_of)
    for country, mids in _by_country(read.mids):
        ends, lacking = month_ends(mids, calendar_of(country), on=on)
        found.add(compare_mids(ends, book.mids))
        report.left_out += lacking
    return found


def _by_country(rows: Iterable[MidRow]) -> Iterator[tuple[str, list[MidRow]]]:
    rows = list(rows)
    return ((country, [row for row in rows if row.country == country]) for country in sorted({row.country for row in rows}))


def _propose(row: InterestRate | MidRate, place: str, report: Report, *, on: date, now: datetime) -> None:
    """Enter it for the program, unless it waits or was refused already."""
    earlier = _earlier(row)
    if any(one.refused_at is None for one in earlier if _says_the_same(one, row)):
        return
    if any(_says_the_same(one, row) for one in earlier):
        report.left_out.append(f"{row}: a person refused it.")
        return
    if any(one.refused_at is None for one in earlier):
        report.contradictions.append(f"{place}: {row}; another rate of that day waits for approval.")
        return
    try:
        if isinstance(row, MidRate):
            actions.enter_mid(row, by=None, on=on, now=now)
        else:
            actions.enter_rate(row, by=None, on=on, now=now)
    except Refused as refusal:
        report.contradictions.append(f"{place}: {refusal}")
    else:
        report.proposed.append(str(row))


def _earlier(row: InterestRate | MidRate) -> list[InterestRate] | list[MidRate]:
    """Rows of the same day or month that do not count: they wait, or were refused."""
    if isinstance(row, MidRate):
        return list(MidRate.objects.filter(country=row.country, month=row.month, approved_at=None))
    return list(InterestRate.objects.filter(country=row.country, regime=row.regime, valid_from=row.valid_from, approved_at=None))


def _says_the_same(one: InterestRate | MidRate, other: InterestRate | MidRate) -> bool:
    if isinstance(one, MidRate) and isinstance(other, MidRate):
        return (one.rate_on, one.price) == (other.rate_on, other.price)
    return isinstance(one, InterestRate) and isinstance(other, InterestRate) and one.rate_percent == other.rate_percent


def _rate(row: RateRow) -> InterestRate:
    return InterestRate(
        country=row.country,
        regime=row.regime,
        valid_from=row.valid_from,
        known_until=row.known_until or row.valid_from,
        rate_percent=row.percent,
        source=row.source,
    )


def _mid(row: MidRow) -> MidRate:
    return MidRate(
        country=row.country,
        month=row.month,
        rate_on=row.rate_on,
        price=row.price,
        table_number=row.table,
        source=f"{row.source} {row.table}",
    )


def last_known_month(country: str) -> date:
    """The first day of the newest month whose mid rate is known, from which a source is asked."""
    months = [month for place, month in current_book().mids if place == country]
    return date.fromisoformat(f"{max(months)}-01")
