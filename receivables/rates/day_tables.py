"""Daily mid rates: asked for where days need them, kept once with the table's own day and number, never changed.

What a person states with a booking stands with that booking and is never looked at here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from receivables.core.errors import DomainError
from receivables.rates.days import counting, windows
from receivables.rates.models import DayRate
from receivables.rates.sources import Source
from receivables.rates.words import DayRow

PLACES = 6  # decimals that a booking keeps of a rate


@dataclass(slots=True)
class DayReport:
    """What became of the days for which rates were needed, in sentences. `trouble`: the source did not answer, and the rest waits."""

    taken: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    trouble: str = ""


def take_days(source: Source, needed: Mapping[str, Collection[date]], *, on: date, now: datetime) -> DayReport:
    """Ask for the tables of days before `on` that are not kept yet, by currency. What came before trouble stays; twice is as once."""
    report = DayReport()
    try:
        for currency in sorted(needed):
            _take(source, currency, _missing(source.country, currency, needed[currency], on=on), report, now=now)
    except DomainError as refusal:
        report.trouble = str(refusal)
    return report


def day_rates(country: str, wanted: Collection[tuple[str, date]]) -> dict[tuple[str, date], DayRate]:
    """By currency and day the rate that counts, where it is kept. One query."""
    if not wanted:
        return {}
    days = [Q(currency=currency, on=day) for currency, day in wanted]
    found = DayRate.objects.filter(Q(*days, _connector=Q.OR), country=country)
    return {(row.currency, row.on): row for row in found}


def _missing(country: str, currency: str, days: Collection[date], *, on: date) -> list[date]:
    """Of a day that is not over the table may not be there yet."""
    known = DayRate.objects.filter(country=country, currency=currency, on__in=days).values_list("on", flat=True)
    return sorted({day for day in days if day < on} - set(known))


def _take(source: Source, currency: str, days: Collection[date], report: DayReport, *, now: datetime) -> None:
    for first, last in windows(days):
        rows = source.day_rates(currency, first=first, last=last)
        kept = list(_kept(source, rows, [day for day in days if first <= day <= last], currency, report, now=now))
        DayRate.objects.bulk_create(kept, ignore_conflicts=True)
        report.taken += [str(row) for row in kept]


def _kept(
    source: Source, rows: Collection[DayRow], days: Collection[date], currency: str, report: DayReport, *, now: datetime
) -> Iterator[DayRate]:
    for day in days:
        row = counting(list(rows), day)
        if row is None:
            report.lacking.append(f"{currency}: there is no table of {day}, nor of the week before.")
        elif row.price != round(row.price, PLACES):
            report.lacking.append(f"{currency} {row.table_on}: {row.price} has more decimals than a booking keeps; state the rate there.")
        else:
            yield DayRate(
                country=source.country, currency=currency, on=day, table_on=row.table_on, price=row.price, table_number=row.table,
                source=row.source, at=now,
            )  # fmt: skip
