"""Going live: what only the mailbox of quarantine took never happened, and every open case starts from what really went out."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dunning.actions import accept, approve, start_episode
from dunning.models import Placement, StepResult, StepTaken
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from receivables.messaging import mode
from receivables.messaging.actions import go_live, go_quarantine
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Unknown
from receivables.messaging.protocols import CHANNELS
from tests.builders import make_user, pay
from tests.db.dunning.firm import APPROVED, DUE, Firm, Recorder, make_firm, used_to
from tests.db.dunning.firm import CHANNELS as WAYS

pytestmark = pytest.mark.django_db

NOW = (date.today() - DUE).days + 1  # day numbers from tomorrow on: going live has no clock of its own


@pytest.fixture
def real() -> Iterator[Recorder]:
    """Stands where the real adapters stand."""
    channel = Recorder(takes_key=False)
    with CHANNELS.using(dict.fromkeys(WAYS, channel)):
        yield channel


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_superuser=True)


@pytest.fixture(autouse=True)
def ready(settings: Any, tmp_path: Path) -> None:
    """A machine from which one may go live, with a mailbox of its own."""
    settings.LIVE_HOST, settings.HTTPS, settings.DATA_DIR = mode.hostname(), True, tmp_path
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"


def live(boss: User, settings: Any) -> None:
    settings.CLOCK = None
    go_live(by=boss)
    for creditor in Creditor.objects.all():
        used_to(creditor, 10, 10, 10)


def steps_taken(firm: Firm) -> list[tuple[str, int, int]]:
    return list(StepTaken.objects.order_by("pk").values_list("step", "episode", "round"))


def test_in_quarantine_a_step_counts_but_is_marked_captured(real: Recorder, tmp_path: Path) -> None:
    firm = make_firm()
    item = firm.owes(due=NOW - 10)
    firm.run(NOW - 8)
    assert (firm.arrived(item), real.taken) == (["first"], [])
    assert StepResult.objects.get().captured and Message.objects.get().captured
    assert len(list((tmp_path / "mailbox").rglob("*.eml"))) == 1


def test_what_the_mailbox_took_is_done_again_for_real(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm()
    item = firm.owes(due=NOW - 20)
    firm.run(NOW - 9)
    firm.run(NOW - 4)
    assert firm.arrived(item) == ["first", "second"]
    live(boss, settings)
    case = firm.case(item)
    assert (case.episode, case.position, case.step, case.completed_on, case.skipped, case.in_flight) == (2, 0, "", None, [], None)
    for number in (NOW, NOW, NOW + 1):
        firm.run(number)
    assert [outgoing.channel for outgoing in real.taken] == ["email", "sms"]
    assert steps_taken(firm) == [("first", 1, 1), ("second", 1, 1), ("first", 2, 1), ("second", 2, 1)]
    assert len(set(Message.objects.values_list("key", flat=True))) == 4
    assert verify(None) == []


def test_what_really_went_out_stays_done(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm()
    item = firm.owes(due=NOW - 20)
    live(boss, settings)
    firm.run(NOW)  # really
    settings.CLOCK = None
    go_quarantine(by=boss, reason="a test")
    firm.run(NOW + 1)  # into the mailbox
    assert firm.arrived(item) == ["first", "second"]
    live(boss, settings)
    case = firm.case(item)
    assert (case.episode, case.position, case.step, case.completed_on) == (3, 1, "first", DUE + timedelta(days=NOW))
    firm.run(NOW + 2)
    assert [outgoing.channel for outgoing in real.taken] == ["email", "sms"]
    assert firm.arrived(item) == ["first", "second", "second"]


def test_what_was_planned_in_quarantine_never_becomes_real(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm()
    item = firm.owes(due=NOW - 20)
    firm.plan(NOW - 1)
    live(boss, settings)
    firm.deliver(NOW)
    assert (real.taken, firm.states()) == ([], {"suppressed": 1})
    firm.run(NOW)
    assert [firm.arrived(item), len(real.taken)] == [["first"], 1]


def test_a_plan_of_quarantine_cannot_be_released_into_the_new_episode(real: Recorder, boss: User, settings: Any) -> None:
    text = "name: P\nsteps: [{key: a, after_due: 1, channel: [email]}, {key: b, after_due: 2, channel: [email], approval: true}]"
    firm = make_firm(text)
    item = firm.owes(due=NOW - 20)
    firm.run(NOW - 2)
    firm.run(NOW - 1)
    (notice,) = firm.waiting()
    live(boss, settings)
    try:
        approve(notice, on=DUE + timedelta(days=NOW), now=firm.noon(NOW), by=boss)
    except Refused:
        pass
    firm.deliver(NOW)
    assert real.taken == [] and firm.arrived(item) == ["a"]
    firm.run(NOW)
    assert len(real.taken) == 1 and firm.waiting() == []


def test_a_release_of_quarantine_releases_nothing_afterwards(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm(APPROVED)
    firm.owes(due=NOW - 20)
    firm.run(NOW - 1)
    approve(firm.waiting()[0], on=DUE + timedelta(days=NOW - 1), now=firm.noon(NOW - 1))
    firm.deliver(NOW - 1)
    live(boss, settings)
    firm.run(NOW)
    assert real.taken == [] and len(firm.waiting()) == 1


def test_a_hand_over_of_quarantine_is_no_hand_over(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm("name: P\nsteps: [{key: handoff, after_due: 1, channel: [agency]}]")
    item = firm.owes(due=NOW - 20)
    firm.run(NOW - 1)
    accept(item.customer, on=DUE + timedelta(days=NOW - 1))
    assert firm.case(item).state == "with_agency"
    live(boss, settings)
    assert firm.case(item).state == "running"
    with pytest.raises(Refused):
        accept(item.customer, on=DUE + timedelta(days=NOW))
    firm.run(NOW)
    assert len(real.taken) == 1
    accept(item.customer, on=DUE + timedelta(days=NOW))
    assert firm.case(item).state == "with_agency"
    assert sorted(Placement.objects.values_list("state", flat=True)) == ["closed", "received"]


def back_and_forth(boss: User, settings: Any) -> None:
    settings.CLOCK = None
    go_quarantine(by=boss, reason="a test")
    go_live(by=boss)


def test_what_may_really_have_left_is_not_sent_again_in_a_new_episode(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm()
    item = firm.owes(due=NOW - 20)
    live(boss, settings)
    real.answer, answer = (lambda outgoing: Unknown("timeout")), real.answer
    firm.run(NOW)
    real.answer = answer
    back_and_forth(boss, settings)
    firm.run(NOW + 1)
    assert (real.taken, firm.states()) == ([], {"unknown": 1})
    assert firm.case(item).in_flight is not None


def test_what_an_agency_really_has_stays_with_it(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm("name: P\nsteps: [{key: handoff, after_due: 1, channel: [agency]}, {key: last, after_due: 2, channel: [email]}]")
    item = firm.owes(due=NOW - 20)
    live(boss, settings)
    firm.run(NOW)
    accept(item.customer, on=DUE + timedelta(days=NOW))
    back_and_forth(boss, settings)
    firm.run(NOW + 1)
    assert (firm.case(item).state, len(real.taken)) == ("with_agency", 1)


def test_closed_cases_keep_their_episode(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm()
    item = firm.owes(due=NOW - 20)
    firm.run(NOW - 9)
    pay(item.customer, "100.00", item, booked_on=DUE + timedelta(days=NOW - 8))
    live(boss, settings)
    assert (firm.case(item).episode, firm.case(item).step) == (1, "first")


def test_starting_an_episode_twice_repeats_nothing(real: Recorder, boss: User, settings: Any) -> None:
    firm = make_firm()
    item = firm.owes(due=NOW - 20)
    live(boss, settings)
    firm.run(NOW)
    start_episode(now=firm.noon(NOW))
    firm.run(NOW)
    assert firm.arrived(item) == ["first"] and len(real.taken) == 1
