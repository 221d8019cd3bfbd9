from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from invoices import actions
from invoices.models import Dispute, Invoice
from invoices.states import DisputeCode, Outcome
from receivables.core.errors import Refused
from tests.builders import PAID, audited, credit_of, dispute, make_customer, make_invoice, make_item, make_user, open_amounts, parts, pay

pytestmark = pytest.mark.django_db

LATER = PAID + timedelta(days=7)
UPHELD, REJECTED = Outcome.UPHELD, Outcome.REJECTED


def test_a_dispute_is_over_all_that_is_open_unless_an_amount_is_given() -> None:
    customer = make_customer()
    first, second = make_item(customer), make_item(customer)
    pay(customer, 30, first)
    assert dispute(first)[0].amount == 70
    assert dispute(second, "20.50")[0].amount == Decimal("20.50")
    assert audited(customer.creditor)[-2:] == ["dispute", "dispute"]


def test_of_an_invoice_the_oldest_instalments_are_disputed() -> None:
    invoice = make_invoice(gross=100, number="F", instalments=parts(60, 40))
    assert {one.item.label: one.amount for one in dispute(invoice, 70)} == {"F#1": 60, "F#2": 10}


def test_upheld_credits_the_disputed_part() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 500, number="F/1")
    dispute(invoice, 200)
    pay(customer, 300, invoice)
    actions.resolve_dispute(invoice, outcome=UPHELD, on=LATER)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as, item.closed_on) == (0, "credited", LATER)
    note = Invoice.objects.get(number="F/1-CR1")
    assert (note.kind, note.gross, note.corrects, note.source) == ("credit_note", 200, invoice, "dispute")
    assert audited(customer.creditor)[-2:] == ["issue_credit_note", "resolve_dispute"]


def test_upheld_after_it_was_paid_leaves_the_customer_credit() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 100)
    dispute(invoice, 40)
    pay(customer, 90, invoice)
    actions.resolve_dispute(invoice, outcome=UPHELD, on=LATER)
    assert (invoice.items.get().open_amount, credit_of(customer)) == (0, {"PLN": 30})


def test_rejected_changes_no_amount() -> None:
    customer, clerk = make_customer(), make_user()
    invoice = make_invoice(customer)
    dispute(invoice, 40)
    actions.resolve_dispute(invoice, outcome=REJECTED, on=LATER, by=clerk)
    ended = Dispute.objects.get()
    assert (ended.outcome, ended.resolved_on, ended.resolved_by) == ("rejected", LATER, clerk)
    assert (invoice.items.get().open_amount, credit_of(customer)) == (100, {})


def test_the_second_dispute_upheld_gets_the_next_number() -> None:
    customer = make_customer()
    item = make_item(customer, number="F/1")
    make_invoice(customer, number="F/1-CR2")
    for _ in range(2):
        dispute(item, 10)
        actions.resolve_dispute(item, outcome=UPHELD, on=LATER)
    assert set(Invoice.objects.filter(kind="credit_note").values_list("number", flat=True)) == {"F/1-CR1", "F/1-CR3"}


def test_an_item_with_the_longest_name_can_be_credited() -> None:
    item = make_item(number="x" * 100)
    dispute(item, 10)
    actions.resolve_dispute(item, outcome=UPHELD, on=LATER)
    assert Invoice.objects.get(kind="credit_note").number == "x" * 90 + "-CR1"


def test_disputes_are_refused() -> None:
    customer = make_customer()
    item = make_item(customer)
    with pytest.raises(Refused, match=r"Only 100\.00 PLN is open"):
        dispute(item, "100.01")
    for amount in ("0", "-1", "0.001"):
        with pytest.raises(Refused):
            dispute(item, amount)
    dispute(item, 20)
    with pytest.raises(Refused, match="disputed already"):
        dispute(item, 10)
    closed = make_item(customer)
    actions.write_off(closed, on=PAID, reason="small")
    with pytest.raises(Refused, match="Nothing is open"):
        dispute(closed)
    assert Dispute.objects.count() == 1


def test_a_dispute_over_several_instalments_is_refused_whole_where_one_is_disputed_already() -> None:
    invoice = make_invoice(gross=100, instalments=parts(60, 40))
    dispute(invoice.items.get(position=2))
    with pytest.raises(Refused, match="disputed already"):
        dispute(invoice, 70)
    assert Dispute.objects.count() == 1
    dispute(invoice, 60)
    assert Dispute.objects.count() == 2


def test_a_dispute_ends_once_and_not_before_it_began() -> None:
    item = make_item()
    dispute(item)
    with pytest.raises(Refused, match="would be before"):
        actions.resolve_dispute(item, outcome=UPHELD, on=PAID - timedelta(days=1))
    actions.resolve_dispute(item, outcome=REJECTED, on=PAID)
    with pytest.raises(Refused, match="No dispute is open"):
        actions.resolve_dispute(item, outcome=UPHELD, on=LATER)
    assert not Invoice.objects.filter(kind="credit_note").exists()


def test_after_a_dispute_ended_there_may_be_another() -> None:
    item = make_item()
    for _ in range(2):
        dispute(item)
        actions.resolve_dispute(item, outcome=REJECTED, on=LATER)
    assert open_amounts(item.customer) == {item.label: 100}


def test_a_dispute_says_what_kind_it_is_who_sees_to_it_and_by_when() -> None:
    item, clerk = make_item(), make_user()
    dispute(item, code=DisputeCode.PRICE, owner=clerk, due_on=LATER)
    one = Dispute.objects.get()
    assert (one.code, one.owner, one.due_on) == ("price", clerk, LATER)
    with pytest.raises(Refused, match="would be before"):
        dispute(make_item(), due_on=PAID - timedelta(days=1))
    with pytest.raises(IntegrityError, match="dispute_decided_after_it_came"), transaction.atomic():
        Dispute.objects.update(due_on=PAID - timedelta(days=1))
