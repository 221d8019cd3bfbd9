"""When statements go out by themselves, and of which days. Pure.

A statement tells a month or a quarter that is over, and leaves on a set day of the month after it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from receivables.countries.periods import months_after

LATEST = timedelta(days=14)
"""How late a statement may still leave, such as after an outage: later it is old news, and the next one tells those days too."""
_DAY = timedelta(days=1)


class Every(StrEnum):
    """How often."""

    MONTH = "month"
    QUARTER = "quarter"

    @property
    def months(self) -> int:
        """How many months one statement tells."""
        return 3 if self is Every.QUARTER else 1


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a statement, and the day on which it leaves."""

    from_on: date
    to_on: date
    leaves_on: date


def due_period(every: Every, day: int, *, starts_on: date, on: date, bank_seen_until: date | None) -> Period | None:
    """What is to leave on that day; None where nothing is.

    Never what was to leave before the schedule began, or too long ago, and nothing before the books know the bank through the last day of
    the period: a payment that nobody has read yet would be missing.
    """
    period = last_period(every, day, on=on)
    is_late = on > period.leaves_on + LATEST
    if period.leaves_on < starts_on or is_late or bank_seen_until is None or bank_seen_until < period.to_on:
        return None
    return period


def last_period(every: Every, day: int, *, on: date) -> Period:
    """The newest period whose statement was to leave by that day."""
    first = on.replace(day=1) if on.day >= day else months_after(on.replace(day=1), -1)
    while (first.month - 1) % every.months:
        first = months_after(first, -1)
    return Period(months_after(first, -every.months), first - _DAY, first.replace(day=day))


def next_leaving(every: Every, day: int, *, on: date) -> date:
    """The next day on which statements leave, from that day on."""
    last = last_period(every, day, on=on).leaves_on
    return last if last == on else months_after(last, every.months)
