"""Rates of an instalment agreement. Pure."""

from calendar import monthrange
from datetime import date
from decimal import ROUND_DOWN, Decimal

from receivables.core.money import quantum


def equal_rates(owed: Decimal, currency: str, *, count: int, first: date) -> list[tuple[date, Decimal]]:
    """So many monthly rates that add up to what is owed, rounded down to the currency's unit; the last one takes the rest.

    A rate that begins on the 31st falls on the last day of a shorter month.
    """
    each = (owed / count).quantize(quantum(currency), rounding=ROUND_DOWN)
    amounts = [each] * (count - 1) + [owed - each * (count - 1)]
    return [(months_after(first, n), amount) for n, amount in enumerate(amounts)]


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
