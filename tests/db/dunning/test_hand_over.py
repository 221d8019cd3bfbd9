"""Between plan and hand-over something happens: the message is withdrawn, and the next run plans what is true then."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from dunning.actions import approve, assign, change_contact, hold, publish, release_hold
from dunning.models import Case, Notice, StepTaken
from invoices import actions as books
from invoices.models import Item
from invoices.states import Outcome
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan
from receivables.messaging.outgoing import Accepted, Failed, Later
from tests.builders import credit, dispute, pay
from tests.db.dunning.firm import APPROVED, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Meanwhile:
    """What happens to an item between plan and hand-over on day 1, and what the firm says of the withdrawn message."""

    happens: Callable[[Item], Any]
    reason: str
    then: str  # what the next run, on day 2, states for the item; empty: nothing is sent


CASES = {
    "it is paid": Meanwhile(lambda item: pay(item.customer, "100.00", item, booked_on=day(1)), "an item is settled or closed", ""),
    "a part of it is paid": Meanwhile(lambda item: pay(item.customer, "30.00", item, booked_on=day(1)), "amount has changed", "70.00"),
    "it is credited": Meanwhile(lambda item: credit(item.customer, "100.00", item.invoice, issued_on=day(1)), "settled or closed", ""),
    "a part of it is credited": Meanwhile(
        lambda item: credit(item.customer, "1.00", item, issued_on=day(1)), "amount has changed", "99.00"
    ),
    "it is written off": Meanwhile(lambda item: books.write_off(item, on=day(1), reason="small"), "settled or closed", ""),
    "it is withdrawn": Meanwhile(lambda item: books.cancel_invoice(item.invoice, on=day(1)), "settled or closed", ""),
    "it is held": Meanwhile(lambda item: hold(item, on=day(1)), "held", ""),
    "it is held for today": Meanwhile(lambda item: hold(item, on=day(1), until=day(1)), "held", "100.00"),
    "its customer is held": Meanwhile(lambda item: hold(item.customer, on=day(1), until=day(9)), "held", ""),
    "it is disputed": Meanwhile(lambda item: dispute(item, on=day(1)), "amount has changed", ""),
    "a part of it is disputed": Meanwhile(lambda item: dispute(item, "40.00", on=day(1)), "amount has changed", "60.00"),
    "money comes that nobody has allocated": Meanwhile(
        lambda item: pay(item.customer, "100.00", unmatched=True, booked_on=day(1)), "unmatched_money", ""
    ),
    "some money comes that nobody has allocated": Meanwhile(
        lambda item: pay(item.customer, "40.00", unmatched=True, booked_on=day(1)), "credit", "100.00"
    ),
    "the address changes": Meanwhile(lambda item: change_contact(item.customer, on=day(1), email="new@example.com"), "address", "100.00"),
    "the address goes": Meanwhile(lambda item: change_contact(item.customer, on=day(1), email=None), "address", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_what_happens_before_the_hand_over_withdraws_the_message(firm: Firm, recorder: Recorder, name: str) -> None:
    item, meanwhile = firm.owes(), CASES[name]
    firm.plan(1)
    meanwhile.happens(item)
    firm.deliver(1)
    assert recorder.taken == [] and firm.states() == {"withdrawn": 1}
    assert meanwhile.reason in firm.reasons()[0]
    case = firm.case(item)
    assert (case.position, case.step, case.in_flight, case.round) == (0, "", None, 2)

    firm.run(2)
    stated = [f"{line.principal:.2f}" for line in StepTaken.objects.filter(case=case, round=2)]
    assert stated == ([meanwhile.then] if meanwhile.then else [])
    assert len(recorder.taken) == len(stated)


def test_another_message_of_the_claim_goes_when_one_is_withdrawn(firm: Firm, recorder: Recorder) -> None:
    paid, other = firm.owes(), firm.owes()
    firm.plan(1)
    pay(paid.customer, "100.00", paid, booked_on=day(1))
    firm.deliver(1)
    assert (firm.arrived(paid), firm.arrived(other)) == ([], ["first"])


def test_one_paid_item_withdraws_the_whole_message_and_the_rest_is_planned_anew(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    paid, left = firm.owes(customer), firm.owes(customer, "60.00")
    firm.plan(1)
    pay(customer, "100.00", paid, booked_on=day(1))
    firm.deliver(1)
    assert firm.states() == {"withdrawn": 1}
    firm.run(1)
    assert (firm.arrived(paid), firm.arrived(left)) == ([], ["first"])
    assert len(recorder.taken) == 1


def test_what_was_taken_back_before_the_hand_over_needs_a_person(firm: Firm, recorder: Recorder) -> None:
    """Paid and charged back: the debt is as it was, but somebody has to look before the next message."""
    item = firm.owes()
    firm.plan(1)
    payment = pay(item.customer, "100.00", item, booked_on=day(1))
    firm.deliver(1)
    books.reverse_payment(payment, on=day(1))
    firm.run(2)
    assert recorder.taken == [] and firm.planned() == [("first", [item.label])]


def test_another_debt_that_is_paid_withdraws_what_is_below_the_minimum_then(recorder: Recorder) -> None:
    firm = make_firm('name: P\nsteps: [{key: a, after_due: 1, channel: [email], minimum: "100.00"}]', recorder)
    customer = firm.customer()
    small, other = firm.owes(customer, "60.00"), firm.owes(customer, "50.00", due=-4)
    hold(other, on=day(0))
    firm.plan(1)
    pay(customer, "50.00", other, booked_on=day(1))
    firm.deliver(1)
    assert firm.states() == {"withdrawn": 1} and "below_minimum" in firm.reasons()[0]
    assert firm.arrived(small) == []


def test_messages_of_a_day_that_reach_the_minimum_together_do_not_withdraw_each_other(recorder: Recorder) -> None:
    """Once the first has gone, its item is not due for a step any more; the second one goes all the same."""
    recorder.batch = 1
    text = 'name: P\ngrouping: invoice\nsteps: [{key: a, after_due: -3, channel: [email], minimum: "100.00"}]'
    firm = make_firm(text, recorder)
    customer = firm.customer()
    items = [firm.owes(customer, "60.00"), firm.owes(customer, "60.00")]
    firm.run(-2)
    assert [firm.arrived(item) for item in items] == [["a"], ["a"]]


def test_a_reminder_whose_last_day_is_over_is_not_handed_over_and_gives_way_to_the_next_step(recorder: Recorder) -> None:
    text = "name: P\nsteps: [{key: reminder, after_due: -3, until: 0, channel: [email]}, {key: overdue, after_due: 1, channel: [email]}]"
    firm = make_firm(text, recorder)
    item = firm.owes()
    firm.plan(0)
    firm.deliver(1)
    assert recorder.taken == [] and firm.states() == {"expired": 1}
    firm.run(1)
    assert firm.arrived(item) == ["overdue"] and firm.case(item).skipped == ["reminder"]


def test_what_was_planned_before_it_was_overdue_is_not_said_afterwards(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 0, channel: [email]}]", recorder)
    item = firm.owes()
    firm.plan(0)
    firm.deliver(1)
    assert firm.states() == {"withdrawn": 1}
    firm.run(1)
    assert firm.arrived(item) == ["a"]
    assert Message.objects.get(state="accepted").facts["is_overdue"] is True


def test_a_day_off_holds_the_message_back_and_the_next_contact_day_plans_it_anew(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [email]}]", recorder, calendar="country")
    item = firm.owes(due=-1)  # a Thursday: due, and a working day
    firm.plan(1)  # a Saturday
    firm.deliver(2)
    assert firm.states() == {"planned": 1} and firm.reasons() == ["closed_hours"]
    firm.run(3)  # a Monday
    assert firm.arrived(item) == ["a"] and firm.states() == {"withdrawn": 1, "accepted": 1}


def test_a_message_that_no_notice_stands_behind_does_not_go(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    plan(
        [
            NewMessage(
                creditor=firm.creditor,
                key="stray",
                purpose=Message.Purpose.DUNNING,
                channel="email",
                recipient=item.customer.contacts.get().email,
                language="pl",
                template="overdue",
                facts={},
                not_before=firm.noon(1),
            )
        ]
    )
    Message.objects.update(subject="Stray", text="Pay!", rendered_at=firm.noon(1))
    firm.deliver(1)
    assert recorder.taken == []


# -- parallel messages

ALSO = "name: P\nsteps: [{key: a, after_due: 1, channel: [email], also: [sms]}, {key: b, after_due: 2, channel: [email]}]"


def test_a_parallel_message_goes_once_and_completes_nothing(recorder: Recorder) -> None:
    firm = make_firm(ALSO, recorder)
    item = firm.owes()
    firm.run(1)
    firm.run(1)
    assert [outgoing.channel for outgoing in recorder.taken] == ["email", "sms"]
    assert firm.completed() == {(firm.case(item).pk, "a"): 1}


UNTOUCHED = ("it is held for today", "some money comes that nobody has allocated", "the address changes", "the address goes")


@pytest.mark.parametrize("name", CASES)
def test_what_happens_before_a_parallel_message_is_handed_over_withdraws_it_alone(recorder: Recorder, name: str) -> None:
    recorder.answer, answer = (lambda outgoing: Accepted() if outgoing.channel == "email" else Later("busy")), recorder.answer
    firm = make_firm(ALSO, recorder)
    item = firm.owes()
    firm.run(1)
    CASES[name].happens(item)
    recorder.answer = answer
    firm.deliver(2)
    assert [outgoing.channel for outgoing in recorder.taken] == (["email", "sms"] if name in UNTOUCHED else ["email"])
    assert firm.case(item).step == "a"


def test_a_parallel_message_does_not_go_on_a_day_off(recorder: Recorder) -> None:
    recorder.answer = lambda outgoing: Accepted() if outgoing.channel == "email" else Later("busy")
    firm = make_firm(ALSO, recorder, calendar="country")
    firm.owes(due=-1)  # a Thursday
    firm.run(1)  # a Saturday
    recorder.answer = lambda outgoing: Accepted()
    firm.deliver(2)
    assert [outgoing.channel for outgoing in recorder.taken] == ["email"]


# -- what a person released

DEMAND = "name: P\nsteps: [{key: demand, after_due: 1, channel: [email], approval: true}]"


def released(firm: Firm) -> Item:
    """A demand that a person has released on day 1 and that nobody has delivered yet."""
    item = firm.owes()
    firm.plan(1)
    (notice,) = firm.waiting()
    approve(notice, on=day(1), now=firm.noon(1))
    return item


def test_what_was_released_and_withdrawn_is_put_up_for_approval_anew(recorder: Recorder) -> None:
    firm = make_firm(DEMAND, recorder)
    item = released(firm)
    hold(item, on=day(1))
    firm.deliver(1)
    release_hold(item, on=day(20))
    firm.run(20)
    assert recorder.taken == [] and firm.planned() == [("demand", [item.label])]


def test_what_was_released_needs_no_second_approval_after_a_failure(recorder: Recorder) -> None:
    firm = make_firm(DEMAND, recorder)
    item = released(firm)
    recorder.answer = lambda outgoing: Failed("no")
    firm.deliver(1)
    recorder.answer = lambda outgoing: Accepted()
    firm.run(2)
    assert firm.arrived(item) == ["demand"] and firm.planned() == []


def test_paid_and_charged_back_before_the_hand_over_asks_for_approval_again(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    item = released(firm)
    payment = pay(item.customer, "100.00", item, booked_on=day(1))
    firm.deliver(1)
    books.reverse_payment(payment, on=day(2))
    firm.run(2)
    assert recorder.taken == [] and firm.planned() == [("first", [item.label])]


def test_a_second_policy_changes_nothing_of_a_message_that_is_planned(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    version = publish(firm.creditor, "name: Plain\nsteps: []\n", now=firm.noon(1))
    assign(firm.creditor, version.policy)
    firm.deliver(1)
    assert firm.arrived(item) == ["first"]


def test_rounds_never_repeat_a_key(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    for number in range(1, 4):
        firm.plan(number)
        hold(item, on=day(number), until=day(number))
        firm.deliver(number)
    firm.run(4)
    case = Case.objects.get(item=item)
    assert list(StepTaken.objects.filter(case=case).order_by("round").values_list("step", "round")) == [("first", n) for n in (1, 2, 3, 4)]
    assert Message.objects.count() == len(set(Message.objects.values_list("key", flat=True))) == 4
    assert Notice.objects.filter(state="released").count() == 4
    assert firm.arrived(item) == ["first"] and case.round == 4  # and goes on from there
    assert Decimal(Message.objects.get(state="accepted").facts["principal"]) == Decimal("100.00")
    books.dispute(item, on=day(4))
    books.resolve_dispute(item, on=day(5), outcome=Outcome.REJECTED)
    firm.run(6)
    assert firm.arrived(item) == ["first", "second"]
