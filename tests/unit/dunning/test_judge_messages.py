"""What shares a message, what it bears, and what credit does to it."""

from decimal import Decimal
from typing import Any

import pytest

from dunning.grouping import Group
from dunning.policy import Grouping
from dunning.states import Waits
from tests.unit.dunning.known import (
    AGENCY,
    CALL,
    EMAIL,
    LETTER,
    SMS,
    Week,
    day,
    item,
    judged,
    policy,
    said,
    step,
    waits,
)

TWO = policy(step("first", 1), step("second", 5))


def asks(group: Group) -> Decimal:
    return group.principal - group.credit


# -- what shares a message


def test_all_that_is_due_for_a_step_shares_a_message_and_nothing_else_is_in_it() -> None:
    items = [item(case=1, policy=TWO), item(case=2, due=-1, policy=TWO), item(case=3, due=1, policy=TWO)]
    assert said(judged(*items, on=1)) == [("first", "email", ["I2", "I1"])]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"version": 2}, id="policy version"),
        pytest.param({"currency": "EUR"}, id="currency"),
        pytest.param({"policy": policy(step("first", 1, SMS), step("second", 5))}, id="channel"),
        pytest.param({"policy": policy(step("first", 1, approval=True), step("second", 5))}, id="need for approval"),
        pytest.param({"wants_approval": True}, id="need for approval after it was reopened"),
        pytest.param({"policy": policy(step("first", -5)), "due": 4}, id="side of the due date"),
    ],
)
def test_items_that_differ_in_one_of_the_terms_are_told_apart(other: dict[str, Any]) -> None:
    groups = judged(item(case=1, policy=TWO), item(case=2, **{"policy": TWO, **other}), on=1).groups
    assert [[look.item.case for look in group.looks] for group in groups] in ([[1], [2]], [[2], [1]])


def test_on_the_due_date_an_item_is_not_yet_overdue() -> None:
    early = policy(step("first", -5))
    groups = judged(item(case=1, policy=early), item(case=2, due=-1, policy=early), on=0).groups
    assert sorted((group.is_overdue, [look.item.case for look in group.looks]) for group in groups) == [(False, [1]), (True, [2])]


def test_grouped_by_invoice_only_what_is_of_one_invoice_shares_a_message() -> None:
    apart = policy(step("first", 1), grouping=Grouping.INVOICE)
    items = [item(case=number, invoice=invoice, policy=apart) for number, invoice in ((1, 1), (2, 1), (3, 2))]
    assert said(judged(*items, on=1)) == [("first", "email", ["I1", "I2"]), ("first", "email", ["I3"])]


def test_invoices_do_not_part_what_is_grouped_by_customer() -> None:
    assert len(judged(item(case=1, invoice=1, policy=TWO), item(case=2, invoice=2, policy=TWO), on=1).groups) == 1


def test_a_message_bears_the_highest_step_and_each_item_keeps_its_own() -> None:
    ladder = policy(step("first", 1, also=(SMS,)), step("second", 5, also=(LETTER,), deadline_days=7, document="demand"), step("third", 9))
    items = [item(case=1, policy=ladder), item(case=2, due=-4, policy=ladder, position=1, completed_on=day(-3))]
    (group,) = judged(*items, on=1).groups
    assert (group.step.key, group.position, group.deadline_on, group.also) == ("second", 2, day(8), (LETTER,))
    assert [(look.item.label, look.key, look.position) for look in group.looks] == [("I2", "second", 2), ("I1", "first", 1)]


def test_a_deadline_ends_on_a_working_day() -> None:
    ladder = policy(step("first", 1, deadline_days=7))
    (group,) = judged(item(policy=ladder), on=1, calendar=Week()).groups  # a Saturday; so does it end
    assert group.deadline_on == day(10)


def test_messages_come_with_the_higher_step_first_then_the_older_due_date() -> None:
    ladder = policy(step("first", 1), step("second", 5, SMS), step("third", 20, LETTER), grouping=Grouping.INVOICE)
    items = [
        item(case=1, due=5, policy=ladder),
        item(case=2, due=3, policy=ladder),
        item(case=3, due=1, policy=ladder, position=1, completed_on=day(2)),
        item(case=4, due=4, policy=ladder),
    ]
    assert [labels for _, _, labels in said(judged(*items, on=6))] == [["I3"], ["I2"], ["I4"], ["I1"]]


# -- channels


@pytest.mark.parametrize(
    ("reach", "channel"),
    [
        pytest.param({SMS, EMAIL, LETTER}, "sms", id="the first of the chain"),
        pytest.param({EMAIL, LETTER}, "email", id="the second where the first reaches nobody"),
        pytest.param({LETTER}, "letter", id="the last that is left"),
    ],
)
def test_the_first_channel_that_reaches_the_customer(reach: set[Any], channel: str) -> None:
    ladder = policy(step("first", 1, SMS, EMAIL, LETTER))
    assert [way for _, way, _ in said(judged(item(policy=ladder), on=1, reach=reach))] == [channel]


def test_where_nobody_can_be_reached_the_step_waits_and_a_contact_is_asked_for() -> None:
    known = judged(item(policy=TWO), on=1, reach={LETTER, AGENCY})
    assert (waits(known), known.groups, known.unreachable) == ([Waits.NO_ADDRESS], (), True)


def test_nobody_asks_for_a_contact_before_the_step_opens_or_while_it_is_held() -> None:
    assert not judged(item(policy=TWO), on=0, reach=()).unreachable
    assert not judged(item(policy=TWO, held_until=(None,)), on=1, reach=()).unreachable


@pytest.mark.parametrize(
    ("channels", "channel"),
    [
        pytest.param((CALL, EMAIL), EMAIL, id="the next of the chain"),
        pytest.param((CALL,), CALL, id="or else another call"),
        pytest.param((EMAIL, CALL), CALL, id="those before it were no way when the call was made"),
    ],
)
def test_after_a_call_in_vain(channels: tuple[Any, ...], channel: Any) -> None:
    ladder = policy(step("first", 1, *channels))
    (group,) = judged(item(policy=ladder, missed_call_on=day(1)), on=2).groups
    assert group.channel == channel


def test_parallel_channels_are_others_than_the_main_one_and_reach_somebody() -> None:
    ladder = policy(step("first", 1, SMS, EMAIL, also=(EMAIL, SMS, LETTER)))
    (by_sms,) = judged(item(policy=ladder), on=1, reach={SMS, EMAIL}).groups
    (by_mail,) = judged(item(policy=ladder), on=1, reach={EMAIL, LETTER}).groups
    assert (by_sms.channel, by_sms.also) == (SMS, (EMAIL,))
    assert (by_mail.channel, by_mail.also) == (EMAIL, (LETTER,))


# -- credit


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        pytest.param("99.99", Decimal("0.01"), id="a grosz less than stated is netted"),
        pytest.param("0.01", Decimal("99.99"), id="a grosz is netted"),
    ],
)
def test_smaller_credit_is_netted(credit: str, expected: Decimal) -> None:
    known = judged(item(policy=TWO), on=1, credit={"PLN": credit})
    assert [asks(group) for group in known.groups] == [expected]
    assert not known.match_payment


@pytest.mark.parametrize("credit", ["100.00", "100.01"])
def test_credit_that_reaches_the_principal_keeps_the_message_back_and_a_person_matches_it(credit: str) -> None:
    known = judged(item(policy=TWO), on=1, credit={"PLN": credit})
    assert (waits(known), known.groups, known.match_payment) == ([Waits.UNMATCHED_MONEY], (), True)


def test_credit_that_reaches_one_message_keeps_all_in_that_currency_back() -> None:
    small = policy(step("first", 1, SMS))
    items = [
        item(case=1, amount="900.00", policy=TWO),
        item(case=2, amount="40.00", policy=small),
        item(case=3, currency="EUR", policy=TWO),
    ]
    known = judged(*items, on=1, credit={"PLN": "40.00"})
    assert waits(known) == [Waits.UNMATCHED_MONEY, Waits.UNMATCHED_MONEY, None]
    assert said(known) == [("first", "email", ["I3"])]


def test_credit_is_held_against_what_a_message_states_not_against_what_is_open() -> None:
    known = judged(item(policy=TWO, disputed=Decimal("60.00")), on=1, credit={"PLN": "40.00"})
    assert waits(known) == [Waits.UNMATCHED_MONEY]


def test_credit_in_another_currency_changes_nothing() -> None:
    (group,) = judged(item(policy=TWO), on=1, credit={"EUR": "500.00"}).groups
    assert asks(group) == Decimal("100.00")


def test_credit_is_netted_once_in_the_message_with_the_oldest_due_date() -> None:
    by_sms = policy(step("first", 1), step("second", 3, SMS))
    items = [
        item(case=1, amount="300.00", due=-9, policy=TWO),
        item(case=2, amount="200.00", policy=by_sms, position=1, completed_on=day(1)),
    ]
    groups = judged(*items, on=3, credit={"PLN": "50.00"}).groups
    assert [(group.step.key, asks(group)) for group in groups] == [("second", Decimal("200.00")), ("first", Decimal("250.00"))]


def test_credit_is_netted_in_each_currency_for_itself() -> None:
    groups = judged(
        item(case=1, policy=TWO), item(case=2, currency="EUR", policy=TWO), on=1, credit={"PLN": "30.00", "EUR": "20.00"}
    ).groups
    assert {group.currency: asks(group) for group in groups} == {"PLN": Decimal("70.00"), "EUR": Decimal("80.00")}


def test_credit_does_not_hide_in_a_message_that_is_kept_back() -> None:
    by_letter = policy(step("first", 1, LETTER))
    told = judged(item(case=1, due=-9, policy=TWO), on=1).groups[0].key
    known = judged(
        item(case=1, due=-9, policy=TWO), item(case=2, policy=by_letter), on=1, credit={"PLN": "30.00"}, told_today=frozenset({told})
    )
    assert [(group.channel, asks(group)) for group in known.groups] == [(LETTER, Decimal("70.00"))]


def test_what_a_message_of_today_has_netted_is_not_netted_again() -> None:
    (group,) = judged(item(policy=TWO), on=1, credit={"PLN": "50.00"}, netted={"PLN": Decimal("20.00")}).groups
    assert asks(group) == Decimal("70.00")


def test_an_approval_of_one_message_nets_nothing_where_another_of_the_day_is_older() -> None:
    by_letter = policy(step("demand", 1, LETTER, approval=True))
    items = [item(case=1, due=-9, policy=TWO, wants_approval=True), item(case=2, policy=by_letter)]
    (group,) = judged(*items, on=1, credit={"PLN": "50.00"}, only=[2]).groups
    assert (group.step.key, asks(group)) == ("demand", Decimal("100.00"))


def test_an_approval_of_one_message_meets_credit_that_reaches_another_of_the_day() -> None:
    by_letter = policy(step("demand", 1, LETTER, approval=True))
    items = [item(case=1, amount="40.00", due=-9, policy=TWO, wants_approval=True), item(case=2, amount="900.00", policy=by_letter)]
    known = judged(*items, on=1, credit={"PLN": "40.00"}, only=[2])
    assert (known.groups, waits(known)[1], known.match_payment) == ((), Waits.UNMATCHED_MONEY, True)


# -- approvals


def test_a_message_for_approval_is_planned_and_one_released_before_is_not_asked_for_again() -> None:
    ladder = policy(step("first", 1, approval=True))
    asked, released = judged(item(policy=ladder), on=1), judged(item(policy=ladder, released_position=1), on=1)
    assert [(group.asked_approval, group.approval) for group in asked.groups] == [(True, True)]
    assert [(group.asked_approval, group.approval) for group in released.groups] == [(True, False)]


def test_an_earlier_release_does_not_release_a_later_step() -> None:
    ladder = policy(step("first", 1, approval=True), step("second", 5, approval=True))
    (group,) = judged(item(policy=ladder, position=1, completed_on=day(1), released_position=1), on=5).groups
    assert group.approval


def test_what_stands_in_a_plan_waits_for_approval_and_is_planned_anew() -> None:
    known = judged(item(policy=policy(step("first", 1, approval=True)), proposed=True), on=1)
    assert waits(known) == [Waits.APPROVAL] and len(known.groups) == 1


def test_what_is_not_yet_planned_does_not_wait_a_run_would_act_today() -> None:
    known = judged(item(policy=policy(step("first", 1, approval=True))), on=1)
    assert waits(known) == [None]


@pytest.mark.parametrize(
    ("on", "expected"),
    [pytest.param(3, Waits.APPROVAL, id="on the day of the rejection"), pytest.param(4, None, id="the day after")],
)
def test_a_rejection_counts_for_its_day(on: int, expected: Waits | None) -> None:
    known = judged(item(policy=policy(step("first", 1, approval=True)), rejected_on=day(3)), on=on)
    assert waits(known) == [expected]


def test_a_message_for_approval_is_planned_on_a_closed_day_and_without_room() -> None:
    ladder = policy(step("first", 1, approval=True))
    known = judged(item(policy=ladder), on=2, calendar=Week(), cap_messages=1, cap_days=7, contacts=(day(1),))
    assert len(known.groups) == 1


def test_with_only_no_other_item_joins() -> None:
    known = judged(item(case=1, policy=TWO), item(case=2, policy=TWO), on=1, only=[2])
    assert said(known) == [("first", "email", ["I2"])]


# -- the way that a customer prefers

SEVERAL = policy(step("first", 1, EMAIL, SMS, LETTER), step("second", 5, EMAIL))
EITHER = policy(step("first", 1, EMAIL, CALL))


@pytest.mark.parametrize(
    ("wish", "reach", "channel"),
    [(None, {EMAIL, SMS}, "email"), (SMS, {EMAIL, SMS}, "sms"), (SMS, {EMAIL}, "email"), (LETTER, {SMS, LETTER}, "letter"), (CALL, {EMAIL}, "email")],
    ids=["none", "wished", "wished but not reachable", "further back", "not in the step"],
)  # fmt: skip
def test_the_preferred_way_goes_first_where_the_step_has_it(wish: Any, reach: Any, channel: str) -> None:
    assert said(judged(item(policy=SEVERAL), on=1, preferred=wish, reach=reach)) == [("first", channel, ["I1"])]


def test_after_a_call_in_vain_the_next_way_goes_though_a_call_is_preferred() -> None:
    assert said(judged(item(policy=EITHER), on=1, preferred=CALL)) == [("first", "call", ["I1"])]
    assert said(judged(item(policy=EITHER, missed_call_on=day(1)), on=2, preferred=CALL)) == [("first", "email", ["I1"])]
