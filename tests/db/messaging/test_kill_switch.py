"""The kill switch under load: once a halt has returned, nobody hands anything over. Real connections, several deliverers."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from receivables.messaging import actions
from receivables.messaging.delivery import deliver
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Brake, Message
from tests.db.messaging.conftest import NOW, Recorder, in_quarantine, make_creditor, planned
from tests.db.messaging.test_together import own_connection

pytestmark = pytest.mark.django_db(transaction=True)

FLIPS = 12
DELIVERERS = 3


@pytest.fixture(autouse=True)
def dispatch() -> None:
    in_quarantine()


@pytest.fixture
def load() -> Iterator[threading.Event]:
    """Deliverers that never rest until the event is set."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            deliver(now=NOW)

    with standing_in({"email": Recorder(batch=1)}), ThreadPoolExecutor(DELIVERERS) as pool:
        running = [pool.submit(own_connection(work)) for _ in range(DELIVERERS)]
        yield stop
        stop.set()
        for each in running:
            each.result(timeout=60)


def handed() -> int:
    return Message.objects.exclude(handed_at=None).count()


def test_after_a_halt_nothing_is_handed_over(load: threading.Event) -> None:
    creditor = make_creditor()
    for _ in range(FLIPS):
        planned(15, creditor=creditor)
        actions.halt(reason="stop")
        at_the_halt = handed()
        planned(5, creditor=creditor)
        assert [handed() for _ in range(20)] == [at_the_halt] * 20
        actions.resume(reason="go on")


def test_after_a_halt_of_one_company_nothing_of_it_is_handed_over_and_others_go_on(load: threading.Event) -> None:
    ours, other = make_creditor(), make_creditor()
    for _ in range(FLIPS):
        planned(10, creditor=ours)
        brake = actions.halt_part(creditor=ours, channel="email", reason="stop")
        mine = Message.objects.filter(creditor=ours).exclude(handed_at=None)
        at_the_halt = mine.count()
        [message] = planned(creditor=other)
        while not Message.objects.filter(pk=message.pk, state="accepted").exists():
            assert mine.count() == at_the_halt
        actions.release_brake(Brake.objects.get(pk=brake.pk), by=None, reason="go on")
