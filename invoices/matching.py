"""Which item does this money pay, and why? Pure: open items and a line of a bank statement in, proposals with score and reason out.

Booked without a person is only what FORMATS.md 9.4 allows: a virtual account, a key that the invoice itself carries (/INV/, IPKSeF, KSeF
number), or an exact invoice number whose open amount is paid to the grosz. Everything else is a suggestion.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

ZERO = Decimal(0)
MOST_SHOWN = 5
_MOST_SUMMED = 14  # items among which sums of two and three are searched


class Reason(StrEnum):
    """Why money is thought to pay something; `SCORES` says how sure that is."""

    VIRTUAL_ACCOUNT = "virtual_account"
    INVOICE_KEY = "invoice_key"
    NUMBER = "number"
    NUMBERS = "numbers"
    INSTALMENT = "instalment"
    SMALL_DIFFERENCE = "small_difference"
    NUMBER_IN_PART = "number_in_part"
    NUMBER_AND_MORE = "number_and_more"
    NEARLY_NUMBER = "nearly_number"
    ACCOUNT_AND_AMOUNT = "account_and_amount"
    ACCOUNT_AND_SUM = "account_and_sum"
    NAME_AND_AMOUNT = "name_and_amount"
    NAME_AND_SUM = "name_and_sum"
    ACCOUNT = "account"
    NAME = "name"
    AMOUNT = "amount"


SCORES: Mapping[Reason, int] = {
    Reason.VIRTUAL_ACCOUNT: 100,
    Reason.INVOICE_KEY: 100,
    Reason.NUMBER: 98,
    Reason.NUMBERS: 97,
    Reason.INSTALMENT: 96,
    Reason.SMALL_DIFFERENCE: 88,
    Reason.NEARLY_NUMBER: 84,
    Reason.NUMBER_IN_PART: 80,
    Reason.NUMBER_AND_MORE: 78,
    Reason.ACCOUNT_AND_AMOUNT: 76,
    Reason.ACCOUNT_AND_SUM: 72,
    Reason.NAME_AND_AMOUNT: 66,
    Reason.NAME_AND_SUM: 60,
    Reason.ACCOUNT: 45,
    Reason.NAME: 35,
    Reason.AMOUNT: 25,
}
ALONE = frozenset({Reason.VIRTUAL_ACCOUNT, Reason.INVOICE_KEY, Reason.NUMBER, Reason.NUMBERS, Reason.INSTALMENT})
"""Reasons for which nobody is asked."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that is owed. `keys` are what its invoice alone carries: KSeF number, IPKSeF, its virtual account."""

    item: int
    invoice: int
    number: str
    customer: int
    currency: str
    open: Decimal
    due_on: date
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """Money that came in, as the bank tells it. `amount` is positive."""

    amount: Decimal
    currency: str
    title: str = ""
    counterparty: str = ""
    account: str = ""
    virtual: str = ""
    references: tuple[str, ...] = ()


class Part(NamedTuple):
    """What an item gets of it."""

    item: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """What money may pay. What `parts` leave of it stays the customer's credit."""

    customer: int
    parts: tuple[Part, ...]
    reason: Reason
    rest: Decimal = ZERO

    @property
    def score(self) -> int:
        """From 0 to 100."""
        return SCORES[self.reason]

    @property
    def is_alone(self) -> bool:
        """Whether nobody has to be asked."""
        return self.reason in ALONE


@dataclass(slots=True)
class _Numbers:
    """Items by the tokens of their numbers."""

    items: dict[tuple[str, ...], list[OpenItem]] = field(default_factory=dict)
    longest: int = 0

    def add(self, parts: tuple[str, ...], item: OpenItem) -> None:
        self.items.setdefault(parts, []).append(item)
        self.longest = max(self.longest, len(parts))

    def of(self, said: Sequence["Token"]) -> list[OpenItem]:
        """Those of exactly these tokens."""
        return self.items.get(tuple(token.text for token in said), [])


@dataclass(slots=True)
class Books:
    """Open items and what is known of customers, made ready once for many lines.

    accounts: payer account → customers that have paid from it. virtual: virtual account → customer. names: customer → name.
    tolerance: how much less than open may be a bank's fee or a discount, by currency.
    """

    items: Sequence[OpenItem]
    names: Mapping[int, str] = field(default_factory=dict)
    accounts: Mapping[str, frozenset[int]] = field(default_factory=dict)
    virtual: Mapping[str, int] = field(default_factory=dict)
    tolerance: Mapping[str, Decimal] = field(default_factory=dict)
    _numbers: _Numbers = field(default_factory=_Numbers)
    _nearly: _Numbers = field(default_factory=_Numbers)
    _keys: dict[str, list[OpenItem]] = field(default_factory=lambda: defaultdict(list))
    _of: dict[tuple[int, str], list[OpenItem]] = field(default_factory=lambda: defaultdict(list))
    _amounts: dict[tuple[str, Decimal], list[OpenItem]] = field(default_factory=lambda: defaultdict(list))
    _called: dict[frozenset[str], set[int]] = field(default_factory=lambda: defaultdict(set))
    _words: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for item in sorted(self.items, key=lambda each: (each.due_on, each.item)):
            self._index(item)
        for customer, name in self.names.items():
            words = name_words(name)
            if words:
                self._called[words].add(customer)
                for word in words:
                    self._words[word].add(customer)

    def _index(self, item: OpenItem) -> None:
        parts = tuple(token.text for token in tokens(item.number))
        self._numbers.add(parts, item)
        for weaker in _weaker(parts):
            self._nearly.add(weaker, item)
        for key in item.keys:
            self._keys[key.upper()].append(item)
        self._of[item.customer, item.currency].append(item)
        self._amounts[item.currency, item.open].append(item)

    def owed_by(self, customer: int, currency: str) -> list[OpenItem]:
        """What a customer owes in a currency, the oldest first."""
        return self._of.get((customer, currency), [])


def propose(money: Money, books: Books) -> list[Proposal]:
    """What the money may pay, the surest first; empty where nothing suggests anything. At most five."""
    found: dict[tuple[int, tuple[Part, ...]], Proposal] = {}
    for proposal in _proposals(money, books):
        key = proposal.customer, proposal.parts
        if key not in found or found[key].score < proposal.score:
            found[key] = proposal
        if proposal.is_alone:
            break
    return sorted(found.values(), key=lambda each: -each.score)[:MOST_SHOWN]


def _proposals(money: Money, books: Books) -> Iterator[Proposal]:
    yield from _by_virtual_account(money, books)
    yield from _by_key(money, books)
    yield from _by_number(money, books)
    yield from _by_customer(
        money, books, _customers_of_account(money, books), Reason.ACCOUNT_AND_AMOUNT, Reason.ACCOUNT_AND_SUM, Reason.ACCOUNT
    )
    yield from _by_customer(money, books, _customers_called(money, books), Reason.NAME_AND_AMOUNT, Reason.NAME_AND_SUM, Reason.NAME)
    for item in books._amounts.get((money.currency, money.amount), [])[:MOST_SHOWN]:
        yield _paying([item], money, Reason.AMOUNT)


# -- what is as good as certain


def _by_virtual_account(money: Money, books: Books) -> Iterator[Proposal]:
    """The account that only this customer was given. What the title names goes first, then what costs exactly so much, then the oldest."""
    customer = books.virtual.get(money.virtual) if money.virtual else None
    if customer is None:
        return
    owed = books.owed_by(customer, money.currency)
    named = [item for item in _named(money, books._numbers) if item.customer == customer and item.currency == money.currency]
    exact = [item for item in owed if item.open == money.amount][:1]
    yield _spread(named or exact or owed, money, Reason.VIRTUAL_ACCOUNT, customer)


_INV = re.compile(r"/INV/([^/]*(?:/(?!TXT/|IDP/|VAT/|IDC/)[^/]*)*)")
_IPKSEF = re.compile(r"(?<![A-Z0-9])[0-9]{3}[A-Z0-9]{10}(?![A-Z0-9])")
_KSEF = re.compile(r"(?<![0-9])[0-9]{10}-[0-9]{8}-[0-9A-F]{12}-[0-9A-F]{2}(?![0-9A-F])")


def _by_key(money: Money, books: Books) -> Iterator[Proposal]:
    """What stands on one invoice alone: the number in a split payment's /INV/, its IPKSeF or its KSeF number."""
    title = money.title.upper()
    keys = [*_KSEF.findall(title), *_IPKSEF.findall(title), *(reference.upper() for reference in money.references)]
    found = [item for key in keys for item in books._keys.get(key, [])]
    if split := _INV.search(title):
        found += books._numbers.of(tokens(split[1]))
    mine = [item for item in dict.fromkeys(found) if item.currency == money.currency]
    if mine and len({item.customer for item in mine}) == 1:
        yield _spread(mine, money, Reason.INVOICE_KEY, mine[0].customer)


# -- invoice numbers in the title


class Token(NamedTuple):
    """A run of letters or of digits, and whether it hangs on to the one before."""

    text: str
    is_glued: bool


_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+")
_GLUE = re.compile(r"[/\\\-_.]?")


def tokens(text: str) -> list[Token]:
    """Letters and digits apart, in capitals. `FV/7/2026` and `fv 7/2026` have the same; INV-1 is not INV-10."""
    upper = re.sub(r"\s*([/\\])\s*", r"\1", text.upper())
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(upper):
        found.append(Token(match[0], end >= 0 and _GLUE.fullmatch(upper[end : match.start()]) is not None))
        end = match.end()
    return found


def _by_number(money: Money, books: Books) -> Iterator[Proposal]:
    named = [item for item in _named(money, books._numbers) if item.currency == money.currency]
    yield from _paying_what_is_named(named, money, books, alone=True)
    if not named:
        nearly = [item for item in _named(money, books._nearly, bare=True) if item.currency == money.currency]
        yield from _paying_what_is_named(nearly, money, books, alone=False)


def _named(money: Money, numbers: _Numbers, *, bare: bool = False) -> list[OpenItem]:
    """Items whose number stands in the title as a word of its own, in the order of the title; of two that fit the longer.

    `bare` takes the zeros before numbers away.
    """
    said = [Token(_bare(token.text), token.is_glued) if bare else token for token in tokens(money.title)]
    found: dict[OpenItem, None] = {}
    at = 0
    while at < len(said):
        sizes = range(min(numbers.longest, len(said) - at), 0, -1)
        size = next((n for n in sizes if numbers.of(said[at : at + n]) and _stands_alone(said, at, n)), 0)
        found |= dict.fromkeys(numbers.of(said[at : at + size]) if size else ())
        at += size or 1
    return list(found)


def _stands_alone(said: Sequence[Token], at: int, size: int) -> bool:
    """Whether it is no part of a longer number: `1/2026` does not stand in `11/1/2026` nor in `1/2026/K`."""
    goes_on = at + size < len(said) and said[at + size].is_glued
    hangs_on = at > 0 and said[at].is_glued and (said[at - 1].text.isdigit() or not said[at].text.isdigit())
    return not goes_on and not hangs_on


def _weaker(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """How payers shorten a number: without the zeros before it, without its letters."""
    bare = tuple(_bare(part) for part in parts)
    digits = tuple(part for part in bare if part.isdigit())
    yield bare
    if digits != bare and len("".join(digits)) >= 3:
        yield digits


def _bare(part: str) -> str:
    return part.lstrip("0") or "0" if part.isdigit() else part


def _paying_what_is_named(named: Sequence[OpenItem], money: Money, books: Books, *, alone: bool) -> Iterator[Proposal]:
    by_customer: dict[int, list[OpenItem]] = defaultdict(list)
    for item in named:
        by_customer[item.customer].append(item)
    for customer, items in by_customer.items():
        sure = alone and len(by_customer) == 1 and _is_telling(items, customer, money, books)
        reason = _reason_of(items, money, books.tolerance.get(money.currency, ZERO))
        if not sure:
            reason = Reason.NEARLY_NUMBER if reason in ALONE else reason
        yield _spread(items, money, reason, customer)


def _is_telling(items: Sequence[OpenItem], customer: int, money: Money, books: Books) -> bool:
    """Whether numbers in a title are surely meant: a bare number may be anything, and a payer who is known pays for itself."""
    payers = _customers_of_account(money, books)
    return all(len(tokens(item.number)) > 1 for item in items) and (not payers or customer in payers)


def _reason_of(items: Sequence[OpenItem], money: Money, tolerance: Decimal) -> Reason:
    """How well the amount fits what is named: to the grosz, by an instalment, but for a fee, in part, or more than is owed."""
    total = sum((item.open for item in items), ZERO)
    invoices = {item.invoice for item in items}
    if money.amount == total:
        return Reason.NUMBER if len(invoices) == 1 else Reason.NUMBERS
    if len(invoices) == 1 and len(items) > 1 and money.amount in _running_sums(items):
        return Reason.INSTALMENT
    if ZERO < total - money.amount <= tolerance:
        return Reason.SMALL_DIFFERENCE
    return Reason.NUMBER_IN_PART if money.amount < total else Reason.NUMBER_AND_MORE


def _running_sums(items: Sequence[OpenItem]) -> set[Decimal]:
    """What pays the first instalments and no others."""
    sums, total = set(), ZERO
    for item in items:
        total += item.open
        sums.add(total)
    return sums


# -- who paid, and what costs so much


def _customers_of_account(money: Money, books: Books) -> frozenset[int]:
    return books.accounts.get(money.account, frozenset()) if money.account else frozenset()


def _customers_called(money: Money, books: Books) -> frozenset[int]:
    """Customers of exactly this name, else those whose name the bank has cut or put an address behind."""
    words = name_words(money.counterparty)
    if not words:
        return frozenset()
    if exact := books._called.get(words):
        return frozenset(exact)
    shared: dict[int, int] = defaultdict(int)
    for word in words:
        for customer in books._words.get(word, ()):
            shared[customer] += 1
    return frozenset(pk for pk, count in shared.items() if count >= 2 and count == len(name_words(books.names[pk])))


_FORMS = frozenset(
    "SP Z O O OO ZOO SA S A SPOLKA SPOŁKA OGRANICZONA ODPOWIEDZIALNOSCIA AKCYJNA JAWNA CYWILNA KOMANDYTOWA SC SJ SK PPHU FHU PHU FIRMA "
    "HANDLOWA USLUGOWA GMBH AG KG LTD LLC INC SRO AS BV NV".split()
)
_PLAIN = str.maketrans({"Ł": "L", "Ø": "O", "ß": "SS"})


@lru_cache(maxsize=20_000)
def name_words(name: str) -> frozenset[str]:
    """What tells a name from another: without accents, legal forms and single letters."""
    plain = unicodedata.normalize("NFKD", name.upper().translate(_PLAIN))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return frozenset(word for word in re.findall(r"[A-Z0-9]{2,}", letters) if word not in _FORMS)


def _by_customer(money: Money, books: Books, customers: Iterable[int], exact: Reason, summed: Reason, known: Reason) -> Iterator[Proposal]:
    for customer in sorted(customers)[:MOST_SHOWN]:
        owed = books.owed_by(customer, money.currency)
        same = [item for item in owed if item.open == money.amount]
        yield from (_paying([item], money, exact) for item in same[:3])
        if not same and (sum_of := _summing_to(money.amount, owed)):
            yield _paying(sum_of, money, summed)
        if owed:
            yield _spread(owed, money, known, customer)


def _summing_to(amount: Decimal, owed: Sequence[OpenItem]) -> list[OpenItem]:
    """All that is owed, the oldest ones, or two or three of them: whichever makes exactly this amount first."""
    total, prefix = ZERO, []
    for item in owed:
        total += item.open
        prefix.append(item)
        if total == amount and len(prefix) > 1:
            return prefix
    some = owed[:_MOST_SUMMED]
    return next((list(few) for n in (2, 3) for few in combinations(some, n) if sum((item.open for item in few), ZERO) == amount), [])


def _paying(items: Sequence[OpenItem], money: Money, reason: Reason) -> Proposal:
    return _spread(items, money, reason, items[0].customer)


def _spread(items: Sequence[OpenItem], money: Money, reason: Reason, customer: int) -> Proposal:
    """Fill the items in their order; what is left stays credit."""
    parts, rest = [], money.amount
    for item in items:
        if part := min(rest, item.open):
            parts.append(Part(item.item, part))
            rest -= part
    return Proposal(customer, tuple(parts), reason, rest)
