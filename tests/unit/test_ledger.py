from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import ledger
from invoices.ledger import BUCKETS, Debt, Entry, Slice, interest_first, spread

TODAY = date(2026, 5, 20)

amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10**6), places=2)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
entries = st.lists(st.builds(Entry, on=days, amount=amounts, is_reversal=st.booleans()), max_size=12)
slices = st.lists(st.builds(Slice, item=st.integers(1, 6), amount=amounts, claim=st.just(0)), max_size=10)


@st.composite
def debts(draw: st.DrawFn) -> list[Debt]:
    open_amounts = draw(st.lists(amounts, max_size=6))
    return [
        Debt(n, f"F/{n}", draw(days), amount, draw(st.sampled_from([Decimal(0), amount / 2, amount, amount * 2])))
        for n, amount in enumerate(open_amounts)
    ]


@pytest.mark.parametrize(
    ("days_late", "bucket"),
    [
        pytest.param(-1, "not_due", id="day before the due date"),
        pytest.param(0, "not_due", id="due date itself"),
        pytest.param(1, "1-30", id="day after"),
        pytest.param(30, "1-30", id="30 days"),
        pytest.param(31, "31-60", id="31 days"),
        pytest.param(60, "31-60", id="60 days"),
        pytest.param(61, "61-90", id="61 days"),
        pytest.param(90, "61-90", id="90 days"),
        pytest.param(91, "91-180", id="91 days"),
        pytest.param(180, "91-180", id="180 days"),
        pytest.param(181, "181-365", id="181 days"),
        pytest.param(365, "181-365", id="365 days"),
        pytest.param(366, "365+", id="366 days"),
        pytest.param(20_000, "365+", id="half a century"),
    ],
)
def test_overdue_starts_the_day_after_the_due_date(days_late: int, bucket: str) -> None:
    assert ledger.bucket_of(TODAY - timedelta(days_late), on=TODAY) == bucket


@given(days, days)
def test_every_day_has_one_bucket_and_time_only_moves_on(due_on: date, on: date) -> None:
    today, tomorrow = (BUCKETS.index(ledger.bucket_of(due_on, on=day)) for day in (on, on + timedelta(1)))
    assert today <= tomorrow <= today + 1


def test_money_counts_from_the_end_of_its_day() -> None:
    paid = [Entry(TODAY, Decimal(40))]
    assert ledger.open_on(Decimal(100), paid, on=TODAY - timedelta(1)) == 100
    assert ledger.open_on(Decimal(100), paid, on=TODAY) == 60


def test_what_is_taken_back_is_open_again() -> None:
    entries = [Entry(TODAY, Decimal(100)), Entry(TODAY + timedelta(3), Decimal(100), is_reversal=True)]
    assert [ledger.open_on(Decimal(100), entries, on=TODAY + timedelta(n)) for n in (-1, 0, 2, 3)] == [100, 0, 0, 100]


def test_money_booked_late_never_makes_the_past_negative() -> None:
    entries = [Entry(TODAY, Decimal(100)), Entry(TODAY + timedelta(9), Decimal(100), is_reversal=True), Entry(TODAY, Decimal(100))]
    assert ledger.open_on(Decimal(100), entries, on=TODAY) == 0
    assert ledger.open_on(Decimal(100), entries, on=TODAY + timedelta(9)) == 0


@given(amounts, entries, days)
def test_the_order_of_entries_does_not_matter(amount: Decimal, all_of: list[Entry], on: date) -> None:
    assert ledger.open_on(amount, all_of, on=on) == ledger.open_on(amount, all_of[::-1], on=on)


@given(amounts, slices)
def test_nothing_gets_lost_when_money_is_spread(amount: Decimal, debts: list[Slice]) -> None:
    spread = ledger.spread(amount, debts)
    assert sum(spread.parts.values()) + spread.rest == amount
    assert spread.rest == max(amount - sum(debt.amount for debt in debts), Decimal(0))
    assert all(part > 0 for part in spread.parts.values())


@given(amounts, slices)
def test_no_debt_gets_more_than_it_is_and_none_before_the_one_ahead(amount: Decimal, debts: list[Slice]) -> None:
    left = amount
    expected: dict[int, Decimal] = {}
    for item, owed, _ in debts:
        expected[item] = expected.get(item, Decimal(0)) + min(left, owed)
        left -= min(left, owed)
    assert ledger.spread(amount, debts).parts == {item: part for item, part in expected.items() if part}


@given(debts())
def test_the_oldest_comes_first_and_what_is_disputed_last(owed: list[Debt]) -> None:
    order = ledger.oldest_first(owed)
    disputed_amount = {debt.item: min(debt.disputed, debt.open) for debt in owed}
    certain = [debt.item for debt in sorted(owed, key=lambda debt: (debt.due_on, debt.label)) if debt.open > disputed_amount[debt.item]]
    assert [part.item for part in order[: len(certain)]] == certain
    assert {part.item: part.amount for part in order[len(certain) :]} == {item: part for item, part in disputed_amount.items() if part}
    assert sum(part.amount for part in order) == sum(debt.open for debt in owed)


def test_the_name_decides_between_two_that_are_due_on_one_day() -> None:
    two = [Debt(1, "B", TODAY, Decimal(5)), Debt(2, "A", TODAY, Decimal(5))]
    assert [part.item for part in ledger.oldest_first(two)] == [2, 1]


# -- claims among the debts


def test_interest_goes_before_the_principal_of_its_debt_and_what_has_none_left_goes_first() -> None:
    slices = [Slice(1, Decimal(100)), Slice(2, Decimal(50)), Slice(1, Decimal(20))]
    interest = [Slice(2, Decimal(5), 22), Slice(1, Decimal(10), 11), Slice(3, Decimal(7), 33)]
    assert interest_first(slices, interest) == [
        Slice(3, Decimal(7), 33), Slice(1, Decimal(10), 11), Slice(1, Decimal(100)), Slice(2, Decimal(5), 22), Slice(2, Decimal(50)),
        Slice(1, Decimal(20)),
    ]  # fmt: skip


@given(
    st.integers(0, 500),
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 90)), max_size=6),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30)), max_size=6),
)
def test_nothing_is_lost_or_made_whatever_falls_on_items_and_claims(
    amount: int, owed: list[tuple[int, int]], claimed: list[tuple[int, int]]
) -> None:
    slices = [Slice(item, Decimal(part)) for item, part in owed]
    interest = [Slice(item, Decimal(part), number) for number, (item, part) in enumerate(claimed, start=1)]
    ordered = interest_first(slices, interest)
    fell = spread(Decimal(amount), ordered)
    assert sorted(ordered) == sorted([*slices, *interest])
    assert sum(fell.parts.values()) + sum(fell.claims.values()) + fell.rest == amount
    assert fell.rest >= 0 and all(part.amount >= fell.claims.get(part.claim, 0) for part in interest)
    assert fell.rest == max(amount - sum(part.amount for part in ordered), 0)
