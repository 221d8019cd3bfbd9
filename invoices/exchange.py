"""Money of one currency for a claim in another: what a rate makes of it, and what the rates of two days made of both. Pure.

The rate of an exchange is that of one unit of what is settled. The exchange difference is what was received, at the mid rate of the last
working day before the money, less what the claim stood for, at that of the last working day before the invoice (art. 15a CIT act, art. 24c
PIT act), each rounded half up in the company's currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from receivables.core.calendar import Calendar
from receivables.core.money import round_to_unit

RATE_PLACES = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Original:
    """What the payer's bank was told: an amount in another currency, and the rate where the statement carries it."""

    amount: Decimal
    currency: str
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What rates made of settled money, in the company's currency."""

    received: Decimal
    settled: Decimal

    @property
    def amount(self) -> Decimal:
        """Zero or more."""
        return abs(self.received - self.settled)

    @property
    def is_gain(self) -> bool:
        """Whether more was received than the claim stood for."""
        return self.received >= self.settled


def rate_of(paid: Decimal, settles: Decimal) -> Decimal:
    """What one unit of the settled currency cost, to eight places."""
    return (paid / settles).quantize(RATE_PLACES, rounding=ROUND_HALF_UP)


def shares(paid: Decimal, parts: Sequence[Decimal], currency: str, *, of: Decimal | None = None) -> list[Decimal]:
    """An amount that was paid, over the parts that it settles. Where they are all of it, the last gets what roundings leave; `of` is the
    whole that the amount stands for.
    """
    whole = of if of is not None else sum(parts, Decimal(0))
    found = [round_to_unit(paid * part / whole, currency) for part in parts]
    if sum(parts, Decimal(0)) == whole:
        found[-1] = paid - sum(found[:-1], Decimal(0))
    return found


def difference(
    *, paid: Decimal, received_rate: Decimal | None, settles: Decimal, settled_rate: Decimal | None, currency: str
) -> Difference:
    """What rates made of it. A rate is None where that side is in the company's `currency`."""
    return Difference(round_to_unit(paid * (received_rate or 1), currency), round_to_unit(settles * (settled_rate or 1), currency))


def working_day_before(calendar: Calendar, day: date) -> date:
    """The last working day before a day: the table of that day counts."""
    day -= timedelta(1)
    while not calendar.is_working_day(day):
        day -= timedelta(1)
    return day
