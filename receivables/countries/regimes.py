"""A regime of late interest: which rates hold for whom, when they change during a delay, and how days are counted."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from receivables.core.errors import DomainError
from receivables.countries.rates import RateTable

_DAY = timedelta(days=1)


class NoInterest(DomainError):
    """The law gives no interest of that kind against such a debtor, or it is not known; the message names country and debtor."""


class RateMode(StrEnum):
    """When the rate of a running delay changes."""

    DAILY = "floating_daily"  # with the reference rate, on its day
    HALF_YEAR = "floating_half_year"  # on 1 January and 1 July, frozen in between
    FIXED = "fixed_at_start_of_delay"  # never


class Compounding(StrEnum):
    """Whether late interest bears interest."""

    NONE = "none"
    YEARLY = "yearly"  # what a year of delay bore joins the principal at its end


@dataclass(frozen=True, slots=True)
class Regime:
    """How late interest runs. Each period is principal × rate × days / `days_in_year`, rounded half up to the currency's unit, then added.

    Days are calendar days, from the day after the due date through the day of payment. `source` is the law.
    """

    table: RateTable
    mode: RateMode
    source: str
    compounding: Compounding = Compounding.NONE
    days_in_year: int = 365  # in leap years too: published calculators, art. 114 KC; Italy: divisor 36 500

    @property
    def name(self) -> str:
        """As the tables of rates call it."""
        return self.table.regime

    def rates_from(self, first_on: date) -> RateTable:
        """The rates of a delay that began on that day. Raises `MissingRate` where it is fixed on a day that is not known."""
        if self.mode is not RateMode.FIXED:
            return self.table
        return replace(self.table, rates=(replace(self.table.on(first_on), valid_from=first_on, known_until=date.max),))


def capped(regime: Regime, percent: Decimal, ceiling: RateTable, source: str) -> Regime:
    """Interest at a rate of the contract, cut to the ceiling of each day. Raises `MissingRate` later, on days without a known ceiling."""
    rows = tuple(
        replace(row, percent=min(percent, row.percent), source=f"contract, {percent} per cent; at most {row.percent}: {row.source}")
        for row in ceiling.rates
    )
    return replace(regime, table=replace(regime.table, rates=rows), mode=RateMode.DAILY, source=source)
