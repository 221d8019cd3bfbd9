"""How much money finds its invoice: 5,000 generated lines of a bank statement over 3,000 open invoices, with twenty kinds of noise.

How the set is made: 400 customers, invoices numbered FV/n/2026 in one series, amounts between 5 and 9,999 PLN with many repeats (every
third is one of 40 round prices, so equal amounts are common). Each line pays one to four invoices of one customer and is then spoilt by one
kind of noise, drawn by the weights below; they say how often a bookkeeper of a Polish wholesaler would see each. The truth is kept beside
the line: which items it pays, or that it pays none. The seed is fixed; another may be given.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from invoices.matching import Books, Money, OpenItem, Proposal, propose

LINES, INVOICES, CUSTOMERS = 5_000, 3_000, 400
SEED = 20260501
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


def _no_number(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title="ZAPLATA ZA TOWAR", account=f"PL{items[0].customer:026d}")


def _name_only(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title="PRZELEW", counterparty=f"{names[items[0].customer]} UL. DLUGA {draw.randint(1, 99)} 00-950 WARSZAWA")


def _other_payer(draw: random.Random, money: Money, items: list[OpenItem], names: dict[int, str]) -> Money:
    return replace(money, title=f"ZA {_numbers(items)} ZLECENIE CORKI", counterparty="KOWALSKA ANNA", account="PL" + "9" * 26)


# kind → (weight, how it spoils a line). Together 100.
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
        tolerance={"PLN": Decimal(15)},
    )
    return books, [_sample(draw, books, names) for _ in range(LINES)]


def _item(draw: random.Random, n: int) -> OpenItem:
    price = draw.choice(range(100, 4100, 100)) if n % 3 == 0 else draw.randint(500, 999_900) / 100
    keys = (f"5265877635-202605{n % 28 + 1:02d}-{n:012X}-{n % 256:02X}", f"{n % 1000:03d}{n:010X}")
    due_on = date(2026, 5, 1) + timedelta(days=n % 60)
    return OpenItem(n, n, f"FV/{n}/2026", draw.randrange(CUSTOMERS), "PLN", Decimal(str(price)).quantize(Decimal("0.01")), due_on, keys)


def _sample(draw: random.Random, books: Books, names: dict[int, str]) -> Sample:
    kind = draw.choices(list(NOISE), [weight for weight, _ in NOISE.values()])[0]
    owed = books.owed_by(draw.choice(books.items).customer, "PLN")
    single = kind in ("split payment", "KSeF number", "IPKSeF", "virtual account", "bank fee taken off", "part payment")
    items = draw.sample(owed, 1 if single or draw.random() < 0.8 else min(draw.randint(2, 4), len(owed)))
    if kind == "virtual account":  # it names no invoice: of those that cost as much the oldest is meant (art. 451 par. 3 KC)
        items = [item for item in owed if item.open == items[0].open][:1]
    items.sort(key=lambda item: item.number)
    whole = Money(sum((item.open for item in items), Decimal(0)), "PLN", counterparty=names[items[0].customer])
    return Sample(NOISE[kind][1](draw, whole, items, names), frozenset(item.item for item in items), kind)


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
    return {part.item for part in proposal.parts} == sample.items
