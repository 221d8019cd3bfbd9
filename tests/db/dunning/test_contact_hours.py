"""What is released at night goes when the hours of contact begin where its reader is; nothing is lost, and everybody can see it."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from dunning.actions import approve
from dunning.day import deliver_all, plan_day, run_day
from dunning.explain import Explanation, explain_invoice
from dunning.models import LadderRules, Notice
from invoices.models import Item
from receivables.messaging.models import Message
from tests.builders import pay
from tests.db.dunning.firm import APPROVED, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
WARSAW = ZoneInfo("Europe/Warsaw")
MONDAY, TUESDAY = 3, 4  # 4 and 5 May 2026


def at(on: int, hour: int, minute: int = 0) -> datetime:
    """A moment in Warsaw; and from now on the clock says so."""
    settings.CLOCK = datetime.combine(day(on), time(hour, minute), WARSAW)
    return settings.CLOCK


def firm_with_hours(recorder: Recorder, channel: str = "email", **rules: object) -> Firm:
    text = f"name: P\nsteps: [{{key: a, after_due: 1, channel: [{channel}]}}]"
    return make_firm(text, recorder, calendar="country", **rules)


def explained(item: Item, on: int) -> Explanation:
    return explain_invoice(item.invoice, on=day(on))[0]


def test_a_run_at_night_plans_and_what_is_released_goes_when_the_hours_begin(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder)
    item = firm.owes(due=-1)
    run_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 22))
    message = Message.objects.get()
    assert (message.state, message.reason, message.not_before) == ("planned", "closed_hours", at(TUESDAY, 8))
    assert recorder.taken == [] and message.attempts == 0
    deliver_all(firm.creditor, now=at(TUESDAY, 7, 59))
    assert recorder.taken == []
    deliver_all(firm.creditor, now=at(TUESDAY, 8))
    assert firm.arrived(item) == ["a"] and firm.case(item).completed_on == day(TUESDAY)


def test_what_waits_for_its_hour_says_so(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder)
    item = firm.owes(due=-1)
    run_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 22))
    told = explained(item, MONDAY)
    assert (told.waits, told.next) == ("closed_hours", day(TUESDAY))
    assert "2026-05-05" in told.sentence and "08:00" in told.sentence
    assert next(gate.value for gate in told.gates if gate.gate == "closed_hours") == "2026-05-05 08:00"


def test_it_is_judged_again_when_its_hour_comes(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder)
    item = firm.owes(due=-1)
    run_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 22))
    pay(item.customer, "100.00", item, booked_on=day(MONDAY))
    deliver_all(firm.creditor, now=at(TUESDAY, 8))
    assert recorder.taken == [] and firm.states() == {"withdrawn": 1}


def test_what_is_paid_is_withdrawn_at_night_too(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder)
    item = firm.owes(due=-1)
    plan_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 12))
    pay(item.customer, "100.00", item, booked_on=day(MONDAY))
    deliver_all(firm.creditor, now=at(MONDAY, 22))
    assert firm.states() == {"withdrawn": 1}


def test_the_next_days_run_plans_it_anew_and_the_item_hears_once(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder, "sms")
    item = firm.owes(due=-1)
    run_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 22))
    run_day(firm.creditor, on=day(TUESDAY), now=at(TUESDAY, 8))
    assert firm.states() == {"withdrawn": 1, "planned": 1}, "a text message does not go before nine"
    deliver_all(firm.creditor, now=at(TUESDAY, 9))
    assert firm.arrived(item) == ["a"] and len(recorder.taken) == 1


def test_a_further_run_of_the_night_adds_nothing(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder)
    firm.owes(due=-1)
    for minute in (0, 5, 10):
        run_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 22, minute))
    assert firm.states() == {"planned": 1} and Notice.objects.count() == 1


def test_an_approval_at_night_needs_no_second_one(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder, calendar="country")
    item = firm.owes(due=-1)
    plan_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 12))
    approve(firm.waiting()[0], on=day(MONDAY), now=at(MONDAY, 23))
    deliver_all(firm.creditor, now=at(MONDAY, 23))
    assert firm.states() == {"planned": 1} and firm.waiting() == []
    run_day(firm.creditor, on=day(TUESDAY), now=at(TUESDAY, 8))
    assert firm.arrived(item) == ["first"]


def test_what_makes_no_sense_by_its_hour_expires_and_the_next_step_comes(recorder: Recorder) -> None:
    text = "name: P\nsteps: [{key: a, after_due: -3, until: 0, channel: [email]}, {key: b, after_due: 1, channel: [email]}]"
    firm = make_firm(text, recorder, calendar="country")
    item = firm.owes(due=MONDAY)
    run_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 22))
    assert firm.states() == {"expired": 1} and firm.reasons() == ["closed_hours"]
    run_day(firm.creditor, on=day(TUESDAY), now=at(TUESDAY, 12))
    assert firm.arrived(item) == ["b"] and firm.case(item).skipped == ["a"]


def test_the_country_of_the_customer_decides_the_hour(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder)
    at_home, abroad = firm.owes(due=-1), firm.owes(firm.customer(country="GB"), due=-1)
    run_day(firm.creditor, on=day(TUESDAY), now=at(TUESDAY, 8, 30))
    assert (firm.arrived(at_home), firm.arrived(abroad)) == (["a"], [])
    deliver_all(firm.creditor, now=at(TUESDAY, 9))
    assert firm.arrived(abroad) == ["a"]


def test_a_company_may_narrow_the_hours(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder, contact_hours={"email": "10:00-16:00"})
    item = firm.owes(due=-1)
    run_day(firm.creditor, on=day(TUESDAY), now=at(TUESDAY, 9))
    assert firm.arrived(item) == []
    deliver_all(firm.creditor, now=at(TUESDAY, 10))
    assert firm.arrived(item) == ["a"]


def test_without_a_calendar_any_hour_is_fine(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [email]}]", recorder)
    item = firm.owes(due=-1)
    run_day(firm.creditor, on=day(MONDAY), now=at(MONDAY, 3))
    assert firm.arrived(item) == ["a"]


def test_over_the_night_in_which_clocks_go_forward(recorder: Recorder) -> None:
    firm = firm_with_hours(recorder)
    item = firm.owes(due_on=date(2027, 3, 25), issued_on=date(2027, 3, 1))
    night = datetime(2027, 3, 27, 22, tzinfo=WARSAW)
    settings.CLOCK = night
    run_day(firm.creditor, on=night.date(), now=night)
    message = Message.objects.get()
    assert message.not_before == datetime(2027, 3, 30, 8, tzinfo=WARSAW), "Easter Monday is off"
    deliver_all(firm.creditor, now=message.not_before)
    assert firm.arrived(item) == ["a"]


@pytest.mark.parametrize("hours", [{"fax": "09:00-17:00"}, {"email": "9-17"}, ["09:00-17:00"]])
def test_hours_that_nobody_could_read_are_not_stored(hours: object) -> None:
    firm = make_firm()
    with pytest.raises(DatabaseError, match="contact_hours_by_channel"), transaction.atomic():
        LadderRules.objects.filter(creditor=firm.creditor).update(contact_hours=hours)
