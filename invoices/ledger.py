"""What the dated entries say: balances as of a day, ageing, and how money is spread over debts. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
BUCKETS = ("not_due", "1-30", "31-60", "61-90", "91-180", "181-365", "365+")
FIRST_DAYS = (1, 31, 61, 91, 181, 366)  # days overdue on which each bucket but the first begins


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that lowered what is open on an item from that day on; a reversal raises it again."""

    on: date
    amount: Decimal
    is_reversal: bool = False

    @property
    def signed(self) -> Decimal:
        """Positive where it settles."""
        return -self.amount if self.is_reversal else self.amount


class Instalment(NamedTuple):
    """A part of an invoice with its own due date."""

    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Debt:
    """An item as money meets it: what is open, and how much of that is disputed."""

    item: int
    label: str
    due_on: date
    open: Decimal
    disputed: Decimal = ZERO


class Slice(NamedTuple):
    """A part of an item's debt that money may settle: of its principal, or of a claim posted on it."""

    item: int
    amount: Decimal
    claim: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """How an amount fell: the part of each item that got one, and what is left."""

    parts: dict[int, Decimal]
    rest: Decimal
    claims: dict[int, Decimal] = field(default_factory=dict)  # of claims, by their ids


def settled(entries: Iterable[Entry], *, on: date) -> Decimal:
    """What the entries have settled by the end of day `on`."""
    return sum((entry.signed for entry in entries if entry.on <= on), ZERO)


def open_on(amount: Decimal, entries: Iterable[Entry], *, on: date) -> Decimal:
    """What is open at the end of day `on`. Never below zero, even where money booked late meets money that was still there."""
    return max(amount - settled(entries, on=on), ZERO)


def bucket_of(due_on: date, *, on: date) -> str:
    """The ageing bucket. Overdue starts the day after the due date."""
    return BUCKETS[bisect_right(FIRST_DAYS, (on - due_on).days)]


def spread(amount: Decimal, slices: Iterable[Slice]) -> Spread:
    """Let an amount fall on debts in the order given, each filled before the next. Slices of one item are added up."""
    parts: dict[int, Decimal] = {}
    claims: dict[int, Decimal] = {}
    rest = amount
    for item, owed, claim in slices:
        if part := min(rest, owed):
            into, key = (claims, claim) if claim else (parts, item)
            into[key] = into.get(key, ZERO) + part
            rest -= part
    return Spread(parts, rest, claims)


def interest_first(slices: Sequence[Slice], interest: Iterable[Slice]) -> list[Slice]:
    """Each debt's interest before its principal; interest on what has no principal left comes first of all: it is the oldest."""
    by_item: dict[int, list[Slice]] = {}
    for claim in interest:
        by_item.setdefault(claim.item, []).append(claim)
    owed = {part.item for part in slices}
    ordered = [claim for item, claims in by_item.items() if item not in owed for claim in claims]
    for part in slices:
        ordered += [*by_item.pop(part.item, ()), part]
    return ordered


def in_order(debts: Iterable[Debt]) -> list[Slice]:
    """All that is open on each, in the order given."""
    return [Slice(debt.item, debt.open) for debt in debts if debt.open > 0]


def oldest_first(debts: Iterable[Debt]) -> list[Slice]:
    """By due date, then by label; what is disputed comes after all that is not."""
    ordered = sorted(debts, key=lambda debt: (debt.due_on, debt.label))
    certain = [Slice(debt.item, debt.open - min(debt.disputed, debt.open)) for debt in ordered]
    disputed = [Slice(debt.item, min(debt.disputed, debt.open)) for debt in ordered]
    return [part for part in (*certain, *disputed) if part.amount > 0]
