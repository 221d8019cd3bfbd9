"""Whom a text message is about, and what it does to the ladder: the same as a mail."""

from datetime import timedelta
from itertools import count

import pytest

from dunning.actions import assign_reply, correct_reply
from dunning.models import Reply
from dunning.states import ReplyKind
from invoices.models import Customer, Item
from receivables.messaging.inbound.sms import Text, asks_to_stop
from receivables.messaging.inbound.taking import take_text
from receivables.messaging.models import Attempt, Message, Suppression
from tests.builders import audited, make_user
from tests.db.dunning.firm import Firm, Recorder, make_firm

pytestmark = pytest.mark.django_db

LADDER = """name: Texts
steps:
  - {key: first, after_due: 1, channel: [sms]}
  - {key: second, after_due: 5, channel: [email]}
"""
_ids = count(1)


@pytest.fixture
def texting(db: None, recorder: Recorder) -> Firm:
    return make_firm(LADDER, recorder)


def owner(firm: Firm, phone: str) -> Item:
    """An item of a customer who has that number."""
    customer = firm.customer()
    customer.contacts.update(phone=phone)
    return firm.owes(customer)


def texted(firm: Firm, phone: str, text: str, on: int, *, answers: str = "") -> Reply:
    said = Text("smsapi", f"id-{next(_ids)}", phone, "", "+48799100200", text, answers, asks_to_stop(text))
    stored = take_text(said, raw=text.encode(), now=firm.noon(on))
    return Reply.objects.get(mail=stored.mail)


def test_it_answers_what_we_texted_to_that_number_lately(texting: Firm) -> None:
    item = owner(texting, "+48500111222")
    texting.run(1)
    reply = texted(texting, "+48500111222", "Zapłacę w piątek", 2)
    message = Message.objects.get(notice__taken__case__item=item)
    assert (reply.customer, reply.matched_by, reply.message, reply.kind) == (item.customer, "thread", message, ReplyKind.PROMISE)
    assert reply.mail.message == message
    texting.run(5)
    assert (texting.arrived(item), texting.tasks()) == (["first"], [(item.customer.number, "reply")])


def test_of_two_with_one_number_it_is_about_the_one_we_texted(texting: Firm) -> None:
    item = owner(texting, "+48500111222")
    texting.run(1)
    owner(texting, "+48500111222")
    assert texted(texting, "+48500111222", "?", 2).customer == item.customer


def test_where_several_were_texted_at_one_number_nobody_is_guessed(texting: Firm) -> None:
    items = [owner(texting, "+48500111222") for _ in range(2)]
    texting.run(1)
    reply = texted(texting, "+48500111222", "?", 2)
    assert (reply.customer, reply.message, reply.creditor) == (None, None, texting.creditor)
    message = Message.objects.get(notice__taken__case__item=items[1])
    Attempt.objects.create(message=message, number=2, at=texting.noon(1), outcome="accepted", reference="REF7")
    assert texted(texting, "+48500111222", "?", 2, answers="REF7").customer == items[1].customer


def test_after_a_month_only_the_number_tells(texting: Firm) -> None:
    item = owner(texting, "+48500111222")
    texting.run(1)
    Message.objects.update(handed_at=texting.noon(1) - timedelta(days=31))
    assert texted(texting, "+48500111222", "?", 2).matched_by == Reply.MatchedBy.SENDER
    assert texted(texting, "+48500999999", "?", 2).matched_by == Reply.MatchedBy.NONE
    assert waits(item.customer)


def waits(customer: Customer) -> bool:
    return Reply.objects.waiting().filter(customer=customer, holds=True).exists()


def test_stop_ends_the_channel_and_holds_until_somebody_has_read_it(texting: Firm) -> None:
    item = owner(texting, "+48500111222")
    reply = texted(texting, "+48500111222", "STOP", 0)
    assert Suppression.objects.get().address == "+48500111222"
    assert [kind for _number, kind in texting.tasks()] == ["bad_contact", "reply"]
    assert "number_stopped" in audited(texting.creditor)
    assert reply.holds and waits(item.customer)


def test_a_wrong_person_stops_the_number_and_a_correction_lets_it_be_used_again(texting: Firm) -> None:
    owner(texting, "+48500111222")
    reply = texted(texting, "+48500111222", "To nie do mnie, pomyłka, zły numer", 0)
    assert reply.kind == ReplyKind.WRONG_PERSON
    assert Suppression.objects.get().channel == "sms"
    correct_reply(reply, kind=ReplyKind.OTHER, now=texting.noon(1), by=make_user())
    assert not Suppression.objects.exists()


def test_a_stranger_s_is_assigned_by_a_person(texting: Firm) -> None:
    item = owner(texting, "+48500111222")
    reply = texted(texting, "+48500999999", "Zapłacę", 0)
    assign_reply(reply, item.customer, now=texting.noon(0), by=make_user())
    assert waits(item.customer)
