"""Which open credit does money that went out give back? Pure. Nothing of it is ever booked alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from invoices.matching.words import name_words, tokens


class RefundReason(StrEnum):
    """Why money out is thought to give credit back."""

    NUMBER = "refund_number"
    ACCOUNT = "refund_account"
    NAME = "refund_name"
    AMOUNT = "refund_amount"


_SCORES = {RefundReason.NUMBER: 95, RefundReason.ACCOUNT: 90, RefundReason.NAME: 70, RefundReason.AMOUNT: 30}


@dataclass(frozen=True, slots=True)
class Credit:
    """Open credit of a customer in one currency. `sources` are its payments and credit notes with what is left, the oldest first."""

    customer: int
    currency: str
    sources: tuple[tuple[str, Decimal], ...]  # its name, what is left
    name: str = ""
    accounts: frozenset[str] = frozenset()

    @property
    def whole(self) -> Decimal:
        """All of it."""
        return sum((left for _source, left in self.sources), Decimal(0))


@dataclass(frozen=True, slots=True)
class MoneyOut:
    """Money that went out; `amount` is positive."""

    amount: Decimal
    currency: str
    title: str = ""
    counterparty: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class RefundProposal:
    """Whose credit it gives back. `sources` are the places of those it empties: the one of that amount, or the oldest first."""

    customer: int
    sources: tuple[int, ...]
    reason: RefundReason

    @property
    def score(self) -> int:
        """From 0 to 100."""
        return _SCORES[self.reason]


def propose_refunds(money: MoneyOut, credits_: Iterable[Credit]) -> list[RefundProposal]:
    """Customers whose credit reaches the amount and whom something in the line names, the surest first; by the amount alone only where it
    is all of a credit or of one source.
    """
    enough = (credit for credit in credits_ if credit.currency == money.currency and credit.whole >= money.amount)
    found = [each for credit in enough for each in _of(money, credit)]
    return sorted(found, key=lambda each: (-each.score, each.customer))[:5]


def _of(money: MoneyOut, credit: Credit) -> Iterator[RefundProposal]:
    exact = next((n for n, (_name, left) in enumerate(credit.sources) if left == money.amount), None)
    sources = (exact,) if exact is not None else tuple(range(len(credit.sources)))
    reason = _reason(money, credit, fits=exact is not None or credit.whole == money.amount)
    if reason:
        yield RefundProposal(credit.customer, sources, reason)


def _reason(money: MoneyOut, credit: Credit, *, fits: bool) -> RefundReason | None:
    if any(_stands_in(name, money.title) for name, _left in credit.sources):
        return RefundReason.NUMBER
    if money.account and money.account in credit.accounts:
        return RefundReason.ACCOUNT
    words = name_words(credit.name)
    if words and words <= name_words(money.counterparty):
        return RefundReason.NAME
    return RefundReason.AMOUNT if fits else None


def _stands_in(number: str, title: str) -> bool:
    wanted, said = [token.text for token in tokens(number)], [token.text for token in tokens(title)]
    return len(wanted) > 1 and _has(said, wanted)


def _has(said: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(list(said[at : at + len(wanted)]) == list(wanted) for at in range(len(said) - len(wanted) + 1))
