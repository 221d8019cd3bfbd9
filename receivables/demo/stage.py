"""Where customers with a story of their own are made: each used to pay in time, and then something happened. Pure."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from receivables.core.calendar import Calendar
from receivables.demo.cast import Buyer, Habit, consumer, firm
from receivables.demo.events import Held, Paper, Receipt, Scene
from receivables.demo.numbers import drawn_from
from receivables.demo.year import order, ordinary_year

QUIET = 80  # days before the first day from which such a customer orders nothing but what its story needs


@dataclass(slots=True)
class Stage:
    """The first day, the firm's calendar, and dice for all stories in their order."""

    seed: str
    on: date
    calendar: Calendar
    rng: Random
    count: int = 0

    @classmethod
    def of(cls, seed: str, *, on: date, calendar: Calendar) -> "Stage":
        return cls(seed, on, calendar, drawn_from(f"{seed}:stage"))

    def firm(self, sign: str, trade: str, **changes: object) -> Buyer:
        """A business that used to pay in time."""
        return replace(firm(self.rng, sign, trade, **{"habit": Habit.IN_TIME, "orders": 9, "term": 14, **changes}), number=self._number())

    def consumer(self, **changes: object) -> Buyer:
        """A consumer who used to pay in time."""
        return replace(consumer(self.rng, **{"habit": Habit.IN_TIME, "orders": 3, "term": 14, **changes}), number=self._number())

    def _number(self) -> str:
        self.count += 1
        return f"K{self.count:04}"

    def ago(self, days: int) -> date:
        """So many days before the first day; after it where negative."""
        return self.on - timedelta(days=days)

    def working(self, days: int) -> date:
        """So many days ago, or the last working day before: what the calendar does not move."""
        day = self.ago(days)
        while not self.calendar.is_working_day(day):
            day -= timedelta(days=1)
        return day

    def past(self, buyer: Buyer) -> Scene:
        """Its good days, long enough ago not to matter today."""
        return ordinary_year(buyer, seed=self.seed, on=self.on, until=self.ago(QUIET))

    def bill(self, buyer: Buyer, days_late: int, name: str, *, least: int = 300) -> Paper:
        """An invoice that is so many days late on the first day, or a few more where that would be no working day."""
        due_on = self.working(days_late)
        paper = order(buyer, due_on - timedelta(days=buyer.term), ref=f"{buyer.number}-{name}", rng=self.rng, least=least)
        return replace(paper, due_on=due_on)

    def money(self, paper: Paper, days: int, *, short: str = "0", title: str = "{numbers}", reference: str = "") -> Receipt:
        """The bank's line for a paper so many days ago, perhaps a little short."""
        return Receipt(self.working(days), paper.buyer, paper.gross - Decimal(short), (paper.ref,), title, paper.currency, reference)

    def unpaid(self, buyer: Buyer, *days_late: int, least: int = 300) -> tuple[Scene, list[Paper]]:
        """A customer with good days behind it, and its invoices that are so many days late and not paid."""
        past = self.past(buyer)
        bills = [self.bill(buyer, days, f"u{n}", least=least) for n, days in enumerate(days_late, start=1)]
        return replace(past, papers=[*past.papers, *bills]), bills

    def opening_today(self, buyer: Buyer, days_late: int, *, least: int = 300) -> Scene:
        """A customer whose invoice comes to a step on the first day, so many days after its due date (before it, where negative).

        Where that would be no working day the invoice is older, and was held until yesterday.
        """
        scene, (bill,) = self.unpaid(buyer, days_late, least=least)
        if bill.due_on == self.ago(days_late):
            return scene
        why = "Prośba o kilka dni: przelew czeka na drugi podpis"
        return replace(scene, deeds=[Held(self.ago(4), buyer.number, why, until=self.ago(1), paper=bill.ref)])
