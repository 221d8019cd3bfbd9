"""Reads the fields of a case strictly: each refusal names the field and says what it must be."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from receivables.core.errors import Refused
from receivables.core.money import CURRENCIES, parse_amount

Word = TypeVar("Word", bound=StrEnum)
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
_PERCENT = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of the document, and where it stands."""

    place: str
    values: Mapping[str, Any]

    def refused(self, name: str, problem: str) -> Refused:
        """The refusal of a field."""
        return Refused(f"{self.place}: {name}: {problem}")

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.values.get(name) is not None

    def only(self, known: Collection[str]) -> None:
        """Refuse a field that is not known."""
        for name in self.values:
            if name not in known:
                raise self.refused(called(name), "no such field is known here; check its spelling, or leave it out.")

    def need(self, name: str) -> Any:
        """The value of a field that must be there."""
        if not self.has(name):
            raise self.refused(name, "it is missing.")
        return self.values[name]

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self.need(name)
        if not isinstance(value, str) or not value.strip():
            raise self.refused(name, f"{_shown(value)} is no text.")
        return value

    def day(self, name: str) -> date:
        """A day of the calendar."""
        value = self.need(name)
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
        except ValueError:
            day = None
        if day is None or value != day.isoformat():
            raise self.refused(name, f"{_shown(value)} is no date such as 2026-03-31.")
        if not EARLIEST <= day <= LATEST:
            raise self.refused(name, f"{day} is outside the years {EARLIEST.year} to {LATEST.year}.")
        return day

    def currency(self, usual: str) -> str:
        """An ISO 4217 code; the usual one where none is said."""
        value = self.values.get("currency", usual)
        if not isinstance(value, str) or value not in CURRENCIES:
            raise self.refused("currency", f"{_shown(value)} is no currency code of ISO 4217, such as PLN or EUR.")
        return value

    def amount(self, name: str, currency: str) -> Decimal:
        """A positive amount as a decimal string."""
        value = self.need(name)
        if not isinstance(value, str):
            raise self.refused(name, f'{_shown(value)} is no decimal string such as "1234.50"; amounts are never numbers.')
        if len(value) > 40:
            raise self.refused(name, f"{_shown(value)} is no amount that can be booked.")
        try:
            amount = parse_amount(value, currency)
        except Refused as error:
            raise self.refused(name, str(error)) from error
        if amount <= 0:
            raise self.refused(name, f"{_shown(value)} is not above zero.")
        return amount

    def percent(self, name: str) -> Decimal:
        """A yearly rate as a decimal string."""
        value = self.need(name)
        if not isinstance(value, str) or not _PERCENT.fullmatch(value):
            raise self.refused(name, f'{_shown(value)} is no rate in per cent such as "12.50".')
        return Decimal(value)

    def word(self, name: str, words: type[Word]) -> Word:
        """One of a list of words."""
        value = self.need(name)
        if not isinstance(value, str) or value not in {str(word) for word in words}:
            raise self.refused(name, f"{_shown(value)} is none of {among(words)}.")
        return words(value)

    def objects(self, name: str) -> list["Fields"]:
        """A list of objects; none where the field is not there."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refused(name, f"{_shown(value)} is no list.")
        for number, entry in enumerate(value, start=1):
            if not isinstance(entry, dict):
                raise self.refused(name, f"entry {number} is no object.")
        return [Fields(f"{self.place}: {name} {number}", entry) for number, entry in enumerate(value, start=1)]


def among(words: Iterable[str]) -> str:
    """The words with commas."""
    return ", ".join(str(word) for word in words)


def called(name: str) -> str:
    """A name that somebody else chose, in one printable line and cut."""
    return one_line(name)[:60]


def one_line(text: str) -> str:
    """Without line breaks and characters that steer a terminal."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _shown(value: object) -> str:
    """A value as it is written, cut."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
