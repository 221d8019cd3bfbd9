"""Customers with a story of their own: what staff meet on the first day, each at least once. Pure; drawn from the seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from receivables.core.calendar import Calendar
from receivables.demo import PORTAL_EMAIL
from receivables.demo.cast import Basket, Buyer, Habit, Reach, consumer, firm
from receivables.demo.events import Deed, Found, Held, Paper, Receipt, Scene
from receivables.demo.numbers import phone
from receivables.demo.year import order, ordinary_year, receipts_for

QUIET = 80  # days before the first day from which a role's customer orders nothing but what its story needs


@dataclass(slots=True)
class Stage:
    """Where the roles are played: the first day, and the firm's calendar."""

    seed: str
    on: date
    calendar: Calendar
    rng: Random
    count: int = 0

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
        """So many days before the first day."""
        return self.on - timedelta(days=days)

    def working(self, day: date) -> date:
        """The day itself, or the last working day before it: a due date that the calendar does not move."""
        while not self.calendar.is_working_day(day):
            day -= timedelta(days=1)
        return day

    def past(self, buyer: Buyer) -> Scene:
        """Its good days, long enough ago not to matter today."""
        return ordinary_year(buyer, seed=self.seed, on=self.on, until=self.ago(QUIET))

    def bill(self, buyer: Buyer, due_on: date, name: str, *, least: int = 300) -> Paper:
        """An invoice due on that day, or on the working day before it."""
        due_on = self.working(due_on)
        paper = order(buyer, due_on - timedelta(days=buyer.term), ref=f"{buyer.number}-{name}", rng=self.rng, least=least)
        return replace(paper, due_on=due_on)

    def unpaid(self, buyer: Buyer, *days_late: int, deeds: Callable[[list[Paper]], list[Deed]] | None = None, least: int = 300) -> Scene:
        """A customer with good days behind it and invoices that are so many days late today, and not paid."""
        past = self.past(buyer)
        bills = [self.bill(buyer, self.ago(days), f"u{n}", least=least) for n, days in enumerate(days_late, start=1)]
        return Scene(buyer, [*past.papers, *bills], past.receipts, deeds(bills) if deeds else ())

    def opening_today(self, buyer: Buyer, days_late: int, *, least: int = 300) -> Scene:
        """A customer whose invoice comes to a step today, so many days after its due date (before it, where negative).

        Where that would be no working day the invoice is older, and was held until yesterday.
        """
        scene = self.unpaid(buyer, days_late, least=least)
        bill = scene.papers[-1]
        if bill.due_on == self.ago(days_late):
            return scene
        why = "Prośba o kilka dni: przelew czeka na drugi podpis"
        return replace(scene, deeds=[Held(self.ago(4), buyer.number, why, until=self.ago(1), paper=bill.ref)])


def roles(stage: Stage) -> list[Scene]:
    """All of them, always in the same order."""
    return [*_at_a_step_today(stage), *_waiting_for_approval(stage), *_hard_to_reach(stage), *_portal(stage)]


def _at_a_step_today(stage: Stage) -> Iterator[Scene]:
    """One for each step of the ladder that today's run will take."""
    for sign, trade, days_late in (
        ("Lawendowa", "Kwiaciarnia", -3),
        ("Kasztanowa", "Herbaciarnia", 3),
        ("Śliwka", "Cukiernia", 10),
        ("Zamkowa", "Restauracja", 21),
        ("Gwiazda Morza", "Hotel", 45),
    ):
        yield stage.opening_today(stage.firm(sign, trade), days_late, least=420)
    key = stage.firm("Grand Łęgowski", "Hotel", key_account=True, orders=20, term=30, basket=Basket.TRADE)
    yield stage.unpaid(key, 8, 9, least=2400)


def _waiting_for_approval(stage: Stage) -> Iterator[Scene]:
    """Planned while the approver was away."""
    yield stage.unpaid(stage.firm("Żonkil", "Kwiaciarnia"), 22, 23, least=600)
    yield stage.unpaid(stage.firm("Gżegżółka", "Pensjonat"), 23, least=1500)
    yield stage.unpaid(stage.firm("Pod Różą", "Winiarnia"), 24, 5, least=800)
    yield stage.unpaid(stage.consumer(), 32, least=180)
    yield stage.unpaid(stage.firm("Ćma Barowa", "Bistro"), 47, least=950)


def _hard_to_reach(stage: Stage) -> Iterator[Scene]:
    nobody = stage.firm("Łoś", "Agroturystyka", reaches=(), street="", postcode="", city="", note="Zamówienie przez targi; brak danych kontaktowych.")
    yield stage.unpaid(nobody, 12)
    returned = stage.firm("Dąb", "Agroturystyka", reaches=(Reach("Recepcja", "other", "", phone(stage.rng), objects_to=("sms", "call")),))
    yield stage.unpaid(returned, 6)
    no_mail = stage.firm("Kłobuk", "Browar Rzemieślniczy", reaches=(Reach("Mieczysław Żurek", "owner", "", phone(stage.rng)),))
    yield stage.unpaid(no_mail, 13)
    plain_letters = stage.consumer(reaches=(), note="Tylko poczta: nie ma telefonu ani e-maila.")
    yield stage.unpaid(plain_letters, 33, least=150)
    no_sms = stage.consumer()
    no_sms = replace(no_sms, reaches=(replace(no_sms.reaches[0], objects_to=("sms",)),))
    yield stage.unpaid(no_sms, 16)
    found = stage.firm("Źródlana", "Palarnia Kawy", reaches=(Reach("Biuro", "accounting", "", phone(stage.rng), objects_to=("sms", "call")),))
    scene = stage.unpaid(found, 19)
    yield replace(scene, deeds=[Found(stage.ago(9), found.number, "biuro@palarnia-zrodlana.example")])


def _portal(stage: Stage) -> Iterator[Scene]:
    """Something overdue, something not due, a part payment, a credit note: all that the portal can show."""
    anna = Reach("Anna Źródłowska", "owner", PORTAL_EMAIL, phone(stage.rng))
    buyer = stage.firm("Źródełko", "Pracownia", reaches=(anna,), name="Pracownia „Źródełko” Anna Źródłowska", orders=14)
    past = stage.past(buyer)
    overdue, soon, paid = (stage.bill(buyer, stage.ago(days), name, least=600) for name, days in (("late", 7), ("soon", -6), ("paid", 30)))
    part = Receipt(stage.working(stage.ago(2)), buyer.number, Decimal(250), (overdue.ref,), "zaliczka na poczet {numbers}")
    note = Paper(f"{buyer.number}-note", buyer.number, stage.ago(26), Decimal("89.00"), kind="credit_note", corrects=paid.ref)
    rest = [replace(receipt, amount=paid.gross - note.gross) for receipt in receipts_for(paid, buyer, stage.rng, habit=Habit.LATE)]
    yield Scene(buyer, [*past.papers, overdue, soon, paid, note], [*past.receipts, *rest, part])
