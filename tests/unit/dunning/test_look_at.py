"""What concerns an item alone: which step, since when, what stands against it and until when. Days count from the due date."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dunning.decide import Block, free_from, look_at, next_day
from dunning.states import Waits
from tests.unit.dunning.known import LADDER, Week, customer, day, item, look, policy, rules, step

OPEN: tuple[Block, ...] = ()


def too_early(number: int) -> tuple[Block, ...]:
    return (Block(Waits.TOO_EARLY, day(number)),)


@pytest.mark.parametrize(
    ("on", "key", "skipped", "blocks"),
    [
        pytest.param(-4, "reminder", (), too_early(-3), id="the day before the first step"),
        pytest.param(-3, "reminder", (), OPEN, id="the day of the first step"),
        pytest.param(-2, "reminder", (), OPEN, id="the day after, not yet sent"),
        pytest.param(0, "reminder", (), OPEN, id="its last day"),
        pytest.param(1, "overdue", ("reminder",), too_early(4), id="the day after its last day"),
        pytest.param(3, "overdue", ("reminder",), too_early(4), id="the day before the second step"),
        pytest.param(4, "overdue", ("reminder",), OPEN, id="the day of the second step"),
        pytest.param(400, "overdue", ("reminder",), OPEN, id="a year late: still the lowest step that is left"),
    ],
)
def test_a_new_item(on: int, key: str, skipped: tuple[str, ...], blocks: tuple[Block, ...]) -> None:
    seen = look(item(), on=on)
    assert (seen.key, seen.skipped, seen.blocks) == (key, skipped, blocks)


@pytest.mark.parametrize(
    ("completed", "on", "blocks"),
    [
        pytest.param(4, 9, too_early(10), id="sent on its day: the due date decides, the day before"),
        pytest.param(4, 10, OPEN, id="sent on its day: the due date decides, the day"),
        pytest.param(5, 10, OPEN, id="sent a day late: both decide alike"),
        pytest.param(6, 10, too_early(11), id="sent two days late: the gap decides, the day before"),
        pytest.param(6, 11, OPEN, id="sent two days late: the gap decides, the day"),
        pytest.param(400, 404, too_early(405), id="sent a year late: the gap decides"),
    ],
)
def test_after_previous(completed: int, on: int, blocks: tuple[Block, ...]) -> None:
    seen = look(item(position=2, completed_on=day(completed)), on=on)
    assert (seen.key, seen.blocks) == ("second", blocks)


@pytest.mark.parametrize(
    ("deadline", "on", "blocks"),
    [
        pytest.param(28, 29, too_early(30), id="a deadline that is over before the step: the due date decides"),
        pytest.param(29, 30, OPEN, id="the day after the deadline is the step's own day"),
        pytest.param(30, 30, too_early(31), id="on the deadline itself"),
        pytest.param(30, 31, OPEN, id="the day after the deadline"),
    ],
)
def test_a_named_deadline_holds_the_next_step_through_its_day(deadline: int, on: int, blocks: tuple[Block, ...]) -> None:
    seen = look(item(position=4, completed_on=day(21), deadline_on=day(deadline)), on=on)
    assert (seen.key, seen.blocks) == ("last", blocks)


def test_never_before_the_day_after_the_last_completion() -> None:
    close = policy(step("a", 1), step("b", 1), step("c", 1, after_previous=0))
    for position in (1, 2):
        done = item(policy=close, position=position, completed_on=day(9))
        assert look(done, on=9).blocks == too_early(10)
        assert look(done, on=10).blocks == OPEN


def test_until_a_step_is_completed_only_the_due_date_counts() -> None:
    ladder = policy(step("a", 1, until=1), step("b", 2, after_previous=30, deadline_days=9), step("c", 3, after_previous=9))
    seen = look(item(policy=ladder), on=2)
    assert (seen.key, seen.skipped, seen.blocks) == ("b", ("a",), OPEN)


def test_a_skipped_step_is_no_completion() -> None:
    ladder = policy(step("a", 1), step("b", 3, until=4), step("c", 5, after_previous=4))
    seen = look(item(policy=ladder, position=2, completed_on=day(1)), on=5)  # a was completed, b skipped
    assert (seen.key, seen.blocks) == ("c", OPEN), "four days since a, not since b"


def test_several_steps_are_skipped_at_once_and_the_next_goes_that_day() -> None:
    ladder = policy(step("a", -5, until=-3), step("b", -2, until=0), step("c", 1))
    seen = look(item(policy=ladder), on=1)
    assert (seen.key, seen.position, seen.skipped, seen.blocks) == ("c", 3, ("a", "b"), OPEN)


def test_only_steps_whose_last_day_is_over_are_skipped() -> None:
    ladder = policy(step("a", -5, until=-3), step("b", -2, until=0), step("c", 1))
    seen = look(item(policy=ladder), on=-2)
    assert (seen.key, seen.skipped, seen.blocks) == ("b", ("a",), OPEN)


def test_a_step_without_until_is_never_skipped() -> None:
    ladder = policy(step("a", 1), step("b", 2, until=2), step("c", 3))
    seen = look(item(policy=ladder), on=300)
    assert (seen.key, seen.skipped) == ("a", ())


def test_what_has_stepped_over_its_last_day_is_skipped_through_to_the_end_of_the_ladder() -> None:
    ladder = policy(step("a", 1, until=2), step("b", 3, until=4))
    seen = look(item(policy=ladder), on=5)
    assert (seen.step, seen.position, seen.skipped, seen.waits) == (None, 2, ("a", "b"), Waits.LADDER_ENDED)


def test_a_step_is_not_skipped_while_its_message_is_out() -> None:
    seen = look(item(in_flight=True), on=5)
    assert (seen.key, seen.skipped, seen.waits) == ("reminder", (), Waits.UNCONFIRMED)


def test_a_step_that_opens_only_after_its_last_day_can_no_longer_be_sent_and_is_skipped_at_once() -> None:
    ladder = policy(step("a", 1), step("b", 5, until=8, after_previous=10), step("c", 7))
    seen = look(item(policy=ladder, position=1, completed_on=day(1)), on=2)
    assert (seen.key, seen.skipped, seen.blocks) == ("c", ("b",), too_early(7))


def test_a_step_that_opens_on_its_last_day_is_kept() -> None:
    ladder = policy(step("a", 1), step("b", 5, until=8, after_previous=7), step("c", 7))
    seen = look(item(policy=ladder, position=1, completed_on=day(1)), on=2)
    assert (seen.key, seen.skipped, seen.blocks) == ("b", (), too_early(8))


def test_a_ladder_without_steps_has_ended_from_the_start() -> None:
    assert look(item(policy=policy()), on=-9).blocks == (Block(Waits.LADDER_ENDED, None),)


@pytest.mark.parametrize(
    ("deadline", "on", "blocks"),
    [
        pytest.param(None, 30, too_early(31), id="the day of the last step"),
        pytest.param(None, 31, (Block(Waits.LADDER_ENDED, None),), id="the day after"),
        pytest.param(37, 37, too_early(38), id="the last day of the deadline named"),
        pytest.param(37, 38, (Block(Waits.LADDER_ENDED, None),), id="the day after the deadline"),
        pytest.param(25, 30, too_early(31), id="an earlier deadline does not shorten it"),
    ],
)
def test_after_the_last_step(deadline: int | None, on: int, blocks: tuple[Block, ...]) -> None:
    ended = item(position=5, completed_on=day(30), deadline_on=None if deadline is None else day(deadline))
    assert look(ended, on=on).blocks == blocks


# -- what stands against an item, whatever its step

FACTS: list[Any] = [
    pytest.param({"with_agency": True}, 400, (Waits.WITH_AGENCY, None), id="with the agency"),
    pytest.param({"on_plan": True}, 400, (Waits.ON_PLAN, None), id="on a plan"),
    pytest.param({"held_until": (day(5),)}, 4, (Waits.HELD, day(6)), id="held, the day before the last"),
    pytest.param({"held_until": (day(5),)}, 5, (Waits.HELD, day(6)), id="held, the last day"),
    pytest.param({"held_until": (day(5),)}, 6, None, id="held, the day after the last"),
    pytest.param({"held_until": (None,)}, 400, (Waits.HELD, None), id="held until released"),
    pytest.param({"held_until": (day(5), day(9))}, 7, (Waits.HELD, day(10)), id="two holds: the later counts"),
    pytest.param({"held_until": (day(9), day(5))}, 7, (Waits.HELD, day(10)), id="two holds, whichever came first"),
    pytest.param({"held_until": (day(5), None)}, 7, (Waits.HELD, None), id="two holds, one without an end"),
    pytest.param({"held_until": (day(5), day(6))}, 7, None, id="two holds that are over"),
    pytest.param({"disputed": Decimal("100.00")}, 4, (Waits.DISPUTED, None), id="all of it disputed"),
    pytest.param({"disputed": Decimal("99.99")}, 4, None, id="all but a grosz disputed"),
    pytest.param({"promised_by": day(5)}, 5, (Waits.PROMISED, day(6)), id="promised, the day itself"),
    pytest.param({"promised_by": day(5)}, 6, None, id="promised, the day after"),
    pytest.param({"in_flight": True}, 4, (Waits.UNCONFIRMED, None), id="a message is out"),
    pytest.param({"in_flight": True, "retry": True}, 4, (Waits.UNCONFIRMED, day(5)), id="a message did not leave"),
]


@pytest.mark.parametrize(("known", "on", "expected"), FACTS)
def test_facts_against_an_item(known: dict[str, Any], on: int, expected: tuple[Waits, date | None] | None) -> None:
    blocks = look(item(position=1, **known), on=on).blocks
    assert blocks == (() if expected is None else (Block(*expected),))


@pytest.mark.parametrize(
    ("on", "seen", "until"),
    [
        pytest.param(5, 3, 6, id="on its day, the bank is expected"),
        pytest.param(6, 4, 20, id="the day after, the bank does not reach it"),
        pytest.param(6, 5, None, id="the day after, the bank reaches it"),
        pytest.param(19, 4, 20, id="the last day of the wait"),
        pytest.param(20, 4, None, id="the wait is over"),
    ],
)
def test_a_promise_whose_day_is_over_waits_for_the_banks_data(on: int, seen: int, until: int | None) -> None:
    known = {"bank_seen_until": day(seen), "bank_read_until": day(seen), "bank_wait_days": 14}
    blocks = look(item(position=1, promised_by=day(5)), on=on, **known).blocks
    assert blocks == (() if until is None else (Block(Waits.PROMISED, day(until)),))


def test_what_the_agency_has_stops_all_of_the_customer() -> None:
    assert look(item(), on=-3).blocks == OPEN
    free = item()
    assert look_at(free, customer(free, with_agency=True), rules(), on=day(-3)).waits is Waits.WITH_AGENCY


def test_the_first_reason_is_told_in_the_order_of_the_text() -> None:
    everything = {
        "with_agency": True,
        "on_plan": True,
        "held_until": (day(5),),
        "disputed": Decimal("100.00"),
        "promised_by": day(5),
        "in_flight": True,
    }
    order = [Waits.WITH_AGENCY, Waits.ON_PLAN, Waits.HELD, Waits.DISPUTED, Waits.PROMISED, Waits.UNCONFIRMED, Waits.TOO_EARLY]
    names = list(everything)
    for gone, reason in enumerate(order):
        left = {name: everything[name] for name in names[gone:]}
        assert look(item(position=1, **left), on=3).waits is reason


# -- the day on which a run would act


@pytest.mark.parametrize(
    ("known", "on", "expected"),
    [
        pytest.param({}, -3, day(-3), id="today when nothing applies"),
        pytest.param({}, -9, day(-3), id="the opening day"),
        pytest.param({"held_until": (day(2),)}, 2, day(4), id="a hold that ends before the step opens"),
        pytest.param({"held_until": (day(8),)}, 2, day(9), id="a hold that ends after the step opens"),
        pytest.param({"held_until": (day(8),), "promised_by": day(12)}, 2, day(13), id="the latest end counts"),
        pytest.param({"held_until": (day(8),), "disputed": Decimal("100.00")}, 2, None, id="one reason needs a person"),
        pytest.param({"in_flight": True, "retry": True}, 4, day(5), id="tomorrow after a failed attempt"),
    ],
)
def test_next_day(known: dict[str, Any], on: int, expected: date | None) -> None:
    position = 1 if on >= 0 else 0
    assert next_day(look(item(position=position, **known), on=on), rules(), on=day(on)) == expected


@pytest.mark.parametrize(
    ("hold", "expected"),
    [
        pytest.param(date(2026, 5, 8), date(2026, 5, 9), id="a Saturday is a contact day"),
        pytest.param(date(2026, 5, 9), date(2026, 5, 11), id="a Sunday is none"),
    ],
)
def test_next_is_always_a_contact_day(hold: date, expected: date) -> None:
    held = look(item(position=1, held_until=(hold,)), on=5, calendar=Week())
    assert next_day(held, rules(calendar=Week()), on=day(5)) == expected


def test_a_look_changes_nothing_of_what_is_known() -> None:
    known = item()
    assert look(known, on=-3).item is known
    assert replace(known) == known
    assert LADDER.steps[0].key == "reminder"


# -- when somebody has to look


@pytest.mark.parametrize(
    ("known", "on", "expected"),
    [
        pytest.param({"position": 5, "completed_on": day(30)}, 30, False, id="the last step has just gone"),
        pytest.param({"position": 5, "completed_on": day(30)}, 31, True, id="the ladder has ended"),
        pytest.param({"position": 5, "completed_on": day(30), "reviewed_end": True}, 31, False, id="it was looked at"),
        pytest.param({"position": 5, "completed_on": day(30), "held_until": (None,)}, 31, False, id="it is held"),
        pytest.param({"policy": policy()}, 31, False, id="a ladder that chases nobody asks nobody"),
        pytest.param({"with_agency": True}, 4, False, id="the agency has it"),
    ],
)
def test_a_person_looks_at_the_end_of_a_ladder_once(known: dict[str, Any], on: int, expected: bool) -> None:
    assert look(item(**known), on=on).asks_review is expected


@pytest.mark.parametrize(
    ("known", "on", "expected"),
    [
        pytest.param({}, 3, False, id="the day before its step opens"),
        pytest.param({}, 4, True, id="its step has opened"),
        pytest.param({"reviewed_freeze": True}, 4, False, id="it was looked at"),
        pytest.param({"with_agency": True}, 4, False, id="the agency has this one itself"),
    ],
)
def test_a_person_looks_once_at_an_item_that_rests_because_the_agency_has_another(known: dict[str, Any], on: int, expected: bool) -> None:
    other = item(position=1, **known)
    assert look_at(other, customer(other, with_agency=True), rules(), on=day(on)).asks_review is expected


@pytest.mark.parametrize(
    ("position", "expected"),
    [pytest.param(0, day(1), id="the day after its last"), pytest.param(1, None, id="never"), pytest.param(5, None, id="no step is left")],
)
def test_from_which_day_a_step_is_skipped(position: int, expected: date | None) -> None:
    assert look(item(position=position), on=-9).skipped_from == expected


def test_a_plan_is_made_on_a_day_off_but_nobody_acts_then() -> None:
    held = look(item(position=1, held_until=(date(2026, 5, 9),)), on=5, calendar=Week())
    assert free_from(held, on=day(5)) == date(2026, 5, 10)  # a Sunday
    assert next_day(held, rules(calendar=Week()), on=day(5)) == date(2026, 5, 11)
