"""Promises and instalment agreements: when they are kept, and when they are missed. Pure; SCENARIOS.md section 3, Money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BankWait:
    """How what was to be paid by a day waits for the bank's data of that day. As it is made by default, it does not.

    A day is read once a statement that reaches it was taken in on a later day: what is taken in on the day itself may have been made at
    noon, whatever balance it carries, and tells the day before for certain. Notices and reports of the day make no day read.
    """

    read_until: date | None = None  # the last day that is read; None: no bank data were ever taken in, so there is none to wait for
    days: int = 0  # a statement that is not there so many days later may never come, and a person should know of what is not paid

    def is_over(self, day: date, *, on: date) -> bool:
        """Whether that day is over, and with it the wait for the bank's data of it. Money that the bank had by then counts until here."""
        return on >= self.over_from(day)

    def over_from(self, day: date) -> date:
        """The first day on which it is, as long as no further bank data come."""
        is_read = self.read_until is None or self.read_until >= day
        return day + timedelta(days=1 if is_read else self.days + 1)


NO_WAIT = BankWait()


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


def is_missed(parts: Iterable[Part], *, credit: Decimal, on: date, wait: BankWait = NO_WAIT) -> bool:
    """Whether a rate is open after its day, which is over for the bank too, and the customer's open credit does not reach it."""
    return any(part.open > 0 and wait.is_over(part.due_on, on=on) and credit < part.open for part in parts)


def waived_days(rates: Sequence[tuple[date, bool]], *, made_on: date, ended_on: date | None) -> tuple[date, date] | None:
    """First and last day without interest, of an agreement that waives it; None where a rate was missed.

    `rates` are their days (moved to a working day), and whether they were still open when the agreement ended.
    """
    if ended_on and any(was_open and due_on < ended_on for due_on, was_open in rates):
        return None
    last = max(due_on for due_on, _ in rates)
    return made_on, min(last, ended_on or last)


def is_kept(amount: Decimal, *, allocated: Decimal, unallocated: Decimal) -> bool:
    """Whether a promise is kept by what was allocated to its items since, and money that nobody has allocated yet."""
    return allocated + unallocated >= amount
