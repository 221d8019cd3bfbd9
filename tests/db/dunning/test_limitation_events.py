"""What people note about limitation, and what the ladder makes of it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from dunning.actions import end_event, note_event, take_back_event
from dunning.explain import explain_customer
from dunning.happened import happened_to
from dunning.limitation import Happened
from dunning.models import Case, LimitationEvent
from dunning.states import CaseState, LimitationKind, ProofKind
from invoices.models import Invoice, Item
from invoices.states import Kind
from receivables.core.errors import Refused
from tests.builders import audited, credit, make_user
from tests.db.dunning.firm import Firm, day

pytestmark = pytest.mark.django_db

ACK, SUIT, JUDGMENT = LimitationKind.ACKNOWLEDGEMENT, LimitationKind.SUIT, LimitationKind.JUDGMENT
TODAY = day(0)


def old_debt(firm: Firm) -> Item:
    """Goods for a consumer, due in the middle of 2023: barred from 1 January 2026, four months before day 0."""
    return firm.owes(firm.customer(kind=Kind.CONSUMER), due=(date(2023, 6, 15) - day(0)).days)


def noted(target: Item | Invoice, **values: Any) -> LimitationEvent:
    """An acknowledgement by e-mail in 2025."""
    invoice = target.invoice if isinstance(target, Item) else target
    said: dict[str, Any] = {"kind": ACK, "on": date(2025, 11, 5), "proof": ProofKind.EMAIL, "source": "E-mail: zapłacę w maju"}
    return note_event(invoice, today=TODAY, **{**said, **values})


def ended(event: LimitationEvent, on: date) -> LimitationEvent:
    return end_event(event, on=on, proof=ProofKind.COURT_PAPER, source="I C 1/25", today=TODAY)


def test_an_acknowledged_debt_of_a_consumer_is_not_stopped_early(firm: Firm) -> None:
    item = old_debt(firm)
    noted(item)
    firm.run(0)
    assert firm.case(item).state == CaseState.RUNNING
    assert "Time-barred" not in explain_customer(item.customer, on=TODAY)[item.pk].sentence


def test_without_it_the_run_closes_the_debt_and_an_acknowledgement_found_later_lets_it_go_on(firm: Firm) -> None:
    item = old_debt(firm)
    firm.run(0)
    assert (firm.case(item).state, firm.case(item).reason) == (CaseState.CLOSED, "time_barred")
    noted(item)
    case = firm.case(item)
    assert (case.state, case.reason, case.wants_approval) == (CaseState.RUNNING, "", True)
    firm.run(1)
    assert firm.case(item).state == CaseState.RUNNING
    assert {"limitation_event_noted", "cases_no_longer_barred"} <= set(audited(firm.creditor))


def test_an_acknowledgement_after_the_debt_was_barred_revives_nothing(firm: Firm) -> None:
    item = old_debt(firm)
    firm.run(0)
    noted(item, on=date(2026, 1, 1))
    assert firm.case(item).state == CaseState.CLOSED


def test_what_is_taken_back_counts_no_more_and_the_next_run_closes_the_debt(firm: Firm) -> None:
    item = old_debt(firm)
    event = noted(item)
    firm.run(0)
    contra = take_back_event(event, reason="Inna faktura", today=TODAY)
    assert (contra.reverses, contra.source) == (event, "Inna faktura")
    assert happened_to([item.invoice_id]) == {}
    firm.run(1)
    assert firm.case(item).reason == "time_barred"


def test_a_suit_is_pending_until_its_end_is_noted(firm: Firm) -> None:
    item = old_debt(firm)
    suit = noted(item, kind=SUIT, on=date(2025, 10, 1), proof=ProofKind.COURT_PAPER)
    firm.run(0)
    assert firm.case(item).state == CaseState.RUNNING
    assert happened_to([item.invoice_id]) == {item.invoice_id: (Happened(SUIT, date(2025, 10, 1)),)}
    end = ended(suit, date(2026, 2, 1))
    assert happened_to([item.invoice_id])[item.invoice_id] == (Happened(SUIT, date(2025, 10, 1), date(2026, 2, 1)),)
    take_back_event(end, reason="Zły dzień", today=TODAY)
    ended(suit, date(2026, 3, 1))
    assert happened_to([item.invoice_id])[item.invoice_id][0].until == date(2026, 3, 1)


def test_nothing_is_booked_as_an_acknowledgement_by_a_payment(firm: Firm) -> None:
    item = old_debt(firm)
    credit(item.customer, "10.00", item, issued_on=day(-1))
    assert LimitationEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"on": day(1)}, "future"),
        ({"on": date(2023, 1, 1)}, "before the invoice was issued"),
        ({"source": "  "}, "how you know"),
    ],
)
def test_an_event_that_cannot_be_is_refused(firm: Firm, values: dict[str, Any], words: str) -> None:
    item = old_debt(firm)
    with pytest.raises(Refused, match=words):
        noted(item, **values)
    assert LimitationEvent.objects.count() == 0


def test_an_event_is_noted_once_ended_once_and_taken_back_once(firm: Firm) -> None:
    item = old_debt(firm)
    event, suit = noted(item), noted(item, kind=SUIT)
    end = ended(suit, day(-9))
    contra = take_back_event(event, reason="x", today=TODAY)
    refusals: list[tuple[Callable[[], object], str]] = [
        (lambda: noted(item, kind=SUIT), "noted already"),
        (lambda: ended(suit, day(-8)), "end is noted already"),
        (lambda: ended(end, day(-8)), "Only proceedings"),
        (lambda: ended(noted(item, on=day(-5)), day(-1)), "Only proceedings"),
        (lambda: take_back_event(event, reason="x", today=TODAY), "taken back already"),
        (lambda: take_back_event(contra, reason="x", today=TODAY), "takes back another"),
        (lambda: take_back_event(suit, reason="x", today=TODAY), "Take back the end first"),
        (lambda: ended(noted(item, kind=SUIT, on=day(-2)), day(-3)), "before they began"),
    ]
    for deed, words in refusals:
        with pytest.raises(Refused, match=words), transaction.atomic():
            deed()


def test_a_credit_note_is_no_claim(firm: Firm) -> None:
    with pytest.raises(Refused, match="no claim"):
        noted(credit(firm.customer(), issued_on=day(-400)))


def test_a_judgment_keeps_a_consumers_debt_open_for_six_years(firm: Firm) -> None:
    item = old_debt(firm)
    noted(item, kind=JUDGMENT, on=date(2025, 6, 1), proof=ProofKind.COURT_PAPER)
    firm.run(0)
    assert firm.case(item).state == CaseState.RUNNING


def test_a_young_batch_costs_no_query_for_events(firm: Firm) -> None:
    firm.owes(firm.customer(kind=Kind.CONSUMER))
    with CaptureQueriesContext(connection) as queries:
        firm.run(1)
    assert [query for query in queries if "limitationevent" in query["sql"]] == []


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"source": ""}, "limitation_event_has_a_source"),
        ({"on": day(1)}, "limitation_event_has_happened"),
        ({"ends": "itself", "reverses": "itself"}, "limitation_event_ends_or_takes_back"),
        ({"ends": "itself"}, "only_proceedings_end"),
        ({"reverses": "taken back"}, "reverses_id"),
    ],
)
def test_the_database_refuses_what_cannot_be(firm: Firm, values: dict[str, Any], name: str) -> None:
    event, other = noted(old_debt(firm)), noted(old_debt(firm))
    take_back_event(other, reason="x", today=TODAY)
    rows = {"itself": event, "taken back": other}
    fields = {field.name: getattr(event, field.name) for field in event._meta.fields if field.name != "id"}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        LimitationEvent.objects.create(**{**fields, **{key: rows.get(value, value) for key, value in values.items()}})


def test_an_event_is_never_edited(firm: Firm) -> None:
    noted(old_debt(firm), by=make_user())
    for deed in (lambda: LimitationEvent.objects.update(source="x"), LimitationEvent.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            deed()


def test_cases_that_are_open_are_left_alone(firm: Firm) -> None:
    item = firm.owes(firm.customer())
    noted(item, on=day(-1))
    assert Case.objects.get(item=item).wants_approval is False
