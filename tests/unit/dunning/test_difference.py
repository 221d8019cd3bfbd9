"""Two plans side by side, and the account of a run's messages."""

from dataclasses import replace
from decimal import Decimal

import pytest

from dunning.difference import PlannedItem, Reckoning, difference

ONE = PlannedItem(1, "F/1", "Firma", "first", "email", Decimal("100.00"), "PLN")
TWO = replace(ONE, case=2, label="F/2")


def test_what_is_new_gone_and_changed() -> None:
    found = difference([ONE, TWO], [replace(ONE, amount=Decimal("60.00"), step="second"), replace(ONE, case=3)], {2: "paid"})
    assert [item.case for item in found.new] == [3]
    assert [(gone.item.case, gone.reason) for gone in found.gone] == [(2, "paid")]
    assert [(change.after.case, change.parts) for change in found.changed] == [(1, ("step", "amount"))]


def test_the_same_plan_does_not_differ() -> None:
    assert difference([ONE, TWO], [TWO, ONE], {}).is_none


def test_what_went_yesterday_is_no_difference_but_its_next_step_is_new() -> None:
    gone = replace(ONE, is_sent=True)
    assert difference([gone], [], {}).is_none
    assert difference([gone], [replace(ONE, step="second")], {}).new == (replace(ONE, step="second"),)


@pytest.mark.parametrize(
    ("reckoning", "alarm", "missing"),
    [
        pytest.param(Reckoning(), "", 0, id="nothing was expected"),
        pytest.param(Reckoning(3, 3), "", 0, id="all left"),
        pytest.param(Reckoning(3, 1, 2), "", 0, id="still under way"),
        pytest.param(Reckoning(3, 2, 0, {"failed": 1}), "differs", 0, id="fewer, with a reason"),
        pytest.param(Reckoning(3, 0, 0, {"withdrawn": 3}), "none", 0, id="not one left"),
        pytest.param(Reckoning(3, 1, 1), "", 1, id="not counted yet while some are under way"),
        pytest.param(Reckoning(3, 2), "missing", 1, id="one is nowhere"),
        pytest.param(Reckoning(2, 3), "missing", -1, id="more than expected"),
        pytest.param(Reckoning(2, 2, 1), "missing", -1, id="more, and some under way"),
    ],
)
def test_expected_and_sent_are_reckoned(reckoning: Reckoning, alarm: str, missing: int) -> None:
    assert (reckoning.alarm, reckoning.missing) == (alarm, missing)
