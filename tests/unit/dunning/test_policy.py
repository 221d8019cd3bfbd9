"""Which ladders cannot work, and what a ladder answers."""

from decimal import Decimal

import pytest

from dunning.policy import Channel, Policy, Step
from receivables.core.errors import PolicyError
from tests.unit.dunning.known import EMAIL, LADDER, policy, step


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        pytest.param([step("", 1)], "step 1 (''): key is missing", id="no key"),
        pytest.param([step("a", 1), step("b", 2), step("a", 3)], "step 3 ('a'): key: another step", id="a key twice"),
        pytest.param([Step(key="a", after_due=1, channels=())], "step 1 ('a'): channel is missing", id="no channel"),
        pytest.param([step("a", 1, until=0)], "until lies before after_due", id="until the day before it opens"),
        pytest.param([step("a", 1, after_previous=0)], "after_previous: the first step", id="a gap before the first step, even of none"),
        pytest.param([step("a", 1), step("b", 2, after_previous=-1)], "step 2 ('b'): after_previous is negative", id="a negative gap"),
        pytest.param([step("a", 1, deadline_days=-1)], "deadline_days is negative", id="a deadline in the past"),
    ],
)
def test_a_ladder_that_cannot_work_is_refused(steps: list[Step], complaint: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        policy(*steps)
    assert complaint in str(refusal.value)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="a ladder that chases nobody"),
        pytest.param([step("a", 1, until=1)], id="one day only"),
        pytest.param([step("a", -3), step("b", -5)], id="a later step that opens earlier by the due date"),
        pytest.param([step("a", 1), step("b", 1, after_previous=0, deadline_days=0)], id="gap and deadline of no days"),
    ],
)
def test_an_unusual_ladder_is_allowed(steps: list[Step]) -> None:
    assert policy(*steps).steps == tuple(steps)


def test_positions_count_from_one_and_an_unknown_key_has_none() -> None:
    assert [LADDER.position_of(key) for key in ("reminder", "last", "other")] == [1, 5, 0]


def test_the_steps_above_a_position_come_with_their_positions() -> None:
    assert [(position, one.key) for position, one in LADDER.after(3)] == [(4, "demand"), (5, "last")]
    assert LADDER.after(5) == ()


@pytest.mark.parametrize(
    ("currency", "minimum"),
    [
        pytest.param("PLN", Decimal("50.00"), id="in the policy's currency that of the step"),
        pytest.param("EUR", Decimal("10.00"), id="in another that of the currency"),
        pytest.param("USD", None, id="in one without, none"),
    ],
)
def test_minimum_by_currency(currency: str, minimum: Decimal | None) -> None:
    ladder = policy(step("a", 1, minimum=Decimal("50.00")), step("b", 2), minimums={"EUR": Decimal("10.00")})
    assert ladder.minimum_of(ladder.steps[0], currency) == minimum
    assert ladder.minimum_of(ladder.steps[1], currency) is None, "a step without a minimum has none in any currency"


def test_a_policy_is_a_value() -> None:
    assert Policy(name="P", steps=(Step(key="a", after_due=1, channels=(Channel.EMAIL,)),)) == policy(step("a", 1, EMAIL))
