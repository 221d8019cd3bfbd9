"""Customers whose money or goods went another way: disputes, mistakes, insolvency, and whatever else a year brings. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from receivables.demo.cast import Basket, Buyer
from receivables.demo.events import (
    Cancelled,
    ChargedBack,
    Deed,
    Disputed,
    Held,
    Matched,
    Paper,
    Receipt,
    Resolved,
    Scene,
    Sold,
    Unheld,
    WrittenOff,
    Wrote,
    cents,
)
from receivables.demo.numbers import account, drawn_from, nip
from receivables.demo.stage import Stage

WITH_AGENCY, RECEIPT_AWAITED, RETURNED = "Folwark Łabędzi", "Złota Kaczka", "Modrzew"
"""Signs of the three that were handed over."""
FREED = "Borówka"
"""That of who was on hold, owes still, and takes a way to pay."""


def troubles(stage: Stage) -> list[Scene]:
    """All of them, always in the same order."""
    one_each = (
        _disputes,
        _settled_disputes,
        _freed,
        _unknown_money,
        _paid_twice,
        _charged_back,
        _matched_later,
        _by_instalments,
        _all_kinds,
    )
    return [
        *(scene(stage) for scene in (*one_each, _school, _small_rests)),
        *_held(stage),
        *_never_paid(stage),
        *_paid_after_the_demand(stage),
        *_wrote(stage),
    ]


def _disputes(stage: Stage) -> Scene:
    """Three invoices, three reasons; of one only a part."""
    scene, bills = stage.unpaid(stage.firm("Cynamon", "Kawiarnia", basket=Basket.TRADE), 19, 13, 4, least=700)
    deeds = [
        Disputed(stage.ago(14), bills[0].ref, "12 talerzy wyszczerbionych w transporcie", cents(bills[0].gross / 4)),
        Disputed(stage.ago(9), bills[1].ref, "Towar nie dotarł; przewoźnik szuka paczki"),
        Disputed(stage.ago(3), bills[2].ref, "Zły kolor szkliwa, klient chce wymiany"),
    ]
    return replace(scene, deeds=deeds)


def _settled_disputes(stage: Stage) -> Scene:
    """One upheld, one rejected and paid afterwards, long ago."""
    scene, (upheld, rejected) = stage.unpaid(stage.firm("Karmel", "Cukiernia"), 140, 110)
    deeds: list[Deed] = [
        Disputed(stage.ago(138), upheld.ref, "Uszkodzone kubki, zwrot całości"),
        Resolved(stage.ago(121), upheld.ref, "upheld"),
        Disputed(stage.ago(108), rejected.ref, "Podobno nie zamawiali"),
        Resolved(stage.ago(90), rejected.ref, "rejected"),
    ]
    return replace(scene, deeds=deeds, receipts=[*scene.receipts, stage.money(rejected, 71)])


def _wrote(stage: Stage) -> Iterator[Scene]:
    """Two customers answered, and somebody whom nobody knows; nobody has read it yet."""
    late, paid = stage.firm("Pod Kasztanem", "Restauracja"), stage.firm("Biały Kot", "Kawiarnia")
    soon, name = stage.ago(-5), f"{stage.ago(2):%d.%m.%Y}"
    promise = f"Dzień dobry,\n\nprzepraszamy za zwłokę. Zapłacimy całość do {soon:%d.%m.%Y}.\n\nPozdrawiam\nMarta z księgowości"
    sent = f"Dzień dobry, zapłaciliśmy {name}, proszę sprawdzić.\nNumer zamówienia mieli Państwo w tytule przelewu."
    stranger = "Dzień dobry,\n\nTo nie do mnie, dostaję Państwa faktury przez pomyłkę."
    yield replace(stage.unpaid(late, 12)[0], deeds=[Wrote(stage.ago(1), late.number, "Odp: przypomnienie o płatności", promise)])
    deeds = [
        Wrote(stage.ago(1), paid.number, "Odp: przypomnienie o płatności", sent),
        Wrote(stage.ago(1), paid.number, "faktury", stranger, sender="ktos@poczta-przykladowa.example"),
    ]
    yield replace(stage.unpaid(paid, 13)[0], deeds=deeds)


def _held(stage: Stage) -> Iterator[Scene]:
    reasons: tuple[tuple[str, int, str, date | None], ...] = (
        ("Pod Dębem", 17, "Właściciel w szpitalu; córka zadzwoni w przyszłym tygodniu", stage.ago(-7)),
        ("Cztery Wiatry", 26, "Rozmowy o ugodzie, prowadzi kierowniczka", None),
        ("Jarzębina", 8, "Czekamy na potwierdzenie odbioru palety", stage.ago(-1)),
    )
    for sign, days, reason, until in reasons:
        buyer = stage.firm(sign, "Restauracja")
        yield replace(stage.unpaid(buyer, days)[0], deeds=[Held(stage.ago(6), buyer.number, reason, until=until)])


def _freed(stage: Stage) -> Scene:
    buyer = stage.firm(FREED, "Galeria")
    deeds: list[Deed] = [Held(stage.ago(9), buyer.number, "Reklamacja u przewoźnika, do wyjaśnienia"), Unheld(stage.ago(3), buyer.number)]
    return replace(stage.unpaid(buyer, 11)[0], deeds=deeds)


def _unknown_money(stage: Stage) -> Scene:
    """The exact sum of an overdue invoice, before its next step, with a title that names none: a person has to match it."""
    buyer = stage.firm("Pod Jaworem", "Hotel")
    scene, (bill,) = stage.unpaid(buyer, 11, least=1200)
    unclear = [
        Receipt(stage.working(5), buyer.number, bill.gross, title="za talerze, pozdrawiamy"),
        Receipt(stage.working(2), buyer.number, Decimal("35.00"), title="przelew własny"),
    ]
    return replace(scene, receipts=[*scene.receipts, *unclear])


def _paid_twice(stage: Stage) -> Scene:
    """Two people at the customer paid the same invoice; the second transfer stands as credit."""
    scene, (bill,) = stage.unpaid(stage.firm("Malinowa", "Herbaciarnia"), 20)
    return replace(scene, receipts=[*scene.receipts, stage.money(bill, 18), stage.money(bill, 15)])


def _charged_back(stage: Stage) -> Scene:
    """A card payment that the bank took back: the item opens again, and a person looks before the next message."""
    scene, (bill,) = stage.unpaid(stage.consumer(), 24, least=260)
    paid = stage.money(bill, 25, title="karta {numbers}", reference=f"KARTA-{bill.buyer}")
    return replace(scene, receipts=[*scene.receipts, paid], deeds=[ChargedBack(stage.ago(4), paid.reference)])


def _matched_later(stage: Stage) -> Scene:
    """Money without a number that somebody matched the day after."""
    scene, (bill,) = stage.unpaid(stage.firm("Akacja", "Sklep z Upominkami"), 62)
    paid = replace(stage.money(bill, 50, title="dziękuję za miłą obsługę", reference=f"LIST-{bill.buyer}"), pays=())
    matched = Matched(paid.on + timedelta(days=1), paid.reference, bill.ref)
    return replace(scene, receipts=[*scene.receipts, paid], deeds=[matched])


def _never_paid(stage: Stage) -> Iterator[Scene]:
    """One is with the agency and ordered again, one was handed over last week, one came back: partly written off, the rest sold."""
    yield stage.unpaid(stage.firm(WITH_AGENCY, "Restauracja", basket=Basket.TRADE), 208, 180, 40, least=2500)[0]
    yield stage.unpaid(stage.firm(RECEIPT_AWAITED, "Bistro", basket=Basket.TRADE), 58, 57, least=1800)[0]
    gone, bills = stage.unpaid(stage.firm(RETURNED, "Pensjonat"), 255, 241, least=900)
    older, younger = bills
    why = "Koszty dochodzenia przewyższają kwotę"
    yield replace(gone, deeds=[WrittenOff(stage.ago(40), older.ref, why), _sold(younger, on=stage.ago(40))])


def _sold(bill: Paper, *, on: date) -> Sold:
    """To a fund, for a fifth."""
    dice = drawn_from(f"{bill.ref}:sale")  # of its own, so that nobody else's luck changes
    return Sold(on, bill.ref, "Fundusz Złoty Sad sp. z o.o.", nip(dice), account(dice), cents(bill.gross / 5))


def _paid_after_the_demand(stage: Stage) -> Iterator[Scene]:
    """They pay when the formal demand is there, and not before."""
    for sign, days_late in (("Borsuk", (160, 36)), ("Szary Wilk", (190, 31))):
        scene, bills = stage.unpaid(stage.firm(sign, "Galeria", basket=Basket.TRADE), *days_late, least=500)
        paid = [stage.money(bill, max(days - 46, 2)) for days, bill in zip(days_late, bills, strict=True)]
        yield replace(scene, receipts=[*scene.receipts, *paid])


def _by_instalments(stage: Stage) -> Scene:
    """A kiln in four parts: two paid, one overdue, one to come."""
    buyer = stage.firm("Ogień i Glina", "Studio Ceramiki", basket=Basket.STUDIO)
    past, part = stage.past(buyer), Decimal("3225.00")
    schedule = tuple((stage.working(days), part) for days in (66, 36, 5, -26))
    kiln = Paper(f"{buyer.number}-kiln", buyer.number, stage.ago(78), part * 4, instalments=schedule)
    paid = [Receipt(due_on, buyer.number, part, (kiln.ref,), "rata za {numbers}") for due_on, _ in schedule[:2]]
    return Scene(buyer, [*past.papers, kiln], [*past.receipts, *paid])


def _all_kinds(stage: Stage) -> Scene:
    """An advance with its final invoice, a debit note and a correction, all paid; drafts, pro-formas, and what was withdrawn."""
    buyer = stage.firm("Majolika", "Pracownia Wnętrz", basket=Basket.STUDIO, orders=12)
    past, on = stage.past(buyer), _PaperOf(stage, buyer)
    claims = [
        on(72, "4000.00", "advance", days_late=65), on(48, "9120.00", "final", days_late=34),
        on(40, "120.00", "debit_note", days_late=26), on(30, "340.00", "correction", days_late=16),
    ]  # fmt: skip
    wrong = [on(55, "1999.00", days_late=41), on(9, "460.00", days_late=-5)]
    others = [
        on(88, "4000.00", "proforma"), on(12, "1590.00", "proforma"), on(4, "610.00", "proforma"), on(33, "150.00", "credit_note"),
        replace(on(2, "780.00"), draft=True), replace(on(1, "2360.50"), draft=True),
    ]  # fmt: skip
    paid = [Receipt(claim.due_on, buyer.number, claim.gross, (claim.ref,)) for claim in claims if claim.due_on]
    withdrawn = [Cancelled(paper.issued_on + timedelta(days=1), paper.ref) for paper in wrong]
    return Scene(buyer, [*past.papers, *claims, *wrong, *others], [*past.receipts, *paid], withdrawn)


class _PaperOf:
    """Makes papers of one customer."""

    def __init__(self, stage: Stage, buyer: Buyer) -> None:
        self._stage, self._buyer, self._count = stage, buyer, 0

    def __call__(self, days: int, gross: str, kind: str = "invoice", *, days_late: int | None = None) -> Paper:
        self._count += 1
        due_on = None if days_late is None else self._stage.working(days_late)
        return Paper(
            f"{self._buyer.number}-p{self._count:02}", self._buyer.number, self._stage.ago(days), Decimal(gross), due_on, kind=kind
        )


def _school(stage: Stage) -> Scene:
    """The school orders, the municipality pays and gets the letters."""
    name = "Szkoła Podstawowa w Źródłach Małych"
    school = stage.firm("", name, name=name, kind="public", term=30, payer="K0101", tax_id="")
    return stage.unpaid(school, 29, -9)[0]


def _small_rests(stage: Stage) -> Scene:
    """A little short again and again: written off twice, and one that stands."""
    scene, bills = stage.unpaid(stage.firm("Półgrosz", "Piekarnia"), 150, 95, 28)
    short = [stage.money(bill, days, short="2.40") for bill, days in zip(bills, (148, 94, 27), strict=True)]
    why = "Drobna różnica, poniżej kosztów przypomnienia"
    gone = [WrittenOff(stage.ago(days), bill.ref, why) for bill, days in zip(bills, (120, 70), strict=False)]
    return replace(scene, receipts=[*scene.receipts, *short], deeds=gone)
