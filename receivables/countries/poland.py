"""Poland: late interest of two kinds, compensation, due dates, terms, limitation, register, tax. LAW: acts as named at each rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from receivables.core.calendar import Calendar
from receivables.core.money import round_to_unit
from receivables.countries import poland_papers
from receivables.countries.hours import Window, window_of
from receivables.countries.limitation import Event, Limitation, Term, limited, unknown
from receivables.countries.papers import PaperRules
from receivables.countries.periods import same_day_of_year
from receivables.countries.rates import MidRate, RateBook
from receivables.countries.readings import DEFAULT, FellDue, Readings
from receivables.countries.regimes import NoInterest, RateMode, Regime, capped
from receivables.countries.registers import Register
from receivables.countries.rules import calendar_of
from receivables.countries.taxes import TaxRelief
from receivables.countries.terms import PaymentTerm, TermLaw, TermWarning
from receivables.countries.words import Compensation, Debtor, Order, Sale

_DAY = timedelta(days=1)
_SATURDAYS_FROM = date(2017, 1, 1)  # art. 115 KC as amended; before it a term could end on a Saturday
_TIERS_FROM = date(2020, 1, 1)  # Dz.U. 2019 poz. 1649; before it a flat 40 EUR
_YEAR_END_FROM = date(2018, 7, 9)  # Dz.U. 2018 poz. 1104; what fell due before is under transitional rules
_VAT_WINDOW_3_FROM = date(2021, 10, 1)  # Dz.U. 2021 poz. 1626; before it two years
_ACT = "act of 8 March 2013 on counteracting excessive delays in commercial transactions"
_COMPENSATION = f"{_ACT}, art. 10(1) and 10(1a)"
_REGIMES: Mapping[str, tuple[RateMode, str]] = {
    "kc_delay": (RateMode.DAILY, "art. 481 par. 2 KC"),
    "commercial_delay": (RateMode.HALF_YEAR, f"{_ACT}, art. 7, 8 and 11b"),
    "commercial_delay_public_health": (RateMode.HALF_YEAR, f"{_ACT}, art. 4 pkt 3, 8 and 11b"),
}
_COMMERCIAL = ("commercial_delay", "commercial_delay_public_health")
_OF: Mapping[Debtor, tuple[str, ...]] = {
    Debtor.CONSUMER: ("kc_delay",),
    Debtor.BUSINESS: _COMMERCIAL,
    Debtor.PUBLIC: _COMMERCIAL,
    Debtor.PUBLIC_HEALTH: ("commercial_delay_public_health",),
}
_LIMITATION: Mapping[Sale, Term] = {
    Sale.GOODS: Term(2, to_year_end=True),  # art. 554 KC, whoever buys
    Sale.WORK: Term(2, to_year_end=True),  # art. 646 KC
    Sale.MANDATE: Term(2, to_year_end=True),  # art. 751 KC
    Sale.SERVICES: Term(3, to_year_end=True),  # art. 118 KC: claims of a business
    Sale.PRIVATE: Term(6, to_year_end=True),  # art. 118 KC
    Sale.TITLE: Term(6, to_year_end=True),  # art. 125 KC
    Sale.CARRIAGE: Term(1),  # art. 792 KC; shorter than two years, so no year's end
}
_TERMS = TermLaw(f"{_ACT}, art. 7(2), 7(2a) and 8", hard_for_large=True, may_end_after=120)
_BIG = "act of 9 April 2010 on making economic information available, art. 14 and 15"


@dataclass(frozen=True, slots=True)
class Poland:
    """The pack of Poland."""

    readings: Readings = DEFAULT
    code: str = "PL"
    currency: str = "PLN"
    order: Order = Order.INTEREST_FIRST  # art. 451 KC: the creditor may; a contract or the debtor's interest may say otherwise

    def regimes(self, debtor: Debtor) -> tuple[str, ...]:
        """Firms and public bodies: the act of 8 March 2013 (art. 4a switches the KC off); everybody else: art. 481 par. 2 KC.

        Whether a firm or public body is a public medical entity (8 points instead of 10) is known where the debtor says so, or is asked.
        """
        return _OF[debtor]

    def regime(self, debtor: Debtor, *, rates: RateBook, name: str = "") -> Regime:
        """The regime of that name, or the usual one, against such a debtor. Raises `NoInterest` where it is not the debtor's."""
        name = name or _OF[debtor][0]
        if name not in _OF[debtor]:
            raise NoInterest(f"PL: {name} is no regime of late interest of a {debtor}; it owes {' or '.join(_OF[debtor])}.")
        mode, source = _REGIMES[name]
        return Regime(rates.table(self.code, name), mode, source)

    def contract_regime(self, debtor: Debtor, percent: Decimal, *, rates: RateBook, name: str = "") -> Regime:
        """A rate of the contract, at most the maximum delay interest of each day: 2 × (reference + 5.5 points), art. 481 par. 2(1) KC."""
        statutory, ceiling = self.regime(debtor, rates=rates, name=name), rates.table(self.code, "kc_delay_max")
        if debtor is not Debtor.CONSUMER and not self.readings.caps_firms_contract_rate:
            ceiling = replace(ceiling, rates=tuple(replace(row, percent=max(row.percent, percent)) for row in ceiling.rates))
        return capped(statutory, percent, ceiling, "contract, art. 481 par. 2(1) and 2(2) KC")

    def compensation(self, debtor: Debtor, amount: Decimal, currency: str, *, due_on: date, rates: RateBook) -> Compensation | None:
        """Art. 10 of the act of 8 March 2013, by the full amount of the invoice, due from the day after the due date; never of consumers.

        None for a consumer, and for an invoice in a currency that is neither the zloty nor the euro: the act gives no rate for it.
        Raises `MissingRate` where the rate of the month before is not known.
        """
        if debtor is Debtor.CONSUMER or currency not in ("PLN", "EUR"):
            return None
        claimed_from = due_on + _DAY
        rate = rates.euro_before(self.code, claimed_from if self.readings.fell_due is FellDue.DAY_AFTER else due_on)
        euro = _tier(amount if currency == "PLN" else round_to_unit(amount * rate.price, "PLN"), claimed_from)
        claim = round_to_unit(euro * rate.price, "PLN") if currency == "PLN" else euro
        return _compensation(claim, currency, euro, rate, claimed_from)

    def day_off(self, day: date) -> str:
        """The name of the day off that moves the end of a term away from it (art. 115 KC); empty where it may end there."""
        return _day_off(day)

    def due_on(self, stated: date) -> date:
        """The day on which a stated due date ends: the next that is no day off nor, since 2017, a Saturday (art. 115 KC)."""
        return _moved(stated)

    def term_warnings(self, term: PaymentTerm) -> tuple[TermWarning, ...]:
        """Art. 7 and 8 of the act of 8 March 2013: 60 days, for public bodies 30; a large buyer of a smaller seller has no choice."""
        return _TERMS.warnings(term)

    def limitation(self, debtor: Debtor, sale: Sale, *, due_on: date, events: Sequence[Event] = ()) -> Limitation:
        """Art. 118 to 125 KC by the stated due date; whoever owes. What fell due before 9 July 2018 is not worked out."""
        if due_on < _YEAR_END_FROM:
            return unknown("fell due before the reform of 9 July 2018: transitional rules, ask a lawyer")
        return limited(self._term(sale), due_on=due_on, late_from=self.due_on(due_on) + _DAY, events=events)

    def barred_from(self, debtor: Debtor, sale: Sale, *, due_on: date, events: Sequence[Event] = ()) -> date | None:
        """The first day on which a consumer's debt may no longer be demanded (art. 117 par. 2(1) KC); None for firms: it goes on.

        By the due date moved to a working day; None also while proceedings keep it open.
        """
        if debtor is not Debtor.CONSUMER:
            return None
        last = limited(self._term(sale), due_on=due_on, late_from=due_on + _DAY, events=events).current
        return last + _DAY if last else None

    def barred_at_most_before(self, on: date) -> date:
        """Only what was due before this day can be barred on day `on`: narrows a search."""
        return same_day_of_year(on, -1) + _DAY

    def register(self, debtor: Debtor) -> Register:
        """BIG: a consumer from 200 PLN, others from 500 PLN, 30 days overdue, a month after the registered letter."""
        threshold = Decimal(200 if debtor is Debtor.CONSUMER else 500)
        return Register("BIG", threshold, self.currency, _BIG, warning_by_email=debtor is not Debtor.CONSUMER)

    def tax_relief(self, debtor: Debtor, *, due_on: date, issued_on: date) -> TaxRelief:
        """VAT bad-debt relief, art. 89a of the VAT act: unpaid on day 90 after the due date, within three years from the invoice's year."""
        years = 3 if issued_on >= _VAT_WINDOW_3_FROM else 2
        window = date(issued_on.year + years, 12, 31)
        return TaxRelief(due_on + 90 * _DAY, window, debtor is Debtor.CONSUMER, ("P_68", "P_69"), "VAT act, art. 89a(1a), (2) and (4)")

    def paper_rules(self) -> PaperRules:
        """Words of UOKiK's decisions, contents of demands and of the register's warning letter."""
        return poland_papers.RULES

    def calendar(self) -> Calendar:
        """Act of 18 January 1951 on days off; 24 December since 2025."""
        return calendar_of(self.code)

    def hours(self, channel: str) -> Window:
        """No statutory hours: our own, within the code of the Polish debt collectors (ZPF)."""
        return window_of(self.code, channel)

    def reading(self, readings: Readings) -> "Poland":
        """The same pack with these choices."""
        return replace(self, readings=readings)

    def _term(self, sale: Sale) -> Term:
        return _LIMITATION[Sale.MANDATE if sale is Sale.SERVICES and self.readings.services_are_mandate else sale]


@lru_cache(maxsize=4096)
def _day_off(day: date) -> str:
    return "Saturday" if day.weekday() == 5 and day >= _SATURDAYS_FROM else calendar_of("PL").name_of(day)


@lru_cache(maxsize=4096)
def _moved(day: date) -> date:
    while _day_off(day):
        day += _DAY
    return day


def _tier(zlotys: Decimal, claimed_from: date) -> Decimal:
    """40 EUR up to 5 000 PLN, 70 EUR above that and below 50 000 PLN, 100 EUR from there."""
    if claimed_from < _TIERS_FROM or zlotys <= 5000:
        return Decimal("40.00")
    return Decimal("70.00") if zlotys < 50000 else Decimal("100.00")


def _compensation(claim: Decimal, currency: str, euro: Decimal, rate: MidRate, claimed_from: date) -> Compensation:
    return Compensation(claim, currency, euro, rate.price, rate.on, rate.table, claimed_from, f"{_COMPENSATION}; {rate.source}")
