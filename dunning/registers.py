"""From which day a customer's debts may be entered in a debtor register, and what is missing until then. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from receivables.countries.periods import same_day_of_year
from receivables.countries.registers import Register


class Missing(StrEnum):
    """What stands against an entry."""

    SUM = "sum"  # what may be entered is below the threshold
    WARNING = "warning"  # no warning letter was sent
    TIME = "time"  # thirty days overdue, or a month since the letter, are not over
    AGE = "age"  # due too long ago
    CURRENCY = "currency"  # owed in a currency in which the register has no threshold


@dataclass(frozen=True, slots=True)
class RegisterDebt:
    """An open item. `open` is without its disputed part; `effective_due_on` is moved to a working day, as the pack does."""

    item: int
    label: str
    currency: str
    open: Decimal
    due_on: date
    effective_due_on: date
    warned_on: date | None = None


@dataclass(frozen=True, slots=True)
class RegisterStanding:
    """All of a customer's debts together. `eligible_from` None: never, as things stand; `missing` says why, the first thing to do first.

    `sum` is what counts: overdue, in the register's currency, not too old. `items` may be entered from that day.
    """

    sum: Decimal
    eligible_from: date | None
    missing: tuple[Missing, ...]
    items: tuple[int, ...] = ()

    def is_eligible(self, *, on: date) -> bool:
        """Whether an entry may be made on a day."""
        return self.eligible_from is not None and on >= self.eligible_from


def register_standing(register: Register, debts: Iterable[RegisterDebt], *, on: date) -> RegisterStanding:
    """The first day on which debts that are overdue and warned of long enough reach the threshold together."""
    overdue = [debt for debt in debts if debt.open > 0 and debt.effective_due_on < on]
    own = [debt for debt in overdue if debt.currency == register.currency]
    young = [debt for debt in own if on < same_day_of_year(debt.due_on, register.most_years)]
    total = sum((debt.open for debt in young), Decimal(0))
    dated = sorted(((opens, debt) for debt in young if (opens := _opens(register, debt, total))), key=lambda pair: (pair[0], pair[1].item))
    reached = Decimal(0)
    for count, (opens, debt) in enumerate(dated, start=1):
        reached += debt.open
        if reached >= register.threshold:
            missing = () if on >= opens else (Missing.TIME,)
            return RegisterStanding(total, opens, missing, tuple(one.item for _, one in dated[:count]))
    return RegisterStanding(total, None, tuple(_missing(register, overdue, own, young, total)))


def _opens(register: Register, debt: RegisterDebt, total: Decimal) -> date | None:
    """The day from which this one may be entered with others that reach the threshold."""
    found = register.opening(
        max(total, register.threshold), due_on=debt.due_on, effective_due_on=debt.effective_due_on, warned_on=debt.warned_on
    )
    return found.eligible_from


def _missing(
    register: Register, overdue: Sequence[RegisterDebt], own: Sequence[RegisterDebt], young: Sequence[RegisterDebt], total: Decimal
) -> Iterable[Missing]:
    if total < register.threshold:
        yield Missing.SUM
    if young and any(debt.warned_on is None for debt in young):
        yield Missing.WARNING
    if len(young) < len(own):
        yield Missing.AGE
    if len(own) < len(overdue):
        yield Missing.CURRENCY
