"""interest: late interest of many debts over five years of rate changes, in bulk and in the plain loop. Needs no server.

Half are consumers' debts, whose rate floats by the day, half firms'; each began in the second half of 2021 and a quarter was paid in part.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from receivables.countries.bulk import Reckoner
from receivables.countries.interest import Interest, Stand, delay_interest
from receivables.countries.law import PACKS
from receivables.countries.rates import shipped
from receivables.countries.regimes import Regime
from receivables.countries.words import Debtor

BEGINS, ENDS = date(2021, 7, 1), date(2026, 8, 20)
DAYS = timedelta(days=1)
BATCH = 1000
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Debt:
    """A debt and since when it is late."""

    regime: Regime
    stands: tuple[Stand, ...]
    first_on: date


def measure(size: int) -> dict[str, Any]:
    """The line that is printed: debts a second of this process's CPU. Raises SystemExit where bulk and loop differ anywhere."""
    debts, reckoners = make_debts(size), _Reckoners()
    naive, with_periods, totals = _Timed(in_a_loop), _Timed(reckoners.interest), _Timed(reckoners.totals)
    periods = 0
    for start in range(0, size, BATCH):
        batch = debts[start : start + BATCH]
        plain, bulk, sums = naive(batch), with_periods(batch), totals(batch)
        if bulk != plain or sums != [found.total for found in plain]:
            raise SystemExit("Bulk and loop differ.")
        periods += sum(len(found.periods) for found in bulk)
    return {
        "workload": "interest",
        "n": size,
        "periods": periods,
        "totals_s": round(size / totals.seconds),
        "with_periods_s": round(size / with_periods.seconds),
        "naive_s": round(size / naive.seconds),
        "totals_ratio": round(naive.seconds / totals.seconds, 1),
        "with_periods_ratio": round(naive.seconds / with_periods.seconds, 1),
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


def in_a_loop(debts: Sequence[Debt]) -> list[Interest]:
    """One debt after the other, as a message's claim is worked out."""
    return [delay_interest(debt.regime, debt.stands, first_on=debt.first_on, last_on=ENDS, currency="PLN") for debt in debts]


class _Reckoners:
    """One for each regime, kept for all batches."""

    def __init__(self) -> None:
        self._by_regime: dict[str, Reckoner] = {}

    def interest(self, debts: Sequence[Debt]) -> list[Interest]:
        """Each period with its days, rate, principal, amount and source."""
        return [self._of(debt).interest(debt.stands, first_on=debt.first_on, last_on=ENDS) for debt in debts]

    def totals(self, debts: Sequence[Debt]) -> list[Decimal]:
        """The sum of the rounded periods alone."""
        return [self._of(debt).total(debt.stands, first_on=debt.first_on, last_on=ENDS) for debt in debts]

    def _of(self, debt: Debt) -> Reckoner:
        name = debt.regime.name
        if name not in self._by_regime:
            self._by_regime[name] = Reckoner(debt.regime, "PLN")
        return self._by_regime[name]


class _Timed(Generic[Result]):
    """A way to reckon, with the CPU seconds of this process that it took so far."""

    def __init__(self, work: Callable[[Sequence[Debt]], list[Result]]) -> None:
        self._work, self.seconds = work, 0.0

    def __call__(self, debts: Sequence[Debt]) -> list[Result]:
        begun = time.process_time()
        result = self._work(debts)
        self.seconds += time.process_time() - begun
        return result
