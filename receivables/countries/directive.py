"""A pack made of data: what member states and the United Kingdom have in common. A country's module fills it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from receivables.core.calendar import Calendar
from receivables.countries.hours import Window, window_of
from receivables.countries.limitation import Event, Limitation, Term, limited, unknown
from receivables.countries.papers import PaperRules
from receivables.countries.rates import RateBook
from receivables.countries.readings import DEFAULT, Readings
from receivables.countries.regimes import Compounding, NoInterest, RateMode, Regime
from receivables.countries.registers import Register
from receivables.countries.rules import calendar_of
from receivables.countries.taxes import TaxRelief
from receivables.countries.terms import PaymentTerm, TermLaw, TermWarning
from receivables.countries.words import Compensation, Debtor, Order, Sale

_DAY = timedelta(days=1)
_TERMS = TermLaw("Directive 2011/7/EU art. 3(5) and 4")
COMMERCIAL, CONSUMER = "commercial_delay", "consumer_delay"


@dataclass(frozen=True, slots=True)
class InterestLaw:
    """How interest of a table of rates runs."""

    mode: RateMode
    source: str
    compounding: Compounding = Compounding.NONE


@dataclass(frozen=True, slots=True)
class Bracket:
    """A flat sum for amounts below a limit; None is the last bracket."""

    below: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class FlatSum:
    """A compensation that the law states in the currency of the invoice; for debtors that it names."""

    brackets: tuple[Bracket, ...]
    currency: str
    source: str
    debtors: frozenset[Debtor] = frozenset({Debtor.BUSINESS, Debtor.PUBLIC, Debtor.PUBLIC_HEALTH})

    def of(self, amount: Decimal) -> Decimal:
        """The sum for an invoice of that amount."""
        return next(bracket.amount for bracket in self.brackets if bracket.below is None or amount < bracket.below)


FORTY_EURO = FlatSum((Bracket(None, Decimal("40.00")),), "EUR", "Directive 2011/7/EU art. 6(1)")


@dataclass(frozen=True, slots=True)
class DirectivePack:
    """The rules of one country as data. No register and no tax relief is known, due dates stay on their day, no contract rate is judged."""

    code: str
    currency: str
    commercial: InterestLaw
    consumer: InterestLaw | None
    no_consumer_interest: str = ""  # why there is none, or none is known
    flat: FlatSum = FORTY_EURO
    terms: TermLaw = _TERMS
    commercial_limitation: Term | None = None
    consumer_limitation: Term | None = None
    consumer_goods_limitation: Term | None = None  # where it is shorter
    papers: PaperRules = field(default_factory=PaperRules)
    order: Order = Order.INTEREST_FIRST
    readings: Readings = DEFAULT

    def regimes(self, debtor: Debtor) -> tuple[str, ...]:
        """The one regime of such a debtor; none where the law gives none or it is not known."""
        if debtor is not Debtor.CONSUMER:
            return (COMMERCIAL,)
        return (CONSUMER,) if self.consumer else ()

    def regime(self, debtor: Debtor, *, rates: RateBook, name: str = "") -> Regime:
        """Raises `NoInterest` where such a debtor owes none, or none of that name."""
        law = self.consumer if debtor is Debtor.CONSUMER else self.commercial
        if law is None:
            raise NoInterest(f"{self.code}: no late interest is claimed from a {debtor}: {self.no_consumer_interest}.")
        (own,) = self.regimes(debtor)
        if name not in ("", own):
            raise NoInterest(f"{self.code}: {name} is no regime of late interest of a {debtor}; it owes {own}.")
        return Regime(rates.table(self.code, own), law.mode, law.source, self._compounding(law))

    def contract_regime(self, debtor: Debtor, percent: Decimal, *, rates: RateBook, name: str = "") -> Regime:
        """Raises `NoInterest`: how high a rate of the contract may be is not known."""
        raise NoInterest(f"{self.code}: how high a contract's rate of {percent} per cent may be is not known; claim statutory interest.")

    def compensation(self, debtor: Debtor, amount: Decimal, currency: str, *, due_on: date, rates: RateBook) -> Compensation | None:
        """The flat sum by the invoice's full amount; None for debtors that owe none and for an invoice in another currency."""
        if debtor not in self.flat.debtors or currency != self.flat.currency:
            return None
        since, found = due_on + _DAY, self.flat.of(amount)
        return Compensation(found, currency, found, Decimal(1), since, "", since, self.flat.source)

    def day_off(self, day: date) -> str:
        """Never: whether a due date moves is not known of this country, and published results do not move it."""
        return ""

    def due_on(self, stated: date) -> date:
        """The stated day."""
        return stated

    def term_warnings(self, term: PaymentTerm) -> tuple[TermWarning, ...]:
        """Terms beyond the country's caps."""
        return self.terms.warnings(term)

    def limitation(self, debtor: Debtor, sale: Sale, *, due_on: date, events: Sequence[Event] = ()) -> Limitation:
        """The shortest term that may apply to such a debtor and sale; events count as everywhere in Europe: acknowledgement, suit."""
        term = self.commercial_limitation if debtor is not Debtor.CONSUMER else self._consumer_term(sale)
        if term is None:
            return unknown(f"{self.code}: the limitation of such debts is not known")
        return limited(term, due_on=due_on, late_from=due_on + _DAY, events=events)

    def barred_from(self, debtor: Debtor, sale: Sale, *, due_on: date, events: Sequence[Event] = ()) -> date | None:
        """None: limitation is for the debtor to plead, as far as is known."""
        return None

    def barred_at_most_before(self, on: date) -> date:
        """Nothing is."""
        return date.min

    def register(self, debtor: Debtor) -> Register | None:
        """None is known."""
        return None

    def tax_relief(self, debtor: Debtor, *, due_on: date, issued_on: date) -> TaxRelief | None:
        """None is known."""
        return None

    def paper_rules(self) -> PaperRules:
        """What papers must and may not say."""
        return self.papers

    def calendar(self) -> Calendar:
        """The country's days off; Sundays alone for the directive's floor."""
        return calendar_of(self.code)

    def hours(self, channel: str) -> Window:
        """Our own hours."""
        return window_of(self.code, channel)

    def reading(self, readings: Readings) -> "DirectivePack":
        """The same pack with these choices."""
        return replace(self, readings=readings)

    def _compounding(self, law: InterestLaw) -> Compounding:
        return law.compounding if self.readings.compounds_where_law_does else Compounding.NONE

    def _consumer_term(self, sale: Sale) -> Term | None:
        return self.consumer_goods_limitation if sale is Sale.GOODS and self.consumer_goods_limitation else self.consumer_limitation
