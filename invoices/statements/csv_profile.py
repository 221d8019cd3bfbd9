"""How a bank lays out its CSV: which header says what, how days and amounts are written. Stored as YAML text.

The header row is found by its names, not by a line number: banks put up to forty lines before it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from receivables.core import fields
from receivables.core.errors import ProfileError
from receivables.core.fields import Place, Reader, listed, made, one_of
from receivables.core.yaml12 import quoted, written

FIELDS = (
    "booked_on", "value_on", "amount", "credit", "debit", "currency", "balance", "counterparty", "account", "title", "kind",
    "reference", "own_account",
)  # fmt: skip
KEYED = ("counterparty", "account", "title", "reference")
"""Fields that may stand in a cell without a header, as `Key: value`."""
_BUILT_IN = Path(__file__).parent / "profiles"


@dataclass(frozen=True, slots=True)
class BankProfile:
    """One bank's layout. Raises `ProfileError` when made of parts that do not go together.

    columns: our field → the headers it may stand under, the first that the file has counts. keyed: our field → keys of `Key: value`
    cells. positions: our field → column from 1, for files without a header, whose rows have `width` columns or more and begin behind
    `skipped` rows about the statement itself.
    dates: formats of %d, %m and %Y. decimal: auto takes the last point or comma with one or two digits behind it.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keyed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positions: Mapping[str, int] = field(default_factory=dict)
    width: int = 0
    skipped: int = 1
    delimiter: str = "auto"
    decimal: str = "auto"
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    currency: str = ""

    def __post_init__(self) -> None:
        for complaint in _complaints(self):
            raise ProfileError(complaint)

    @property
    def has_header(self) -> bool:
        """Whether the columns go by their headers."""
        return not self.positions


def parse_bank_profile(text: str) -> BankProfile:
    """The profile a text says. Raises `ProfileError` naming line, key and what is allowed."""
    return made(BankProfile, _READERS, fields.place(text, error=ProfileError, what="the profile"))


def write_bank_profile(profile: BankProfile) -> str:
    """The profile as text. `parse_bank_profile` reads an equal one back."""
    return "\n".join([*_lines(profile), ""])


@cache
def builtin_bank_profiles() -> Mapping[str, BankProfile]:
    """The profiles that come with the program, by name."""
    profiles = [parse_bank_profile(file.read_text(encoding="utf-8")) for file in sorted(_BUILT_IN.glob("*.yaml"))]
    return MappingProxyType({profile.name: profile for profile in profiles})


def _complaints(profile: BankProfile) -> Iterator[str]:
    known = profile.columns if profile.has_header else profile.positions
    if profile.columns and profile.positions:
        yield "columns and positions exclude each other: a file has a header or it has none."
    if "booked_on" not in known:
        yield "booked_on is missing: one column must say the day."
    if "amount" not in known and not {"credit", "debit"} <= set(known):
        yield "amount is missing: one column must hold it, or two, credit and debit."
    if profile.positions and not profile.width:
        yield "width is missing: how many columns a row has at least."
    for format_ in profile.dates:
        if sorted(re.findall("%.", format_)) != ["%Y", "%d", "%m"]:
            yield f"dates: {format_!r} is no format of %d, %m and %Y, such as %d-%m-%Y."


def _headers(allowed: tuple[str, ...]) -> Reader[dict[str, tuple[str, ...]]]:
    def headers(at: Place) -> dict[str, tuple[str, ...]]:
        return {name: tuple(fields.text(part) for part in place.items()) for name, place in at.parts(allowed).items()}

    return headers


def _positions(at: Place) -> dict[str, int]:
    return {name: fields.whole(part, lowest=1, highest=200) for name, part in at.parts(FIELDS).items()}


def _lines(profile: BankProfile) -> Iterator[str]:
    yield f"name: {written(profile.name)}"
    yield f"delimiter: {profile.delimiter}"
    yield f"decimal: {profile.decimal}"
    yield f"dates: [{', '.join(quoted(day) for day in profile.dates)}]"
    if profile.currency:
        yield f"currency: {profile.currency}"
    if not profile.has_header:
        yield f"width: {profile.width}"
        yield f"skipped: {profile.skipped}"
        yield f"positions: {{{', '.join(f'{name}: {place}' for name, place in profile.positions.items())}}}"
    for key, named in (("columns", profile.columns), ("keyed", profile.keyed)):
        if named:
            yield f"{key}:"
            yield from (f"  {name}: [{', '.join(quoted(header) for header in headers)}]" for name, headers in named.items())


_READERS: Mapping[str, Reader[Any]] = {
    "name": fields.text,
    "columns": _headers(FIELDS),
    "keyed": _headers(KEYED),
    "positions": _positions,
    "width": fields.whole,
    "skipped": partial(fields.whole, lowest=0, highest=200),
    "delimiter": one_of(("auto", "comma", "semicolon", "tab")),
    "decimal": one_of(("auto", "comma", "point")),
    "dates": listed(fields.text),
    "currency": fields.currency,
}
