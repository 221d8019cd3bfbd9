"""Payments, holds and disputes meet the hand-over from several sessions: nothing is handed over that ended before it was judged."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Barrier, local
from typing import Any

import pytest
from django.db import connection, transaction

from dunning.actions import approve, defer, hold, record_complaint, record_stop, reject, release_hold
from dunning.actions import outcome as answer
from dunning.actions.outcomes import Result
from dunning.day import resume_day
from dunning.models import Agreement, Case, Notice, StepTaken
from dunning.states import ComplaintAbout, StopKind
from invoices.actions import resolve_dispute
from invoices.books import differences
from invoices.models import Customer, Item
from invoices.states import Outcome
from receivables import clock
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from receivables.messaging.mode import hold_switch_alone
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Accepted, Outgoing
from tests.builders import dispute, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.mails import written
from tests.db.dunning.test_runs import together

pytestmark = pytest.mark.django_db(transaction=True)

ENDS: dict[str, Callable[[Item], Any]] = {
    "paid": lambda item: pay(item.customer, item.amount, item, booked_on=day(1)),
    "held": lambda item: hold(item, on=day(1)),
    "disputed": lambda item: dispute(item, on=day(1)),
    "stopped": lambda item: record_stop(item.customer, kind=StopKind.DEATH, since=day(1), source="register", on=day(1), now=clock.now()),
    "answered": lambda item: written(item, "Nie zapłacę."),
    "complained of": lambda item: record_complaint(item.invoice, about=ComplaintAbout.GOODS, text="broken", received_on=day(1), on=day(1)),
}


@dataclass
class Watch:
    """When each debt had surely ended, and when the judgement of each message surely had not begun yet, on one clock."""

    ended: dict[int, float] = field(default_factory=dict)  # item → after the commit
    judged: dict[str, float] = field(default_factory=dict)  # key → before the guard's first query
    here: local = field(default_factory=local)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Around every query of a deliverer: the guard begins by reading its notices."""
        if 'FROM "dunning_notice"' in sql and '"message_id" IN' in sql:
            self.here.began = time.monotonic()
        return execute(sql, params, many, context)

    def took(self, outgoing: Outgoing) -> Accepted:
        self.judged[outgoing.key] = self.here.began
        return Accepted()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_handed_over_after_its_debt_has_ended(recorder: Recorder, seed: int) -> None:
    chance, watch = random.Random(seed), Watch()
    recorder.answer, recorder.batch = watch.took, chance.choice([1, 3])
    firm = make_firm(recorder=recorder)
    items = [firm.owes() for _ in range(24)]
    firm.plan(1)
    ends = [(item, chance.choice(list(ENDS))) for item in items]
    chance.shuffle(ends)

    def end(part: int) -> Callable[[], None]:
        def run() -> None:
            for item, how in ends[part::2]:
                ENDS[how](item)
                watch.ended[item.pk] = time.monotonic()

        return run

    def deliver() -> None:
        with connection.execute_wrapper(watch):
            firm.deliver(1)

    together(end(0), end(1), deliver, deliver)
    firm.deliver(1)
    for outgoing in recorder.taken:
        (line,) = StepTaken.objects.filter(notice__message__key=outgoing.key).select_related("case")
        assert watch.judged[outgoing.key] < watch.ended[line.case.item_id], "it was handed over after its debt had ended"
    assert set(firm.states()) <= {"accepted", "withdrawn"} and sum(firm.states().values()) == 24
    assert len(recorder.taken) == firm.states()["accepted"] == len({outgoing.key for outgoing in recorder.taken})
    assert list(differences()) == [] and verify(firm.creditor) == []


def test_everybody_at_once_neither_deadlocks_nor_sends_twice(recorder: Recorder) -> None:
    """Planners, deliverers, clerks who pay, hold, dispute, approve and reject, all on the same customers."""
    text = """\
name: P
grouping: invoice
steps:
  - {key: a, after_due: 1, channel: [email], also: [sms]}
  - {key: b, after_due: 2, channel: [sms], approval: true}
  - {key: c, after_due: 3, channel: [email]}
"""
    firm = make_firm(text, recorder)
    customers = [firm.customer() for _ in range(4)]
    items = [firm.owes(customer) for customer in customers for _ in range(3)]

    def clerk(seed: int) -> Callable[[], None]:
        chance = random.Random(seed)

        def run() -> None:
            for _ in range(10):
                item = Item.objects.get(pk=chance.choice(items).pk)
                act = chance.choice([_pays, _holds, _lets_go, _disputes, _settles, _answers])
                try:
                    act(firm, item, chance)
                except Refused:
                    pass

        return run

    def deliverer() -> None:
        for _ in range(6):
            firm.deliver(1)

    def planner() -> None:
        for _ in range(4):
            firm.tries_to_plan(1)
            resume_day(firm.creditor, on=day(1), now=firm.noon(1))

    for _ in range(2):
        together(clerk(1), clerk(2), clerk(3), deliverer, deliverer, planner, planner)
    firm.deliver(1)
    assert len(recorder.taken) == len({outgoing.key for outgoing in recorder.taken})
    assert max(firm.completed().values(), default=1) == 1
    assert list(differences()) == [] and verify(firm.creditor) == []


def _pays(firm: Firm, item: Item, chance: random.Random) -> None:
    pay(item.customer, chance.choice(["10.00", "100.00"]), item, booked_on=day(1))


def _holds(firm: Firm, item: Item, chance: random.Random) -> None:
    hold(chance.choice([item, item.customer]), on=day(1), until=day(1))


def _lets_go(firm: Firm, item: Item, chance: random.Random) -> None:
    release_hold(chance.choice([item, item.customer]), on=day(1))


def _disputes(firm: Firm, item: Item, chance: random.Random) -> None:
    dispute(item, "10.00", on=day(1))


def _settles(firm: Firm, item: Item, chance: random.Random) -> None:
    resolve_dispute(item, outcome=chance.choice([Outcome.UPHELD, Outcome.REJECTED]), on=day(1))


def _answers(firm: Firm, item: Item, chance: random.Random) -> None:
    for notice in firm.waiting()[:2]:
        if chance.random() < 0.7:
            approve(notice, on=day(1), now=firm.noon(1))
        else:
            reject(notice, on=day(1))


def test_an_approval_meets_the_run_that_plans_anew(recorder: Recorder) -> None:
    """Whoever comes first: the message goes once or stands planned once."""
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [email], approval: true}]", recorder)
    items = [firm.owes() for _ in range(10)]
    firm.plan(1)
    standing = firm.waiting()

    def answer() -> None:
        for notice in standing:
            try:
                approve(notice, on=day(1), now=firm.noon(1))
            except Refused:
                pass

    together(answer, lambda: firm.tries_to_plan(1))
    firm.deliver(1)
    sent = {line.case_id for line in StepTaken.objects.all()}
    planned = {line.case_id for notice in firm.waiting() for line in notice.lines.all()}
    assert sent & planned == set() and len(sent) + len(planned) == len(items)
    assert len(recorder.taken) == len(sent)


def test_two_people_answer_the_same_plan(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [email], approval: true}]", recorder)
    item = firm.owes()
    firm.plan(1)
    (notice,) = firm.waiting()

    def say(verb: Callable[[], Any]) -> Callable[[], str]:
        def run() -> str:
            try:
                verb()
            except Refused:
                return "refused"
            return "done"

        return run

    outcome = together(
        say(lambda: approve(notice, on=day(1), now=firm.noon(1))),
        say(lambda: approve(notice, on=day(1), now=firm.noon(1))),
        say(lambda: reject(notice, on=day(1))),
    )
    firm.deliver(1)
    assert sorted(str(one) for one in outcome) == ["done", "refused", "refused"]
    notice.refresh_from_db()
    assert len(recorder.taken) == Message.objects.count() == (1 if notice.state == "released" else 0)
    assert Case.objects.get(item=item).position == len(recorder.taken)
    assert Notice.objects.count() == 1


def waits_for_the_switch() -> bool:
    """Whether some session waits for the advisory lock of the switch."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])


def test_an_answer_takes_the_switch_before_it_locks_anybody(recorder: Recorder) -> None:
    """Else it would hold the customer while it waits, and whoever throws the switch could wait for that customer."""
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [email], also: [sms]}]", recorder)
    firm.owes()
    firm.run(1)
    notice, thrown, free = Notice.objects.get(main=None), Barrier(2, timeout=20), []

    def throws_the_switch() -> None:
        with transaction.atomic():
            hold_switch_alone()
            thrown.wait()
            until = time.monotonic() + 10
            while not waits_for_the_switch() and time.monotonic() < until:
                time.sleep(0.02)
            free.append(Customer.objects.select_for_update(skip_locked=True).filter(pk=notice.customer_id).exists())

    def answers() -> None:
        thrown.wait()
        answer(notice, Result.DELIVERED, now=firm.noon(1))

    together(throws_the_switch, answers)
    assert free == [True]
    assert Message.objects.get(notice=notice).state == "delivered"


def test_two_deferrals_at_one_moment_have_two_numbers(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder)
    items = [firm.owes() for _ in range(6)]

    def defers(part: int) -> Callable[[], None]:
        def run() -> None:
            for item in items[part::2]:
                defer(item.customer, items=[item], until=day(9), interest_runs=True, on=day(0))

        return run

    together(defers(0), defers(1))
    assert sorted(Agreement.objects.values_list("label", flat=True)) == [f"U/2026/{number}" for number in range(1, 7)]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_nothing_is_handed_over_after_its_debt_has_ended_many_times(recorder: Recorder, seed: int) -> None:
    test_nothing_is_handed_over_after_its_debt_has_ended(recorder, seed)
