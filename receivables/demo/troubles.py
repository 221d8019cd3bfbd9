"""Customers whose money or goods went another way: disputes, mistakes, insolvency, and whatever else a year brings. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from receivables.demo.cast import Basket, Habit
from receivables.demo.events import (
    Cancelled,
    ChargedBack,
    Disputed,
    Held,
    Matched,
    Paper,
    Receipt,
    Resolved,
    Scene,
    Unheld,
    WrittenOff,
)  # fmt: skip
from receivables.demo.roles import Stage

WITH_AGENCY, RECEIPT_AWAITED, RETURNED = "Folwark Łabędzi", "Złota Kaczka", "Modrzew"
"""Signs of the three that were handed over."""


def troubles(stage: Stage) -> Iterator[Scene]:
    """All of them, always in the same order."""
    yield from (_disputes(stage), _settled_disputes(stage), *_holds(stage))
    yield from (_unknown_money(stage), _paid_twice(stage), _charged_back(stage), _matched_later(stage))
    yield from _never_paid(stage)
    yield from (_by_instalments(stage), _papers_of_all_kinds(stage), _school(stage), _small_rests(stage), *_slow(stage))


def _disputes(stage: Stage) -> Scene:
    """Three invoices, three reasons; of one only a part."""
    buyer = stage.firm("Cynamon", "Kawiarnia", basket=Basket.TRADE)

    def deeds(bills: list[Paper]) -> list[Disputed | Held]:
        return [
            Disputed(stage.ago(14), bills[0].ref, "12 talerzy wyszczerbionych w transporcie", (bills[0].gross / 4).quantize(Decimal("0.01"))),
            Disputed(stage.ago(9), bills[1].ref, "Towar nie dotarł; przewoźnik szuka paczki"),
            Disputed(stage.ago(3), bills[2].ref, "Zły kolor szkliwa, klient chce wymiany"),
        ]

    return stage.unpaid(buyer, 19, 13, 4, deeds=deeds, least=700)  # type: ignore[arg-type]


def _settled_disputes(stage: Stage) -> Scene:
    """One upheld, one rejected and paid afterwards, long ago."""
    buyer = stage.firm("Karmel", "Cukiernia")
    scene = stage.unpaid(buyer, 140, 110)
    upheld, rejected = scene.papers[-2:]
    deeds = [
        Disputed(stage.ago(138), upheld.ref, "Uszkodzone kubki, zwrot całości"),
        Resolved(stage.ago(131), upheld.ref, "upheld"),
        Disputed(stage.ago(108), rejected.ref, "Podobno nie zamawiali"),
        Resolved(stage.ago(96), rejected.ref, "rejected"),
    ]
    return replace(scene, deeds=deeds, receipts=[*scene.receipts, Receipt(stage.working(stage.ago(93)), buyer.number, rejected.gross, (rejected.ref,))])


def _holds(stage: Stage) -> Iterator[Scene]:
    week = timedelta(days=7)
    for sign, days, reason, until in (
        ("Pod Dębem", 17, "Właściciel w szpitalu; córka zadzwoni w przyszłym tygodniu", stage.on + week),
        ("Cztery Wiatry", 26, "Rozmowy o ugodzie, prowadzi kierowniczka", None),
        ("Jarzębina", 8, "Czekamy na potwierdzenie odbioru palety", stage.on + timedelta(days=1)),
    ):
        buyer = stage.firm(sign, "Restauracja")
        yield stage.unpaid(buyer, days, deeds=lambda _, b=buyer, r=reason, u=until: [Held(stage.ago(5), b.number, r, until=u)])  # type: ignore[misc]
    freed = stage.firm("Borówka", "Galeria")
    why = "Reklamacja przewoźnika, do wyjaśnienia"
    yield stage.unpaid(freed, 11, deeds=lambda _: [Held(stage.ago(9), freed.number, why), Unheld(stage.ago(3), freed.number)])


def _unknown_money(stage: Stage) -> Scene:
    """The exact sum of an overdue invoice with a title that names none: a person has to match it."""
    buyer = stage.firm("Pod Jaworem", "Hotel")
    scene = stage.unpaid(buyer, 10, least=1200)
    unclear = [
        Receipt(stage.working(stage.ago(1)), buyer.number, scene.papers[-1].gross, title="za talerze, pozdrawiamy"),
        Receipt(stage.working(stage.ago(2)), buyer.number, Decimal("35.00"), title="przelew własny"),
    ]
    return replace(scene, receipts=[*scene.receipts, *unclear])


def _paid_twice(stage: Stage) -> Scene:
    """Two people at the customer paid the same invoice; the rest stands as credit."""
    buyer = stage.firm("Malinowa", "Herbaciarnia")
    scene = stage.unpaid(buyer, 20)
    bill = scene.papers[-1]
    twice = [Receipt(stage.working(stage.ago(days)), buyer.number, bill.gross, (bill.ref,)) for days in (18, 15)]
    return replace(scene, receipts=[*scene.receipts, *twice])


def _charged_back(stage: Stage) -> Scene:
    """A card payment that the bank took back: the item opens again, and a person looks before the next message."""
    buyer = stage.consumer()
    scene = stage.unpaid(buyer, 24, least=260)
    bill, reference = scene.papers[-1], f"KARTA-{buyer.number}"
    paid = Receipt(stage.working(stage.ago(25)), buyer.number, bill.gross, (bill.ref,), "karta {numbers}", reference=reference)
    return replace(scene, receipts=[*scene.receipts, paid], deeds=[ChargedBack(stage.ago(4), reference)])


def _matched_later(stage: Stage) -> Scene:
    """Money without a number that somebody matched the day after."""
    buyer = stage.firm("Akacja", "Sklep z Upominkami")
    scene = stage.unpaid(buyer, 62)
    bill, day = scene.papers[-1], stage.working(stage.ago(50))
    paid = Receipt(day, buyer.number, bill.gross, title="dziękuję za miłą obsługę", reference=f"LIST-{buyer.number}")
    return replace(scene, receipts=[*scene.receipts, paid], deeds=[Matched(day + timedelta(days=1), paid.reference, bill.ref)])


def _never_paid(stage: Stage) -> Iterator[Scene]:
    """One is with the agency and orders on, one was handed over last week, one came back and is written off."""
    yield stage.unpaid(stage.firm(WITH_AGENCY, "Restauracja", basket=Basket.TRADE), 208, 180, 40, least=2500)
    yield stage.unpaid(stage.firm(RECEIPT_AWAITED, "Bistro", basket=Basket.TRADE), 58, 57, least=1800)
    gone = stage.unpaid(stage.firm(RETURNED, "Pensjonat"), 255, 241, least=900)
    why = "Upadłość ogłoszona, wierzytelność nieściągalna"
    yield replace(gone, deeds=[WrittenOff(stage.ago(60), paper.ref, why) for paper in gone.papers[-2:]])


def _by_instalments(stage: Stage) -> Scene:
    """A kiln in four parts: two paid, one overdue, one to come."""
    buyer = stage.firm("Ogień i Glina", "Studio Ceramiki", basket=Basket.STUDIO)
    past, quarter = stage.past(buyer), Decimal("3225.00")
    parts = tuple((stage.working(stage.ago(days)), quarter) for days in (66, 36, 5, -26))
    kiln = Paper(f"{buyer.number}-kiln", buyer.number, stage.ago(78), quarter * 4, instalments=parts)
    paid = [Receipt(due, buyer.number, quarter, (kiln.ref,), "rata za {numbers}") for due, _ in parts[:2]]
    return Scene(buyer, [*past.papers, kiln], [*past.receipts, *paid])


def _papers_of_all_kinds(stage: Stage) -> Scene:
    """Drafts, pro-formas, an advance with its final invoice, a debit note, what was withdrawn, a credit note that stands alone."""
    buyer = stage.firm("Majolika", "Pracownia Wnętrz", basket=Basket.STUDIO, orders=12)
    past, ref = stage.past(buyer), f"{buyer.number}-{{}}".format
    paper = lambda name, days, gross, **more: Paper(ref(name), buyer.number, stage.ago(days), Decimal(gross), **more)  # noqa: E731
    claims = [
        paper("advance", 72, "4000.00", kind="advance", due_on=stage.ago(65)),
        paper("final", 48, "9120.00", kind="final", due_on=stage.ago(34)),
        paper("debit", 40, "120.00", kind="debit_note", due_on=stage.ago(26)),
        paper("rising", 30, "340.00", kind="correction", due_on=stage.ago(16)),
    ]
    others = [
        paper("draft1", 2, "780.00", draft=True), paper("draft2", 1, "2360.50", draft=True),
        *(paper(f"pro{n}", days, gross, kind="proforma") for n, (days, gross) in enumerate(((88, "4000.00"), (12, "1590.00"), (4, "610.00")))),
        paper("wrong1", 55, "1999.00", due_on=stage.ago(41)), paper("wrong2", 9, "460.00", due_on=stage.ago(-5)),
        paper("bonus", 33, "150.00", kind="credit_note"),
    ]  # fmt: skip
    paid = [Receipt(stage.working(claim.due_on), buyer.number, claim.gross, (claim.ref,)) for claim in claims if claim.due_on]
    wrong = [Cancelled(stage.ago(53), ref("wrong1")), Cancelled(stage.ago(8), ref("wrong2"))]
    return Scene(buyer, [*past.papers, *claims, *others], [*past.receipts, *paid], wrong)


def _school(stage: Stage) -> Scene:
    """The school orders, the municipality pays and gets the letters."""
    school = stage.firm("", "Szkoła Podstawowa w Źródłach Małych", name="Szkoła Podstawowa w Źródłach Małych", kind="public", term=30, payer="K0101")
    return stage.unpaid(replace(school, letters_to="K0101", tax_id=""), 24, -9)


def _small_rests(stage: Stage) -> Scene:
    """A few grosze short, again and again: written off, and one that stands."""
    buyer = stage.firm("Półgrosz", "Piekarnia")
    scene = stage.unpaid(buyer, 150, 95, 28)
    bills = scene.papers[-3:]
    short = [Receipt(stage.working(stage.ago(days)), buyer.number, bill.gross - Decimal("2.40"), (bill.ref,)) for bill, days in zip(bills, (148, 94, 27), strict=True)]
    gone = [WrittenOff(stage.ago(days), bill.ref, "Drobna różnica, poniżej kosztów przypomnienia") for bill, days in zip(bills, (120, 70), strict=False)]
    return replace(scene, receipts=[*scene.receipts, *short], deeds=gone)


def _slow(stage: Stage) -> Iterator[Scene]:
    """Who pays when the formal demand is there, and not before."""
    for sign, days_late in (("Borsuk", (160, 36)), ("Szary Wilk", (190, 100, 31))):
        buyer = stage.firm(sign, "Galeria", habit=Habit.SLOW, basket=Basket.TRADE, orders=0)
        scene = stage.unpaid(buyer, *days_late, least=500)
        paid = [Receipt(stage.working(stage.ago(days - 29)), buyer.number, bill.gross, (bill.ref,)) for days, bill in zip(days_late, scene.papers, strict=True)]
        yield replace(scene, receipts=paid)
