"""What came of a call drives the ladder."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from dunning.actions import Disputed, Promised, change_contact, finish_call, note_call
from dunning.agencies.choice import Tried
from dunning.agencies.known import calls_to
from dunning.explain import explain_customer
from dunning.models import CallMade, StepResult, Task
from dunning.states import CallOutcome, TaskKind
from invoices.models import Dispute, Item
from invoices.states import DisputeCode
from receivables.core.errors import Refused
from receivables.messaging.models import Suppression
from tests.builders import audited, credit, make_user
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
CALLING = """\
name: Calls
steps:
  - {key: call, after_due: 1, channel: [call, email]}
  - {key: text, after_due: 4, channel: [sms, email]}
"""
TEXT_FIRST = """\
name: Calls
steps:
  - {key: text, after_due: 1, channel: [sms]}
  - {key: call, after_due: 5, channel: [call]}
"""
PHONE = "+48500100100"


@pytest.fixture
def firm(db: None, recorder: Recorder) -> Firm:
    return make_firm(CALLING, recorder)


def called(firm: Firm, outcome: CallOutcome, on: int = 1, **more: object) -> tuple[Item, CallMade]:
    item = firm.owes()
    firm.run(on)
    return item, finish(firm, item, outcome, on, **more)


def finish(firm: Firm, item: Item, outcome: CallOutcome, on: int, **more: object) -> CallMade:
    task = Task.objects.get(customer=item.customer, kind=TaskKind.CALL, closed_on=None)
    return finish_call(task, outcome=outcome, now=firm.noon(on), on=day(on), **more)  # type: ignore[arg-type]


def waits(item: Item, on: int) -> str | None:
    return explain_customer(item.customer, on=day(on))[item.pk].waits


@pytest.mark.parametrize("outcome", [CallOutcome.REACHED, CallOutcome.RIGHT_PERSON])
def test_somebody_spoken_to_completes_the_step(firm: Firm, outcome: CallOutcome) -> None:
    item, made = called(firm, outcome, note="Zapłaci jutro", by=make_user())
    assert (firm.case(item).step, firm.tasks()) == ("call", [])
    assert (made.number, made.note, made.on) == (PHONE, "Zapłaci jutro", day(1))
    assert audited(firm.creditor)[-2:] == ["task_closed", "call_made"]


def test_no_answer_tries_the_next_way_from_the_next_day_on(firm: Firm, recorder: Recorder) -> None:
    item, _ = called(firm, CallOutcome.NO_ANSWER)
    assert firm.case(item).step == "" and waits(item, 1) == "unconfirmed"
    firm.run(2)
    assert StepResult.objects.filter(kind=StepResult.Kind.VOID).count() == 1
    assert (firm.arrived(item), [taken.channel for taken in recorder.taken], firm.tasks()) == (["call"], ["email"], [])


def test_an_open_call_that_has_netted_credit_leaves_the_other_message_of_the_day_alone(recorder: Recorder) -> None:
    firm = make_firm(TEXT_FIRST, recorder)
    called = firm.owes(due=-4)
    firm.run(-3)
    credit(called.customer, "20.00", issued_on=day(0))
    texted = firm.owes(called.customer, due=0)
    run = firm.run(1)
    assert {notice.channel: notice.credit for notice in run.notices.all()} == {"call": Decimal(20), "sms": Decimal(0)}
    assert (firm.reasons(), firm.arrived(texted)) == ([], ["text"])
    assert [kind for _, kind in firm.tasks()] == ["call"]


def test_a_wrong_number_is_not_called_or_texted_again(firm: Firm, recorder: Recorder) -> None:
    item, _ = called(firm, CallOutcome.WRONG_NUMBER)
    assert [kind for _, kind in firm.tasks()] == ["bad_contact"]
    assert set(Suppression.objects.values_list("channel", "address")) == {("call", PHONE), ("sms", PHONE)}
    firm.run(2)
    assert [kind for _, kind in firm.tasks()] == ["bad_contact"]
    assert firm.arrived(item) == ["call"]  # by its fallback
    firm.run(6)
    assert [taken.channel for taken in recorder.taken] == ["email", "email"]
    change_contact(item.customer, on=day(6), phone="500 100 100")
    assert firm.tasks() == [] and not Suppression.objects.exists()


def test_a_promise_completes_the_step_and_leaves_the_customer_alone_through_its_day(firm: Firm, recorder: Recorder) -> None:
    item, _ = called(firm, CallOutcome.PROMISE, promised=Promised(Decimal(100), day(8)))
    assert firm.case(item).step == "call"
    firm.run(8)
    assert recorder.taken == [] and waits(item, 8) in ("held", "promised")
    firm.run(9)
    assert firm.arrived(item) == ["text"]


def test_a_dispute_completes_the_step_and_opens_the_dispute(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    clerk = make_user()
    finish(firm, item, CallOutcome.DISPUTE, 1, disputed=Disputed(item, "Za drogo", Decimal(30), DisputeCode.PRICE), by=clerk)
    dispute = Dispute.objects.get()
    assert (dispute.item, dispute.amount, dispute.code, dispute.owner, dispute.reason) == (item, 30, "price", clerk, "Za drogo")
    assert firm.case(item).step == "call"


@pytest.mark.parametrize(
    ("outcome", "words"), [(CallOutcome.PROMISE, "how much"), (CallOutcome.DISPUTE, "what is disputed")], ids=["promise", "dispute"]
)
def test_what_is_not_whole_changes_nothing(firm: Firm, outcome: CallOutcome, words: str) -> None:
    item = firm.owes()
    firm.run(1)
    with pytest.raises(Refused, match=words):
        finish(firm, item, outcome, 1)
    assert [kind for _, kind in firm.tasks()] == ["call"] and not CallMade.objects.exists()


def test_a_dispute_that_is_refused_leaves_the_call_open(firm: Firm) -> None:
    item, other = firm.owes(), firm.owes()
    firm.run(1)
    for disputed in (Disputed(item, "x", Decimal(101)), Disputed(other, "x")):
        with pytest.raises(Refused):
            finish(firm, item, CallOutcome.DISPUTE, 1, disputed=disputed)
    assert [kind for _, kind in firm.tasks()] == ["call", "call"] and not Dispute.objects.exists()


def test_a_call_is_finished_once(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    task = Task.objects.get(kind=TaskKind.CALL)
    finish(firm, item, CallOutcome.REACHED, 1)
    with pytest.raises(Refused, match="closed already"):
        finish_call(task, outcome=CallOutcome.WRONG_NUMBER, now=firm.noon(1), on=day(1))
    assert CallMade.objects.count() == 1 and not Suppression.objects.exists()


def test_a_call_made_is_never_edited(firm: Firm) -> None:
    called(firm, CallOutcome.REACHED)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        CallMade.objects.update(outcome="promise")


# -- noted by hand


def test_a_call_by_hand_is_noted_and_completes_no_step(firm: Firm) -> None:
    item = firm.owes()
    by = make_user(creditor=firm.creditor)
    said = {"spoken_to": "Anna Nowak", "note": "zapłaci", "now": firm.noon(3), "by": by}
    made = note_call(item.customer, outcome=CallOutcome.REACHED, made_on=day(2), on=day(3), **said)
    assert (made.note, made.on, made.author, made.number, made.task.step) == ("Anna Nowak – zapłaci", day(2), by, PHONE, "")
    assert (firm.case(item).position, firm.tasks()) == (0, [])
    assert calls_to([item.customer_id])[item.customer_id] == (Tried(day(2), reached=True),)
    assert audited(firm.creditor)[-1] == "call_made"


def test_a_promise_in_a_call_by_hand_is_a_promise(firm: Firm) -> None:
    item = firm.owes()
    promised = Promised(Decimal(100), day(9))
    note_call(item.customer, outcome=CallOutcome.PROMISE, promised=promised, made_on=day(3), on=day(3), now=firm.noon(3))
    assert waits(item, 4) == "promised"


def test_what_cannot_be_a_call_by_hand_is_refused(firm: Firm) -> None:
    item = firm.owes()
    with pytest.raises(Refused, match="future"):
        note_call(item.customer, outcome=CallOutcome.REACHED, made_on=day(4), on=day(3), now=firm.noon(3))
    with pytest.raises(Refused, match="how much was promised"):
        note_call(item.customer, outcome=CallOutcome.PROMISE, made_on=day(3), on=day(3), now=firm.noon(3))
    firm.run(3)
    with pytest.raises(Refused, match="call of the ladder waits"):
        note_call(item.customer, outcome=CallOutcome.REACHED, made_on=day(3), on=day(3), now=firm.noon(3))
    assert not CallMade.objects.exists()
