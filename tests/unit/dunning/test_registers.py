"""From which day a customer's debts may be entered in a register, and what is missing; dates at their edges."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from dunning.registers import Missing, RegisterDebt, register_standing
from receivables.countries.law import PACKS
from receivables.countries.words import Debtor

DAY = timedelta(days=1)
POLAND = PACKS["PL"]
FIRM, CONSUMER = POLAND.register(Debtor.BUSINESS), POLAND.register(Debtor.CONSUMER)
ON = date(2026, 7, 1)


def debt(
    item: int = 1, open_amount: str = "500.00", due_on: date = date(2026, 4, 15), warned_on: date | None = date(2026, 5, 31)
) -> RegisterDebt:
    return RegisterDebt(item, f"F/{item}", "PLN", Decimal(open_amount), due_on, POLAND.due_on(due_on), warned_on)


@pytest.mark.parametrize(
    ("due_on", "warned_on", "expected"),
    [
        pytest.param(date(2026, 4, 15), date(2026, 5, 31), date(2026, 7, 1), id="a month from 31 May ends 30 June"),
        pytest.param(date(2025, 12, 15), date(2026, 1, 31), date(2026, 3, 1), id="a month from 31 January ends 28 February"),
        pytest.param(date(2023, 12, 15), date(2024, 1, 31), date(2024, 3, 1), id="or 29 February"),
        pytest.param(date(2026, 5, 4), date(2026, 4, 1), date(2026, 6, 4), id="thirty days overdue come last"),
        pytest.param(date(2025, 5, 31), date(2025, 4, 1), date(2025, 7, 3), id="counted from the due date moved to a working day"),
    ],
)
def test_the_later_of_thirty_days_and_a_month_from_the_letter(due_on: date, warned_on: date, expected: date) -> None:
    assert FIRM is not None
    for on in (expected - DAY, expected):
        found = register_standing(FIRM, [debt(due_on=due_on, warned_on=warned_on)], on=on)
        assert (found.eligible_from, found.is_eligible(on=on)) == (expected, on == expected)
        assert found.missing == (() if on == expected else (Missing.TIME,))


@pytest.mark.parametrize(
    ("amounts", "is_firm", "is_enough"),
    [
        (["500.00"], True, True),
        (["499.99"], True, False),
        (["250.00", "250.00"], True, True),
        (["200.00"], False, True),
        (["199.99"], False, False),
        (["100.00", "100.00"], False, True),
    ],
)
def test_all_debts_together_reach_the_threshold(amounts: list[str], is_firm: bool, is_enough: bool) -> None:
    register = FIRM if is_firm else CONSUMER
    assert register is not None
    found = register_standing(register, [debt(n, amount) for n, amount in enumerate(amounts)], on=ON)
    assert found.is_eligible(on=ON) is is_enough
    assert (Missing.SUM in found.missing) is not is_enough


def test_the_day_is_when_the_threshold_is_reached_and_the_items_are_those_until_then() -> None:
    assert FIRM is not None
    debts = [debt(1, "300.00"), debt(2, "300.00", due_on=date(2026, 6, 1)), debt(3, "300.00", due_on=date(2026, 6, 20))]
    found = register_standing(FIRM, debts, on=ON)
    assert (found.eligible_from, found.items, found.sum) == (date(2026, 7, 2), (1, 2), Decimal(900))


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        pytest.param({"warned_on": None}, (Missing.WARNING,), id="no letter"),
        pytest.param(
            {"due_on": date(2020, 7, 1), "effective_due_on": date(2020, 7, 1)}, (Missing.SUM, Missing.AGE), id="six years to the day"
        ),
        pytest.param({"currency": "EUR"}, (Missing.SUM, Missing.CURRENCY), id="another currency"),
        pytest.param({"open": Decimal(0)}, (Missing.SUM,), id="disputed whole"),
        pytest.param({"due_on": ON, "effective_due_on": ON}, (Missing.SUM,), id="not overdue"),
    ],
)
def test_what_is_missing_is_said(changed: dict[str, object], missing: tuple[Missing, ...]) -> None:
    assert FIRM is not None
    found = register_standing(FIRM, [replace(debt(), **changed)], on=ON)  # type: ignore[arg-type]
    assert (found.eligible_from, found.missing) == (None, missing)


def test_a_day_before_six_years_it_may_still_be_entered() -> None:
    assert FIRM is not None
    found = register_standing(FIRM, [debt(due_on=date(2020, 7, 2), warned_on=date(2020, 9, 1))], on=ON)
    assert found.is_eligible(on=ON)
