"""A bank statement as its file has it. Amounts are signed by their effect: money in is positive, a reversal takes it out again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from receivables.core.errors import DomainError

ZERO = Decimal(0)
MAX_BYTES = 50 * 1024 * 1024


class UnreadableStatement(DomainError):
    """The file is no statement of the format, or none that may be read. Says where and why."""


class UnknownLayout(UnreadableStatement):
    """A table whose columns nobody has described: a person can."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read or does not add up. `place` is a line, an element or an entry, as a person finds it."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of money. `amount` is None where it could not be read; `place` says where it stands in the file."""

    booked_on: date | None
    value_on: date | None
    amount: Decimal | None
    currency: str = ""
    counterparty: str = ""
    account: str = ""  # of the other side, as compact as the file allows
    title: str = ""
    references: Mapping[str, str] = field(default_factory=dict)  # bank, customer, end_to_end, virtual …
    is_reversal: bool = False  # takes back an earlier movement: money in again or out again
    place: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the bank with its details. It is booked by its details where they add up to it, else as one."""

    whole: Line
    details: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown of it."""
        return self.details or (self.whole,)

    @property
    def bookable(self) -> tuple[Line, ...]:
        """What may become payments: the details, where all of them are known and their sum is the entry."""
        amounts = [line.amount for line in self.details if line.currency == self.whole.currency]
        adds_up = len(amounts) == len(self.details) and None not in amounts
        return self.details if self.details and adds_up and total(amounts) == self.whole.amount else (self.whole,)


@dataclass(frozen=True, slots=True)
class Balance:
    amount: Decimal
    currency: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, or one page of it, of one account. `is_pending`: a report of the day, which is seen and never booked."""

    account: str
    number: str
    opening: Balance | None
    closing: Balance | None
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_pending: bool = False
    currency: str = ""  # of its balances, or of the file where it has none
    is_notice: bool = False  # tells entries of a statement too, in its own words: camt.054
    is_doubtful: bool = False  # signs were righted by the balances, and the first of them cannot be proved

    @property
    def credits(self) -> Decimal:
        """The sum of money in, in the currency of the statement."""
        return total(amount for amount in self._amounts() if amount > 0)

    @property
    def debits(self) -> Decimal:
        """The sum of money out, as a positive amount."""
        return -total(amount for amount in self._amounts() if amount < 0)

    @property
    def is_balanced(self) -> bool | None:
        """Whether opening and entries give the closing balance; None without both of them in one currency."""
        if self.opening is None or self.closing is None or self.opening.currency != self.closing.currency:
            return None
        return self.opening.amount + total(self._amounts()) == self.closing.amount

    @property
    def lines(self) -> tuple[Line, ...]:
        """All movements as they are shown."""
        return tuple(line for entry in self.entries for line in entry.lines)

    def _amounts(self) -> list[Decimal]:
        return [entry.whole.amount for entry in self.entries if entry.whole.amount is not None]


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of what is known."""
    return sum((amount for amount in amounts if amount is not None), ZERO)


def compact(account: str) -> str:
    """An account number without the spaces, apostrophes and slashes around it that people and banks write."""
    return "".join(account.split()).strip("'/\"").upper()


def words(parts: Sequence[str]) -> str:
    """Parts of a text with single spaces between and within them."""
    return " ".join(" ".join(parts).split())
