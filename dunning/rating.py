"""How a customer pays: the delay weighted by amounts, the share paid in time, the trend, and a letter. Pure; see docs/rating.md.

Amounts of two currencies are never added: a customer is rated in the main one, the others are listed beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from receivables.core.calendar import next_working_day
from receivables.countries.rules import calendar_of

WINDOW, HALF = timedelta(days=365), timedelta(days=182)
FEWEST = 3  # with fewer items too little is known
FEWEST_OF_HALF = 2  # so it is with the trend
STEADY_DAYS = Decimal(3)  # a delay that changed by no more has no trend
LONGEST_WEEKEND = timedelta(days=7)  # a due date on a day off moves by less


class Letter(StrEnum):
    """From the best payer to the worst."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class Trend(StrEnum):
    """The delay of the last six months against that of the six before."""

    BETTER = "better"
    STEADY = "steady"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A letter is given where the delay is no longer, and the share of money in time no smaller."""

    letter: Letter
    longest_delay: Decimal  # days
    least_in_time: Decimal  # percent of the money


THRESHOLDS = (
    Threshold(Letter.A, Decimal(3), Decimal(90)),
    Threshold(Letter.B, Decimal(10), Decimal(75)),
    Threshold(Letter.C, Decimal(30), Decimal(50)),
    Threshold(Letter.D, Decimal(60), Decimal(25)),
)
"""Our own choice, the best first; whoever meets none is E."""


@dataclass(frozen=True, slots=True)
class Part:
    """Money of one item: paid on a day, or overdue and still open on the day of the rating (`settled_on` is that day, `is_open`)."""

    item: int
    currency: str
    amount: Decimal
    due_on: date
    settled_on: date
    is_open: bool = False
    country: str = "PL"  # whose days off move a due date

    @property
    def is_late(self) -> bool:
        """Whether it was, or already is, later than agreed."""
        return is_late(self.due_on, self.settled_on, self.country)

    @property
    def delay(self) -> int:
        """Days after the due date; before it negative; 0 where only a day off lay between."""
        days = (self.settled_on - self.due_on).days
        return days if days < 0 or self.is_late else 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What the rating in one currency is made of."""

    currency: str
    items: int
    items_in_time: int
    amount: Decimal  # paid or overdue, the weight of all
    amount_in_time: Decimal
    amount_days: Decimal  # the sum of amount × days of delay

    @property
    def delay(self) -> Decimal:
        """Days, weighted by amounts; negative for who pays early. Not rounded."""
        return self.amount_days / self.amount

    @property
    def in_time_percent(self) -> Decimal:
        """The share of the money that came in time, 0 to 100."""
        return 100 * self.amount_in_time / self.amount

    @property
    def items_in_time_percent(self) -> Decimal:
        """The share of the items all of whose money came in time, 0 to 100."""
        return percent(self.items_in_time, self.items)


@dataclass(frozen=True, slots=True)
class Rating:
    """A customer's rating on a day. Without a letter too little is known."""

    letter: Letter | None = None
    figures: Figures | None = None
    trend: Trend | None = None
    recent: Figures | None = None  # the last six months
    earlier: Figures | None = None  # the six before
    others: tuple[Figures, ...] = ()  # other currencies


def rate(parts: Iterable[Part], *, on: date, own: str = "") -> Rating:
    """Rate what was paid in twelve months and what is overdue; the currency with most items counts, `own` where several have as many."""
    counted = [part for part in parts if part.amount > 0 and on - WINDOW < part.settled_on <= on]
    by_currency = _by_currency(counted)
    if not by_currency:
        return Rating()
    figures = sorted(
        (_figures(code, found) for code, found in by_currency.items()), key=lambda one: (-one.items, one.currency != own, one.currency)
    )
    main, others = figures[0], tuple(figures[1:])
    recent, earlier = _halves(by_currency[main.currency], on=on)
    return Rating(letter_of(main), main, _trend(recent, earlier), recent, earlier, others)


def letter_of(figures: Figures) -> Letter | None:
    """The best letter whose both thresholds are met; None with too few items."""
    if figures.items < FEWEST:
        return None
    met = (one.letter for one in THRESHOLDS if figures.delay <= one.longest_delay and figures.in_time_percent >= one.least_in_time)
    return next(met, Letter.E)


def known_percent(in_time: int, items: int) -> Decimal | None:
    """The share of items paid in time, 0 to 100; None where too little is known. Segments ask it."""
    return percent(in_time, items) if items >= FEWEST else None


def percent(part: int, whole: int) -> Decimal:
    """0 to 100, not rounded."""
    return Decimal(100 * part) / whole


def is_late(due_on: date, settled_on: date, country: str) -> bool:
    """Whether money came after the due date, which moves to the next working day."""
    if settled_on <= due_on:
        return False
    return settled_on - due_on > LONGEST_WEEKEND or settled_on > next_working_day(calendar_of(country), due_on)


def _by_currency(parts: Iterable[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        found[part.currency].append(part)
    return found


def _figures(currency: str, parts: Sequence[Part]) -> Figures:
    items, late = {part.item for part in parts}, {part.item for part in parts if part.is_late}
    return Figures(
        currency=currency,
        items=len(items),
        items_in_time=len(items - late),
        amount=sum((part.amount for part in parts), Decimal(0)),
        amount_in_time=sum((part.amount for part in parts if not part.is_late), Decimal(0)),
        amount_days=sum((part.amount * part.delay for part in parts), Decimal(0)),
    )


def _halves(parts: Sequence[Part], *, on: date) -> tuple[Figures | None, Figures | None]:
    """The last six months, with what is overdue now, and the six before."""
    recent = [part for part in parts if part.settled_on > on - HALF]
    earlier = [part for part in parts if part.settled_on <= on - HALF]
    first, second = (_figures(half[0].currency, half) if half else None for half in (recent, earlier))
    return first, second


def _trend(recent: Figures | None, earlier: Figures | None) -> Trend | None:
    if recent is None or earlier is None or min(recent.items, earlier.items) < FEWEST_OF_HALF:
        return None
    change = recent.delay - earlier.delay
    if abs(change) <= STEADY_DAYS:
        return Trend.STEADY
    return Trend.WORSE if change > 0 else Trend.BETTER
