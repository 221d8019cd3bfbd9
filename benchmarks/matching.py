"""How much money finds its invoice: 5,000 generated lines of a bank statement over 3,000 open invoices, with twenty-six kinds of noise.

How the set is made: 400 customers, invoices numbered FV/n/2026 in one series, amounts between 5 and 9,999 PLN with many repeats (every
third is one of 40 round prices, so equal amounts are common). Each line pays one to four invoices of one customer and is then spoilt by one
kind of noise, drawn by the weights below; they say how often a bookkeeper of a Polish wholesaler would see each. The truth is kept beside
the line: which items it pays, or that it pays none. Every fifth invoice grants 2 % to who pays by its seventh day; a discount that was
taken is part of the truth, so an invoice closed without it counts as wrong. The seed is fixed; another may be given.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from invoices.early_payment import Offer
from invoices.exchange import Original
from invoices.matching import Books, BorneAs, Money, OpenItem, Proposal, Tolerance, propose

LINES, INVOICES, CUSTOMERS = 5_000, 3_000, 400
SEED = 20260501
DISCOUNTED_UNTIL, LATER = date(2026, 5, 8), date(2026, 6, 30)
_FIRST = "ALFA BETA GAMMA DELTA OMEGA SIGMA ORION VEGA ATLAS POLAR BALTIC TATRA WARTA NAREW ODRA BUG SAN NYSA PILICA DRWECA".split()
_SECOND = (
    "HANDEL TRANSPORT BUDOWA SERWIS LOGISTYKA SPORT MEBLE DRUK TECHNIKA OGRODY FARBY STAL SZKLO PAPIER FOLIE OKNA DRZWI DACHY RURY KABLE"
).split()
_FORMS = ("SP. Z O.O.", "S.A.", "SP. K.", "S.C.", "")


@dataclass(frozen=True, slots=True)
class Sample:
    """A line, what it really pays, and what spoilt it."""

    money: Money
    items: frozenset[int]
    kind: str
    discounted: frozenset[int] = frozenset()


Spoil = Callable[[random.Random, Money, list[OpenItem], dict[int, str]], Money]


def _title(*numbers: str) -> str:
    return ", ".join(numbers)


def _with_title(make: Callable[[random.Random, list[OpenItem]], str]) -> Spoil:
    return lambda draw, money, items, names: replace(money, title=make(draw, items))


def _numbers(items: list[OpenItem], change: Callable[[str], str] = str) -> str:
    return _title(*(change(item.number) for item in items))


def _virtual(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title="WPLATA", virtual=f"XX{items[0].customer:06d}")


def _short_paid(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    fee = Decimal(draw.randint(100, 1500)) / 100
    return replace(money, amount=max(money.amount - fee, Decimal("0.01")), title=_numbers(items))


def _in_part(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, amount=max((money.amount / 3).quantize(Decimal("0.01")), Decimal("0.01")), title=_numbers(items))


def _broken_key(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    at = draw.randint(8, 30)
    return replace(money, title=f"{items[0].keys[0][:at]} {items[0].keys[0][at:]}")


def _several_keys(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title=" ".join(item.keys[0] for item in items))


def _collective(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title=f"platnosc zbiorcza {items[0].keys[2]}")


def _discounted(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    taken = sum((offer.amount for item in items for offer in item.offers), Decimal(0))
    return replace(money, amount=money.amount - taken, title=_numbers(items), on=DISCOUNTED_UNTIL)


def _discounted_late(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(_discounted(draw, money, items, names), on=DISCOUNTED_UNTIL + timedelta(days=1))


def _other_currency(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    paid = (money.amount * Decimal("4.2517")).quantize(Decimal("0.01"))
    return replace(money, amount=paid, currency="EUR", title=_numbers(items), original=Original(money.amount, "PLN"))


def _no_number(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title="ZAPLATA ZA TOWAR", account=f"PL{items[0].customer:026d}")


def _name_only(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title="PRZELEW", counterparty=f"{names[items[0].customer]} UL. DLUGA {draw.randint(1, 99)} 00-950 WARSZAWA")


def _other_payer(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title=f"ZA {_numbers(items)} ZLECENIE CORKI", counterparty="KOWALSKA ANNA", account="PL" + "9" * 26)


# kind → (weight, how it spoils a line). Together 106.
NOISE: dict[str, tuple[int, Spoil]] = {
    "number as printed": (26, _with_title(lambda draw, items: _numbers(items))),
    "number with words around": (15, _with_title(lambda draw, items: f"Zapłata za fakturę {_numbers(items)} dziękujemy")),
    "small letters": (7, _with_title(lambda draw, items: _numbers(items).lower())),
    "spaces for slashes": (5, _with_title(lambda draw, items: _numbers(items, lambda n: n.replace("/", " ")))),
    "dashes for slashes": (4, _with_title(lambda draw, items: _numbers(items, lambda n: n.replace("/", "-")))),
    "prefix glued to the number": (5, _with_title(lambda draw, items: _numbers(items, lambda n: n.replace("FV/", "FV")))),
    "spaces around slashes": (3, _with_title(lambda draw, items: _numbers(items, lambda n: n.replace("/", " / ")))),
    "split payment": (6, _with_title(lambda draw, items: f"/VAT/0000000018,70/IDC/5265877635/INV/{items[0].number}/TXT/zaplata")),
    "virtual account": (8, _virtual),
    "KSeF number": (4, _with_title(lambda draw, items: items[0].keys[0])),
    "IPKSeF": (3, _with_title(lambda draw, items: f"IPKSEF {items[0].keys[1]}")),
    "order number beside it": (3, _with_title(lambda draw, items: f"{_numbers(items)} zam. {draw.randint(1000, 9999)}/26")),
    "date beside it": (2, _with_title(lambda draw, items: f"{_numbers(items)} z dn. {draw.randint(1, 28)}.05.2026")),
    "paid by somebody else": (2, _other_payer),
    "number without its letters": (1, _with_title(lambda draw, items: _numbers(items, lambda n: n.removeprefix("FV/")))),
    "zeros before the number": (1, _with_title(lambda draw, items: _numbers(items, lambda n: n.replace("FV/", "FV/00")))),
    "bank fee taken off": (1, _short_paid),
    "part payment": (1, _in_part),
    "no number, known account": (2, _no_number),
    "KSeF number broken by the bank": (1, _broken_key),
    "several KSeF numbers": (1, _several_keys),
    "collective identifier": (1, _collective),
    "discount taken in time": (1, _discounted),
    "discount taken late": (1, _discounted_late),
    "exchanged on its way": (1, _other_currency),
    "no number, name with address": (1, _name_only),
}


def make(seed: int = SEED) -> tuple[Books, list[Sample]]:
    """The books and the lines, the same for a seed."""
    draw = random.Random(seed)
    names = {pk: f"{_FIRST[pk % 20]} {_SECOND[pk // 20 % 20]} {_FORMS[pk % 5]}".strip() for pk in range(CUSTOMERS)}
    items = [_item(draw, n) for n in range(1, INVOICES + 1)]
    books = Books(
        items,
        names,
        accounts={f"PL{pk:026d}": frozenset({pk}) for pk in names},
        virtual={f"XX{pk:06d}": pk for pk in names},
        tolerance={"PLN": Tolerance(Decimal(15))},
    )
    return books, [_sample(draw, items, books, names) for _ in range(LINES)]


def _item(draw: random.Random, n: int) -> OpenItem:
    price = draw.choice(range(100, 4100, 100)) if n % 3 == 0 else draw.randint(500, 999_900) / 100
    keys: tuple[str, ...] = (f"5265877635-202605{n % 28 + 1:02d}-{n:012X}-{n % 256:02X}", f"{n % 1000:03d}{n:010X}")
    customer, amount = draw.randrange(CUSTOMERS), Decimal(str(price)).quantize(Decimal("0.01"))
    if n % 4 < 2:  # each customer has one collective payment over half of what it owes
        keys = (*keys, f"ZBIOR-2026-{customer:06d}")
    offers = (Offer((amount / 50).quantize(Decimal("0.01")), DISCOUNTED_UNTIL, Decimal(2), 7),) if n % 5 == 0 else ()
    due_on = date(2026, 5, 1) + timedelta(days=n % 60)
    return OpenItem(n, n, f"FV/{n}/2026", customer, "PLN", amount, due_on, keys, offers)


def _sample(draw: random.Random, every: list[OpenItem], books: Books, names: dict[int, str]) -> Sample:
    kind = draw.choices(list(NOISE), [weight for weight, _ in NOISE.values()])[0]
    owed = books.owed_by(draw.choice(every).customer, "PLN")
    single = kind in (
        "split payment",
        "KSeF number",
        "IPKSeF",
        "virtual account",
        "bank fee taken off",
        "part payment",
        "KSeF number broken by the bank",
    )
    items = draw.sample(owed, 1 if single or draw.random() < 0.8 else min(draw.randint(2, 4), len(owed)))
    if kind == "virtual account":  # it names no invoice: of those that cost as much the oldest is meant (art. 451 par. 3 KC)
        items = [item for item in owed if item.open == items[0].open][:1]
    if kind == "collective identifier":
        items = [item for item in owed if len(item.keys) > 2]
        kind = kind if items else "number as printed"
        items = items or owed[:1]
    if kind.startswith("discount taken"):
        items = [item for item in owed if item.offers][:2]
        kind = kind if items else "number as printed"
        items = items or owed[:1]
    items.sort(key=lambda item: item.number)
    whole = Money(sum((item.open for item in items), Decimal(0)), "PLN", counterparty=names[items[0].customer], on=LATER)
    taken = frozenset(item.item for item in items if item.offers) if kind.startswith("discount taken") else frozenset()
    return Sample(NOISE[kind][1](draw, whole, items, names), frozenset(item.item for item in items), kind, taken)


def measure() -> dict[str, Any]:
    """Both rates, what was wrong, and how often the truth is among the first three suggestions of the rest."""
    books, samples = make()
    began = time.perf_counter()
    found = [propose(sample.money, books) for sample in samples]
    took = time.perf_counter() - began
    alone = [(s, f) for s, f in zip(samples, found, strict=True) if f and f[0].is_alone]
    rest = [(s, f) for s, f in zip(samples, found, strict=True) if not (f and f[0].is_alone)]
    wrong = Counter(s.kind for s, f in alone if not _is_true(s, f[0]))
    shown = sum(any(_is_true(s, each) for each in f[:3]) for s, f in rest)
    total = sum(s.money.amount for s in samples)
    return {
        "workload": "matching",
        "n": len(samples),
        "kinds": len(NOISE),
        "alone_lines_percent": round(100 * len(alone) / len(samples), 2),
        "alone_amount_percent": round(float(100 * sum(s.money.amount for s, _ in alone) / total), 2),
        "wrong": sum(wrong.values()),
        "wrong_kinds": dict(wrong),
        "rest": len(rest),
        "rest_right_in_three_percent": round(100 * shown / len(rest), 2) if rest else None,
        "rest_kinds_missed": dict(Counter(s.kind for s, f in rest if not any(_is_true(s, each) for each in f[:3]))),
        "lines_s": round(len(samples) / took),
    }


def _is_true(sample: Sample, proposal: Proposal) -> bool:
    taken = {borne.item for borne in proposal.borne if borne.kind is not BorneAs.BANK_FEE}
    return {part.item for part in proposal.parts} == sample.items and taken == sample.discounted
