"""Contact hours: windows by country and channel, the zone of whoever is contacted, days off, changes of clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.core.calendar import EveryDay
from receivables.core.errors import Refused
from receivables.countries.hours import CHANNELS, ContactHours, read_hours, window_of
from receivables.countries.rules import calendar_of

WARSAW = ZoneInfo("Europe/Warsaw")
POLISH = ContactHours("PL", WARSAW, calendar_of("PL"))


def local(text: str) -> datetime:
    """A moment in Warsaw."""
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("moment", "channel", "opens"),
    [
        pytest.param("2026-05-04T08:00", "email", "2026-05-04T08:00", id="the first minute"),
        pytest.param("2026-05-04T07:59:59", "email", "2026-05-04T08:00", id="the second before"),
        pytest.param("2026-05-04T19:59:59", "email", "2026-05-04T19:59:59", id="the last second"),
        pytest.param("2026-05-04T20:00", "email", "2026-05-05T08:00", id="eight in the evening is over"),
        pytest.param("2026-05-04T08:30", "sms", "2026-05-04T09:00", id="a text message interrupts: not before nine"),
        pytest.param("2026-05-04T19:00", "sms", "2026-05-05T09:00", id="nor after seven"),
        pytest.param("2026-05-04T19:00", "call", "2026-05-05T09:00", id="nor a call"),
        pytest.param("2026-05-04T18:00", "letter", "2026-05-05T08:00", id="letters by day"),
        pytest.param("2026-05-04T23:00", "agency", "2026-05-05T08:00", id="a hand-over by day"),
        pytest.param("2026-05-02T21:00", "email", "2026-05-04T08:00", id="Saturday night to Monday, over Constitution Day"),
        pytest.param("2026-04-30T21:00", "email", "2026-05-02T08:00", id="over the first of May"),
        pytest.param("2026-12-23T20:30", "email", "2026-12-28T08:00", id="over Christmas and a Sunday"),
        pytest.param("2026-03-28T20:00", "email", "2026-03-30T08:00", id="over the night in which clocks go forward"),
        pytest.param("2026-10-24T20:00", "email", "2026-10-26T08:00", id="over the night in which clocks go back"),
    ],
)
def test_in_poland(moment: str, channel: str, opens: str) -> None:
    assert POLISH.opening(local(moment), country="PL", channel=channel) == local(opens)


def test_a_change_of_clocks_moves_no_opening() -> None:
    """Eight in the morning is eight on the clock of the day, one hour earlier in UTC from the end of March on."""
    before = POLISH.opening(datetime(2026, 3, 27, 0, tzinfo=UTC), country="PL", channel="email")
    after = POLISH.opening(datetime(2026, 3, 30, 0, tzinfo=UTC), country="PL", channel="email")
    assert (before.hour, after.hour) == (7, 6)


@pytest.mark.parametrize(
    ("country", "moment", "opens"),
    [
        pytest.param("GB", "2026-05-06T08:30", "2026-05-06T09:00", id="an hour behind"),
        pytest.param("UA", "2026-05-06T18:00", "2026-05-07T07:00", id="an hour ahead, and an hour less in the evening elsewhere"),
        pytest.param("US", "2026-05-06T13:00", "2026-05-06T20:00", id="in several zones all are open: Honolulu is, and New York still"),
        pytest.param("XX", "2026-05-06T07:30", "2026-05-06T08:00", id="an unknown country has the creditor's zone"),
    ],
)
def test_the_country_of_whoever_is_contacted_decides_the_zone(country: str, moment: str, opens: str) -> None:
    assert POLISH.opening(local(moment), country=country, channel="email") == local(opens)


def test_zones_that_are_never_open_together_give_way_to_the_creditors() -> None:
    """From Kaliningrad to Kamchatka there are ten hours, a text message has nine."""
    assert POLISH.opening(local("2026-05-06T07:30"), country="RU", channel="sms") == local("2026-05-06T09:00")


def test_the_day_of_the_creditor_has_to_be_a_contact_day_too() -> None:
    """Monday morning in New Zealand is Sunday in Warsaw."""
    opens = POLISH.opening(local("2026-05-10T22:30"), country="NZ", channel="email")
    assert opens.astimezone(WARSAW).date().isoformat() == "2026-05-11"


def test_own_hours_narrow_those_of_every_country() -> None:
    hours = ContactHours("PL", WARSAW, EveryDay(), read_hours({"email": "10:00-16:00"}, country="PL"))
    assert str(hours.window("PL", "email")) == str(hours.window("DE", "email")) == "10:00-16:00"
    assert hours.window("PL", "sms") == window_of("PL", "sms")


def test_own_hours_that_leave_nothing_elsewhere_do_not_count_there() -> None:
    hours = ContactHours("PL", WARSAW, EveryDay(), read_hours({"email": "19:00-20:00"}, country="PL"))
    assert hours.window("DE", "email") == window_of("DE", "email")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param({"fax": "09:00-17:00"}, "no channel", id="an unknown channel"),
        pytest.param({"email": "nine to five"}, "are no hours", id="no times"),
        pytest.param({"email": "17:00-09:00"}, "ends before it begins", id="over night"),
        pytest.param({"email": "07:00-17:00"}, "only narrow", id="wider in the morning"),
        pytest.param({"sms": "10:00-20:00"}, "only narrow", id="wider in the evening"),
    ],
)
def test_hours_that_cannot_be_are_refused(text: dict[str, str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        read_hours(text, country="PL")


@given(
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    country=st.sampled_from(["PL", "DE", "GB", "ES", "US", "NZ", "XX"]),
    channel=st.sampled_from(CHANNELS),
)
def test_an_opening_is_open_never_earlier_and_the_first(moment: datetime, country: str, channel: str) -> None:
    opens = POLISH.opening(moment, country=country, channel=channel)
    assert opens >= moment
    assert POLISH.opening(opens, country=country, channel=channel) == opens
    assert POLISH.calendar.is_contact_day(opens.astimezone(WARSAW).date())
    if opens > moment:
        between = moment + (opens - moment) / 2
        assert POLISH.opening(between, country=country, channel=channel) == opens
