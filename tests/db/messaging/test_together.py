"""Several at once, on real connections: two deliverers, a payment at the hand-over, a halt, a withdrawal."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections, transaction

from receivables.accounts.models import Creditor
from receivables.messaging import actions
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Attempt, Message
from receivables.messaging.outbox import plan, withdraw
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing
from receivables.messaging.protocols import GUARDS
from tests.db.messaging.conftest import NOW, Judge, Recorder, in_quarantine, make_creditor, new_message, planned, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def dispatch() -> None:
    in_quarantine()


def own_connection(work: Callable[[], Any]) -> Callable[[], Any]:
    """The work, in a thread that closes its connection afterwards."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    return run


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_four_deliverers_send_each_message_once(threads: ThreadPoolExecutor) -> None:
    messages = planned(60)
    channel = Recorder(batch=7)
    with standing_in({"email": channel}):
        running = [threads.submit(own_connection(lambda: deliver(now=NOW))) for _ in range(4)]
        tallies = [each.result(timeout=60) for each in running]
    assert sum(tally.accepted for tally in tallies) == 60
    assert set(Counter(sent.key for sent in channel.sent).values()) == {1}
    assert states(messages) == ["accepted"] * 60
    assert Attempt.objects.count() == 60


def test_two_planners_plan_each_key_once(threads: ThreadPoolExecutor) -> None:
    creditor = make_creditor()
    messages = [new_message(creditor) for _ in range(50)]
    running = [threads.submit(own_connection(lambda: plan(messages, now=NOW))) for _ in range(4)]
    assert len({frozenset(each.result(timeout=60).items()) for each in running}) == 1
    assert Message.objects.count() == 50


class CreditorGuard:
    """Stands for the ladder's guard: refuses when the firm says so, under a shared lock on its row."""

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, str]:
        firm = Creditor.objects.raw("SELECT * FROM accounts_creditor WHERE id = %s FOR SHARE", [messages[0].creditor_id])[0]
        return {message.pk: "paid" for message in messages} if firm.phone == "paid" else {}


def test_a_payment_comes_before_the_hand_over_or_after_it_never_between(threads: ThreadPoolExecutor) -> None:
    """Fifty payments race with fifty hand-overs: what was sent was handed over before its payment was committed."""
    paid_first: list[int] = []
    with GUARDS.using({"dunning": CreditorGuard()}):
        for _ in range(50):
            creditor = make_creditor()
            [message] = planned(creditor=creditor)
            channel = Recorder()
            barrier = threading.Barrier(2)

            def pay(firm: int = creditor.pk, pk: int = message.pk, barrier: threading.Barrier = barrier) -> bool:
                barrier.wait()
                with transaction.atomic():
                    row = Creditor.objects.select_for_update().get(pk=firm)
                    row.phone = "paid"
                    row.save(update_fields=["phone"])
                    was_handed = Message.objects.get(pk=pk).state in ("handed", "accepted")
                    withdraw([pk], reason="paid", now=NOW)
                    return was_handed

            def go(barrier: threading.Barrier = barrier) -> Tally:
                barrier.wait()
                return deliver(now=NOW)

            with standing_in({"email": channel}):
                paying, sending = threads.submit(own_connection(pay)), threads.submit(own_connection(go))
                was_handed, _ = paying.result(timeout=60), sending.result(timeout=60)
            assert len(channel.sent) == int(was_handed)
            assert states([message]) == (["accepted"] if was_handed else ["withdrawn"])
            paid_first.append(not was_handed)
    assert len(paid_first) == 50


def test_whoever_holds_a_message_is_not_waited_for(threads: ThreadPoolExecutor) -> None:
    """A withdrawal passes over a row that is just being claimed, so that nobody waits in a circle."""
    [message] = planned()
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Message.objects.select_for_update().get(pk=message.pk)
            locked.set()
            done.wait(30)

    holding = threads.submit(own_connection(hold))
    assert locked.wait(30)
    assert withdraw([message.pk], reason="paid", now=NOW) == frozenset()
    done.set()
    holding.result(timeout=30)
    assert withdraw([message.pk], reason="paid", now=NOW) == {message.pk}


def test_a_halt_waits_for_the_hand_over_that_has_begun_and_stops_the_next(threads: ThreadPoolExecutor, judge: Judge) -> None:
    first, second = planned(), planned()
    judging, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        judging.set()
        assert go_on.wait(30)

    judge.then = wait
    channel = Recorder(batch=1)
    with standing_in({"email": channel}):
        sending = threads.submit(own_connection(lambda: deliver(now=NOW)))
        assert judging.wait(30)
        halting = threads.submit(own_connection(lambda: actions.halt(reason="stop")))
        with pytest.raises(TimeoutError):
            halting.result(timeout=0.5)  # the hand-over holds the switch
        go_on.set()
        halting.result(timeout=30)
        sent_by_then = len(channel.sent)
        sending.result(timeout=30)
    assert states([*first, *second]) == ["accepted", "planned"]
    assert (sent_by_then, len(channel.sent)) in [(0, 1), (1, 1)]


def test_no_transaction_and_no_lock_is_held_during_the_call() -> None:
    [message] = planned()

    def look(outgoing: Outgoing) -> Outcome:
        assert not connection.in_atomic_block
        with ThreadPoolExecutor(1) as other:
            other.submit(own_connection(lambda: locks())).result(timeout=30)
        return Accepted()

    def locks() -> None:
        with transaction.atomic():
            assert Message.objects.select_for_update(nowait=True).get(pk=message.pk).state == "handed"
        actions.halt(reason="it can be thrown at any time")

    with standing_in({"email": Recorder(look)}):
        assert deliver(now=NOW) == Tally(accepted=1)
