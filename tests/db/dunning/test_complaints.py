"""Complaints hold until they are answered and remind of themselves; credit on its way holds its amount until it comes or a day passes."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dunning.actions import (
    answer_complaint,
    await_credit,
    call_off_awaited,
    close_task,
    follow_clocks,
    record_complaint,
)
from dunning.explain import explain_customer
from dunning.models import AwaitedCredit, Complaint, Task
from dunning.states import AwaitedKind, ComplaintAbout, ComplaintOutcome, TaskKind
from invoices.models import Customer, Invoice, Item
from invoices.states import Kind
from receivables.core.errors import Refused
from tests.builders import audited, credit, dispute, make_invoice, make_user, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


def complain(target: Customer | Invoice, on: int, **more: Any) -> Complaint:
    fields = {"about": ComplaintAbout.GOODS, "text": "Zepsute", "received_on": day(on), **more}
    return record_complaint(target, on=day(on), **fields)


def answer(complaint: Complaint, on: int) -> Complaint:
    return answer_complaint(complaint, outcome=ComplaintOutcome.REJECTED, answer="Sprawdziliśmy.", on=day(on), by=make_user())


def awaits(item: Item, amount: str, until: int, on: int = 0) -> list[AwaitedCredit]:
    return await_credit(item, kind=AwaitedKind.RETURN, amount=Decimal(amount), until=day(until), on=day(on))


def waits(item: Item, on: int) -> str | None:
    return explain_customer(item.customer, on=day(on))[item.pk].waits


def kinds(firm: Firm) -> list[str]:
    return [kind for _, kind in firm.tasks()]


def test_an_invoice_complained_of_is_held_until_it_is_answered_and_others_go_on(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    held, other = firm.owes(customer), firm.owes(customer)
    complaint = complain(held.invoice, 0)
    firm.run(1)
    assert (firm.arrived(held), firm.arrived(other)) == ([], ["first"])
    assert waits(held, 1) == "held"
    answer(complaint, 2)
    firm.run(2)
    assert firm.arrived(held) == ["first"]


def test_a_complaint_about_our_conduct_holds_all_of_the_customer(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    firm.owes(customer), firm.owes(customer)
    complain(customer, 0, about=ComplaintAbout.CONDUCT)
    firm.run(1)
    assert recorder.taken == []


def test_one_that_comes_between_plan_and_hand_over_stops_the_message(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    complain(item.invoice, 1)
    firm.deliver(1)
    assert recorder.taken == [] and "held" in firm.reasons()[0]


@pytest.mark.parametrize(("kind", "days"), [(Kind.CONSUMER, 14), (Kind.UNKNOWN, 14), (Kind.BUSINESS, 30)])
def test_the_country_says_by_when_it_is_answered(firm: Firm, kind: Kind, days: int) -> None:
    complaint = complain(firm.customer(kind=kind), 2, received_on=day(1))
    task = Task.objects.get(customer=complaint.customer)
    assert (complaint.answer_by, task.kind, task.due_on) == (day(1 + days), TaskKind.COMPLAINT, day(1 + days))


def test_alerts_come_on_the_seventh_and_the_twelfth_day_once_each(firm: Firm) -> None:
    complaint = complain(firm.customer(kind=Kind.CONSUMER), 0)
    found = [sum(follow_clocks(firm.creditor, on=day(n)) for _ in range(2)) for n in range(15)]
    assert [n for n, count in enumerate(found) if count] == [7, 12]
    assert kinds(firm) == ["complaint", "complaint_alert", "complaint_alert"]
    assert {task.due_on for task in Task.objects.all()} == {complaint.answer_by}
    answer(complaint, 14)
    assert firm.tasks() == []
    assert follow_clocks(firm.creditor, on=day(20)) == 0


def test_after_an_outage_the_missed_alerts_are_one(firm: Firm) -> None:
    complain(firm.customer(kind=Kind.CONSUMER), 0)
    assert follow_clocks(firm.creditor, on=day(13)) == 1
    assert kinds(firm) == ["complaint", "complaint_alert"]


def test_an_alert_on_a_day_off_comes_on_the_working_day_before() -> None:
    firm = make_firm(calendar="country")
    complain(firm.customer(kind=Kind.CONSUMER), 1)  # day 8 is a Saturday, day 7 a Friday
    assert [n for n in range(10) if follow_clocks(firm.creditor, on=day(n))] == [7]


def test_money_does_not_answer_a_complaint(firm: Firm) -> None:
    item = firm.owes()
    complain(item.invoice, 0)
    pay(item.customer, 100, item, booked_on=day(1))
    assert kinds(firm) == ["complaint"]


def test_what_cannot_be_complained_or_answered_is_refused(firm: Firm) -> None:
    customer = firm.customer()
    with pytest.raises(Refused, match="future"):
        complain(customer, 0, received_on=day(1))
    with pytest.raises(Refused, match="Write down what"):
        complain(customer, 0, text=" ")
    complaint = complain(customer, 1)
    with pytest.raises(Refused, match="Write down the answer"):
        answer_complaint(complaint, outcome=ComplaintOutcome.ACCEPTED, answer="", on=day(1))
    with pytest.raises(Refused, match="older"):
        answer_complaint(complaint, outcome=ComplaintOutcome.ACCEPTED, answer="x", on=day(0))
    answer(complaint, 1)
    with pytest.raises(Refused, match="answered already"):
        answer(complaint, 2)
    assert audited(firm.creditor)[-2:] == ["complaint_recorded", "complaint_answered"]


# -- credit that is on its way


def test_the_amount_awaited_is_left_alone_and_the_rest_goes_on(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes(amount="100.00")
    awaits(item, "40.00", until=20)
    firm.run(1)
    assert firm.arrived(item) == ["first"]
    assert "60,00" in recorder.taken[0].text and "100,00" not in recorder.taken[0].text.split("Razem")[1]


def test_all_of_an_item_awaited_waits_as_disputed_through_the_day_and_then_a_task_opens(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    awaits(item, "100.00", until=5)
    for n in range(6):
        firm.run(n)
    assert recorder.taken == [] and waits(item, 5) == "disputed" and firm.tasks() == []
    firm.run(6)
    assert firm.arrived(item) == ["first"]
    assert kinds(firm) == ["credit_note_missing"]
    firm.run(6)
    assert kinds(firm) == ["credit_note_missing"]
    assert AwaitedCredit.objects.get().ended_as == "lapsed"


def test_the_note_ends_it_and_only_a_later_one(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    credit(item.customer, 10, item, issued_on=day(-5))
    awaits(item, "50.00", until=20)
    pay(item.customer, 5, item, booked_on=day(0))
    assert AwaitedCredit.objects.get().ended_on is None
    credit(item.customer, 30, item, issued_on=day(1))
    awaited = AwaitedCredit.objects.get()
    assert (awaited.ended_as, awaited.ended_on) == ("credited", day(1))
    firm.run(2)
    assert "55,00" in recorder.taken[0].text


def test_one_awaited_between_plan_and_hand_over_withdraws_the_message(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    awaits(item, "10.00", until=20, on=1)
    firm.deliver(1)
    assert recorder.taken == [] and "amount has changed" in firm.reasons()[0]


def test_paid_or_called_off_it_ends(firm: Firm) -> None:
    paid, owed = firm.owes(), firm.owes()
    awaits(paid, "10.00", until=20)
    pay(paid.customer, 100, paid, booked_on=day(1))
    assert AwaitedCredit.objects.get().ended_as == "settled"
    awaited = awaits(owed, "10.00", until=20)[0]
    call_off_awaited(awaited, on=day(1))
    with pytest.raises(Refused, match="ended already"):
        call_off_awaited(awaited, on=day(1))
    assert kinds(firm) == []


def test_the_task_about_a_missing_note_closes_with_the_debt(firm: Firm) -> None:
    item = firm.owes()
    awaits(item, "10.00", until=1)
    follow_clocks(firm.creditor, on=day(2))
    pay(item.customer, 100, item, booked_on=day(3))
    assert kinds(firm) == []


def test_no_more_can_be_awaited_than_may_be_chased(firm: Firm) -> None:
    item = firm.owes()
    dispute(item, 30, on=day(0))
    awaits(item, "20.00", until=5)
    with pytest.raises(Refused, match=r"Only 50\.00 PLN"):
        awaits(item, "50.01", until=5)
    for amount in ("0", "-1", "0.001"):
        with pytest.raises(Refused, match="above zero"):
            awaits(item, amount, until=5)
    with pytest.raises(Refused, match="past"):
        awaits(item, "1.00", until=-1)
    awaits(item, "50.00", until=5)
    with pytest.raises(Refused, match="Nothing is open"):
        awaits(item, "1.00", until=5)
    assert waits(item, 1) == "disputed"


def test_of_an_invoice_the_oldest_instalments_are_awaited(firm: Firm) -> None:
    invoice = make_invoice(firm.customer(), 100, issued_on=day(-30), instalments=[(day(0), Decimal(60)), (day(30), Decimal(40))])
    rows = await_credit(invoice, kind=AwaitedKind.CREDIT_NOTE, amount=Decimal(70), until=day(5), on=day(0))
    assert [row.amount for row in rows] == [60, 10]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("complaint_answered_after_it_came", {"answer_by": day(-1)}),
        ("complaint_end_has_an_answer", {"answered_on": day(3), "outcome": "accepted"}),
    ],
)
def test_the_database_refuses_a_complaint(firm: Firm, name: str, values: dict[str, Any]) -> None:
    complaint = complain(firm.customer(), 0)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(**values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("awaited_credit_ends_after_it_begins", {"until": day(-1)}),
        ("awaited_credit_end_has_a_kind", {"ended_on": day(3)}),
        ("awaited_credit_amount_positive", {"amount": 0}),
        ("awaited_credit_amount_fits_currency", {"amount": Decimal("1.001")}),
    ],
)
def test_the_database_refuses_awaited_credit(firm: Firm, name: str, values: dict[str, Any]) -> None:
    awaited = awaits(firm.owes(), "10.00", until=5)[0]
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AwaitedCredit.objects.filter(pk=awaited.pk).update(**values)


def test_a_task_closed_by_a_person_stays_closed(firm: Firm) -> None:
    complain(firm.customer(kind=Kind.CONSUMER), 0)
    close_task(Task.objects.get(), on=day(1))
    assert firm.tasks() == [] and follow_clocks(firm.creditor, on=day(6)) == 0
