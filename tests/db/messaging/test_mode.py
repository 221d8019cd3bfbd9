"""Quarantine, going live, halting: who takes the messages, and who may change that."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.dispatch import Signal

from receivables.accounts.models import User
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging import actions, mode
from receivables.messaging.channels.mailbox import Mailbox
from receivables.messaging.claim import Timing
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.models import Dispatch, Message
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing
from receivables.messaging.protocols import CHANNELS
from receivables.messaging.reaper import Reaped, reap
from receivables.messaging.signals import mode_changed
from tests.db.messaging.conftest import NOW, Recorder, planned, states
from tests.db.messaging.test_delivery import OVER, Crash, crash_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def real() -> Iterator[Recorder]:
    """Stands where the real adapters stand, and tells when one of them is called."""
    channel = Recorder(takes_key=True)
    with CHANNELS.using(dict.fromkeys(("email", "sms", "letter", "agency"), channel)):
        yield channel


@pytest.fixture
def boss() -> User:
    return User.objects.create(username="boss", is_superuser=True)


@pytest.fixture
def ready(settings: Any) -> None:
    """A machine from which one may go live."""
    settings.LIVE_HOST, settings.HTTPS, settings.CLOCK = mode.hostname(), True, None
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"


@pytest.fixture
def modes() -> Iterator[list[str]]:
    told: list[str] = []

    def hear(signal: Signal, sender: Any, *, mode: str, **_: Any) -> None:
        told.append(mode)

    mode_changed.connect(hear)
    yield told
    mode_changed.disconnect(hear)


@pytest.mark.parametrize("channel", ["email", "sms", "letter", "agency"])
def test_in_quarantine_the_mailbox_takes_everything(real: Recorder, tmp_path: Path, channel: str) -> None:
    [message] = planned(channel=channel, recipient="k@example.com" if channel == "email" else "+48500100100")
    assert deliver(now=NOW) == Tally(accepted=1)
    assert deliver(now=NOW) == Tally()
    assert real.sent == []
    assert Message.objects.get(pk=message.pk).captured
    [file] = (tmp_path / "mailbox" / "2026-05-04").iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert file.name == f"{message.key}.eml"
    assert mail["Message-ID"] == message.message_id
    assert mail["Subject"] == f"Subject of {message.key}"
    assert f"Text of {message.key}." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_crash_after_capture_writes_no_second_file(real: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [message] = planned()
    with monkeypatch.context() as patch, pytest.raises(Crash):
        crash_in(patch, "settle")
        deliver(now=NOW, timing=OVER)
    assert reap(now=NOW) == Reaped(planned=1)
    assert deliver(now=NOW + timedelta(days=1)) == Tally(accepted=1)
    assert len(list((tmp_path / "mailbox").rglob("*.eml"))) == 1
    assert states([message]) == ["accepted"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"LIVE_HOST": ""}, "LIVE_HOST", id="no machine named"),
        pytest.param({"LIVE_HOST": "another-machine"}, "LIVE_HOST", id="another machine named"),
        pytest.param({"CLOCK": NOW}, "CLOCK is set", id="the clock is set"),
        pytest.param({"HTTPS": False}, "HTTPS is off", id="no HTTPS"),
        pytest.param({"BASE_URL": "http://pay.example.com"}, "BASE_URL", id="an address without HTTPS"),
        pytest.param({"BASE_URL": "https://localhost"}, "BASE_URL", id="an address on this machine"),
        pytest.param({"DEFAULT_FROM_EMAIL": "receivables@localhost"}, "DEFAULT_FROM_EMAIL", id="no sender"),
    ],
)
def test_going_live_is_refused(ready: None, boss: User, settings: Any, changes: dict[str, Any], says: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(Refused, match=says):
        actions.go_live(by=boss)
    assert not mode.is_live()
    assert Dispatch.objects.get().mode == "quarantine"


@pytest.mark.parametrize("fields", [{}, {"is_superuser": True, "is_demo": True}, {"is_superuser": True, "is_active": False}])
def test_only_an_administrator_may_go_live(ready: None, fields: dict[str, bool]) -> None:
    person = User.objects.create(username="somebody", **fields)
    with pytest.raises(Refused, match=r"There is no administrator besides the demo users.* somebody is no administrator"):
        actions.go_live(by=person)


def test_live_messages_go_by_the_real_channel(ready: None, boss: User, real: Recorder, modes: list[str]) -> None:
    actions.go_live(by=boss)
    [message] = planned()
    assert deliver(now=NOW) == Tally(accepted=1)
    assert [sent.key for sent in real.sent] == [message.key]
    assert not Message.objects.get(pk=message.pk).captured
    assert modes == ["live"]
    with pytest.raises(Refused, match="live already"):
        actions.go_live(by=boss)


def test_nothing_planned_in_quarantine_ever_becomes_real(ready: None, boss: User, real: Recorder, news: list[frozenset[int]]) -> None:
    waiting, done = planned(3), planned()
    deliver(now=NOW, only=[done[0].pk])
    news.clear()
    actions.go_live(by=boss)
    assert states([*waiting, *done]) == ["suppressed"] * 3 + ["accepted"]
    assert news == [frozenset(message.pk for message in waiting)]
    assert deliver(now=NOW) == Tally()
    assert real.sent == []


def test_what_the_mailbox_had_in_hand_does_not_become_real_either(
    ready: None, boss: User, real: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    [message] = planned()
    with monkeypatch.context() as patch, pytest.raises(Crash):
        crash_in(patch, "settle")
        deliver(now=NOW, timing=OVER)
    actions.go_live(by=boss)
    assert reap(now=NOW) == Reaped()
    assert deliver(now=NOW) == Tally()
    assert states([message]) == ["suppressed"]
    assert real.sent == []


@pytest.mark.parametrize(("captured", "after"), [(False, "unknown"), (True, "suppressed")])
def test_going_live_again_does_not_call_unsent_what_may_have_left(
    ready: None, boss: User, real: Recorder, captured: bool, after: str
) -> None:
    [message] = planned()
    Message.objects.filter(pk=message.pk).update(uncertain_since=NOW, handed_at=NOW, captured=captured, attempts=1)
    real.takes_key = False
    actions.go_live(by=boss)
    deliver(now=NOW)
    assert states([message]) == [after]
    assert real.sent == []


def test_what_a_real_channel_had_in_hand_is_not_captured_as_if_nothing_had_happened(
    ready: None, boss: User, real: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.go_live(by=boss)
    [message] = planned()
    with monkeypatch.context() as patch, pytest.raises(Crash):
        crash_in(patch, "settle")
        deliver(now=NOW, timing=OVER)
    actions.go_quarantine(by=boss, reason="an incident")
    assert reap(now=NOW) == Reaped(unknown=1)
    assert states([message]) == ["unknown"]


def test_going_live_while_a_message_is_being_captured(ready: None, boss: User, real: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch is thrown between hand-over and answer: the late answer of the mailbox changes nothing."""

    def go_live_first(self: Mailbox, outgoing: Outgoing) -> Outcome:
        actions.go_live(by=boss)
        return Accepted()

    [message] = planned()
    monkeypatch.setattr(Mailbox, "send", go_live_first)
    assert deliver(now=NOW) == Tally()
    assert states([message]) == ["suppressed"]
    assert real.sent == []


@pytest.mark.parametrize("change", ["copy", "host"])
def test_a_copied_database_is_locked(ready: None, boss: User, real: Recorder, settings: Any, change: str) -> None:
    actions.go_live(by=boss)
    [message] = planned()
    if change == "copy":
        Dispatch.objects.update(database_identity="1/other/2")
    else:
        settings.LIVE_HOST = "another-machine"
    stands = mode.standing()
    assert stands.is_locked and not stands.is_live
    assert deliver(now=NOW) == Tally()
    assert states([message]) == ["planned"]
    assert real.sent == []
    settings.LIVE_HOST = mode.hostname()
    if change == "copy":
        actions.go_live(by=boss)  # confirmed: what was planned before is not sent
        assert states([message]) == ["suppressed"]


def test_demo_users_cannot_log_in_any_more(ready: None, boss: User) -> None:
    demo = User.objects.create(username="demo", is_demo=True)
    actions.go_live(by=boss)
    demo.refresh_from_db()
    boss.refresh_from_db()
    assert (demo.is_active, boss.is_active) == (False, True)


def test_back_into_quarantine(ready: None, boss: User, real: Recorder, modes: list[str]) -> None:
    with pytest.raises(Refused, match="in quarantine already"):
        actions.go_quarantine(by=boss, reason="an odd day")
    actions.go_live(by=boss)
    actions.go_quarantine(by=boss, reason="an odd day")
    planned()
    assert deliver(now=NOW) == Tally(accepted=1)
    assert real.sent == []
    assert modes == ["live", "quarantine"]


def test_every_switch_is_audited(ready: None, boss: User) -> None:
    actions.go_live(by=boss)
    actions.halt(reason="an odd\nday", by=boss)
    actions.resume(reason="over", by=boss)
    actions.go_quarantine(by=boss, reason="done")
    entries = Entry.objects.filter(subject="messaging.Dispatch:1").order_by("sequence")
    assert [entry.verb for entry in entries] == ["went_live", "sending_halted", "sending_resumed", "went_into_quarantine"]
    assert {entry.actor for entry in entries} == {boss}
    assert entries[1].facts["reason"] == "an odd day"


def test_halting_twice_and_resuming_twice_is_refused() -> None:
    with pytest.raises(Refused, match="not halted"):
        actions.resume(reason="over")
    with pytest.raises(Refused, match="Say why"):
        actions.halt(reason=" ")
    actions.halt(reason="stop")
    with pytest.raises(Refused, match="Say why"):
        actions.resume(reason=" ")
    with pytest.raises(Refused, match="halted already"):
        actions.halt(reason="stop")
    assert mode.standing().reason == "stop"


def test_a_halt_at_the_last_moment_stops_the_hand_over(real: Recorder, judge: Any) -> None:
    """The switch is read in the transaction that hands over, after the lock on it."""
    [message] = planned()
    actions.halt(reason="stop")
    claim_anyway = Dispatch.objects.get()
    assert claim_anyway.is_halted
    assert deliver(now=NOW, timing=Timing()) == Tally()
    assert states([message]) == ["planned"]


def test_stand_ins_take_everything_even_when_live(ready: None, boss: User, real: Recorder) -> None:
    actions.go_live(by=boss)
    planned()
    replay = Recorder()
    with mode.standing_in({"email": replay}):
        deliver(now=NOW)
        with pytest.raises(Refused, match="'sms'"):
            mode.adapter_for("sms")
    assert (len(replay.sent), real.sent) == (1, [])
    assert mode.adapter_for("sms") is real
    with pytest.raises(Refused, match="at least one"), mode.standing_in({}):
        pass


def test_the_commands(ready: None, boss: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("go_live", by="boss")
    assert mode.is_live()
    call_command("halt", reason="stop")
    call_command("resume", by="boss")
    call_command("go_quarantine", by="boss")
    assert capsys.readouterr().out.startswith("Live. ")
    for command, options, says in [
        ("go_live", {"by": "nobody"}, "There is no user 'nobody'."),
        ("go_quarantine", {"by": "boss"}, "in quarantine already"),
        ("resume", {}, "not halted"),
    ]:
        with pytest.raises(CommandError, match=says) as error:
            call_command(command, **options)
        assert error.value.returncode == 2
