"""Calendar arithmetic of terms: months and years that end on the same day, or on the last of a shorter month (art. 112 KC and its like)."""

import calendar
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day so many months on (before, where negative), or the last of that month where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def same_day_of_year(day: date, years: int) -> date:
    """The same day so many years on; 28 February for a leap day."""
    return months_after(day, 12 * years)


def end_of_year(year: int) -> date:
    """31 December."""
    return date(year, 12, 31)
