from datetime import UTC, date, datetime, timedelta

import pytest

from receivables import clock


def test_now_is_aware_utc_and_moves():
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().tzinfo is UTC


def test_a_set_clock_stands_still(settings):
    settings.CLOCK = datetime(2013, 6, 30, 8, tzinfo=UTC)
    assert clock.now() == clock.now() == datetime(2013, 6, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Europe/Warsaw", date(2013, 7, 1)), ("UTC", date(2013, 6, 30)), ("America/New_York", date(2013, 6, 30))],
)
def test_today_is_the_day_in_the_creditors_zone(settings, zone, expected):
    settings.CLOCK = datetime(2013, 6, 30, 22, 30, tzinfo=UTC)
    assert clock.today(zone) == expected
