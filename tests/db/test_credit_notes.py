from datetime import timedelta
from decimal import Decimal

import pytest

from invoices import actions
from invoices.models import Invoice
from receivables.core.errors import Refused
from tests.builders import PAID, audited, credit, credit_of, make_creditor, make_customer, make_invoice, make_item, open_amounts, parts, pay

pytestmark = pytest.mark.django_db

LATER = PAID + timedelta(days=7)


def test_a_credit_note_for_an_invoice_reduces_it() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    note = credit(customer, 100, invoice)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as, item.closed_on) == (0, "credited", PAID)
    assert (note.kind, note.corrects, credit_of(customer)) == ("credit_note", invoice, {})
    assert audited(customer.creditor)[-1] == "issue_credit_note"


def test_it_falls_on_the_oldest_instalment_first_or_on_the_one_named() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 100, number="F", instalments=parts(60, 40))
    credit(customer, 10, invoice)
    credit(customer, 5, invoice.items.get(position=2))
    assert open_amounts(customer) == {"F#1": 50, "F#2": 35}


def test_what_exceeds_the_invoice_stays_open_credit() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    pay(customer, 70, invoice)
    credit(customer, 100, invoice)
    assert credit_of(customer) == {"PLN": 70}


def test_a_credit_note_that_stands_alone_leaves_the_invoices_open() -> None:
    customer = make_customer()
    item = make_item(customer)
    credit(customer, 30)
    item.refresh_from_db()
    assert (item.open_amount, credit_of(customer)) == (100, {"PLN": 30})


def test_credit_is_taken_also_for_a_closed_invoice() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    actions.write_off(invoice, on=PAID, reason="small")
    credit(customer, 20, invoice)
    assert credit_of(customer) == {"PLN": 20}


def test_a_draft_changes_nothing_until_it_is_issued() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    credit(customer, 30, invoice, number="K1", draft=True)
    assert (invoice.items.get().open_amount, credit_of(customer)) == (100, {})
    credit(customer, 40, invoice, number="K1")
    assert invoice.items.get().open_amount == 60
    assert Invoice.objects.filter(number="K1").count() == 1


def test_a_draft_is_issued_for_the_invoice_it_was_made_for() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, currency="EUR")
    note = actions.issue_draft(credit(customer, 30, invoice, draft=True))
    assert (note.state, note.gross, note.currency, invoice.items.get().open_amount) == ("issued", 30, "EUR", 70)


def test_taking_it_back_opens_what_it_settled() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    note = credit(customer, 130, invoice)
    actions.reverse_credit_note(note, on=LATER)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as, credit_of(customer)) == (100, "", {})
    assert audited(customer.creditor)[-1] == "reverse_credit_note"


def test_it_is_taken_back_once() -> None:
    customer = make_customer()
    note = credit(customer, 10)
    actions.reverse_credit_note(note, on=LATER)
    with pytest.raises(Refused, match="taken back already"):
        actions.reverse_credit_note(note, on=LATER)
    with pytest.raises(Refused, match="does not count"):
        actions.allocate(note, [make_item(customer)], on=LATER)


def test_only_credit_notes_are_taken_back_and_not_before_they_came() -> None:
    customer = make_customer()
    with pytest.raises(Refused, match="no credit note"):
        actions.reverse_credit_note(make_invoice(customer), on=LATER)
    with pytest.raises(Refused, match="would be before"):
        actions.reverse_credit_note(credit(customer, 10), on=PAID - timedelta(days=1))
    with pytest.raises(Refused, match="a draft"):
        actions.reverse_credit_note(credit(customer, 10, draft=True), on=LATER)


def test_a_number_is_given_once() -> None:
    customer = make_customer()
    make_invoice(customer, number="1")
    credit(customer, 10, number="2")
    for number in ("1", "2"):
        with pytest.raises(Refused, match="given already"):
            credit(customer, 10, number=number)


def test_a_draft_of_an_invoice_does_not_become_a_credit_note() -> None:
    customer = make_customer()
    make_invoice(customer, number="1", draft=True)
    with pytest.raises(Refused, match="given already"):
        credit(customer, 10, number="1")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
def test_an_amount_must_be_one(amount: str) -> None:
    with pytest.raises(Refused):
        credit(make_customer(), amount)


def test_credit_never_crosses_customers_or_currencies() -> None:
    creditor = make_creditor()
    customer, other = make_customer(creditor), make_customer(creditor)
    with pytest.raises(Refused, match="another customer"):
        credit(other, 10, make_invoice(customer))
    with pytest.raises(Refused, match="in EUR, not in PLN"):
        credit(customer, 10, make_invoice(customer, currency="EUR"), currency="PLN")
    assert credit(customer, 10, make_invoice(customer, currency="EUR")).currency == "EUR"
    with pytest.raises(Refused, match="no claim"):
        credit(customer, 10, credit(customer, 10))
    with pytest.raises(Refused, match="still a draft"):
        credit(customer, Decimal(10), make_invoice(customer, draft=True))
