"""How an agency lays out its reports: which header says what, which of its words mean what. Stored as YAML text. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from receivables.core import fields
from receivables.core.errors import ProfileError
from receivables.core.fields import Place, Reader, listed, made, one_of

FIELDS = ("case_id", "agency_ref", "status", "amount", "commission", "currency", "date", "note", "id")
STATUSES = ("received", "rejected", "in_progress", "promise", "paid_to_creditor", "paid_to_agency", "court", "returned", "closed")
_SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "auto": ""}
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f']")
_NUMBER = {
    "point": re.compile(r"-?[0-9]+(\.[0-9]+)?|-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+"),
    "comma": re.compile(r"-?[0-9]+(,[0-9]+)?|-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+"),
}


@dataclass(frozen=True, slots=True)
class ReportProfile:
    """One agency's layout. Raises `ProfileError` when made of parts that do not go together.

    columns: our field → the headers it may stand under. statuses: our status → the agency's words for it.
    dates: formats of %d, %m and %Y, tried in their order. `currency` holds where the file names none.
    """

    name: str = "neutral"
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    separator: str = "auto"
    decimal: str = "point"
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    currency: str = ""

    def __post_init__(self) -> None:
        for written in self.dates:
            if sorted(re.findall("%.", written)) != ["%Y", "%d", "%m"]:
                raise ProfileError(f"dates: {written!r} is no format of %d, %m and %Y, such as %d.%m.%Y.")
        words = [word.casefold() for said in self.statuses.values() for word in said]
        if twice := next((word for word in words if words.count(word) > 1), None):
            raise ProfileError(f"statuses: {twice!r} stands for two of our statuses; it can mean one only.")

    @property
    def delimiter(self) -> str:
        """The sign between two cells; empty where the header tells."""
        return _SIGNS[self.separator]

    def headers(self, name: str) -> tuple[str, ...]:
        """The headers of one of our fields: those written here, else its own name."""
        return self.columns.get(name, (name,))

    def status(self, word: str) -> str | None:
        """Our status for the agency's word; None where it means none. Our own words are always known."""
        folded = word.casefold()
        ours = next((name for name, said in self.statuses.items() if folded in (each.casefold() for each in said)), None)
        return ours or (folded if folded in STATUSES else None)


NEUTRAL = ReportProfile()
"""The layout of FORMATS.md section 6, with `commission` and `id` beside it."""


def parse_report_profile(text: str) -> ReportProfile:
    """The profile a text says. Raises `ProfileError` naming line, key and what is allowed."""
    return made(ReportProfile, _READERS, fields.place(text, error=ProfileError, what="the profile"))


def read_number(written: str, decimal: str) -> str | None:
    """The digits with a decimal point; None for anything else.

    Thousands may be apart by spaces, and by the other sign where decimals follow: 1.234 alone could be either, so it is neither.
    """
    plain = _SPACES.sub("", written)
    if len(plain) > 30 or not _NUMBER[decimal].fullmatch(plain):
        return None
    return plain.replace(",", "") if decimal == "point" else plain.replace(".", "").replace(",", ".")


def read_day(written: str, patterns: tuple[str, ...]) -> date | None:
    """The day by the first pattern that fits; None where none does."""
    for pattern in patterns:
        shape = re.escape(pattern).replace("%d", "(?P<d>[0-9]{1,2})").replace("%m", "(?P<m>[0-9]{1,2})").replace("%Y", "(?P<Y>[0-9]{4})")
        if match := re.fullmatch(shape, written):
            try:
                return date(int(match["Y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


def _words(allowed: tuple[str, ...]) -> Reader[dict[str, tuple[str, ...]]]:
    def words(at: Place) -> dict[str, tuple[str, ...]]:
        return {name: tuple(fields.text(part) for part in place.items()) for name, place in at.parts(allowed).items()}

    return words


_READERS: Mapping[str, Reader[Any]] = {
    "name": fields.text,
    "columns": _words(FIELDS),
    "statuses": _words(STATUSES),
    "separator": one_of(tuple(_SIGNS)),
    "decimal": one_of(("comma", "point")),
    "dates": listed(fields.text),
    "currency": fields.currency,
}
