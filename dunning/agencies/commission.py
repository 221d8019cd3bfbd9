"""What an agency's scale gives it of what it recovers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from receivables.core.money import round_to_unit


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a scale: the share of debts at least so old and so large when they were handed over."""

    from_days: int
    from_amount: Decimal
    percent: Decimal


def line_for(scale: Sequence[Line], *, placed: Decimal, age_days: int) -> Line | None:
    """The line that holds: the highest age that is reached, and in it the highest sum; None where none is reached."""
    reached = [line for line in scale if line.from_days <= age_days and line.from_amount <= placed]
    return max(reached, key=lambda line: (line.from_days, line.from_amount), default=None)


def commission_on(scale: Sequence[Line], recovered: Decimal, *, placed: Decimal, age_days: int, currency: str) -> Decimal | None:
    """Its share of what was recovered, rounded half up to the currency's unit; None without a line that holds."""
    line = line_for(scale, placed=placed, age_days=age_days)
    return None if line is None else round_to_unit(recovered * line.percent / 100, currency)
