"""Messages of which nobody knows whether they left: a person ends that, and nothing else does."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from dunning.actions import Decision, decide_unknown, write
from dunning.day import deliver_all
from dunning.drafting import Letter
from dunning.models import Notice, Task
from dunning.policy import Channel
from receivables import clock
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing, Unknown
from tests.builders import make_creditor, make_user, pay
from tests.db.dunning.firm import Firm, Recorder, day

pytestmark = pytest.mark.django_db


def lost(outgoing: Outgoing) -> Outcome:
    return Unknown("connection reset after DATA")


@pytest.fixture
def message(firm: Firm, recorder: Recorder) -> Message:
    """The first step of an item, of which nobody knows."""
    firm.owes()
    recorder.answer = lost
    firm.run(1)
    recorder.answer = lambda outgoing: Accepted()
    return Message.objects.get(state="unknown")


def decide(message: Message, decision: Decision, **more: Any) -> None:
    asked: dict[str, Any] = {"reason": "Dziennik serwera", "now": clock.now(), **more}
    decide_unknown(message.creditor, [message.pk], decision, **asked)


def deliver_after(firm: Firm, moment: Any) -> None:
    settings.CLOCK = moment
    deliver_all(firm.creditor, now=moment)


def test_nothing_goes_again_by_itself_however_long_it_waits(firm: Firm, recorder: Recorder, message: Message) -> None:
    for on in range(1, 12):
        firm.run(on)
    assert recorder.taken == [] and firm.states() == {"unknown": 1}
    assert [kind for _number, kind in firm.tasks()] == ["unknown_outcome"]


def test_it_left_completes_the_step_and_closes_the_task(firm: Firm, message: Message) -> None:
    firm.noon(2)
    clerk = make_user(creditor=firm.creditor)
    decide(message, Decision.LEFT, by=clerk)
    notice = Notice.objects.get(message=message)
    (line,) = notice.taken.select_related("case__item")
    assert firm.arrived(line.case.item) == ["first"] and firm.case(line.case.item).completed_on == day(1)
    assert not Task.objects.filter(closed_on=None).exists()
    entry = Entry.objects.get(verb="unknown_decided")
    assert entry.actor == clerk and entry.facts == {"decision": "left", "reason": "Dziennik serwera"}


def test_it_did_not_leave_goes_again_under_its_key_but_not_before_its_rest(firm: Firm, recorder: Recorder, message: Message) -> None:
    now = firm.noon(1) + timedelta(minutes=2)
    decide(message, Decision.NOT_LEFT, now=now)
    message.refresh_from_db()
    rest = firm.noon(1) + timedelta(minutes=16)
    assert (message.state, message.not_before) == ("planned", rest)
    deliver_after(firm, rest - timedelta(seconds=1))
    assert recorder.taken == []
    deliver_after(firm, rest)
    assert [taken.key for taken in recorder.taken] == [message.key] and firm.states() == {"accepted": 1}
    assert not Task.objects.filter(closed_on=None).exists()


def test_it_is_judged_again_before_it_goes_again(firm: Firm, recorder: Recorder, message: Message) -> None:
    firm.noon(1)
    decide(message, Decision.NOT_LEFT)
    item = Notice.objects.get(message=message).taken.get().case.item
    assert item is not None
    pay(item.customer, 100, item, booked_on=day(1))
    firm.deliver(2)
    assert recorder.taken == [] and firm.states() == {"withdrawn": 1}


def test_given_up_its_step_is_planned_anew_under_a_new_key(firm: Firm, recorder: Recorder, message: Message) -> None:
    firm.noon(2)
    decide(message, Decision.GIVEN_UP)
    firm.run(3)
    assert [taken.key == message.key for taken in recorder.taken] == [False]
    assert firm.states() == {"abandoned": 1, "accepted": 1}


def test_many_of_one_channel_are_decided_at_once_or_not_at_all(firm: Firm, recorder: Recorder) -> None:
    recorder.answer = lost
    for _ in range(3):
        firm.owes()
    firm.run(1)
    ids = list(Message.objects.values_list("pk", flat=True))
    decide_unknown(firm.creditor, ids[:1], Decision.LEFT, reason="x", now=clock.now())
    with pytest.raises(Refused, match="known by now"):
        decide_unknown(firm.creditor, ids, Decision.NOT_LEFT, reason="Awaria", now=clock.now())
    assert firm.states() == {"accepted": 1, "unknown": 2}
    decide_unknown(firm.creditor, ids[1:], Decision.NOT_LEFT, reason="Awaria", now=clock.now())
    assert firm.states() == {"accepted": 1, "planned": 2}


def test_another_company_decides_nothing_here(message: Message) -> None:
    with pytest.raises(Refused, match="known by now"):
        decide_unknown(make_creditor(), [message.pk], Decision.LEFT, reason="x", now=clock.now())


def test_two_channels_are_two_decisions(firm: Firm, recorder: Recorder, message: Message) -> None:
    recorder.answer = lost
    customer = firm.customer()
    letter = Letter(channel=Channel.SMS, address="+48500100100", language="pl", subject="", text="Proszę o kontakt")
    firm.noon(1)
    write(customer, letter, form=uuid4(), now=clock.now())
    firm.deliver(2)
    ids = list(Message.objects.filter(state="unknown").values_list("pk", flat=True))
    assert len(ids) == 2
    with pytest.raises(Refused, match="one channel"):
        decide_unknown(firm.creditor, ids, Decision.LEFT, reason="x", now=clock.now())


def test_a_written_one_asks_a_person_too(firm: Firm, recorder: Recorder) -> None:
    recorder.answer = lost
    item = firm.owes()
    letter = Letter(channel=Channel.SMS, address="+48500100100", language="pl", subject="", text="Proszę o kontakt")
    firm.noon(0)
    row = write(item.customer, letter, form=uuid4(), now=clock.now())
    firm.deliver(1)
    assert (item.customer.number, "unknown_outcome") in firm.tasks()
    decide(row.message, Decision.LEFT)
    assert (item.customer.number, "unknown_outcome") not in firm.tasks()


def test_what_was_only_captured_never_becomes_real(firm: Firm, message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(captured=True)
    firm.noon(2)
    with pytest.raises(Refused, match="quarantine"):
        decide(message, Decision.NOT_LEFT)


def test_a_reason_is_asked_for(message: Message) -> None:
    with pytest.raises(Refused, match="how you know"):
        decide(message, Decision.LEFT, reason=" ")
