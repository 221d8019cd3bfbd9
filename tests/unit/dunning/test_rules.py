"""The rules R1 to R15 of the ladder, as far as the pure core decides them; those about rows stand in tests/db/dunning/test_rules.py.

Each test bears the number of its rule. The due date is day 0; today is the day given as `on`.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from dunning.decide import ItemFacts, Rules, look_at, next_day
from dunning.policy import Fee, Grouping
from dunning.states import Waits
from tests.unit.dunning.known import (
    AGENCY,
    EMAIL,
    LETTER,
    SMS,
    Week,
    customer,
    day,
    following,
    item,
    judged,
    look,
    policy,
    rules,
    said,
    step,
    waits,
)

PLAIN = (step("first", 1), step("second", 5, SMS), step("third", 9))


# -- R1: the same inputs make the same proposal


def test_r01_the_same_facts_make_the_same_proposal() -> None:
    items = (item(case=1, policy=policy(*PLAIN)), item(case=2, due=-3, policy=policy(*PLAIN)))
    assert judged(*items, on=2) == judged(*items, on=2)


# -- R2: looking changes nothing


def test_r02_a_judgement_changes_none_of_the_facts() -> None:
    known = customer(item(policy=policy(*PLAIN)))
    before = repr(known)
    look_at(known.items[0], known, rules(), on=day(3))
    assert repr(known) == before


# -- R3: the quiet days, per customer and absolute

QUIET = policy(*PLAIN, quiet_days=14)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param(6, Waits.CAPPED, id="thirteen days ago is too early"),
        pytest.param(5, None, id="fourteen days ago is long enough"),
        pytest.param(4, None, id="fifteen days ago"),
        pytest.param(19, Waits.CAPPED, id="today"),
        pytest.param(20, None, id="a day to come does not count"),
    ],
)
def test_r03_quiet_days_are_over_on_the_day_that_many_after_the_last_message(last: int, expected: Waits | None) -> None:
    known = judged(item(policy=QUIET), on=19, contacts=(day(last),))
    assert waits(known) == [expected]


def test_r03_what_waits_for_the_quiet_days_says_when_they_are_over() -> None:
    known = judged(item(policy=QUIET), on=19, contacts=(day(1), day(10)))
    assert following(known, on=19) == [day(24)]


def test_r03_the_interval_is_absolute_across_channels_levels_and_currencies() -> None:
    higher = item(case=1, policy=QUIET, position=1, completed_on=day(1))
    others = [item(case=2, due=1, policy=QUIET), item(case=3, currency="EUR", policy=QUIET)]
    known = judged(higher, *others, on=19)
    assert said(known) == [("second", "sms", ["I1"])], "the higher step goes first, and alone"
    assert waits(known) == [None, Waits.CAPPED, Waits.CAPPED]
    assert following(known, on=19) == [day(19), day(33), day(33)]


def test_r03_a_parallel_message_goes_along_with_its_own() -> None:
    known = judged(item(policy=policy(step("first", 1, EMAIL, also=(SMS,)), quiet_days=14)), on=19)
    assert [group.also for group in known.groups] == [(SMS,)]


def test_r03_a_hand_over_is_no_message_to_the_customer() -> None:
    ladder = policy(step("handoff", 1, AGENCY), quiet_days=14)
    assert said(judged(item(policy=ladder), on=19, contacts=(day(18),))) == [("handoff", "agency", ["I1"])]


def test_r03_what_a_person_has_to_release_is_planned_within_the_quiet_days_and_waits_when_released() -> None:
    ladder = policy(step("first", 1, approval=True), quiet_days=14)
    planned = judged(item(policy=ladder), on=19, contacts=(day(18),))
    assert [group.approval for group in planned.groups] == [True]
    assert waits(judged(item(policy=ladder, released_position=1), on=19, contacts=(day(18),))) == [Waits.CAPPED]


def test_r03_the_later_end_of_cap_and_quiet_days_counts() -> None:
    known = judged(item(policy=QUIET), on=19, contacts=(day(18), day(19)), cap_messages=1, cap_days=30)
    assert following(known, on=19, cap_messages=1, cap_days=30) == [day(49)]
    known = judged(item(policy=QUIET), on=19, contacts=(day(19),), cap_messages=1, cap_days=3)
    assert following(known, on=19, cap_messages=1, cap_days=3) == [day(33)]


def test_r03_without_the_key_two_steps_may_follow_on_consecutive_days() -> None:
    assert waits(judged(item(policy=policy(*PLAIN)), on=19, contacts=(day(18), day(19)))) == [None]


# -- R4: grace of an item, arrears of the customer


@pytest.mark.parametrize(
    ("on", "expected", "coming"),
    [
        pytest.param(1, Waits.TOO_EARLY, 4, id="the step's day, within the grace"),
        pytest.param(3, Waits.TOO_EARLY, 4, id="the last day of grace"),
        pytest.param(4, None, 4, id="the day after"),
        pytest.param(30, None, 30, id="long after"),
    ],
)
def test_r04_an_item_is_left_alone_until_its_grace_is_over(on: int, expected: Waits | None, coming: int) -> None:
    known = judged(item(policy=policy(*PLAIN, grace_days=3)), on=on)
    assert (waits(known), following(known, on=on)) == ([expected], [day(coming)])


def test_r04_grace_does_not_shift_the_days_of_later_steps() -> None:
    ladder = policy(*PLAIN, grace_days=3)
    assert look(item(policy=ladder, position=1, completed_on=day(4)), on=4).opens_on == day(5)


@pytest.mark.parametrize(("on", "expected"), [(-3, None), (0, None), (1, Waits.TOO_EARLY), (3, Waits.TOO_EARLY), (4, None)])
def test_r04_grace_leaves_reminders_before_the_due_date_alone(on: int, expected: Waits | None) -> None:
    assert look(item(policy=policy(step("reminder", -3), grace_days=3)), on=on).waits is expected


def test_r04_a_hold_or_a_day_off_that_ends_within_the_grace_leads_to_its_end() -> None:
    ladder = policy(step("reminder", -3), grace_days=3)
    held = item(policy=ladder, held_until=(day(1),))
    assert next_day(look(held, on=0), rules(), on=day(0)) == day(4)
    sunday = item(policy=ladder, due=2 - 1)  # due on Saturday 2 May; the promise ends that day, the next one is a Sunday
    promised = replace(sunday, promised_by=day(1))
    assert next_day(look_at(promised, customer(promised), Rules(Week()), on=day(0)), Rules(Week()), on=day(0)) == day(5)


def test_r04_a_step_whose_last_day_lies_within_the_grace_is_skipped_when_it_has_come_too_late() -> None:
    ladder = policy(step("reminder", -3, until=2), step("overdue", 1), grace_days=3)
    assert look(item(policy=ladder), on=0).key == "reminder"
    assert look(item(policy=ladder), on=1).skipped == ("reminder",)


ARREARS = policy(*PLAIN, min_arrears_days=5)


@pytest.mark.parametrize(("on", "expected"), [(3, Waits.TOO_EARLY), (4, Waits.TOO_EARLY), (5, None), (6, None)])
def test_r04_a_customer_is_left_alone_until_its_worst_item_is_old_enough(on: int, expected: Waits | None) -> None:
    known = judged(item(case=1, policy=ARREARS), item(case=2, due=2, policy=ARREARS), on=on)
    assert waits(known)[0] is expected
    assert following(known, on=on)[0] == day(max(on, 5))


def test_r04_when_the_worst_item_is_old_enough_every_overdue_item_goes_along() -> None:
    known = judged(item(case=1, policy=ARREARS), item(case=2, due=4, policy=ARREARS), on=5)
    assert said(known) == [("first", "email", ["I1", "I2"])]


@pytest.mark.parametrize(
    "worst",
    [
        pytest.param({"currency": "EUR"}, id="in another currency"),
        pytest.param({"with_agency": True}, id="with the agency"),
        pytest.param({"on_plan": True}, id="on a plan"),
        pytest.param({"disputed": Decimal("100.00")}, id="wholly disputed"),
    ],
)
def test_r04_an_old_item_that_is_not_owed_like_the_others_makes_nobody_worse(worst: dict[str, object]) -> None:
    known = judged(item(case=1, policy=ARREARS, due=-30, **worst), item(case=2, policy=ARREARS), on=2)
    # an agency freezes only its own item here: the flag of the customer is not set
    assert waits(known)[1] is Waits.TOO_EARLY


def test_r04_arrears_leave_reminders_before_the_due_date_alone() -> None:
    ladder = policy(step("reminder", -3), min_arrears_days=5)
    assert [waits(judged(item(policy=ladder), on=on)) for on in (-3, 0, 1)] == [[None], [None], [Waits.TOO_EARLY]]


# -- R5: one step a commit


def test_r05_an_item_found_sixty_days_late_is_told_its_first_step_and_nothing_more() -> None:
    assert said(judged(item(policy=policy(*PLAIN)), on=60)) == [("first", "email", ["I1"])]


def test_r05_an_item_rises_by_one_step_however_late() -> None:
    assert look(item(policy=policy(*PLAIN), position=1, completed_on=day(2)), on=60).position == 2


def test_r05_no_item_takes_a_second_step_on_the_day_of_the_first() -> None:
    assert look(item(policy=policy(*PLAIN), position=1, completed_on=day(60)), on=60).waits is Waits.TOO_EARLY


# -- R6: optional steps give way when a run comes late

LATE = policy(step("first", 1), step("nudge", 5, SMS, required=False), step("demand", 9, LETTER, document="demand"), step("last", 20))


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param(5, "nudge", id="its own day"),
        pytest.param(8, "nudge", id="late, but nothing required has come"),
        pytest.param(9, "demand", id="the required step's day"),
        pytest.param(40, "demand", id="long after; the required one is never left out"),
    ],
)
def test_r06_an_optional_step_gives_way_when_a_later_required_one_has_come(on: int, expected: str) -> None:
    known = look(item(policy=LATE, position=1, completed_on=day(1)), on=on)
    assert known.key == expected
    assert known.skipped == (("nudge",) if expected == "demand" else ())


def test_r06_on_its_own_day_an_optional_step_goes_even_where_a_required_one_has_the_same() -> None:
    ladder = policy(step("nudge", 5, required=False), step("second", 5))
    assert [look(item(policy=ladder), on=on).key for on in (5, 6)] == ["nudge", "second"]
    assert look(item(policy=ladder), on=5).skipped_from == day(6)


def test_r06_without_the_key_no_step_is_ever_skipped() -> None:
    ladder = policy(*(replace(one, required=True) for one in LATE.steps))
    assert look(item(policy=ladder, position=1, completed_on=day(1)), on=400).key == "nudge"


def test_r06_in_a_late_run_after_the_first_step_the_optional_one_gives_way_at_once() -> None:
    known = look(item(policy=LATE, position=1, completed_on=day(60)), on=61)
    assert (known.key, known.skipped, known.waits) == ("demand", ("nudge",), None)


def test_r06_an_optional_step_that_would_come_too_late_announces_the_day_of_the_required_one() -> None:
    ladder = policy(step("first", 1), step("nudge", 5, required=False, after_previous=19), step("demand", 9, after_previous=12))
    known = item(policy=ladder, position=1, completed_on=day(1))
    assert (look(known, on=2).key, look(known, on=2).opens_on) == ("nudge", day(13))
    assert (look(known, on=9).key, look(known, on=9).opens_on) == ("demand", day(13))
    assert look(known, on=13).waits is None


def test_r06_an_optional_step_is_not_given_up_while_its_message_is_out() -> None:
    assert look(item(policy=LATE, position=1, completed_on=day(1), in_flight=True), on=40).key == "nudge"


def test_r06_nothing_gives_way_to_another_optional_step_or_to_one_that_is_over() -> None:
    optional = policy(step("first", 1, required=False), step("second", 5, required=False))
    assert look(item(policy=optional), on=40).key == "first"
    over = policy(step("first", 1, required=False), step("second", 5, until=8))
    assert [look(item(policy=over), on=on).key for on in (4, 8, 9)] == ["first", "second", "first"]


def test_r06_the_run_looks_again_when_an_optional_step_may_give_way() -> None:
    assert look(item(policy=LATE, position=1, completed_on=day(1), held_until=(day(30),)), on=2).skipped_from == day(9)
    assert look(item(policy=policy(step("a", 1, required=False))), on=2).skipped_from is None


# -- R7: a minimum as an amount and as a share, per currency; the step waits

SHARE = policy(step("first", 1, minimum_percent=Decimal(10)))


@pytest.mark.parametrize(
    ("due", "not_due", "expected"),
    [
        pytest.param("100.00", "900.00", None, id="exactly ten per cent"),
        pytest.param("100.00", "900.01", Waits.BELOW_MINIMUM, id="a grosz more is open"),
        pytest.param("99.99", "900.00", Waits.BELOW_MINIMUM, id="a grosz less is due"),
        pytest.param("100.00", "1000.00", Waits.BELOW_MINIMUM, id="100 of 1,100"),
    ],
)
def test_r07_the_share_of_all_that_is_open_decides(due: str, not_due: str, expected: Waits | None) -> None:
    known = judged(item(case=1, amount=due, policy=SHARE), item(case=2, amount=not_due, due=30, policy=SHARE), on=1)
    assert waits(known)[0] is expected


@pytest.mark.parametrize("other", [{"currency": "EUR"}, {"with_agency": True}, {"on_plan": True}, {"disputed": Decimal("900.01")}])
def test_r07_the_share_is_taken_within_a_currency_of_what_is_owed_like_it(other: dict[str, object]) -> None:
    known = judged(item(case=1, policy=SHARE), item(case=2, amount="900.01", due=30, policy=SHARE, **other), on=1)
    assert waits(known)[0] is None


def test_r07_amount_and_share_both_have_to_be_reached() -> None:
    both = policy(step("first", 1, minimum=Decimal("50.00"), minimum_percent=Decimal(10)), minimums={"EUR": Decimal("20.00")})
    small, large = item(case=1, amount="49.99", policy=both), item(case=1, amount="50.00", policy=both)
    assert (waits(judged(small, on=1)), waits(judged(large, on=1))) == ([Waits.BELOW_MINIMUM], [None])
    assert waits(judged(large, item(case=2, amount="500.00", due=30, policy=both), on=1))[0] is Waits.BELOW_MINIMUM
    euros = item(case=1, amount="20.00", currency="EUR", policy=both)
    assert waits(judged(euros, on=1)) == [None]
    assert waits(judged(euros, item(case=2, amount="200.00", currency="EUR", due=30, policy=both), on=1))[0] is Waits.BELOW_MINIMUM


def test_r07_a_step_below_its_minimum_waits_and_no_lower_one_is_said_again() -> None:
    ladder = policy(step("first", 1), step("second", 5, minimum_percent=Decimal(50)))
    known = judged(item(case=1, policy=ladder, position=1, completed_on=day(1)), item(case=2, amount="900.00", due=30, policy=ladder), on=6)
    assert (waits(known)[0], said(known)) == (Waits.BELOW_MINIMUM, [])


# -- R8: blocks at customer, invoice and case end by themselves


@pytest.mark.parametrize(("on", "expected"), [(5, Waits.HELD), (6, None)])
def test_r08_a_hold_ends_after_its_day(on: int, expected: Waits | None) -> None:
    assert look(item(policy=policy(*PLAIN), held_until=(day(5),)), on=on).waits is expected


# -- R9: credit first; nothing goes where there is no debit balance


def test_r09_credit_is_netted_before_anything_is_asked() -> None:
    (group,) = judged(item(policy=policy(*PLAIN)), on=1, credit={"PLN": "40.00"}).groups
    assert (group.principal, group.credit) == (Decimal("100.00"), Decimal("40.00"))


def test_r09_credit_that_covers_the_debt_keeps_it_back() -> None:
    assert waits(judged(item(policy=policy(*PLAIN)), on=1, credit={"PLN": "100.00"})) == [Waits.UNMATCHED_MONEY]


# -- R10: the highest step


def capped(known: ItemFacts, on: int) -> tuple[str, Waits | None, int]:
    seen = look(known, on=on)
    return seen.key, seen.waits, seen.position


def test_r10_items_climb_to_the_highest_step_of_the_policy_and_no_further() -> None:
    ladder = policy(*PLAIN, max_step="second")
    assert capped(item(policy=ladder, position=1, completed_on=day(1)), 9) == ("second", None, 2)
    assert capped(item(policy=ladder, position=2, completed_on=day(5)), 9) == ("", Waits.LADDER_ENDED, 2)
    assert look(item(policy=ladder, position=2, completed_on=day(5)), on=9).asks_review


def test_r10_an_invoice_may_be_capped_below_its_policy_but_not_above() -> None:
    ladder = policy(*PLAIN, max_step="second")
    assert capped(item(policy=ladder, max_step="first", position=1, completed_on=day(1)), 9) == ("", Waits.LADDER_ENDED, 1)
    assert capped(item(policy=ladder, max_step="third", position=2, completed_on=day(5)), 9) == ("", Waits.LADDER_ENDED, 2)


def test_r10_an_item_above_its_cap_stays_where_it_is_and_goes_on_when_the_cap_is_lifted() -> None:
    known = item(policy=policy(*PLAIN), max_step="first", position=2, completed_on=day(5))
    assert capped(known, 9) == ("", Waits.LADDER_ENDED, 2)
    assert capped(replace(known, max_step=""), 9) == ("third", None, 3)


def test_r10_a_cap_that_the_policy_does_not_know_lets_nothing_rise() -> None:
    assert capped(item(policy=policy(*PLAIN), max_step="elsewhere"), 9)[0] == ""


# -- R11: what shares a letter


def test_r11_items_that_agree_in_the_field_share_a_letter() -> None:
    ladder = policy(*PLAIN, grouping=Grouping.BRANCH)
    branches = ["north", "south", "north", "", ""]
    known = judged(*(item(case=n, policy=ladder, shares=branch) for n, branch in enumerate(branches, start=1)), on=1)
    assert sorted(items for _, _, items in said(known)) == [["I1", "I3"], ["I2"], ["I4", "I5"]]


def test_r11_two_letters_of_one_step_are_not_the_same_letter() -> None:
    ladder = policy(*PLAIN, grouping=Grouping.ORDER)
    (first,) = judged(item(case=1, policy=ladder, shares="A"), on=1).groups
    known = judged(
        item(case=2, policy=ladder, shares="A"), item(case=3, policy=ladder, shares="B"), on=1, told_today=frozenset({first.key})
    )
    assert waits(known) == [Waits.CAPPED, None]


# -- R12: after a hand-over nothing goes by itself


def test_r12_the_agency_freezes_all_of_the_customer_and_a_new_debt_calls_a_person() -> None:
    known = judged(item(case=1, with_agency=True), item(case=2, policy=policy(*PLAIN)), on=5, with_agency=True)
    assert (waits(known), said(known)) == ([Waits.WITH_AGENCY, Waits.WITH_AGENCY], [])
    assert [one.asks_review for one in known.looks] == [False, True]


# -- R13: claims beside the principal


def test_r13_fee_interest_and_compensation_of_a_step_change_no_principal() -> None:
    dear = policy(step("first", 1, interest=True, compensation=True, fee=Fee(fixed=Decimal("40.00"))))
    (group,) = judged(item(policy=dear), on=30).groups
    assert (group.principal, group.looks[0].item.open) == (Decimal("100.00"), Decimal("100.00"))


# -- R15: fresh payment data or nothing


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(8, None, id="two days old"),
        pytest.param(7, Waits.BANK_STALE, id="three days old"),
        pytest.param(None, Waits.BANK_STALE, id="never seen"),
    ],
)
def test_r15_nothing_goes_unless_the_bank_data_are_fresh(seen: int | None, expected: Waits | None) -> None:
    known = judged(item(policy=policy(*PLAIN)), on=10, bank_freshness_days=2, bank_seen_until=None if seen is None else day(seen))
    assert waits(known) == [expected]


def test_all_keys_off_is_what_a_policy_is_without_them() -> None:
    """The pure core: a ladder with every key at its default is judged like one that names none."""
    plain, named = policy(*PLAIN), policy(*PLAIN, quiet_days=None, grace_days=0, min_arrears_days=0, max_step="third")
    for on in range(-3, 30):
        one, other = judged(item(policy=plain), on=on), judged(item(policy=named), on=on)
        assert (said(one), waits(one), following(one, on=on)) == (said(other), waits(other), following(other, on=on))
