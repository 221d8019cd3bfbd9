"""Contact days and working days. A day is a date in the creditor's country."""

from datetime import date, timedelta
from typing import Protocol

_DAY = timedelta(days=1)


class Calendar(Protocol):
    """On which days people may be written to, and on which days a due date or deadline can end."""

    def is_contact_day(self, day: date) -> bool:
        """Whether messages may go out."""
        ...

    def is_working_day(self, day: date) -> bool:
        """Whether a due date or a deadline may fall on it."""
        ...


class EveryDay:
    """Every day is a contact day and a working day."""

    def is_contact_day(self, day: date) -> bool:
        """Always."""
        return True

    def is_working_day(self, day: date) -> bool:
        """Always."""
        return True


def next_contact_day(calendar: Calendar, day: date) -> date:
    """The day itself, or the first contact day after it."""
    while not calendar.is_contact_day(day):
        day += _DAY
    return day


def next_working_day(calendar: Calendar, day: date) -> date:
    """The day itself, or the first working day after it."""
    while not calendar.is_working_day(day):
        day += _DAY
    return day


def working_day_after(calendar: Calendar, day: date, count: int) -> date:
    """The working day that comes so many working days after a day, which itself does not count."""
    for _number in range(count):
        day = next_working_day(calendar, day + _DAY)
    return day
