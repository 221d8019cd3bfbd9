"""What beat sends each minute: the day's run once, at its hour, and deliveries. Everything twice, as it may come."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from dunning.models import LadderRules, Run
from dunning.tasks import deliver_now, run_if_due, tick
from invoices.models import Customer
from receivables.messaging.outgoing import Later
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


def at(settings: Any, number: int, hour: int, minute: int = 0) -> None:
    settings.CLOCK = datetime.combine(day(number), time(hour, minute), ZoneInfo("Europe/Warsaw"))


def test_the_day_is_run_once_when_its_hour_has_come(firm: Firm, recorder: Recorder, settings: Any) -> None:
    item = firm.owes()
    for hour in (0, 7):
        at(settings, 1, hour)
        tick()
    assert Run.objects.count() == 0
    for minute in (0, 0, 1, 59):
        at(settings, 1, 8, minute)
        tick()
    assert (Run.objects.count(), firm.arrived(item), len(recorder.taken)) == (1, ["first"], 1)
    at(settings, 2, 8)
    tick()
    tick()
    assert (Run.objects.count(), len(recorder.taken)) == (2, 1)


def test_a_firm_without_cases_is_left_alone(db: None, recorder: Recorder, settings: Any) -> None:
    firm = make_firm(recorder=recorder)
    LadderRules.objects.all().delete()
    at(settings, 1, 9)
    tick()
    assert Run.objects.count() == 0
    assert firm.creditor.pk


def test_what_did_not_leave_is_tried_again_when_its_time_has_come(firm: Firm, recorder: Recorder, settings: Any) -> None:
    item, answer = firm.owes(), recorder.answer
    recorder.answer = lambda outgoing: Later("busy")
    at(settings, 1, 9)
    tick()
    recorder.answer = answer
    tick()
    assert firm.arrived(item) == [], "its back-off is not over"
    settings.CLOCK += timedelta(minutes=5)
    deliver_now()
    deliver_now()
    assert (firm.arrived(item), len(recorder.taken)) == (["first"], 1)


def test_a_run_that_died_is_finished_by_the_next_tick(firm: Firm, recorder: Recorder, settings: Any) -> None:
    item = firm.owes()
    firm.start(1)
    at(settings, 1, 9)
    tick()
    tick()
    assert (firm.arrived(item), Run.objects.count()) == (["first"], 1)


def test_one_firm_that_cannot_be_planned_does_not_stop_the_next(firm: Firm, recorder: Recorder, settings: Any) -> None:
    other = make_firm(recorder=recorder)
    item = other.owes()
    LadderRules.objects.filter(creditor=firm.creditor).update(last_run_on=day(400))
    at(settings, 1, 9)
    tick()
    assert other.arrived(item) == ["first"]


@pytest.mark.django_db(transaction=True)
def test_a_run_by_the_clock_goes_through_real_transactions(recorder: Recorder, settings: Any) -> None:
    firm = make_firm(recorder=recorder)
    item = firm.owes()
    at(settings, 1, 9)
    run_if_due(firm.creditor)
    with transaction.atomic():
        assert Customer.objects.select_for_update(nowait=True).count() == 1, "no lock is left behind"
    deliver_now()
    assert firm.arrived(item) == ["first"]
