"""The two firms and their years, told from the seed and the first day. Pure: no row, no clock."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from receivables.core.calendar import Calendar
from receivables.demo.cast import Basket, Buyer, Habit, Reach, cast
from receivables.demo.events import Paper, Receipt, Scene, Story
from receivables.demo.numbers import drawn_from, german_phone
from receivables.demo.roles import roles
from receivables.demo.stage import Stage
from receivables.demo.troubles import troubles
from receivables.demo.words import plain
from receivables.demo.year import ordinary_year

_PREFIXES = {"advance": "ZAL", "correction": "KOR", "credit_note": "KOR", "debit_note": "ND", "proforma": "PRO"}  # all others: FV


@dataclass(frozen=True, slots=True)
class Firm:
    """A company of the demo, in the fields of `Creditor`."""

    slug: str
    name: str
    currency: str
    language: str
    tax_id: str
    street: str
    postcode: str
    city: str
    email: str
    phone: str
    bank_account: str
    bank_name: str
    time_zone: str = "Europe/Warsaw"
    prefix: str = ""  # before its invoice numbers


SHOP = Firm(
    slug="ceramika", name="Ceramika Wiślana sp. z o.o.", currency="PLN", language="pl", tax_id="5001234576", street="ul. Garncarska 8",
    postcode="31-115", city="Kraków", email="naleznosci@ceramika-wislana.example", phone="+48380000100",
    bank_account="PL95000050050000000000000101", bank_name="Bank Przykładowy S.A.",
)  # fmt: skip
EXPORT = Firm(
    slug="export", name="Wiślana Export sp. z o.o.", currency="EUR", language="en", tax_id="6002345686", street="ul. Garncarska 8",
    postcode="31-115", city="Kraków", email="accounts@wislana-export.example", phone="+48380000200",
    bank_account="PL84000050050000000000000202", bank_name="Bank Przykładowy S.A.", prefix="EX",
)  # fmt: skip


def shop_story(seed: str, *, on: date, calendar: Calendar, customers: int | None = None) -> Story:
    """The web shop's year before `on`; with `customers` only so many of the ordinary ones, for tests."""
    ordinary = [ordinary_year(buyer, seed=seed, on=on) for buyer in cast(seed)[:customers]]
    stage = Stage.of(seed, on=on, calendar=calendar)
    return told([*roles(stage), *troubles(stage), *ordinary], on=on)


def export_story(seed: str, *, on: date) -> Story:
    """The wholesale arm since it began half a year ago: six customers abroad, in euro. It shares nothing with the shop but the roof."""
    return told([ordinary_year(buyer, seed=f"{seed}:export", on=on, days=180) for buyer in _abroad(seed)], on=on, prefix=EXPORT.prefix)


_WHOLESALE = (
    ("Keramikhaus Nordlicht GmbH", "Musterallee 17", "20095", "Hamburg", "DE", Habit.IN_TIME, 9),
    ("Atelier Céleste SARL", "3 rue Imaginaire", "69001", "Lyon", "FR", Habit.LATE, 8),
    ("Hrnčířství U Lípy s.r.o.", "Vymyšlená 12", "602 00", "Brno", "CZ", Habit.EARLY, 7),
    ("De Blauwe Kom B.V.", "Voorbeeldstraat 40", "1011 AA", "Amsterdam", "NL", Habit.CHRONIC, 6),
    ("Lergods & Lin AB", "Påhittade gatan 5", "111 20", "Stockholm", "SE", Habit.IN_PARTS, 6),
    ("Alpenkeramik OG", "Musterweg 8", "6020", "Innsbruck", "AT", Habit.SLOW, 5),
)


def _abroad(seed: str) -> Iterator[Buyer]:
    rng = drawn_from(f"{seed}:abroad")
    for n, (name, street, postcode, city, country, habit, orders) in enumerate(_WHOLESALE, start=1):
        reach = Reach("Accounts payable", "accounting", f"accounts@{plain(name)}.example", german_phone(rng), "en")
        yield Buyer(
            number=f"X{n:03}", name=name, kind="business", street=street, postcode=postcode, city=city, country=country, language="en",
            reaches=(reach,), habit=habit, basket=Basket.TRADE, orders=orders, term=30, account="", currency="EUR",
        )  # fmt: skip


def told(scenes: Sequence[Scene], *, on: date, prefix: str = "") -> Story:
    """Scenes as one story: what lies in the future is left out, papers get their numbers, money its bank references."""
    papers = [paper for scene in scenes for paper in scene.papers if paper.issued_on < on]
    receipts = [receipt for scene in scenes for receipt in scene.receipts if receipt.on < on]
    deeds = [deed for scene in scenes for deed in scene.deeds if deed.on < on]
    numbered = tuple(_numbered(papers, prefix))
    return Story(
        on=on,
        buyers=tuple(sorted((scene.buyer for scene in scenes), key=lambda buyer: buyer.number)),
        papers=numbered,
        receipts=tuple(_booked(receipts, {paper.ref: paper for paper in numbered})),
        deeds=tuple(sorted(deeds, key=lambda deed: deed.on)),
    )


def _numbered(papers: Iterable[Paper], prefix: str) -> Iterator[Paper]:
    """FV/2026/05/0123: counted by kind and month, in the order of issue."""
    last: Counter[str] = Counter()
    for paper in sorted(papers, key=lambda paper: (paper.issued_on, paper.ref)):
        kind = "SZKIC" if paper.draft else _PREFIXES.get(paper.kind, "FV")
        stem = f"{prefix and prefix + '-'}{kind}/{paper.issued_on:%Y/%m}"
        last[stem] += 1
        yield replace(paper, number=f"{stem}/{last[stem]:04}")


def _booked(receipts: Iterable[Receipt], papers: Mapping[str, Paper]) -> Iterator[Receipt]:
    """In the order of the bank's days; what a customer pays in full on one day comes as one transfer."""
    count: Counter[date] = Counter()
    for receipt in sorted(_together(receipts, papers), key=lambda receipt: (receipt.on, receipt.buyer, receipt.pays)):
        count[receipt.on] += 1
        numbers = ", ".join(papers[ref].number for ref in receipt.pays)
        reference = receipt.reference or f"{receipt.on:%Y%m%d}/{count[receipt.on]:04}"
        yield replace(receipt, title=receipt.title.format(numbers=numbers), reference=reference)


def _together(receipts: Iterable[Receipt], papers: Mapping[str, Paper]) -> Iterator[Receipt]:
    whole: dict[tuple[date, str, str], list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        if not receipt.reference and [papers[ref].gross for ref in receipt.pays] == [receipt.amount]:
            whole[receipt.on, receipt.buyer, receipt.currency].append(receipt)
        else:
            yield receipt
    for first, *others in whole.values():
        pays = (*first.pays, *(ref for other in others for ref in other.pays))
        yield replace(first, amount=first.amount + sum(other.amount for other in others), pays=tuple(dict.fromkeys(pays)))


Rhythm = Sequence[tuple[int, int]]  # up to so many days back, every so many days


def sittings(story: Story, *, calendar: Calendar, rhythm: Rhythm) -> list[date]:
    """The days on which the firm sits down to its books, from the first invoices to the day before `on`; contact days but for the last."""
    last = story.on - timedelta(days=1)
    first = min(paper.issued_on for paper in story.papers)
    days, back = {last}, 1
    while (day := _contact_day(calendar, story.on - timedelta(days=back))) > first:
        days.add(day)
        back += next(gap for until, gap in rhythm if back < until)
    return sorted(days)


def _contact_day(calendar: Calendar, day: date) -> date:
    """The day itself, or the last before it on which people may be written to."""
    while not calendar.is_contact_day(day):
        day -= timedelta(days=1)
    return day
