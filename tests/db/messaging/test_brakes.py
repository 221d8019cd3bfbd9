"""Brakes: what closes them, what they hold, who releases them; and halts of a part."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from receivables.accounts.models import Creditor, User
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging import actions, brakes, delivery, mode
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.departures import Watch
from receivables.messaging.models import Brake, DeliveryEvent, Message
from receivables.messaging.outgoing import Accepted, Failed, Outgoing, Unknown
from receivables.messaging.protocols import CHANNELS
from receivables.messaging.reports import report
from receivables.messaging.states import MessageState
from tests.db.messaging.conftest import MINUTE, NOW, Recorder, make_creditor, planned, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return User.objects.create(username="boss", is_superuser=True)


@pytest.fixture
def real(settings: Any, boss: User) -> Iterator[Recorder]:
    """Live, and this stands where the real adapters stand."""
    settings.LIVE_HOST, settings.HTTPS, settings.CLOCK = mode.hostname(), True, None
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"
    channel = Recorder(batch=50)
    with CHANNELS.using(dict.fromkeys(("email", "sms", "letter", "agency"), channel)):
        actions.go_live(by=boss)
        yield channel


@pytest.fixture
def firm() -> Creditor:
    return make_creditor()


def sent(firm: Creditor, number: int, *, minutes: int = 0, **fields: Any) -> list[Message]:
    """So many that have left, that many minutes after NOW."""
    messages = planned(number, creditor=firm, **fields)
    deliver(now=NOW + minutes * MINUTE)
    return messages


def kinds() -> list[str]:
    return [brake.kind for brake in brakes.standing()]


@pytest.mark.parametrize(("good", "bad", "closes"), [(95, 5, False), (94, 6, True), (10, 4, False), (0, 5, True)])
def test_more_than_five_in_a_hundred_bounce(real: Recorder, firm: Creditor, good: int, bad: int, closes: bool) -> None:
    sent(firm, good)
    for message in sent(firm, bad):
        report(message, MessageState.HARD_BOUNCED, source="test", now=NOW)
    assert kinds() == (["bounces"] if closes else [])


def test_refused_for_good_at_the_hand_over_counts_as_a_bounce(real: Recorder, firm: Creditor) -> None:
    real.answer = Failed("no such mailbox", bad_address=True)
    sent(firm, 5)
    [brake] = brakes.standing()
    assert (brake.kind, brake.creditor, brake.channel, brake.facts) == ("bounces", firm, "email", {"bad": 5, "of": 5})
    entry = Entry.objects.get(verb="brake_closed")
    assert (entry.creditor, entry.facts["bad"], entry.facts["of"]) == (firm, 5, 5)


def test_a_soft_bounce_is_no_bounce(real: Recorder, firm: Creditor) -> None:
    for message in sent(firm, 10):
        report(message, MessageState.SOFT_BOUNCED, source="test", now=NOW)
    assert kinds() == []


@pytest.mark.parametrize(("good", "bad", "closes"), [(495, 5, False), (494, 6, True), (0, 4, False), (0, 5, True)])
def test_more_than_one_in_a_hundred_unknown(real: Recorder, firm: Creditor, good: int, bad: int, closes: bool) -> None:
    sent(firm, good)
    real.answer = Unknown("the line was cut")
    sent(firm, bad)
    assert kinds() == (["unknown"] if closes else [])


def test_only_the_newest_count(real: Recorder, firm: Creditor) -> None:
    old = sent(firm, 5)
    sent(firm, 200, minutes=1)
    for message in old:
        report(message, MessageState.HARD_BOUNCED, source="test", now=NOW)
    assert kinds() == []


def test_complaints(real: Recorder, firm: Creditor) -> None:
    first, second = sent(firm, 2)
    DeliveryEvent.objects.create(message=first, kind="complained", at=NOW, source="test")
    assert brakes.look(firm.pk, "email", now=NOW) == []
    DeliveryEvent.objects.create(message=second, kind="complained", at=NOW, source="test")
    assert [brake.kind for brake in brakes.look(firm.pk, "email", now=NOW)] == ["complaints"]
    assert brakes.look(firm.pk, "email", now=NOW) == []  # closed already


def test_a_brake_holds_its_own_company_and_channel_and_loses_nothing(real: Recorder, firm: Creditor, boss: User) -> None:
    other = make_creditor()
    brakes.close("bounces", creditor=firm.pk, channel="email", now=NOW)
    held, by_sms, of_other = planned(creditor=firm), planned(creditor=firm, channel="sms"), planned(creditor=other)
    assert deliver(now=NOW) == Tally(accepted=2)
    assert states([*held, *by_sms, *of_other]) == ["planned", "accepted", "accepted"]
    actions.release_brake(brakes.standing()[0], by=boss, reason="the list is clean", now=NOW)
    assert deliver(now=NOW) == Tally(accepted=1)
    assert Entry.objects.get(verb="brake_released").facts["reason"] == "the list is clean"


def test_a_brake_that_closes_after_the_claim_stops_the_hand_over(real: Recorder, firm: Creditor, monkeypatch: pytest.MonkeyPatch) -> None:
    [message] = planned(creditor=firm)
    render = delivery._render

    def close_first(*args: Any, **more: Any) -> Any:
        brakes.close("unknown", creditor=firm.pk, channel="email", now=NOW)
        return render(*args, **more)

    monkeypatch.setattr(delivery, "_render", close_first)
    assert deliver(now=NOW) == Tally()
    assert (states([message]), real.sent) == (["planned"], [])


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("halt", []),
        ("bounces", []),
        ("complaints", []),
        ("unknown", ["portal"]),
        ("volume", ["portal", "courtesy"]),
    ],
)
def test_whom_a_brake_holds(real: Recorder, firm: Creditor, kind: str, left: list[str]) -> None:
    brakes.close(kind, creditor=firm.pk, channel="", now=NOW)
    for purpose in ("portal", "courtesy", "dunning"):
        planned(creditor=firm, purpose=purpose)
    loose = Message.objects.exclude(brakes.held()).values_list("purpose", flat=True)
    assert sorted(loose) == sorted(left)


def test_after_a_release_the_count_begins_anew(real: Recorder, firm: Creditor, boss: User) -> None:
    real.answer = Unknown("cut")
    sent(firm, 5)
    actions.release_brake(brakes.standing()[0], by=boss, reason="looked into", now=NOW + MINUTE)
    sent(firm, 4, minutes=2)
    assert kinds() == []
    sent(firm, 1, minutes=3)
    assert kinds() == ["unknown"]


def test_stand_ins_close_no_brake(firm: Creditor) -> None:
    planned(20, creditor=firm)
    with mode.standing_in({"email": Recorder(Unknown("cut"))}):
        assert deliver(now=NOW) == Tally(unknown=20)
    assert kinds() == []


def test_releasing_needs_a_reason_and_is_done_once(firm: Creditor, boss: User) -> None:
    brake = brakes.close("bounces", creditor=firm.pk, channel="email", now=NOW)
    assert brake
    with pytest.raises(Refused, match="Say why"):
        actions.release_brake(brake, by=boss, reason=" ")
    actions.release_brake(brake, by=boss, reason="ok")
    with pytest.raises(Refused, match="released already"):
        actions.release_brake(brake, by=boss, reason="ok")


@pytest.mark.parametrize(("of_firm", "channel"), [(True, ""), (True, "email"), (False, "email")])
def test_a_part_is_halted_at_once(real: Recorder, firm: Creditor, boss: User, of_firm: bool, channel: str) -> None:
    [message], [other] = planned(creditor=firm), planned(channel="sms")
    brake = actions.halt_part(creditor=firm if of_firm else None, channel=channel, reason="wrong letterhead", by=boss)
    with pytest.raises(Refused, match="stopped already"):
        actions.halt_part(creditor=firm if of_firm else None, channel=channel, reason="again")
    deliver(now=NOW)
    assert states([message, other]) == ["planned", "accepted"]
    actions.release_brake(brake, by=boss, reason="mended")
    deliver(now=NOW)
    assert states([message]) == ["accepted"]


def test_a_part_of_nothing_is_the_switch_of_all() -> None:
    with pytest.raises(Refused, match="Name a company or a channel"):
        actions.halt_part(creditor=None, channel="", reason="x")


def test_a_halt_is_noticed_between_two_calls_of_one_batch(
    real: Recorder, firm: Creditor, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty are handed over at once to a slow channel: the call under way ends, and no other begins."""

    def halt_at_the_third(outgoing: Outgoing) -> Accepted:
        if len(real.sent) == 3:
            actions.halt(reason="stop", by=boss)
        return Accepted()

    monkeypatch.setattr(Watch, "every", 0.0)
    real.answer = halt_at_the_third
    messages = planned(50, creditor=firm)
    assert deliver(now=NOW) == Tally(accepted=3, later=47)
    assert len(real.sent) == 3
    assert states(messages).count("planned") == 47
    actions.resume(reason="go on", by=boss)
    deliver(now=NOW)
    assert len({sent.key for sent in real.sent}) == len(real.sent) == 50


def test_one_brake_of_a_kind_is_open(firm: Creditor) -> None:
    for creditor in (firm, None):
        Brake.objects.create(creditor=creditor, channel="", kind="halt", since=NOW, reason="x")
        with pytest.raises(IntegrityError, match="one_open_brake_per_kind"), transaction.atomic():
            Brake.objects.create(creditor=creditor, channel="", kind="halt", since=NOW, reason="x")


def test_the_database_refuses_what_is_no_brake(firm: Creditor) -> None:
    with pytest.raises(IntegrityError, match="brake_of_a_known_kind"), transaction.atomic():
        Brake.objects.create(creditor=firm, kind="mood", since=NOW)
    with pytest.raises(IntegrityError, match="brake_released_with_a_reason"), transaction.atomic():
        Brake.objects.create(creditor=firm, kind="halt", since=NOW, released_at=NOW + timedelta(hours=1))
