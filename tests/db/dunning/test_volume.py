"""The gate of a run, and how a message of the ladder is known again after a restore."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection

from dunning import volume
from dunning.day import resume_day
from dunning.models import Notice, Run
from dunning.traces import LadderTrace
from receivables.accounts.models import User
from receivables.audit.models import Entry
from receivables.messaging import actions, brakes, mode
from receivables.messaging.models import Attempt, Dispatch, Message
from receivables.messaging.protocols import CHANNELS
from tests.builders import make_user
from tests.db.dunning.firm import CHANNELS as WAYS
from tests.db.dunning.firm import DUE, Firm, Recorder, make_firm
from tests.db.messaging.test_restored import past_triggers

pytestmark = pytest.mark.django_db

NOW = (date.today() - DUE).days + 1  # from tomorrow on: going live has no clock of its own


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_superuser=True)


@pytest.fixture
def real(settings: Any, tmp_path: Any, boss: User) -> Iterator[Recorder]:
    settings.DATA_DIR = tmp_path
    settings.LIVE_HOST, settings.HTTPS, settings.CLOCK = mode.hostname(), True, None
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"
    channel = Recorder(takes_key=True)
    with CHANNELS.using(dict.fromkeys(WAYS, channel)):
        actions.go_live(by=boss)
        yield channel


def runs(firm: Firm, *sizes: int) -> None:
    """Runs that sent so many."""
    for size in sizes:
        started = firm.noon(NOW)
        Run.objects.create(creditor=firm.creditor, on=started.date(), started_at=started, finished_at=started, state="done", expected=size)


def owing(firm: Firm, number: int) -> None:
    for _ in range(number):
        firm.owes(due=NOW - 1)


def release(firm: Firm, boss: User) -> None:
    actions.release_brake(brakes.standing()[0], by=boss, reason="looked at", now=firm.noon(NOW))


def test_three_times_the_usual_waits_for_a_person(real: Recorder, boss: User) -> None:
    firm = make_firm()
    runs(firm, 5, 7, 9)
    owing(firm, 22)
    run = firm.run(NOW)
    [brake] = brakes.standing()
    assert brake.facts == {"run": run.pk, "messages": 22, "median": 7.0}
    assert real.taken == []
    assert firm.states() == {"planned": 22}
    assert Entry.objects.get(verb="brake_closed").facts["messages"] == 22
    release(firm, boss)
    firm.deliver(NOW)
    assert len(real.taken) == 22


@pytest.mark.parametrize(
    ("sizes", "number", "held"),
    [
        pytest.param((5, 7, 9), 21, False, id="three times is not more"),
        pytest.param((1, 1, 1), 20, False, id="few are never too many"),
        pytest.param((1, 1, 1), 21, True, id="more than few"),
        pytest.param((100,) * 4 + (1,) * 10, 21, True, id="only the last ten"),
    ],
)
def test_what_is_too_many(real: Recorder, sizes: tuple[int, ...], number: int, held: bool) -> None:
    firm = make_firm()
    runs(firm, *sizes)
    owing(firm, number)
    firm.run(NOW)
    assert (len(brakes.standing()) == 1, len(real.taken)) == (held, 0 if held else number)


def test_the_cap_of_a_run(real: Recorder) -> None:
    firm = make_firm(run_cap=2)
    owing(firm, 3)
    run = firm.run(NOW)
    assert brakes.standing()[0].facts == {"run": run.pk, "messages": 3, "cap": 2}
    assert real.taken == []


def test_the_first_three_runs_wait_for_a_person_whatever_the_company_has_switched_off(real: Recorder, boss: User) -> None:
    firm = make_firm(first_run_waits=False)
    for earlier in range(3):
        owing(firm, 1)
        run = firm.run(NOW + earlier)
        assert brakes.standing()[0].facts == {"run": run.pk, "messages": 1, "earlier": earlier}
        release(firm, boss)
        firm.deliver(NOW + earlier)
    owing(firm, 1)
    firm.run(NOW + 3)
    assert (len(real.taken), brakes.standing()) == (4, [])


def test_a_run_that_waits_is_not_let_go_by_a_smaller_one(real: Recorder) -> None:
    firm = make_firm(run_cap=2)
    owing(firm, 3)
    firm.run(NOW)
    owing(firm, 1)
    firm.run(NOW)
    assert len(brakes.standing()) == 1
    assert real.taken == []


def test_a_run_that_died_half_way_is_weighed_when_it_is_finished(real: Recorder) -> None:
    firm = make_firm()
    runs(firm, 5, 7, 9)
    owing(firm, 1)
    run = firm.start(NOW)
    volume.begin(run, now=firm.noon(NOW))
    firm.deliver(NOW)
    assert real.taken == []
    firm.go_on(run, NOW)
    volume.weigh(run)
    firm.deliver(NOW)
    assert len(real.taken) == 1


def died_before_it_was_weighed(firm: Firm) -> None:
    """All of the run is planned and it is finished; whoever planned it is gone."""
    run = firm.start(NOW)
    volume.begin(run, now=firm.noon(NOW))
    firm.go_on(run, NOW)


def test_a_run_that_died_before_it_was_weighed_is_weighed_at_the_next_wake_up(real: Recorder) -> None:
    firm = make_firm()
    runs(firm, 5, 7, 9)
    owing(firm, 1)
    died_before_it_was_weighed(firm)
    firm.deliver(NOW)
    assert real.taken == []
    assert resume_day(firm.creditor, on=firm.noon(NOW).date(), now=firm.noon(NOW)) is None
    firm.deliver(NOW)
    assert (len(real.taken), brakes.standing()) == (1, [])


def test_a_large_run_that_died_before_it_was_weighed_is_not_let_go_by_the_next(real: Recorder) -> None:
    firm = make_firm(run_cap=2)
    owing(firm, 3)
    died_before_it_was_weighed(firm)
    firm.run(NOW + 1)
    assert brakes.standing()[0].facts["messages"] == 3
    assert real.taken == []


def test_quarantine_and_replays_have_no_gate() -> None:
    firm = make_firm(run_cap=1)
    owing(firm, 3)
    with Recorder().standing_in() as recorder:
        firm.run(NOW)
    assert len(recorder.taken) == 3
    assert brakes.standing() == []


def forget_all() -> None:
    """The database as it was before the run, past all triggers."""
    lost = ("dunning_stepresult", "dunning_steptaken", "dunning_notice", "messaging_attempt", "messaging_message")
    with past_triggers("dunning_case", *lost), connection.cursor() as cursor:
        anew = "in_flight_id = NULL, look_again_on = '2000-01-01', position = 0, step = '', round = 1, completed_on = NULL"
        cursor.execute(f"UPDATE dunning_case SET {anew}")
        for table in lost:
            cursor.execute(f"DELETE FROM {table}")
    identity = mode.database_identity()
    Dispatch.objects.update(database_identity=f"{identity.rpartition('/')[0]}/00000099")


@pytest.mark.parametrize("has_journal", [True, False])
def test_after_a_restore_no_step_is_said_twice(real: Recorder, boss: User, tmp_path: Any, has_journal: bool) -> None:
    """What left is grouped with another invoice when it is planned again: the key is another, the marks are not."""
    firm = make_firm()
    runs(firm, 5, 7, 9)
    customer = firm.customer()
    first = firm.owes(customer, due=NOW - 1)
    firm.run(NOW)
    assert len(real.taken) == 1
    forget_all()
    if not has_journal:
        (tmp_path / "journal" / "handed.jsonl").unlink()
    actions.confirm_database(by=boss, reason="restored", now=firm.noon(NOW))
    firm.owes(customer, due=NOW - 1)
    firm.owes(due=NOW + 9)
    firm.run(NOW)
    message = Message.objects.get()
    assert (message.state, len(real.taken)) == ("unknown", 1)
    assert Attempt.objects.get().outcome == "unknown"
    assert first.label in str(message.facts["items"])
    firm.run(NOW + 10)
    assert len(real.taken) == 2  # what was not due by then is said as ever


def test_a_mark_is_of_item_and_step_alone() -> None:
    firm = make_firm()
    firm.owes(due=NOW - 1)
    firm.plan(NOW)
    message = Notice.objects.get().message
    assert message
    [mark] = LadderTrace().marks([message])[message.pk]
    assert len(mark) == 32
    assert LadderTrace().due_by([message], firm.noon(NOW), now=firm.noon(NOW)) == {message.pk}
    assert LadderTrace().due_by([message], firm.noon(NOW - 1), now=firm.noon(NOW)) == set()
