"""Debtor registers: from which day an unpaid debt may be entered, and by when an entry must follow a payment."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from receivables.countries.periods import months_after, same_day_of_year

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """From which day an entry may be made, and what that was worked out from. Where none may be, `reason` says why."""

    threshold: Decimal
    first_overdue_enough: date
    first_warned_enough: date | None
    eligible_from: date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """The conditions of a register for one kind of debtor. Amounts are principal in `currency`."""

    name: str
    threshold: Decimal
    currency: str
    source: str
    overdue_days: int = 30
    warning_months: int = 1
    most_years: int = 6
    update_days: int = 14
    warning_by_email: bool = False  # against firms only where the contract allows it

    def opening(self, outstanding: Decimal, *, due_on: date, effective_due_on: date, warned_on: date | None) -> Opening:
        """The later of 31 days after the (moved) due date and a day after one calendar month from the warning letter.

        `due_on` is the stated due date, from which the register's age limit runs. Without a letter there is no day yet.
        """
        overdue = effective_due_on + (self.overdue_days + 1) * _DAY
        warned = months_after(warned_on, self.warning_months) + _DAY if warned_on else None
        opens = max(overdue, warned) if warned else None
        refusal = self._refusal(outstanding, opens, due_on)
        return Opening(self.threshold, overdue, warned, None if refusal else opens, refusal)

    def update_by(self, paid_on: date) -> date:
        """The last day to update or delete the entry after a full or part payment."""
        return paid_on + self.update_days * _DAY

    def _refusal(self, outstanding: Decimal, opens: date | None, due_on: date) -> str:
        if outstanding < self.threshold:
            return "outstanding principal below the threshold"
        if opens is None:
            return "no warning letter was sent"
        if opens >= same_day_of_year(due_on, self.most_years):
            return f"{self.most_years} years have passed since the debt fell due"
        return ""
