"""Which daily mid rates the books need, and having them asked for.

Of each currency in use the table before every invoice that is open or whose exchange difference is not booked, and before the money on it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models.functions import Coalesce

from invoices.exchange import working_day_before
from invoices.models import AllocationEntry, Item
from receivables.countries.rules import calendar_of
from receivables.rates.day_tables import DayReport, take_days
from receivables.rates.sources import SOURCES

COUNTRY, HOME = "PL", "PLN"
"""The companies whose central bank is asked: those of this country that keep their books in its currency."""


def take_needed(*, now: datetime) -> DayReport:
    """Ask for what is needed and not kept yet, a few questions for all companies. Twice is as once."""
    source = SOURCES[COUNTRY]
    return take_days(source, needed_days(), on=now.astimezone(ZoneInfo(source.zone)).date(), now=now)


def needed_days() -> dict[str, set[date]]:
    """By currency the days whose tables count. Three queries."""
    of_company = {"creditor__country": COUNTRY, "creditor__currency": HOME}
    waiting = Item.objects.open().filter(**of_company).exclude(currency=HOME)
    entries = AllocationEntry.objects.filter(
        is_reversal=False, reversal=None, exchange_difference=None, **{f"item__{name}": said for name, said in of_company.items()}
    )
    money = entries.annotate(
        code=Coalesce("payment__currency", "exchange__payment__currency"),
        day=Coalesce("payment__booked_on", "exchange__payment__booked_on"),
    )
    return _days([
        *waiting.order_by().values_list("currency", "invoice__issued_on").distinct(),
        *entries.exclude(currency=HOME).order_by().values_list("currency", "item__invoice__issued_on").distinct(),
        *money.exclude(code=None).exclude(code=HOME).order_by().values_list("code", "day").distinct(),
    ])  # fmt: skip


def _days(pairs: Iterable[tuple[str, date]]) -> dict[str, set[date]]:
    calendar, days = calendar_of(COUNTRY), defaultdict(set)
    for code, day in set(pairs):
        days[code].add(working_day_before(calendar, day))
    return dict(days)
