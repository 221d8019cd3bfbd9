"""What a promise names: a day and an amount, as people write them in Polish, English and German. Pure; only to fill a form in.

A day that is not clear is none: nobody is held to a day that they did not write.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from dunning.sorting import plain

_DAYS: Final = {
    0: ("poniedzialek", "monday", "montag"),
    1: ("wtorek", "tuesday", "dienstag"),
    2: ("srode", "sroda", "wednesday", "mittwoch"),
    3: ("czwartek", "thursday", "donnerstag"),
    4: ("piatek", "piatku", "friday", "freitag"),
    5: ("sobote", "sobota", "saturday", "samstag"),
    6: ("niedziele", "niedziela", "sunday", "sonntag"),
}
_MONTHS: Final = dict(
    enumerate(
        (
            ("styczni", "jan"), ("lut", "feb"), ("marc", "mar"), ("kwietni", "apr"), ("maj", "may", "mai"), ("czerw", "jun"),
            ("lip", "jul"), ("sierp", "aug"), ("wrzes", "sep"), ("paz", "oct", "okt"), ("listopad", "nov"), ("grud", "dec", "dez"),
        ),
        start=1,
    )
)  # fmt: skip
_SOON: Final = (
    (2, r"\b(pojutrze|day after tomorrow|ubermorgen)\b"),
    (1, r"\b(jutro|jutra|tomorrow|morgen)\b"),
    (0, r"\b(dzis|dzisiaj|today|heute)\b"),
)
_AMOUNT = re.compile(
    r"(?<![\w.,])(?:(?P<before>PLN|EUR|USD|GBP|CHF|€|£|\$)\s?)?"
    r"(?P<figure>\d{1,3}(?:[ .,\u00a0']\d{3})+(?:[.,]\d{2})?|\d{1,9}(?:[.,]\d{1,2})?)"
    r"\s?(?P<after>zł\w*|zl\w*|PLN|EUR|euro?|Euro|USD|GBP|CHF|€|£)?(?![\w])",
    re.IGNORECASE,
)
_CODES: Final = {"€": "EUR", "eur": "EUR", "euro": "EUR", "£": "GBP", "$": "USD"}
FURTHEST = timedelta(days=366)


def day_in(text: str, *, on: date) -> date | None:
    """The first day named in a text that is today or later, as seen on that day; None where there is none within a year."""
    words = plain(text)
    for read in (_iso, _numbers, _with_month, _soon, _within, _month_end, _weekday):
        for day in read(words, on):
            if on <= day <= on + FURTHEST:
                return day
    return None


def amount_in(text: str) -> tuple[Decimal, str] | None:
    """The first amount with its currency; None where none stands beside a figure."""
    for found in _AMOUNT.finditer(text[:20_000]):
        mark = (found["before"] or found["after"] or "").lower()
        figure = _figure(found["figure"])
        if mark and figure:
            code = "PLN" if mark.startswith(("zł", "zl")) else _CODES.get(mark, mark.upper())
            return figure, code
    return None


def _figure(text: str) -> Decimal | None:
    """1 234,56 and 1.234,56 and 1,234.56 and 1234.5; a mark before exactly three last digits parts thousands."""
    bare = re.sub(r"[ \u00a0']", "", text)
    decimal = re.search(r"[.,](\d{1,2})$", bare)
    whole = re.sub(r"[.,]", "", bare[: decimal.start()] if decimal else bare)
    try:
        figure = Decimal(f"{whole}.{decimal.group(1)}" if decimal else whole)
    except InvalidOperation:
        return None
    return figure or None


def _made(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _next_such(month: int, day: int, on: date) -> Iterator[date]:
    """Without a year: this year's, or the next one's where that is past."""
    for year in (on.year, on.year + 1):
        for made in _made(year, month, day):
            if made >= on:
                yield made
                return


def _iso(words: str, on: date) -> Iterator[date]:
    for year, month, day in re.findall(r"\b(20\d\d)-(\d\d)-(\d\d)\b", words):
        yield from _made(int(year), int(month), int(day))


def _numbers(words: str, on: date) -> Iterator[date]:
    for day, month, year in re.findall(r"(?<![\d.,])(\d{1,2})[./-](\d{1,2})(?:[./-](20\d\d|\d\d))?\b(?![.,]?\d)", words):
        if year:
            yield from _made(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        else:
            yield from _next_such(int(month), int(day), on) if 1 <= int(month) <= 12 else ()


def _with_month(words: str, on: date) -> Iterator[date]:
    for first, name, second, year in re.findall(
        r"\b(?:(\d{1,2})(?:st|nd|rd|th|\.)? )?([a-z]{3,12})\.?(?: (\d{1,2})(?:st|nd|rd|th)?\b)?(?:,? (20\d\d))?", words
    ):
        month = next((number for number, starts in _MONTHS.items() if _is_month(name, starts)), None)
        if month is None or not (first or second):
            continue
        yield from _made(int(year), month, int(first or second)) if year else _next_such(month, int(first or second), on)


def _is_month(name: str, starts: tuple[str, ...]) -> bool:
    return any(name.startswith(start) for start in starts) and name not in ("decyzja", "mark", "marka", "market", "janusz", "marcin", "may")


def _soon(words: str, on: date) -> Iterator[date]:
    for days, pattern in _SOON:
        if re.search(pattern, words):
            yield on + timedelta(days=days)
            return


def _within(words: str, on: date) -> Iterator[date]:
    counts = {r"(?:w ciagu|za|within|in|innerhalb von|binnen) (\d{1,2}) (?:dni|dnia|days?|tage?n?)\b": 1}
    counts |= {r"(?:w ciagu|za|within|in|innerhalb von|binnen) (\d{1,2}) (?:tygodni\w*|weeks?|wochen?)\b": 7}
    for pattern, length in counts.items():
        for number in re.findall(pattern, words):
            yield on + timedelta(days=int(number) * length)
    if re.search(r"\b(za tydzien|in a week|in einer woche|within a week|w ciagu tygodnia)\b", words):
        yield on + timedelta(days=7)


def _month_end(words: str, on: date) -> Iterator[date]:
    if re.search(r"(do|na|z) konc\w+ (tego )?miesiaca|end of (the|this) month|ende des monats|monatsende", words):
        yield on.replace(day=calendar.monthrange(on.year, on.month)[1])
    if re.search(r"(do|na|z) konc\w+ (tego )?tygodnia|end of (the|this) week|ende der woche", words):
        yield on + timedelta(days=(4 - on.weekday()) % 7)
    if re.search(r"(w przyszlym|w nastepnym|do przyszlego) tygodni\w|next week|nachste woche|nachster woche", words):
        yield on + timedelta(days=11 - on.weekday())  # its Friday


def _weekday(words: str, on: date) -> Iterator[date]:
    for number, names in _DAYS.items():
        if any(re.search(rf"\b{name}\b", words) for name in names):
            yield on + timedelta(days=(number - on.weekday() - 1) % 7 + 1)
            return
