"""Statements by schedule: to whom, of which days, once each, whatever dies and however often it runs."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from dunning import tasks
from dunning.actions import Schedule, due_pairs, period_due, prepare_case, record_stop, send_statements, set_paper_terms, set_schedule
from dunning.actions import statements as sending
from dunning.court import Path
from dunning.day import deliver_all
from dunning.models import LadderRules, Placement, StatementSent, Task, Written
from dunning.statement_periods import Every
from dunning.states import PlacementEnd, PlacementState, StopKind, TaskKind
from dunning.tasks import send_papers
from invoices.models import Customer
from invoices.states import Kind
from receivables.core.errors import Refused
from receivables.documents import actions as documents
from receivables.documents.models import Document
from receivables.messaging.models import Message
from tests.builders import audited, credit, make_customer, make_item, pay
from tests.db.dunning.firm import Firm, Recorder

pytestmark = pytest.mark.django_db
OCTOBER, THE_DAY = date(2026, 10, 31), date(2026, 11, 5)


@pytest.fixture(autouse=True)
def printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetting itself is tested elsewhere."""
    monkeypatch.setattr(documents, "render_pdf", lambda html: b"%PDF")


@pytest.fixture
def scheduled(firm: Firm) -> Firm:
    """Every month on the 5th, to firms; the bank is read to yesterday."""
    set_schedule(firm.creditor, schedule())
    LadderRules.objects.filter(creditor=firm.creditor).update(bank_seen_until=date(2026, 11, 4))
    return firm


def schedule(**changes: Any) -> Schedule:
    values = {"is_on": True, "every": Every.MONTH, "day": 5, "kinds": [Kind.BUSINESS], "starts_on": date(2026, 11, 1)}
    return Schedule(**{**values, **changes})


def owing(firm: Firm, **fields: Any) -> Customer:
    """A customer with an invoice of October."""
    customer = make_customer(firm.creditor, **fields)
    make_item(customer, "120.00", issued_on=date(2026, 10, 10), due_on=date(2026, 10, 24))
    return customer


def noon(firm: Firm, on: date) -> datetime:
    settings.CLOCK = datetime.combine(on, time(12), ZoneInfo(firm.creditor.time_zone))
    return settings.CLOCK  # type: ignore[no-any-return]


def send(firm: Firm, on: date = THE_DAY) -> int:
    return send_statements(firm.creditor, on=on, now=noon(firm, on))


def delivered(firm: Firm, on: date = THE_DAY) -> None:
    deliver_all(firm.creditor, now=noon(firm, on))


def test_a_statement_leaves_on_its_day_with_its_paper(scheduled: Firm, recorder: Recorder) -> None:
    customer = owing(scheduled)
    assert send(scheduled, date(2026, 11, 4)) == 0
    assert send(scheduled) == 1
    delivered(scheduled)
    (taken,) = recorder.taken
    assert taken.recipient == customer.contacts.get().email and taken.subject.startswith("Wyciąg z konta klienta")
    assert "od 1 października 2026" in taken.text and "120" not in taken.text  # amounts stand in the paper
    assert [paper.media_type for paper in taken.attachments] == ["application/pdf"]
    paper = Document.objects.get(kind="statement")
    assert (paper.facts["from_on"], paper.facts["to_on"], paper.facts["closing"]) == ("2026-10-01", "2026-10-31", "120.00")
    assert "statement_sent" in audited(scheduled.creditor)


def test_run_again_it_sends_nothing_twice(scheduled: Firm, recorder: Recorder) -> None:
    owing(scheduled)
    for _ in range(3):
        noon(scheduled, THE_DAY)
        send_papers()
        send_papers()
    delivered(scheduled)
    assert send(scheduled, date(2026, 11, 7)) == 0
    assert (len(recorder.taken), Message.objects.count(), Document.objects.count()) == (1, 1, 1)


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("at", ["numbered_pdf", "mail_paper", "record"])
def test_killed_at_any_customer_the_next_run_sends_each_once(scheduled: Firm, recorder: Recorder, at: str) -> None:
    customers = [owing(scheduled) for _ in range(3)]
    real, calls = getattr(sending, at), []

    def dies(*args: Any, **more: Any) -> Any:
        calls.append(1)
        made = real(*args, **more)
        if len(calls) == 2:
            raise Died
        return made

    with patch.object(sending, at, dies), pytest.raises(Died):
        send(scheduled)
    assert StatementSent.objects.count() == Message.objects.count() == Document.objects.count() == 1
    assert send(scheduled) == 2
    delivered(scheduled)
    assert sorted(taken.recipient for taken in recorder.taken) == sorted(row.contacts.get().email for row in customers)
    numbers = sorted(Document.objects.values_list("number", flat=True))
    assert numbers == [f"{numbers[0][:-4]}{n:04}" for n in (1, 2, 3)]


def test_out_of_time_the_rest_goes_with_the_next(scheduled: Firm) -> None:
    owing(scheduled), owing(scheduled)
    left: Iterator[bool] = iter([True, False])
    assert send_statements(scheduled.creditor, on=THE_DAY, now=noon(scheduled, THE_DAY), goes_on=lambda: next(left)) == 1
    assert send(scheduled) == 1


def test_one_that_cannot_be_made_stops_nobody_else_and_is_tried_again(scheduled: Firm) -> None:
    first, second = owing(scheduled), owing(scheduled)
    real = sending.paper_facts

    def fails(customer: Customer, *args: Any, **more: Any) -> Any:
        if customer.pk == first.pk:
            raise Refused("not now")
        return real(customer, *args, **more)

    with patch.object(sending, "paper_facts", fails):
        assert send(scheduled) == 1
    assert StatementSent.objects.get().customer == second
    assert send(scheduled) == 1


def test_nothing_before_the_bank_is_read_and_nothing_while_it_is_off(scheduled: Firm) -> None:
    owing(scheduled)
    LadderRules.objects.filter(creditor=scheduled.creditor).update(bank_seen_until=date(2026, 10, 30))
    assert send(scheduled) == 0
    LadderRules.objects.filter(creditor=scheduled.creditor).update(bank_seen_until=OCTOBER)
    set_schedule(scheduled.creditor, schedule(is_on=False))
    assert send(scheduled) == 0


def test_who_gets_one(scheduled: Firm) -> None:
    business, consumer = owing(scheduled), owing(scheduled, kind=Kind.CONSUMER)
    wants, not_wanted = owing(scheduled, kind=Kind.CONSUMER), owing(scheduled)
    owing(scheduled, waits_for_release=True)
    make_customer(scheduled.creditor)  # nothing has happened
    told: dict[str, Any] = {"keeps_no_books": False, "email_agreed_on": None, "email_agreement": "", "on": THE_DAY}
    set_paper_terms(wants, statements="always", **told)
    set_paper_terms(not_wanted, statements="never", **told)
    period = period_due(scheduled.creditor, on=THE_DAY)
    assert period is not None and consumer.pk
    assert due_pairs(scheduled.creditor, period, now=noon(scheduled, THE_DAY)) == [(business.pk, "PLN"), (wants.pk, "PLN")]


def test_who_only_has_credit_gets_one_too(scheduled: Firm) -> None:
    paid, noted, early = (make_customer(scheduled.creditor) for _ in range(3))
    pay(paid, "7.00", booked_on=date(2026, 9, 20))  # before the period, and still open
    credit(noted, "5.00", issued_on=date(2026, 10, 12))
    pay(early, "9.00", booked_on=date(2026, 11, 2))  # after it
    assert send(scheduled) == 2
    closings = {
        row.customer: row.written.paper.facts["closing"] for row in StatementSent.objects.all() if row.written and row.written.paper
    }
    assert closings == {paid: "-7.00", noted: "-5.00"}


@pytest.mark.parametrize(
    ("state", "left_out"),
    [
        pytest.param(PlacementState.DRAFT, "", id="a hand-over is only proposed"),
        pytest.param(PlacementState.APPROVED, "at_agency", id="approved, and not delivered yet"),
        pytest.param(PlacementState.CLOSED, "", id="it did not leave"),
    ],
)
def test_a_hand_over_stops_statements_from_its_approval_on(scheduled: Firm, state: str, left_out: str) -> None:
    customer = owing(scheduled)
    ended = {"ended_on": THE_DAY, "end": PlacementEnd.NOT_SENT} if state == PlacementState.CLOSED else {}
    Placement.objects.create(creditor=scheduled.creditor, customer=customer, currency="PLN", state=state, reason="x", **ended)
    send(scheduled)
    assert StatementSent.objects.get(customer=customer).left_out == left_out


def test_who_is_with_an_agency_or_in_court_is_left_out(scheduled: Firm, recorder: Recorder) -> None:
    placed, sued, later = (owing(scheduled) for _ in range(3))
    Placement.objects.create(creditor=scheduled.creditor, customer=placed, currency="PLN", sent_on=THE_DAY)
    prepare_case(sued, [sued.items.get()], path=Path.EPU, prepared_on=THE_DAY, today=THE_DAY)
    assert send(scheduled) == 1
    assert dict(StatementSent.objects.exclude(left_out="").values_list("customer", "left_out")) == {
        placed.pk: "at_agency",
        sued.pk: "in_court",
    }
    Placement.objects.create(creditor=scheduled.creditor, customer=later, currency="PLN", sent_on=THE_DAY)
    delivered(scheduled)
    assert recorder.taken == [] and Message.objects.get().reason == "a debt is with an agency or in court"


def test_one_for_each_currency(scheduled: Firm) -> None:
    customer = owing(scheduled)
    make_item(customer, "7.00", currency="EUR", issued_on=date(2026, 10, 12), due_on=date(2026, 10, 30))
    assert send(scheduled) == 2
    assert sorted(StatementSent.objects.values_list("currency", flat=True)) == ["EUR", "PLN"]


def test_who_cannot_be_reached_is_noted_and_not_asked_again(scheduled: Firm) -> None:
    owing(scheduled, email="")
    dead = owing(scheduled)
    record_stop(dead, kind=StopKind.DEATH, since=THE_DAY, source="list", on=THE_DAY, now=noon(scheduled, THE_DAY))
    assert send(scheduled) == 0 and send(scheduled) == 0
    assert list(StatementSent.objects.values_list("left_out", flat=True)) == ["unreachable", "unreachable"]
    assert not Written.objects.exists()


def test_a_payment_of_the_period_that_comes_late_stops_it_and_asks_a_person(scheduled: Firm, recorder: Recorder) -> None:
    customer = owing(scheduled)
    send(scheduled)
    pay(customer, "20.00", booked_on=OCTOBER)
    delivered(scheduled)
    assert recorder.taken == []
    assert Message.objects.get().reason == "an amount it states has changed"
    assert Task.objects.get(kind=TaskKind.REVIEW).customer == customer


def test_a_statement_that_was_stopped_is_made_and_sent_anew(scheduled: Firm, recorder: Recorder) -> None:
    customer = owing(scheduled)
    send(scheduled)
    pay(customer, "20.00", booked_on=OCTOBER)
    delivered(scheduled)
    assert send(scheduled) == 0  # one try a day
    tomorrow = THE_DAY + timedelta(days=1)
    assert send(scheduled, tomorrow) == 1 and send(scheduled, tomorrow) == 0
    delivered(scheduled, tomorrow)
    row = StatementSent.objects.get()
    assert row.written and row.written.paper and row.written.paper.facts["closing"] == "100.00"
    assert len(recorder.taken) == 1 and not Task.objects.filter(closed_on=None).exists()


def test_whatever_fails_for_one_or_for_one_company_stops_no_other(scheduled: Firm) -> None:
    first, second = owing(scheduled), owing(scheduled)
    real = sending.paper_facts

    def fails(customer: Customer, *args: Any, **more: Any) -> Any:
        if customer.pk == first.pk:
            raise RuntimeError("not now")
        return real(customer, *args, **more)

    with patch.object(sending, "paper_facts", fails):
        assert send(scheduled) == 1
    assert StatementSent.objects.get().customer == second
    noon(scheduled, THE_DAY)
    with patch.object(tasks, "send_campaigns", side_effect=RuntimeError):
        send_papers()
    assert StatementSent.objects.count() == 2


def test_a_payment_of_a_later_day_does_not(scheduled: Firm, recorder: Recorder) -> None:
    customer = owing(scheduled)
    send(scheduled)
    pay(customer, "20.00", booked_on=date(2026, 11, 3))
    delivered(scheduled)
    assert len(recorder.taken) == 1


def test_it_waits_for_contact_hours_and_leaves_the_ladder_alone(scheduled: Firm, recorder: Recorder) -> None:
    LadderRules.objects.filter(creditor=scheduled.creditor).update(calendar="country")
    owing(scheduled)
    set_schedule(scheduled.creditor, schedule(day=8))  # 8 November 2026 is a Sunday
    LadderRules.objects.filter(creditor=scheduled.creditor).update(bank_seen_until=date(2026, 11, 7))
    assert send(scheduled, date(2026, 11, 8)) == 1
    delivered(scheduled, date(2026, 11, 8))
    assert recorder.taken == []
    delivered(scheduled, date(2026, 11, 9))
    assert len(recorder.taken) == 1 and not Task.objects.exists()


@pytest.mark.parametrize("day", [0, 29])
def test_not_every_month_has_that_day(firm: Firm, day: int) -> None:
    with pytest.raises(Refused, match="from 1 to 28"):
        set_schedule(firm.creditor, schedule(day=day))


@pytest.mark.parametrize(
    ("agreed", "how", "says"), [(THE_DAY, " ", "when e-mail was agreed"), (None, "umowa 7", "when"), (date(2026, 11, 6), "umowa", "future")]
)
def test_an_agreement_to_email_has_its_day_and_source(firm: Firm, agreed: date | None, how: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        set_paper_terms(firm.customer(), statements="", keeps_no_books=False, email_agreed_on=agreed, email_agreement=how, on=THE_DAY)


def test_the_database_keeps_one_statement_of_a_period(scheduled: Firm) -> None:
    owing(scheduled)
    send(scheduled)
    row = StatementSent.objects.get()
    row.pk, row.written, row.left_out = None, None, "unreachable"
    with pytest.raises(IntegrityError, match="statement_once_per_period"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"left_out": "unreachable"}, "statement_is_sent_or_says_why_not"),
        ({"on": OCTOBER}, "statement_tells_days_that_are_over"),
    ],
)
def test_the_database_refuses_what_cannot_be(scheduled: Firm, changes: dict[str, Any], name: str) -> None:
    owing(scheduled)
    send(scheduled)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        StatementSent.objects.update(**changes)
    with pytest.raises(IntegrityError, match="paper_by_schedule_is_there"), transaction.atomic():
        Written.objects.update(paper=None)


def test_settings_past_the_actions(scheduled: Firm) -> None:
    with pytest.raises(IntegrityError, match="statements_leave_on_a_day_of_every_month"), transaction.atomic():
        scheduled.creditor.statement_schedule.__class__.objects.update(day=29)
    terms = set_paper_terms(
        scheduled.customer(), statements="", keeps_no_books=True, email_agreed_on=THE_DAY, email_agreement="umowa", on=THE_DAY
    )
    with pytest.raises(IntegrityError, match="agreement_to_email_says_when_and_how"), transaction.atomic():
        type(terms).objects.update(email_agreement="")
