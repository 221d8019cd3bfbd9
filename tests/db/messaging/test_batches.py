"""Several handed over together to a channel that would take a message twice: what a death, a halt, a slow server or a bad answer leaves.

A death is a signal that no code catches, so nothing may be settled after it: `settle` itself is made to die.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from receivables.messaging import actions, calling, delivery
from receivables.messaging.claim import TIMING, Claim, Handed, Timing
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.departures import Watch
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Attempt, Message
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown
from receivables.messaging.protocols import GUARDS, RENDERERS, NotYet
from receivables.messaging.reaper import Reaped, reap
from receivables.messaging.settling import BACK_OFF
from receivables.messaging.signals import delivery_changed
from tests.db.messaging.conftest import MINUTE, NOW, Judge, Recorder, Words, planned, states
from tests.db.messaging.test_delivery import OVER, Crash

pytestmark = pytest.mark.django_db


def kill(monkeypatch: pytest.MonkeyPatch, messages: Sequence[Message], channel: Recorder, where: str) -> None:
    """The worker dies at that moment of the third call of a batch, and its lease is over."""

    def die(*_arguments: Any, **_named: Any) -> None:
        raise Crash

    answer, begins = channel.answer, calling.Notes.begins

    def at_third(outgoing: Outgoing) -> Outcome:
        if outgoing.key == messages[2].key and where == "in the call":
            raise Crash
        return answer(outgoing) if callable(answer) else answer

    def at_note(self: calling.Notes, message: Message) -> bool:
        if message.pk == messages[2].pk and where == "before the note":
            raise Crash
        is_ours = begins(self, message)
        if message.pk == messages[2].pk and where == "after the note":
            raise Crash
        return is_ours

    channel.answer = at_third
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(delivery, "settle", die)
        patch.setattr(calling.Notes, "begins", at_note)
        if where == "after the hand-over":
            patch.setattr(delivery, "answers_of", die)
        deliver(now=NOW, timing=OVER)
    channel.answer = answer


@pytest.mark.parametrize(
    ("where", "fates"),
    [
        pytest.param("after the hand-over", ["planned"] * 5, id="after the hand-over"),
        pytest.param("before the note", ["accepted", "unknown", "planned", "planned", "planned"], id="between two calls, nothing noted"),
        pytest.param("after the note", ["accepted", "accepted", "unknown", "planned", "planned"], id="between two calls"),
        pytest.param("in the call", ["accepted", "accepted", "unknown", "planned", "planned"], id="in a call"),
        pytest.param("before it is settled", ["accepted", "accepted", "accepted", "accepted", "unknown"], id="after the last call"),
    ],
)
def test_a_death_within_a_batch_leaves_one_of_which_nobody_knows(
    where: str, fates: list[str], monkeypatch: pytest.MonkeyPatch, news: list[frozenset[int]]
) -> None:
    messages, channel = planned(5), Recorder()
    with standing_in({"email": channel}):
        kill(monkeypatch, messages, channel, where)
        assert states(messages) == ["handed"] * 5
        assert reap(now=NOW) == Reaped(**Counter(fates))
        assert states(messages) == fates
        assert reap(now=NOW) == Reaped()
        told = {pk for ids in news for pk in ids}
        assert told == {m.pk for m, fate in zip(messages, fates, strict=True) if fate != "planned"}
        deliver(now=NOW)
    assert states(messages) == ["accepted" if fate == "planned" else fate for fate in fates]
    assert set(Counter(sent.key for sent in channel.sent).values()) == {1}, "sent twice"
    assert Attempt.objects.count() == 5 + fates.count("planned")


def test_a_clear_refusal_before_the_death_is_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [Later("busy"), Failed("no such user", bad_address=True), Accepted(), Accepted()]
    messages, channel = planned(4), Recorder()
    channel.answer = lambda outgoing: dict(zip([m.key for m in messages], answers, strict=True))[outgoing.key]
    with standing_in({"email": channel}):
        kill(monkeypatch, messages, channel, "in the call")
        assert reap(now=NOW) == Reaped(planned=3, unknown=1)
        assert states(messages) == ["planned", "planned", "unknown", "planned"]
        assert deliver(now=NOW) == Tally(later=1, failed=1, accepted=1)
    assert Counter(sent.key for sent in channel.sent)[messages[3].key] == 1


def test_a_note_is_true_of_its_own_try_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stayed here in one try is called alone in the next, and that one is lost: nobody knows."""
    messages, channel = planned(3), Recorder()
    with standing_in({"email": channel}):
        kill(monkeypatch, messages, channel, "after the hand-over")
        assert reap(now=NOW) == Reaped(planned=3)
        with monkeypatch.context() as patch, pytest.raises(Crash):
            patch.setattr(delivery, "settle", _die)
            deliver(now=NOW, timing=OVER, only=[messages[0].pk])
        assert reap(now=NOW) == Reaped(unknown=1)
    assert states(messages) == ["unknown", "planned", "planned"]


def _die(*_arguments: Any, **_named: Any) -> None:
    raise Crash


def test_who_was_stopped_in_a_call_calls_nothing_that_was_taken_back_meanwhile() -> None:
    messages = planned(3)

    def stopped_until_the_lease_is_over(outgoing: Outgoing) -> Outcome:
        if len(channel.sent) == 1:
            assert reap(now=NOW) == Reaped(unknown=1, planned=2)
        return Accepted()

    channel = Recorder(stopped_until_the_lease_is_over)
    with standing_in({"email": channel}):
        deliver(now=NOW, timing=OVER, limit=3)
        assert states(messages) == ["unknown", "planned", "planned"]
        assert [sent.key for sent in channel.sent] == [messages[0].key]
        assert deliver(now=NOW) == Tally(accepted=2)


def test_what_is_halted_within_a_batch_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def halt_at_the_second(outgoing: Outgoing) -> Outcome:
        if len(channel.sent) == 2:
            actions.halt(reason="stop")
        return Accepted()

    monkeypatch.setattr(Watch, "every", 0.0)
    messages, channel = planned(5), Recorder(halt_at_the_second)
    with standing_in({"email": channel}):
        assert deliver(now=NOW) == Tally(accepted=2, later=3)
        assert states(messages) == ["accepted"] * 2 + ["planned"] * 3
        assert deliver(now=NOW) == Tally()
        actions.resume(reason="go on")
        assert deliver(now=NOW) == Tally(accepted=3)
    assert set(Counter(sent.key for sent in channel.sent).values()) == {1}


def test_each_of_a_batch_ends_by_its_own_answer() -> None:
    answers: dict[str, Outcome] = {}
    messages = planned(5)
    said = [Accepted(), Failed("no such user", bad_address=True), Unknown("reset"), Later("busy"), Accepted()]
    answers |= {message.key: answer for message, answer in zip(messages, said, strict=True)}
    with standing_in({"email": Recorder(lambda outgoing: answers[outgoing.key])}):
        assert deliver(now=NOW) == Tally(accepted=2, failed=1, unknown=1, later=1)
    assert states(messages) == ["accepted", "failed", "unknown", "planned", "accepted"]


def test_what_the_guard_refuses_or_puts_off_is_called_by_nobody(judge: Judge) -> None:
    """Such as what was paid between the claim and the hand-over of its batch."""
    messages, channel = planned(4), Recorder()
    judge.refuses = {messages[1].key: "paid in full", messages[2].key: NotYet(NOW + MINUTE, "closed_hours")}
    with standing_in({"email": channel}):
        assert deliver(now=NOW) == Tally(accepted=2, withdrawn=1, later=1)
    assert states(messages) == ["accepted", "withdrawn", "planned", "accepted"]
    assert [sent.key for sent in channel.sent] == [messages[0].key, messages[3].key]


def test_what_waits_too_long_for_its_turn_is_judged_again(judge: Judge) -> None:
    """A channel so slow that the first call outlasts what the guard's word is good for: one at a time, each judged just before it."""
    judged: list[int] = []
    judge.then = lambda: judged.append(len(channel.sent))
    messages, channel = planned(4), Recorder()
    with standing_in({"email": channel}):
        tally = deliver(now=NOW, timing=Timing(longest_wait=timedelta(0)))
    assert states(messages) == ["accepted"] * 4 and tally.accepted == 4
    assert len(judged) == 4 and set(Counter(sent.key for sent in channel.sent).values()) == {1}
    assert judged == [0, 1, 2, 3], "after each call the next is judged anew"


def held_up(monkeypatch: pytest.MonkeyPatch, seconds: float, *, least: int = 1, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Let so many seconds pass between hand-over and calls, where at least so many were handed over."""
    calls = delivery.answers_of

    def late(handed: Handed, *arguments: Any, **named: Any) -> Any:
        if len(handed.messages) >= least:
            meanwhile()
            handed = replace(handed, at=handed.at - seconds)
        return calls(handed, *arguments, **named)

    monkeypatch.setattr(delivery, "answers_of", late)


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("takes_key", [False, True])
def test_who_was_held_up_after_the_hand_over_calls_nobody_on_an_old_word(
    number: int, takes_key: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages, channel = planned(number), Recorder(takes_key=takes_key)
    with standing_in({"email": channel}):
        with monkeypatch.context() as patch:
            held_up(patch, 2.0)
            deliver(now=NOW)
            assert channel.sent == [] and states(messages) == ["planned"] * number
        assert deliver(now=NOW) == Tally(accepted=number)


def test_where_several_always_come_too_late_one_by_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    messages, channel = planned(5), Recorder()
    held_up(monkeypatch, 2.0, least=2)
    with standing_in({"email": channel}):
        assert deliver(now=NOW).accepted == 5
    assert states(messages) == ["accepted"] * 5 and len(channel.sent) == 5


def test_a_halt_right_after_the_hand_over_is_noticed_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    messages, channel = planned(2), Recorder()
    held_up(monkeypatch, 1.5, meanwhile=lambda: actions.halt(reason="stop"))
    with standing_in({"email": channel}):
        deliver(now=NOW)
    assert channel.sent == [] and states(messages) == ["planned"] * 2


def test_nobody_hears_of_the_refused_before_the_others_are_called(judge: Judge) -> None:
    """Who hears locks their customers, and may wait for a bank file that is being booked."""
    messages, channel, called = planned(3), Recorder(), list[int]()
    judge.refuses = {messages[0].key: "paid in full"}

    def hear(**_: Any) -> None:
        called.append(len(channel.sent))

    delivery_changed.connect(hear)
    try:
        with standing_in({"email": channel}):
            assert deliver(now=NOW) == Tally(accepted=2, withdrawn=1)
    finally:
        delivery_changed.disconnect(hear)
    assert called and set(called) == {2}


def test_a_hand_over_that_called_nobody_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    [message], channel = planned(), Recorder(Later("busy"))
    with standing_in({"email": channel}):
        with monkeypatch.context() as patch:
            held_up(patch, 2.0)
            for _ in range(len(BACK_OFF)):
                deliver(now=NOW)
        waits = Message.objects.get(pk=message.pk)
        assert (waits.attempts, waits.calls) == (len(BACK_OFF), 0)
        assert waits.handed_at is None, "neither the trial's day nor a brake's window counts it"
        deliver(now=NOW)
    waits.refresh_from_db()
    assert (waits.calls, waits.not_before, waits.handed_at) == (1, NOW + BACK_OFF[0], NOW)


def test_what_a_dead_worker_never_called_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    messages, channel = planned(3), Recorder()
    with standing_in({"email": channel}):
        kill(monkeypatch, messages, channel, "after the hand-over")
        reap(now=NOW)
    assert set(Message.objects.values_list("attempts", "uncalled", "handed_at")) == {(1, 1, None)}


class Locked(Judge):
    """A guard that writes down what it is asked, in order."""

    def __init__(self, name: str, said: list[object]) -> None:
        super().__init__(then=lambda: said.append(name))
        self._said = said

    def judged(self, messages: Sequence[Message]) -> Any:
        return Message.objects.filter(pk__in=[message.pk for message in messages])

    def lock(self, judged: Sequence[Any]) -> None:
        self._said.append(sorted(message.purpose for rows in judged for message in rows))


def test_all_that_a_batch_is_about_is_locked_together_before_the_first_is_judged(words: Words) -> None:
    said: list[object] = []
    names = ("courtesy", "dunning", "written")
    for name in reversed(names):
        planned(purpose=name)
    guards, renderers = {name: Locked(name, said) for name in names}, dict.fromkeys(names, words)
    with GUARDS.using(guards), RENDERERS.using(renderers), standing_in({"email": Recorder()}):
        assert deliver(now=NOW) == Tally(accepted=3)
    assert said == [list(names), *names]


@pytest.mark.parametrize(
    ("number", "managed", "next_size"),
    [(8, 8, 16), (8, 3, 3), (8, 0, 1), (1, 1, 8)],
)
def test_how_many_are_claimed_next(number: int, managed: int, next_size: int) -> None:
    rows = [Message(state="accepted" if at < managed else "planned", not_before=NOW) for at in range(number)]
    assert _claim_of(rows).next_size(8, now=NOW) == next_size
    assert replace(_claim_of(rows), gathers=True).next_size(8, now=NOW) == 8, "letters that lie ready are planned still"


def _claim_of(rows: list[Message]) -> Claim:
    return Claim("email", rows, uuid4(), 0.0, TIMING)


def test_each_message_costs_one_statement_beside_those_of_its_batch() -> None:
    def cost(number: int, **channel: Any) -> int:
        planned(number)
        with standing_in({"email": Recorder(batch=50, **channel)}), CaptureQueriesContext(connection) as queries:
            deliver(now=NOW)
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    assert cost(20) - cost(20, takes_key=True) == 20
    assert cost(1) == cost(1, takes_key=True), "one alone needs no note"
