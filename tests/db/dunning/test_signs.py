"""Warning signs: found once for what they were found in, dismissed with a reason, and without effect on the ladder. And ratings from rows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from dunning.actions import change_contact, dismiss_sign, find_signs, note_sign, promise, record_complaint
from dunning.models import WarningSign
from dunning.rating import Letter
from dunning.ratings import ratings_of
from dunning.states import ComplaintAbout, SignKind
from invoices.actions import reverse_payment
from invoices.models import Customer
from receivables.core.errors import Refused
from tests.builders import audited, pay
from tests.db.dunning.firm import Firm, Recorder, day

pytestmark = pytest.mark.django_db


def found(firm: Firm) -> list[tuple[str, int]]:
    rows = WarningSign.objects.filter(creditor=firm.creditor).order_by("pk")
    return [(str(sign.kind), sign.count) for sign in rows]


def complains(customer: Customer, on: int) -> None:
    record_complaint(customer, about=ComplaintAbout.CONDUCT, text="x", received_on=day(on), on=day(on))


def silent(firm: Firm) -> Any:
    """An item whose three steps were completed, the last one on day 9."""
    item = firm.owes(firm.customer())
    for on in range(1, 10):
        firm.run(on)
    assert firm.arrived(item) == ["first", "second", "third"]
    return item


def test_three_steps_without_an_answer_are_silence_noted_once(firm: Firm, recorder: Recorder) -> None:
    silent(firm)
    assert found(firm) == []
    firm.run(10)
    assert found(firm) == [("silence", 3)]
    firm.run(11)
    assert find_signs(firm.creditor, on=day(12)) == 0
    assert found(firm) == [("silence", 3)]
    assert WarningSign.objects.get().on == day(10) and WarningSign.objects.get().author is None


@pytest.mark.parametrize("heard", ["payment", "promise", "complaint"])
def test_who_was_heard_is_not_silent(firm: Firm, recorder: Recorder, heard: str) -> None:
    item = silent(firm)
    if heard == "payment":
        pay(item.customer, "1.00", item.invoice, booked_on=day(9))
    elif heard == "promise":
        promise(item.customer, items=[item], amount=Decimal(100), by=day(12), on=day(9))
    else:
        complains(item.customer, 9)
    assert find_signs(firm.creditor, on=day(10)) == 0


def test_the_items_of_one_message_are_one_try(firm: Firm, recorder: Recorder) -> None:
    customer = firm.customer()
    firm.owes(customer), firm.owes(customer)
    for on in range(1, 9):
        firm.run(on)
    assert find_signs(firm.creditor, on=day(9)) == 0


def test_signs_change_nothing_on_the_ladder(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    for kind in SignKind:
        note_sign(item.customer, kind=kind, on=day(0), source="telefon", today=day(0))
    firm.run(1)
    assert firm.arrived(item) == ["first"] and firm.tasks() == []


def test_contact_data_changed_while_something_is_overdue(firm: Firm) -> None:
    item = firm.owes()
    change_contact(item.customer, on=day(0), email="raz@example.com")
    assert found(firm) == []
    change_contact(item.customer, on=day(1), email="dwa@example.com")
    change_contact(item.customer, on=day(2), phone="500 100 100")
    assert found(firm) == [("contact_changed", 0)] * 2
    assert [kind for kind in audited(firm.creditor) if kind == "sign_noted"] == ["sign_noted"] * 2


def test_two_complaints_in_ninety_days_and_more_than_in_the_ninety_before(firm: Firm) -> None:
    customer = firm.customer()
    complains(customer, 0)
    assert find_signs(firm.creditor, on=day(0)) == 0
    complains(customer, 5)
    assert find_signs(firm.creditor, on=day(5)) == 1
    assert find_signs(firm.creditor, on=day(89)) == 0
    assert found(firm) == [("more_complaints", 2)]
    complains(customer, 100), complains(customer, 101)
    assert find_signs(firm.creditor, on=day(101)) == 0  # two now, two before
    complains(customer, 102)
    assert find_signs(firm.creditor, on=day(102)) == 1


def test_looking_for_signs_costs_the_same_for_one_and_for_many(firm: Firm, recorder: Recorder) -> None:
    silent(firm)
    find_signs(firm.creditor, on=day(10))
    with CaptureQueriesContext(connection) as one:
        find_signs(firm.creditor, on=day(10))
    for _ in range(3):
        firm.owes(firm.customer())
    firm.run(9), firm.run(10)
    find_signs(firm.creditor, on=day(10))
    with CaptureQueriesContext(connection) as many:
        find_signs(firm.creditor, on=day(10))
    assert len(one) == len(many) == 10


def test_a_person_notes_a_sign_with_its_source_and_dismisses_it_with_a_reason(firm: Firm) -> None:
    customer = firm.customer()
    for source, on in (("  ", 0), ("list", 1)):
        with pytest.raises(Refused):
            note_sign(customer, kind=SignKind.LONGER_TERMS, on=day(on), source=source, today=day(0))
    sign = note_sign(customer, kind=SignKind.LONGER_TERMS, on=day(-1), source="list", today=day(0))
    with pytest.raises(Refused, match="why"):
        dismiss_sign(sign, reason=" ", on=day(1))
    dismiss_sign(sign, reason="zawsze pyta", on=day(1))
    with pytest.raises(Refused, match="already"):
        dismiss_sign(sign, reason="x", on=day(1))
    assert not WarningSign.objects.standing().exists()
    assert audited(firm.creditor)[-2:] == ["sign_noted", "sign_dismissed"]


def test_what_is_dismissed_is_not_found_again_in_the_same(firm: Firm) -> None:
    customer = firm.customer()
    complains(customer, 0), complains(customer, 1)
    find_signs(firm.creditor, on=day(1))
    dismiss_sign(WarningSign.objects.get(), reason="oba zasadne", on=day(1))
    assert find_signs(firm.creditor, on=day(2)) == 0


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"source": "", "about": ""}, "warning_sign_has_a_source"),
        ({"dismissed_on": day(1)}, "warning_sign_dismissed_with_a_reason"),
        ({"dismissed_on": day(-1), "dismissal": "x"}, "warning_sign_dismissed_with_a_reason"),
        ({"about": "notice:1"}, "warning_sign_found_once"),
    ],
)
def test_the_database_refuses_what_cannot_be(firm: Firm, fields: dict[str, Any], rule: str) -> None:
    customer = firm.customer()
    base = {"creditor": firm.creditor, "customer": customer, "kind": SignKind.SILENCE, "on": day(0)}
    WarningSign.objects.create(**base, about="notice:1")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        WarningSign.objects.create(**{**base, "source": "list", **fields})


def test_a_rating_is_made_of_money_that_came_and_of_what_is_overdue(firm: Firm) -> None:
    """100 paid on the day, 100 paid 10 days late in two halves of which one was taken back: 50 by 10 days, 50 open for 20; 100 early."""
    customer, other = firm.customer(), firm.customer()
    first, second, third = (firm.owes(customer) for _ in range(3))
    pay(customer, "100.00", first.invoice, booked_on=day(0))
    pay(customer, "50.00", second.invoice, booked_on=day(10))
    reverse_payment(pay(customer, "50.00", second.invoice, booked_on=day(10)), on=day(11))
    pay(customer, "100.00", third.invoice, booked_on=day(-5))
    with CaptureQueriesContext(connection) as queries:
        ratings = ratings_of([customer.pk, other.pk], on=day(20))
    assert len(queries) == 2
    figures = ratings[customer.pk].figures
    assert figures is not None
    assert figures.delay == Decimal(50 * 10 + 50 * 20 - 100 * 5) / 300
    assert (figures.items, figures.items_in_time, figures.amount_in_time) == (3, 2, 200)
    assert ratings[customer.pk].letter == Letter.C  # 66.7 % in time
    assert ratings[other.pk].figures is None
    later = ratings_of([customer.pk], on=day(10) + timedelta(days=365))[customer.pk].figures
    assert later is not None and later.items == 1  # only what is open still counts
