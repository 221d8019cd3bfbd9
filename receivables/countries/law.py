"""What a country's law gives a creditor whose debtor is late, and what it asks of one. A pack per country behind one Protocol.

A pack is asked with dates, amounts and a `RateBook`, and answers with values that say what they were worked out from. `due_on` is the
stated due date unless said otherwise; `Pack.due_on` moves it. Where the law is read in two ways, see `readings` and docs/law.md.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from receivables.core.calendar import Calendar
from receivables.core.errors import DomainError
from receivables.countries.austria import AUSTRIA
from receivables.countries.czechia import CZECHIA
from receivables.countries.european_union import EURO_AREA, EUROPEAN_UNION
from receivables.countries.france import FRANCE
from receivables.countries.germany import GERMANY
from receivables.countries.hours import Window
from receivables.countries.italy import ITALY
from receivables.countries.limitation import Event, Limitation
from receivables.countries.netherlands import NETHERLANDS
from receivables.countries.papers import PaperRules
from receivables.countries.poland import Poland
from receivables.countries.rates import RateBook
from receivables.countries.readings import Readings
from receivables.countries.regimes import Regime
from receivables.countries.registers import Register
from receivables.countries.slovakia import SLOVAKIA
from receivables.countries.spain import SPAIN
from receivables.countries.taxes import TaxRelief
from receivables.countries.terms import PaymentTerm, TermWarning
from receivables.countries.united_kingdom import UNITED_KINGDOM
from receivables.countries.words import Compensation, Debtor, Order, Sale


class NoPack(DomainError):
    """A country whose rules are not known."""


class Pack(Protocol):
    """The rules of one country."""

    @property
    def code(self) -> str:
        """ISO 3166-1 alpha-2, or EU for the directive's floor."""
        ...

    @property
    def currency(self) -> str:
        """The currency of its thresholds and brackets (ISO 4217)."""
        ...

    @property
    def order(self) -> Order:
        """In which order a payment that names nothing settles a debt, unless contract or policy say otherwise."""
        ...

    @property
    def readings(self) -> Readings:
        """The choices it was made with."""
        ...

    def reading(self, readings: Readings) -> "Pack":
        """The same pack with these choices."""
        ...

    def calendar(self) -> Calendar:
        """Its statutory days off, as contact days and working days."""
        ...

    def hours(self, channel: str) -> Window:
        """At which hours of local time people there may be contacted by a channel."""
        ...

    def regimes(self, debtor: Debtor) -> tuple[str, ...]:
        """The names of the regimes of interest that such a debtor can be under, the usual first; none where it owes none."""
        ...

    def regime(self, debtor: Debtor, *, rates: RateBook, name: str = "") -> Regime:
        """The regime of late interest of such a debtor, or the one of that name.

        Raises `NoInterest` where it owes none, or none of that name, and `MissingRate` where no table of it is known.
        """
        ...

    def contract_regime(self, debtor: Debtor, percent: Decimal, *, rates: RateBook, name: str = "") -> Regime:
        """A yearly rate of the contract instead, cut to what the law allows at most on each day. Raises as `regime`."""
        ...

    def compensation(self, debtor: Debtor, amount: Decimal, currency: str, *, due_on: date, rates: RateBook) -> Compensation | None:
        """The flat sum for an invoice of that full amount; None where the law gives none. `due_on` is moved to a working day."""
        ...

    def day_off(self, day: date) -> str:
        """The name of the day off that moves the end of a term away from that day; empty where a term may end on it."""
        ...

    def due_on(self, stated: date) -> date:
        """The day on which a stated due date really ends; interest runs from the next."""
        ...

    def term_warnings(self, term: PaymentTerm) -> tuple[TermWarning, ...]:
        """What is wrong with a payment term, the gravest first."""
        ...

    def limitation(self, debtor: Debtor, sale: Sale, *, due_on: date, events: Sequence[Event] = ()) -> Limitation:
        """The last day to act, in both readings, after these events in any order; its `alerts` are the days to be told on."""
        ...

    def barred_from(self, debtor: Debtor, sale: Sale, *, due_on: date, events: Sequence[Event] = ()) -> date | None:
        """The first day on which the debt may no longer be demanded; None where it may for ever, or until the debtor objects.

        `due_on` is moved to a working day: nobody is stopped before the debt is barred. Alerts go by `limitation`, the earlier reading.
        """
        ...

    def barred_at_most_before(self, on: date) -> date:
        """Only what was due before this day can be barred on day `on`: narrows a search."""
        ...

    def register(self, debtor: Debtor) -> Register | None:
        """The conditions of the debtor register; `register(debtor).opening(…)` gives the days. None where none is known."""
        ...

    def tax_relief(self, debtor: Debtor, *, due_on: date, issued_on: date) -> TaxRelief | None:
        """The days of tax relief on an unpaid invoice; None where none is known."""
        ...

    def paper_rules(self) -> PaperRules:
        """What papers must say and may not say."""
        ...


PACKS: dict[str, Pack] = {
    pack.code: pack
    for pack in (
        Poland(), GERMANY, AUSTRIA, CZECHIA, SLOVAKIA, FRANCE, ITALY, SPAIN, NETHERLANDS, UNITED_KINGDOM, EUROPEAN_UNION,
    )
}  # fmt: skip


def pack_of(country: str, *, on: date) -> Pack:
    """The pack of a country (ISO 3166-1 alpha-2); the directive's floor for members of the euro area without their own.

    Raises `NoPack` for one whose rules are not known.
    """
    pack = PACKS.get("EU" if country in EURO_AREA else country)
    if pack is None:
        raise NoPack(f"{country}: the rules of late interest and compensation of this country are not known on {on}; claim none there.")
    return pack
