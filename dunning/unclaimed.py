"""Interest and compensation that the firm could demand and has not: for many items at once. Pure.

Claimed is what was posted in the ledger of claims (also waived, or reversed by a person) or demanded by a letter that counts: of
interest the days through the last of them, of compensation the invoice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from dunning.claims import DAY, interest_through, not_compensated, regime_of, stands_of
from dunning.decide import Span
from dunning.terms import NO_TERMS, AgreedRate, Terms
from invoices.ledger import Entry
from receivables.countries.bulk import Reckoner
from receivables.countries.interest import Interest
from receivables.countries.law import Pack, pack_of
from receivables.countries.rates import MissingRate, RateBook
from receivables.countries.regimes import Compounding, NoInterest, RateMode
from receivables.countries.words import Compensation, Debtor

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LateItem:
    """An item that is or was open after its due date, with what its claims depend on. `due_on` is moved to a working day."""

    item: int
    invoice: int
    debtor: Debtor
    currency: str
    amount: Decimal
    invoice_amount: Decimal
    due_on: date
    entries: tuple[Entry, ...] = ()
    disputed: Decimal = ZERO
    waived: tuple[Span, ...] = ()
    terms: Terms = NO_TERMS
    claimed_until: date | None = None  # the last day whose interest was posted or demanded
    is_compensated: bool = False  # its invoice's compensation was

    @property
    def first_on(self) -> date:
        """The first day whose interest nobody has claimed."""
        return max(self.due_on, self.claimed_until or date.min) + DAY


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """What nobody has claimed on an item, in its currency; an invoice's compensation stands on its first item.

    `kept_back` is why the firm itself asks no compensation, with the figure behind it; `problem` names a rate that is not known.
    """

    interest: Decimal = ZERO
    compensation: Decimal = ZERO
    kept_back: tuple[str, str] = ("", "")
    problem: MissingRate | None = None

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.interest + self.compensation


@dataclass(frozen=True, slots=True)
class Working:
    """How it was worked out."""

    interest: Interest | None
    compensation: Compensation | None
    is_kept_back: bool = False  # the law gives compensation, and the firm itself does not ask it
    problem: MissingRate | None = None


@dataclass(slots=True)
class _Batch:
    country: str
    rates: RateBook
    on: date
    reckoners: dict[tuple[Debtor, tuple[AgreedRate, ...], str], Reckoner] = field(default_factory=dict)
    flat: dict[tuple[Debtor, Decimal, str, date], Decimal] = field(default_factory=dict)

    def interest(self, item: LateItem) -> Decimal:
        """Interest through the day, each regime prepared once."""
        reckoner = self._reckoner(item)
        regime, first_on = reckoner.regime, item.first_on
        if item.claimed_until and (regime.mode is RateMode.FIXED or regime.compounding is not Compounding.NONE):
            return interest_through(item, country=self.country, rates=self.rates, first_on=first_on, last_on=self.on).total
        return reckoner.total(stands_of(item), first_on=first_on, last_on=self.on)

    def compensation(self, pack: Pack, item: LateItem) -> Decimal:
        """What the law gives, looked up once for an amount and a due date."""
        key = (item.debtor, item.invoice_amount, item.currency, item.due_on)
        if key not in self.flat:
            found = pack.compensation(item.debtor, item.invoice_amount, item.currency, due_on=item.due_on, rates=self.rates)
            self.flat[key] = found.amount if found else ZERO
        return self.flat[key]

    def _reckoner(self, item: LateItem) -> Reckoner:
        key = (item.debtor, item.terms.agreed, item.currency)
        if key not in self.reckoners:
            self.reckoners[key] = Reckoner(regime_of(item, country=self.country, rates=self.rates, on=self.on), item.currency)
        return self.reckoners[key]


def unclaimed(items: Iterable[LateItem], *, country: str, rates: RateBook, on: date) -> Iterator[Unclaimed]:
    """What could be demanded of each through day `on`. A rate that is not known is said on the item, and the others go on.

    Raises `NoPack` for a country whose rules are not known.
    """
    pack, batch = pack_of(country, on=on), _Batch(country, rates, on)
    seen: set[int] = set()
    for item in items:
        is_first = item.invoice not in seen and not item.is_compensated and was_late(item, on=on)
        if is_first:
            seen.add(item.invoice)
        yield _of(item, pack, batch, asks_compensation=is_first)


def working_of(item: LateItem, *, country: str, rates: RateBook, on: date) -> Working:
    """The periods and the sum behind one item. Raises `NoPack` where the country's rules are not known."""
    pack, batch = pack_of(country, on=on), _Batch(country, rates, on)
    gives = not item.is_compensated and was_late(item, on=on)
    figures = _of(item, pack, batch, asks_compensation=gives)
    flat = interest = None
    if figures.compensation:
        flat = pack.compensation(item.debtor, item.invoice_amount, item.currency, due_on=item.due_on, rates=rates)
    if figures.interest:
        interest = interest_through(item, country=country, rates=rates, first_on=item.first_on, last_on=on)
    return Working(interest, flat, figures.kept_back[0] != "", figures.problem)


def was_late(item: LateItem, *, on: date) -> bool:
    """Whether something of it was open after its due date."""
    return item.due_on < on and _paid_in_time(item.entries, item.due_on) < item.amount


def _paid_in_time(entries: Sequence[Entry], due_on: date) -> Decimal:
    return sum((entry.signed for entry in entries if entry.on <= due_on), ZERO)


def _of(item: LateItem, pack: Pack, batch: _Batch, *, asks_compensation: bool) -> Unclaimed:
    """A rate that one of the two needs and that is not known leaves the other as it is."""
    kept_back = not_compensated(item, on=batch.on) if asks_compensation else ("", "")
    flat = interest = ZERO
    problem: MissingRate | None = None
    try:
        flat = batch.compensation(pack, item) if asks_compensation else ZERO
    except MissingRate as missing:
        problem = missing
    try:
        interest = batch.interest(item)
    except NoInterest:
        interest = ZERO
    except MissingRate as missing:
        problem = missing
    return Unclaimed(interest, ZERO if kept_back[0] else flat, kept_back if flat else ("", ""), problem)
