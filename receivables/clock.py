"""What time it is. Everybody asks here, so that demo, fault and benchmark runs can set the clock (CLOCK, refused when live)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """The present moment, aware, in UTC; the moment in CLOCK where that is set."""
    moment: datetime | None = settings.CLOCK
    return moment.astimezone(UTC) if moment else datetime.now(UTC)


def today(zone: str) -> date:
    """The business day in a creditor's time zone, such as Europe/Warsaw."""
    return now().astimezone(ZoneInfo(zone)).date()
