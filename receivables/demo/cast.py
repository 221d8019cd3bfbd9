"""The shop's customers: who they are, how they are reached, and how they pay. Pure; drawn from the seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from receivables.demo.numbers import account, british_phone, drawn_from, german_phone, nip, phone
from receivables.demo.words import MEN, PUBLIC_BODIES, SIGNS, STREETS, SURNAMES, TOWNS, TRADES, WOMEN, plain, surname_of_woman


class Habit(StrEnum):
    """How somebody pays."""

    EARLY = "early"
    IN_TIME = "in time"
    LATE = "a few days late"
    CHRONIC = "one to three weeks late"
    SLOW = "after the demand only"
    IN_PARTS = "in two parts"


class Basket(StrEnum):
    """What somebody usually buys."""

    HOME = "home"  # a mug, a set of plates
    TRADE = "trade"  # dishes by the dozen
    STUDIO = "studio"  # clay by the pallet, now and then a kiln


@dataclass(frozen=True, slots=True)
class Reach:
    """A contact. `objects_to` names channels it does not want."""

    name: str = ""
    role: str = "accounting"
    email: str = ""
    phone: str = ""
    language: str = ""
    objects_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer. `orders` is how many invoices in the year, `term` the days to pay, `payer` the number of who pays
    and gets the letters in its place."""

    number: str
    name: str
    kind: str
    street: str
    postcode: str
    city: str
    reaches: tuple[Reach, ...]
    habit: Habit
    basket: Basket
    orders: int
    term: int
    account: str
    tax_id: str = ""
    country: str = "PL"
    language: str = ""
    currency: str = ""
    payer: str = ""
    key_account: bool = False
    note: str = ""


CONSUMERS = 16
_HABITS = (Habit.EARLY, Habit.IN_TIME, Habit.LATE, Habit.CHRONIC, Habit.SLOW, Habit.IN_PARTS)


def cast(seed: str) -> tuple[Buyer, ...]:
    """The everyday customers of the shop; those with a story of their own stand in `roles`."""
    rng = drawn_from(f"{seed}:cast")
    made = [*_public_bodies(rng), *_firms(rng), *_consumers(rng), *_foreigners(rng)]
    return tuple(replace(buyer, number=f"K{n:04}") for n, buyer in enumerate(made, start=101))


def firm(rng: Random, sign: str, trade: str, **changes: object) -> Buyer:
    """A business with an owner, a bookkeeper and an e-mail domain of its own."""
    street, postcode, city = address(rng)
    owner, domain = person(rng), f"{plain(f'{trade} {sign}')}.example"
    buyer = Buyer(
        number="", name=f"{trade} {_quoted(sign)}{_form_of(owner, rng)}", kind="business", street=street, postcode=postcode, city=city,
        reaches=_reaches(owner, domain, rng), habit=rng.choices(_HABITS, (12, 40, 26, 12, 2, 6))[0],
        basket=rng.choices((Basket.HOME, Basket.TRADE, Basket.STUDIO), (2, 6, 2))[0],
        orders=rng.choice((6, 10, 16, 20, 24, 32)), term=rng.choice((7, 14, 14, 14, 30, 30)), account=account(rng), tax_id=nip(rng),
    )  # fmt: skip
    return replace(buyer, **changes)  # type: ignore[arg-type]


def consumer(rng: Random, **changes: object) -> Buyer:
    """Somebody who buys for the house, on a deferred payment."""
    street, postcode, city = address(rng)
    name = person(rng)
    mailbox = f"{plain(name).replace('-', '.')}{rng.randint(60, 99)}@{rng.choice(('example.com', 'example.net', 'example.org'))}"
    buyer = Buyer(
        number="", name=name, kind="consumer", street=f"{street}/{rng.randint(1, 40)}", postcode=postcode, city=city,
        reaches=(Reach(name, "buyer", mailbox, phone(rng)),), habit=rng.choices(_HABITS, (20, 45, 20, 10, 2, 3))[0],
        basket=Basket.HOME, orders=rng.randint(1, 6), term=rng.choice((7, 14)), account=account(rng),
    )  # fmt: skip
    return replace(buyer, **changes)  # type: ignore[arg-type]


def person(rng: Random) -> str:
    """A first and a last name that go together."""
    if rng.random() < 0.5:
        return f"{rng.choice(MEN)} {rng.choice(SURNAMES)}"
    return f"{rng.choice(WOMEN)} {surname_of_woman(rng.choice(SURNAMES))}"


def address(rng: Random) -> tuple[str, str, str]:
    """Street with number, postcode, town."""
    return (f"{rng.choice(STREETS)} {rng.randint(1, 120)}", *rng.choice(TOWNS))


def _quoted(sign: str) -> str:
    return sign if sign.startswith(("Pod ", "Na ", "Nad ", "U ")) else f"„{sign}”"


def _form_of(owner: str, rng: Random) -> str:
    return rng.choice((f" {owner}", " sp. z o.o.", " sp. z o.o.", " s.c.", " sp.j."))


def _reaches(owner: str, domain: str, rng: Random) -> tuple[Reach, ...]:
    books = Reach("Księgowość", "accounting", f"{rng.choice(('ksiegowosc', 'biuro', 'faktury'))}@{domain}")
    head = Reach(owner, "owner", f"{plain(owner).replace('-', '.')}@{domain}", phone(rng))
    return rng.choice(((books, head), (head,), (books, head, Reach(person(rng), "buyer", "", phone(rng)))))


def _firms(rng: Random) -> Iterator[Buyer]:
    for n, sign in enumerate(SIGNS):
        yield firm(rng, sign, rng.choice(TRADES), key_account=n % 12 == 0)


def _public_bodies(rng: Random) -> Iterator[Buyer]:
    for name in PUBLIC_BODIES:
        yield firm(
            rng, "", name, name=name, kind="public", habit=rng.choice((Habit.IN_TIME, Habit.LATE)), term=30, orders=rng.randint(4, 14),
            reaches=(Reach("Sekretariat", "accounting", f"sekretariat@{plain(name)[:40].strip('-')}.example", phone(rng)),),
        )  # fmt: skip


def _consumers(rng: Random) -> Iterator[Buyer]:
    return (consumer(rng) for _ in range(CONSUMERS))


_ABROAD: Sequence[tuple[str, str, str, str, str]] = (
    ("Kiln & Clover Ltd", "14 Fictional Row", "ZZ99 1AA", "Bath", "GB"),
    ("Töpferei Blaumeise", "Musterweg 3", "10115", "Berlin", "DE"),
    ("Hafenkante Interieur GmbH", "Beispielstraße 21", "20457", "Hamburg", "DE"),
    ("The Speckled Hen Tearoom", "2 Invented Lane", "ZZ99 2BB", "York", "GB"),
    ("Café Morgenröte", "Musterplatz 9", "80331", "München", "DE"),
)


def _foreigners(rng: Random) -> Iterator[Buyer]:
    for name, street, postcode, city, country in _ABROAD:
        number = british_phone(rng) if country == "GB" else german_phone(rng)
        yield Buyer(
            number="", name=name, kind="business", street=street, postcode=postcode, city=city, country=country, language="en",
            reaches=(Reach("Accounts", "accounting", f"accounts@{plain(_ascii(name))}.example", number, "en"),),
            habit=rng.choice((Habit.IN_TIME, Habit.LATE, Habit.CHRONIC)), basket=Basket.TRADE, orders=rng.randint(5, 12), term=30,
            account="", currency="EUR",
        )  # fmt: skip


def _ascii(text: str) -> str:
    return text.replace("ö", "oe").replace("ü", "ue").replace("ß", "ss").replace("é", "e")
