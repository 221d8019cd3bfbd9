"""The yearly confirmation of balances: when it may be done, who is asked, by which way, and what the answers come to. Pure.

Polish Accounting Act, art. 26(1)(2) and (3)(1): begun no earlier than three months before the end of the year, ended by the 15th of the
next month; not claims that are disputed or in court, not of who keeps no books, no public dues. Silence is no consent. PRODUCT.md, 5.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from dunning.policy import Channel
from invoices.states import Kind
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.periods import months_after

ZERO = Decimal(0)
MONTHS_BEFORE = 3
LAST_DAY = 15
ANSWER_IN = timedelta(days=14)


class LeftOut(StrEnum):
    """Why a customer is not asked."""

    NO_BALANCE = "no_balance"
    CONSUMER = "consumer"
    NO_BOOKS = "no_books"
    NOT_RELEASED = "not_released"
    STOPPED = "stopped"
    IN_COURT = "in_court"
    DISPUTED = "disputed"
    UNREACHABLE = "unreachable"
    TAKEN_OUT = "taken_out"
    AT_AGENCY = "at_agency"


class Answer(StrEnum):
    """What a customer said of the balance."""

    AGREES = "agrees"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one customer owes and is owed in one currency at the end of a day, and what is known of the customer now.

    `owed` is without items of which a part is disputed and those in court; `disputed` and `in_court` are what is open of those.
    """

    kind: Kind
    owed: Decimal = ZERO
    credit: Decimal = ZERO
    disputed: Decimal = ZERO
    in_court: Decimal = ZERO
    keeps_no_books: bool = False
    is_stopped: bool = False
    waits_for_release: bool = False
    has_email: bool = False
    agreed_to_email: bool = False
    has_address: bool = False

    @property
    def balance(self) -> Decimal:
        """Above zero: the customer owes it."""
        return self.owed - self.credit

    @property
    def way(self) -> Channel | None:
        """By e-mail where that was agreed, else as a letter."""
        if self.agreed_to_email and self.has_email:
            return Channel.EMAIL
        return Channel.LETTER if self.has_address else None

    @property
    def left_out(self) -> LeftOut | None:
        """Why its balance is not to be confirmed; the reason that lies deepest."""
        if self.owed <= 0 and self.credit <= 0 and (self.in_court > 0 or self.disputed > 0):
            return LeftOut.IN_COURT if self.in_court > 0 else LeftOut.DISPUTED
        if not self.balance:
            return LeftOut.NO_BALANCE
        reasons = (
            (self.kind.is_protected, LeftOut.CONSUMER),
            (self.keeps_no_books, LeftOut.NO_BOOKS),
            (self.waits_for_release, LeftOut.NOT_RELEASED),
            (self.is_stopped, LeftOut.STOPPED),
            (self.way is None, LeftOut.UNREACHABLE),
        )
        return next((reason for holds, reason in reasons if holds), None)


def first_day(year_ends_on: date) -> date:
    """The first day on which balances may be confirmed for a year: 1 October for one that ends with December."""
    return months_after(year_ends_on + timedelta(days=1), -MONTHS_BEFORE)


def last_day(year_ends_on: date) -> date:
    """The last day: the 15th of the month after the year."""
    return months_after(year_ends_on.replace(day=1), 1).replace(day=LAST_DAY)


def usual_deadline(year_ends_on: date, *, on: date) -> date:
    """By when an answer is asked for where nobody says another day."""
    return min(on + ANSWER_IN, last_day(year_ends_on))


def year_end_near(on: date) -> date:
    """The end of the calendar year whose balances may be confirmed on that day, else of the current one."""
    before = date(on.year - 1, 12, 31)
    return before if on < last_day(before) else date(on.year, 12, 31)


def usual_day(year_ends_on: date, *, on: date) -> date:
    """The day whose balances are asked where nobody says another: the last month's end, of which the bank is mostly read."""
    month_ended = min(on.replace(day=1) - timedelta(days=1), year_ends_on)
    return max(month_ended, months_after(first_day(year_ends_on), 1) - timedelta(days=1))


def check_bank(seen_until: date | None, *, as_of_on: date) -> None:
    """Refuse a day through which the bank is not read yet: a payment that nobody has seen would be missing on the papers."""
    if seen_until is None:
        raise Refused(gettext_noop("No bank statement has been read yet, so payments may be missing. Import them, then ask."))
    if seen_until < as_of_on:
        raise Refused(
            gettext_noop(
                "The bank is read through %(seen)s only, so payments may be missing. Import its statements through %(day)s first."
            ),
            seen=seen_until,
            day=as_of_on,
        )


def check_days(*, as_of_on: date, year_ends_on: date, deadline_on: date, on: date) -> None:
    """Refuse days on which such a campaign may not be, in words."""
    first, last = first_day(year_ends_on), last_day(year_ends_on)
    if not first <= on < last:
        raise Refused(
            gettext_noop("Balances of that year may be confirmed from %(first)s to %(last)s. Choose another year or wait."),
            first=first,
            last=last - timedelta(days=1),
        )
    if not first <= as_of_on <= year_ends_on:
        raise Refused(
            gettext_noop("The balance has to be of a day from %(first)s to %(last)s. Choose one of those."), first=first, last=year_ends_on
        )
    if as_of_on > on:
        raise Refused(gettext_noop("The books are known through today. Choose today or an earlier day."))
    if not on < deadline_on <= last:
        raise Refused(gettext_noop("Answers have to be in by %(last)s. Choose a day after today, to that one, to answer by."), last=last)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for the report: our balance (above zero: owed to us), theirs where they named another, and what they said."""

    currency: str
    balance: Decimal
    answer: Answer | None = None
    theirs: Decimal | None = None


@dataclass(slots=True)
class Sum:
    """What requests of one answer and currency come to. `difference` is ours less theirs, of those who named a balance."""

    count: int = 0
    owed_to_us: Decimal = ZERO
    owed_by_us: Decimal = ZERO
    difference: Decimal = ZERO


def summed(requests: Iterable[Asked]) -> dict[tuple[str, Answer | None], Sum]:
    """Counts and sums by currency and answer; None is silence, which is no consent."""
    found: dict[tuple[str, Answer | None], Sum] = defaultdict(Sum)
    for asked in requests:
        line = found[asked.currency, asked.answer]
        line.count += 1
        line.owed_to_us += max(asked.balance, ZERO)
        line.owed_by_us += max(-asked.balance, ZERO)
        if asked.theirs is not None:
            line.difference += asked.balance - asked.theirs
    return dict(found)
