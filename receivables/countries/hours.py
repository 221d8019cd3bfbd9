"""At which hours people may be contacted, by country and channel, in the time of whoever is contacted. Plain Python.

No country of these has statutory hours for a creditor's own messages: these are our own rules, narrower than trade codes ask for.
Poland: 8:00 to 20:00 on contact days, as the code of the Polish debt collectors (ZPF) asks that time and place be not burdensome; SMS and
calls, which interrupt, not before nine and not after seven; letters and hand-overs by day. Everywhere else an hour less in the evening.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from receivables.core.calendar import Calendar, next_contact_day
from receivables.core.errors import Refused

CHANNELS = ("email", "sms", "call", "letter", "agency")
_DAY = timedelta(days=1)
_TRIES = 16


@dataclass(frozen=True, slots=True)
class Window:
    """From the minute `opens`, before the minute `closes`, on one day."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def holds(self, at: time) -> bool:
        """Whether that time of day lies in it."""
        return self.opens <= at < self.closes

    def within(self, other: "Window") -> bool:
        """Whether all of it lies in the other one."""
        return other.opens <= self.opens and self.closes <= other.closes

    def meets(self, other: "Window") -> "Window | None":
        """The part that both have; None where there is none."""
        opens, closes = max(self.opens, other.opens), min(self.closes, other.closes)
        return Window(opens, closes) if opens < closes else None


_BY_DAY, _ALL_DAY = Window(time(8), time(18)), Window(time.min, time.max)
HOURS: dict[str, dict[str, Window]] = {
    "PL": {"email": Window(time(8), time(20)), "sms": Window(time(9), time(19)), "call": Window(time(9), time(19))},
}
ELSEWHERE = {"email": Window(time(8), time(19)), "sms": Window(time(9), time(18)), "call": Window(time(9), time(18))}


def window_of(country: str, channel: str) -> Window:
    """The hours of a channel in a country (ISO 3166-1 alpha-2), in local time."""
    return HOURS.get(country, ELSEWHERE).get(channel, _BY_DAY)


@dataclass(frozen=True, slots=True)
class ContactHours:
    """A creditor's contact hours: those of each country, narrowed by its own. A contact day is one of the creditor's calendar."""

    country: str
    zone: tzinfo
    calendar: Calendar
    own: Mapping[str, Window] = field(default_factory=dict)  # by channel

    def window(self, country: str, channel: str) -> Window:
        """What is left of the country's hours; where the creditor's own leave nothing of them, the country's."""
        theirs, ours = window_of(country, channel), self.own.get(channel)
        return (ours and ours.meets(theirs)) or theirs

    def opening(self, moment: datetime, *, country: str, channel: str) -> datetime:
        """The moment itself where somebody in that country may be contacted by that channel, else the next one at which they may. UTC.

        The country decides the local time; where it has several zones, all of them are open. A country whose zones are not known, or
        are never open together, has the creditor's.
        """
        window = self.window(country, channel)
        zones = _farthest(country, moment) if country != self.country else ()
        together = _opening(moment, [(_ALL_DAY, self.zone), *((window, zone) for zone in zones or (self.zone,))], self.calendar)
        return together or _opening(moment, [(window, self.zone)], self.calendar) or moment


def read_hours(text: Mapping[str, str], *, country: str = "") -> dict[str, Window]:
    """A creditor's own hours from "09:00-17:00" by channel. Raises `Refused` for an unknown channel, a time that is none, and hours
    that are wider than those of its country.
    """
    found = {}
    for channel, said in text.items():
        if channel not in CHANNELS:
            raise Refused(f"{channel!r} is no channel. Allowed: {', '.join(CHANNELS)}.")
        found[channel] = _read(channel, said)
        widest = window_of(country, channel)
        if country and not found[channel].within(widest):
            raise Refused(f"{channel}: {said} is wider than {widest}, the hours of {country}. A company may only narrow them.")
    return found


def _read(channel: str, said: str) -> Window:
    opens, _, closes = str(said).partition("-")
    try:
        window = Window(time.fromisoformat(opens), time.fromisoformat(closes))
    except ValueError:
        raise Refused(f"{channel}: {said!r} are no hours. Write them as 09:00-17:00.") from None
    if str(window) != said:
        raise Refused(f"{channel}: {said!r} are no hours. Write them as 09:00-17:00.")
    if window.opens >= window.closes:
        raise Refused(f"{channel}: {said} ends before it begins. Write them as 09:00-17:00.")
    return window


def _opening(moment: datetime, asked: list[tuple[Window, tzinfo]], calendar: Calendar) -> datetime | None:
    """The first moment from this one on that lies in all of these windows; None where none is near."""
    at = moment.astimezone(UTC)
    for _ in range(_TRIES):
        later = max(_opening_in(at, window, zone, calendar) for window, zone in asked)
        if later == at:
            return at
        at = later
    return None


def _opening_in(moment: datetime, window: Window, zone: tzinfo, calendar: Calendar) -> datetime:
    local = moment.astimezone(zone)
    today, at = local.date(), local.time()
    if window.holds(at) and calendar.is_contact_day(today):
        return moment
    day: date = next_contact_day(calendar, today if at < window.opens else today + _DAY)
    return datetime.combine(day, window.opens, zone).astimezone(UTC)


def _farthest(country: str, moment: datetime) -> tuple[ZoneInfo, ...]:
    """The earliest and the latest zone of a country at a moment: what is open in both is open in all between."""
    zones = sorted(_zones_of(country), key=lambda zone: zone.utcoffset(moment) or timedelta(0))
    return tuple(dict.fromkeys((zones[0], zones[-1]))) if zones else ()


@lru_cache(maxsize=256)
def _zones_of(country: str) -> tuple[ZoneInfo, ...]:
    """The zones of a country as CLDR lists them."""
    known = available_timezones()
    return tuple(ZoneInfo(name) for name, where in sorted(get_global("zone_territories").items()) if where == country and name in known)
