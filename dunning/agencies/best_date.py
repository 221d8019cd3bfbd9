"""When to hand a debt over: what is expected to come in, net of commission, for each week of waiting. Pure.

Two things are multiplied: how much of what is open comes in week by week through our own work, as the company's past shows it, and
what an agency recovers of the rest at that age, less what it keeps. What lies beyond the past, or is not on file, is not guessed.

A worked example stands in docs/agency-delivery.md and in tests/unit/dunning/test_best_date.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from receivables.core.money import round_to_unit

LEAST_CLOSED = 30
"""So many ended items a curve rests on at least; with fewer, chance speaks."""
LEAST_AT_RISK = 10
"""So many items were still open, and watched, in each week that is told."""
MOST_WEEKS = 52
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Watched:
    """An item of the past that was not paid on its due date.

    weeks: full weeks after the due date in which our own work alone could be seen; they end with the hand-over, the write-off, or today.
    paid: by week from 1, each once, the share of the item that came in in that week. is_ended: paid in full, written off or handed over.
    """

    weeks: int
    paid: tuple[tuple[int, Decimal], ...] = ()
    is_ended: bool = False

    @property
    def settled_in(self) -> int | None:
        """The week in which the last of it came in; None where something stayed open."""
        return max(week for week, _ in self.paid) if self.paid and sum(share for _, share in self.paid) >= ONE else None


@dataclass(frozen=True, slots=True)
class Curve:
    """What was left open after each week overdue, as a share of what was overdue: `left[0]` is 1. Every item counts alike."""

    left: tuple[Decimal, ...]
    closed: int
    watched: int

    @property
    def weeks(self) -> int:
        """The last week that it tells of."""
        return len(self.left) - 1

    def stays(self, week: int, further: int) -> Decimal:
        """Which share of what is open after `week` is still open `further` weeks later."""
        return self.left[week + further] / self.left[week] if self.left[week] else Decimal(0)


class NoCurve(StrEnum):
    """Why nothing is told."""

    TOO_FEW = "too_few"  # too few items of the past have ended
    TOO_OLD = "too_old"  # the debt is older than what the past tells of
    NO_SUCCESS = "no_success"  # nobody has put on file what share the agency recovers
    NO_PRICE = "no_price"  # nobody has put its commission on file
    TOO_SMALL = "too_small"  # the agency does not take so little


def curve_of(items: Iterable[Watched]) -> Curve | None:
    """The curve of these items; None where too few have ended.

    Week by week: of those watched through that week, the share of what was open at its beginning that came in (the product-limit estimator
    of Kaplan and Meier, 1958). So items that are still open, or were handed over, count for as long as they were watched and no longer.
    """
    known = list(items)
    closed = sum(item.is_ended for item in known)
    if closed < LEAST_CLOSED:
        return None
    weeks = [_Week() for _ in range(MOST_WEEKS)]
    for item in known:
        _count(item, weeks)
    left = [ONE]
    for week in weeks:
        if week.at_risk < LEAST_AT_RISK:
            break
        left.append(left[-1] * (ONE - week.came / week.open_before))
    return Curve(tuple(left), closed, len(known))


@dataclass(slots=True)
class _Week:
    """What was open at its beginning, what came in it, and of how many items: those watched until its end, or settled in it."""

    open_before: Decimal = Decimal(0)
    came: Decimal = Decimal(0)
    at_risk: int = 0


def _count(item: Watched, weeks: Sequence[_Week]) -> None:
    """Add an item to the weeks that it says something of."""
    paid, settled_in, before = dict(item.paid), item.settled_in, ONE
    for number, week in enumerate(weeks[: max(item.weeks, settled_in or 0)], start=1):
        if before <= 0:
            return
        came = min(paid.get(number, Decimal(0)), before)
        if item.weeks >= number or settled_in == number:
            week.at_risk += 1
            week.open_before += before
            week.came += came
        before -= came


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a scale: from so many days overdue and such a sum on, so many per cent."""

    from_days: int
    percent: Decimal
    from_amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class PriceList:
    """What an agency keeps of what it recovers, which share it recovers by the age of the debt, and what it takes at all."""

    commission: tuple[Line, ...]
    success: tuple[Line, ...]
    min_days: int = 0
    min_amount: Decimal = Decimal(0)


def percent_at(lines: Sequence[Line], *, days: int, amount: Decimal) -> Decimal | None:
    """The per cent of the line that fits best: the highest age, then the highest sum, that the debt has reached. None where none fits."""
    fitting = [line for line in lines if line.from_days <= days and line.from_amount <= amount]
    return max(fitting, key=lambda line: (line.from_days, line.from_amount)).percent if fitting else None


@dataclass(frozen=True, slots=True)
class Owed:
    """One item of the debt."""

    amount: Decimal
    due_on: date


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is expected where the debt is handed over after so many weeks. Amounts rounded half up, for reading only."""

    weeks: int
    on: date
    own: Decimal  # comes in before, through our own work
    left: Decimal  # is handed over
    commission: Decimal  # per cent
    success: Decimal  # per cent
    from_agency: Decimal  # comes in afterwards, net of commission
    net: Decimal


@dataclass(frozen=True, slots=True)
class Advice:
    """The weeks, the best of them, and what they rest on."""

    rows: tuple[Waiting, ...]
    best: Waiting
    curve: Curve
    amount: Decimal
    currency: str


def advise(
    debt: Sequence[Owed], curve: Curve | None, prices: PriceList, *, currency: str, on: date, until: date | None = None, most: int = 26
) -> Advice | NoCurve:
    """Expected net for each week of waiting from day `on`, as far as the past tells and no later than `until` (such as limitation).

    Each item is paid whole or not at all, as the curve says for its age; the commission is that of the oldest item's age and of the whole
    sum. Weeks in which the agency does not take the debt yet are left out. Of equal weeks the earlier is the best.
    """
    amount = sum((item.amount for item in debt), Decimal(0))
    if curve is None or not debt:
        return NoCurve.TOO_FEW
    if amount < prices.min_amount:
        return NoCurve.TOO_SMALL
    if not prices.commission:
        return NoCurve.NO_PRICE
    if not prices.success:
        return NoCurve.NO_SUCCESS
    oldest = max((on - item.due_on).days for item in debt)
    weeks = _weeks_to_tell(curve, oldest, on=on, until=until, most=most)
    exact = [(_expected(debt, curve, prices, week, amount, oldest, on=on), week) for week in weeks]
    told = [(expected, week) for expected, week in exact if expected is not None]
    if not weeks:
        return NoCurve.TOO_OLD
    if not told:
        return NoCurve.NO_PRICE
    rows = [_row(expected, week, currency, on=on) for expected, week in told]
    best = max(rows, key=lambda row: (row.net, -row.weeks))
    return Advice(tuple(rows), best, curve, amount, currency)


def _weeks_to_tell(curve: Curve, oldest: int, *, on: date, until: date | None, most: int) -> range:
    """Weeks of waiting for which the curve reaches the oldest item, from now on. A debt that is not overdue yet waits for nothing here."""
    reach = curve.weeks - week_of(oldest)
    if until is not None:
        reach = min(reach, (until - on).days // 7)
    return range(min(reach, most) + 1) if reach >= 0 else range(0)


@dataclass(frozen=True, slots=True)
class _Expected:
    own: Decimal
    left: Decimal
    commission: Decimal
    success: Decimal
    from_agency: Decimal


def _expected(
    debt: Sequence[Owed], curve: Curve, prices: PriceList, week: int, amount: Decimal, oldest: int, *, on: date
) -> _Expected | None:
    """Unrounded; None where the agency does not take the debt at that age, or its list has no line for it."""
    days = oldest + 7 * week
    commission = percent_at(prices.commission, days=days, amount=amount)
    success = percent_at(prices.success, days=days, amount=amount)
    if days < prices.min_days or commission is None or success is None:
        return None
    left = sum((item.amount * curve.stays(week_of((on - item.due_on).days), week) for item in debt), Decimal(0))
    return _Expected(amount - left, left, commission, success, left * success / 100 * (100 - commission) / 100)


def _row(expected: _Expected, week: int, currency: str, *, on: date) -> Waiting:
    own, left, from_agency, net = (
        round_to_unit(each, currency) for each in (expected.own, expected.left, expected.from_agency, expected.own + expected.from_agency)
    )
    return Waiting(week, on + timedelta(days=7 * week), own, left, expected.commission, expected.success, from_agency, net)


def week_of(days: int) -> int:
    """Full weeks overdue; before the due date none."""
    return max(days, 0) // 7
