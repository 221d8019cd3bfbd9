"""What people write and send again: through the outbox, past a guard of its own, undone while it is here, and never a step."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from dunning.actions import Representative, hold, outcome, record_stop, send_again, undo, write
from dunning.actions.outcomes import Result
from dunning.day import deliver_all
from dunning.drafting import Letter, Warn, draft
from dunning.models import LadderRules, Notice, Task, Written
from dunning.policy import Channel
from dunning.states import StopKind
from dunning.written import ways_by_hand
from invoices.actions import change_contact, object_to
from invoices.models import Customer, Item
from receivables import clock
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging.models import Message, Suppression
from receivables.messaging.outgoing import Failed
from tests.builders import dispute, make_user, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db


def email_of(customer: Customer) -> str:
    return customer.contacts.get().email


def letter(customer: Customer, **fields: Any) -> Letter:
    """A few friendly words by e-mail."""
    base = {
        "channel": Channel.EMAIL,
        "address": email_of(customer),
        "language": "pl",
        "subject": "Dzień dobry",
        "text": "Dziękujemy za rozmowę.",
    }
    return Letter(**{**base, **fields})


def sends(customer: Customer, *, form: UUID | None = None, **fields: Any) -> Written:
    return write(customer, letter(customer, **fields), form=form or uuid4(), now=clock.now())


def minutes(firm: Firm, on: int, number: int) -> None:
    """Deliver what is due that many minutes after noon."""
    moment = firm.noon(on) + timedelta(minutes=number)
    settings.CLOCK = moment
    deliver_all(firm.creditor, now=moment)


# -- writing


def test_what_a_person_writes_waits_ten_minutes_and_then_leaves_once(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    firm.noon(0)
    row = sends(customer)
    minutes(firm, 0, 9)
    assert recorder.taken == []
    minutes(firm, 0, 10)
    minutes(firm, 0, 11)
    (taken,) = recorder.taken
    assert (taken.subject, taken.recipient) == ("Dzień dobry", email_of(customer))
    assert taken.text.startswith("Dziękujemy za rozmowę.\n") and firm.creditor.name in taken.text
    row.message.refresh_from_db()
    assert row.message.state == "accepted"


def test_its_page_tells_what_it_will_say_while_it_can_be_undone(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    firm.noon(0)
    message = sends(customer).message
    assert (message.subject, message.rendered_at) == ("Dzień dobry", None)
    minutes(firm, 0, 10)
    assert recorder.taken[0].text == message.text


@pytest.mark.parametrize(("minutes_set", "waits"), [(0, 0), (30, 30), (60, 60)])
def test_the_company_sets_how_long_it_can_be_undone(firm: Firm, minutes_set: int, waits: int) -> None:
    LadderRules.objects.filter(creditor=firm.creditor).update(undo_minutes=minutes_set)
    customer = firm.customer()
    now = firm.noon(0)
    assert sends(customer).message.not_before == now + timedelta(minutes=waits)


def test_the_database_knows_no_longer_time_to_undo_than_an_hour(firm: Firm) -> None:
    with pytest.raises(IntegrityError, match="undo_within_an_hour"), transaction.atomic():
        LadderRules.objects.filter(creditor=firm.creditor).update(undo_minutes=61)


def test_the_same_form_twice_sends_once(firm: Firm, recorder: Recorder) -> None:
    customer, form = firm.customer(), uuid4()
    firm.noon(0)
    assert sends(customer, form=form).pk == sends(customer, form=form).pk
    minutes(firm, 0, 10)
    assert len(recorder.taken) == 1 and Message.objects.count() == 1


def test_the_lines_of_a_text_stay_lines(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    firm.noon(0)
    sends(customer, text="Pierwsza\r\n\r\nDruga {{ creditor }} <b>\nTrzecia")
    minutes(firm, 0, 10)
    assert recorder.taken[0].text.startswith("Pierwsza\n\nDruga {{ creditor }} <b>\nTrzecia\n")


def test_the_program_states_the_amounts_and_leaves_out_what_is_disputed_or_settled(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    open_item, settled, contested = firm.owes(customer, "100.00"), firm.owes(customer, "50.00"), firm.owes(customer, "30.00")
    firm.noon(0)
    pay(customer, 50, settled, booked_on=day(0))
    dispute(contested, on=day(0))
    sends(customer, items=list(Item.objects.filter(customer=customer)))
    minutes(firm, 0, 10)
    text = recorder.taken[0].text
    assert open_item.label in text and "Razem do zapłaty: 100,00" in text
    assert settled.label not in text and contested.label not in text


@pytest.mark.parametrize("amount", [100, 1])
def test_amounts_that_are_no_longer_so_never_leave(firm: Firm, recorder: Recorder, amount: int) -> None:
    item = firm.owes()
    firm.owes(item.customer)
    firm.noon(0)
    sends(item.customer, items=[item])
    pay(item.customer, amount, item, booked_on=day(0))
    minutes(firm, 0, 10)
    assert recorder.taken == [] and firm.reasons() == ["an amount it states has changed"]
    assert firm.tasks() == [(item.customer.number, "review")]


def test_it_neither_counts_for_the_cap_nor_as_a_step(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder, cap_messages=1, cap_days=3)
    item = firm.owes()
    firm.noon(1)
    sends(item.customer)
    minutes(firm, 1, 10)
    firm.run(1)
    assert firm.arrived(item) == ["first"] and len(recorder.taken) == 2


def test_a_hold_stops_the_ladder_and_not_the_person(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    firm.noon(0)
    hold(customer, on=day(0))
    sends(customer)
    minutes(firm, 0, 10)
    assert len(recorder.taken) == 1


def test_contact_hours_bind_a_person_too(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder, calendar="country")
    customer = firm.customer()
    firm.noon(2)  # Sunday, 3 May, a holiday as well
    row = sends(customer)
    minutes(firm, 2, 10)
    assert recorder.taken == [] and row.message.not_before.astimezone().date() > day(2)


@pytest.mark.parametrize("how", ["stopped", "changed", "objects", "dead"])
def test_who_may_not_be_written_to_any_more_is_not(firm: Firm, recorder: Recorder, how: str) -> None:
    customer = firm.customer()
    now = firm.noon(0)
    sends(customer)
    match how:
        case "stopped":
            record_stop(customer, kind=StopKind.DEATH, since=day(0), source="akt", on=day(0), now=now)
        case "changed":
            change_contact(customer, on=day(0), email="inny@example.com")
        case "objects":
            object_to(customer.contacts.get(), channel="email", on=day(0))
        case "dead":
            Suppression.objects.create(creditor=firm.creditor, channel="email", address=email_of(customer), reason="x", since=now)
    minutes(firm, 0, 10)
    assert recorder.taken == [] and firm.states() == {"withdrawn": 1}
    with pytest.raises(Refused, match="Nobody can be written"):
        sends(customer, address=email_of(customer) if how != "changed" else "stary@example.com")


def test_of_a_represented_customer_only_the_representative_hears(firm: Firm) -> None:
    customer = firm.customer()
    now = firm.noon(0)
    lawyer = Representative("Mec. Nowak", email="nowak@example.com")
    record_stop(customer, kind=StopKind.REPRESENTED, since=day(0), source="pismo", on=day(0), now=now, representative=lawyer)
    assert [way.address for way in ways_by_hand(customer)] == ["nowak@example.com"]
    with pytest.raises(Refused):
        sends(customer)
    assert sends(customer, address="nowak@example.com").message.recipient_name == "Mec. Nowak"


@pytest.mark.parametrize(
    ("text", "forbidden", "conditional"),
    [
        pytest.param("Dziękujemy.", [], [], id="nothing wrong"),
        pytest.param("Powiadomimy pracodawcę.", ["pracodawcę"], [], id="third persons"),
        pytest.param("Zgłosimy to do prokuratury.", ["prokuratury"], [], id="crime"),
        pytest.param("Sprawę przejmie komornik.", [], ["komornik"], id="a bailiff needs a title"),
    ],
)
def test_words_that_frighten_are_refused_or_have_to_be_answered_for(
    firm: Firm, text: str, forbidden: list[str], conditional: list[str]
) -> None:
    customer = firm.customer()
    now = firm.noon(0)
    made = draft(customer, letter(customer, text=text), now=now)
    assert (list(made.forbidden), list(made.conditional)) == (forbidden, conditional)
    if forbidden:
        with pytest.raises(Refused, match=forbidden[0]):
            sends(customer, text=text, knows_words=True)
    elif conditional:
        with pytest.raises(Refused, match=conditional[0]):
            sends(customer, text=text)
        sends(customer, text=text, knows_words=True)
        assert Entry.objects.filter(verb="message_written").get().facts["words"] == conditional


@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        pytest.param({"subject": "Dzień dobry"}, [], id="plain"),
        pytest.param({"subject": "Zaległość 100,00 zł"}, [Warn.SUBJECT_TELLS], id="debt in the subject"),
        pytest.param(
            {"channel": Channel.SMS, "address": "+48500100100", "text": "Saldo 12,50 PLN"}, [Warn.SMS_TELLS], id="amount in an SMS"
        ),
        pytest.param({"channel": Channel.SMS, "address": "+48500100100", "text": "a" * 161}, [Warn.MANY_PARTS], id="two parts"),
    ],
)
def test_what_is_better_said_otherwise_is_warned_of(firm: Firm, fields: dict[str, Any], warned: list[Warn]) -> None:
    customer = firm.customer()
    assert list(draft(customer, letter(customer, **fields), now=firm.noon(0)).warnings) == warned


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"text": "  \n "}, "Write what"),
        ({"text": "a" * 5001}, "longer than"),
        ({"subject": " "}, "subject"),
        ({"channel": Channel.SMS, "address": "+48500100100", "text": "a" * 800}, "parts"),
    ],
)
def test_what_cannot_be_sent_is_refused(firm: Firm, fields: dict[str, Any], refusal: str) -> None:
    customer = firm.customer()
    firm.noon(0)
    with pytest.raises(Refused, match=refusal):
        sends(customer, **fields)


def test_an_sms_is_one_line_in_letters_that_a_phone_knows(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    firm.noon(0)
    sends(customer, channel=Channel.SMS, address="+48500100100", text="Proszę o kontakt.\nDziękuję")
    minutes(firm, 0, 10)
    assert recorder.taken[0].text == "Prosze o kontakt. Dziekuje"


# -- undo


def test_undone_it_does_not_leave_and_says_who_and_why(firm: Firm, recorder: Recorder) -> None:
    customer, clerk = firm.customer(), make_user(creditor=firm.creditor)
    firm.noon(0)
    row = sends(customer)
    assert undo(row.message, reason="Pomyłka", now=clock.now(), by=clerk).state == "withdrawn"
    minutes(firm, 0, 10)
    entry = Entry.objects.get(verb="message_undone")
    assert recorder.taken == [] and firm.reasons() == ["Pomyłka"] and firm.tasks() == []
    assert entry.actor == clerk and entry.facts["reason"] == "Pomyłka"
    with pytest.raises(Refused, match="withdrawn already"):
        undo(row.message, now=clock.now())


def test_what_has_left_cannot_be_undone(firm: Firm) -> None:
    customer = firm.customer()
    firm.noon(0)
    row = sends(customer)
    minutes(firm, 0, 10)
    with pytest.raises(Refused, match="Too late"):
        undo(row.message, now=clock.now())


def test_a_planned_step_that_is_undone_is_given_back_and_planned_anew(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    undo(Notice.objects.get().message, reason="Jeszcze nie", now=clock.now())  # type: ignore[arg-type]
    firm.deliver(1)
    assert recorder.taken == [] and firm.case(item).in_flight is None
    firm.run(2)
    assert firm.arrived(item) == ["first"]


# -- sending again


def chased(firm: Firm, **fields: Any) -> tuple[Item, Message]:
    item = firm.owes(**fields)
    firm.run(1)
    return item, Message.objects.get(notice__taken__case__item=item)


def again(message: Message, address: str, **more: Any) -> Written:
    asked: dict[str, Any] = {"reason": "Nie dotarło", "form": uuid4(), "now": clock.now(), **more}
    return send_again(message, address=address, **asked)


def test_a_copy_says_the_same_under_a_mark_and_moves_nothing(firm: Firm, recorder: Recorder) -> None:
    item, message = chased(firm)
    before = firm.case(item)
    firm.noon(2)
    row = again(message, email_of(item.customer))
    minutes(firm, 2, 10)
    first, copy = recorder.taken
    assert copy.subject == f"Duplikat: {first.subject}"
    assert copy.text.startswith("To duplikat wiadomości wysłanej 2 maja 2026.") and copy.text.endswith(first.text)
    assert copy.key != first.key and row.original == message and row.number == 1
    after = firm.case(item)
    assert (after.position, after.round, after.in_flight_id, after.completed_on) == (
        before.position, before.round, before.in_flight_id, before.completed_on,
    )  # fmt: skip
    assert firm.arrived(item) == ["first"]


def test_a_copy_carries_the_very_paper(recorder: Recorder) -> None:
    policy = "name: P\nsteps: [{key: demand, after_due: 1, channel: [email], document: demand, deadline_days: 7}]"
    firm = make_firm(policy, recorder)
    item, message = chased(firm)
    message.refresh_from_db()
    firm.noon(2)
    again(message, email_of(item.customer))
    minutes(firm, 2, 10)
    first, copy = recorder.taken
    assert copy.attachments == first.attachments != ()
    assert "i załącznik są takie same" in copy.text and "Duplikat" not in copy.html.split("<body")[0]
    assert "To duplikat" in copy.html
    firm.noon(20)
    with pytest.raises(Refused, match="deadline"):
        again(message, email_of(item.customer))


@pytest.mark.parametrize("ending", ["paid", "held", "disputed"])
def test_a_copy_of_what_is_no_longer_so_is_refused_and_never_leaves(firm: Firm, recorder: Recorder, ending: str) -> None:
    item, message = chased(firm)
    firm.noon(2)
    again(message, email_of(item.customer))
    match ending:
        case "paid":
            pay(item.customer, 100, item, booked_on=day(2))
        case "held":
            hold(item, on=day(2))
        case "disputed":
            dispute(item, amount=10, on=day(2))
    minutes(firm, 2, 10)
    assert len(recorder.taken) == 1 and firm.states() == {"accepted": 1, "withdrawn": 1}
    with pytest.raises(Refused, match="no longer so"):
        again(message, email_of(item.customer), once_more=True)


def test_a_second_copy_within_a_day_has_to_be_meant(firm: Firm, recorder: Recorder) -> None:
    item, message = chased(firm)
    firm.noon(2)
    again(message, email_of(item.customer))
    with pytest.raises(Refused, match="24 hours"):
        again(message, email_of(item.customer))
    assert again(message, email_of(item.customer), once_more=True).number == 2
    firm.noon(4)
    assert again(message, email_of(item.customer)).number == 3


def test_a_form_sent_twice_copies_once(firm: Firm) -> None:
    item, message = chased(firm)
    form = uuid4()
    firm.noon(2)
    assert again(message, email_of(item.customer), form=form) == again(message, email_of(item.customer), form=form)


def test_a_copy_of_a_copy_is_one_of_the_original(firm: Firm) -> None:
    item, message = chased(firm)
    firm.noon(2)
    first = again(message, email_of(item.customer))
    minutes(firm, 2, 10)
    assert again(first.message, email_of(item.customer), once_more=True).original == message


def test_a_step_that_failed_is_the_ladders_to_repeat(firm: Firm, recorder: Recorder) -> None:
    item, message = chased(firm)
    outcome(Notice.objects.get(), Result.FAILED, now=firm.noon(2))
    with pytest.raises(Refused, match="next run plans it anew"):
        again(message, email_of(item.customer))
    firm.run(3)
    assert firm.arrived(item) == ["first"] and len(recorder.taken) == 2


def test_what_a_person_wrote_and_was_refused_goes_again_to_another_address(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    recorder.answer = lambda outgoing: Failed("550 no such user", bad_address=True)
    firm.noon(0)
    row = sends(customer)
    minutes(firm, 0, 10)
    assert firm.states() == {"failed": 1}
    recorder.answer = Recorder().answer
    with pytest.raises(Refused):
        again(row.message, email_of(customer))
    change_contact(customer, on=day(0), email="nowy@example.com")
    again(row.message, "nowy@example.com")
    minutes(firm, 0, 25)
    (taken,) = recorder.taken
    assert taken.recipient == "nowy@example.com" and taken.subject == "Dzień dobry" and "duplikat" not in taken.text
    assert not Task.objects.filter(kind="review", closed_on=None).exists()


def test_a_reason_is_asked_for(firm: Firm) -> None:
    item, message = chased(firm)
    firm.noon(2)
    with pytest.raises(Refused, match="Say why"):
        again(message, email_of(item.customer), reason=" ")


def test_the_database_keeps_what_is_sent_again_in_order(firm: Firm) -> None:
    item, message = chased(firm)
    firm.noon(2)
    row = again(message, email_of(item.customer))
    other = again(message, email_of(item.customer), once_more=True)
    trips: list[tuple[dict[str, Any], str]] = [
        ({"number": 1}, "sent_again_numbered_once"),
        ({"reason": ""}, "sent_again_has_its_reason"),
        ({"kind": "composed"}, "only_what_was_is_sent_again"),
    ]
    for values, name in trips:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Written.objects.filter(pk=other.pk).update(**values)
    assert row.number == 1
