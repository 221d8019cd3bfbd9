"""What could be demanded and was not: as claims of single items say, in one pass over many."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.claims import interest_of, interest_through
from dunning.terms import AgreedRate, CompensationRules, Terms
from dunning.unclaimed import LateItem, Unclaimed, unclaimed, working_of
from invoices.ledger import Entry
from receivables.countries.rates import shipped
from receivables.countries.words import Debtor

ON = date(2026, 7, 31)
DUE = date(2026, 3, 31)
DAY = timedelta(days=1)
ITEM = LateItem(1, 1, Debtor.BUSINESS, "PLN", Decimal("10000.00"), Decimal("10000.00"), DUE)
FLAT = Decimal("300.26")  # 70 EUR at 4.2894, the last rate of March 2026


def of(*items: LateItem, on: date = ON) -> list[Unclaimed]:
    return list(unclaimed(items, country="PL", rates=shipped(), on=on))


def test_interest_and_compensation_of_an_open_item() -> None:
    (found,) = of(ITEM)
    assert found.interest == interest_of(ITEM, country="PL", rates=shipped(), on=ON).total > 0
    assert (found.compensation, found.total) == (FLAT, found.interest + FLAT)


@pytest.mark.parametrize(
    ("changes", "on", "is_owed"),
    [
        pytest.param({}, DUE, False, id="on the due date"),
        pytest.param({}, DUE + DAY, True, id="the day after"),
        pytest.param({"entries": (Entry(DUE, Decimal(10000)),)}, ON, False, id="paid on the due date"),
        pytest.param({"entries": (Entry(DUE + DAY, Decimal(10000)),)}, ON, True, id="paid a day late"),
        pytest.param({"entries": (Entry(DUE - DAY, Decimal(9999)),)}, ON, True, id="a rest was late"),
        pytest.param({"debtor": Debtor.CONSUMER}, ON, False, id="a consumer"),
        pytest.param({"is_compensated": True}, ON, False, id="claimed already"),
        pytest.param({"currency": "USD"}, ON, False, id="no rate for the dollar"),
    ],
)
def test_who_owes_compensation_that_nobody_has_claimed(changes: dict[str, object], on: date, is_owed: bool) -> None:
    (found,) = of(replace(ITEM, **changes), on=on)  # type: ignore[arg-type]
    assert bool(found.compensation) is is_owed


def test_a_consumer_owes_interest_alone() -> None:
    (found,) = of(replace(ITEM, debtor=Debtor.CONSUMER))
    assert found.interest > 0 and found.kept_back == ("", "")


def test_days_that_were_claimed_are_left_out() -> None:
    until = date(2026, 5, 31)
    (found,) = of(replace(ITEM, claimed_until=until))
    rest = interest_through(ITEM, country="PL", rates=shipped(), first_on=until + DAY, last_on=ON)
    assert found.interest == rest.total > 0
    assert of(replace(ITEM, claimed_until=ON))[0].interest == 0


def test_an_invoice_owes_one_compensation_whatever_its_instalments() -> None:
    found = of(replace(ITEM, amount=Decimal(5000)), replace(ITEM, item=2, amount=Decimal(5000), due_on=DUE + 30 * DAY))
    assert [line.compensation for line in found] == [FLAT, 0]


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        (Terms(CompensationRules(claimed=False)), "switched_off"),
        (Terms(kept="Stały klient"), "spared"),
        (Terms(CompensationRules(minimum_amount=Decimal(20000), currency="PLN")), "below_minimum"),
        (Terms(CompensationRules(minimum_days=365)), "too_few_days"),
    ],
)
def test_what_the_firm_itself_does_not_ask_is_left_out_and_said(terms: Terms, reason: str) -> None:
    (found,) = of(replace(ITEM, terms=terms))
    assert (found.compensation, found.kept_back[0]) == (0, reason)
    assert found.interest > 0


def test_a_contracts_rate_counts() -> None:
    agreed = Terms(agreed=(AgreedRate(DUE, Decimal(18), "Umowa 1"),))
    assert of(replace(ITEM, terms=agreed))[0].interest > of(ITEM)[0].interest


def test_a_rate_that_is_not_known_is_said_and_the_others_go_on() -> None:
    old = replace(ITEM, item=2, invoice=2, due_on=date(2010, 1, 4))
    missing, fine = of(old, ITEM)
    assert "2010" in str(missing.problem) and missing.total == 0 and fine.total > 0


def test_a_missing_rate_of_the_euro_leaves_the_interest() -> None:
    due_on = date(2026, 10, 15)
    (found,), shown = (
        of(replace(ITEM, due_on=due_on), on=due_on + 10 * DAY),
        working_of(replace(ITEM, due_on=due_on), country="PL", rates=shipped(), on=due_on + 10 * DAY),
    )
    assert "2026-09" in str(found.problem) and found.interest > 0 and found.compensation == 0
    assert str(shown.problem) == str(found.problem) and shown.interest is not None and shown.compensation is None


def test_the_working_adds_up_to_the_figures() -> None:
    item = replace(ITEM, entries=(Entry(date(2026, 5, 15), Decimal(4000)),), claimed_until=date(2026, 4, 10))
    (found,), shown = of(item), working_of(item, country="PL", rates=shipped(), on=ON)
    assert shown.interest is not None and shown.compensation is not None
    assert (shown.interest.total, shown.compensation.amount) == (found.interest, found.compensation)
    assert shown.interest.periods[0].first_on == date(2026, 4, 11)


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 2000)), max_size=4),
    st.integers(0, 120),
    st.sampled_from([Debtor.BUSINESS, Debtor.CONSUMER, Debtor.PUBLIC]),
)
def test_in_bulk_as_one_by_one(payments: list[tuple[int, int]], claimed: int, debtor: Debtor) -> None:
    entries = tuple(Entry(DUE + days * DAY, Decimal(amount)) for days, amount in sorted(payments))
    item = replace(ITEM, debtor=debtor, entries=entries, claimed_until=DUE + claimed * DAY)
    (found,) = of(item)
    assert found.interest == interest_through(item, country="PL", rates=shipped(), first_on=item.first_on, last_on=ON).total
