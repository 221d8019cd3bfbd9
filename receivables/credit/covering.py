"""What an insurer covers of a customer's debts, and by when it has to be notified. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from receivables.core.money import round_to_unit

ZERO = Decimal(0)
SOON = timedelta(days=14)  # how long before the last day to notify a screen warns


@dataclass(frozen=True, slots=True)
class Policy:
    """An insurer's terms: the days to notify count from the due date that the invoice states."""

    pk: int
    name: str
    number: str
    notify_days: int
    percent: Decimal
    since: date
    until: date | None = None

    def is_in_force(self, *, on: date) -> bool:
        """Whether it covers what is sold on a day."""
        return self.since <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of a customer an insurer covers, by its decision (`source`); of what was sold through `valid_until`."""

    amount: Decimal
    currency: str
    source: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Debt:
    """An open item of the customer."""

    item: int
    issued_on: date
    due_on: date
    currency: str
    open: Decimal


@dataclass(frozen=True, slots=True)
class Cover:
    """What of an item is covered, under which policy, and the last day to notify; no policy, no day."""

    item: int
    covered: Decimal
    policy: Policy | None
    notify_by: date | None


def covers(limit: Limit, debts: Iterable[Debt], policies: Sequence[Policy]) -> list[Cover]:
    """The limit falls on the debts in the order of their due dates; what goes beyond it, and other currencies, is not covered.

    What no policy covers takes nothing of the limit.
    """
    left, found = limit.amount, []
    for debt in sorted(debts, key=lambda debt: (debt.due_on, debt.item)):
        policy = policy_for(limit, policies, on=debt.issued_on)
        part = ZERO
        if policy and debt.currency == limit.currency and (limit.valid_until is None or debt.issued_on <= limit.valid_until):
            part, left = min(debt.open, left), left - min(debt.open, left)
        covered = round_to_unit(part * policy.percent / 100, debt.currency) if policy else ZERO
        notify_by = debt.due_on + timedelta(days=policy.notify_days) if policy and part else None
        found.append(Cover(debt.item, covered, policy, notify_by))
    return found


def policy_for(limit: Limit, policies: Sequence[Policy], *, on: date) -> Policy | None:
    """The policy whose number the insurer's decision names, else the newest that was in force on the day of the sale."""
    named = [policy for policy in policies if policy.number.casefold() in limit.source.casefold()]
    in_force = [policy for policy in named or policies if policy.is_in_force(on=on)]
    return max(in_force, key=lambda policy: policy.pk, default=None)
