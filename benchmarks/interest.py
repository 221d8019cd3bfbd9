"""interest: late interest of many debts over five years of rate changes, in bulk and in the plain loop. Needs no server.

Half are consumers' debts, whose rate floats by the day, half firms'; each began in the second half of 2021 and a quarter was paid in part.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from receivables.countries.bulk import Reckoner
from receivables.countries.interest import Interest, Stand, delay_interest
from receivables.countries.law import PACKS
from receivables.countries.rates import shipped
from receivables.countries.regimes import Regime
from receivables.countries.words import Debtor

BEGINS, ENDS = date(2021, 7, 1), date(2026, 8, 20)
DAYS = timedelta(days=1)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Debt:
    """A debt and since when it is late."""

    regime: Regime
    stands: tuple[Stand, ...]
    first_on: date


def measure(size: int) -> dict[str, Any]:
    """The line that is printed: debts a second of this process's CPU. Raises SystemExit where bulk and loop differ anywhere."""
    debts = make_debts(size)
    naive_s, plain = timed(lambda: [in_a_loop(debt) for debt in debts])
    bulk_s, bulk = timed(lambda: with_periods(debts))
    totals_s, totals = timed(lambda: only_totals(debts))
    if bulk != plain or totals != [found.total for found in plain]:
        raise SystemExit("Bulk and loop differ.")
    return {
        "workload": "interest",
        "n": size,
        "periods": sum(len(found.periods) for found in bulk),
        "totals_s": round(size / totals_s),
        "with_periods_s": round(size / bulk_s),
        "naive_s": round(size / naive_s),
        "totals_ratio": round(naive_s / totals_s, 1),
        "with_periods_ratio": round(naive_s / bulk_s, 1),
    }


def make_debts(size: int) -> list[Debt]:
    """The same debts each time."""
    chance = random.Random(2026)
    regimes = [PACKS["PL"].regime(debtor, rates=shipped()) for debtor in (Debtor.CONSUMER, Debtor.BUSINESS)]
    return [_debt(regimes[n % 2], chance, is_paid_in_part=n % 8 < 2) for n in range(size)]


def _debt(regime: Regime, chance: random.Random, *, is_paid_in_part: bool) -> Debt:
    first_on = BEGINS + chance.randrange(184) * DAYS
    whole = Stand(date.min, Decimal(chance.randrange(1000, 10_000_000)).scaleb(-2))
    if not is_paid_in_part:
        return Debt(regime, (whole,), first_on)
    rest = Stand(first_on + chance.randrange(1, 1500) * DAYS, whole.principal - Decimal(chance.randrange(100, 1000)).scaleb(-2))
    return Debt(regime, (whole, rest), first_on)


def in_a_loop(debt: Debt) -> Interest:
    """One debt, as a message's claim is worked out."""
    return delay_interest(debt.regime, debt.stands, first_on=debt.first_on, last_on=ENDS, currency="PLN")


def with_periods(debts: Sequence[Debt]) -> list[Interest]:
    """All, each period with its days, rate, principal, amount and source."""
    reckoners = {id(debt.regime): Reckoner(debt.regime, "PLN") for debt in debts[:2]}
    return [reckoners[id(debt.regime)].interest(debt.stands, first_on=debt.first_on, last_on=ENDS) for debt in debts]


def only_totals(debts: Sequence[Debt]) -> list[Decimal]:
    """All, the sum of the rounded periods alone."""
    reckoners = {id(debt.regime): Reckoner(debt.regime, "PLN") for debt in debts[:2]}
    return [reckoners[id(debt.regime)].total(debt.stands, first_on=debt.first_on, last_on=ENDS) for debt in debts]


def timed(work: Callable[[], list[Result]]) -> tuple[float, list[Result]]:
    """CPU seconds of this process, and what came out."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result
