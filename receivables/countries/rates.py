"""Dated rates: each row says how long it holds and where it was read. Nothing is guessed beyond. The package ships some as data files."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from receivables.core.errors import DomainError
from receivables.core.sentences import gettext_noop

DATA = Path(__file__).parent / "data"
_DAY = timedelta(days=1)


class MissingRate(DomainError):
    """A rate that a claim needs is not known; the message and its facts name country, regime or month, and day."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A yearly rate in per cent, from one day through another."""

    valid_from: date
    known_until: date
    percent: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of one regime of a country, oldest first, no day in two of them."""

    country: str
    regime: str
    rates: tuple[Rate, ...]

    def on(self, day: date) -> Rate:
        """The rate of that day. Raises `MissingRate` for a day before the first or after the last that is known."""
        for rate in reversed(self.rates):
            if rate.valid_from <= day <= rate.known_until:
                return rate
        raise MissingRate(
            gettext_noop("%(country)s: no rate of late interest (%(regime)s) is known for %(day)s. Enter it in the admin."),
            country=self.country, regime=self.regime, day=day,
        )  # fmt: skip

    def changes(self, first: date, last: date) -> Iterator[date]:
        """Days after `first` through `last` on which another row begins."""
        return (rate.valid_from for rate in self.rates if first < rate.valid_from <= last)

    def extended(self, rows: Iterable[Rate]) -> "RateTable":
        """With these rows; of two that begin on one day the new one holds, and each ends at the latest before the next begins."""
        by_day = {rate.valid_from: rate for rate in (*self.rates, *rows)}
        ordered = [by_day[day] for day in sorted(by_day)]
        ends = [*(rate.valid_from - _DAY for rate in ordered[1:]), date.max]
        cut = (replace(rate, known_until=min(rate.known_until, end)) for rate, end in zip(ordered, ends, strict=True))
        return replace(self, rates=tuple(cut))

    def known_until(self) -> date:
        """The last day whose rate is known."""
        return self.rates[-1].known_until


@dataclass(frozen=True, slots=True)
class MidRate:
    """What one euro cost in a country's currency on the last working day of a month."""

    on: date
    price: Decimal
    table: str
    source: str


@dataclass(frozen=True, eq=False, slots=True)
class RateBook:
    """All dated rates that are known: tables by country and regime, mid rates of the euro by country and month. Never changed."""

    tables: Mapping[tuple[str, str], RateTable] = field(default_factory=dict)
    mids: Mapping[tuple[str, str], MidRate] = field(default_factory=dict)  # (country, "2026-03")

    def table(self, country: str, regime: str) -> RateTable:
        """The table of a regime. Raises `MissingRate` where the country has none of that name."""
        found = self.tables.get((country, regime))
        if found is None:
            raise MissingRate(
                gettext_noop("%(country)s: no rates of late interest (%(regime)s) are known on any day. Enter them in the admin."),
                country=country, regime=regime,
            )  # fmt: skip
        return found

    def euro_before(self, country: str, day: date) -> MidRate:
        """The mid rate of the euro on the last working day of the month before `day`. Raises `MissingRate` where it is not known."""
        month = _month_before(day)
        found = self.mids.get((country, month))
        if found is None:
            raise MissingRate(
                gettext_noop(
                    "%(country)s: no mid rate of the euro (compensation) is known for %(month)s, the month before %(day)s. "
                    "Enter it in the admin."
                ),
                country=country, month=month, day=day,
            )  # fmt: skip
        return found

    def extended(self, rates: Mapping[tuple[str, str], Sequence[Rate]], mids: Mapping[str, Sequence[MidRate]]) -> "RateBook":
        """A new book with rows added: `rates` by (country, regime), `mids` by country. A row may move on until when its table is known.

        Of two rows of a table that begin on one day, and of two mid rates of one month, the added one holds.
        """
        tables = dict(self.tables)
        for (country, regime), rows in rates.items():
            tables[country, regime] = tables.get((country, regime), RateTable(country, regime, ())).extended(rows)
        added = {(country, f"{mid.on:%Y-%m}"): mid for country, rows in mids.items() for mid in rows}
        return RateBook({key: table for key, table in tables.items() if table.rates}, {**self.mids, **added})


@lru_cache(maxsize=1)
def shipped() -> RateBook:
    """What the package ships, read once."""
    rates: dict[tuple[str, str], list[Rate]] = {}
    for path in sorted(DATA.glob("*_interest.csv")):
        for row in _rows(path):
            rates.setdefault((_country(path), row["regime"]), []).append(_rate(row))
    return RateBook().extended(rates, {_country(path): [_mid(row) for row in _rows(path)] for path in DATA.glob("*_eur_mid.csv")})


def _month_before(day: date) -> str:
    return f"{day.year - (day.month == 1)}-{(day.month - 2) % 12 + 1:02}"


def _country(path: Path) -> str:
    return path.name.partition("_")[0].upper()


def _mid(row: Mapping[str, str]) -> MidRate:
    return MidRate(date.fromisoformat(row["rate_on"]), Decimal(row["eur_pln"]), row["table"], row["source"])


def _rate(row: Mapping[str, str]) -> Rate:
    return Rate(date.fromisoformat(row["valid_from"]), date.fromisoformat(row["known_until"]), Decimal(row["rate_percent"]), row["source"])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
