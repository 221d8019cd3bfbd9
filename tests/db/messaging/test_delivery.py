"""Delivery, one process: what each answer does, what is refused on the way, and what a crash between two phases leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.safestring import mark_safe

from receivables.core.errors import Refused, RenderError
from receivables.messaging import claim, delivery, mode
from receivables.messaging.actions import halt, resume
from receivables.messaging.claim import Timing
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Attempt, Message, Suppression
from receivables.messaging.outbox import plan
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown
from receivables.messaging.protocols import NotYet, Rendered
from receivables.messaging.reaper import Reaped, reap
from receivables.messaging.settling import BACK_OFF, MOST_TRIES
from receivables.messaging.signals import delivery_changed
from tests.db.messaging.conftest import MINUTE, NOW, Judge, Recorder, Words, make_creditor, new_message, planned, states

pytestmark = pytest.mark.django_db

OVER = Timing(lease=timedelta(seconds=-1), longest_call=timedelta(seconds=-60))
"""A lease that is over as soon as it begins, though calls may be made: what a crash leaves can be reaped at once."""


def twice(**options: Any) -> Tally:
    """Deliver, and once more: the second time must find nothing."""
    tally = deliver(now=NOW, **options)
    assert deliver(now=NOW, **options) == Tally()
    return tally


def test_an_accepted_message_is_sent_once_with_its_words(news: list[frozenset[int]]) -> None:
    messages = planned(3)
    channel = Recorder()
    with standing_in({"email": channel}):
        assert twice() == Tally(accepted=3)
    assert states(messages) == ["accepted"] * 3
    assert sorted(sent.key for sent in channel.sent) == sorted(message.key for message in messages)
    first = Message.objects.get(pk=messages[0].pk)
    assert (first.subject, first.text) == (f"Subject of {first.key}", f"Text of {first.key}.")
    assert (first.attempts, first.handed_at, first.settled_at, first.lease_until) == (1, NOW, NOW, None)
    assert not first.captured
    assert channel.sent[0].message_id == first.message_id
    assert channel.sent[0].reply_to == first.creditor.email
    assert news == [frozenset(message.pk for message in messages)]
    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "accepted")] * 3


@pytest.mark.parametrize(
    ("answer", "state", "tally", "attempt"),
    [
        pytest.param(Accepted(reference="42"), "accepted", Tally(accepted=1), ("accepted", "42"), id="accepted"),
        pytest.param(Later("try later"), "planned", Tally(later=1), ("later", "try later"), id="later"),
        pytest.param(Failed("no such user", bad_address=True), "failed", Tally(failed=1), ("failed", "no such user"), id="failed"),
        pytest.param(Unknown("reset"), "unknown", Tally(unknown=1), ("unknown", "reset"), id="unknown"),
    ],
)
def test_the_answer_decides(answer: Outcome, state: str, tally: Tally, attempt: tuple[str, str]) -> None:
    [message] = planned()
    with standing_in({"email": Recorder(answer)}):
        assert twice() == tally
    assert states([message]) == [state]
    assert Attempt.objects.values_list("outcome", "detail").get(message=message) == attempt


@pytest.mark.parametrize(("reference", "kept"), [("SM42", "SM42"), ("", ""), ("r" * 300, "r" * 200)])
def test_what_the_provider_calls_it_is_kept(reference: str, kept: str) -> None:
    [message] = planned()
    with standing_in({"email": Recorder(Accepted(reference=reference, detail="250 ok"))}):
        twice()
    assert Attempt.objects.values_list("detail", "reference").get(message=message) == ("250 ok", kept)


def test_our_own_message_id_is_no_reference() -> None:
    [message] = planned()
    with standing_in({"email": Recorder(lambda outgoing: Accepted(reference=outgoing.message_id))}):
        twice()
    assert Attempt.objects.values_list("detail", "reference").get(message=message) == ("", "")


def test_later_is_tried_again_after_a_while_that_grows() -> None:
    [message] = planned()
    channel = Recorder(Later("busy"))
    moment = NOW
    with standing_in({"email": channel}):
        for wait in BACK_OFF:
            deliver(now=moment)
            moment += wait
            assert Message.objects.get(pk=message.pk).not_before == moment
            assert deliver(now=moment - MINUTE) == Tally()
        channel.answer = Accepted()
        assert deliver(now=moment) == Tally(accepted=1)
    assert Message.objects.get(pk=message.pk).attempts == len(BACK_OFF) + 1
    assert [attempt.number for attempt in message.tries.order_by("number")] == [1, 2, 3, 4, 5]


def test_what_is_refused_for_days_fails_in_the_end() -> None:
    [message] = planned()
    Message.objects.filter(pk=message.pk).update(attempts=MOST_TRIES - 1)
    with standing_in({"email": Recorder(Later("busy"))}):
        assert twice() == Tally(failed=1)
    assert Message.objects.get(pk=message.pk).reason == f"Refused {MOST_TRIES} times for the time being: busy"


def test_a_dead_address_is_never_used_again() -> None:
    creditor = make_creditor()
    [message] = planned(creditor=creditor, recipient="dead@example.com")
    with standing_in({"email": Recorder(Failed("550 no such user", bad_address=True))}):
        deliver(now=NOW)
    assert Suppression.objects.get().address == "dead@example.com"
    [second], [elsewhere] = planned(creditor=creditor, recipient="dead@example.com"), planned(recipient="dead@example.com")
    channel = Recorder()
    with standing_in({"email": channel}):
        assert twice() == Tally(accepted=1, withdrawn=1)
    assert states([message, second, elsewhere]) == ["failed", "withdrawn", "accepted"]
    assert Message.objects.get(pk=second.pk).reason == "The address does not work: 550 no such user"


def test_what_the_guard_refuses_is_withdrawn_with_its_reason(judge: Judge, news: list[frozenset[int]]) -> None:
    paid, open_ = planned(), planned()
    judge.refuses = {paid[0].key: "paid in full"}
    channel = Recorder()
    with standing_in({"email": channel}):
        assert twice() == Tally(accepted=1, withdrawn=1)
    assert states([*paid, *open_]) == ["withdrawn", "accepted"]
    assert Message.objects.get(pk=paid[0].pk).reason == "paid in full"
    assert [sent.key for sent in channel.sent] == [open_[0].key]
    assert frozenset({paid[0].pk}) in news


def test_what_may_not_go_yet_waits_and_is_judged_again(judge: Judge, news: list[frozenset[int]]) -> None:
    [early], [other] = planned(), planned()
    judge.refuses = {early.key: NotYet(NOW + MINUTE, "closed_hours")}
    channel = Recorder()
    with standing_in({"email": channel}):
        assert twice() == Tally(accepted=1, later=1)
        waits = Message.objects.get(pk=early.pk)
        assert (waits.state, waits.reason, waits.not_before, waits.attempts) == ("planned", "closed_hours", NOW + MINUTE, 0)
        assert news == [frozenset({other.pk})], "nothing has become of it"
        judge.refuses = {}
        assert deliver(now=NOW + MINUTE) == Tally(accepted=1)
    assert states([early, other]) == ["accepted", "accepted"]
    assert Message.objects.get(pk=early.pk).reason == ""


def test_what_may_only_go_too_late_expires(judge: Judge, news: list[frozenset[int]]) -> None:
    [late], [last] = planned(not_after=NOW + MINUTE), planned(not_after=NOW + 2 * MINUTE)
    judge.refuses = {message.key: NotYet(NOW + 2 * MINUTE, "closed_hours") for message in (late, last)}
    with standing_in({"email": Recorder()}):
        assert twice() == Tally(expired=1, later=1)
    assert states([late, last]) == ["expired", "planned"] and news == [frozenset({late.pk})]


def test_what_came_too_late_expires(words: Words) -> None:
    [late], [in_time] = planned(not_after=NOW), planned(not_after=NOW + MINUTE)
    channel = Recorder()
    with standing_in({"email": channel}):
        assert deliver(now=NOW + MINUTE) == Tally(accepted=1, expired=1)
    assert states([late, in_time]) == ["expired", "accepted"]
    assert words.rendered == [in_time.pk]


def test_nothing_goes_before_its_time() -> None:
    planned(not_before=NOW + MINUTE)
    with standing_in({"email": Recorder()}):
        assert deliver(now=NOW) == Tally()
        assert deliver(now=NOW + MINUTE) == Tally(accepted=1)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RenderError("The letter could not be made: no logo."), "The letter could not be made: no logo."),
        (KeyError("name"), "Could not be rendered (KeyError)."),
    ],
)
def test_a_message_that_cannot_be_made_fails_alone(words: Words, error: Exception, reason: str) -> None:
    bad, good = planned(), planned()
    words.raises = {bad[0].key: error}
    with standing_in({"email": Recorder()}):
        assert twice() == Tally(accepted=1, failed=1)
    assert states([*bad, *good]) == ["failed", "accepted"]
    assert Message.objects.get(pk=bad[0].pk).reason == reason


def test_a_message_that_breaks_the_guard_is_set_aside_alone(judge: Judge) -> None:
    messages = planned(5)
    judge.raises = {messages[2].key: KeyError("x")}
    channel = Recorder()
    with standing_in({"email": channel}):
        assert twice() == Tally(accepted=4)
    assert states(messages) == ["accepted", "accepted", "planned", "accepted", "accepted"]
    assert Message.objects.get(pk=messages[2].pk).not_before == NOW + Timing().set_aside_for
    judge.raises = {}
    with standing_in({"email": channel}):
        assert deliver(now=NOW + Timing().set_aside_for) == Tally(accepted=1)


def test_a_channel_that_breaks_leaves_nobody_knowing() -> None:
    def break_off(outgoing: Outgoing) -> Outcome:
        raise ConnectionResetError("to kunde@example.com")

    [message] = planned()
    with standing_in({"email": Recorder(break_off)}):
        assert twice() == Tally(unknown=1)
    assert Message.objects.get(pk=message.pk).reason == "The channel broke off (ConnectionResetError)."


def test_words_and_paper_are_made_once(words: Words) -> None:
    [message] = planned()
    with standing_in({"email": Recorder(Later("busy"))}):
        deliver(now=NOW)
        deliver(now=NOW + BACK_OFF[0])
    assert words.rendered == [message.pk]


def test_only_and_creditor_and_limit_narrow_it_down() -> None:
    creditor = make_creditor()
    mine, others = planned(3, creditor=creditor), planned(2)
    with standing_in({"email": Recorder(batch=2)}):
        assert deliver(now=NOW, only=[mine[0].pk]) == Tally(accepted=1)
        assert deliver(now=NOW, only=[]) == Tally()
        assert deliver(now=NOW, creditor=creditor, limit=1) == Tally(accepted=1)
        assert deliver(now=NOW, creditor=creditor) == Tally(accepted=1)
    assert states(mine) == ["accepted"] * 3
    assert states(others) == ["planned"] * 2


def test_channels_take_turns() -> None:
    creditor = make_creditor()
    planned(3, creditor=creditor, channel="email"), planned(3, creditor=creditor, channel="sms", recipient="+48500100100")
    order: list[str] = []

    def remember(outgoing: Outgoing) -> Outcome:
        order.append(outgoing.channel)
        return Accepted()

    with standing_in({"email": Recorder(remember, batch=1), "sms": Recorder(remember, batch=1)}):
        deliver(now=NOW)
    assert order == ["email", "sms"] * 3


def test_a_delivery_ends_when_its_time_is_over() -> None:
    planned(3)
    with standing_in({"email": Recorder(batch=1)}):
        assert deliver(now=NOW, for_at_most=timedelta(0)) == Tally()


def test_a_purpose_that_nobody_answers_for_is_left_alone() -> None:
    [message] = planned(purpose="portal")
    with standing_in({"email": Recorder()}):
        assert deliver(now=NOW) == Tally()
    assert states([message]) == ["planned"]


def test_a_channel_without_an_adapter_is_named_and_holds_up_nobody() -> None:
    [odd], [other] = planned(channel="delta"), planned()
    with standing_in({"email": Recorder()}), pytest.raises(Refused, match="'delta'"):
        deliver(now=NOW)
    assert states([odd, other]) == ["planned", "accepted"]


def test_a_batch_costs_a_fixed_number_of_statements() -> None:
    def cost(number: int) -> int:
        planned(number)
        with standing_in({"email": Recorder(takes_key=True, batch=200)}), CaptureQueriesContext(connection) as queries:
            deliver(now=NOW)
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    assert cost(150) == cost(2) <= 21  # 10 for the batch, 6 of listeners, 5 around it


class Crash(BaseException):
    """The process dies here."""


def crash_in(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def die(*_args: Any, **_options: Any) -> None:
        raise Crash

    monkeypatch.setattr(delivery, name, die)


@pytest.mark.parametrize(
    ("phase", "left", "reaped"),
    [
        pytest.param("_render", "claimed", Reaped(planned=1), id="after the claim"),
        pytest.param("outgoing_of", "claimed", Reaped(planned=1), id="after rendering"),
        pytest.param("_hand", "claimed", Reaped(planned=1), id="before the hand-over"),
        pytest.param("settle", "handed", Reaped(unknown=1), id="after the call"),
    ],
)
def test_a_crash_between_two_phases(monkeypatch: pytest.MonkeyPatch, phase: str, left: str, reaped: Reaped) -> None:
    [message] = planned()
    channel = Recorder()
    with standing_in({"email": channel}):
        with monkeypatch.context() as patch, pytest.raises(Crash):
            crash_in(patch, phase)
            deliver(now=NOW, timing=OVER)
        assert states([message]) == [left]
        assert reap(now=NOW) == reaped
        assert reap(now=NOW) == Reaped()
        deliver(now=NOW)
        deliver(now=NOW)
    assert len(channel.sent) == 1  # sent by the crashed one, or by the next, never by both
    assert states([message]) == ["unknown" if phase == "settle" else "accepted"]


def test_a_crash_during_the_guard_hands_nothing_over(judge: Judge) -> None:
    def die() -> None:
        raise Crash

    [message] = planned()
    judge.then = die
    with standing_in({"email": Recorder()}):
        with pytest.raises(Crash):
            deliver(now=NOW, timing=OVER)
        assert states([message]) == ["claimed"]
        judge.then = lambda: None
        assert reap(now=NOW) == Reaped(planned=1)
        assert deliver(now=NOW) == Tally(accepted=1)


def test_a_crash_during_the_call_writes_down_what_is_known() -> None:
    def answer(outgoing: Outgoing) -> Outcome:
        if outgoing.key == messages[1].key:
            raise Crash
        return Accepted()

    messages = planned(3)
    with standing_in({"email": Recorder(answer)}):
        with pytest.raises(Crash):
            deliver(now=NOW, timing=OVER)
        assert states(messages) == ["accepted", "handed", "handed"]
        assert reap(now=NOW) == Reaped(planned=1, unknown=1)
    assert states(messages) == ["accepted", "unknown", "planned"]


def test_a_channel_that_takes_keys_gets_the_same_one_again(monkeypatch: pytest.MonkeyPatch, words: Words) -> None:
    [message] = planned()
    channel = Recorder(takes_key=True)
    with standing_in({"email": channel}):
        with monkeypatch.context() as patch, pytest.raises(Crash):
            crash_in(patch, "settle")
            deliver(now=NOW, timing=OVER)
        assert reap(now=NOW) == Reaped(planned=1)
        assert deliver(now=NOW) == Tally(accepted=1)
    assert [sent.key for sent in channel.sent] == [message.key] * 2
    assert channel.sent[0] == channel.sent[1]
    assert words.rendered == [message.pk]
    assert list(message.tries.order_by("number").values_list("outcome", flat=True)) == ["unknown", "accepted"]


def test_a_lease_that_holds_is_not_reaped() -> None:
    planned()

    def look(outgoing: Outgoing) -> Outcome:
        assert reap(now=NOW + timedelta(days=1)) == Reaped()  # the database's clock judges, not ours
        return Accepted()

    with standing_in({"email": Recorder(look)}):
        assert deliver(now=NOW) == Tally(accepted=1)


def test_an_answer_that_comes_after_the_lease_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    [message] = planned()

    def slow(outgoing: Outgoing) -> Outcome:
        assert reap(now=NOW) == Reaped(unknown=1)
        return Accepted()

    with standing_in({"email": Recorder(slow)}):
        assert deliver(now=NOW, timing=OVER) == Tally()
    assert states([message]) == ["unknown"]
    assert "came too late" in caplog.text


def test_who_was_held_up_does_not_send_any_more() -> None:
    """A process that was stopped and goes on after its lease must not call the channel."""
    [message] = planned()
    channel = Recorder()
    held_up = Timing(lease=timedelta(seconds=60), longest_call=timedelta(seconds=60))
    with standing_in({"email": channel}):
        tally = delivery._hand_and_call(_rendered_claim(message, held_up), now=NOW)
    assert tally == Tally(later=1)
    assert channel.sent == []
    assert states([message]) == ["planned"]
    assert Message.objects.get(pk=message.pk).not_before == NOW


def _rendered_claim(message: Message, timing: Timing) -> claim.Claim:
    claimed = delivery._claim(Message.objects.filter(pk=message.pk), "email", size=1, timing=timing)
    claimed.messages[0].rendered_at = NOW
    return claimed


def test_words_of_several_kinds_of_string_are_stored_together(words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates make strings that are marked as safe; what has no page of its own has a plain one."""
    marked, bare = planned(2)
    said = {marked.pk: Rendered("S", mark_safe("T"), mark_safe("<p>P</p>")), bare.pk: Rendered("S", "T")}
    monkeypatch.setattr(words, "render", lambda message: said[message.pk])
    with standing_in({"email": Recorder()}):
        assert deliver(now=NOW) == Tally(accepted=2)
    assert list(Message.objects.order_by("pk").values_list("text", "html")) == [("T", "<p>P</p>"), ("T", "")]


def test_what_takes_long_to_render_waits_its_turn(words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = planned(3)
    ticks = iter(range(0, 10_000, 20))
    for module in (delivery, claim):
        monkeypatch.setattr(module, "seconds", lambda: float(next(ticks)))
    channel = Recorder()
    with standing_in({"email": channel}):
        deliver(now=NOW, limit=3)
    assert 1 <= len(words.rendered) < 3
    monkeypatch.undo()
    with standing_in({"email": channel}):
        deliver(now=NOW)
    assert states(messages) == ["accepted"] * 3
    assert len(channel.sent) == 3


def test_while_halted_nothing_is_handed_over(words: Words) -> None:
    [message] = planned()
    channel = Recorder()
    halt(reason="an odd day")
    with standing_in({"email": channel}):
        assert deliver(now=NOW) == Tally()
        assert states([message]) == ["planned"]
        resume(reason="over")
        assert deliver(now=NOW) == Tally(accepted=1)


def test_a_halt_during_rendering_puts_everything_back(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = planned(3)
    channel = Recorder()
    monkeypatch.setattr(delivery, "guarded", lambda *_args, **_options: pytest.fail("the guard was asked while halted"))
    real = delivery._render

    def render_then_halt(*args: Any, **options: Any) -> dict[int, str]:
        reasons = real(*args, **options)
        halt(reason="stop")
        return reasons

    monkeypatch.setattr(delivery, "_render", render_then_halt)
    with standing_in({"email": channel}):
        assert deliver(now=NOW) == Tally()
    assert channel.sent == []
    assert states(messages) == ["planned"] * 3
    assert mode.standing().is_halted


def test_new_messages_of_listeners_are_delivered_too() -> None:
    """Who hears that a message was accepted may plan a further one in the same transaction."""
    creditor = make_creditor()
    [message] = planned(creditor=creditor)

    def hear(sender: Any, *, message_ids: frozenset[int], **_: Any) -> None:
        if message.pk in message_ids:
            plan([new_message(creditor, key="parallel")], now=NOW)

    delivery_changed.connect(hear)
    try:
        with standing_in({"email": Recorder()}):
            assert deliver(now=NOW) == Tally(accepted=2)
    finally:
        delivery_changed.disconnect(hear)
