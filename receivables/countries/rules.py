"""What a country decides for the ladder: its calendar, so far. Plain Python; a pack per country, the neutral one elsewhere."""

from datetime import date
from functools import lru_cache

from receivables.core.calendar import Calendar


class CountryCalendar:
    """Contact days are all days but Sundays and statutory days off; working days are contact days but Saturdays.

    Days off come from the `holidays` package (for Poland: ustawa z 18 stycznia 1951 r. o dniach wolnych od pracy,
    24 December since 2025). Its import is slow, so it is loaded when the first calendar is asked for.
    """

    def __init__(self, country: str) -> None:
        import holidays  # noqa: PLC0415 - a slow import

        known = country in holidays.list_supported_countries()
        self._off = holidays.country_holidays(country) if known else {}

    def is_contact_day(self, day: date) -> bool:
        """Neither a Sunday nor a statutory day off."""
        return day.weekday() != 6 and day not in self._off

    def is_working_day(self, day: date) -> bool:
        """A contact day that is no Saturday."""
        return day.weekday() != 5 and self.is_contact_day(day)


@lru_cache(maxsize=32)
def calendar_of(country: str) -> Calendar:
    """The calendar of a country (ISO 3166-1 alpha-2); one whose days off are unknown has Sundays only."""
    return CountryCalendar(country)
