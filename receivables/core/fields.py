"""Reading what a person wrote: a value in its place, which complains with line, key and what is allowed.

A `Reader` turns a place into a value or raises the place's own error. `Place.parts` takes the fields of a mapping and refuses what is
unknown or missing; `made` builds a dataclass from a table of readers. Nothing is converted silently: a number where text is expected is
refused.
"""

import dataclasses
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar

from receivables.core.errors import DomainError, Refused
from receivables.core.money import CURRENCIES, decimals_of, parse_amount
from receivables.core.yaml12 import Kind, Listing, Node, Scalar, Table, read

Value = TypeVar("Value")
Made = TypeVar("Made")
Reader = Callable[["Place"], Value]

MAX_TEXT = 200
MAX_DAYS = 36_500  # a hundred years; beyond it, dates overflow


@dataclass(frozen=True, slots=True)
class Place:
    """A value where it stands: `steps[2].channel`, with its line. `error` is what it raises, `what` names the whole text."""

    node: Node
    path: str
    error: type[DomainError]
    what: str

    def refused(self, says: str) -> DomainError:
        """The error to raise about this value; `says` continues the sentence that begins with its name."""
        return self.error(f"line {self.node.line}: {self.path or self.what} {says}")

    def within(self, error: type[DomainError]) -> "Place":
        """The same place, complaining with another error."""
        return dataclasses.replace(self, error=error)

    def items(self) -> list["Place"]:
        """The members of a list, named [1], [2] …"""
        if not isinstance(self.node, Listing):
            raise self.refused(f"must be a list, such as [a, b]; {shown(self.node)}.")
        return [Place(node, f"{self.path}[{n}]", self.error, self.what) for n, node in enumerate(self.node.items, start=1)]

    def entries(self) -> dict[str, "Place"]:
        """The values of a mapping with free keys."""
        if not isinstance(self.node, Table):
            raise self.refused(f"must be fields, written key: value; {shown(self.node)}.")
        return {key: self._below(key, entry.node) for key, entry in self.node.entries.items()}

    def parts(self, allowed: Collection[str], required: Iterable[str] = ()) -> dict[str, "Place"]:
        """The values of a mapping whose keys are known; an unknown or missing one is refused."""
        parts = self.entries()
        for key in parts:
            if key not in allowed:
                raise self._unknown(key, allowed)
        if missing := [key for key in required if key not in parts]:
            raise self.error(f"line {self.node.line}: {self._name(missing[0])} is missing; required: {', '.join(required)}.")
        return parts

    def key_line(self, key: str) -> int:
        """The line of a key of this mapping; the mapping's own where it has no such key."""
        entry = self.node.entries.get(key) if isinstance(self.node, Table) else None
        return entry.line if entry else self.node.line

    def _unknown(self, key: str, allowed: Collection[str]) -> DomainError:
        plain = key[:60] if key.isprintable() else ascii(key[:60])
        says = f"{self._name(plain)} is unknown{guess(key, allowed)} Allowed: {', '.join(allowed)}."
        return self.error(f"line {self.key_line(key)}: {says}")

    def _below(self, key: str, node: Node) -> "Place":
        return Place(node, self._name(key), self.error, self.what)

    def _name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def place(text: str, *, error: type[DomainError], what: str) -> Place:
    """The root of a YAML 1.2 text."""
    return Place(read(text, error=error), "", error, what)


def made(kind: Callable[..., Made], readers: Mapping[str, Reader[Any]], at: Place, **known: object) -> Made:
    """A dataclass from the fields written at a place. A field without a default is required; `known` are those not read."""
    required = [field.name for field in dataclasses.fields(kind) if _must_be_given(field) and field.name not in known]  # type: ignore[arg-type]
    parts = at.parts(readers, required)
    return kind(**{name: readers[name](part) for name, part in parts.items()}, **known)


def _must_be_given(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def text(at: Place, *, longest: int = MAX_TEXT) -> str:
    """One line of text that says something."""
    value = _scalar(at, Kind.TEXT, "text")
    if not value.strip():
        raise at.refused("is empty; write some text.")
    if len(value) > longest:
        raise at.refused(f"is too long; at most {longest} characters are allowed.")
    if not value.isprintable():
        raise at.refused("must be one line of plain text, without line breaks, tabs or special spaces.")
    return value


def flag(at: Place) -> bool:
    """true or false; yes, no, on and off are text."""
    return _scalar(at, Kind.FLAG, "true or false").lower() == "true"


def whole(at: Place, *, lowest: int = -MAX_DAYS, highest: int = MAX_DAYS) -> int:
    """A whole number in decimal digits."""
    value = _scalar(at, Kind.NUMBER, "a whole number")
    if not re.fullmatch(r"[-+]?[0-9]+", value):
        raise at.refused(f"must be a whole number in digits, such as 7; here stands {value[:60]!r}.")
    if len(value) > 12 or not lowest <= int(value) <= highest:
        raise at.refused(f"must be a whole number from {lowest} to {highest}; here stands {value[:60]!r}.")
    return int(value)


def day(at: Place) -> date:
    """A date of the calendar, written 2026-04-01."""
    value = _scalar(at, Kind.TEXT, "a date such as 2026-04-01")
    try:
        return date.fromisoformat(value) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else _no_date(at)
    except ValueError:
        return _no_date(at)


def _no_date(at: Place) -> date:
    raise at.refused(f"must be a date of the calendar such as 2026-04-01; {shown(at.node)}.")


def currency(at: Place) -> str:
    """A currency code of ISO 4217."""
    code = _scalar(at, Kind.TEXT, "a currency code such as PLN")
    if code not in CURRENCIES:
        raise at.refused(f"is {code[:60]!r}, which is no currency code of ISO 4217. Allowed: PLN, EUR and the like.")
    return code


def amount(at: Place) -> Decimal:
    """An amount in quotes with two or three decimals, of either sign: whether it fits is judged where its currency is known."""
    written = _scalar(at, Kind.TEXT, 'an amount in quotes such as "50.00"')
    if not re.fullmatch(r"-?[0-9]{1,14}\.[0-9]{2,3}", written):
        raise at.refused(f'must be an amount in quotes with two decimals, such as "50.00"; here stands {written[:60]!r}.')
    return Decimal(written)


def amount_in(code: str) -> Reader[Decimal]:
    """A reader of amounts of one currency, not negative: two decimals, or as many as the currency has."""
    places = decimals_of(code)
    example = f'"50.{"0" * places}"' if places else '"50"'
    shape = re.compile(r"-?[0-9]{1,14}" + (rf"\.([0-9]{{2}}|[0-9]{{{places}}})" if places else r"(\.[0-9]{2})?"))

    def read_amount(at: Place) -> Decimal:
        written = _scalar(at, Kind.TEXT, f"an amount in quotes such as {example}")
        if not shape.fullmatch(written):
            raise at.refused(f"must be an amount of {code} in quotes, such as {example}; here stands {written[:60]!r}.")
        if written.startswith("-"):
            raise at.refused(f'must not be negative; "0.00" or more is allowed, here stands {written!r}.')
        try:
            return parse_amount(written, code)
        except Refused as refusal:
            raise at.refused(f"does not fit: {refusal} Allowed: amounts such as {example}.") from None

    return read_amount


def amounts_by_currency(at: Place) -> dict[str, Decimal]:
    """Currency codes with an amount each, none of them negative."""
    amounts = at.entries()
    for code, place in amounts.items():
        if code not in CURRENCIES:
            raise place.refused("is unknown: that is no currency code of ISO 4217. Allowed: PLN, EUR and the like.")
    return {code: amount_in(code)(place) for code, place in amounts.items()}


def one_of(words: Iterable[str]) -> Reader[str]:
    """A reader of exactly these words."""
    allowed = tuple(words)

    def word(at: Place) -> str:
        value = _scalar(at, Kind.TEXT, f"one of {', '.join(allowed)}")
        if value not in allowed:
            raise at.refused(f"is {value[:60]!r}, which is unknown{guess(value, allowed)} Allowed: {', '.join(allowed)}.")
        return value

    return word


def listed(reader: Reader[Value]) -> Reader[tuple[Value, ...]]:
    """A reader of a list of such values."""
    return lambda at: tuple(reader(item) for item in at.items())


def or_null(reader: Reader[Value]) -> Reader[Value | None]:
    """A reader that takes null as well."""
    return lambda at: None if is_null(at) else reader(at)


def is_null(at: Place) -> bool:
    """Whether null stands there."""
    return isinstance(at.node, Scalar) and at.node.kind is Kind.NULL


def is_text(at: Place) -> bool:
    """Whether text stands there."""
    return isinstance(at.node, Scalar) and at.node.kind is Kind.TEXT


def guess(word: str, allowed: Iterable[str]) -> str:
    """`; did you mean channel?` where something allowed is close, whatever the case, else a full stop."""
    folded = {known.casefold(): known for known in allowed}
    close = get_close_matches(word[:60].casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean {folded[close[0]]}?" if close else "."


def shown(node: Node) -> str:
    """What stands there, in words."""
    if isinstance(node, Listing):
        return "here is a list"
    if isinstance(node, Table):
        return "here are fields (key: value)"
    return "nothing stands here" if node.kind is Kind.NULL else f"{node.text[:60]!r} is {node.kind}"


def _scalar(at: Place, kind: Kind, wanted: str) -> str:
    if not isinstance(at.node, Scalar):
        raise at.refused(f"must be {wanted}; {shown(at.node)}.")
    if at.node.kind is not kind:
        hint = "; put it in quotes" if kind is Kind.TEXT and at.node.kind is not Kind.NULL else ""
        raise at.refused(f"must be {wanted}; {shown(at.node)}{hint}.")
    return at.node.text
