"""A campaign: chosen from the books, sent once, answered, reminded once, closed; the sums are those of the papers."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from dunning.actions import (
    Answered,
    answer_balance,
    close_campaign,
    merge_customers,
    open_campaign,
    open_requests,
    prepare_case,
    remind_silent,
    send_again,
    send_campaigns,
    set_paper_terms,
    undo,
)
from dunning.actions import campaigns as sending
from dunning.actions.results import on_delivery_changed
from dunning.campaign_books import accounts_of
from dunning.campaigns import Answer
from dunning.court import Path
from dunning.day import deliver_all
from dunning.models import BalanceCampaign, BalanceRequest, LadderRules, Task, Written
from dunning.paper_books import balance_on
from dunning.states import TaskKind
from dunning.tasks import send_papers
from invoices import actions as books
from invoices.models import Customer
from invoices.states import Kind
from receivables.core.errors import Refused
from receivables.dashboard.queries.campaigns import counts_of, report_of
from receivables.documents import actions as documents
from receivables.documents.models import Document
from receivables.messaging.models import Message
from tests.builders import audited, credit, dispute, make_customer, make_item, make_user, pay
from tests.db.dunning.firm import Firm, Recorder

pytestmark = pytest.mark.django_db
D = Decimal
DAY, YEAR, START, LAST = date(2026, 10, 31), date(2026, 12, 31), date(2026, 11, 4), date(2026, 11, 18)
AGREES, DIFFERS = Answer.AGREES, Answer.DIFFERS


@pytest.fixture(autouse=True)
def printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetting itself is tested elsewhere."""
    monkeypatch.setattr(documents, "render_pdf", lambda html: b"%PDF")


@pytest.fixture(autouse=True)
def bank_is_read(firm: Firm) -> None:
    """Through the day before most campaigns of these tests."""
    LadderRules.objects.filter(creditor=firm.creditor).update(bank_seen_until=START - timedelta(days=1))


def owing(firm: Firm, amount: str = "120.00", **fields: Any) -> Customer:
    """A customer with an invoice of October."""
    customer = make_customer(firm.creditor, **fields)
    make_item(customer, amount, issued_on=date(2026, 10, 10), due_on=date(2026, 10, 24))
    return customer


def by_email(customer: Customer) -> Customer:
    set_paper_terms(customer, statements="", keeps_no_books=False, email_agreed_on=date(2026, 1, 2), email_agreement="umowa 7", on=START)
    return customer


def noon(firm: Firm, on: date = START) -> datetime:
    settings.CLOCK = datetime.combine(on, time(12), ZoneInfo(firm.creditor.time_zone))
    return settings.CLOCK  # type: ignore[no-any-return]


def opened(firm: Firm, **changes: date) -> BalanceCampaign:
    return open_campaign(firm.creditor, **{"as_of_on": DAY, "year_ends_on": YEAR, "deadline_on": LAST, "on": START, **changes})


def sent(firm: Firm, on: date = START) -> int:
    """What went into the outbox; what may leave at once has left."""
    number = send_campaigns(firm.creditor, on=on, now=noon(firm, on))
    deliver_all(firm.creditor, now=noon(firm, on))
    return number


def request_of(customer: Customer) -> BalanceRequest:
    return BalanceRequest.objects.get(customer=customer)


def answered(firm: Firm, customer: Customer, answer: Answer = AGREES, *, by: Any = None, **said: Any) -> BalanceRequest:
    values = {"answer": answer, "came_by": "paper", "signed_by": "Jan Nowak", **said}
    return answer_balance(request_of(customer), Answered(**values), on=START, today=START, now=noon(firm), by=by)


# -- choosing


def lived(firm: Firm) -> Customer:
    """A customer to whom everything has happened."""
    customer = owing(firm, "100.00")
    first = customer.items.get()
    pay(customer, "60.00", first, booked_on=date(2026, 10, 20))
    pay(customer, "20.00", first, booked_on=date(2026, 11, 2))  # after the day
    pay(customer, "7.00", booked_on=date(2026, 10, 21))
    back = pay(customer, "25.00", booked_on=date(2026, 10, 22))
    books.reverse_payment(back, on=date(2026, 10, 23))
    credit(customer, "10.00", issued_on=date(2026, 10, 25))
    dispute(make_item(customer, "80.00", issued_on=date(2026, 10, 10), due_on=date(2026, 10, 24)), "30.00", on=START)
    make_item(customer, "33.00", currency="EUR", issued_on=date(2026, 10, 10), due_on=date(2026, 10, 24))
    make_item(customer, "5.00", issued_on=date(2026, 11, 1), due_on=date(2026, 11, 15))  # after the day
    return customer


def test_the_sums_are_those_of_the_papers(firm: Firm) -> None:
    customer = lived(firm)
    found = {one.currency: one.account for one in accounts_of(firm.creditor, as_of_on=DAY)}
    for currency in ("PLN", "EUR"):
        assert found[currency].balance == balance_on(customer, currency, on=DAY)
    assert (found["PLN"].owed, found["PLN"].credit, found["PLN"].disputed) == (
        D(33),
        D(10),
        D(80),
    )  # the seven went to the oldest by themselves


def test_choosing_costs_the_same_for_one_and_for_many(firm: Firm, django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        lived(firm)
    with django_assert_max_num_queries(20):
        assert len(accounts_of(firm.creditor, as_of_on=DAY)) == 10


def test_everybody_has_a_row_and_who_is_left_out_says_why(firm: Firm) -> None:
    asked, consumer, paid = owing(firm), owing(firm, kind=Kind.CONSUMER), owing(firm)
    pay(paid, "120.00", paid.items.get(), booked_on=DAY)
    contested, nowhere = owing(firm), by_email(owing(firm, street="", city="", email=""))
    dispute(contested.items.get(), on=START)
    campaign = opened(firm)
    found = dict(campaign.requests.values_list("customer", "left_out"))
    assert found == {asked.pk: "", consumer.pk: "consumer", contested.pk: "disputed", nowhere.pk: "unreachable"} | (
        {paid.pk: "no_balance"} if paid.pk in found else {}
    )
    assert "balance_campaign_opened" in audited(firm.creditor)


def test_only_what_is_in_court_is_left_out_of_a_balance(firm: Firm) -> None:
    partly, all_of_it = owing(firm), owing(firm)
    for item in (make_item(partly, "50.00", issued_on=date(2026, 10, 10), due_on=date(2026, 10, 24)), all_of_it.items.get()):
        prepare_case(item.customer, [item], path=Path.EPU, prepared_on=START, today=START)
    found = {one.customer: one.account for one in accounts_of(firm.creditor, as_of_on=DAY)}
    assert (found[partly].owed, found[partly].left_out, found[all_of_it].left_out) == (120, None, "in_court")
    assert balance_on(partly, "PLN", on=DAY) == 120
    opened(firm)
    assert sent(firm) == 1 and request_of(partly).balance == 120


def test_no_second_campaign_of_a_day_and_none_with_nobody_to_ask(firm: Firm) -> None:
    with pytest.raises(Refused, match="nobody to ask"):
        opened(firm)
    owing(firm)
    opened(firm)
    with pytest.raises(Refused, match="were asked already"):
        opened(firm)


# -- sending


def test_by_email_where_agreed_else_as_a_letter(firm: Firm, recorder: Recorder) -> None:
    agreed, other = by_email(owing(firm)), owing(firm)
    opened(firm)
    assert sent(firm) == 2 and sent(firm) == 0
    taken = next(one for one in recorder.taken if one.recipient == agreed.contacts.get().email)
    assert taken.subject.startswith("Dokument do potwierdzenia")
    assert "potwierdzenie salda na 31 października 2026" in taken.text and "120" not in taken.text
    letter = request_of(other).written.message  # type: ignore[union-attr]
    assert letter.channel == "letter" and letter.document is not None
    assert letter.document.facts["balance"] == "120.00" and letter.recipient.endswith("Warszawa")
    assert sorted(Document.objects.values_list("kind", flat=True)) == ["balance_confirmation"] * 2


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("at", ["numbered_pdf", "mail_paper", "record"])
def test_killed_at_any_customer_each_is_asked_once(firm: Firm, recorder: Recorder, at: str) -> None:
    for _ in range(3):
        by_email(owing(firm))
    opened(firm)
    real, calls = getattr(sending, at), []

    def dies(*args: Any, **more: Any) -> Any:
        calls.append(1)
        made = real(*args, **more)
        if len(calls) == 2:
            raise Died
        return made

    with patch.object(sending, at, dies), pytest.raises(Died):
        sent(firm)
    assert Message.objects.count() == Document.objects.count() == 1
    noon(firm)
    send_papers()
    send_papers()
    deliver_all(firm.creditor, now=noon(firm))
    assert len(recorder.taken) == len({taken.recipient for taken in recorder.taken}) == 3


def test_judged_anew_when_its_turn_comes(firm: Firm) -> None:
    customer, gone = by_email(owing(firm)), by_email(owing(firm))
    opened(firm)
    pay(customer, "20.00", customer.items.get(), booked_on=DAY)
    pay(gone, "120.00", gone.items.get(), booked_on=DAY)
    assert sent(firm) == 1
    assert request_of(customer).balance == 100 and request_of(gone).left_out == "no_balance"


def test_what_changes_before_it_leaves_stops_it(firm: Firm, recorder: Recorder) -> None:
    customer = by_email(owing(firm))
    opened(firm)
    send_campaigns(firm.creditor, on=START, now=noon(firm))
    dispute(customer.items.get(), on=START)
    deliver_all(firm.creditor, now=noon(firm))
    assert recorder.taken == [] and Message.objects.get().reason == "an amount it states has changed"
    assert Task.objects.get(kind=TaskKind.REVIEW).customer == customer


def test_nothing_is_sent_after_the_last_day_of_the_year(firm: Firm) -> None:
    by_email(owing(firm))
    opened(firm, deadline_on=date(2027, 1, 15))
    assert sent(firm, date(2027, 1, 16)) == 0
    assert sent(firm, date(2027, 1, 15)) == 0  # it would have to be answered the same day
    assert sent(firm, date(2027, 1, 14)) == 1


@pytest.mark.parametrize("seen", [None, DAY - timedelta(days=1)])
def test_none_of_a_day_through_which_the_bank_is_not_read(firm: Firm, seen: date | None) -> None:
    owing(firm)
    LadderRules.objects.filter(creditor=firm.creditor).update(bank_seen_until=seen)
    with pytest.raises(Refused, match="payments may be missing"):
        opened(firm)
    LadderRules.objects.filter(creditor=firm.creditor).update(bank_seen_until=DAY)
    assert opened(firm).pk


def test_a_paper_that_the_guard_stopped_is_judged_and_sent_anew(firm: Firm, recorder: Recorder) -> None:
    customer = by_email(owing(firm))
    opened(firm)
    send_campaigns(firm.creditor, on=START, now=noon(firm))
    pay(customer, "20.00", customer.items.get(), booked_on=DAY)
    deliver_all(firm.creditor, now=noon(firm))
    first = request_of(customer).written
    assert first and recorder.taken == [] and sent(firm) == 0  # one try a day
    with pytest.raises(Refused, match="Nothing was sent"):
        answered(firm, customer, by=make_user())
    assert sent(firm, START + timedelta(days=1)) == 1 and sent(firm, START + timedelta(days=2)) == 0
    row = request_of(customer)
    assert row.balance == 100 and row.written and row.written.paper and row.written.paper.facts["balance"] == "100.00"
    assert len(recorder.taken) == 1 and row.written != first
    assert not Task.objects.filter(kind=TaskKind.REVIEW, closed_on=None).exists()
    assert [one.pk for one in open_requests(customer)] == [row.pk]


def test_a_paper_that_was_stopped_and_has_nothing_to_confirm_any_more_is_left_out(firm: Firm, recorder: Recorder) -> None:
    customer = by_email(owing(firm))
    opened(firm)
    send_campaigns(firm.creditor, on=START, now=noon(firm))
    pay(customer, "120.00", customer.items.get(), booked_on=DAY)
    deliver_all(firm.creditor, now=noon(firm))
    assert sent(firm, START + timedelta(days=1)) == 0 and recorder.taken == []
    assert (request_of(customer).left_out, request_of(customer).written) == ("no_balance", None)


def test_what_a_person_undid_is_not_sent_by_itself_but_by_a_person(firm: Firm, recorder: Recorder) -> None:
    customer = by_email(owing(firm))
    opened(firm)
    send_campaigns(firm.creditor, on=START, now=noon(firm))
    message = Message.objects.get()
    undo(message, now=noon(firm))
    assert request_of(customer).left_out == "taken_out" and sent(firm, START + timedelta(days=1)) == 0
    again(firm, message, START + timedelta(days=1))
    assert len(recorder.taken) == 1 and request_of(customer).left_out == "" and open_requests(customer)


def again(firm: Firm, message: Message, on: date) -> Written:
    row = send_again(message, address=message.recipient, reason="jeszcze raz", form=uuid4(), now=noon(firm, on), by=make_user())
    deliver_all(firm.creditor, now=noon(firm, on) + timedelta(hours=1))  # by then nobody can undo it any more
    return row


def test_a_paper_that_bounced_and_was_sent_again_can_be_answered_and_reminded(firm: Firm, recorder: Recorder) -> None:
    customer = by_email(owing(firm))
    campaign = opened(firm)
    sent(firm)
    message = Message.objects.get()
    Message.objects.update(state="hard_bounced")
    assert not open_requests(customer) and sent(firm, START + timedelta(days=1)) == 0
    once_more = again(firm, message, START + timedelta(days=1))
    (row,) = open_requests(customer)
    assert row.written == once_more
    assert remind_silent(campaign, on=START + timedelta(days=1)) == 1 and sent(firm, START + timedelta(days=1)) == 1
    answered(firm, customer)


def test_a_copy_is_followed_where_the_paper_that_had_arrived_bounces_later(firm: Firm, recorder: Recorder) -> None:
    customer = by_email(owing(firm))
    opened(firm)
    sent(firm)
    message = Message.objects.get()
    copy = again(firm, message, START)  # asked for on the phone, while all was well
    assert request_of(customer).written != copy
    settle_now(message, "hard_bounced", now=noon(firm, START + timedelta(days=1)))
    (row,) = open_requests(customer)
    assert row.written == copy and copy.kind == "copy"
    answered(firm, customer)
    copy.refresh_from_db()
    assert copy.paper_id is not None and copy.paper == Written.objects.get(message=message).paper


def test_a_copy_of_a_copy_that_bounced_is_followed_too(firm: Firm, recorder: Recorder) -> None:
    customer = by_email(owing(firm))
    opened(firm)
    sent(firm)
    message = Message.objects.get()
    copy = again(firm, message, START)
    for each in (message, copy.message):
        settle_now(each, "hard_bounced", now=noon(firm, START + timedelta(days=1)))
    assert not open_requests(customer)
    newest = again(firm, copy.message, START + timedelta(days=1))
    assert request_of(customer).written == newest and open_requests(customer)


def settle_now(message: Message, state: str, *, now: datetime) -> None:
    """The provider's report about a message that had been accepted."""
    Message.objects.filter(pk=message.pk).update(state=state)
    on_delivery_changed(None, message_ids=[message.pk], now=now)


def reminded(firm: Firm) -> tuple[Customer, BalanceCampaign]:
    """Silent, and its reminder is planned; the guard is still to look at it."""
    customer = by_email(owing(firm))
    campaign = opened(firm)
    sent(firm)
    remind_silent(campaign, on=START)
    send_campaigns(firm.creditor, on=START, now=noon(firm))
    return customer, campaign


def test_a_reminder_that_the_guard_stopped_is_made_anew_with_the_balance_of_now(firm: Firm, recorder: Recorder) -> None:
    customer, _campaign = reminded(firm)
    first = request_of(customer)
    pay(customer, "20.00", customer.items.get(), booked_on=DAY)
    deliver_all(firm.creditor, now=noon(firm))
    assert len(recorder.taken) == 1 and sent(firm) == 0  # it waits before it is tried again
    assert sent(firm, START + timedelta(days=1)) == 1 and sent(firm, START + timedelta(days=2)) == 0
    row = request_of(customer)
    assert row.written and first.written and row.written.paper and first.written.paper
    assert (row.balance, row.reminder, row.written.paper.facts["balance"]) == (100, row.written, "100.00")
    assert row.written.paper != first.written.paper and len(recorder.taken) == 2
    answered(firm, customer)


def test_a_reminder_that_expired_goes_again_with_the_same_paper(firm: Firm, recorder: Recorder) -> None:
    customer, _campaign = reminded(firm)
    before = request_of(customer).reminder
    assert before is not None
    Message.objects.filter(pk=before.message_id).update(state="expired")
    assert sent(firm, START + timedelta(days=1)) == 1
    row = request_of(customer)
    assert row.reminder and row.written and row.reminder != before and row.reminder.paper == row.written.paper
    assert sent(firm, START + timedelta(days=2)) == 0


def test_a_reminder_that_a_person_undid_is_not_made_anew(firm: Firm, recorder: Recorder) -> None:
    customer, _campaign = reminded(firm)
    row = request_of(customer)
    assert row.reminder is not None
    undo(row.reminder.message, now=noon(firm))
    assert sent(firm, START + timedelta(days=1)) == 0


def test_after_the_last_day_to_answer_nothing_is_sent_or_reminded(firm: Firm, recorder: Recorder) -> None:
    told, late = by_email(owing(firm)), by_email(owing(firm))
    campaign = opened(firm)
    send_campaigns(firm.creditor, on=START, now=noon(firm), goes_on=iter([True, False]).__next__)
    deliver_all(firm.creditor, now=noon(firm))
    assert sent(firm, LAST) == 0  # it would have to be answered the same day
    after = LAST + timedelta(days=1)
    with pytest.raises(Refused, match="has passed"):
        remind_silent(campaign, on=after)
    assert remind_silent(campaign, on=LAST) == 1 and sent(firm, after) == 0
    assert {row.customer.pk: bool(row.written) for row in campaign.requests.all()} == {told.pk: True, late.pk: False}


def test_a_paper_that_waited_past_the_last_day_to_answer_does_not_leave(firm: Firm, recorder: Recorder) -> None:
    by_email(owing(firm))
    opened(firm, deadline_on=START + timedelta(days=1))
    send_campaigns(firm.creditor, on=START, now=noon(firm))
    deliver_all(firm.creditor, now=noon(firm, START + timedelta(days=2)))
    assert recorder.taken == [] and Message.objects.get().reason == "the day to answer by has passed"


def test_whatever_fails_for_one_stops_nobody_else(firm: Firm, caplog: pytest.LogCaptureFixture) -> None:
    first, second = by_email(owing(firm)), by_email(owing(firm))
    opened(firm)
    real = sending.paper_facts

    def fails(customer: Customer, *args: Any, **more: Any) -> Any:
        if customer.pk == first.pk:
            raise RuntimeError("tajne")
        return real(customer, *args, **more)

    with patch.object(sending, "paper_facts", fails):
        assert sent(firm) == 1
    assert request_of(second).written and not request_of(first).written
    assert "RuntimeError" in caplog.text and "tajne" not in caplog.text
    assert sent(firm) == 1


# -- answers


def test_an_answer_that_agrees_and_one_that_differs(firm: Firm) -> None:
    agrees, differs, silent = (by_email(owing(firm)) for _ in range(3))
    opened(firm)
    sent(firm)
    boss = make_user()
    answered(firm, agrees, by=boss)
    answered(firm, differs, DIFFERS, by=boss, theirs=D("80.00"), explanation="Brak korekty 3/2026")
    assert request_of(agrees).answer == "agrees" and not Task.objects.filter(customer=agrees).exists()
    row = request_of(differs)
    assert (row.their_balance, row.explanation, row.answered_on, row.entered_by) == (80, "Brak korekty 3/2026", START, boss)
    task = Task.objects.get(kind=TaskKind.BALANCE_DIFFERS)
    assert (task.customer, task.about) == (differs, f"balance:{row.pk}")
    assert request_of(silent).answer == ""  # silence is no consent
    answered(firm, differs, by=boss)
    task.refresh_from_db()
    assert task.closed_on == START and request_of(differs).their_balance is None


def test_answers_that_are_refused(firm: Firm) -> None:
    customer, unsent = by_email(owing(firm)), owing(firm, kind=Kind.CONSUMER)
    campaign = opened(firm)
    with pytest.raises(Refused, match="Nothing was sent"):
        answered(firm, unsent, by=make_user())
    sent(firm)
    with pytest.raises(Refused, match="Say what differs"):
        answered(firm, customer, DIFFERS, explanation=" ")
    with pytest.raises(Refused, match="no amount of this currency"):
        answered(firm, customer, DIFFERS, explanation="x", theirs=D("1.001"))
    answered(firm, customer)
    with pytest.raises(Refused, match="answered already"):
        answered(firm, customer)
    close_campaign(campaign, on=START, now=noon(firm))
    with pytest.raises(Refused, match="closed"):
        answered(firm, customer, by=make_user())


def test_a_customer_sees_what_it_was_asked_while_the_campaign_is_open(firm: Firm) -> None:
    customer, other = by_email(owing(firm)), by_email(owing(firm))
    campaign = opened(firm)
    assert not open_requests(customer)
    sent(firm)
    assert [row.customer for row in open_requests(customer)] == [customer] and open_requests(other)
    close_campaign(campaign, on=START, now=noon(firm))
    assert not open_requests(customer)


def test_only_whose_paper_arrived_is_silent(firm: Firm) -> None:
    customer = by_email(owing(firm))
    campaign = opened(firm)

    def counted() -> tuple[int, int, int, int]:
        counts = counts_of(campaign)
        return counts["waits"], counts["silent"], counts["unsent"], len(report_of(campaign))

    assert counted() == (1, 0, 0, 0)
    send_campaigns(firm.creditor, on=START, now=noon(firm))
    assert counted() == (1, 0, 0, 0)
    pay(customer, "20.00", customer.items.get(), booked_on=DAY)
    deliver_all(firm.creditor, now=noon(firm))
    assert counted() == (0, 0, 1, 0)  # the guard stopped it
    sent(firm, START + timedelta(days=1))
    assert counted() == (0, 1, 0, 1)
    Message.objects.filter(state="accepted").update(state="hard_bounced")
    assert counted() == (0, 0, 1, 0)


# -- reminding and closing


def test_the_silent_are_reminded_once_with_the_same_paper(firm: Firm, recorder: Recorder) -> None:
    silent, quick = by_email(owing(firm)), by_email(owing(firm))
    campaign = opened(firm)
    with pytest.raises(Refused, match="nobody to remind"):
        remind_silent(campaign, on=START)
    sent(firm)
    answered(firm, quick)
    assert remind_silent(campaign, on=START) == 1
    with pytest.raises(Refused, match="done once"):
        remind_silent(campaign, on=START)
    assert sent(firm) == 1 and sent(firm) == 0
    last = recorder.taken[-1]
    assert last.recipient == silent.contacts.get().email and last.subject.startswith("Prosimy o odpowiedź")
    row = request_of(silent)
    assert row.reminder and row.written and row.reminder.paper == row.written.paper
    assert len(recorder.taken) == 3 and Document.objects.count() == 2


def test_who_answers_before_the_reminder_leaves_does_not_get_it(firm: Firm, recorder: Recorder) -> None:
    customer = by_email(owing(firm))
    campaign = opened(firm)
    sent(firm)
    remind_silent(campaign, on=START)
    send_campaigns(firm.creditor, on=START, now=noon(firm))
    answered(firm, customer)
    deliver_all(firm.creditor, now=noon(firm))
    assert len(recorder.taken) == 1 and not Task.objects.exists()


def test_closed_nothing_more_leaves(firm: Firm, recorder: Recorder) -> None:
    by_email(owing(firm)), by_email(owing(firm))
    campaign = opened(firm)
    send_campaigns(firm.creditor, on=START, now=noon(firm), goes_on=iter([True, False]).__next__)
    close_campaign(campaign, on=START, now=noon(firm))
    assert sent(firm) == 0 and recorder.taken == []
    assert list(Message.objects.values_list("state", flat=True)) == ["withdrawn"]
    with pytest.raises(Refused, match="closed"):
        close_campaign(campaign, on=START, now=noon(firm))


def test_a_merge_keeps_the_survivors_own_row(firm: Firm) -> None:
    source, target = owing(firm, tax_id="5260250274"), owing(firm, tax_id="5260250274")
    moves = owing(firm, tax_id="1132567801")
    opened(firm)
    merge_customers(source, target, reason="dwa razy", on=START, now=noon(firm))
    assert BalanceRequest.objects.filter(customer=target).count() == 1 and moves.pk


# -- what the database refuses


def a_request(firm: Firm) -> None:
    customer = by_email(owing(firm))
    opened(firm)
    sent(firm)
    answered(firm, customer, DIFFERS, explanation="x", theirs=D(1))


def test_a_customer_is_asked_once_in_a_campaign_and_a_day_has_one(firm: Firm) -> None:
    a_request(firm)
    row, campaign = BalanceRequest.objects.get(), BalanceCampaign.objects.get()
    row.pk, row.written, row.answer, row.answered_on, row.came_by, row.explanation, row.their_balance = None, None, "", None, "", "", None
    with pytest.raises(IntegrityError, match="balance_asked_once_per_campaign"), transaction.atomic():
        row.save(force_insert=True)
    campaign.pk = None
    with pytest.raises(IntegrityError, match="balances_of_a_day_asked_once"), transaction.atomic():
        campaign.save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"balance": -1}, "balance_not_negative"),
        ({"their_balance": -1}, "balance_not_negative"),
        ({"balance": D("1.001")}, "balance_fits_currency"),
        ({"left_out": "consumer"}, "who_is_left_out_is_not_asked"),
        ({"answered_on": None}, "balance_answer_has_its_day"),
        ({"came_by": ""}, "balance_answer_has_its_day"),
        ({"written": None}, "balance_answer_has_its_day"),
        ({"explanation": ""}, "balance_that_differs_says_why"),
        ({"answer": "agrees"}, "balance_that_differs_says_why"),
    ],
)
def test_what_a_request_may_not_be(firm: Firm, changes: dict[str, Any], name: str) -> None:
    a_request(firm)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BalanceRequest.objects.update(**changes)


def test_a_reminder_follows_its_paper(firm: Firm) -> None:
    a_request(firm)
    row = BalanceRequest.objects.get()
    empty = {"answer": "", "answered_on": None, "came_by": "", "explanation": "", "their_balance": None}
    with pytest.raises(IntegrityError, match="balance_reminder_follows_its_paper"), transaction.atomic():
        BalanceRequest.objects.update(written=None, reminder=row.written, **empty)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"as_of_on": date(2027, 1, 1)}, "balance_is_of_a_day_of_its_year"),
        ({"deadline_on": date(2026, 11, 3)}, "balance_answered_after_it_is_asked"),
        ({"closed_on": date(2026, 11, 3)}, "campaign_goes_on_after_it_is_opened"),
        ({"reminded_on": date(2026, 11, 3)}, "campaign_goes_on_after_it_is_opened"),
    ],
)
def test_what_a_campaign_may_not_be(firm: Firm, changes: dict[str, Any], name: str) -> None:
    owing(firm)
    opened(firm)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BalanceCampaign.objects.update(**changes)
