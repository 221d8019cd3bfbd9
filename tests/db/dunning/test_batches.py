"""How a batch is read and taken: nothing is overlooked by the look that spares queries, and its sessions are as one."""

import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from threading import Barrier, get_ident
from typing import Any

import pytest

from dunning.actions import (
    Reached,
    agree,
    approve,
    await_credit,
    begin_mediation,
    drop_item,
    hold,
    prepare_case,
    promise,
    reach_stage,
    record_complaint,
    reject,
    runs,
)
from dunning.actions.edits import Edit
from dunning.court import Path, Stage
from dunning.facts import facts_for
from dunning.models import Case, Notice, Policy, PolicyVersion, Promise, Run, StepTaken
from dunning.presence import Presence, presence
from dunning.states import AwaitedKind, ComplaintAbout
from invoices.actions import issue_credit_note
from invoices.actions.papers.asking import ask
from invoices.intake.parsed import Asked, Question
from invoices.models import Item
from receivables.audit.actions import verify
from receivables.audit.models import Entry
from tests.builders import dispute, pay
from tests.db.dunning.firm import APPROVED, Firm, Recorder, day, make_firm
from tests.db.dunning.mails import written

NOTHING = Presence(*[False] * len(Presence._fields))


def plan_and(answer: Callable[[Notice], Any]) -> Callable[[Firm, Item], Any]:
    def deed(firm: Firm, item: Item) -> None:
        firm.plan(1)
        for notice in firm.waiting():
            answer(notice)

    return deed


def left_out(notice: Notice) -> None:
    drop_item(notice, Case.objects.get(), edit=Edit(day(1), "not today"))


def in_court(firm: Firm, item: Item) -> None:
    case = prepare_case(item.customer, [item], path=Path.EPU, prepared_on=day(0), today=day(0))
    reach_stage(case, Reached(Stage.FILED, day(0), "Nc-e 1/26"), today=day(0))


FACTS: dict[str, tuple[Callable[[Firm, Item], Any], set[str]]] = {
    "held": (lambda firm, item: hold(item, on=day(0)), {"holds"}),
    "complained of": (
        lambda firm, item: record_complaint(item.invoice, about=ComplaintAbout.GOODS, text="x", received_on=day(0), on=day(0)),
        {"complaints"},
    ),
    "questioned": (lambda firm, item: ask(item.invoice, [Asked(Question.FACTOR)], on=day(0)), {"questions"}),
    "disputed": (lambda firm, item: dispute(item, "10.00", on=day(0)), {"disputes"}),
    "to be credited": (
        lambda firm, item: await_credit(item, kind=AwaitedKind.RETURN, amount=Decimal(5), until=day(9), on=day(0)),
        {"awaited"},
    ),
    "answered": (lambda firm, item: written(item, "Nie zapłacę."), {"replies"}),
    "promised": (lambda firm, item: promise(item.customer, amount=Decimal(5), by=day(3), on=day(0)), {"promises"}),
    "agreed": (
        lambda firm, item: agree(item.customer, label="U1", items=[item], rates=[(day(9), Decimal(100))], on=day(0)),
        {"agreements"},
    ),
    "talked about": (
        lambda firm, item: begin_mediation(item.customer, [item], mediator="Anna", began_on=day(0), today=day(0)),
        {"court"},
    ),
    "in court": (in_court, {"court"}),
    "paid": (lambda firm, item: pay(item.customer, "10.00", booked_on=day(0)), {"credit"}),
    "planned": (plan_and(lambda notice: None), {"proposed"}),
    "approved": (plan_and(lambda notice: approve(notice, on=day(1), now=notice.run.started_at)), {"released"}),
    "rejected": (plan_and(lambda notice: reject(notice, on=day(1))), {"rejected"}),
    "left out": (plan_and(left_out), {"edits"}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", FACTS)
def test_the_look_finds_what_is_there_and_only_for_the_customers_asked(recorder: Recorder, name: str) -> None:
    deed, kinds = FACTS[name]
    firm = make_firm(APPROVED, recorder)
    item = firm.owes()
    stranger = firm.customer()
    deed(firm, item)
    found = {kind for kind, is_there in presence([item.customer_id, stranger.pk])._asdict().items() if is_there}
    assert kinds <= found and found - kinds <= {"proposed", "released", "calls"}
    assert presence([stranger.pk]) == presence([]) == NOTHING


@pytest.mark.django_db
def test_a_credit_note_and_a_call_are_found_too(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: ring, after_due: 1, channel: [call]}]", recorder)
    item = firm.owes()
    issue_credit_note(item.customer, number="K/1", amount=Decimal(10), issued_on=day(0))
    firm.plan(1)
    found = presence([item.customer_id])
    assert found.credit and found.calls and found.released


@pytest.mark.django_db
def test_the_facts_of_customers_without_special_facts_take_a_fixed_number_of_queries(
    recorder: Recorder, django_assert_num_queries: Any
) -> None:
    firm = make_firm(recorder=recorder)
    customers = [firm.owes().customer_id for _ in range(12)]
    firm.noon(1)
    for some in (customers[:1], customers):
        with django_assert_num_queries(10):
            facts_for(firm.creditor, some, on=day(1))


def breaking(firm: Firm) -> None:
    """Put one customer more under a policy whose text nobody can read."""
    policy = Policy.objects.create(creditor=firm.creditor, name="Broken")
    version = PolicyVersion.objects.create(policy=policy, number=1, state="published", text="no policy at all", created_at=firm.noon(-50))
    Case.objects.filter(item=firm.owes()).update(version=version)


def observed(monkeypatch: pytest.MonkeyPatch, meet: Callable[[], Any]) -> set[int]:
    """The sessions that take batches; each waits at its first for the other to have one too."""
    sessions: set[int] = set()
    take = runs.take_batch

    def taking(*args: Any, **named: Any) -> list[int]:
        if get_ident() not in sessions:
            sessions.add(get_ident())
            meet()
        return take(*args, **named)

    monkeypatch.setattr(runs, "take_batch", taking)
    return sessions


@pytest.mark.django_db(transaction=True)
def test_the_sessions_take_every_batch_once_and_count_and_seal_as_one(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BATCH", 2)
    firm = make_firm(recorder=recorder)
    items = [firm.owes() for _ in range(11)]
    breaking(firm)
    for item in items[::2]:
        promise(item.customer, amount=Decimal(100), by=day(1), on=day(0))
    sessions = observed(monkeypatch, Barrier(runs.SESSIONS, timeout=30).wait)
    turn = sys.getswitchinterval()
    firm.run(2)
    run = Run.objects.get()
    assert len(sessions) == runs.SESSIONS == 3 and sys.getswitchinterval() == turn
    assert [firm.arrived(item) for item in items] == [["first"]] * 11 and StepTaken.objects.count() == 11
    assert (run.judged, run.expected, len(run.problems)) == (11, 11, 1)
    assert Counter(Promise.objects.values_list("state", flat=True)) == {"broken": 6}
    sealed = [entry.facts["notices"] for entry in Entry.objects.filter(verb="batch_released")]
    assert sum(sealed) == 11 and verify(firm.creditor) == []


@pytest.mark.django_db(transaction=True)
def test_where_a_cap_counts_persons_there_is_one_session(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BATCH", 1)
    firm = make_firm(recorder=recorder, cap_messages=1, cap_days=7, cap_per_person=True)
    same = {"email": "shared@example.com", "phone": ""}
    items = [firm.owes(firm.customer(**same)) for _ in range(6)]
    sessions = observed(monkeypatch, lambda: None)
    firm.run(1)
    assert len(sessions) == 1 and [firm.arrived(item) for item in items].count(["first"]) == 1


@pytest.mark.django_db
def test_within_a_transaction_of_the_caller_there_is_one_session(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BATCH", 2)
    firm = make_firm(recorder=recorder)
    items = [firm.owes() for _ in range(5)]
    sessions = observed(monkeypatch, lambda: None)
    firm.run(1)
    assert sessions == {get_ident()} and [firm.arrived(item) for item in items] == [["first"]] * 5
