"""Stop facts: whatever stands in the queue or on the ladder stops in the same transaction; ending one takes two people."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dunning.actions import (
    Representative,
    close_task,
    end_stop,
    propose_stop_end,
    record_stop,
    refuse_stop_end,
)
from dunning.explain import explain_customer
from dunning.models import StopFact, Task
from dunning.states import StopKind, TaskKind
from invoices.models import Customer, Item
from receivables.core.errors import Refused
from receivables.messaging.models import Suppression
from tests.builders import audited, make_user
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
ALL = [StopKind.BANKRUPTCY, StopKind.RESTRUCTURING, StopKind.DEATH, StopKind.STRUCK_OFF]
LAWYER = Representative("Kancelaria Nowak", email="nowak@example.com", address="Sądowa 1\n00-001 Warszawa")


def stop(firm: Firm, customer: Customer, on: int, kind: StopKind = StopKind.BANKRUPTCY, **more: Any) -> StopFact:
    fields = {"since": day(on), "source": "KRZ", "representative": LAWYER, **more}
    return record_stop(customer, kind=kind, on=day(on), now=firm.noon(on), **fields)


def waits(item: Item, on: int) -> str | None:
    return explain_customer(item.customer, on=day(on))[item.pk].waits


@pytest.mark.parametrize("kind", ALL)
def test_every_step_stops(firm: Firm, recorder: Recorder, kind: StopKind) -> None:
    item = firm.owes()
    stop(firm, item.customer, 0, kind)
    firm.run(1)
    firm.run(9)
    assert recorder.taken == []
    assert waits(item, 9) == "held"


@pytest.mark.parametrize("kind", [*ALL, StopKind.REPRESENTED])
def test_what_is_queued_is_withdrawn_in_the_same_transaction(firm: Firm, recorder: Recorder, kind: StopKind) -> None:
    item = firm.owes()
    firm.plan(1)
    assert firm.states() == {"planned": 1}
    stop(firm, item.customer, 1, kind)
    assert firm.states() == {"withdrawn": 1}
    assert firm.case(item).in_flight is None
    firm.deliver(1)
    assert recorder.taken == []


def test_one_recorded_between_claim_and_hand_over_stops_the_message(
    firm: Firm, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawal passes over a row that a deliverer holds; the guard reads the fact."""
    item = firm.owes()
    firm.plan(1)
    monkeypatch.setattr("dunning.actions.stops.withdraw_queued", lambda *args, **kwargs: frozenset())
    stop(firm, item.customer, 1)
    assert firm.states() == {"planned": 1}
    firm.deliver(1)
    assert recorder.taken == []
    assert firm.states() == {"withdrawn": 1} and "held" in firm.reasons()[0]


def test_of_a_bankrupt_the_claim_is_to_be_filed_within_thirty_days_of_the_notice(firm: Firm) -> None:
    item = firm.owes()
    stop(firm, item.customer, 3, since=day(1))
    task = Task.objects.get(customer=item.customer, closed_on=None)
    assert (task.kind, task.due_on, task.opened_on) == (TaskKind.FILE_CLAIM, day(31), day(3))


def test_a_call_that_waits_is_closed() -> None:
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [call]}]")
    item = firm.owes()
    firm.run(1)
    assert [kind for _, kind in firm.tasks()] == ["call"]
    stop(firm, item.customer, 1, StopKind.DEATH)
    assert [kind for _, kind in firm.tasks()] == ["stop_fact"]


def test_a_represented_customer_is_written_to_through_the_representative_only(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    stop(firm, item.customer, 1, StopKind.REPRESENTED)
    firm.run(2)
    firm.run(6)  # an SMS: the representative has no number
    assert [(one.recipient, one.recipient_name) for one in recorder.taken] == [("nowak@example.com", "Kancelaria Nowak")]
    assert waits(item, 7) == "no_address"


def test_without_an_address_of_the_representative_nothing_goes(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    stop(firm, item.customer, 0, StopKind.REPRESENTED, representative=Representative("Kancelaria"))
    firm.run(1)
    assert recorder.taken == []
    assert waits(item, 1) == "no_address"


def test_a_dead_address_of_the_representative_is_not_used(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    stop(firm, item.customer, 0, StopKind.REPRESENTED)
    Suppression.objects.create(creditor=firm.creditor, channel="email", address="nowak@example.com", reason="bounced", since=firm.noon(0))
    firm.run(1)
    assert recorder.taken == []


def test_a_stopped_payer_stops_those_it_pays_for(firm: Firm, recorder: Recorder) -> None:
    payer = firm.customer()
    item = firm.owes()
    Customer.objects.filter(pk=item.customer_id).update(payer=payer)
    firm.plan(1)
    stop(firm, payer, 1, StopKind.DEATH)
    assert firm.states() == {"withdrawn": 1}
    firm.run(2)
    assert recorder.taken == []
    assert waits(Item.objects.get(pk=item.pk), 2) == "held"


def test_others_go_on(firm: Firm, recorder: Recorder) -> None:
    stopped, other = firm.owes(), firm.owes()
    stop(firm, stopped.customer, 0)
    firm.run(1)
    assert firm.arrived(other) == ["first"] and firm.arrived(stopped) == []


def test_ending_one_takes_a_reason_and_a_second_person(firm: Firm, recorder: Recorder) -> None:
    item, first, second = firm.owes(), make_user(), make_user()
    fact = stop(firm, item.customer, 0, by=first)
    with pytest.raises(Refused, match="Nobody has proposed"):
        end_stop(fact, on=day(1), by=second)
    with pytest.raises(Refused, match="Say why"):
        propose_stop_end(fact, reason=" ", on=day(1), by=first)
    propose_stop_end(fact, reason="Inna osoba", on=day(1), by=first)
    firm.run(1)
    assert recorder.taken == []  # proposed is not ended
    with pytest.raises(Refused, match="Somebody else"):
        end_stop(fact, on=day(1), by=first)
    end_stop(fact, on=day(2), by=second)
    fact.refresh_from_db()
    assert (fact.end_reason, fact.end_proposed_by, fact.ended_by, fact.ended_on) == ("Inna osoba", first, second, day(2))
    assert firm.tasks() == []
    firm.run(2)
    assert firm.arrived(item) == ["first"]
    said = [verb for verb in audited(firm.creditor) if verb.startswith("stop_")]
    assert said == ["stop_recorded", "stop_end_proposed", "stop_ended"]
    with pytest.raises(Refused, match="ended already"):
        end_stop(fact, on=day(2), by=second)


def test_a_refused_end_leaves_it_standing(firm: Firm) -> None:
    first, second = make_user(), make_user()
    fact = stop(firm, firm.customer(), 0)
    propose_stop_end(fact, reason="x", on=day(1), by=first)
    with pytest.raises(Refused, match="proposed already"):
        propose_stop_end(fact, reason="y", on=day(1), by=second)
    refuse_stop_end(fact, on=day(1), by=second)
    fact.refresh_from_db()
    assert (fact.end_reason, fact.end_proposed_by, fact.ended_on) == ("", None, None)
    assert StopFact.objects.standing().filter(pk=fact.pk).exists()


def test_what_cannot_be_is_refused(firm: Firm) -> None:
    customer = firm.customer()
    with pytest.raises(Refused, match="future"):
        stop(firm, customer, 0, since=day(1))
    with pytest.raises(Refused, match="how you know"):
        stop(firm, customer, 0, source=" ")
    with pytest.raises(Refused, match="Name the representative"):
        stop(firm, customer, 0, StopKind.REPRESENTED, representative=None)
    stop(firm, customer, 0)
    with pytest.raises(Refused, match="recorded already"):
        stop(firm, customer, 0)
    stop(firm, customer, 0, StopKind.DEATH)
    assert StopFact.objects.count() == 2


def test_its_task_may_be_closed_while_it_stands(firm: Firm) -> None:
    item = firm.owes()
    fact = stop(firm, item.customer, 0)
    close_task(Task.objects.get(customer=item.customer), on=day(2), result="zgłoszone")
    firm.run(3)
    assert StopFact.objects.standing().get() == fact and firm.tasks() == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("stop_fact_has_a_source", {"source": ""}),
        ("representative_has_a_name", {"kind": "represented", "representative": ""}),
        ("representative_phone_is_e164", {"phone": "500"}),
        ("stop_fact_end_has_a_reason", {"ended_on": day(1)}),
    ],
)
def test_the_database_refuses(firm: Firm, name: str, values: dict[str, Any]) -> None:
    fact = stop(firm, firm.customer(), 0)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        StopFact.objects.filter(pk=fact.pk).update(**values)


def test_the_database_knows_that_the_end_takes_two(firm: Firm) -> None:
    fact, user = stop(firm, firm.customer(), 0), make_user()
    alone = {"end_proposed_by": user, "end_reason": "x", "ended_by": user, "ended_on": day(1)}
    with pytest.raises(IntegrityError, match="stop_fact_end_takes_two"), transaction.atomic():
        StopFact.objects.filter(pk=fact.pk).update(**alone)


def test_the_database_knows_that_a_fact_stands_once(firm: Firm) -> None:
    fact = stop(firm, firm.customer(), 0)
    fact.pk = None
    with pytest.raises(IntegrityError, match="stop_fact_stands_once"), transaction.atomic():
        fact.save(force_insert=True)
