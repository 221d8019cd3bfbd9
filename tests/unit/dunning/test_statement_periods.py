"""Which statements are due on a day."""

from datetime import date

import pytest

from dunning.statement_periods import Every, Period, due_period, last_period, next_leaving

MONTH, QUARTER = Every.MONTH, Every.QUARTER
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 5))
THIRD = Period(date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 5))


@pytest.mark.parametrize(
    ("every", "on", "period"),
    [
        pytest.param(MONTH, date(2026, 11, 4), Period(date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 5)), id="the day before"),
        pytest.param(MONTH, date(2026, 11, 5), OCTOBER, id="the day"),
        pytest.param(MONTH, date(2026, 11, 6), OCTOBER, id="the day after"),
        pytest.param(MONTH, date(2026, 12, 4), OCTOBER, id="until the next one"),
        pytest.param(MONTH, date(2027, 1, 5), Period(date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 5)), id="over the year's end"),
        pytest.param(QUARTER, date(2026, 10, 4), Period(date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 5)), id="the quarter before"),
        pytest.param(QUARTER, date(2026, 10, 5), THIRD, id="the quarter's day"),
        pytest.param(QUARTER, date(2026, 12, 31), THIRD, id="the last day of the next quarter"),
        pytest.param(QUARTER, date(2027, 1, 5), Period(date(2026, 10, 1), date(2026, 12, 31), date(2027, 1, 5)), id="the last quarter"),
    ],
)
def test_the_newest_period_whose_day_has_come(every: Every, on: date, period: Period) -> None:
    assert last_period(every, 5, on=on) == period


@pytest.mark.parametrize(
    ("on", "starts", "bank", "is_due"),
    [
        pytest.param(date(2026, 11, 5), date(2026, 11, 5), date(2026, 10, 31), True, id="begun that day, bank read to the end"),
        pytest.param(date(2026, 11, 5), date(2026, 11, 6), date(2026, 10, 31), False, id="begun the day after"),
        pytest.param(date(2026, 11, 5), date(2026, 1, 1), date(2026, 10, 30), False, id="a day of the bank is missing"),
        pytest.param(date(2026, 11, 5), date(2026, 1, 1), None, False, id="the bank was never read"),
        pytest.param(date(2026, 11, 19), date(2026, 1, 1), date(2026, 11, 18), True, id="two weeks late"),
        pytest.param(date(2026, 11, 20), date(2026, 1, 1), date(2026, 11, 18), False, id="too late"),
    ],
)
def test_due_only_in_time_and_when_the_books_know_the_bank(on: date, starts: date, bank: date | None, is_due: bool) -> None:
    assert due_period(MONTH, 5, starts_on=starts, on=on, bank_seen_until=bank) == (OCTOBER if is_due else None)


@pytest.mark.parametrize(
    ("every", "on", "leaves"),
    [
        (MONTH, date(2026, 11, 4), date(2026, 11, 5)),
        (MONTH, date(2026, 11, 5), date(2026, 11, 5)),
        (MONTH, date(2026, 11, 6), date(2026, 12, 5)),
        (QUARTER, date(2026, 11, 6), date(2027, 1, 5)),
    ],
)
def test_the_next_day_on_which_they_leave(every: Every, on: date, leaves: date) -> None:
    assert next_leaving(every, 5, on=on) == leaves
