"""Late interest, period by period: each amount can be followed back to its days, rate, principal and source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from receivables.core.money import round_to_unit
from receivables.countries.periods import same_day_of_year
from receivables.countries.rates import Rate, RateTable
from receivables.countries.regimes import Compounding, Regime

_DAY = timedelta(days=1)
DAYS_IN_YEAR = 365  # in leap years too: published calculators agree, and art. 114 KC says so for Poland


@dataclass(frozen=True, slots=True)
class Stand:
    """The principal that is open at the start of a day and of those after it, until the next stand."""

    since: date
    principal: Decimal


@dataclass(frozen=True, slots=True)
class Period:
    """Days with one rate and one principal, first and last included; `amount` is rounded half up."""

    first_on: date
    last_on: date
    principal: Decimal
    rate_percent: Decimal
    amount: Decimal
    source: str

    @property
    def days(self) -> int:
        """How many days bear interest."""
        return (self.last_on - self.first_on).days + 1


@dataclass(frozen=True, slots=True)
class Interest:
    """The periods of a claim in their order, and their sum."""

    regime: str
    periods: tuple[Period, ...] = ()

    @property
    def total(self) -> Decimal:
        """The rounded periods, added up."""
        return sum((period.amount for period in self.periods), Decimal(0))


def delay_interest(regime: Regime, stands: Sequence[Stand], *, first_on: date, last_on: date, currency: str) -> Interest:
    """What a delay that began on `first_on` bears through `last_on` under a regime, each day on the principal open at its start.

    Raises `MissingRate` for a day that bears interest and whose rate is not known.
    """
    table = regime.rates_from(first_on) if first_on <= last_on else regime.table
    if regime.compounding is Compounding.NONE:
        return late_interest(stands, table, first_on=first_on, last_on=last_on, currency=currency)
    periods: list[Period] = []
    for start, end in _years(first_on, last_on):
        joined = sum((period.amount for period in periods), Decimal(0))
        grown = [Stand(stand.since, stand.principal + joined if stand.principal else stand.principal) for stand in stands]
        periods.extend(late_interest(grown, table, first_on=start, last_on=end, currency=currency).periods)
    return Interest(table.regime, tuple(periods))


def late_interest(stands: Sequence[Stand], table: RateTable, *, first_on: date, last_on: date, currency: str) -> Interest:
    """Interest from `first_on` through `last_on`, each day on the principal open at its start. `stands` are in order of their days.

    A period ends where rate or principal changes; rows of a table with the same rate are one. Raises `MissingRate` for a day that
    bears interest and whose rate is not known.
    """
    periods: list[Period] = []
    for start, end in _pieces(stands, table, first_on, last_on):
        principal = _open_at(stands, start)
        if principal > 0:
            _append(periods, start, end, principal, table, currency)
    return Interest(table.regime, tuple(periods))


def amount_of(principal: Decimal, rate_percent: Decimal, days: int, currency: str) -> Decimal:
    """principal × rate × days / 365, rounded half up to the currency's unit."""
    return round_to_unit(principal * rate_percent * days / (100 * DAYS_IN_YEAR), currency)


def _years(first_on: date, last_on: date) -> Iterator[tuple[date, date]]:
    """The days cut on each anniversary of the first."""
    years, start = 1, first_on
    while start <= last_on:
        after = same_day_of_year(first_on, years)
        yield start, min(last_on, after - _DAY)
        years, start = years + 1, after


def _pieces(stands: Sequence[Stand], table: RateTable, first_on: date, last_on: date) -> list[tuple[date, date]]:
    """The days cut wherever something may change."""
    if last_on < first_on:
        return []
    ends = (rate.known_until + _DAY for rate in table.rates if rate.known_until < last_on)
    cuts = {first_on, *(stand.since for stand in stands), *table.changes(first_on, last_on), *ends}
    starts = sorted(cut for cut in cuts if first_on <= cut <= last_on)
    return list(zip(starts, [*(start - _DAY for start in starts[1:]), last_on], strict=True))


def _open_at(stands: Sequence[Stand], day: date) -> Decimal:
    return next((stand.principal for stand in reversed(stands) if stand.since <= day), Decimal(0))


def _append(periods: list[Period], start: date, end: date, principal: Decimal, table: RateTable, currency: str) -> None:
    """Add a piece, joined with the period before it where nothing has changed."""
    rate, before = table.on(start), periods[-1] if periods else None
    if before and before.last_on + _DAY == start and (before.principal, before.rate_percent) == (principal, rate.percent):
        periods.pop()
        periods.append(_period(before.first_on, end, principal, rate, currency, before.source))
    else:
        periods.append(_period(start, end, principal, rate, currency, rate.source))


def _period(first_on: date, last_on: date, principal: Decimal, rate: Rate, currency: str, source: str) -> Period:
    days = (last_on - first_on).days + 1
    return Period(first_on, last_on, principal, rate.percent, amount_of(principal, rate.percent, days, currency), source)
