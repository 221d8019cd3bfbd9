"""What a debt stands at on a day: interest from payment to payment, each payment spread over interest and principal by the chosen order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.countries.interest import Period, Stand, delay_interest, late_interest
from receivables.countries.rates import RateTable
from receivables.countries.regimes import Compounding, Regime
from receivables.countries.words import Order

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that reached the creditor, in the debt's currency; positive."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one payment did: `to_interest` + `to_principal` + `surplus` is its amount. In time is through the moved due date."""

    payment: Payment
    to_interest: Decimal
    to_principal: Decimal
    surplus: Decimal
    principal_after: Decimal
    interest_after: Decimal
    is_in_time: bool
    interest_had_begun: bool  # some interest had accrued before it was spread


@dataclass(frozen=True, slots=True)
class Statement:
    """A debt on a day. `settlements` are in the order of the payments given; `periods` in that of their days."""

    periods: tuple[Period, ...]
    settlements: tuple[Settlement, ...]
    principal: Decimal  # still open

    @property
    def interest(self) -> Decimal:
        """All that has accrued: the rounded periods, added up."""
        return sum((period.amount for period in self.periods), Decimal(0))

    @property
    def interest_paid(self) -> Decimal:
        """What payments settled of it."""
        return sum((settled.to_interest for settled in self.settlements), Decimal(0))

    @property
    def surplus(self) -> Decimal:
        """What payments left over."""
        return sum((settled.surplus for settled in self.settlements), Decimal(0))

    @property
    def is_late(self) -> bool:
        """Whether any principal was open after the due date."""
        return bool(self.periods)

    def rounded_once(self, currency: str) -> Decimal:
        """The exact interest of all periods, rounded half up at the end instead: what calculators do not do."""
        exact = sum((period.principal * period.rate_percent * period.days for period in self.periods), Decimal(0))
        return round_to_unit(exact / 36500, currency)


def statement(
    regime: Regime, principal: Decimal, payments: Sequence[Payment], *, due_on: date, as_of: date, order: Order, currency: str
) -> Statement:
    """How a debt of that principal stands at the end of `as_of`; `due_on` is moved to a working day.

    Interest runs from the day after it, and a payment ends a period: it counts on its own day, the principal is less from the next.
    Payments of one day are spread as they come. Interest bears no interest. Raises `MissingRate` for a day whose rate is needed and not
    known, and `Refused` for a payment after `as_of` or part payments where interest compounds.
    """
    if late := [payment for payment in payments if payment.on > as_of]:
        raise Refused(f"A payment of {late[0].on} lies after {as_of}, the day of the statement; leave it out or state a later day.")
    if regime.compounding is not Compounding.NONE:
        return _compounding(regime, principal, payments, due_on=due_on, as_of=as_of, currency=currency)
    first_late = due_on + _DAY
    table = regime.rates_from(first_late) if first_late <= as_of else regime.table
    account = _Account(table, currency, order, principal, runs_from=first_late)
    settled: dict[int, Settlement] = {}
    for index, payment in sorted(enumerate(payments), key=lambda numbered: numbered[1].on):
        settled[index] = account.receive(payment, is_in_time=payment.on <= due_on)
    account.accrue_through(as_of)
    return Statement(tuple(account.periods), tuple(settled[index] for index in range(len(payments))), account.principal)


def _compounding(regime: Regime, principal: Decimal, payments: Sequence[Payment], *, due_on: date, as_of: date, currency: str) -> Statement:
    if payments:
        raise Refused(f"{regime.table.country}: part payments are not reckoned where interest bears interest; state a day before them.")
    found = delay_interest(regime, [Stand(date.min, principal)], first_on=due_on + _DAY, last_on=as_of, currency=currency)
    return Statement(found.periods, (), principal)


@dataclass(slots=True)
class _Account:
    table: RateTable
    currency: str
    order: Order
    principal: Decimal
    runs_from: date  # the first day whose interest is not reckoned yet
    accrued: Decimal = Decimal(0)  # not paid yet
    periods: list[Period] = field(default_factory=list)

    def accrue_through(self, day: date) -> None:
        """Interest on what is open, through that day."""
        if day < self.runs_from:
            return
        if self.principal > 0:
            stands = [Stand(self.runs_from, self.principal)]
            found = late_interest(stands, self.table, first_on=self.runs_from, last_on=day, currency=self.currency)
            self.periods.extend(found.periods)
            self.accrued += found.total
        self.runs_from = day + _DAY

    def receive(self, payment: Payment, *, is_in_time: bool) -> Settlement:
        """Spread a payment, after the interest of its day."""
        self.accrue_through(payment.on)
        if self.order is Order.INTEREST_FIRST:
            to_interest = min(self.accrued, payment.amount)
            to_principal = min(self.principal, payment.amount - to_interest)
        else:
            to_principal = min(self.principal, payment.amount)
            to_interest = min(self.accrued, payment.amount - to_principal)
        self.accrued -= to_interest
        self.principal -= to_principal
        surplus = payment.amount - to_interest - to_principal
        return Settlement(payment, to_interest, to_principal, surplus, self.principal, self.accrued, is_in_time, bool(self.periods))
