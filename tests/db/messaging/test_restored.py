"""A restored database: it locks itself, and once a person has confirmed it nothing is sent twice. With a journal and without."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from receivables.accounts.models import Creditor, User
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging import actions, brakes, fences, mode
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.models import Attempt, Dispatch, Fence, Message
from receivables.messaging.outbox import plan
from receivables.messaging.outgoing import Accepted, Later
from receivables.messaging.protocols import CHANNELS, TRACES
from tests.db.messaging.conftest import MINUTE, NOW, Recorder, make_creditor, new_message, planned, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return User.objects.create(username="boss", is_superuser=True)


@pytest.fixture
def real(settings: Any, boss: User) -> Iterator[Recorder]:
    settings.LIVE_HOST, settings.HTTPS, settings.CLOCK = mode.hostname(), True, None
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"
    channel = Recorder(takes_key=True, batch=50)
    with CHANNELS.using(dict.fromkeys(("email", "sms", "letter", "agency"), channel)):
        actions.go_live(by=boss)
        yield channel


@pytest.fixture
def firm() -> Creditor:
    return make_creditor()


@contextmanager
def past_triggers(*tables: str) -> Iterator[None]:
    """What happens inside is checked by no trigger, as nothing in a restore is."""
    with connection.cursor() as cursor:
        for word in ("DISABLE", "ENABLE"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")
            if word == "DISABLE":
                yield


def forget(messages: list[Message]) -> None:
    """The database as it was before these were handed over."""
    with past_triggers("messaging_attempt", "messaging_message"):
        Attempt.objects.filter(message__in=messages).delete()
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(
            state="planned", attempts=0, handed_at=None, settled_at=None, token=None, lease_until=None, reason=""
        )


def forget_all() -> None:
    """The database as it was before anything was planned."""
    with past_triggers("messaging_attempt", "messaging_message"):
        Attempt.objects.all().delete()
        Message.objects.all().delete()


def other_timeline() -> None:
    """The stored identity, as of a timeline that is over."""
    identity = mode.database_identity()
    Dispatch.objects.update(database_identity=f"{identity.rpartition('/')[0]}/00000099")


def confirm(boss: User, minutes: int = 60) -> Fence:
    return actions.confirm_database(by=boss, reason="restored the dump of noon", now=NOW + minutes * MINUTE)


def keys(channel: Recorder) -> Counter[str]:
    return Counter(sent.key for sent in channel.sent)


def test_the_identity_ends_with_the_timeline() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT timeline_id FROM pg_control_checkpoint()")
        [timeline] = cursor.fetchone()
    assert int(mode.database_identity().rpartition("/")[2], 16) == timeline


def test_another_timeline_locks_until_a_person_confirms(real: Recorder, firm: Creditor, boss: User) -> None:
    [message] = planned(creditor=firm)
    other_timeline()
    assert mode.standing().is_locked
    assert deliver(now=NOW) == Tally()
    with pytest.raises(Refused, match="Say why"):
        actions.confirm_database(by=boss, reason=" ")
    confirm(boss)
    assert mode.is_live()
    assert deliver(now=NOW + 61 * MINUTE) == Tally(accepted=1)  # the journal is whole and knows nothing of it
    assert states([message]) == ["accepted"]
    entry = Entry.objects.get(verb="database_confirmed")
    assert (entry.actor, entry.facts["journal"], entry.facts["forgotten"]) == (boss, True, 0)
    with pytest.raises(Refused, match="not locked"):
        confirm(boss)


def test_only_on_the_machine_that_is_named(real: Recorder, boss: User, settings: Any) -> None:
    settings.LIVE_HOST = "another-machine"
    assert mode.standing().is_locked
    with pytest.raises(Refused, match="LIVE_HOST"):
        confirm(boss)


def test_what_the_journal_knows_is_unknown_and_never_sent_again(real: Recorder, firm: Creditor, boss: User) -> None:
    before = planned(3, creditor=firm)
    deliver(now=NOW)
    lost = planned(10, creditor=firm)
    deliver(now=NOW + MINUTE)
    fresh = planned(4, creditor=firm)
    forget(lost)
    other_timeline()
    assert confirm(boss).forgotten == 10
    assert deliver(now=NOW + 61 * MINUTE) == Tally(unknown=10, accepted=4)
    assert set(keys(real).values()) == {1}
    assert states([*before, *lost, *fresh]) == ["accepted"] * 3 + ["unknown"] * 10 + ["accepted"] * 4
    assert Message.objects.filter(reason=fences.BY_JOURNAL).count() == 10
    assert brakes.standing() == []  # a restore is no fault of the channel


def test_a_message_planned_anew_is_known_by_its_key(real: Recorder, firm: Creditor, boss: User) -> None:
    again = new_message(firm)
    plan([again], now=NOW)
    deliver(now=NOW)
    forget_all()
    other_timeline()
    confirm(boss)
    plan([again], now=NOW + 61 * MINUTE)
    assert deliver(now=NOW + 61 * MINUTE) == Tally(unknown=1)
    assert keys(real) == {again.key: 1}


class ByRecipient:
    """Marks a message by whom it is for; all was due long ago, but for what is for later."""

    def marks(self, messages: Any) -> dict[int, tuple[str, ...]]:
        return {message.pk: (f"to:{message.recipient}",) for message in messages}

    def due_by(self, messages: Any, moment: datetime, *, now: datetime) -> set[int]:
        return {message.pk for message in messages if not message.recipient.startswith("later")}


def test_a_step_in_another_message_is_known_by_its_mark(real: Recorder, firm: Creditor, boss: User) -> None:
    with TRACES.using({"dunning": ByRecipient()}):
        lost = planned(creditor=firm, recipient="a@example.com")
        deliver(now=NOW)
        forget(lost)
        Message.objects.filter(pk=lost[0].pk).update(state="withdrawn")
        other_timeline()
        confirm(boss)
        grouped = planned(creditor=firm, recipient="a@example.com")
        Message.objects.filter(pk=grouped[0].pk).update(created_at=NOW + 61 * MINUTE)
        assert deliver(now=NOW + 61 * MINUTE) == Tally(unknown=1)
        assert len(real.sent) == 1


@pytest.mark.parametrize("journal", ["missing", "begun later"])
def test_without_a_journal_all_that_was_due_is_unknown(real: Recorder, firm: Creditor, boss: User, tmp_path: Path, journal: str) -> None:
    lost, waiting = planned(5, creditor=firm), planned(5, creditor=firm, not_before=NOW + timedelta(hours=2))
    deliver(now=NOW)
    forget(lost)
    other_timeline()
    (tmp_path / "journal" / "handed.jsonl").unlink()
    if journal == "begun later":
        fences.journal().begin(at=datetime.now().astimezone() + MINUTE)
    assert not confirm(boss).has_journal
    with TRACES.using({"dunning": ByRecipient()}):
        anew, later = planned(creditor=firm), planned(creditor=firm, recipient="later@example.com")
        Message.objects.filter(pk__in=[anew[0].pk, later[0].pk]).update(created_at=NOW + 90 * MINUTE)
        deliver(now=NOW + timedelta(hours=3))
    assert states([*lost, *waiting, *anew, *later]) == ["unknown"] * 11 + ["accepted"]
    assert set(keys(real).values()) == {1}


def test_once_a_person_has_said_that_it_did_not_leave_it_may(real: Recorder, firm: Creditor, boss: User) -> None:
    lost = planned(creditor=firm)
    deliver(now=NOW)
    forget(lost)
    other_timeline()
    confirm(boss)
    deliver(now=NOW + 61 * MINUTE)
    Message.objects.filter(pk=lost[0].pk, state="unknown").update(state="planned")
    assert deliver(now=NOW + 62 * MINUTE) == Tally(accepted=1)


def test_a_database_that_went_back_without_a_trace_locks_itself(real: Recorder, firm: Creditor, boss: User) -> None:
    """A snapshot of the disk has the old identity: the journal tells."""
    lost = planned(creditor=firm)
    deliver(now=NOW)
    forget(lost)
    assert mode.is_live()
    assert deliver(now=NOW + MINUTE) == Tally()
    assert mode.standing().is_locked
    assert len(real.sent) == 1
    assert Entry.objects.get(verb="sending_locked").facts["reason"]
    confirm(boss)
    assert deliver(now=NOW + 61 * MINUTE) == Tally(unknown=1)
    assert deliver(now=NOW + 62 * MINUTE) == Tally() and mode.is_live()


def test_going_live_again_fences_too(real: Recorder, firm: Creditor, boss: User) -> None:
    """By quarantine or straight: what was forgotten stays fenced."""
    again = new_message(firm)
    plan([again], now=NOW)
    deliver(now=NOW)
    forget_all()
    other_timeline()
    actions.go_quarantine(by=boss, reason="look first")
    actions.go_live(by=boss)
    assert Fence.objects.get().forgotten == 1
    plan([again], now=NOW)
    assert deliver(now=NOW + MINUTE) == Tally(unknown=1)


def test_quarantine_and_back_on_the_same_database_fences_nothing(real: Recorder, firm: Creditor, boss: User) -> None:
    planned(creditor=firm)
    deliver(now=NOW)
    actions.go_quarantine(by=boss, reason="a look")
    actions.go_live(by=boss)
    assert not Fence.objects.exists()


def test_what_cannot_be_noted_is_not_sent_and_goes_once_it_can(real: Recorder, firm: Creditor, tmp_path: Path) -> None:
    [message] = planned(creditor=firm)
    (tmp_path / "journal" / "handed.jsonl").unlink()
    (tmp_path / "journal").rmdir()
    (tmp_path / "journal").write_text("in the way")
    assert deliver(now=NOW) == Tally(later=1)
    assert (states([message]), real.sent) == (["planned"], [])
    [brake] = brakes.standing()
    assert (brake.kind, brake.creditor, brake.channel) == ("journal", None, "")
    with pytest.raises(Refused, match="by itself"):
        actions.release_brake(brake, by=None, reason="x")
    assert deliver(now=NOW + MINUTE) == Tally()
    (tmp_path / "journal").unlink()
    assert deliver(now=NOW + 2 * MINUTE) == Tally(accepted=1)
    assert brakes.standing() == []


def test_the_line_is_on_disk_before_the_call_and_names_nobody(real: Recorder, firm: Creditor, tmp_path: Path) -> None:
    def look(outgoing: Any) -> Accepted:
        text = (tmp_path / "journal" / "handed.jsonl").read_text()
        assert f'"key":"{outgoing.key}"' in text
        assert outgoing.recipient not in text and "Żółć" not in text
        return Accepted()

    real.answer = look
    planned(3, creditor=firm)
    assert deliver(now=NOW) == Tally(accepted=3)


def test_a_second_try_is_no_forgotten_one(real: Recorder, firm: Creditor) -> None:
    real.answer = Later("greylisted")
    planned(creditor=firm)
    deliver(now=NOW)
    real.answer = Accepted()
    assert deliver(now=NOW + timedelta(hours=1)) == Tally(accepted=1)
    assert [line.number for line in fences.journal().lines()] == [1, 2]


def test_a_journal_with_its_own_folder_does_not_make_it(settings: Any, tmp_path: Path, boss: User) -> None:
    settings.SEND_JOURNAL = tmp_path / "not-mounted" / "handed.jsonl"
    assert any("SEND_JOURNAL" in sentence for sentence in actions.obstacles(by=boss))
    assert not (tmp_path / "not-mounted").exists()


def test_quarantine_keeps_no_journal(firm: Creditor, tmp_path: Path) -> None:
    planned(creditor=firm)
    assert deliver(now=NOW) == Tally(accepted=1)
    assert not (tmp_path / "journal").exists()
