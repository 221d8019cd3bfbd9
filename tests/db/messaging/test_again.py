"""What may have left: handed over again with its key while the channel knows that key, else a person's."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Attempt, Message
from receivables.messaging.outbox import withdraw
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Unknown
from receivables.messaging.protocols import NotYet
from receivables.messaging.reaper import Reaped, reap
from receivables.messaging.settling import BACK_OFF, MOST_TRIES
from tests.db.messaging.conftest import MINUTE, NOW, Judge, Recorder, planned, states
from tests.db.messaging.test_delivery import OVER, Crash

pytestmark = pytest.mark.django_db

DAY = timedelta(hours=20)


@dataclass
class Forgetful(Recorder):
    """A channel that remembers keys for a while."""

    takes_key: bool = True
    key_lives: timedelta = DAY


def row(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def lost(channel: Recorder) -> Message:
    """A message whose first hand-over, at NOW, nobody knows the end of; it waits to be handed over again."""
    [message] = planned()
    channel.answer = Unknown("reset")
    with standing_in({"email": channel}):
        assert deliver(now=NOW) == Tally(later=1)
    assert states([message]) == ["planned"]
    return row(message)


def test_it_is_handed_over_again_after_a_while_with_the_same_key() -> None:
    channel = Forgetful()
    message = lost(channel)
    assert (message.not_before, message.uncertain_since) == (NOW + BACK_OFF[0], NOW)
    assert message.reason == "reset It is handed over again with the same key."
    channel.answer = Accepted(detail="It had been taken before.")
    with standing_in({"email": channel}):
        assert deliver(now=NOW + BACK_OFF[0] - MINUTE) == Tally()
        assert deliver(now=NOW + BACK_OFF[0]) == Tally(accepted=1)
    assert [sent.key for sent in channel.sent] == [message.key] * 2
    assert row(message).uncertain_since is None
    assert list(Attempt.objects.order_by("number").values_list("outcome", "detail")) == [
        ("unknown", "reset"), ("accepted", "It had been taken before."),
    ]  # fmt: skip


def test_a_channel_that_never_forgets_gets_it_again_for_days_and_then_a_person_does() -> None:
    channel = Recorder(takes_key=True)
    message, at = lost(channel), NOW
    with standing_in({"email": channel}):
        for _ in range(MOST_TRIES - 1):
            assert states([message]) == ["planned"]
            at = row(message).not_before
            deliver(now=at)
    assert states([message]) == ["unknown"]
    assert len(channel.sent) == MOST_TRIES
    assert at - NOW > timedelta(days=3)


@dataclass
class Other(Forgetful):
    """Another provider, or another account of the same."""

    account: str = "o"


@pytest.mark.parametrize(
    ("had", "has", "goes_again"),
    [
        pytest.param(Other(), Forgetful(), False, id="another provider"),
        pytest.param(Other(account="a"), Other(account="b"), False, id="another account"),
        pytest.param(Other(account="a"), Other(account="a"), True, id="the same after a restart"),
    ],
)
def test_a_key_is_only_known_to_who_had_it(had: Forgetful, has: Forgetful, goes_again: bool) -> None:
    message = lost(had)
    with standing_in({"email": has}):
        deliver(now=NOW + BACK_OFF[0])
    assert len(has.sent) == int(goes_again)
    assert states([message]) == ["accepted" if goes_again else "unknown"]


def test_a_lost_hand_over_to_another_account_is_a_persons() -> None:
    [message] = planned()

    def die(_outgoing: object) -> Outcome:
        raise Crash

    with standing_in({"email": Other(die, account="a")}), pytest.raises(Crash):
        deliver(now=NOW, timing=OVER)
    with standing_in({"email": Other(account="b")}):
        assert reap(now=NOW + MINUTE) == Reaped(unknown=1)
    assert row(message).handed_to == "a"


def test_it_is_not_handed_over_again_where_no_key_is_taken() -> None:
    [message] = planned()
    with standing_in({"email": Recorder(Unknown("reset"))}):
        assert deliver(now=NOW) == Tally(unknown=1)
    assert states([message]) == ["unknown"]


def test_the_time_counts_from_the_first_hand_over_that_is_in_doubt() -> None:
    channel = Forgetful()
    message, tries = lost(channel), 1
    with standing_in({"email": channel}):
        while states([message]) == ["planned"]:
            at, tries = row(message).not_before, tries + 1
            assert at < NOW + DAY
            deliver(now=at)
            assert row(message).uncertain_since in (NOW, None)
    assert states([message]) == ["unknown"], "as soon as the next try would come too late"
    assert row(message).uncertain_since is None
    assert tries == len(channel.sent) == 8  # after 5 and 15 minutes, an hour, and four times four hours


@pytest.mark.parametrize(
    ("late", "state", "calls"), [(-MINUTE, "accepted", 2), (0 * MINUTE, "unknown", 1), (timedelta(days=3), "unknown", 1)]
)
def test_a_worker_that_was_down_for_long_hands_nothing_over_again(late: timedelta, state: str, calls: int) -> None:
    channel = Forgetful()
    message = lost(channel)
    channel.answer = Accepted()
    with standing_in({"email": channel}):
        deliver(now=NOW + DAY + late)
    assert states([message]) == [state]
    assert len(channel.sent) == calls


def test_the_reaper_counts_the_same_time() -> None:
    first, second = planned(2)

    def die(_outgoing: object) -> Outcome:
        raise Crash

    channel = Forgetful(die, batch=1)
    with standing_in({"email": channel}):
        for _ in range(2):
            with pytest.raises(Crash):
                deliver(now=NOW, timing=OVER)
        assert states([first, second]) == ["handed", "handed"]
        Message.objects.filter(pk=second.pk).update(handed_at=NOW - DAY)
        assert reap(now=NOW + MINUTE) == Reaped(planned=1, unknown=1)
        assert states([first, second]) == ["planned", "unknown"]
        assert row(first).uncertain_since == NOW
        channel.answer = Accepted()
        assert deliver(now=NOW + MINUTE) == Tally(accepted=1)


def test_what_became_of_the_first_stays_open_when_the_second_is_refused_for_now() -> None:
    channel = Forgetful()
    message = lost(channel)
    channel.answer = Later("no credit")
    with standing_in({"email": channel}):
        assert deliver(now=NOW + BACK_OFF[0]) == Tally(later=1)
        assert row(message).uncertain_since == NOW
        channel.answer = Accepted()
        assert deliver(now=NOW + DAY) == Tally(unknown=1)
    assert len(channel.sent) == 2


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(Failed("no such number", bad_address=True), "failed", id="to such an address the first did not go either"),
        pytest.param(Failed("too long"), "unknown", id="refused now, perhaps not the first time"),
    ],
)
def test_a_refusal_says_nothing_about_the_first_unless_the_address_is_none(answer: Outcome, state: str) -> None:
    channel = Forgetful()
    message = lost(channel)
    channel.answer = answer
    with standing_in({"email": channel}):
        deliver(now=NOW + BACK_OFF[0])
    assert states([message]) == [state]


def test_what_the_guard_refuses_now_may_have_left_before(judge: Judge) -> None:
    channel = Forgetful()
    message = lost(channel)
    judge.refuses[message.key] = "paid"
    with standing_in({"email": channel}):
        assert deliver(now=NOW + BACK_OFF[0]) == Tally(unknown=1)
    assert (row(message).state, row(message).reason) == ("unknown", "It may have left before. Now: paid")
    assert row(message).handed_at == NOW, "it is not handed over once more"
    assert len(channel.sent) == 1


def test_nobody_withdraws_what_may_have_left() -> None:
    message = lost(Forgetful())
    assert withdraw([message.pk], reason="paid", now=NOW) == frozenset()
    assert states([message]) == ["planned"]


def test_what_waits_for_its_hour_is_not_handed_over_too_late(judge: Judge) -> None:
    channel = Forgetful()
    message = lost(channel)
    judge.refuses[message.key] = NotYet(NOW + 2 * DAY, "closed hours")
    with standing_in({"email": channel}):
        assert deliver(now=NOW + BACK_OFF[0]) == Tally(later=1)
        judge.refuses.clear()
        assert deliver(now=NOW + 2 * DAY) == Tally(unknown=1)
    assert len(channel.sent) == 1


def test_what_a_person_sends_again_is_sure_again() -> None:
    channel = Recorder(Unknown("reset"))
    [message] = planned()
    with standing_in({"email": channel}):
        deliver(now=NOW)
        Message.objects.filter(pk=message.pk).update(state="planned")  # as a person decides
        channel.answer = Accepted()
        assert deliver(now=NOW + DAY) == Tally(accepted=1)


def test_only_what_was_handed_over_can_be_uncertain() -> None:
    [message] = planned()
    with pytest.raises(IntegrityError, match="uncertain_only_after_a_hand_over"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(uncertain_since=NOW)
    with pytest.raises(IntegrityError, match="uncertain_only_after_a_hand_over"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(uncertain_since=NOW, handed_at=NOW - MINUTE)
