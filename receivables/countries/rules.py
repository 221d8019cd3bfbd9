"""What a country decides for the ladder: its calendar, so far. Plain Python; a pack per country, the neutral one elsewhere."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache


class CountryCalendar:
    """Contact days are all days but Sundays and statutory days off; working days are contact days but Saturdays.

    Days off come from the `holidays` package (for Poland: ustawa z 18 stycznia 1951 r. o dniach wolnych od pracy,
    24 December since 2025). Its import is slow, so it is loaded when the first calendar is asked for.
    """

    def __init__(self, country: str) -> None:
        import holidays  # noqa: PLC0415 - a slow import

        known = country in holidays.list_supported_countries()
        self._off: Mapping[date, str] = holidays.country_holidays(country, language="en_US") if known else {}

    def is_contact_day(self, day: date) -> bool:
        """Neither a Sunday nor a statutory day off."""
        return day.weekday() != 6 and day not in self._off

    def is_working_day(self, day: date) -> bool:
        """A contact day that is no Saturday."""
        return day.weekday() != 5 and self.is_contact_day(day)

    def name_of(self, day: date) -> str:
        """The English name of a day off; empty for any other day."""
        return self._off.get(day, "") or ("Sunday" if day.weekday() == 6 else "")


@lru_cache(maxsize=32)
def calendar_of(country: str) -> CountryCalendar:
    """The calendar of a country (ISO 3166-1 alpha-2); one whose days off are unknown has Sundays only."""
    return CountryCalendar(country)
