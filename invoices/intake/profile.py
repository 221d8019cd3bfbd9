"""Column profiles: what stands in which column of a table, and how its dates, amounts and words are written. Stored as YAML (or JSON) text.

A profile never guesses: two date formats that could read the same text differently are refused, and so is a column that it does not name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from invoices.intake.sheets import CODES, CONSTANTS, FIELDS, INVOICES, SHEETS, WORDS, Sheet
from receivables.core import fields
from receivables.core.errors import ProfileError
from receivables.core.fields import Place, Reader, listed, made, one_of
from receivables.core.money import CURRENCIES
from receivables.core.yaml12 import Kind, Scalar, quoted, written

ENCODINGS = ("auto", "utf-8", "utf-16", "cp1250", "cp1252", "iso-8859-2")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
THOUSANDS = (" ", ".", ",", "'")

_BUILT_IN = Path(__file__).parent / "profiles"


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """How to read one kind of table. Raises `ProfileError` when made of parts that do not go together.

    table: what its rows are, a key of SHEETS. columns: our field → the header it stands under; one header may serve several fields.
    optional: fields whose column may be absent. ignored: headers that are known and not read; any other header is refused.
    dates: strptime formats of %d, %m and %Y. currency: of rows that name none, and of a company that is made for the file.
    words: field → word in the file → our word. constants: field → our word, for all rows.
    """

    name: str
    columns: Mapping[str, str]
    optional: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    delimiter: str = ","
    encoding: str = "auto"
    decimal: str = "."
    thousands: tuple[str, ...] = ()
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    currency: str = "PLN"
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    table: str = "invoices"

    @property
    def sheet(self) -> Sheet:
        """The kind of table that it reads."""
        return SHEETS[self.table]

    def __post_init__(self) -> None:
        for complaint in _complaints(self):
            raise ProfileError(complaint)


def parse_profile(text: str) -> ColumnProfile:
    """The profile a text says. Raises `ProfileError` naming line, key and what is allowed."""
    at = fields.place(text, error=ProfileError, what="the profile")
    try:
        return made(ColumnProfile, _READERS, at)
    except ProfileError as complaint:
        if str(complaint).startswith("line "):
            raise
        key = re.split(r"[. :]", str(complaint), maxsplit=1)[0]
        raise ProfileError(f"line {at.key_line(key)}: {complaint}") from None


def write_profile(profile: ColumnProfile) -> str:
    """The profile as text. `parse_profile` reads an equal one back."""
    return "\n".join([*_lines(profile), ""])


@cache
def builtin_profiles() -> Mapping[str, ColumnProfile]:
    """The profiles that come with the program, by name."""
    profiles = [parse_profile(file.read_text(encoding="utf-8")) for file in sorted(_BUILT_IN.glob("*.yaml"))]
    return MappingProxyType({profile.name: profile for profile in profiles})


# -- what does not go together. Each complaint begins with the key that it is about.


def _complaints(profile: ColumnProfile) -> Iterator[str]:
    if profile.table not in SHEETS:
        yield f"table is {profile.table!r}, which is unknown. Allowed: {', '.join(SHEETS)}."
        return
    yield from _column_complaints(profile)
    yield from _layout_complaints(profile)
    if profile.currency not in CURRENCIES:
        yield f"currency is {profile.currency!r}, which is no currency code of ISO 4217. Allowed: PLN, EUR and the like."
    for name, words in profile.words.items():
        for word, ours in words.items():
            if ours not in WORDS.get(name, ()):
                yield f"words.{name}: {word!r} stands for {ours!r}, which is unknown. Allowed: {', '.join(WORDS.get(name, ('nothing',)))}."
    for name, value in profile.constants.items():
        if name not in profile.sheet.constants and name in CONSTANTS:
            yield f"constants.{name} is no field of a table of {profile.table}. Allowed: {', '.join(profile.sheet.constants)}."
        if not _is_constant(name, value):
            yield f"constants.{name} is {value!r}. Allowed: {', '.join(WORDS.get(name, ('a code such as PL or pl',)))}."


def _is_constant(name: str, value: str) -> bool:
    return value in WORDS[name] if name in WORDS else re.fullmatch(CODES.get(name, r"(?!)"), value) is not None


def _column_complaints(profile: ColumnProfile) -> Iterator[str]:
    columns, sheet = profile.columns, profile.sheet
    if foreign := [name for name in columns if name not in sheet.fields]:
        yield f"columns.{foreign[0]} is no field of a table of {sheet.name}. Allowed: {', '.join(sheet.fields)}."
    if missing := [name for name in sheet.needed if name not in columns]:
        yield f"columns.{missing[0]} is missing; required: {', '.join(sheet.needed)}."
    if sheet.naming and not any(name in columns for name in sheet.naming):
        yield f"columns names no customer; at least one is required of: {', '.join(sheet.naming)}."
    if "paid_on" in columns and "paid_amount" in sheet.fields and "paid_amount" not in columns:
        yield "columns.paid_on says when, but paid_amount, which says how much, is missing."
    if unknown := [name for name in profile.optional if name not in columns or name in sheet.needed]:
        yield f"optional names {unknown[0]!r}; only fields under columns may be absent, and never {', '.join(sheet.needed)}."
    if both := [name for name in profile.constants if name in columns]:
        yield f"constants.{both[0]} stands under columns as well; one of them, not both."
    if both := [header for header in profile.ignored if _folded(header) in {_folded(used) for used in columns.values()}]:
        yield f"ignored names {both[0]!r}, which is read under columns."


def _folded(header: str) -> str:
    return " ".join(header.split()).casefold()


def _layout_complaints(profile: ColumnProfile) -> Iterator[str]:
    if profile.decimal in profile.thousands:
        yield f"thousands names {profile.decimal!r}, which is the decimal separator."
    if not profile.dates:
        yield "dates is empty; name at least one format such as %Y-%m-%d."
    shapes: dict[str, str] = {}
    for written_so in profile.dates:
        if sorted(re.findall("%.", written_so)) != ["%Y", "%d", "%m"] or not re.fullmatch(r"%[dmY][./ -]%[dmY][./ -]%[dmY]", written_so):
            yield f"dates: {written_so!r} is no format of %d, %m and %Y with separators, such as %d.%m.%Y."
        shape = re.sub("%[dm]", "#", written_so)
        if shapes.setdefault(shape, written_so) != written_so:
            yield f"dates: {shapes[shape]!r} and {written_so!r} read the same text as different days; name one of them."


# -- reading and writing


def _columns(at: Place) -> dict[str, str]:
    return {name: fields.text(part) for name, part in at.parts(FIELDS).items()}


def _words(at: Place) -> dict[str, dict[str, str]]:
    return {name: _explained(part, WORDS[name]) for name, part in at.parts(tuple(WORDS)).items()}


def _explained(at: Place, ours: tuple[str, ...]) -> dict[str, str]:
    return {word: one_of(ours)(part) for word, part in at.entries().items()}


def _constants(at: Place) -> dict[str, str]:
    return {name: fields.text(part) for name, part in at.parts(CONSTANTS).items()}


def _sign(signs: tuple[str, ...]) -> Reader[str]:
    """A reader of a single separator, which `fields.text` would take for nothing."""

    def sign(at: Place) -> str:
        if isinstance(at.node, Scalar) and at.node.kind is Kind.TEXT and at.node.text in signs:
            return at.node.text
        raise at.refused(f"is no separator that is known. Allowed, in quotes: {', '.join(quoted(sign) for sign in signs)}.")

    return sign


_READERS: Mapping[str, Reader[Any]] = {
    "name": fields.text,
    "table": one_of(tuple(SHEETS)),
    "delimiter": _sign(tuple(DELIMITERS)),
    "encoding": one_of(ENCODINGS),
    "decimal": _sign((".", ",")),
    "thousands": listed(_sign(THOUSANDS)),
    "dates": listed(fields.text),
    "currency": fields.currency,
    "columns": _columns,
    "optional": listed(one_of(FIELDS)),
    "ignored": listed(fields.text),
    "words": _words,
    "constants": _constants,
}


def _lines(profile: ColumnProfile) -> Iterator[str]:
    yield f"name: {written(profile.name)}"
    if profile.table != INVOICES.name:
        yield f"table: {profile.table}"
    yield f"delimiter: {quoted(profile.delimiter)}"
    yield f"encoding: {profile.encoding}"
    yield f"decimal: {quoted(profile.decimal)}"
    yield f"thousands: [{', '.join(quoted(sign) for sign in profile.thousands)}]"
    yield f"dates: [{', '.join(quoted(day) for day in profile.dates)}]"
    yield f"currency: {profile.currency}"
    yield "columns:"
    yield from (f"  {name}: {quoted(header)}" for name, header in profile.columns.items())
    yield f"optional: [{', '.join(profile.optional)}]"
    yield f"ignored: [{', '.join(quoted(header) for header in profile.ignored)}]"
    if profile.words:
        yield "words:"
        yield from (f"  {name}: {_flow(words)}" for name, words in profile.words.items())
    if profile.constants:
        yield f"constants: {_flow(profile.constants)}"


def _flow(pairs: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{quoted(key)}: {written(value)}' for key, value in pairs.items())}}}"
