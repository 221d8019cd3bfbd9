"""What providers report moves the ladder as a person's answer does, once; forged reports move nothing. RELIABILITY.md T19."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunning.models import Case, Notice, Task
from dunning.states import TaskKind
from invoices.models import AllocationEntry, Item, Payment
from receivables.messaging.models import BounceCount, Message, ProviderEvent, Suppression
from receivables.messaging.outgoing import Accepted, Outgoing, Unknown
from receivables.messaging.returns import Kind, Report, apply_waiting, take
from tests.db.dunning.firm import Firm, day, make_firm

pytestmark = pytest.mark.django_db


def message_of(item: Item, step: str = "first") -> Message:
    return Message.objects.get(notice__taken__case__item=item, notice__step=step, notice__main=None)


def told(firm: Firm, message: Message, *kinds: Kind, on: int, **more: Any) -> None:
    now = firm.noon(on)
    for kind in kinds:
        said = {"source": "dsn", "event_id": f"{message.pk}/{kind}/{on}", "key": message.key, "kind": kind, "at": now, **more}
        take([Report(**said)], raw=b"", now=now)


def lost(_: Outgoing) -> Unknown:
    return Unknown("time out")


def test_a_late_report_completes_an_uncertain_step_exactly_once(firm: Firm) -> None:
    item = firm.owes()
    firm.recorder.answer = lost
    firm.run(1)
    assert firm.tasks() == [(item.customer.number, "unknown_outcome")] and firm.completed() == Counter()
    told(firm, message_of(item), Kind.DELIVERED, on=3)
    for _ in range(2):
        told(firm, message_of(item), Kind.DELIVERED, Kind.SOFT_BOUNCED, on=4)
    assert firm.completed() == {(firm.case(item).pk, "first"): 1}
    assert firm.tasks() == []
    assert firm.case(item).completed_on == day(1)  # when it was handed over
    firm.recorder.answer = lambda outgoing: Accepted()
    firm.run(5)
    assert firm.arrived(item) == ["first", "second"]


def test_what_came_back_softly_had_left_and_the_step_stands(firm: Firm) -> None:
    item = firm.owes()
    firm.recorder.answer = lost
    firm.run(1)
    told(firm, message_of(item), Kind.SOFT_BOUNCED, on=2, detail="4.2.2 mailbox full")
    assert firm.completed() == {(firm.case(item).pk, "first"): 1} and firm.tasks() == []


@pytest.mark.parametrize("kind", [Kind.HARD_BOUNCED, Kind.FAILED])
def test_a_failure_takes_a_completed_step_back(firm: Firm, kind: Kind) -> None:
    item = firm.owes()
    firm.run(1)
    told(firm, message_of(item), kind, on=2)
    case = firm.case(item)
    assert (case.step, case.position, case.completed_on) == ("", 0, None)
    assert firm.tasks() == ([(item.customer.number, "bad_contact")] if kind is Kind.HARD_BOUNCED else [])


FALL_BACK = """\
name: Fall back
steps:
  - {key: first, after_due: 1, channel: [email, sms]}
  - {key: second, after_due: 5, channel: [email, sms]}
"""


def fallen_back(firm: Firm, kind: Kind, *, days: int, detail: str = "") -> list[str]:
    """The channels used after an address was reported so on some days: one customer with two ways."""
    mine = make_firm(FALL_BACK, recorder=firm.recorder)
    item = mine.owes(mine.customer(email="Jan.Kowalski@Example.com", phone="+48500600700"))
    mine.run(1)
    for number in range(days):
        told(mine, message_of(item), kind, on=2 + number, detail=detail)
    mine.run(12)
    assert Task.objects.filter(customer=item.customer, kind=TaskKind.BAD_CONTACT).count() == 1
    return [outgoing.channel for outgoing in firm.recorder.taken]


def test_a_hard_bounce_stops_the_address_and_the_step_goes_by_the_next_way(firm: Firm) -> None:
    assert fallen_back(firm, Kind.HARD_BOUNCED, days=1) == ["email", "sms"]


def test_six_soft_days_stop_the_address_for_what_is_planned_next(firm: Firm) -> None:
    assert fallen_back(firm, Kind.SOFT_BOUNCED, days=6) == ["email", "sms"]
    assert Suppression.objects.get().address == "jan.kowalski@example.com"


def test_a_complaint_stops_mail_at_once(firm: Firm) -> None:
    assert fallen_back(firm, Kind.COMPLAINED, days=1) == ["email", "sms"]


def test_five_soft_days_stop_nothing(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    for number in range(5):
        told(firm, message_of(item), Kind.SOFT_BOUNCED, on=2 + number)
        told(firm, message_of(item), Kind.SOFT_BOUNCED, on=2 + number, event_id=f"again {number}")
    assert (BounceCount.objects.count(), Suppression.objects.count(), firm.tasks()) == (5, 0, [])


def test_what_is_refused_for_policy_counts_for_no_address(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    told(firm, message_of(item), Kind.HARD_BOUNCED, on=2, detail="550 5.7.1 refused by policy")
    assert message_of(item).state == "failed"
    assert not BounceCount.objects.exists() and not Suppression.objects.exists() and firm.tasks() == []


def standing(firm: Firm) -> tuple[Any, ...]:
    """All that a report must not touch: money, and whether cases are open."""
    return (
        list(Payment.objects.order_by("pk").values_list()),
        list(AllocationEntry.objects.order_by("pk").values_list()),
        list(Item.objects.order_by("pk").values_list()),
        list(Case.objects.order_by("pk").values_list("pk", "state")),
    )


def forged(message: Message, other: Message, captured: Message, now: Any) -> list[Report]:
    """Thirty reports that somebody makes up, as from a returned mail: names of nobody, of others, of other channels, at other times."""
    names: list[dict[str, Any]] = [
        {"key": "0" * 64},
        {"key": message.key[:-1]},
        {"key": message.key.upper() + "x"},
        {"message_id": "<nobody@example.com>"},
        {"message_id": message.message_id.replace("@", "@not-")},
        {"reference": "R1"},
        {"key": message.key, "message_id": other.message_id},
        {"key": captured.key},
        {"key": message.key, "source": "smsapi"},
        {"key": message.key, "source": "mailer-daemon"},
    ]
    kinds = (Kind.HARD_BOUNCED, Kind.COMPLAINED, Kind.DELIVERED)
    return [Report(**{"source": "dsn", "kind": kind, "at": now, **name}) for kind in kinds for name in names]


def test_thirty_forged_reports_change_neither_money_nor_a_case(firm: Firm) -> None:
    items = [firm.owes(), firm.owes(), firm.owes()]
    firm.run(1)
    message, other, captured = (message_of(item) for item in items)
    Message.objects.filter(pk=captured.pk).update(captured=True)
    before, states = standing(firm), firm.states()
    reports = forged(message, other, captured, firm.noon(2))
    assert len(reports) == 30
    for report in reports:
        take([report], raw=b"forged", now=firm.noon(2))
    apply_waiting(now=firm.noon(2) + timedelta(days=2))
    assert standing(firm) == before and firm.states() == states
    assert not Suppression.objects.exists() and not BounceCount.objects.exists() and firm.tasks() == []
    assert set(ProviderEvent.objects.values_list("outcome", flat=True)) == {"refused", "given_up"}
    assert ProviderEvent.objects.count() == 30


def test_a_true_bounce_too_changes_no_money_and_closes_no_case(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    before = standing(firm)
    told(firm, message_of(item), Kind.HARD_BOUNCED, Kind.COMPLAINED, Kind.FAILED, on=2)
    assert standing(firm) == before


@pytest.mark.parametrize("answer", [Accepted(), Unknown("time out")], ids=["accepted", "unknown"])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_order_and_repetition_of_reports_ends_the_same(firm: Firm, answer: Any, data: st.DataObject) -> None:
    """Ranks: put off < soft < delivered < failed or bounced for good. Of the last two the first stands, so a set has one of them."""
    last = data.draw(st.sampled_from([[], [Kind.FAILED], [Kind.HARD_BOUNCED]]))
    early = data.draw(st.sets(st.sampled_from([Kind.DEFERRED, Kind.SOFT_BOUNCED, Kind.DELIVERED, Kind.COMPLAINED])))
    if last == [Kind.FAILED]:
        early.discard(Kind.SOFT_BOUNCED)  # both give the message up, and the first of them stands
    kinds = sorted({*early, *last})
    orders = [kinds, data.draw(st.permutations(kinds)) + data.draw(st.lists(st.sampled_from(kinds), max_size=4)) if kinds else []]
    firm.recorder.answer = lambda _: answer
    items = [firm.owes(firm.customer(email=f"{Item.objects.count()}-{number}@example.com")) for number in range(2)]
    firm.run(1)
    for item, order in zip(items, orders, strict=True):
        told(firm, message_of(item), *order, on=2)
    first, second = (ended(item) for item in items)
    assert first == second


def ended(item: Item) -> tuple[Any, ...]:
    message, case = message_of(item), Case.objects.get(item=item)
    dead = Suppression.objects.filter(address=message.recipient).count()
    tasks = sorted(Task.objects.filter(customer=item.customer, closed_on=None).values_list("kind", flat=True))
    results = Counter(Notice.objects.filter(message=message).values_list("taken__results__kind", flat=True))
    completed = results.get("completed", 0)
    return message.state, case.step, case.in_flight_id is None, dead, tasks, completed <= 1
