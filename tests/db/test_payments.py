from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices import actions
from invoices.models import AllocationEntry, Payment
from receivables.accounts.models import Allocation
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from tests.builders import (
    PAID,
    audited,
    credit,
    credit_of,
    dispute,
    make_creditor,
    make_customer,
    make_invoice,
    make_item,
    make_user,
    open_amounts,
    parts,
    pay,
)

pytestmark = pytest.mark.django_db

LATER = PAID + timedelta(days=7)


def due(day: int) -> dict[str, Any]:
    return {"due_on": date(2026, 3, day)}


def test_a_part_payment_leaves_the_rest_open() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 500)
    pay(customer, 200, invoice)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as, item.closed_on) == (300, "", None)


def test_the_last_part_closes_it_as_paid() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 500)
    pay(customer, 200, invoice)
    pay(customer, 300, invoice, booked_on=LATER)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as, item.closed_on) == (0, "paid", LATER)


def test_what_closed_it_last_says_how_it_was_closed() -> None:
    customer = make_customer()
    first, second = make_invoice(customer), make_invoice(customer)
    pay(customer, 40, first)
    credit(customer, 60, first)
    credit(customer, 40, second)
    pay(customer, 60, second)
    assert [first.items.get().closed_as, second.items.get().closed_as] == ["credited", "paid"]


def test_money_without_a_name_pays_the_oldest_first_and_what_is_disputed_last() -> None:
    customer = make_customer()
    make_invoice(customer, 150, number="I2", **due(5))
    make_invoice(customer, 100, number="I1", **due(1))
    dispute(make_invoice(customer, 50, number="I0", due_on=date(2026, 2, 1)))
    pay(customer, 180)
    assert open_amounts(customer) == {"I0": 50, "I1": 0, "I2": 70}
    pay(customer, 200)
    assert open_amounts(customer) == {"I0": 0, "I1": 0, "I2": 0}
    assert credit_of(customer) == {"PLN": 80}


def test_of_a_part_dispute_the_undisputed_part_is_paid_in_its_turn() -> None:
    customer = make_customer()
    old = make_invoice(customer, 100, number="A", **due(1))
    make_invoice(customer, 100, number="B", **due(2))
    dispute(old, 30)
    pay(customer, 150)
    assert open_amounts(customer) == {"A": 30, "B": 20}
    pay(customer, 40)
    assert open_amounts(customer) == {"A": 10, "B": 0}


def test_money_pays_the_invoices_named_in_that_order_and_no_others() -> None:
    customer = make_customer()
    first, second = make_invoice(customer, number="A", **due(1)), make_invoice(customer, number="B", **due(2))
    make_invoice(customer, number="C", **due(3))
    pay(customer, 250, second, first)
    assert open_amounts(customer) == {"A": 0, "B": 0, "C": 100}
    assert credit_of(customer) == {"PLN": 50}


def test_on_an_invoice_with_instalments_the_oldest_is_paid_first() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 100, number="F", instalments=parts(60, 40))
    pay(customer, 70, invoice)
    assert open_amounts(customer) == {"F#1": 0, "F#2": 30}


def test_an_instalment_may_be_named_itself() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 100, number="F", instalments=parts(60, 40))
    pay(customer, 70, invoice.items.get(position=2))
    assert open_amounts(customer) == {"F#1": 60, "F#2": 0}
    assert credit_of(customer) == {"PLN": 30}


def test_unmatched_money_waits() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    pay(customer, 60, unmatched=True)
    assert (invoice.items.get().open_amount, credit_of(customer)) == (100, {"PLN": 60})


def test_a_company_may_let_all_nameless_money_wait() -> None:
    customer = make_customer(make_creditor(allocation=Allocation.UNMATCHED))
    first, second = make_invoice(customer), make_invoice(customer)
    pay(customer, 60)
    pay(customer, 60, second)
    assert [first.items.get().open_amount, second.items.get().open_amount] == [100, 40]


def test_money_pays_only_what_is_owed_in_its_currency() -> None:
    customer = make_customer()
    make_invoice(customer, number="A", currency="EUR")
    make_invoice(customer, number="B")
    pay(customer, 150)
    assert open_amounts(customer) == {"A": 100, "B": 0}
    pay(customer, 150, currency="EUR")
    assert credit_of(customer) == {"PLN": 50, "EUR": 50}


def test_the_currency_is_that_of_the_invoices_named() -> None:
    customer = make_customer()
    assert pay(customer, 10, make_invoice(customer, currency="EUR")).currency == "EUR"


def test_money_for_a_closed_invoice_is_taken_as_credit() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    actions.write_off(invoice, on=PAID, reason="small")
    pay(customer, 100, invoice)
    cancelled = make_invoice(customer)
    actions.cancel_invoice(cancelled, on=PAID)
    pay(customer, 10, cancelled)
    assert credit_of(customer) == {"PLN": 110}


def test_a_reference_is_booked_once() -> None:
    creditor = make_creditor()
    pay(make_customer(creditor), reference="2026/1")
    with pytest.raises(Refused, match="2026/1 is booked already"):
        pay(make_customer(creditor), reference="2026/1")
    pay(make_customer(), reference="2026/1")
    assert Payment.objects.count() == 2


def test_a_reference_is_made_up_where_the_bank_gave_none() -> None:
    customer = make_customer()
    first, second = pay(customer), pay(customer)
    assert first.reference.startswith("own-") and first.reference != second.reference


def test_a_payment_is_audited_with_what_it_settled() -> None:
    customer, clerk = make_customer(), make_user()
    item = make_item(customer)
    payment = pay(customer, 130, by=clerk)
    entry = Entry.objects.get(verb="record_payment")
    assert (entry.actor, entry.subject) == (clerk, f"invoices.Payment:{payment.pk}")
    assert entry.facts["items"] == {str(item.pk): "100.0000"}
    assert Decimal(entry.facts["credit"]) == 30


@pytest.mark.parametrize(
    ("amount", "fields", "sentence"),
    [
        pytest.param("0", {}, "above zero", id="nothing"),
        pytest.param("-1", {}, "above zero", id="negative"),
        pytest.param("1.005", {}, "more decimals", id="too many decimals"),
        pytest.param("1", {"currency": "ABC"}, "no currency code", id="unknown currency"),
        pytest.param("1", {"reference": "x" * 141}, "too long", id="a reference too long"),
    ],
)
def test_a_payment_is_refused_for(amount: str, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        pay(make_customer(), amount, **fields)
    assert not Payment.objects.exists()


def test_money_never_crosses_customers() -> None:
    creditor = make_creditor()
    item = make_item(make_customer(creditor))
    other = make_customer(creditor)
    for target in (item, item.invoice):
        with pytest.raises(Refused, match="another customer"):
            pay(other, 5, target)
    with pytest.raises(Refused, match="another customer"):
        actions.allocate(pay(other, 5), [item], on=PAID)


def test_money_never_crosses_currencies() -> None:
    customer = make_customer()
    zlotys, euros = make_item(customer), make_item(customer, currency="EUR")
    with pytest.raises(Refused, match="never mixed"):
        pay(customer, 5, zlotys, euros)
    with pytest.raises(Refused, match="never mixed"):
        pay(customer, 5, zlotys, currency="EUR")
    with pytest.raises(Refused, match="never mixed"):
        actions.allocate(pay(customer, 5, unmatched=True), [euros], on=PAID)


@pytest.mark.parametrize("made", [{"draft": True}, {"kind": "proforma", "due_on": None}, {"kind": "order", "due_on": None}])
def test_money_is_for_claims(made: dict[str, Any]) -> None:
    customer = make_customer()
    with pytest.raises(Refused, match=r"no claim|a draft"):
        pay(customer, 5, make_invoice(customer, **made))
    with pytest.raises(Refused, match="no claim"):
        pay(customer, 5, credit(customer))


# -- allocating what is left


def test_what_is_left_of_money_is_allocated() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 5000)
    pay(customer, 100, invoice)
    money = pay(customer, 300, unmatched=True)
    actions.allocate(money, [invoice], amount=Decimal(230), on=PAID)
    assert (invoice.items.get().open_amount, credit_of(customer)) == (4670, {"PLN": 70})
    actions.allocate(money, [invoice], on=LATER)
    assert (invoice.items.get().open_amount, credit_of(customer)) == (4600, {})
    assert audited(customer.creditor)[-2:] == ["allocate", "allocate"]


def test_money_is_not_allocated_twice() -> None:
    customer = make_customer()
    invoice, money = make_invoice(customer, 500), pay(customer, 300, unmatched=True)
    actions.allocate(money, [invoice], on=PAID)
    with pytest.raises(Refused, match="Nothing is left"):
        actions.allocate(money, [invoice], on=PAID)


def test_no_more_is_allocated_than_is_left_or_open() -> None:
    customer = make_customer()
    invoice, money = make_invoice(customer, 500), pay(customer, 300, unmatched=True)
    with pytest.raises(Refused, match=r"Only 300\.00 PLN of .* is left"):
        actions.allocate(money, [invoice], amount=Decimal("300.01"), on=PAID)
    with pytest.raises(Refused, match=r"Only 100\.00 PLN is open"):
        actions.allocate(money, [make_item(customer)], amount=Decimal("100.01"), on=PAID)
    assert credit_of(customer) == {"PLN": 300}


def test_without_an_amount_what_does_not_fit_stays_credit() -> None:
    customer = make_customer()
    money = pay(customer, 300, unmatched=True)
    spread = actions.allocate(money, [make_item(customer)], on=PAID)
    assert (spread.rest, credit_of(customer)) == (200, {"PLN": 200})


def test_nothing_is_allocated_to_what_is_closed() -> None:
    customer = make_customer()
    item = make_item(customer)
    actions.write_off(item, on=PAID, reason="small")
    with pytest.raises(Refused, match="Nothing is open"):
        actions.allocate(pay(customer, 10, unmatched=True), [item], on=PAID)


def test_nothing_is_allocated_before_it_came() -> None:
    customer = make_customer()
    with pytest.raises(Refused, match="would be before"):
        actions.allocate(pay(customer, 10, unmatched=True), [make_item(customer)], on=PAID - timedelta(days=1))


def test_a_credit_note_that_stands_alone_is_allocated_like_money() -> None:
    customer = make_customer()
    item, note = make_item(customer), credit(customer, 130)
    actions.allocate(note, [item], on=PAID)
    item.refresh_from_db()
    assert (item.closed_as, credit_of(customer)) == ("credited", {"PLN": 30})


def test_an_invoice_is_nothing_to_allocate() -> None:
    customer = make_customer()
    with pytest.raises(Refused, match="neither a payment nor a credit note"):
        actions.allocate(make_invoice(customer), [make_item(customer)], on=PAID)


# -- money that goes back


def test_a_chargeback_opens_what_was_paid() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    money = pay(customer, 130, invoice)
    reversal = actions.reverse_payment(money, on=LATER)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as, item.closed_on) == (100, "", None)
    assert (reversal.reverses, reversal.amount, reversal.booked_on, reversal.reference) == (money, 130, LATER, f"{money.reference}-R")
    assert credit_of(customer) == {}
    assert audited(customer.creditor)[-1] == "reverse_payment"


def test_a_reversal_touches_only_its_own_payment() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 100)
    money = pay(customer, 30, invoice)
    pay(customer, 70, invoice)
    actions.reverse_payment(money, on=LATER)
    assert invoice.items.get().open_amount == 30


def test_a_payment_is_taken_back_once() -> None:
    customer = make_customer()
    money = pay(customer, 10, make_invoice(customer))
    reversal = actions.reverse_payment(money, on=LATER)
    with pytest.raises(Refused, match="taken back already"):
        actions.reverse_payment(money, on=LATER)
    with pytest.raises(Refused, match="itself a reversal"):
        actions.reverse_payment(reversal, on=LATER)
    with pytest.raises(Refused, match="taken back"):
        actions.allocate(money, [make_item(customer)], on=LATER)
    assert AllocationEntry.objects.filter(is_reversal=True).count() == 1


def test_a_payment_is_not_taken_back_before_it_came_or_was_allocated() -> None:
    customer = make_customer()
    item, money = make_item(customer), pay(customer, 10, unmatched=True)
    with pytest.raises(Refused, match="would be before"):
        actions.reverse_payment(money, on=PAID - timedelta(days=1))
    actions.allocate(money, [item], on=LATER)
    with pytest.raises(Refused, match="would be before"):
        actions.reverse_payment(money, on=LATER - timedelta(days=1))
    assert not Payment.objects.filter(reverses=money).exists()


def test_a_reversal_reopens_beside_a_write_off() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    money = pay(customer, 60, invoice)
    actions.write_off(invoice, on=PAID, reason="small")
    actions.reverse_payment(money, on=LATER)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as) == (60, "")


def test_the_number_of_queries_does_not_grow_with_the_items() -> None:
    customers = [make_customer(), make_customer()]
    for customer, invoices in zip(customers, (2, 20), strict=True):
        for _ in range(invoices):
            make_invoice(customer, 1)
    counts = []
    for customer in customers:
        with CaptureQueriesContext(connection) as queries:
            pay(customer, 100)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 40


def test_open_credit_takes_four_queries_whatever_the_number(django_assert_num_queries: Any) -> None:
    customers = [make_customer() for _ in range(3)]
    for customer in customers:
        pay(customer, 10)
        credit(customer, 5)
        credit(customer, 5, draft=True)
    with django_assert_num_queries(4):
        assert actions.open_credit(customers) == {customer.pk: {"PLN": Decimal(15)} for customer in customers}
