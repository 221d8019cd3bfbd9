"""Poland: the tables of interest that follow from the reference rate of the NBP. LAW: acts as named at each table."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from receivables.countries.rates import Rate, RateTable

REFERENCE = "nbp_reference"
_DAY = timedelta(days=1)
_NEW_POINTS_FROM = date(2020, 1, 1)  # Dz.U. 2019 poz. 1649; before it 8 points for everybody
_OLD_POINTS = Decimal(8)
HALF_YEARLY: Mapping[str, Decimal] = {  # act of 8 March 2013, art. 4 pkt 3, 11b
    "commercial_delay": Decimal(10),
    "commercial_delay_public_health": Decimal(8),
}
DAILY: Mapping[str, tuple[Decimal, int, str]] = {  # points, times, law
    "kc_delay": (Decimal("5.5"), 1, "art. 481 par. 2 KC"),
    "kc_delay_max": (Decimal("5.5"), 2, "art. 481 par. 2(1) KC"),
    "kc_capital": (Decimal("3.5"), 1, "art. 359 par. 2 KC"),
    "kc_capital_max": (Decimal("3.5"), 2, "art. 359 par. 2(1) KC"),
}


def derived_tables(reference: RateTable) -> dict[tuple[str, str], tuple[Rate, ...]]:
    """All tables that follow from the reference rate, as rows for `RateBook.extended`, the reference itself included.

    A rate of a half-year is known to its end as soon as the reference of its first day is, and not at all before.
    """
    tables = {name: tuple(_daily(reference, *law)) for name, law in DAILY.items()}
    tables |= {name: tuple(_half_yearly(reference, points)) for name, points in HALF_YEARLY.items()}
    return {(reference.country, name): rows for name, rows in {REFERENCE: reference.rates, **tables}.items()}


def _daily(reference: RateTable, points: Decimal, times: int, law: str) -> Iterator[Rate]:
    for row in reference.rates:
        percent = times * (row.percent + points)
        formula = f"NBP reference + {points} pp" if times == 1 else f"{times} × (NBP reference + {points} pp)"
        yield Rate(row.valid_from, row.known_until, percent, f"{formula}, {law}; {row.source}")


def _half_yearly(reference: RateTable, points: Decimal) -> Iterator[Rate]:
    begun = ((row, *half) for row in reference.rates for half in _half_years(row.valid_from, row.known_until))
    for row, first, last in begun:
        added = points if first >= _NEW_POINTS_FROM else _OLD_POINTS
        source = f"NBP reference on {first} + {added} pp, art. 4 pkt 3 and art. 11b act of 8 March 2013; {row.source}"
        yield Rate(first, last, row.percent + added, source)


def _half_years(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Half-years that begin in these days."""
    for year in range(first.year, last.year + 1):
        for begins, ends in ((date(year, 1, 1), date(year, 6, 30)), (date(year, 7, 1), date(year, 12, 31))):
            if first <= begins <= last:
                yield begins, ends
