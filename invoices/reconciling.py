"""Our open items beside those of the ledger of record: where the two say the same, and where not. Pure; books nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from invoices.intake.open_items import Listed

ZERO = Decimal(0)
Key = tuple[str, str]  # number and currency


class DifferenceKind(StrEnum):
    """In what the two lists differ about one number."""

    ONLY_THERE = "only_there"
    ONLY_HERE = "only_here"
    OTHER_AMOUNT = "other_amount"
    OTHER_DUE_DATE = "other_due_date"


class Ours(NamedTuple):
    """An item that was open here on the day. `label` is the invoice's number, or that of one of its instalments."""

    item: int
    customer: int
    number: str
    label: str
    currency: str
    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Found:
    """One difference. Amounts are in `currency`, None where a side knows nothing; due days are the earliest where they differ."""

    kind: DifferenceKind
    number: str
    currency: str
    here: Decimal | None = None
    there: Decimal | None = None
    due_here: date | None = None
    due_there: date | None = None
    items: tuple[Ours, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it may have been paid there already: missing or lower in the ledger of record."""
        is_lower = (self.there or ZERO) < (self.here or ZERO)
        return self.kind is DifferenceKind.ONLY_HERE or (self.kind is DifferenceKind.OTHER_AMOUNT and is_lower)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared: numbers that agree, and the differences by number."""

    agree: int
    found: tuple[Found, ...]


def compare(listed: Iterable[Listed], ours: Sequence[Ours]) -> Comparison:
    """Compare by number, amounts of one number together. Lines of nothing and of credit say nothing of an open item."""
    there, here = _by_key(listed), _Here(ours)
    agree, found = 0, []
    for key, lines in there.items():
        items = here.take(key)
        differences = list(_between(key, lines, items))
        agree += not differences
        found += differences
    found += [_only_here(key, items) for key, items in here.left().items()]
    return Comparison(agree, tuple(sorted(found, key=lambda one: (one.number, one.currency, one.kind))))


def _by_key(listed: Iterable[Listed]) -> dict[Key, list[Listed]]:
    found: dict[Key, list[Listed]] = defaultdict(list)
    for line in listed:
        if line.amount > 0:
            found[line.number, line.currency].append(line)
    return found


class _Here:
    """Our items by the numbers under which a list may name them: the invoice's, else the instalment's own. Each is taken once."""

    def __init__(self, ours: Sequence[Ours]) -> None:
        self._by_number: dict[Key, dict[int, Ours]] = defaultdict(dict)
        self._by_label: dict[Key, Ours] = {}
        for one in ours:
            self._by_number[one.number, one.currency][one.item] = one
            if one.label != one.number:
                self._by_label[one.label, one.currency] = one

    def take(self, key: Key) -> tuple[Ours, ...]:
        """What is meant by a number; nothing where we do not know it as open."""
        if key in self._by_number:
            return tuple(self._by_number.pop(key).values())
        one = self._by_label.get(key)
        items = self._by_number.get((one.number, one.currency), {}) if one else {}
        return (items.pop(one.item),) if one and one.item in items else ()

    def left(self) -> dict[Key, tuple[Ours, ...]]:
        """What no line has named."""
        return {key: tuple(items.values()) for key, items in self._by_number.items() if items}


def _between(key: Key, lines: Sequence[Listed], items: Sequence[Ours]) -> Iterable[Found]:
    there = sum((line.amount for line in lines), ZERO)
    days_there = {line.due_on for line in lines if line.due_on}
    if not items:
        yield Found(DifferenceKind.ONLY_THERE, *key, there=there, due_there=min(days_there, default=None))
        return
    here, days_here = sum((one.amount for one in items), ZERO), {one.due_on for one in items}
    said = {"here": here, "there": there, "due_here": min(days_here), "due_there": min(days_there, default=None)}
    if here != there:
        yield Found(DifferenceKind.OTHER_AMOUNT, *key, **said, items=tuple(items))  # type: ignore[arg-type]
    if days_there and days_there != days_here:
        yield Found(DifferenceKind.OTHER_DUE_DATE, *key, **said, items=tuple(items))  # type: ignore[arg-type]


def _only_here(key: Key, items: Sequence[Ours]) -> Found:
    amount = sum((one.amount for one in items), ZERO)
    return Found(DifferenceKind.ONLY_HERE, *key, here=amount, due_here=min(one.due_on for one in items), items=tuple(items))
