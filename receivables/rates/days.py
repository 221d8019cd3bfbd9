"""Which tables of a central bank are asked for, and which of them counts on a day. Plain Python."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from receivables.rates.words import DayRow

LONGEST = timedelta(days=93)
"""NBP answers for at most so many days at a time."""
BACK = timedelta(days=7)
"""So far a day without a table steps back: farther than any run of holidays."""


def windows(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Ranges of at most `LONGEST` that hold these days, each with the week before its first, and few of them."""
    rest = sorted(set(days))
    while rest:
        first = rest[0] - BACK
        within = [day for day in rest if day - first < LONGEST]
        yield first, within[-1]
        rest = rest[len(within) :]


def counting(rows: Sequence[DayRow], day: date) -> DayRow | None:
    """The table of the day, or of the nearest day before it within a week."""
    return max((row for row in rows if day - BACK <= row.table_on <= day), key=lambda row: row.table_on, default=None)
