"""An ordinary customer's year: orders through the seasons, and money that comes as its habit is. Pure; drawn from the seed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from receivables.demo.cast import Basket, Buyer, Habit
from receivables.demo.events import Paper, Receipt, Scene, cents
from receivables.demo.numbers import drawn_from

DAYS = 365
_SEASON = (7, 7, 8, 8, 9, 8, 6, 6, 9, 10, 13, 14)  # January to December: the shop lives on presents

# Grosze a piece, and how many of it.
_PRICES = {
    Basket.HOME: (4290, 4490, 4990, 5900, 6900, 8900, 12900, 18900, 24900, 34900),
    Basket.TRADE: (1890, 2490, 2990, 3490, 4290, 5990, 7490, 9900),
    Basket.STUDIO: (6500, 8900, 11900, 14900, 23900, 459_000),
}
_PIECES = {
    Basket.HOME: (1, 1, 1, 2, 2, 4, 6),
    Basket.TRADE: (6, 6, 12, 12, 24, 24, 36, 48),
    Basket.STUDIO: (1, 2, 3, 5, 10, 20),
}
_KILNS = (1_289_000, 1_890_000, 2_890_000, 3_990_000)
_MOST = 4_500_000
_TITLES = (
    "{numbers}",
    "{numbers}",
    "{numbers}",
    "faktura {numbers}",
    "Zapłata za fakturę {numbers}",
    "FAKTURA NR {numbers}",
    "za ceramikę, {numbers}",
)


def ordinary_year(buyer: Buyer, *, seed: str, on: date, until: date | None = None, days: int = DAYS) -> Scene:
    """Papers and receipts of the year, or so many days, before `on`; with `until` only orders up to that day."""
    rng = drawn_from(f"{seed}:{buyer.number}")
    last = until or on - timedelta(days=1)
    ordered = sorted(_order_days(buyer, rng, on=on, days=days))
    papers = [order(buyer, day, ref=f"{buyer.number}-{n:02}", rng=rng) for n, day in enumerate(ordered, start=1) if day <= last]
    notes = {paper.ref: note for paper in papers if (note := _returned(paper, rng))}
    owed = [replace(paper, gross=paper.gross - notes[paper.ref].gross) if paper.ref in notes else paper for paper in papers]
    receipts = [receipt for paper in owed for receipt in receipts_for(paper, buyer, rng)]
    return Scene(buyer, [*papers, *notes.values()], receipts)


def order(buyer: Buyer, day: date, *, ref: str, rng: Random, least: int = 0) -> Paper:
    """An invoice of that day over what such a customer buys, at least that many złoty."""
    gross = max(price_of(buyer.basket, rng), Decimal(least))
    if buyer.currency == "EUR":
        gross = cents(gross / 4)
    return Paper(ref, buyer.number, day, gross, day + timedelta(days=buyer.term), buyer.currency or "PLN")


def price_of(basket: Basket, rng: Random) -> Decimal:
    """The total of one to four lines; now and then a studio buys a kiln."""
    grosze = sum(rng.choice(_PRICES[basket]) * rng.choice(_PIECES[basket]) for _ in range(rng.randint(1, 4)))
    if basket is Basket.STUDIO and rng.random() < 0.05:
        grosze += rng.choice(_KILNS)
    return Decimal(min(grosze, _MOST)).scaleb(-2)


def _returned(paper: Paper, rng: Random) -> Paper | None:
    """Now and then some of it comes back: a credit note over a tenth, a few days later."""
    if rng.random() > 0.02:
        return None
    back = cents(paper.gross / 10)
    day = paper.issued_on + timedelta(days=rng.randint(3, 9))
    return Paper(f"{paper.ref}-back", paper.buyer, day, back, currency=paper.currency, kind="credit_note", corrects=paper.ref)


def receipts_for(paper: Paper, buyer: Buyer, rng: Random) -> Iterator[Receipt]:
    """The money for a paper. Who usually pays in time is late now and then."""
    due_on = paper.due_on or paper.issued_on
    for days, amount in _instalments(paper, _habit_today(buyer, rng), rng):
        day = banking_day(max(due_on + timedelta(days=days), paper.issued_on))
        yield Receipt(day, buyer.number, amount, (paper.ref,), rng.choice(_TITLES), paper.currency)


def banking_day(day: date) -> date:
    """The day itself, or the Monday after."""
    return day + timedelta(days=max(7 - day.weekday(), 0) if day.weekday() > 4 else 0)


def _order_days(buyer: Buyer, rng: Random, *, on: date, days: int) -> list[date]:
    back = (on - timedelta(days=number) for number in range(days, 0, -1))
    open_days = [day for day in back if day.weekday() < 6]
    return rng.choices(open_days, [_SEASON[day.month - 1] for day in open_days], k=buyer.orders)


def _habit_today(buyer: Buyer, rng: Random) -> Habit:
    if buyer.habit is Habit.IN_TIME and rng.random() < 0.07:
        return Habit.LATE
    return Habit.CHRONIC if buyer.habit is Habit.LATE and rng.random() < 0.05 else buyer.habit


def _instalments(paper: Paper, habit: Habit, rng: Random) -> list[tuple[int, Decimal]]:
    """Days from the due date, and how much."""
    if habit is Habit.IN_PARTS:
        half = (paper.gross / 2).quantize(Decimal(1)) or paper.gross
        return [(rng.randint(2, 6), half), (rng.randint(12, 19), paper.gross - half)] if half < paper.gross else [(5, paper.gross)]
    first, last = _DELAYS[habit]
    return [(rng.randint(first, last), paper.gross)]


_DELAYS = {
    Habit.EARLY: (-12, -5),
    Habit.IN_TIME: (-3, 0),
    Habit.LATE: (1, 5),
    Habit.CHRONIC: (8, 19),
    Habit.SLOW: (24, 38),
}
