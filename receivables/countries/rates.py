"""Dated rates, as data files beside this module: each row says how long it holds and where it was read. Nothing is guessed beyond."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from receivables.core.errors import DomainError

DATA = Path(__file__).parent / "data"


class MissingRate(DomainError):
    """A rate that a claim needs is not known; the message names country, regime and day."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A yearly rate in per cent, from one day through another."""

    valid_from: date
    known_until: date
    percent: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of one regime of a country, oldest first."""

    country: str
    regime: str
    rates: tuple[Rate, ...]

    def on(self, day: date) -> Rate:
        """The rate of that day. Raises `MissingRate` for a day before the first or after the last that is known."""
        for rate in reversed(self.rates):
            if rate.valid_from <= day <= rate.known_until:
                return rate
        raise MissingRate(
            f"{self.country}: no rate of late interest ({self.regime}) is known for {day}. Add it to the country's table of rates."
        )

    def changes(self, first: date, last: date) -> Iterator[date]:
        """Days after `first` through `last` on which another row begins."""
        return (rate.valid_from for rate in self.rates if first < rate.valid_from <= last)


@dataclass(frozen=True, slots=True)
class MidRate:
    """What one euro cost on the last working day of a month."""

    on: date
    price: Decimal
    table: str
    source: str


@lru_cache(maxsize=32)
def rate_table(country: str, regime: str) -> RateTable:
    """The table of a regime. Raises `MissingRate` where the country has none of that name."""
    rows = [row for row in _rows(f"{country.lower()}_interest.csv") if row["regime"] == regime]
    if not rows:
        raise MissingRate(f"{country}: no rates of late interest ({regime}) are known on any day. Add a table of rates for that country.")
    return RateTable(country, regime, tuple(_rate(row) for row in rows))


def euro_before(country: str, day: date) -> MidRate:
    """The mid rate of the euro on the last working day of the month before `day`. Raises `MissingRate` where it is not known."""
    month = f"{day.year - (day.month == 1)}-{(day.month - 2) % 12 + 1:02}"
    rate = _mid_rates(country).get(month)
    if rate is None:
        raise MissingRate(
            f"{country}: no mid rate of the euro (compensation) is known for {month}, the month before {day}. Add it to the table."
        )
    return rate


@lru_cache(maxsize=8)
def _mid_rates(country: str) -> Mapping[str, MidRate]:
    rows = _rows(f"{country.lower()}_eur_mid.csv")
    return {row["month"]: MidRate(date.fromisoformat(row["rate_on"]), Decimal(row["eur_pln"]), row["table"], row["source"]) for row in rows}


def _rate(row: Mapping[str, str]) -> Rate:
    return Rate(date.fromisoformat(row["valid_from"]), date.fromisoformat(row["known_until"]), Decimal(row["rate_percent"]), row["source"])


def _rows(name: str) -> list[dict[str, str]]:
    path = DATA / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
