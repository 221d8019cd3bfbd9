"""Promises and instalment agreements: when they are kept, and when they are missed. Pure; SCENARIOS.md section 3, Money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """One rate as agreed: what it is over, what is open of it, and its day (moved to a working day)."""

    due_on: date
    open: Decimal


def filled(amounts: Sequence[Decimal], owed: Decimal) -> list[Decimal]:
    """What is open of each rate when so much is still owed on the invoices covered: money fills the rates in their order.

    What is owed beyond the agreement (a payment from before it was taken back) is no part of it.
    """
    opens: list[Decimal] = []
    for amount in reversed(amounts):
        opens.append(max(min(amount, owed), ZERO))
        owed -= amount
    return opens[::-1]


def is_missed(parts: Iterable[Part], *, credit: Decimal, on: date) -> bool:
    """Whether a rate is open after its day, and the customer's open credit does not reach it."""
    return any(part.open > 0 and part.due_on < on and credit < part.open for part in parts)


def is_kept(amount: Decimal, *, allocated: Decimal, unallocated: Decimal) -> bool:
    """Whether a promise is kept by what was allocated to its items since, and money that nobody has allocated yet."""
    return allocated + unallocated >= amount
