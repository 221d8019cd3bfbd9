"""Undo, a second click and a decision meet the hand-over from several sessions."""

import random
import time
from collections.abc import Callable
from threading import Lock
from uuid import uuid4

import pytest

from dunning.actions import Decision, decide_unknown, send_again, undo, write
from dunning.actions.undoing import ON_ITS_WAY
from dunning.drafting import Letter
from dunning.models import LadderRules, Written
from dunning.policy import Channel
from receivables import clock
from receivables.audit.actions import verify
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Accepted, Unknown
from receivables.messaging.reports import report
from receivables.messaging.states import MessageState
from tests.db.dunning.firm import Firm, Recorder, make_firm
from tests.db.dunning.test_runs import together

pytestmark = pytest.mark.django_db(transaction=True)


def email(firm: Firm) -> tuple[object, Letter]:
    customer = firm.customer()
    address = customer.contacts.get().email
    return customer, Letter(channel=Channel.EMAIL, address=address, language="pl", subject="Dzień dobry", text="Dziękujemy.")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_at_the_moment_of_the_hand_over_it_is_undone_or_sent_and_never_both(recorder: Recorder, seed: int) -> None:
    chance = random.Random(seed)
    recorder.batch = chance.choice([1, 3])
    firm = make_firm(recorder=recorder)
    LadderRules.objects.filter(creditor=firm.creditor).update(undo_minutes=0)
    firm.noon(0)
    rows = []
    for _ in range(12):
        customer, letter = email(firm)
        rows.append(write(customer, letter, form=uuid4(), now=clock.now()))  # type: ignore[arg-type]
    undone: list[str] = []
    refusals: set[str] = set()
    guard = Lock()

    def person(part: int) -> Callable[[], None]:
        def run() -> None:
            for row in rows[part::2]:
                time.sleep(chance.random() / 100)
                try:
                    undo(row.message, now=clock.now())
                    with guard:
                        undone.append(row.message.key)
                except Refused as refusal:
                    refusals.add(refusal.text)

        return run

    together(person(0), person(1), lambda: firm.deliver(0), lambda: firm.deliver(0))
    firm.deliver(0)
    assert refusals <= {ON_ITS_WAY}
    sent = [taken.key for taken in recorder.taken]
    assert sorted([*sent, *undone]) == sorted(row.message.key for row in rows)
    states = dict(Message.objects.values_list("key", "state"))
    assert all(states[key] == "withdrawn" for key in undone) and all(states[key] == "accepted" for key in sent)
    assert Entry.objects.filter(verb="message_undone").count() == len(undone) and verify(firm.creditor) == []


def test_a_double_click_writes_one_message(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder)
    firm.noon(0)
    customer, letter = email(firm)
    form = uuid4()
    rows = together(*[lambda: write(customer, letter, form=form, now=clock.now()).pk] * 4)  # type: ignore[arg-type]
    assert len(set(rows)) == 1 and Message.objects.count() == Written.objects.count() == 1


def test_two_people_who_copy_at_once_copy_once(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder)
    item = firm.owes()
    firm.run(1)
    message = Message.objects.get()
    address = item.customer.contacts.get().email

    def copies() -> bool:
        try:
            send_again(message, address=address, reason="Nie dotarło", form=uuid4(), now=clock.now())
        except Refused:
            return False
        return True

    assert sorted(together(copies, copies)) == [False, True]  # type: ignore[type-var]
    firm.deliver(2)
    assert len(recorder.taken) == 2


@pytest.mark.parametrize("seed", [1, 2])
def test_a_persons_decision_and_a_providers_word_do_not_both_stand(recorder: Recorder, seed: int) -> None:
    firm = make_firm(recorder=recorder)
    for _ in range(6):
        firm.owes()
    recorder.answer = lambda outgoing: Unknown("reset")
    firm.run(1)
    recorder.answer = lambda outgoing: Accepted()
    messages = list(Message.objects.order_by("pk"))
    chance = random.Random(seed)

    def person() -> list[int]:
        decided = []
        for message in messages:
            time.sleep(chance.random() / 200)
            try:
                decide_unknown(firm.creditor, [message.pk], Decision.NOT_LEFT, reason="x", now=clock.now())
                decided.append(message.pk)
            except Refused:
                pass
        return decided

    def provider() -> list[int]:
        told = []
        for message in reversed(messages):
            try:
                report(message, MessageState.DELIVERED, source="test", now=clock.now())
                told.append(message.pk)
            except Refused:
                pass
        return told

    decided, told = together(person, provider)
    assert sorted([*decided, *told]) == [message.pk for message in messages]  # type: ignore[misc]
    firm.deliver(2)
    assert sorted(taken.key for taken in recorder.taken) == sorted(m.key for m in messages if m.pk in decided)  # type: ignore[operator]
