"""Who is behind several customers has one cap: an address that two customers share counts what was said there to both."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dunning.actions import approve, call_done, dry_run
from dunning.day import deliver_all
from dunning.explain import explain_invoice
from dunning.facts import facts_for
from dunning.models import LadderRules, Task
from dunning.policy import Channel
from invoices.models import Customer, Item
from receivables.messaging.models import Suppression
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
SAME = "office@example.com"
CAP = {"cap_messages": 1, "cap_days": 7, "cap_per_person": True}
ONE = "name: P\nsteps: [{key: a, after_due: 1, channel: [email]}]"


def sharing(recorder: Recorder, text: str = ONE, **rules: Any) -> tuple[Firm, Item, Item]:
    firm = make_firm(text, recorder, **{**CAP, **rules})
    mine, theirs = firm.customer(email=SAME), firm.customer(email="Office@Example.com")
    return firm, firm.owes(mine), firm.owes(theirs)


def waits(item: Item, on: int) -> tuple[str | None, object]:
    told = explain_invoice(item.invoice, on=day(on))[0]
    return told.waits, told.next


def test_an_address_of_two_customers_has_one_cap_within_a_run(recorder: Recorder) -> None:
    firm, first, second = sharing(recorder)
    firm.run(1)
    assert (firm.arrived(first), firm.arrived(second)) == (["a"], [])
    assert waits(second, 1) == ("capped", day(8))
    firm.run(7)
    assert firm.arrived(second) == []
    firm.run(8)
    assert firm.arrived(second) == ["a"]


def test_a_dry_run_says_the_same(recorder: Recorder) -> None:
    firm, first, _second = sharing(recorder)
    assert [pk for pk, _ in dry_run(firm.creditor, on=day(1)).groups] == [first.customer_id]


def test_without_the_rule_each_customer_has_its_own(recorder: Recorder) -> None:
    firm, first, second = sharing(recorder, cap_per_person=False)
    firm.run(1)
    assert (firm.arrived(first), firm.arrived(second)) == (["a"], ["a"])


def test_another_address_has_its_own_cap(recorder: Recorder) -> None:
    firm, first, _second = sharing(recorder)
    other = firm.owes(firm.customer(email="other@example.com"))
    firm.run(1)
    assert (firm.arrived(first), firm.arrived(other)) == (["a"], ["a"])


def test_a_letter_goes_to_a_place_and_not_to_the_person(recorder: Recorder) -> None:
    text = "name: P\nsteps: [{key: a, after_due: 1, channel: [email]}, {key: b, after_due: 2, channel: [letter]}]"
    firm = make_firm(text, recorder, cap_messages=2, cap_days=7, cap_per_person=True)
    place = {"street": "Prosta 1", "postcode": "00-001", "city": "Warszawa"}
    items = [firm.owes(firm.customer(email=SAME, **place)) for _ in range(2)]
    firm.run(1)
    firm.run(2)
    assert [firm.arrived(item) for item in items] == [["a", "b"], ["a", "b"]]


def test_a_text_message_and_a_call_to_one_number_count_together(recorder: Recorder) -> None:
    text = "name: P\nsteps: [{key: a, after_due: 1, channel: [call]}, {key: b, after_due: 2, channel: [sms]}]"
    firm = make_firm(text, recorder, **CAP)
    mine, theirs = (firm.customer(email="", phone="+48500100100") for _ in range(2))
    firm.owes(mine)
    firm.run(1)
    call_done(Task.objects.get(customer=mine), reached=True, now=firm.noon(1))
    second = firm.owes(theirs)
    firm.run(2)
    assert waits(second, 2) == ("capped", day(8))


def test_the_people_of_a_payer_are_asked_for_all_whom_it_pays_for(recorder: Recorder) -> None:
    firm = make_firm(ONE, recorder, **CAP)
    payer = firm.customer(email=SAME)
    first, second = (firm.owes(firm.customer(email="", payer=payer)) for _ in range(2))
    firm.run(1)
    assert (firm.arrived(first), firm.arrived(second)) == (["a"], [])


def test_a_dead_address_is_nobodys(recorder: Recorder) -> None:
    firm, first, _second = sharing(recorder)
    Suppression.objects.create(creditor=firm.creditor, channel="email", address=SAME, reason="550", since=firm.noon(0))
    known = facts_for(firm.creditor, [first.customer_id], on=day(1))
    assert Channel.EMAIL not in known.customers[first.customer_id].addresses


def test_what_was_approved_for_both_goes_once(recorder: Recorder) -> None:
    """Both were planned while there was room: the guard lets the first go, the other waits for its day and needs no second approval."""
    recorder.batch = 50
    firm = make_firm(ONE.replace("[email]}", "[email], approval: true}"), recorder, **CAP)
    items = [firm.owes(firm.customer(email=SAME)) for _ in range(2)]
    firm.run(1)
    LadderRules.objects.update(cap_per_person=False)
    for notice in firm.waiting():
        approve(notice, on=day(1), now=firm.noon(1))
    LadderRules.objects.update(cap_per_person=True)
    deliver_all(firm.creditor, now=firm.noon(1))
    assert sorted(firm.arrived(item) for item in items) == [[], ["a"]]
    assert firm.states() == {"accepted": 1, "withdrawn": 1} and firm.reasons() == ["capped"]
    firm.run(8)
    assert [firm.arrived(item) for item in items] == [["a"], ["a"]] and firm.waiting() == []


def test_persons_cost_a_fixed_number_of_queries(recorder: Recorder) -> None:
    firm, _first, _second = sharing(recorder)
    firm.run(1)
    few = _queries(firm, list(Customer.objects.values_list("pk", flat=True)))
    for number in range(6):
        firm.owes(firm.customer(email=f"shared{number % 3}@example.com"))
    firm.run(2)
    everybody = list(Customer.objects.values_list("pk", flat=True))
    assert _queries(firm, everybody) == few
    LadderRules.objects.update(cap_per_person=False)
    assert _queries(firm, everybody) == few - 3


def _queries(firm: Firm, customers: list[int]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as told:
        facts_for(firm.creditor, customers, on=day(2))
    return len(told)
