"""The pure side of safeguards and edits: what waits for a person, what is skipped for good, what has to precede."""

import pytest

from dunning.grouping import asks_approval
from dunning.policy import required_for
from tests.unit.dunning.known import AGENCY, EMAIL, LADDER, LETTER, item, judged, look, policy, said, step

LEGAL = policy(
    step("first", 1),
    step("demand", 5, LETTER, document="demand"),
    step("notice", 6, LETTER, document="register_notice"),
    step("register", 9, LETTER, document="register"),
    step("agency", 12, AGENCY),
)


@pytest.mark.parametrize(("key", "before"), [("first", ""), ("demand", "agency"), ("notice", "register"), ("register", ""), ("agency", "")])
def test_which_step_has_to_precede_which(key: str, before: str) -> None:
    assert required_for(LEGAL, LEGAL.position_of(key)) == before


@pytest.mark.parametrize(("position", "asks"), [(0, False), (1, True), (2, True), (3, False), (4, True)])
def test_steps_of_legal_weight_ask_for_a_person_where_the_firm_wants_it(position: int, asks: bool) -> None:
    known = item(policy=LEGAL, position=position)
    assert not asks_approval(look(known, on=30))
    assert asks_approval(look(item(policy=LEGAL, position=position, legal_waits=True), on=30)) is asks


def test_a_first_run_asks_for_a_person() -> None:
    (group,) = judged(item(is_first_run=True, position=1), on=4).groups
    assert (group.approval, group.asked_approval) == (True, False)


def test_what_was_rejected_under_its_version_stays_out_although_nothing_asks_for_a_person_any_more() -> None:
    known = item(position=1)
    assert said(judged(known, on=4)) == [("overdue", "email", ["I1"])]
    rejected = item(position=1, rejected_on=look(known, on=4).opens_on, rejected_here=True)
    assert judged(rejected, on=4).groups == ()


def test_a_step_skipped_for_good_is_passed_over_on_the_way() -> None:
    found = look(item(position=1, skipped_for_good=frozenset({"overdue", "demand"})), on=10)
    assert (found.key, found.skipped, found.item.policy) == ("second", ("overdue",), LADDER)
    assert EMAIL in found.step.channels if found.step else False
