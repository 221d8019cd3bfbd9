"""An SMS is taken once by SMSAPI, however badly it answers and wherever the worker dies: the real adapter against the stub, through the outbox."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from receivables.messaging.channels.smsapi import Smsapi, SmsapiConfig
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Outcome, Outgoing
from receivables.messaging.reaper import Reaped, reap
from receivables.messaging.settling import BACK_OFF
from receivables.outside import Bounds
from tests.db.messaging.conftest import MINUTE, NOW, planned, states
from tests.db.messaging.test_delivery import OVER, Crash
from tests.unit.messaging.sms_server import HABITS, Providers, providers

pytestmark = pytest.mark.django_db

SLOW = ("time-out", "drips")
UNCLEAR = [habit for habit in HABITS if habit.endswith("taken") and not habit.startswith(SLOW)] + ["500"]
"""Answers after which nobody knows; whether it was taken, the stub knows."""


@pytest.fixture
def server() -> Iterator[Providers]:
    with providers() as plan:
        yield plan


def config(server: Providers) -> SmsapiConfig:
    return SmsapiConfig(token="token", url=server.url, bounds=Bounds(connect_seconds=5.0, total_seconds=20.0))


def by(server: Providers) -> dict[str, Smsapi]:
    return {"sms": Smsapi(config(server))}


def an_sms() -> Message:
    return planned(channel="sms", recipient="+48500100200")[0]


@pytest.mark.parametrize("habit", UNCLEAR)
def test_after_any_unclear_answer_it_is_asked_again_and_taken_once(server: Providers, habit: str) -> None:
    message = an_sms()
    server.does(habit, habit, "answers")
    with standing_in(by(server)):
        assert deliver(now=NOW) == Tally(later=1)
        assert deliver(now=NOW + BACK_OFF[0]) == Tally(later=1)
        assert deliver(now=NOW + BACK_OFF[0] + BACK_OFF[1]) == Tally(accepted=1)
    assert server.taken == [message.key]
    assert [(fields["idx"], fields["check_idx"]) for _, fields in server.asked] == [(message.key, "1")] * 3


class Dying(Smsapi):
    """The worker dies with the answer in its hands."""

    def send(self, outgoing: Outgoing) -> Outcome:
        super().send(outgoing)
        raise Crash


def test_a_worker_that_dies_after_the_call_leaves_nothing_double(server: Providers) -> None:
    message = an_sms()
    with standing_in({"sms": Dying(config(server))}), pytest.raises(Crash):
        deliver(now=NOW, timing=OVER)
    assert server.taken == [message.key]
    with standing_in(by(server)):
        assert reap(now=NOW) == Reaped(planned=1)
        assert deliver(now=NOW + MINUTE) == Tally(accepted=1)
    assert server.taken == [message.key]


def test_past_the_life_of_its_key_it_is_never_asked_again(server: Providers) -> None:
    """SMSAPI may have forgotten the key by then, so its word would prove nothing."""
    message = an_sms()
    server.does("503, taken")
    with standing_in(by(server)):
        deliver(now=NOW)
        server.idx.clear()
        server.does("answers")
        assert deliver(now=NOW + timedelta(hours=20)) == Tally(unknown=1)
    assert states([message]) == ["unknown"]
    assert server.taken == [message.key]
