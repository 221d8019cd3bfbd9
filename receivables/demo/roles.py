"""What staff meet on the first day, each at least once: a step of every kind, plans that wait, people who are hard to reach. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from receivables.demo import PORTAL_EMAIL
from receivables.demo.cast import Basket, Reach
from receivables.demo.events import Found, Paper, Receipt, Scene, cents
from receivables.demo.numbers import phone
from receivables.demo.stage import Stage


def roles(stage: Stage) -> list[Scene]:
    """All of them, always in the same order."""
    return [*_at_a_step_today(stage), *_waiting_for_approval(stage), *_to_be_called(stage), *_hard_to_reach(stage), _portal(stage)]


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


def _waiting_for_approval(stage: Stage) -> Iterator[Scene]:
    """Planned while the approver was away."""
    for sign, trade, least, days_late in (
        ("Żonkil", "Kwiaciarnia", 600, (22, 23)),
        ("Gżegżółka", "Pensjonat", 1500, (23,)),
        ("Pod Różą", "Winiarnia", 800, (24, 5)),
        ("Ćma Barowa", "Bistro", 950, (47,)),
    ):
        yield stage.unpaid(stage.firm(sign, trade), *days_late, least=least)[0]
    yield stage.unpaid(stage.consumer(), 32, least=180)[0]


def _to_be_called(stage: Stage) -> Iterator[Scene]:
    """Key accounts: a person calls before anything formal."""
    for sign, trade, days_late in (("Grand Łęgowski", "Hotel", (8, 9)), ("Pod Jemiołą", "Restauracja", (9,))):
        key = stage.firm(sign, trade, key_account=True, orders=16, term=30, basket=Basket.TRADE)
        yield stage.unpaid(key, *days_late, least=2400)[0]


def _hard_to_reach(stage: Stage) -> Iterator[Scene]:
    """Nobody to write to, a telephone that is not wanted for this, no e-mail, letters only, no SMS; and one that was found again."""
    no_calls = ("sms", "call")
    note = "Zamówienie przez targi; brak danych kontaktowych."
    yield stage.unpaid(stage.firm("Łoś", "Agroturystyka", reaches=(), street="", postcode="", city="", note=note), 12)[0]
    yield stage.unpaid(
        stage.firm("Dąb", "Agroturystyka", reaches=(Reach("Recepcja", "other", "", phone(stage.rng), objects_to=no_calls),)), 6
    )[0]
    yield stage.unpaid(
        stage.firm("Kłobuk", "Browar Rzemieślniczy", reaches=(Reach("Mieczysław Żurek", "owner", "", phone(stage.rng)),)), 13
    )[0]
    yield stage.unpaid(stage.consumer(reaches=(), note="Tylko poczta: nie ma telefonu ani e-maila."), 33, least=150)[0]
    writes_only = stage.consumer()
    yield stage.unpaid(replace(writes_only, reaches=(replace(writes_only.reaches[0], objects_to=("sms",)),)), 16)[0]
    found = stage.firm("Źródlana", "Palarnia Kawy", reaches=(Reach("Biuro", "accounting", "", phone(stage.rng), objects_to=no_calls),))
    scene, _ = stage.unpaid(found, 19)
    yield replace(scene, deeds=[Found(stage.ago(9), found.number, "biuro@palarnia-zrodlana.example")])


def _portal(stage: Stage) -> Scene:
    """Something overdue, something not due, a part payment, a credit note: all that the portal can show."""
    anna = Reach("Anna Źródłowska", "owner", PORTAL_EMAIL, phone(stage.rng))
    buyer = stage.firm("Źródełko", "Pracownia", reaches=(anna,), name="Pracownia „Źródełko” Anna Źródłowska", orders=14)
    scene, (overdue, paid, _soon) = stage.unpaid(buyer, 7, 30, -6, least=600)
    note = Paper(f"{buyer.number}-note", buyer.number, stage.ago(26), cents(paid.gross / 10), kind="credit_note", corrects=paid.ref)
    part = Receipt(stage.working(2), buyer.number, cents(overdue.gross / 4), (overdue.ref,), "zaliczka na poczet {numbers}")
    whole = stage.money(paid, 24, short=str(note.gross))
    return replace(scene, papers=[*scene.papers, note], receipts=[*scene.receipts, whole, part])
