"""What a debt stands at, for any payments: held against a reckoning day by day, and what must hold whatever happens."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.core.errors import Refused
from receivables.countries.interest import Stand, late_interest
from receivables.countries.law import PACKS
from receivables.countries.rates import shipped
from receivables.countries.regimes import Regime
from receivables.countries.statement import Payment, Statement, statement
from receivables.countries.words import Debtor, Order

BOOK, DAY, CENT = shipped(), timedelta(days=1), Decimal("0.01")
KC, COMMERCIAL = (PACKS["PL"].regime(debtor, rates=BOOK) for debtor in (Debtor.CONSUMER, Debtor.BUSINESS))
CONTRACT = PACKS["PL"].contract_regime(Debtor.CONSUMER, Decimal("18.625"), rates=BOOK)
FIXED = PACKS["GB"].regime(Debtor.BUSINESS, rates=BOOK)
days = st.dates(date(2017, 1, 1), date(2026, 8, 20))
amounts = st.integers(1, 2_000_000).map(lambda units: Decimal(units).scaleb(-2))
orders = st.sampled_from(Order)
regimes = st.sampled_from([KC, COMMERCIAL, CONTRACT, FIXED])


class Debt(NamedTuple):
    """A debt with payments up to its day."""

    regime: Regime
    principal: Decimal
    due_on: date
    as_of: date
    payments: list[Payment]
    order: Order

    def stands(self, **changed: object) -> Statement:
        """Its statement, with something changed."""
        debt = self._replace(**changed)  # type: ignore[arg-type]
        return statement(
            debt.regime, debt.principal, debt.payments, due_on=debt.due_on, as_of=debt.as_of, order=debt.order, currency="PLN"
        )  # fmt: skip


@st.composite
def debts(draw: st.DrawFn) -> Debt:
    due_on, as_of = sorted((draw(days), draw(days)))
    span = (as_of - due_on).days
    near = st.one_of(st.integers(-10, span), st.sampled_from([0, 1, span])).map(lambda n: min(due_on + n * DAY, as_of))
    payments = draw(st.lists(st.builds(Payment, near, amounts), max_size=5))
    return Debt(draw(regimes), draw(amounts), due_on, as_of, payments, draw(orders))


class DayByDay:
    """The same reckoned one day at a time, without a thought for speed."""

    def __init__(self, debt: Debt) -> None:
        self.principal, self.accrued, self.surplus = debt.principal, Decimal(0), Decimal(0)
        self.spread: list[tuple[Payment, Decimal, Decimal, Decimal]] = []
        self.total, self.days, self.rate = Decimal(0), 0, Decimal(0)
        day = min([debt.due_on, *(payment.on for payment in debt.payments)])
        while day <= debt.as_of:
            if day > debt.due_on and self.principal > 0:
                rate = debt.regime.table.on(debt.due_on + DAY if debt.regime is FIXED else day).percent
                if rate != self.rate:
                    self.end_period()
                self.days, self.rate = self.days + 1, rate
            if today := [payment for payment in debt.payments if payment.on == day]:
                self.end_period()
                self.pay(today, debt.order)
            day += DAY
        self.end_period()

    def end_period(self) -> None:
        interest = (self.principal * self.rate * self.days / 36500).quantize(CENT, ROUND_HALF_UP)
        self.accrued, self.total, self.days = self.accrued + interest, self.total + interest, 0

    def pay(self, payments: Iterable[Payment], order: Order) -> None:
        for payment in payments:
            rest, parts = payment.amount, {}
            for part in ("accrued", "principal") if order is Order.INTEREST_FIRST else ("principal", "accrued"):
                parts[part] = min(rest, getattr(self, part))
                setattr(self, part, getattr(self, part) - parts[part])
                rest -= parts[part]
            self.surplus += rest
            self.spread.append((payment, parts["accrued"], parts["principal"], rest))


@given(debts())
def test_a_statement_is_what_counting_day_by_day_gives(debt: Debt) -> None:
    found, counted = debt.stands(), DayByDay(debt)
    assert (found.principal, found.interest, found.surplus) == (counted.principal, counted.total, counted.surplus)
    assert found.interest - found.interest_paid == counted.accrued
    by_day = sorted(found.settlements, key=lambda settled: settled.payment.on)
    assert [(settled.payment, settled.to_interest, settled.to_principal, settled.surplus) for settled in by_day] == counted.spread


@given(debts())
def test_payments_are_conserved_and_nothing_is_negative(debt: Debt) -> None:
    found = debt.stands()
    for payment, settled in zip(debt.payments, found.settlements, strict=True):
        assert settled.payment is payment
        assert settled.to_interest + settled.to_principal + settled.surplus == payment.amount
        assert min(settled.to_interest, settled.to_principal, settled.surplus, settled.principal_after, settled.interest_after) >= 0
        assert settled.is_in_time is (payment.on <= debt.due_on)
    assert found.principal == debt.principal - sum(settled.to_principal for settled in found.settlements) >= 0
    assert found.interest >= found.interest_paid >= 0
    assert all(period.amount >= 0 and period.principal > 0 and period.days > 0 for period in found.periods)


@given(debts(), st.integers(1, 60))
def test_more_days_never_bear_less_and_change_no_payment(debt: Debt, more: int) -> None:
    sooner, later = debt.stands(), debt.stands(as_of=min(debt.as_of + more * DAY, date(2026, 8, 25)))
    assert later.interest >= sooner.interest
    assert (later.settlements, later.principal) == (sooner.settlements, sooner.principal)


@given(debts(), st.randoms(use_true_random=False))
def test_the_order_in_which_payments_are_told_changes_no_total(debt: Debt, chance: object) -> None:
    mixed = list(debt.payments)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = debt.stands(), debt.stands(payments=mixed)
    for name in ("periods", "principal", "interest", "interest_paid", "surplus"):
        assert getattr(one, name) == getattr(other, name)


@given(debts())
def test_several_payments_of_one_day_settle_what_one_of_their_sum_does(debt: Debt) -> None:
    sums: dict[date, Decimal] = {}
    for payment in debt.payments:
        sums[payment.on] = sums.get(payment.on, Decimal(0)) + payment.amount
    apart, together = debt.stands(), debt.stands(payments=[Payment(on, amount) for on, amount in sums.items()])
    assert (apart.periods, apart.principal, apart.interest_paid, apart.surplus) == (
        together.periods,
        together.principal,
        together.interest_paid,
        together.surplus,
    )


@given(debts())
def test_principal_first_never_bears_more_than_interest_first(debt: Debt) -> None:
    principal_first, interest_first = (debt.stands(order=order) for order in (Order.PRINCIPAL_FIRST, Order.INTEREST_FIRST))
    rounding = CENT * (len(principal_first.periods) + len(interest_first.periods)) / 2
    assert principal_first.interest <= interest_first.interest + rounding
    assert principal_first.principal <= interest_first.principal


@given(debts(), days)
def test_cutting_a_period_anywhere_changes_rounding_alone(debt: Debt, cut: date) -> None:
    first, last = debt.due_on + DAY, debt.as_of
    stands = [Stand(date.min, debt.principal)]
    table = debt.regime.rates_from(first) if first <= last else debt.regime.table
    whole, *parts = (
        late_interest(stands, table, first_on=start, last_on=end, currency="PLN")
        for start, end in ((first, last), (first, min(cut, last)), (max(cut + DAY, first), last))
    )
    periods = [period for part in parts for period in part.periods]
    assert sum(period.days for period in periods) == sum(period.days for period in whole.periods)
    exact = sum((period.principal * period.rate_percent * period.days for period in whole.periods), Decimal(0)) / 36500
    assert abs(whole.total - exact) <= CENT / 2 * len(whole.periods)
    assert abs(sum(part.total for part in parts) - whole.total) <= CENT * Decimal("1.5")  # one period became two: three roundings
    assert len(periods) <= len(whole.periods) + 1


def test_a_payment_after_the_day_is_refused() -> None:
    with pytest.raises(Refused, match=r"2026-03-02.*2026-03-01"):
        statement(
            KC, Decimal(1), [Payment(date(2026, 3, 2), Decimal(1))], due_on=date(2026, 2, 2), as_of=date(2026, 3, 1),
            order=Order.INTEREST_FIRST, currency="PLN",
        )  # fmt: skip


def test_part_payments_where_interest_compounds_are_refused() -> None:
    regime = PACKS["NL"].regime(Debtor.BUSINESS, rates=BOOK)
    with pytest.raises(Refused, match="NL"):
        statement(
            regime, Decimal(1), [Payment(date(2026, 2, 3), Decimal(1))], due_on=date(2026, 2, 2), as_of=date(2026, 3, 1),
            order=Order.INTEREST_FIRST, currency="EUR",
        )  # fmt: skip
