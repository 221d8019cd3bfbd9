"""Nobody who was brought in from another system is contacted before a person releases them: run, guard, answers and letters by hand."""

from typing import Any

import pytest

from dunning.actions import promise, release_first_contact
from dunning.actions.runs import dry_run
from dunning.explain import explain_customer
from dunning.guard import LadderGuard
from dunning.models import Case, Courtesy, CourtesySwitches
from dunning.written import ways_by_hand
from invoices.models import Customer, Item
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from tests.builders import make_customer
from tests.db.dunning.firm import Firm, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(firm: Firm) -> Item:
    item = firm.owes()
    Customer.objects.filter(pk=item.customer_id).update(waits_for_release=True)
    item.customer.refresh_from_db()
    return item


def gate(item: Item, on: int) -> Any:
    told = explain_customer(item.customer, on=day(on))[item.pk]
    return told.waits, [gate.passed for gate in told.gates if gate.gate == "first_contact"]


def test_the_run_leaves_them_alone_and_explain_names_the_gate(firm: Firm, waiting: Item) -> None:
    firm.run(1)
    firm.run(5)
    assert not Message.objects.exists()
    assert gate(waiting, 5) == ("first_contact", [False])
    Case.objects.update(look_again_on=day(5))
    plan = dry_run(firm.creditor, on=day(5))
    assert (plan.groups, plan.waiting) == ([], {"first_contact": 1})


def test_released_they_are_judged_by_the_next_run_and_one_entry_says_who_did_it(firm: Firm, waiting: Item) -> None:
    firm.run(1)
    other = make_customer(firm.creditor, number="K9", waits_for_release=True)
    assert release_first_contact(firm.creditor, [waiting.customer_id], on=day(2)) == 1
    assert gate(waiting, 2)[1] == []
    firm.run(2)
    assert firm.arrived(waiting) == ["first"]
    entry = Entry.objects.get(verb="first_contact_released")
    assert (entry.facts["customers"], entry.facts["customer"]) == (1, waiting.customer_id)
    assert release_first_contact(firm.creditor, Customer.objects.values_list("pk", flat=True), on=day(2)) == 1
    other.refresh_from_db()
    assert not other.waits_for_release
    with pytest.raises(Refused, match="Nobody of them waits"):
        release_first_contact(firm.creditor, Customer.objects.values_list("pk", flat=True), on=day(2))


def test_the_guard_holds_back_what_was_planned_before_they_came_to_wait(firm: Firm) -> None:
    item = firm.owes()
    firm.plan(1)
    message = Message.objects.get()
    Customer.objects.filter(pk=item.customer_id).update(waits_for_release=True)
    verdicts = LadderGuard().judge([message], now=firm.noon(1))
    assert "first_contact" in str(verdicts[message.pk])


def test_they_get_no_answers_and_nobody_writes_to_them_by_hand(firm: Firm, waiting: Item) -> None:
    CourtesySwitches.objects.create(creditor=firm.creditor, promise_noted=True)
    firm.noon(2)
    promise(waiting.customer, amount=waiting.amount, by=day(9), on=day(2))
    assert not Courtesy.objects.exists()
    assert ways_by_hand(waiting.customer) == []
    release_first_contact(firm.creditor, Customer.objects.values_list("pk", flat=True), on=day(2))
    waiting.customer.refresh_from_db()
    promise(waiting.customer, amount=waiting.amount, by=day(8), on=day(2))
    assert Courtesy.objects.count() == 1
    assert ways_by_hand(waiting.customer)
