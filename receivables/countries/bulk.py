"""Late interest of many debts: the same periods and amounts as `delay_interest`, with each regime prepared once, in whole numbers.

Exact: amounts are counted in the currency's smallest unit, rates in a fraction of a per cent that fits all rows of the table, so that
principal × rate × days is a whole number and only the division is rounded, half up, as everywhere.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from receivables.core.money import decimals_of
from receivables.countries.interest import Interest, Period, Stand, delay_interest
from receivables.countries.rates import Rate, RateTable
from receivables.countries.regimes import Compounding, RateMode, Regime


class _Stretch(NamedTuple):
    """Days (as ordinals, first and last included) with one principal, in the smallest unit."""

    first: int
    last: int
    units: int
    principal: Decimal


@dataclass(frozen=True, slots=True)
class _Ladder:
    """A table's rows as whole numbers, neighbours with one rate joined. `run` counts the gaps before a row."""

    table: RateTable
    rates: tuple[Rate, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    scaled: tuple[int, ...]
    weights: tuple[int, ...]  # rate × all days of the row
    run: tuple[int, ...]
    origins: tuple[int, ...]  # the starts of the table's own rows
    divisor: int

    @classmethod
    def of(cls, table: RateTable, days_in_year: int) -> "_Ladder":
        """Prepared once for a table."""
        rows = _joined(table.rates)
        places = max((-int(rate.percent.as_tuple().exponent) for rate in rows), default=0)
        scaled = tuple(int(rate.percent.scaleb(places)) for rate in rows)
        starts = tuple(rate.valid_from.toordinal() for rate in rows)
        ends = tuple(rate.known_until.toordinal() for rate in rows)
        weights = tuple(rate * (end - start + 1) for rate, start, end in zip(scaled, starts, ends, strict=True))
        run = [0]
        for before, after in zip(ends, starts[1:], strict=False):
            run.append(run[-1] + (after != before + 1))
        origins = tuple(rate.valid_from.toordinal() for rate in table.rates)
        return cls(table, rows, starts, ends, scaled, weights, tuple(run), origins, days_in_year * 100 * 10**places)

    def rows(self, first: int, last: int) -> tuple[int, int]:
        """The rows of the first and the last day. Raises `MissingRate` where a day between has none."""
        low, high = bisect_right(self.starts, first) - 1, bisect_right(self.starts, last) - 1
        if low < 0 or first > self.ends[low] or last > self.ends[high] or self.run[low] != self.run[high]:
            self.table.on(date.fromordinal(self._gap(low, first)))
        return low, high

    def units(self, units: int, weight: int) -> int:
        """principal × (rate × days) / (365 × 100), rounded half up."""
        return (2 * units * weight + self.divisor) // (2 * self.divisor)

    def total(self, stretch: _Stretch) -> int:
        """The rounded periods of a stretch, added up."""
        first, last, units, _ = stretch
        low, high = self.rows(first, last)
        if low == high:
            return self.units(units, self.scaled[low] * (last - first + 1))
        double, divisor = 2 * units, self.divisor
        outer = self.units(units, self.scaled[low] * (self.ends[low] - first + 1))
        outer += self.units(units, self.scaled[high] * (last - self.starts[high] + 1))
        return outer + sum((double * weight + divisor) // (2 * divisor) for weight in self.weights[low + 1 : high])

    def periods(self, stretch: _Stretch, exponent: int) -> list[Period]:
        """The periods of a stretch."""
        first, last, units, principal = stretch
        low, high = self.rows(first, last)
        if low == high:
            return [self._part(stretch, low, first, last, exponent)]
        double, divisor = 2 * units, self.divisor
        inner = [
            Period(
                row.valid_from,
                row.known_until,
                principal,
                row.percent,
                Decimal((double * weight + divisor) // (2 * divisor)).scaleb(exponent),
                row.source,
            )
            for row, weight in zip(self.rates[low + 1 : high], self.weights[low + 1 : high], strict=True)
        ]
        return [
            self._part(stretch, low, first, self.ends[low], exponent),
            *inner,
            self._part(stretch, high, self.starts[high], last, exponent),
        ]

    def _part(self, stretch: _Stretch, row: int, first: int, last: int, exponent: int) -> Period:
        """A period of some days of a row."""
        amount = Decimal(self.units(stretch.units, self.scaled[row] * (last - first + 1))).scaleb(exponent)
        days = date.fromordinal(first), date.fromordinal(last)
        return Period(*days, stretch.principal, self.rates[row].percent, amount, self._source(first))

    def _source(self, first: int) -> str:
        """Of the table's own row, which may begin within a joined one."""
        return self.table.rates[bisect_right(self.origins, first) - 1].source

    def _gap(self, low: int, first: int) -> int:
        """The first day without a rate, from `first` in or after that row."""
        if low < 0 or first > self.ends[low]:
            return first
        while low + 1 < len(self.starts) and self.run[low + 1] == self.run[low]:
            low += 1
        return self.ends[low] + 1


class Reckoner:
    """Late interest under one regime and currency, prepared for many debts. Keep one for a batch; the book of rates is inside."""

    def __init__(self, regime: Regime, currency: str) -> None:
        self.regime, self.currency = regime, currency
        self._exponent = -decimals_of(currency)
        self._whole = _Ladder.of(regime.table, regime.days_in_year)
        self._fixed: dict[date, _Ladder] = {}

    def total(self, stands: Sequence[Stand], *, first_on: date, last_on: date) -> Decimal:
        """What `delay_interest` gives in total. Raises `MissingRate` as it does."""
        if self.regime.compounding is not Compounding.NONE:
            return self.interest(stands, first_on=first_on, last_on=last_on).total
        if last_on < first_on:
            return Decimal(0)
        ladder = self._ladder(first_on)
        units = sum(ladder.total(stretch) for stretch in self._stretches(stands, first_on, last_on))
        return Decimal(units).scaleb(self._exponent)

    def interest(self, stands: Sequence[Stand], *, first_on: date, last_on: date) -> Interest:
        """What `delay_interest` gives, period by period."""
        if self.regime.compounding is not Compounding.NONE:
            return delay_interest(self.regime, stands, first_on=first_on, last_on=last_on, currency=self.currency)
        if last_on < first_on:
            return Interest(self.regime.name)
        ladder = self._ladder(first_on)
        stretches = self._stretches(stands, first_on, last_on)
        return Interest(self.regime.name, tuple(period for stretch in stretches for period in ladder.periods(stretch, self._exponent)))

    def _ladder(self, first_on: date) -> _Ladder:
        if self.regime.mode is not RateMode.FIXED:
            return self._whole
        if first_on not in self._fixed:
            self._fixed[first_on] = _Ladder.of(self.regime.rates_from(first_on), self.regime.days_in_year)
        return self._fixed[first_on]

    def _stretches(self, stands: Sequence[Stand], first_on: date, last_on: date) -> list[_Stretch]:
        """The days on which something is open, cut where its amount changes."""
        first, last = first_on.toordinal(), last_on.toordinal()
        starts = [max(stand.since.toordinal(), first) for stand in stands]
        found: list[_Stretch] = []
        for (start, after), stand in zip(pairwise([*starts, last + 1]), stands, strict=True):
            end = min(after - 1, last)
            if start > end or stand.principal <= 0:
                continue
            if found and found[-1].last + 1 == start and found[-1].principal == stand.principal:
                found[-1] = found[-1]._replace(last=end)
            else:
                found.append(_Stretch(start, end, int(stand.principal.scaleb(-self._exponent)), stand.principal))
        return found


def _joined(rates: Sequence[Rate]) -> tuple[Rate, ...]:
    """Neighbours with one rate as one row."""
    found: list[Rate] = []
    for rate in rates:
        before = found[-1] if found else None
        if before and before.percent == rate.percent and before.known_until.toordinal() + 1 == rate.valid_from.toordinal():
            found[-1] = Rate(before.valid_from, rate.known_until, before.percent, before.source)
        else:
            found.append(rate)
    return tuple(found)
