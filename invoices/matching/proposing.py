"""Proposals for money that came in.

Booked without a person is only what FORMATS.md 9.4 allows: a virtual account, a key that the invoice itself carries (/INV/, IPKSeF, KSeF
number), or an exact invoice number whose open amount is paid to the grosz, or but for the discount that its terms grant to money of that
day. A collective key needs the sum to be right. Everything else is a suggestion.
"""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import combinations

from invoices.matching.fitting import filled, fit
from invoices.matching.parts import ALONE, ZERO, Money, OpenItem, Part, Proposal, Reason, Tolerance
from invoices.matching.words import Token, bare, keys_in, name_words, plain_key, split_payment_number, tokens, weaker
from receivables.core.money import round_to_unit

MOST_SHOWN = 5
_MOST_SUMMED = 14  # items among which sums of two and three are searched
_NO_TOLERANCE = Tolerance()


Shelf = list[OpenItem]
"""Items of one mark, the oldest first."""


@dataclass(slots=True)
class _Numbers:
    """Items by the tokens of their numbers."""

    items: dict[tuple[str, ...], Shelf] = field(default_factory=dict)
    longest: int = 0

    def at(self, parts: tuple[str, ...]) -> Shelf:
        """Where those of these tokens stand."""
        self.longest = max(self.longest, len(parts))
        return self.items.setdefault(parts, [])

    def of(self, said: Sequence["Token"]) -> Shelf:
        """Those of exactly these tokens."""
        return self.items.get(tuple(token.text for token in said), [])


@dataclass(slots=True)
class Books:
    """Open items and what is known of customers, made ready once for many lines, and changed as those are booked.

    accounts: payer account → customers that have paid from it. virtual: virtual account → customer. names: customer → name.
    tolerance: how much less than open may be a bank's fee, by currency.
    """

    first: InitVar[Iterable[OpenItem]]
    names: dict[int, str] = field(default_factory=dict)
    accounts: Mapping[str, frozenset[int]] = field(default_factory=dict)
    virtual: Mapping[str, int] = field(default_factory=dict)
    tolerance: Mapping[str, Tolerance] = field(default_factory=dict)
    _items: dict[int, OpenItem] = field(default_factory=dict)
    _owing: Counter[int] = field(default_factory=Counter)
    _numbers: _Numbers = field(default_factory=_Numbers)
    _nearly: _Numbers = field(default_factory=_Numbers)
    _keys: dict[str, Shelf] = field(default_factory=lambda: defaultdict(list))
    _of: dict[tuple[int, str], Shelf] = field(default_factory=lambda: defaultdict(list))
    _amounts: dict[tuple[str, Decimal], Shelf] = field(default_factory=lambda: defaultdict(list))
    _called: dict[frozenset[str], set[int]] = field(default_factory=lambda: defaultdict(set))
    _words: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self, first: Iterable[OpenItem]) -> None:
        names, self.names = self.names, {}
        self.add(first, names)

    @property
    def items(self) -> Sequence[OpenItem]:
        """All that is open."""
        return list(self._items.values())

    def add(self, items: Iterable[OpenItem], names: Mapping[int, str]) -> None:
        """More open items, and the names of customers."""
        for item in sorted(items, key=_age):
            self._items[item.item] = item
            self._owing[item.customer] += 1
            for shelf in self._shelves(item):
                insort(shelf, item, key=_age)
        for customer, name in names.items():
            self._call(customer, name)

    def change(self, item: int, is_open: Decimal) -> None:
        """So much is open on an item now; of nothing it is gone. A discount for paying early goes with the first money on its invoice."""
        old = self._items.get(item)
        if old is None or old.open == is_open:
            return
        self._take_out(old)
        if is_open:
            self.add([replace(old, open=is_open, offers=())], {})
        for other in [each for each in self.owed_by(old.customer, old.currency) if each.invoice == old.invoice and each.offers]:
            self._take_out(other)
            self.add([replace(other, offers=())], {})

    def _take_out(self, item: OpenItem) -> None:
        for shelf in self._shelves(item):
            shelf[:] = [each for each in shelf if each.item != item.item]
        del self._items[item.item]
        self._owing[item.customer] -= 1

    def settle(self, proposal: "Proposal") -> None:
        """The items are lowered by what a proposal gives them and what the company bears."""
        for pk, amount in (*proposal.parts, *((borne.item, borne.amount) for borne in proposal.borne)):
            self.change(pk, self._items[pk].open - amount)

    def __contains__(self, item: int) -> bool:
        """Whether something is open on an item."""
        return item in self._items

    def open_on(self, item: int) -> Decimal:
        """What is open on an item that is."""
        return self._items[item].open

    def called(self, words: frozenset[str]) -> set[int]:
        """Customers of exactly this name who owe something."""
        return {customer for customer in self._called.get(words, ()) if self._owing[customer]}

    def called_in_part(self, word: str) -> set[int]:
        """Those in whose name the word stands."""
        return {customer for customer in self._words.get(word, ()) if self._owing[customer]}

    def _shelves(self, item: OpenItem) -> Iterator[Shelf]:
        parts = tuple(token.text for token in tokens(item.number))
        yield self._numbers.at(parts)
        for shortened in weaker(parts):
            yield self._nearly.at(shortened)
        for key in dict.fromkeys(plain_key(key) for key in item.keys):
            yield self._keys[key]
        yield self._of[item.customer, item.currency]
        yield self._amounts[item.currency, item.open]

    def _call(self, customer: int, name: str) -> None:
        self.names[customer] = name
        if words := name_words(name):
            self._called[words].add(customer)
            for word in words:
                self._words[word].add(customer)

    def owed_by(self, customer: int, currency: str) -> list[OpenItem]:
        """What a customer owes in a currency, the oldest first."""
        return self._of.get((customer, currency), [])


def _age(item: OpenItem) -> tuple[date, int]:
    return item.due_on, item.item


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
    yield from _by_other_currency(money, books)
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
    discounted = _discounted(named or owed, money) if not exact or named else None
    yield discounted or _spread(named or exact or owed, money, Reason.VIRTUAL_ACCOUNT, customer)


def _discounted(items: Sequence[OpenItem], money: Money) -> Proposal | None:
    """All of these less the discounts that they grant, else the only one of them that so much pays less its discount."""
    ways = [
        fit(some, money.amount, on=money.on, tolerance=_NO_TOLERANCE)
        for some in (items, *([each for each in items if each.invoice == item.invoice] for item in items if item.offers))
        if some
    ]
    found = {way.parts: way for way in ways if way.reason is Reason.DISCOUNT}
    if len(found) != 1:
        return None
    (way,) = found.values()
    return Proposal(items[0].customer, way.parts, Reason.VIRTUAL_ACCOUNT, borne=way.borne)


def _by_key(money: Money, books: Books) -> Iterator[Proposal]:
    """What stands on one invoice alone, or for several that are paid together: the number in a split payment's /INV/, IPKSeF, KSeF number,
    a collective identifier.
    """
    mine = [item for item in _keyed(money, books) if item.currency == money.currency]
    if not mine or len({item.customer for item in mine}) != 1:
        return
    found = fit(mine, money.amount, on=money.on, tolerance=books.tolerance.get(money.currency, _NO_TOLERANCE))
    if found.reason is Reason.DISCOUNT:
        yield Proposal(mine[0].customer, found.parts, Reason.DISCOUNT, borne=found.borne)
    elif len({item.invoice for item in mine}) == 1:
        yield _spread(mine, money, Reason.INVOICE_KEY, mine[0].customer)
    elif found.reason is Reason.NUMBERS:
        yield Proposal(mine[0].customer, found.parts, Reason.COLLECTIVE_KEY)
    else:
        yield Proposal(mine[0].customer, found.parts, found.reason, found.rest, found.borne)


def _keyed(money: Money, books: Books) -> list[OpenItem]:
    keys = [*keys_in(money.title), *(plain_key(reference) for reference in money.references)]
    found = [item for key in keys for item in books._keys.get(key, [])]
    if (number := split_payment_number(money.title)) is not None:
        found += books._numbers.of(tokens(number))
    return list(dict.fromkeys(found))


# -- invoice numbers in the title


def _by_number(money: Money, books: Books) -> Iterator[Proposal]:
    named = [item for item in _named(money, books._numbers) if item.currency == money.currency]
    yield from _paying_what_is_named(named, money, books, alone=True)
    if not named:
        nearly = [item for item in _named(money, books._nearly, shortened=True) if item.currency == money.currency]
        yield from _paying_what_is_named(nearly, money, books, alone=False)


def _named(money: Money, numbers: _Numbers, *, shortened: bool = False) -> list[OpenItem]:
    """Items whose number stands in the title as a word of its own, in the order of the title; of two that fit the longer.

    `shortened` takes the zeros before numbers away.
    """
    said = [Token(bare(token.text), token.is_glued) if shortened else token for token in tokens(money.title)]
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


def _paying_what_is_named(named: Sequence[OpenItem], money: Money, books: Books, *, alone: bool) -> Iterator[Proposal]:
    by_customer: dict[int, list[OpenItem]] = defaultdict(list)
    for item in named:
        by_customer[item.customer].append(item)
    for customer, items in by_customer.items():
        sure = alone and len(by_customer) == 1 and _is_telling(items, customer, money, books)
        found = fit(items, money.amount, on=money.on, tolerance=books.tolerance.get(money.currency, _NO_TOLERANCE))
        reason = found.reason if sure or found.reason not in ALONE else Reason.NEARLY_NUMBER
        yield Proposal(customer, found.parts, reason, found.rest, found.borne)


def _is_telling(items: Sequence[OpenItem], customer: int, money: Money, books: Books) -> bool:
    """Whether numbers in a title are surely meant: a bare number may be anything, and a payer who is known pays for itself."""
    payers = _customers_of_account(money, books)
    return all(len(tokens(item.number)) > 1 for item in items) and (not payers or customer in payers)


# -- money that its bank exchanged


def _by_other_currency(money: Money, books: Books) -> Iterator[Proposal]:
    """What is named in the currency that the payer's bank was told. Never alone: a person looks at the rate."""
    original = money.original
    if original is None or original.currency == money.currency:
        return
    named = dict.fromkeys((*_keyed(money, books), *_named(money, books._numbers)))
    mine = [item for item in named if item.currency == original.currency]
    if mine and len({item.customer for item in mine}) == 1:
        parts, rest = filled(mine, original.amount)
        is_exact = sum((item.open for item in mine), ZERO) == original.amount
        reason = Reason.OTHER_CURRENCY if is_exact else Reason.OTHER_CURRENCY_IN_PART
        yield Proposal(mine[0].customer, parts, reason, _worth(rest, money), exchanged=original)


def _worth(rest: Decimal, money: Money) -> Decimal:
    """What stays credit, in the currency of the money: its share of what nothing was named for."""
    original = money.original
    return round_to_unit(money.amount * rest / original.amount, money.currency) if original and rest else ZERO


# -- who paid, and what costs so much


def _customers_of_account(money: Money, books: Books) -> frozenset[int]:
    return books.accounts.get(money.account, frozenset()) if money.account else frozenset()


def _customers_called(money: Money, books: Books) -> frozenset[int]:
    """Customers of exactly this name, else those whose name the bank has cut or put an address behind."""
    words = name_words(money.counterparty)
    if not words:
        return frozenset()
    if exact := books.called(words):
        return frozenset(exact)
    shared: dict[int, int] = defaultdict(int)
    for word in words:
        for customer in books.called_in_part(word):
            shared[customer] += 1
    return frozenset(pk for pk, count in shared.items() if count >= 2 and count == len(name_words(books.names[pk])))


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
    parts, rest = filled(items, money.amount)
    return Proposal(customer, parts, reason, rest)
