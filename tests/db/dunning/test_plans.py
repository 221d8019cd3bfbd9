"""Plans of two days compared, and a run's account kept right by whatever happens to its messages."""

import pytest

from dunning.actions import Edit, approve, drop_item, hold
from dunning.models import Run
from dunning.plans import difference_to, reckoning_of, run_before
from receivables.messaging.models import Message
from receivables.messaging.outbox import withdraw
from tests.builders import pay
from tests.db.dunning.firm import APPROVED, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(db: None, recorder: Recorder) -> Firm:
    return make_firm(APPROVED, recorder)


def test_the_plan_of_a_day_is_compared_with_that_of_the_day_before(approved: Firm) -> None:
    firm = approved
    paid, held, less, same = firm.owes(), firm.owes(), firm.owes(), firm.owes()
    firm.run(1)
    pay(paid.customer, "100.00", paid, booked_on=day(2))
    hold(held, on=day(2))
    pay(less.customer, "40.00", less, booked_on=day(2))
    new = firm.owes()
    firm.run(2)
    run = firm.run(2)
    found = difference_to(run, run_before(run))
    assert [item.label for item in found.new] == [new.label]
    assert {(gone.item.label, gone.reason) for gone in found.gone} == {(paid.label, "paid"), (held.label, "held")}
    assert [(change.after.label, change.parts) for change in found.changed] == [(less.label, ("amount",))]
    assert same.label not in str(found)


def test_the_first_run_has_nothing_to_be_compared_with(firm: Firm) -> None:
    firm.owes()
    run = firm.run(1)
    assert run_before(run) is None and difference_to(run, None).is_none


def test_what_went_yesterday_is_not_missed_today(firm: Firm) -> None:
    firm.owes()
    firm.run(1)
    run = firm.run(2)
    assert difference_to(run, run_before(run)).is_none


def test_expected_is_what_was_released_through_approvals_edits_and_runs(approved: Firm) -> None:
    firm = approved
    one, two, three = firm.owes(), firm.owes(), firm.owes()
    run = firm.run(1)
    assert Run.objects.get(pk=run.pk).expected == 0
    by_item = {notice.lines.get().case.item_id: notice for notice in firm.waiting()}
    drop_item(by_item[one.pk], firm.case(one), edit=Edit(day(1), "Rozmowa"))
    approve(by_item[two.pk], on=day(1), now=firm.noon(1))
    pay(three.customer, "100.00", three, booked_on=day(1))
    approve(by_item[three.pk], on=day(1), now=firm.noon(1))
    run.refresh_from_db()
    found = reckoning_of(run)
    assert (found.expected, found.sent, found.under_way, found.alarm) == (1, 0, 1, "")
    firm.deliver(1)
    found = reckoning_of(run)
    assert (found.expected, found.sent, found.under_way, found.alarm) == (1, 1, 0, "")


def test_what_was_withdrawn_is_explained_and_what_has_no_explanation_is_an_alarm(firm: Firm) -> None:
    items = [firm.owes() for _ in range(3)]
    run = firm.plan(1)
    withdraw([Message.objects.order_by("pk")[0].pk], reason="A person stopped it.", now=firm.noon(1))
    firm.deliver(1)
    run.refresh_from_db()
    found = reckoning_of(run)
    assert (found.expected, found.sent, dict(found.others), found.alarm) == (len(items), 2, {"withdrawn": 1}, "differs")
    Run.objects.filter(pk=run.pk).update(expected=4)
    run.refresh_from_db()
    assert (reckoning_of(run).alarm, reckoning_of(run).missing) == ("missing", 1)


def test_a_parallel_message_is_not_counted(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [email], also: [sms]}]", recorder)
    firm.owes()
    run = firm.run(1)
    run.refresh_from_db()
    assert len(recorder.taken) == 2
    assert (reckoning_of(run).sent, reckoning_of(run).alarm) == (1, "")
