"""What is judged once a step is open: bank data, minimum, tolerance, closed days, the cap, and what was said today."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dunning.decide import Block
from dunning.grouping import judge
from dunning.policy import Grouping
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
    policy,
    rules,
    said,
    step,
    waits,
)

FROM_50 = policy(step("first", 1, minimum=Decimal("50.00")), minimums={"EUR": Decimal("10.00")})
PLAIN = policy(step("first", 1), step("second", 5))
APART = policy(step("first", 1), step("second", 5, SMS), grouping=Grouping.INVOICE)


# -- minimum and tolerance


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        pytest.param("49.99", "PLN", Waits.BELOW_MINIMUM, id="a grosz below"),
        pytest.param("50.00", "PLN", None, id="equal is enough"),
        pytest.param("50.01", "PLN", None, id="a grosz above"),
        pytest.param("9.99", "EUR", Waits.BELOW_MINIMUM, id="below the minimum of its currency"),
        pytest.param("10.00", "EUR", None, id="the minimum of its currency exactly"),
        pytest.param("0.01", "USD", None, id="a currency without one always acts"),
    ],
)
def test_minimum(amount: str, currency: str, expected: Waits | None) -> None:
    assert waits(judged(item(amount=amount, currency=currency, policy=FROM_50), on=1)) == [expected]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param({"due": -1}, None, id="overdue, but at another step"),
        pytest.param({"due": 0}, None, id="due for the step today"),
        pytest.param({"due": 1}, Waits.BELOW_MINIMUM, id="not yet due"),
        pytest.param({"due": -1, "currency": "EUR"}, Waits.BELOW_MINIMUM, id="in another currency"),
        pytest.param({"due": -1, "with_agency": True}, Waits.BELOW_MINIMUM, id="with the agency"),
        pytest.param({"due": -1, "on_plan": True}, Waits.BELOW_MINIMUM, id="on a plan"),
        pytest.param({"due": -1, "held_until": (None,)}, None, id="overdue and held"),
        pytest.param({"due": -1, "promised_by": day(9)}, None, id="overdue and promised"),
        pytest.param({"due": -1, "in_flight": True}, None, id="overdue and a message is out"),
        pytest.param({"due": -1, "disputed": Decimal("5.00")}, None, id="overdue, a part of it disputed"),
        pytest.param({"due": -1, "disputed": Decimal("20.00")}, Waits.BELOW_MINIMUM, id="overdue, too much of it disputed"),
        pytest.param({"due": -1, "version": 2}, None, id="under another policy version"),
    ],
)
def test_the_minimum_looks_at_all_that_is_overdue_or_due_for_a_step(other: dict[str, Any], expected: Waits | None) -> None:
    known = judged(item(case=1, amount="30.00", policy=FROM_50), item(case=2, amount="25.00", **{"policy": FROM_50, **other}), on=1)
    assert waits(known)[0] is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param({}, None, id="due for a step today"),
        pytest.param({"held_until": (None,)}, None, id="held back, but due for a step all the same"),
        pytest.param({"position": 1, "completed_on": day(-1)}, Waits.BELOW_MINIMUM, id="its step is not open"),
    ],
)
def test_what_is_not_yet_overdue_counts_when_it_is_due_for_a_step(known: dict[str, Any], expected: Waits | None) -> None:
    early = policy(step("reminder", -3, minimum=Decimal("50.00")), step("later", 9))
    other = item(case=2, amount="25.00", due=2, policy=early, **known)
    assert waits(judged(item(case=1, amount="30.00", due=2, policy=early), other, on=0))[0] is expected


def test_the_minimum_is_that_of_the_items_own_step() -> None:
    ladder = policy(step("first", 1), step("second", 5, minimum=Decimal("100.00")))
    items = [
        item(case=1, amount="30.00", due=4, policy=ladder),
        item(case=2, amount="30.00", policy=ladder, position=1, completed_on=day(1)),
    ]
    assert waits(judged(*items, on=5)) == [None, Waits.BELOW_MINIMUM]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        pytest.param("4.99", Waits.BELOW_MINIMUM, id="strictly below the tolerance"),
        pytest.param("5.00", None, id="exactly the tolerance"),
    ],
)
def test_tolerance(amount: str, expected: Waits | None) -> None:
    assert waits(judged(item(amount=amount, policy=PLAIN), on=1, tolerance=Decimal("5.00"))) == [expected]


def test_the_tolerance_looks_at_each_item_alone_and_without_what_is_disputed() -> None:
    items = [item(case=1, amount="4.00", policy=PLAIN), item(case=2, amount="90.00", policy=PLAIN, disputed=Decimal("86.00"))]
    assert waits(judged(*items, on=1, tolerance=Decimal("5.00"))) == [Waits.BELOW_MINIMUM, Waits.BELOW_MINIMUM]


# -- bank data


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(None, Waits.BANK_STALE, id="never seen"),
        pytest.param(day(-2), Waits.BANK_STALE, id="a day too old"),
        pytest.param(day(-1), None, id="exactly as old as allowed"),
        pytest.param(day(1), None, id="of today"),
    ],
)
def test_bank_data(seen: date | None, expected: Waits | None) -> None:
    assert waits(judged(item(policy=PLAIN), on=1, bank_freshness_days=2, bank_seen_until=seen)) == [expected]


@pytest.mark.parametrize(
    ("credit", "expected", "asks_matching"),
    [
        pytest.param("0", Block(Waits.BANK_STALE, day(16)), False, id="nothing is there"),
        pytest.param("99.99", Block(Waits.BANK_STALE, day(16)), False, id="credit that does not reach it"),
        pytest.param("100.00", Block(Waits.UNMATCHED_MONEY, None), True, id="credit that does"),
    ],
)
def test_a_rate_after_its_day_waits_for_the_bank_or_for_a_person(credit: str, expected: Block, asks_matching: bool) -> None:
    rate = item(policy=PLAIN, is_rate=True)
    known = customer(rate, credit={"PLN": credit})
    result = judge(known, rules(bank_seen_until=day(-1), bank_read_until=day(-1), bank_wait_days=15), on=day(3))
    assert (result.looks[0].blocks, result.match_payment) == ((expected,), asks_matching)


def test_bank_data_concern_nobody_before_the_step_opens() -> None:
    assert waits(judged(item(policy=PLAIN), on=0, bank_freshness_days=2)) == [Waits.TOO_EARLY]


# -- closed days


@pytest.mark.parametrize(
    ("on", "expected", "next_on"),
    [
        pytest.param(1, None, day(1), id="Saturday"),
        pytest.param(2, Waits.CLOSED_HOURS, day(3), id="Sunday"),
        pytest.param(3, None, day(3), id="Monday"),
    ],
)
def test_on_a_closed_day_what_is_open_waits_for_the_next_contact_day(on: int, expected: Waits | None, next_on: date) -> None:
    known = judged(item(policy=PLAIN), on=on, calendar=Week())
    assert waits(known) == [expected]
    assert following(known, on=on, calendar=Week()) == [next_on]


# -- the cap

CAP = {"cap_messages": 2, "cap_days": 7}


@pytest.mark.parametrize(
    ("contacts", "on", "expected", "next_on"),
    [
        pytest.param((), 9, None, 9, id="nothing was sent"),
        pytest.param((8,), 9, None, 9, id="one was sent"),
        pytest.param((3, 8), 9, Waits.CAPPED, 10, id="two within seven days, the first six days ago"),
        pytest.param((2, 8), 9, None, 9, id="the first is seven days ago"),
        pytest.param((9, 9), 9, Waits.CAPPED, 16, id="two today"),
        pytest.param((4, 5, 8), 9, Waits.CAPPED, 12, id="more than the cap: the second oldest has to go too"),
    ],
)
def test_cap(contacts: tuple[int, ...], on: int, expected: Waits | None, next_on: int) -> None:
    known = judged(item(policy=PLAIN), on=on, contacts=tuple(day(number) for number in contacts), **CAP)
    assert waits(known) == [expected]
    assert following(known, on=on, **CAP) == [day(next_on)]


def test_the_higher_step_takes_the_room_first_then_the_older_due_date() -> None:
    items = [
        item(case=1, policy=APART),
        item(case=2, due=-1, policy=APART),
        item(case=3, due=-4, policy=APART, position=1, completed_on=day(-3)),
    ]
    known = judged(*items, on=1, **CAP)
    assert said(known) == [("second", "sms", ["I3"]), ("first", "email", ["I2"])]
    assert waits(known) == [Waits.CAPPED, None, None]


def test_room_comes_again_when_what_goes_today_has_left_the_window() -> None:
    items = [item(case=number, policy=APART) for number in (1, 2, 3)]
    known = judged(*items, on=1, **CAP)
    assert waits(known)[2] is Waits.CAPPED
    assert following(known, on=1, **CAP)[2] == day(8)


def test_a_parallel_message_without_room_is_left_out() -> None:
    ladder = policy(step("first", 1, SMS, also=(EMAIL, LETTER)))
    known = judged(item(policy=ladder), on=1, **CAP)
    assert [group.also for group in known.groups] == [(EMAIL,)]
    assert [group.also for group in judged(item(policy=ladder), on=1, contacts=(day(0),), **CAP).groups] == [()]


def test_a_hand_over_neither_needs_nor_takes_room() -> None:
    ladder = policy(step("first", 1, AGENCY), grouping=Grouping.INVOICE)
    items = [item(case=1, policy=ladder), item(case=2, policy=PLAIN)]
    known = judged(*items, on=1, cap_messages=1, cap_days=7)
    assert waits(known) == [None, None]
    assert waits(judged(*items, on=1, cap_messages=1, cap_days=7, contacts=(day(1),))) == [None, Waits.CAPPED]


def test_what_waits_for_approval_takes_no_room() -> None:
    ladder = policy(step("first", 1, approval=True), grouping=Grouping.INVOICE)
    assert waits(judged(item(case=1, policy=ladder), item(case=2, policy=APART), on=1, cap_messages=1, cap_days=7)) == [None, None]


def test_a_group_gets_one_message_a_day_and_what_joins_it_waits_for_the_next() -> None:
    told = judged(item(case=1, policy=PLAIN), on=1).groups[0].key
    known = judged(item(case=2, policy=PLAIN), on=1, told_today=frozenset({told}))
    assert waits(known) == [Waits.CAPPED]
    assert following(known, on=1) == [day(2)]
    assert waits(judged(item(case=2, policy=PLAIN, currency="EUR"), on=1, told_today=frozenset({told}))) == [None]


# -- the order of the reasons


def test_the_first_reason_is_told_in_the_order_of_the_text() -> None:
    ladder = policy(step("first", 1, minimum=Decimal("500.00"), approval=True))
    one = item(policy=ladder, held_until=(day(9),), rejected_on=day(2))
    known = judged(one, on=2, reach=(), bank_freshness_days=1, calendar=Week())
    assert [block.reason for block in known.looks[0].blocks] == [
        Waits.HELD,
        Waits.BANK_STALE,
        Waits.BELOW_MINIMUM,
        Waits.NO_ADDRESS,
        Waits.APPROVAL,
    ]


def test_closed_hours_are_told_before_the_cap_and_the_later_end_counts() -> None:
    known = judged(item(policy=PLAIN), on=2, calendar=Week(), contacts=(day(2), day(1)), **CAP)
    assert [block.reason for block in known.looks[0].blocks] == [Waits.CLOSED_HOURS, Waits.CAPPED]
    assert following(known, on=2, calendar=Week(), **CAP) == [day(8)]
