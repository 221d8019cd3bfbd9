"""The trial after going live: guests only, fifty a day, nothing lost, ended by a person who typed the number."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from receivables.accounts.models import Creditor, User
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging import actions, brakes, mode, trial
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.models import Brake, Dispatch, Message, TrialAddress
from receivables.messaging.protocols import CHANNELS
from tests.db.messaging.conftest import NOW, Recorder, make_creditor, planned, states

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def boss() -> User:
    return User.objects.create(username="boss", is_superuser=True)


@pytest.fixture
def firm() -> Creditor:
    return make_creditor()


@pytest.fixture
def real(settings: Any, boss: User) -> Iterator[Recorder]:
    settings.LIVE_HOST, settings.HTTPS, settings.CLOCK = mode.hostname(), True, None
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"
    channel = Recorder(takes_key=True, batch=50)
    with CHANNELS.using(dict.fromkeys(("email", "sms", "letter", "agency"), channel)):
        actions.go_live(by=boss, trial=True)
        yield channel


def test_only_guests_are_written_to(real: Recorder, firm: Creditor) -> None:
    actions.name_guest(firm, " Anna@Example.com ", now=NOW)
    [guest], [other] = planned(creditor=firm, recipient="anna@example.com"), planned(creditor=firm)
    [of_another_firm] = planned(recipient="anna@example.com")
    assert deliver(now=NOW) == Tally(accepted=1, later=2)
    assert states([guest, other, of_another_firm]) == ["accepted", "planned", "planned"]
    assert set(trial.waiting()) == {other, of_another_firm}


def test_who_becomes_a_guest_is_written_to_at_once(real: Recorder, firm: Creditor, boss: User) -> None:
    [message] = planned(creditor=firm)
    deliver(now=NOW)
    actions.name_guest(firm, message.recipient.upper(), by=boss, now=NOW)
    assert deliver(now=NOW) == Tally(accepted=1)
    actions.name_guest(firm, message.recipient, by=boss, now=NOW)
    assert Entry.objects.filter(verb="guest_named").count() == 1
    actions.dismiss_guest(TrialAddress.objects.get(), by=boss)
    planned(creditor=firm, recipient=message.recipient)
    assert deliver(now=NOW) == Tally(later=1)


def test_fifty_leave_in_any_day(real: Recorder, firm: Creditor) -> None:
    actions.name_guest(firm, "anna@example.com", now=NOW)
    planned(trial.A_DAY + 3, creditor=firm, recipient="anna@example.com")
    deliver(now=NOW)
    assert len(real.sent) == trial.A_DAY
    assert trial.waiting().filter(reason=trial.ENOUGH).count() == 3
    deliver(now=NOW + DAY + timedelta(minutes=1))
    assert len(real.sent) == trial.A_DAY + 3


def test_what_waits_goes_up_to_its_last_moment(real: Recorder, firm: Creditor, boss: User) -> None:
    soon, late = planned(creditor=firm, not_after=NOW + DAY / 2), planned(creditor=firm, not_after=NOW + DAY / 4)
    assert deliver(now=NOW) == Tally(later=2)
    actions.end_trial(by=boss, reason="all is well", count=2, now=NOW + DAY / 3)
    assert deliver(now=NOW + DAY / 3) == Tally(accepted=1, expired=1)
    assert states([*soon, *late]) == ["accepted", "expired"]


def test_it_ends_with_the_number_typed(real: Recorder, firm: Creditor, boss: User) -> None:
    planned(3, creditor=firm)
    deliver(now=NOW)
    with pytest.raises(Refused, match="3 messages wait now, not 2"):
        actions.end_trial(by=boss, reason="all is well", count=2, now=NOW)
    with pytest.raises(Refused, match="Say why"):
        actions.end_trial(by=boss, reason=" ", count=3, now=NOW)
    assert mode.standing().trial_since
    assert actions.end_trial(by=boss, reason="all is well", count=3, now=NOW) == 3
    assert Entry.objects.get(verb="trial_ended").facts["released"] == 3
    assert deliver(now=NOW) == Tally(accepted=3)
    with pytest.raises(Refused, match="no trial"):
        actions.end_trial(by=boss, reason="again", count=0)


def test_no_delivery_ends_it(real: Recorder, firm: Creditor) -> None:
    planned(creditor=firm)
    assert deliver(now=NOW + 30 * DAY) == Tally(later=1)


def test_after_two_weeks_it_ends_by_itself_and_what_waited_waits_for_a_person(real: Recorder, firm: Creditor, boss: User) -> None:
    waited = planned(2, creditor=firm)
    deliver(now=NOW)
    Dispatch.objects.update(trial_since=NOW)
    over = NOW + trial.LENGTH
    assert not actions.end_trial_when_over(now=over - timedelta(seconds=1))
    assert actions.end_trial_when_over(now=over)
    assert not actions.end_trial_when_over(now=over), "there is none any more"
    assert mode.standing().trial_since is None
    entry = Entry.objects.get(verb="trial_ended")
    assert (entry.actor, entry.facts["waiting"], entry.facts["released"]) == (None, 2, 0)
    assert deliver(now=over) == Tally() and states(waited) == ["planned"] * 2
    [brake] = brakes.standing()
    assert (brake.creditor, brake.kind, brake.facts) == (firm, "volume", {"trial": 2, "messages": 2})
    [of_others] = planned()
    assert deliver(now=over) == Tally(accepted=1) and states([of_others]) == ["accepted"], "nothing of theirs had waited"
    actions.release_brake(brake, by=boss, reason="looked at", now=over)
    assert deliver(now=over) == Tally(accepted=2)


def test_a_run_under_way_is_held_with_what_waited(real: Recorder, firm: Creditor) -> None:
    planned(creditor=firm)
    deliver(now=NOW)
    Dispatch.objects.update(trial_since=NOW)
    Brake.objects.create(creditor=firm, kind="volume", since=NOW, facts={})
    actions.end_trial_when_over(now=NOW + trial.LENGTH)
    assert Brake.objects.get().facts == {"trial": 1, "messages": 1}


def test_where_nothing_waited_nothing_is_held(real: Recorder, firm: Creditor) -> None:
    Dispatch.objects.update(trial_since=NOW)
    assert actions.end_trial_when_over(now=NOW + trial.LENGTH)
    assert brakes.standing() == []


def test_without_a_trial_all_leaves(real: Recorder, firm: Creditor, boss: User) -> None:
    actions.go_quarantine(by=boss, reason="anew")
    actions.go_live(by=boss)
    planned(creditor=firm)
    assert deliver(now=NOW) == Tally(accepted=1)


def test_quarantine_knows_no_trial(real: Recorder, firm: Creditor, boss: User) -> None:
    actions.go_quarantine(by=boss, reason="anew")
    planned(creditor=firm)
    assert deliver(now=NOW) == Tally(accepted=1)
    assert real.sent == []
    assert Message.objects.get().captured


def test_a_guest_is_named_once_and_has_an_address(firm: Creditor) -> None:
    actions.name_guest(firm, "a@example.com")
    with pytest.raises(Refused, match="Name the address"):
        actions.name_guest(firm, "  ")
    with pytest.raises(IntegrityError, match="guest_named_once"), transaction.atomic():
        TrialAddress.objects.create(creditor=firm, address="a@example.com", since=NOW)
