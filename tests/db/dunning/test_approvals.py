"""A person releases a plan, or rejects it: who may, what goes, and what is left for the next run."""

import pytest

from dunning.actions import approve, approve_all, hold, reject, release_hold, restated
from dunning.models import Notice, StepTaken
from dunning.states import NoticeState
from receivables.accounts.models import User
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from tests.builders import make_user, pay
from tests.db.dunning.firm import APPROVED, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(db: None, recorder: Recorder) -> Firm:
    """Its first step is released by a person, the author of the plan excepted."""
    return make_firm(APPROVED, recorder, four_eyes=True)


@pytest.fixture
def clerk() -> User:
    return make_user("clerk")


@pytest.fixture
def boss() -> User:
    return make_user("boss")


def test_the_author_of_a_plan_may_not_release_it_and_nothing_changes(firm: Firm, clerk: User) -> None:
    item = firm.owes()
    firm.run(1, by=clerk)
    (notice,) = firm.waiting()
    with pytest.raises(Refused, match="Somebody else"):
        approve(notice, on=day(1), now=firm.noon(1), by=clerk)
    assert firm.waiting() == [notice]
    assert firm.case(item).released_position == 0


def test_nobody_in_person_may_not_release_where_four_eyes_are_asked_for(firm: Firm) -> None:
    firm.owes()
    firm.run(1)
    with pytest.raises(Refused, match="A person"):
        approve(firm.waiting()[0], on=day(1), now=firm.noon(1))


def test_another_person_releases_it_and_both_names_are_kept(firm: Firm, clerk: User, boss: User) -> None:
    item = firm.owes()
    run = firm.run(1, by=clerk)
    notice = approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    firm.deliver(1)
    notice.refresh_from_db()
    run.refresh_from_db()
    assert (notice.state, notice.answered_by, notice.answered_on, notice.run.author) == (NoticeState.RELEASED, boss, day(1), clerk)
    assert firm.arrived(item) == ["first"]
    assert run.state == "done"


def test_anybody_releases_what_the_schedule_planned(firm: Firm, clerk: User) -> None:
    item = firm.owes()
    firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=clerk)
    firm.deliver(1)
    assert firm.arrived(item) == ["first"]


def test_without_four_eyes_the_author_releases_it(recorder: Recorder, clerk: User) -> None:
    firm = make_firm(APPROVED, recorder)
    item = firm.owes()
    firm.run(1, by=clerk)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=clerk)
    firm.deliver(1)
    assert firm.arrived(item) == ["first"]


def test_an_answer_is_given_once(firm: Firm, boss: User) -> None:
    firm.owes()
    firm.owes()
    firm.run(1)
    first, second = firm.waiting()
    approve(first, on=day(1), now=firm.noon(1), by=boss)
    reject(second, on=day(1), by=boss)
    for notice in (first, second):
        with pytest.raises(Refused, match="no longer waits"):
            approve(notice, on=day(1), now=firm.noon(1), by=boss)
        with pytest.raises(Refused, match="no longer waits"):
            reject(notice, on=day(1), by=boss)
    assert Message.objects.count() == 1


def test_what_is_shown_is_what_goes(firm: Firm, boss: User) -> None:
    customer = firm.customer()
    items = [firm.owes(customer), firm.owes(customer, "60.00"), firm.owes(customer, "50.00")]
    firm.run(1)
    pay(customer, "60.00", items[1], booked_on=day(1))
    hold(items[2], on=day(1))
    (notice,) = firm.waiting()
    shown = restated(notice, on=day(1))
    assert shown is not None and [look.item.label for look in shown.looks] == [items[0].label]
    approve(notice, on=day(1), now=firm.noon(1), by=boss)
    firm.deliver(1)
    assert [line.case.item.label for line in StepTaken.objects.filter(notice=notice)] == [items[0].label]
    assert Message.objects.get().facts["principal"] == "100.00"


def test_where_nothing_is_left_the_approval_is_no_error_and_nothing_goes(firm: Firm, boss: User, recorder: Recorder) -> None:
    item = firm.owes()
    firm.run(1)
    pay(item.customer, "100.00", item, booked_on=day(1))
    notice = approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    firm.deliver(1)
    assert (notice.state, recorder.taken) == (NoticeState.DROPPED, [])
    assert "settled" in notice.reason


def test_what_was_left_out_is_planned_anew_and_not_sent_without_a_person(firm: Firm, boss: User, recorder: Recorder) -> None:
    customer = firm.customer()
    sent, held = firm.owes(customer), firm.owes(customer, "60.00")
    firm.run(1)
    hold(held, on=day(1))
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    firm.deliver(1)
    release_hold(held, on=day(2))
    firm.run(2)
    assert (firm.arrived(sent), firm.arrived(held)) == (["first"], [])
    assert firm.planned() == [("first", [held.label])]


def test_one_held_item_does_not_cost_another_its_release_that_only_waits_for_the_cap(recorder: Recorder) -> None:
    text = "name: P\nsteps: [{key: a, after_due: 1, channel: [email]}, {key: b, after_due: 1, channel: [sms], approval: true}]"
    firm = make_firm(text, recorder, cap_messages=1, cap_days=3)
    customer = firm.customer()
    capped, held = firm.owes(customer), firm.owes(customer, "60.00")
    firm.run(1)
    firm.run(2)
    hold(held, on=day(2))
    notice = approve(firm.waiting()[0], on=day(2), now=firm.noon(2))
    assert notice.state == NoticeState.SUPERSEDED
    release_hold(held, on=day(3))
    firm.run(4)
    assert (firm.arrived(capped), firm.arrived(held)) == (["a", "b"], ["a"])
    assert firm.planned() == [("b", [held.label])]


def test_money_that_an_approval_meets_is_put_to_a_person(firm: Firm, boss: User, recorder: Recorder) -> None:
    item = firm.owes()
    firm.run(1)
    pay(item.customer, "100.00", unmatched=True, booked_on=day(1))
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    assert firm.tasks() == [(item.customer.number, "match_payment")]
    firm.deliver(1)
    assert recorder.taken == []


def test_a_notice_says_when_released_what_is_true_then(recorder: Recorder) -> None:
    """Planned on the due date and released the day after: it is overdue then, and counts as that day's message of its group."""
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 0, channel: [email], approval: true}]", recorder)
    customer = firm.customer()
    item = firm.owes(customer)
    firm.run(0)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1))
    firm.deliver(1)
    assert firm.arrived(item) == ["a"]
    assert (Notice.objects.get().is_overdue, Message.objects.get().facts["is_overdue"]) == (True, True)
    assert Message.objects.get().template == "overdue"
    joins = firm.owes(customer, "60.00")
    firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1))
    firm.deliver(1)
    assert firm.arrived(joins) == [], "one message a day"
    firm.run(2)
    assert firm.arrived(joins) == ["a"], "and no second approval because of that"


def test_several_are_answered_one_after_the_other(firm: Firm, boss: User) -> None:
    items = [firm.owes() for _ in range(3)]
    firm.run(1)
    approve_all(firm.waiting(), on=day(1), now=firm.noon(1), by=boss)
    firm.deliver(1)
    assert [firm.arrived(item) for item in items] == [["first"]] * 3
