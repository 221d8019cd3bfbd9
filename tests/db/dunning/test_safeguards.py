"""Safeguards beside the policy: a version's first run and steps of legal weight wait for a person."""

import pytest

from dunning.actions import approve, assign, dry_run, publish, reject, restated, start_episode
from dunning.explain import explain_customer
from dunning.models import Case, Notice, PolicyVersion
from invoices.actions import record_delivery
from invoices.states import Delivered
from receivables.accounts.models import User
from receivables.audit.models import Entry
from receivables.messaging.models import Message
from tests.builders import make_user, pay
from tests.db.dunning.firm import PLAIN, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
LEGAL = """\
name: Legal
steps:
  - {key: first, after_due: 1, channel: [email]}
  - {key: demand, after_due: 5, channel: [letter], document: demand}
  - {key: agency, after_due: 9, channel: [agency]}
"""


@pytest.fixture
def firm(db: None, recorder: Recorder) -> Firm:
    return make_firm(PLAIN, recorder, first_run_waits=True, four_eyes=True)


@pytest.fixture
def boss() -> User:
    return make_user("boss")


def test_they_are_on_unless_a_firm_switches_them_off(db: None, recorder: Recorder) -> None:
    firm = make_firm()
    rules = type(firm.creditor.ladder_rules)(creditor=firm.creditor)
    assert (rules.first_run_waits, rules.legal_waits) == (True, True)


def test_the_first_run_of_a_version_waits_and_says_so(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    firm.run(1)
    firm.run(2)
    assert firm.planned() == [("first", [item.label])]
    assert Message.objects.count() == 0
    assert [group.approval for _, group in dry_run(firm.creditor, on=day(2)).groups] == [True]


def test_released_by_a_person_the_version_runs_by_itself(firm: Firm, boss: User) -> None:
    first, other = firm.owes(), firm.owes()
    firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    version = PolicyVersion.objects.get()
    assert (version.first_released_by, version.first_released_at) == (boss, firm.noon(1))
    assert Entry.objects.filter(creditor=firm.creditor, verb="policy_first_released", actor=boss).count() == 1
    firm.deliver(1)
    firm.run(2)
    assert (firm.arrived(first), firm.arrived(other)) == (["first"], ["first"])
    firm.run(6)
    assert (firm.arrived(first), firm.arrived(other)) == (["first", "second"], ["first", "second"])
    assert firm.waiting() == []


def test_a_day_has_one_message_for_a_customer_also_on_the_day_of_the_first_release(firm: Firm, boss: User) -> None:
    customer = firm.customer()
    item = firm.owes(customer)
    firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    joins = firm.owes(customer, "60.00")
    firm.run(1)
    assert (firm.arrived(item), firm.arrived(joins)) == (["first"], [])
    firm.run(2)
    assert firm.arrived(joins) == ["first"]


def test_an_approval_that_finds_nothing_to_send_proves_nothing(firm: Firm, boss: User) -> None:
    item = firm.owes()
    firm.run(1)
    pay(item.customer, "100.00", item, booked_on=day(1))
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    assert PolicyVersion.objects.get().first_released_at is None


def test_what_was_rejected_in_the_first_run_stays_out_that_day_although_the_version_is_released(firm: Firm, boss: User) -> None:
    out, sent = firm.owes(), firm.owes()
    firm.run(1)
    by_item = {notice.lines.get().case.item_id: notice for notice in firm.waiting()}
    reject(by_item[out.pk], on=day(1), by=boss)
    approve(by_item[sent.pk], on=day(1), now=firm.noon(1), by=boss)
    firm.run(1)
    assert (firm.arrived(out), firm.arrived(sent)) == ([], ["first"])
    firm.run(2)
    assert firm.arrived(out) == ["first"]


def test_a_new_version_begins_anew_and_the_old_one_goes_on(firm: Firm, boss: User) -> None:
    old = firm.owes()
    firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    assign(firm.creditor, publish(firm.creditor, PLAIN.replace("after_due: 1,", "after_due: 2,"), now=firm.noon(1)).policy)
    new = firm.owes()
    firm.run(5)
    firm.run(6)
    assert firm.arrived(old) == ["first", "second"]
    assert firm.planned() == [("first", [new.label])]


def test_going_live_the_first_real_run_waits_again(firm: Firm, boss: User) -> None:
    firm.owes()
    firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    firm.deliver(1)
    Message.objects.update(captured=True)
    start_episode(now=firm.noon(2))
    assert PolicyVersion.objects.get().first_released_at is None


def test_what_really_went_stays_released_when_going_live(firm: Firm, boss: User) -> None:
    firm.owes()
    firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=boss)
    firm.deliver(1)
    Message.objects.update(captured=False)
    start_episode(now=firm.noon(2))
    assert PolicyVersion.objects.get().first_released_by == boss


@pytest.mark.parametrize(("legal_waits", "waiting"), [(True, ["demand"]), (False, [])])
def test_a_demand_and_a_hand_over_wait_whatever_the_policy_says(recorder: Recorder, legal_waits: bool, waiting: list[str]) -> None:
    firm = make_firm(LEGAL, recorder, legal_waits=legal_waits)
    item = firm.owes()
    firm.run(1)
    firm.run(5)
    assert firm.arrived(item) == (["first"] if legal_waits else ["first", "demand"])
    assert [notice.step for notice in firm.waiting()] == waiting
    if waiting:
        approve(firm.waiting()[0], on=day(5), now=firm.noon(5))
        firm.deliver(5)
        firm.run(9)
        assert [notice.step for notice in firm.waiting()] == ["agency"]
        assert firm.arrived(item) == ["first", "demand"]


def test_a_call_that_a_person_approves_is_no_message_to_expect(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: c, after_due: 1, channel: [call], approval: true}]", recorder)
    firm.owes()
    run = firm.run(1)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1))
    run.refresh_from_db()
    assert (run.expected, Notice.objects.get().message) == (0, None)


def test_in_a_first_run_what_waits_each_time_has_a_message_of_its_own_and_all_that_is_shown_goes(recorder: Recorder) -> None:
    text = "name: P\nsteps: [{key: a, after_due: 1, channel: [email]}, {key: b, after_due: 1, channel: [email], approval: true}]"
    firm = make_firm(text, recorder, first_run_waits=True)
    customer = firm.customer()
    plain, asked = firm.owes(customer), firm.owes(customer, "60.00")
    Case.objects.filter(item=asked).update(position=1)
    firm.run(1)
    assert sorted(firm.planned()) == [("a", [plain.label]), ("b", [asked.label])]
    for notice in firm.waiting():
        shown = restated(notice, on=day(1))
        approve(notice, on=day(1), now=firm.noon(1))
        assert shown is not None and [look.item.case for look in shown.looks] == [line.case_id for line in notice.taken.all()]
    firm.deliver(1)
    assert (firm.arrived(plain), firm.arrived(asked)) == (["a"], ["b"])


@pytest.mark.parametrize(("how", "says"), [(Delivered.BY_HAND, ""), (Delivered.OVERRIDE, "the customer confirmed the debt")])
def test_a_demand_waits_until_the_invoice_was_delivered_or_a_person_lets_it_go(recorder: Recorder, how: Delivered, says: str) -> None:
    firm = make_firm(LEGAL, recorder, legal_waits=False, formal_needs_delivery=True)
    item = firm.owes()
    firm.run(1)
    firm.run(5)
    assert (firm.arrived(item), explain_customer(item.customer, on=day(5))[item.pk].waits) == (["first"], "undelivered")
    record_delivery(item.invoice, how=Delivered.UNKNOWN, on=day(5), now=firm.noon(5))
    firm.run(6)
    assert firm.arrived(item) == ["first"]
    delivered_on = item.invoice.issued_on if how == Delivered.BY_HAND else None
    record_delivery(item.invoice, how=how, delivered_on=delivered_on, note=says, on=day(7), now=firm.noon(7))
    firm.run(7)
    assert firm.arrived(item) == ["first", "demand"]
