"""Whether what a source says can be true, and how it stands to what is known already. Plain Python; nothing is changed here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, pairwise

from receivables.core.calendar import Calendar
from receivables.countries.derived import is_derived
from receivables.countries.rates import MidRate, Rate
from receivables.rates.words import MidRow, RateRow, Read, Unreadable

LARGEST_STEP = Decimal(5)  # points; the largest of NBP since 1998 is 2.5
LARGEST_MOVE = Decimal("0.2")  # of the price of a euro within a month
RANGE = (Decimal(-5), Decimal(50))  # per cent; base rates below nothing exist
_DAY = timedelta(days=1)

Series = Mapping[tuple[str, str], Sequence[Rate]]
Mids = Mapping[tuple[str, str], MidRate]  # (country, "2026-03")


@dataclass(slots=True)
class Findings:
    """How a source stands to what is known. `confirmed`: rates that the source says on, with the later day through which it does."""

    new_rates: list[RateRow] = field(default_factory=list)
    new_mids: list[MidRow] = field(default_factory=list)
    confirmed: list[RateRow] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    agreed: int = 0

    def add(self, other: "Findings") -> None:
        """What is found besides. Whoever contradicts what is known confirms nothing."""
        self.new_rates += other.new_rates
        self.new_mids += other.new_mids
        self.confirmed += [] if other.contradictions else other.confirmed
        self.contradictions += other.contradictions
        self.agreed += other.agreed


def refuse_odd(read: Read, *, on: date) -> None:
    """Raise `Unreadable` naming every row that cannot be: ahead of the day `on`, not in order, out of range, too large a step."""
    odd = [*_odd_rates(read.rates, on), *_odd_mids(read.mids, on)]
    if odd:
        more = f" and {len(odd) - 10} more" if len(odd) > 10 else ""
        raise Unreadable("Nothing is taken: " + "; ".join(odd[:10]) + more + ".")


def compare_rates(rows: Sequence[RateRow], known: Series, *, as_of: date | None) -> Findings:
    """Hold rows against the known rates of their regimes. `as_of`: the day on which the source said so; None where nobody knows.

    Days before the first known rate are left alone.
    """
    found = Findings()
    for key, group in groupby(sorted(rows, key=lambda row: (row.country, row.regime)), key=lambda row: (row.country, row.regime)):
        rates, of_regime = known.get(key, ()), Findings()
        for row in _since(_spans(list(group), as_of), rates):
            _compare(row, rates, of_regime)
        found.add(of_regime)
    return found


def compare_mids(rows: Iterable[MidRow], known: Mids) -> Findings:
    """Hold the last mid rates of months against those that are known."""
    found = Findings()
    for row in rows:
        rate = known.get((row.country, f"{row.month:%Y-%m}"))
        if rate is None:
            found.new_mids.append(row)
        elif (rate.on, rate.price) == (row.rate_on, row.price):
            found.agreed += 1
        else:
            found.contradictions.append(
                f"{row.place}: 1 EUR = {row.price} on {row.rate_on}; known for that month is {rate.price} on {rate.on} ({rate.source})."
            )
    return found


def month_ends(rows: Sequence[MidRow], calendar: Calendar, *, on: date) -> tuple[list[MidRow], list[str]]:
    """The table of the last working day of each month that is over on the day `on`, and in words the months that lack it."""
    last = {row.month: row for row in rows if row.month < on.replace(day=1)}
    ends = {month: last_working_day(month, calendar) for month in last}
    taken = [row for month, row in last.items() if row.rate_on == ends[month]]
    lacking = [
        f"{row.place}: the last table of {month:%Y-%m} is that of {row.rate_on}, its last working day was {ends[month]}. Not taken."
        for month, row in last.items()
        if row.rate_on != ends[month]
    ]
    return taken, lacking


def last_working_day(month: date, calendar: Calendar) -> date:
    """The last working day of the month that begins on that day."""
    day = (month + timedelta(days=32)).replace(day=1) - _DAY
    while not calendar.is_working_day(day):
        day -= _DAY
    return day


def _odd_rates(rows: Sequence[RateRow], on: date) -> Iterator[str]:
    for row in rows:
        if row.valid_from > on:
            yield f"{row.place}: valid from {row.valid_from}, which is to come; read it again from that day"
        if not RANGE[0] <= row.percent <= RANGE[1] or (row.percent < 0 and row.country == "PL"):
            yield f"{row.place}: {row.percent} per cent cannot be"
        if row.known_until is not None and row.known_until < row.valid_from:
            yield f"{row.place}: known until {row.known_until}, before it begins"
    for before, row in pairwise(rows):
        if (before.country, before.regime) != (row.country, row.regime):
            continue
        if row.valid_from <= before.valid_from:
            yield f"{row.place}: {row.valid_from} comes after {before.valid_from}; rows have to be in order"
        elif abs(row.percent - before.percent) > LARGEST_STEP:
            yield f"{row.place}: from {before.percent} to {row.percent} per cent at once cannot be"


def _odd_mids(rows: Sequence[MidRow], on: date) -> Iterator[str]:
    for row in rows:
        if row.rate_on > on:
            yield f"{row.place}: of {row.rate_on}, which is to come"
        if row.price <= 0:
            yield f"{row.place}: a price of {row.price} cannot be"
    for before, row in pairwise(rows):
        if row.rate_on <= before.rate_on:
            yield f"{row.place}: {row.rate_on} comes after {before.rate_on}; rows have to be in order"
        elif before.price > 0 and abs(row.price / before.price - 1) > LARGEST_MOVE:
            yield f"{row.place}: from {before.price} to {row.price} at once cannot be"


def _spans(rows: Sequence[RateRow], as_of: date | None) -> list[RateRow]:
    """Each with the last day for which the source says it; rows that repeat the rate before them are one with it."""
    spans: list[RateRow] = []
    for row, following in zip(rows, [*rows[1:], None], strict=False):
        end = following.valid_from - _DAY if following else max(row.valid_from, as_of or row.valid_from)
        until = min(row.known_until or end, end) if following else row.known_until or end
        if spans and spans[-1].percent == row.percent and spans[-1].known_until == row.valid_from - _DAY:
            spans[-1] = replace(spans[-1], known_until=until)
        else:
            spans.append(replace(row, known_until=until))
    return spans


def _since(said: Sequence[RateRow], rates: Sequence[Rate]) -> Iterator[RateRow]:
    """What is said of the days from the first known rate on."""
    first = rates[0].valid_from if rates else date.min
    return (replace(row, valid_from=max(row.valid_from, first)) for row in said if _until(row) >= first)


def _compare(row: RateRow, rates: Sequence[Rate], found: Findings) -> None:
    """Known days of the row have to agree; a row that begins after them is new, one that goes on after them confirms."""
    within = [rate for rate in rates if rate.valid_from <= _until(row) and rate.known_until >= row.valid_from]
    odd = [rate for rate in within if rate.percent != row.percent]
    if odd:
        told = ", ".join(f"{rate.percent} from {rate.valid_from} through {rate.known_until} ({rate.source})" for rate in odd)
        found.contradictions.append(f"{row.place}: {row.country} {row.regime} {row.percent} from {row.valid_from}; known is {told}.")
    elif is_derived(row.country, row.regime) and not within:
        found.contradictions.append(f"{row.place}: {row.regime} follows from the country's reference rate; only that is taken.")
    elif not within:
        _begins(row, rates, found)
    else:
        found.agreed += 1
        if not is_derived(row.country, row.regime):
            found.confirmed += _goes_on(row, within, rates)


def _goes_on(row: RateRow, within: Sequence[Rate], rates: Sequence[Rate]) -> Iterator[RateRow]:
    """Each of the known rates for which the row knows more days, before the next known one begins."""
    for rate in within:
        following = min((other.valid_from - _DAY for other in rates if other.valid_from > rate.valid_from), default=date.max)
        until = min(_until(row), following)
        if until > rate.known_until:
            yield replace(row, valid_from=rate.valid_from, known_until=until)


def _begins(row: RateRow, rates: Sequence[Rate], found: Findings) -> None:
    """A step from what is known; steps within the source were judged before."""
    before = [rate.percent for rate in rates if rate.known_until < row.valid_from]
    before += [rate.percent for rate in found.new_rates]
    if before and abs(row.percent - before[-1]) > LARGEST_STEP:
        found.contradictions.append(f"{row.place}: {row.percent} per cent after {before[-1]} cannot be.")
    else:
        found.new_rates.append(row)


def _until(row: RateRow) -> date:
    return row.known_until or row.valid_from
