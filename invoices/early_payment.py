"""Discounts for paying early: what an invoice's terms say, until when, and how much. Pure.

A percentage of the gross amount, rounded half up; who pays on the last day pays in time, and one that ends on a day off ends on the next
working day (art. 115 KC).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from receivables.core.calendar import Calendar, next_working_day
from receivables.core.money import round_to_unit

MOST_PERCENT, MOST_DAYS = Decimal(20), 180


@dataclass(frozen=True, slots=True)
class Terms:
    """One step: so many per cent to who pays within so many days of the day of issue."""

    percent: Decimal
    days: int
    said: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether it is a discount that anybody grants."""
        return 0 < self.percent <= MOST_PERCENT and 0 <= self.days <= MOST_DAYS


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invoice grants: so much less to who pays by that day."""

    amount: Decimal
    until: date
    percent: Decimal
    days: int


def offers(terms: Iterable[Terms], *, gross: Decimal, currency: str, issued_on: date, calendar: Calendar) -> tuple[Offer, ...]:
    """What the terms grant on a gross amount, the earliest first."""
    return tuple(
        Offer(amount, next_working_day(calendar, issued_on + timedelta(each.days)), each.percent, each.days)
        for each in sorted(terms, key=lambda each: each.days)
        if 0 < (amount := round_to_unit(gross * each.percent / 100, currency)) < gross
    )


def granted(offered: Sequence[Offer], *, short: Decimal, paid_on: date) -> Offer | None:
    """The offer that explains exactly so much less, where the money came in time; None where none does."""
    return next((offer for offer in offered if offer.amount == short and paid_on <= offer.until), None)


def missed(offered: Sequence[Offer], *, short: Decimal, paid_on: date) -> Offer | None:
    """The offer that was taken, though the money came too late for it."""
    return next((offer for offer in offered if offer.amount == short and paid_on > offer.until), None)


_XRECHNUNG = re.compile(r"#SKONTO#TAGE=([0-9]{1,3})#PROZENT=([0-9]{1,2}(?:\.[0-9]{1,2})?)#(BASISBETRAG=[0-9.-]+#)?")
_PERCENT = re.compile(r"([0-9]{1,2}(?:[.,][0-9]{1,2})?)\s*%")
_DAYS = re.compile(r"([0-9]{1,3})\s*(?:dni|dnia|day|days|tage|tagen)\b", re.IGNORECASE)


def of_xrechnung(text: str) -> tuple[Terms, ...]:
    """The lines #SKONTO#TAGE=14#PROZENT=2.00# of XRechnung (BR-DE-18). A discount on a part of the amount only is left to a person."""
    found = (Terms(Decimal(percent), int(days), line) for line, days, percent, part in _matches(text) if not part)
    return tuple(terms for terms in found if terms.is_sound)


def _matches(text: str) -> Iterator[tuple[str, str, str, str]]:
    yield from ((match[0], match[1], match[2], match[3] or "") for match in _XRECHNUNG.finditer(text))


def of_words(condition: str, amount: str) -> tuple[Terms, ...]:
    """Terms in the two texts of KSeF (WarunkiSkonta, WysokoscSkonta): one percentage and one number of days, or nothing is certain."""
    percents, days = _PERCENT.findall(f"{amount} {condition}"), _DAYS.findall(condition) or _DAYS.findall(amount)
    if len(set(percents)) != 1 or len(set(days)) != 1:
        return ()
    terms = Terms(Decimal(percents[0].replace(",", ".")), int(days[0]), f"{condition} {amount}".strip()[:200])
    return (terms,) if terms.is_sound else ()
