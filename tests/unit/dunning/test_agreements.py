"""Rates and promises in figures."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.agreements import BankWait, Part, filled, is_kept, is_missed
from dunning.schedules import equal_rates, months_after

D = Decimal
DUE = date(2026, 3, 31)
AMOUNTS = st.lists(st.decimals(min_value=D("0.01"), max_value=D(9999), places=2), min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("owed", "expected"),
    [
        ("900", ["500", "400"]),
        ("650", ["250", "400"]),
        ("400", ["0", "400"]),
        ("399.99", ["0", "399.99"]),
        ("0", ["0", "0"]),
        ("1000", ["500", "400"]),
    ],
)
def test_money_fills_the_rates_in_their_order(owed: str, expected: list[str]) -> None:
    assert filled([D(500), D(400)], D(owed)) == [D(amount) for amount in expected]


@given(AMOUNTS, st.decimals(min_value=0, max_value=D(99999), places=2))
def test_what_is_open_of_the_rates_is_what_is_owed(amounts: list[D], owed: D) -> None:
    opens = filled(amounts, owed)
    assert sum(opens) == min(owed, sum(amounts))
    assert all(0 <= now <= amount for now, amount in zip(opens, amounts, strict=True))
    first_open = next((n for n, now in enumerate(opens) if now), len(opens))
    assert opens[first_open + 1 :] == amounts[first_open + 1 :]


@pytest.mark.parametrize(
    ("day", "still_open", "credit", "expected"),
    [
        (DUE, "5", "0", False),
        (date(2026, 4, 1), "5", "0", True),
        (date(2026, 4, 1), "0", "0", False),
        (date(2026, 4, 1), "5", "4.99", True),
        (date(2026, 4, 1), "5", "5", False),
    ],
)
def test_a_rate_is_missed_the_day_after_unless_credit_reaches_it(day: date, still_open: str, credit: str, expected: bool) -> None:
    assert is_missed([Part(DUE, D(still_open))], credit=D(credit), on=day) is expected


@pytest.mark.parametrize(
    ("seen", "days", "over_from"),
    [
        pytest.param(None, 14, 1, id="no bank data were ever taken in"),
        pytest.param(0, 14, 1, id="the bank is read through the day"),
        pytest.param(3, 14, 1, id="the bank is read beyond it"),
        pytest.param(-1, 14, 15, id="the bank is read up to the day before"),
        pytest.param(-9, 2, 3, id="a company that waits two days"),
        pytest.param(-9, 0, 1, id="a company that does not wait"),
    ],
)
def test_a_day_is_over_once_the_bank_has_told_of_it_or_kept_us_waiting(seen: int | None, days: int, over_from: int) -> None:
    wait = BankWait(None if seen is None else DUE + timedelta(days=seen), days)
    first = DUE + timedelta(days=over_from)
    assert wait.over_from(DUE) == first
    assert [wait.is_over(DUE, on=first + timedelta(days=n)) for n in (-1, 0, 1)] == [False, True, True]
    assert [is_missed([Part(DUE, D(5))], credit=D(0), on=first + timedelta(days=n), wait=wait) for n in (-1, 0)] == [False, True]


def test_a_promise_is_kept_by_allocated_and_unallocated_money_together() -> None:
    assert is_kept(D(100), allocated=D(60), unallocated=D(40))
    assert not is_kept(D(100), allocated=D(60), unallocated=D("39.99"))


@given(st.decimals(min_value=D("0.01"), max_value=D(99999), places=2), st.integers(1, 24), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_equal_rates_add_up_to_the_grosz(owed: D, count: int, first: date) -> None:
    rates = equal_rates(owed, "PLN", count=count, first=first)
    assert len(rates) == count and sum(amount for _, amount in rates) == owed
    assert [day for day, _ in rates] == sorted({day for day, _ in rates})
    assert max(amount for _, amount in rates) - min(amount for _, amount in rates) <= D("0.01") * count


def test_monthly_rates_of_the_31st_fall_on_the_last_day_of_shorter_months() -> None:
    days = [months_after(date(2026, 12, 31), n) for n in range(4)]
    assert days == [date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]
