"""A process dies at any query of a day, and the next one finishes it: every step once, nothing lost.

Death is simulated from outside: from the chosen query on, the database answers nobody; then the connection is gone, and the
leases of the dead are over. What a kill of real processes does is measured by the fault campaign.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from dunning.actions import approve
from dunning.day import resume_day
from dunning.models import Run, StepResult, StepTaken
from invoices.books import differences
from receivables.audit.actions import verify
from receivables.messaging.models import Message
from receivables.messaging.reaper import reap
from receivables.messaging.states import MessageState
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = """\
name: P
steps:
  - {key: a, after_due: 1, channel: [email], also: [sms]}
  - {key: b, after_due: 2, channel: [email]}
"""
DEMAND = "name: P\nsteps: [{key: demand, after_due: 1, channel: [email], approval: true}]"


class Died(BaseException):
    """The process is gone."""


@dataclass
class Death:
    """Comes at the query of that number, and is final."""

    at: int
    queries: int = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        if self.queries >= self.at:
            raise Died
        return execute(sql, params, many, context)


@contextmanager
def dying_at(number: int) -> Iterator[Death]:
    """Let the process die at that query; afterwards its connection is closed and its leases are over."""
    death = Death(number)
    try:
        with connection.execute_wrapper(death):
            yield death
    except Died:
        pass
    finally:
        connection.close()
        in_hand = Message.objects.filter(state__in=[MessageState.CLAIMED, MessageState.HANDED])
        in_hand.update(lease_until=Now() - _A_MINUTE)


_A_MINUTE = timedelta(minutes=1)


def queries_of(deed: Callable[[], Any]) -> int:
    """How many queries a deed takes when nothing happens to it."""
    with dying_at(10**9) as death:
        deed()
    return death.queries


def a_day(firm: Firm) -> None:
    firm.run(1)


def everything_is_well(firm: Firm) -> None:
    assert list(differences()) == [] and verify(firm.creditor) == []
    assert max(firm.completed().values()) == 1
    assert Run.objects.filter(creditor=firm.creditor, finished_at=None).count() == 0


def after_death(firm: Firm) -> None:
    """What the next ticks do: finish the day's run, or plan it if it had not begun, and deliver."""
    for _ in range(2):
        if Run.objects.filter(creditor=firm.creditor).exists():
            resume_day(firm.creditor, on=day(1), now=firm.noon(1))
        else:
            firm.plan(1)
        firm.deliver(1)


def sampled(total: int, every: int) -> range:
    return range(1, total + 1, every)


@pytest.mark.parametrize("every", [13, pytest.param(1, marks=pytest.mark.long)])
def test_a_death_at_any_query_of_a_captured_day_leaves_one_message_of_each_step(every: int, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    total = queries_of(lambda: a_day(_two_debts(make_firm(TEXT))))
    assert total > 60
    for number in sampled(total, every):
        settings.DATA_DIR = tmp_path / str(number)
        firm = _two_debts(make_firm(TEXT))
        with dying_at(number):
            a_day(firm)
        after_death(firm)
        assert firm.states() == {"accepted": 4}, f"died at query {number}"
        assert StepTaken.objects.filter(case__creditor=firm.creditor).count() == 2
        assert set(firm.completed().values()) == {1} and len(firm.completed()) == 2
        assert len(list((settings.DATA_DIR / "mailbox").rglob("*.eml"))) == 4, "a captured message twice, or not at all"
        everything_is_well(firm)


@pytest.mark.parametrize("every", [13, pytest.param(1, marks=pytest.mark.long)])
def test_a_death_at_any_query_of_a_real_day_sends_nothing_twice_and_what_is_uncertain_is_put_to_a_person(
    every: int, recorder: Recorder
) -> None:
    total = queries_of(lambda: a_day(_two_debts(make_firm(TEXT, recorder))))
    for number in sampled(total, every):
        recorder.taken.clear()
        firm = _two_debts(make_firm(TEXT, recorder))
        with dying_at(number):
            a_day(firm)
        after_death(firm)
        keys = [outgoing.key for outgoing in recorder.taken]
        assert len(keys) == len(set(keys)), f"sent twice after a death at query {number}"
        states = firm.states()
        assert set(states) <= {"accepted", "unknown"} and states["accepted"] <= len(keys)
        uncertain = Message.objects.filter(creditor=firm.creditor, state="unknown", notice__main=None)
        assert len([kind for _, kind in firm.tasks() if kind == "unknown_outcome"]) == uncertain.count()
        for message in Message.objects.filter(creditor=firm.creditor, state="accepted"):
            assert message.key in keys
        assert Run.objects.filter(creditor=firm.creditor, finished_at=None).count() == 0


def queries_of_an_approval(recorder: Recorder) -> int:
    firm = make_firm(DEMAND, recorder)
    firm.owes()
    firm.plan(1)
    (notice,) = firm.waiting()
    return queries_of(lambda: approve(notice, on=day(1), now=firm.noon(1)))


def test_a_death_at_any_query_of_an_approval_sends_once_or_not_at_all(recorder: Recorder) -> None:
    total = min(queries_of_an_approval(recorder) for _ in range(2))  # the first in a process asks for what is kept afterwards
    for number in sampled(total, 3):
        recorder.taken.clear()
        firm = make_firm(DEMAND, recorder)
        item = firm.owes()
        firm.plan(1)
        (notice,) = firm.waiting()
        with dying_at(number):
            approve(notice, on=day(1), now=firm.noon(1))
        firm.deliver(1)
        assert recorder.taken == [] and firm.waiting() == [notice], f"half an approval is none, at query {number} of {total}"
        assert firm.case(item).released_position == 0
        approve(notice, on=day(1), now=firm.noon(1))
        firm.deliver(1)
        assert firm.arrived(item) == ["demand"] and len(recorder.taken) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_in_the_channel_itself(recorder: Recorder, when: str) -> None:
    """Before it was sent or after: nobody knows, so a person is asked and nothing is sent again."""
    firm = make_firm(TEXT, recorder)
    item, other = firm.owes(), firm.owes()
    answer = recorder.answer

    def die(outgoing: Any) -> Any:
        if when == "after":
            recorder.taken.append(outgoing)
        raise Died

    recorder.answer = die
    with dying_at(10**9):
        a_day(firm)
    recorder.answer = answer
    after_death(firm)
    assert firm.states()["unknown"] in (1, 2), "one, or both where they were handed over together"
    keys = [outgoing.key for outgoing in recorder.taken]
    assert len(keys) == len(set(keys))
    assert {kind for _, kind in firm.tasks()} == {"unknown_outcome"}
    assert [firm.arrived(item), firm.arrived(other)].count([]) == firm.states()["unknown"]
    assert StepResult.objects.count() == 2 - firm.states()["unknown"]


def test_what_may_have_been_taken_keeps_its_key_whatever_run_comes_next(recorder: Recorder) -> None:
    """The channel takes a key twice, so the message of a dead worker is planned again: the same one, never a new one besides."""
    recorder.takes_key = True
    firm = make_firm(DEMAND.replace(", approval: true", ""), recorder)
    item, answer = firm.owes(), recorder.answer

    def die(outgoing: Any) -> Any:
        recorder.taken.append(outgoing)
        raise Died

    recorder.answer = die
    with dying_at(10**9):
        a_day(firm)
    reap(now=firm.noon(1))
    assert firm.states() == {"planned": 1}
    recorder.answer = answer
    firm.run(2)
    assert {outgoing.key for outgoing in recorder.taken} == {Message.objects.get().key}
    assert firm.arrived(item) == ["demand"]


def _two_debts(firm: Firm) -> Firm:
    """Of two customers, each of whom gets an e-mail and a text message."""
    firm.owes()
    firm.owes()
    return firm
