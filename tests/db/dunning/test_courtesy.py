"""Courtesy messages are answers: each with its switch, once, and past a guard of their own."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dunning.actions import (
    agree,
    answer_complaint,
    decide_dispute,
    end_agreement,
    give_answer,
    hold,
    open_dispute,
    promise,
    record_complaint,
    record_stop,
    set_courtesy,
)
from dunning.models import Agreement, Courtesy
from dunning.states import ComplaintAbout, ComplaintOutcome, CourtesyKind, StopKind
from invoices.actions import change_contact, object_to, reverse_payment, write_off
from invoices.models import Item
from invoices.states import Outcome
from receivables.core.errors import RenderError
from receivables.messaging.models import Message, Suppression
from receivables.messaging.templates import render_message
from tests.builders import credit, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.unit.messaging.test_templates import FORBIDDEN
from tests.unit.papers import facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def polite(firm: Firm) -> Firm:
    set_courtesy(firm.creditor, list(CourtesyKind))
    return firm


def chased(firm: Firm, amount: str = "100.00", **fields: Any) -> Item:
    item = firm.owes(amount=amount, **fields)
    firm.run(1)
    return item


def said(recorder: Recorder) -> list[str]:
    return [taken.subject.partition(" – ")[0] for taken in recorder.taken]


def kinds() -> list[str]:
    return list(Courtesy.objects.order_by("pk").values_list("kind", flat=True))


# -- thanks


def test_thanks_go_once_when_a_payment_settles_what_had_been_chased(polite: Firm, recorder: Recorder) -> None:
    item = chased(polite)
    polite.noon(2)
    pay(item.customer, 60, item, booked_on=day(2))
    assert kinds() == []
    pay(item.customer, 40, item, booked_on=day(2))
    polite.deliver(2)
    polite.deliver(2)
    assert said(recorder)[1:] == ["Dziękujemy"]
    text = recorder.taken[1].text
    assert "40,00" in text and item.label in text and recorder.taken[1].recipient == item.customer.contacts.get().email


def test_one_payment_is_thanked_once_for_all_that_it_settles(polite: Firm) -> None:
    customer = polite.customer()
    first, second = polite.owes(customer), polite.owes(customer)
    polite.run(1)
    polite.noon(2)
    pay(customer, 200, first, second, booked_on=day(2))
    assert kinds() == ["thanks"]
    assert Message.objects.get(purpose="courtesy").facts["labels"] == ", ".join(sorted([first.label, second.label]))


def test_nobody_is_thanked_for_what_was_never_chased_or_is_no_payment_or_old_news(polite: Firm) -> None:
    fresh = polite.owes(due=20)
    pay(fresh.customer, 100, fresh, booked_on=day(0))
    credited, late = polite.owes(), polite.owes()
    polite.run(1)
    credit(credited.customer, 100, credited, issued_on=day(2))
    polite.noon(30)
    pay(late.customer, 100, late, booked_on=day(2))
    assert kinds() == []


def test_money_taken_back_before_the_hand_over_is_not_thanked_for(polite: Firm, recorder: Recorder) -> None:
    item = chased(polite)
    polite.noon(2)
    payment = pay(item.customer, 100, item, booked_on=day(2))
    reverse_payment(payment, on=day(2))
    polite.deliver(2)
    assert len(recorder.taken) == 1 and "what it answers is over" in polite.reasons()


def test_thanks_count_neither_for_the_cap_nor_as_a_step(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder, cap_messages=1, cap_days=3)
    set_courtesy(firm.creditor, [CourtesyKind.THANKS])
    customer = firm.customer()
    first, other = firm.owes(customer), firm.owes(customer, due=3)
    firm.run(1)
    firm.noon(2)
    pay(customer, 100, first, booked_on=day(2))
    firm.deliver(2)
    firm.run(4)
    assert firm.arrived(other) == ["first"] and len(recorder.taken) == 3


# -- disputes and complaints


def test_a_dispute_is_answered_when_it_comes_and_when_it_is_decided(polite: Firm, recorder: Recorder) -> None:
    item = polite.owes(due=20)
    polite.noon(0)
    open_dispute(item, on=day(0), amount=Decimal(30))
    polite.deliver(0)
    decide_dispute(item, outcome=Outcome.UPHELD, on=day(0))
    polite.deliver(0)
    assert said(recorder) == ["Otrzymaliśmy Państwa zastrzeżenia", "Nasza decyzja w sprawie zastrzeżeń"]
    assert "30,00" in recorder.taken[0].text and "Mają Państwo rację" in recorder.taken[1].text


def test_what_is_decided_before_the_receipt_left_needs_no_receipt(polite: Firm, recorder: Recorder) -> None:
    item = polite.owes(due=20)
    polite.noon(0)
    open_dispute(item, on=day(0))
    decide_dispute(item, outcome=Outcome.REJECTED, on=day(0))
    polite.deliver(0)
    assert said(recorder) == ["Nasza decyzja w sprawie zastrzeżeń"]


def test_a_complaint_is_answered_with_its_day_and_its_outcome(polite: Firm, recorder: Recorder) -> None:
    item = polite.owes(due=20)
    polite.noon(0)
    complaint = record_complaint(item.invoice, about=ComplaintAbout.GOODS, text="x", received_on=day(0), on=day(0))
    polite.deliver(0)
    answer_complaint(complaint, outcome=ComplaintOutcome.PARTLY, answer="Zwrócimy połowę.", on=day(1))
    polite.deliver(1)
    assert said(recorder) == ["Otrzymaliśmy Państwa reklamację", "Nasza odpowiedź na reklamację"]
    assert "31 maja 2026" in recorder.taken[0].text and "Zwrócimy połowę." in recorder.taken[1].text


# -- switches and the guard


def test_every_switch_is_off_until_somebody_turns_it_on(firm: Firm) -> None:
    item = chased(firm)
    open_dispute(item, on=day(1), amount=Decimal(1))
    pay(item.customer, 100, item, booked_on=day(1))
    assert kinds() == []
    set_courtesy(firm.creditor, [CourtesyKind.DISPUTE_DECIDED])
    decide_dispute(item, outcome=Outcome.REJECTED, on=day(1))
    assert kinds() == ["dispute_decided"]


def thanked(firm: Firm) -> Item:
    item = chased(firm)
    firm.noon(2)
    pay(item.customer, 100, item, booked_on=day(2))
    return item


def dies(item: Item) -> None:
    record_stop(item.customer, kind=StopKind.DEATH, since=day(2), source="x", on=day(2), now=Message.objects.latest("pk").created_at)


def objects(item: Item) -> None:
    object_to(item.customer.contacts.get(), channel="email", on=day(2))


def moves(item: Item) -> None:
    change_contact(item.customer, on=day(2), email="nowy@example.com")


def address_dies(item: Item) -> None:
    contact = item.customer.contacts.get()
    now = Message.objects.latest("pk").created_at
    Suppression.objects.create(creditor=item.creditor, channel="email", address=contact.email, reason="bounced", since=now)


def switched_off(item: Item) -> None:
    set_courtesy(item.creditor, [])


@pytest.mark.parametrize("happens", [dies, objects, moves, address_dies, switched_off])
def test_what_happens_before_the_hand_over_stops_the_answer(polite: Firm, recorder: Recorder, happens: Any) -> None:
    item = thanked(polite)
    happens(item)
    polite.deliver(2)
    assert len(recorder.taken) == 1
    assert polite.states()["planned"] == 0


def test_a_stop_fact_that_missed_the_message_meets_the_guard(polite: Firm, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    item = thanked(polite)
    monkeypatch.setattr("dunning.actions.stops.withdraw_queued", lambda *args, **kwargs: frozenset())
    dies(item)
    polite.deliver(2)
    assert len(recorder.taken) == 1 and "a stop fact stands" in polite.reasons()


def test_a_hold_does_not_stop_an_answer(polite: Firm, recorder: Recorder) -> None:
    item = thanked(polite)
    hold(item.customer, on=day(2))
    polite.deliver(2)
    assert len(recorder.taken) == 2


def test_a_message_that_no_answer_stands_behind_does_not_go(polite: Firm, recorder: Recorder) -> None:
    thanked(polite)
    Courtesy.objects.all().delete()
    polite.deliver(2)
    assert len(recorder.taken) == 1 and "no answer stands behind it" in polite.reasons()


def test_on_a_day_off_an_answer_waits_for_the_next_contact_day(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder, calendar="country")
    set_courtesy(firm.creditor, [CourtesyKind.DISPUTE_RECEIVED])
    item = firm.owes(due=20)
    firm.noon(2)  # a Sunday, and 3 May
    open_dispute(item, on=day(2))
    firm.deliver(2)
    assert recorder.taken == []
    firm.deliver(3)
    assert said(recorder) == ["Otrzymaliśmy Państwa zastrzeżenia"]


def test_the_same_is_answered_once(polite: Firm) -> None:
    item = chased(polite)
    values = {"about": "payment:1", "said": {}, "on": day(0)}
    assert give_answer(item.customer, CourtesyKind.THANKS, **values) is not None
    assert give_answer(item.customer, CourtesyKind.THANKS, **values) is None
    row = Courtesy.objects.get()
    row.pk, row.message = None, Message.objects.get(purpose="dunning")
    with pytest.raises(IntegrityError, match="answered_once"), transaction.atomic():
        row.save(force_insert=True)


# -- words

SAID = {
    "amount": "40.00", "by_on": "2026-05-04", "label": "U/1", "rates": [{"due_on": "2026-06-01", "amount": "20.00"}], "labels": "F/1",
    "upheld": True, "received_on": "2026-05-01", "answer_on": "2026-05-15", "outcome": "accepted", "answer": "Tak.",
    "booked_on": "2026-05-02", "missed": True,
}  # fmt: skip


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("kind", list(CourtesyKind))
def test_every_kind_has_polite_words_in_both_languages(kind: CourtesyKind, language: str) -> None:
    words = render_message(f"courtesy_{kind}", language, {**facts(), **SAID, "currency": "PLN"}, "email")
    assert words.text.startswith("Szanowni Państwo," if language == "pl" else "Dear Sir or Madam,")
    assert facts()["creditor"]["name"] in words.subject and not FORBIDDEN.search(words.text)


def test_a_hole_is_refused() -> None:
    with pytest.raises(RenderError, match="amount"):
        render_message("courtesy_thanks", "pl", facts(), "email")


# -- promises and agreements


RATES = [(day(10), Decimal(60)), (day(20), Decimal(40))]


def agreed(firm: Firm) -> Agreement:
    item = firm.owes(due=5)
    firm.noon(0)
    return agree(item.customer, label="U/1", items=[item], rates=RATES, on=day(0))


def test_a_promise_is_confirmed_once_with_its_amount_and_day(polite: Firm, recorder: Recorder) -> None:
    item = polite.owes(due=5)
    polite.noon(0)
    promise(item.customer, amount=Decimal(70), by=day(6), on=day(0))
    polite.deliver(0)
    polite.deliver(0)
    (taken,) = recorder.taken
    assert kinds() == ["promise_noted"] and "70,00" in taken.text and "7 maja 2026" in taken.text


def test_a_promise_that_is_replaced_is_not_confirmed_any_more(polite: Firm, recorder: Recorder) -> None:
    item = polite.owes(due=5)
    polite.noon(0)
    promise(item.customer, amount=Decimal(70), by=day(6), on=day(0))
    promise(item.customer, amount=Decimal(80), by=day(7), on=day(0))
    polite.deliver(0)
    (taken,) = recorder.taken
    assert "80,00" in taken.text and polite.reasons() == ["what it answers is over"]


def test_an_agreement_is_confirmed_with_its_rates_and_thanked_for_once_kept(polite: Firm, recorder: Recorder) -> None:
    agreement = agreed(polite)
    polite.deliver(0)
    (begun,) = recorder.taken
    assert all(word in begun.text for word in ("U/1", "60,00", "40,00", "11 maja 2026"))
    item = agreement.lines.get().item
    pay(item.customer, 60, item, booked_on=day(1))
    assert kinds() == ["agreement_begun"]
    polite.noon(1)
    pay(item.customer, 40, item, booked_on=day(1))
    polite.deliver(1)
    polite.run(2)
    assert kinds() == ["agreement_begun", "agreement_kept"]
    assert len(recorder.taken) == 2 and "U/1" in recorder.taken[1].text


def test_what_is_not_paid_but_written_off_is_no_agreement_kept(polite: Firm) -> None:
    item = agreed(polite).lines.get().item
    write_off(item, on=day(1), reason="x")
    assert kinds() == ["agreement_begun"]


def test_nobody_is_thanked_for_an_agreement_whose_money_was_taken_back(polite: Firm, recorder: Recorder) -> None:
    item = agreed(polite).lines.get().item
    polite.deliver(0)
    payment = pay(item.customer, 100, item, booked_on=day(0))
    reverse_payment(payment, on=day(0))
    polite.deliver(0)
    assert kinds() == ["agreement_begun", "agreement_kept"] and len(recorder.taken) == 1


def test_an_agreement_that_ended_is_told_once_with_what_ended_it(polite: Firm) -> None:
    missed = agreed(polite)
    by_hand = polite.owes(due=5)
    ended = agree(by_hand.customer, label="U/2", items=[by_hand], rates=[(day(9), Decimal(100))], on=day(0))
    polite.deliver(0)
    end_agreement(ended, on=day(0))
    polite.deliver(0)
    polite.run(11)
    polite.run(12)
    told = Courtesy.objects.filter(kind="agreement_ended").order_by("pk")
    assert [answer.about for answer in told] == [f"agreement:{ended.pk}", f"agreement:{missed.pk}"]
    assert ["wygasła" in answer.message.text for answer in told] == [False, True]
    assert {answer.message.state for answer in told} == {"accepted"}


def everything(firm: Firm) -> None:
    """All that could be answered happens, each to somebody else, and is delivered as it comes."""
    kept, ended, promised, disputed, complained, paid = (firm.owes() for _ in range(6))
    firm.run(1)
    for number, item in enumerate([kept, ended]):
        agree(item.customer, label=f"U/{number}", items=[item], rates=[(day(9), Decimal(100))], on=day(1))
    promise(promised.customer, amount=Decimal(70), by=day(6), on=day(1))
    open_dispute(disputed, on=day(1))
    complaint = record_complaint(complained.invoice, about=ComplaintAbout.GOODS, text="x", received_on=day(1), on=day(1))
    firm.deliver(1)
    pay(kept.customer, 100, kept, booked_on=day(1))
    end_agreement(Agreement.objects.get(label="U/1"), on=day(1))
    decide_dispute(disputed, outcome=Outcome.REJECTED, on=day(1))
    answer_complaint(complaint, outcome=ComplaintOutcome.PARTLY, answer="x", on=day(1))
    pay(paid.customer, 100, paid, booked_on=day(1))
    firm.deliver(1)


@pytest.mark.parametrize("kind", list(CourtesyKind))
def test_each_switch_alone_answers_what_it_says_and_nothing_else(firm: Firm, recorder: Recorder, kind: CourtesyKind) -> None:
    set_courtesy(firm.creditor, [kind])
    everything(firm)
    assert set(kinds()) == {str(kind)}
    assert set(Message.objects.filter(purpose="courtesy").values_list("state", flat=True)) == {"accepted"}
    assert {taken.subject for taken in recorder.taken[6:]} == set(
        Message.objects.filter(purpose="courtesy").values_list("subject", flat=True)
    )


def test_while_somebody_goes_live_no_answer_is_planned(polite: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunning.actions.courtesy.holds_switch_at_once", lambda: False)
    agreed(polite)
    assert kinds() == []


def test_switched_off_nobody_hears_of_promises_and_agreements(firm: Firm) -> None:
    agreement = agreed(firm)
    other = firm.owes(due=5)
    promise(other.customer, amount=Decimal(70), by=day(6), on=day(0))
    item = agreement.lines.get().item
    pay(item.customer, 100, item, booked_on=day(1))
    late = firm.owes(due=5)
    agree(late.customer, label="U/2", items=[late], rates=[(day(2), Decimal(100))], on=day(0))
    firm.run(3)
    assert kinds() == [] and Agreement.objects.get(label="U/2").ended_on == day(3)
