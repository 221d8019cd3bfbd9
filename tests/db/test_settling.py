"""What settles beside money of the same currency: discounts, small differences, refunds, exchanges; all of it undone by new entries."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from invoices import actions
from invoices.actions import left_of
from invoices.books import differences
from invoices.models import AllocationEntry, Allowance, CreditEntry, ExchangeDifference
from receivables.core.errors import Refused
from tests.builders import DUE, ISSUED, PAID, credit, credit_of, make_customer, make_invoice, make_user, open_amounts, parts, pay

pytestmark = pytest.mark.django_db
LATER = date(2026, 3, 30)


def agree() -> None:
    assert list(differences()) == []


# -- discounts for paying early


def discounted(gross: str = "100.00", percent: str = "2", days: int = 20):
    invoice = make_invoice(gross=gross)
    actions.note_early_payment(invoice, percent=Decimal(percent), days=days)
    return invoice


def test_a_discount_is_a_booking_of_its_own_and_closes_the_item_as_paid():
    invoice = discounted()
    payment = pay(invoice.customer, "98.00", invoice)
    row = actions.grant_discount(payment, invoice.items.get())
    item = invoice.items.get()
    assert (row.kind, row.amount, row.on, row.needs_correction) == ("discount", Decimal(2), PAID, True)
    assert (item.open_amount, item.closed_as, item.closed_on) == (0, "paid", PAID)
    assert [(e.source, e.amount) for e in item.entries.order_by("pk")] == [("payment", 98), ("allowance", 2)]
    agree()


@pytest.mark.parametrize(("amount", "booked_on"), [("98.01", PAID), ("97.99", PAID), ("98.00", date(2026, 3, 24))])
def test_a_discount_is_exact_and_in_time_or_it_is_none(amount, booked_on):
    invoice = discounted()
    payment = pay(invoice.customer, amount, invoice, booked_on=booked_on)
    with pytest.raises(Refused, match="No discount"):
        actions.grant_discount(payment, invoice.items.get())


def test_a_term_that_ends_on_a_day_off_ends_on_the_next_working_day():
    invoice = discounted(days=20)  # 21 March 2026 is a Saturday
    (offer,) = actions.offers_of(invoice)
    assert offer.until == date(2026, 3, 23)
    payment = pay(invoice.customer, "98.00", invoice, booked_on=date(2026, 3, 23))
    actions.grant_discount(payment, invoice.items.get())


def test_a_person_may_grant_what_came_too_late():
    invoice = discounted(days=3)
    payment = pay(invoice.customer, "98.00", invoice)
    row = actions.grant_discount(payment, invoice.items.get(), late=True, by=make_user())
    assert "granted though it came later" in row.reason


def test_a_discount_falls_with_its_payment():
    invoice = discounted()
    payment = pay(invoice.customer, "98.00", invoice)
    actions.grant_discount(payment, invoice.items.get())
    actions.reverse_payment(payment, on=PAID)
    assert invoice.items.get().open_amount == Decimal(100)
    assert credit_of(invoice.customer) == {}
    agree()


def test_the_correction_of_a_discount_takes_its_place():
    invoice = discounted()
    actions.grant_discount(pay(invoice.customer, "98.00", invoice), invoice.items.get())
    note = credit(invoice.customer, "2.00", invoice)
    assert (invoice.items.get().open_amount, credit_of(invoice.customer), left_of(note)) == (0, {}, 0)
    other = credit(invoice.customer, "2.00", invoice)
    assert (credit_of(invoice.customer), left_of(other)) == ({"PLN": Decimal(2)}, Decimal(2))
    agree()


def test_a_correction_that_is_taken_back_leaves_the_discount_as_it_was():
    invoice = discounted()
    payment = pay(invoice.customer, "98.00", invoice)
    actions.grant_discount(payment, invoice.items.get())
    for _again in range(2):
        note = credit(invoice.customer, "2.00", invoice)
        actions.reverse_credit_note(note, on=LATER)
        assert (invoice.items.get().open_amount, invoice.items.get().closed_as, credit_of(invoice.customer)) == (0, "paid", {})
        agree()
    assert [(row.amount, row.payment_id, row.needs_correction) for row in Allowance.objects.all()] == [(2, payment.pk, True)] * 3
    actions.reverse_payment(payment, on=LATER)
    assert (invoice.items.get().open_amount, credit_of(invoice.customer)) == (100, {})
    agree()


def test_a_discount_does_not_come_back_without_its_payment_or_for_another_note():
    invoice = discounted()
    payment = pay(invoice.customer, "98.00", invoice)
    actions.grant_discount(payment, invoice.items.get())
    note = credit(invoice.customer, "2.00", invoice)
    actions.reverse_payment(payment, on=LATER)
    actions.reverse_credit_note(note, on=LATER)
    assert invoice.items.get().open_amount == 100
    plain = credit(invoice.customer, "2.00", invoice, issued_on=LATER)  # the discount went with its payment, not for this one
    pay(invoice.customer, "98.00", invoice, booked_on=LATER)
    actions.reverse_credit_note(plain, on=LATER)
    assert invoice.items.get().open_amount == 2
    agree()


def test_an_invoice_has_one_discount():
    invoice = make_invoice(instalments=parts(50, 50))
    actions.note_early_payment(invoice, percent=Decimal(2), days=20)
    first, second = invoice.items.order_by("position")
    early = pay(invoice.customer, "48.00", first)
    with pytest.raises(Refused, match="another part of it is open still"):
        actions.grant_discount(early, first)  # two per cent of the whole, for half of it
    whole = pay(invoice.customer, "50.00", second, reference="R2")
    actions.grant_discount(early, first)
    assert [item.open_amount for item in invoice.items.all()] == [0, 0]
    actions.reverse_payment(whole, on=PAID)
    less = pay(invoice.customer, "48.00", second, reference="R3")
    with pytest.raises(Refused, match="granted already"):
        actions.grant_discount(less, second)
    agree()


@pytest.mark.parametrize(("percent", "days"), [("0", 7), ("20.01", 7), ("1.234", 7), ("2", 181)])
def test_terms_that_nobody_grants_are_refused(percent, days):
    with pytest.raises(Refused, match="A discount is above 0"):
        actions.note_early_payment(make_invoice(), percent=Decimal(percent), days=days)


# -- small differences


def test_a_small_difference_is_borne_within_the_rule():
    invoice = make_invoice()
    payment = pay(invoice.customer, "95.00", invoice)
    row = actions.bear_difference(payment, invoice.items.get())
    assert (row.kind, row.amount, row.needs_correction) == ("bank_fee", Decimal(5), False)
    assert invoice.items.get().closed_as == "paid"
    agree()


def test_beyond_the_rule_it_is_refused():
    invoice = make_invoice()
    payment = pay(invoice.customer, "94.99", invoice)
    with pytest.raises(Refused, match="more than the company bears"):
        actions.bear_difference(payment, invoice.items.get())
    actions.set_difference_rule(invoice.creditor, currency="PLN", most=Decimal(10), most_percent=Decimal(5), on=ISSUED)
    with pytest.raises(Refused, match="at most 5 %"):
        actions.bear_difference(payment, invoice.items.get())
    actions.set_difference_rule(invoice.creditor, currency="PLN", most=Decimal(10), on=PAID)
    actions.bear_difference(payment, invoice.items.get())


def test_only_the_payment_that_settles_an_item_lets_its_rest_go():
    invoice, other = make_invoice(gross="3.00"), None
    other = pay(invoice.customer, "10.00", unmatched=True)
    with pytest.raises(Refused, match="Nothing of this payment settles"):
        actions.bear_difference(other, invoice.items.get())


# -- credit that goes back


def test_credit_goes_back_in_parts_and_is_credit_no_more():
    customer = make_customer()
    payment = pay(customer, "50.00")
    first = actions.give_back(payment, amount=Decimal(20), on=PAID, reference="R-1")
    assert (left_of(payment), credit_of(customer)) == (Decimal(30), {"PLN": Decimal(30)})
    with pytest.raises(Refused, match="not booked twice"):
        actions.give_back(payment, on=PAID, reference="R-1")
    with pytest.raises(Refused, match=r"Only 30\.00 PLN"):
        actions.give_back(payment, amount=Decimal("30.01"), on=PAID)
    actions.give_back(payment, on=PAID)
    assert credit_of(customer) == {}
    actions.undo_refund(first, on=PAID, reason="came back")
    assert credit_of(customer) == {"PLN": Decimal(20)}
    with pytest.raises(Refused, match="already"):
        actions.undo_refund(first, on=PAID, reason="again")
    agree()


def test_a_credit_note_is_paid_out():
    customer = make_customer()
    note = credit(customer, "40.00")
    refund = actions.give_back(note, on=PAID)
    assert credit_of(customer) == {}
    with pytest.raises(Refused, match="given back to the customer"):
        actions.reverse_credit_note(note, on=PAID)
    actions.undo_refund(refund, on=PAID, reason="wrong")
    actions.reverse_credit_note(note, on=PAID)
    agree()


def test_what_was_given_back_neither_settles_nor_is_taken_back():
    customer = make_customer()
    payment = pay(customer, "50.00")
    actions.give_back(payment, on=PAID)
    with pytest.raises(Refused, match="Nothing is left"):
        actions.allocate(payment, [make_invoice(customer)], on=PAID)
    with pytest.raises(Refused, match="Take that refund back first"):
        actions.reverse_payment(payment, on=PAID)


# -- other currencies


def foreign():
    customer = make_customer()
    invoice = make_invoice(customer, "1000.00", currency="EUR", number="EU/1")
    return customer, invoice, pay(customer, "4250.00", currency="PLN", unmatched=True)


def test_money_settles_another_currency_at_the_rate_that_was_stated():
    customer, invoice, payment = foreign()
    entry = actions.settle_in_other_currency(payment, invoice.items.get(), paid=Decimal("4250.00"), settles=Decimal(1000), on=PAID)
    assert (entry.currency, entry.amount, entry.exchange.rate) == ("EUR", Decimal(1000), Decimal("4.25"))
    assert (open_amounts(customer), credit_of(customer), left_of(payment)) == ({"EU/1": 0}, {}, 0)
    assert invoice.items.get().closed_as == "paid"
    agree()


def test_it_never_takes_more_than_there_is():
    customer, invoice, payment = foreign()
    item = invoice.items.get()
    for paid, settles in (("4250.01", "1000"), ("4250.00", "1000.01")):
        with pytest.raises(Refused, match="Only"):
            actions.settle_in_other_currency(payment, item, paid=Decimal(paid), settles=Decimal(settles), on=PAID)
    with pytest.raises(Refused, match="another currency"):
        actions.settle_in_other_currency(payment, make_invoice(customer).items.get(), paid=Decimal(1), settles=Decimal(1), on=PAID)


def test_the_exchange_difference_is_a_booking_of_its_own_with_its_rate():
    _customer, invoice, payment = foreign()
    entry = actions.settle_in_other_currency(payment, invoice.items.get(), paid=Decimal(4250), settles=Decimal(1000), on=PAID)
    day = date(2026, 2, 27)  # the last working day before 1 March, a Sunday
    with pytest.raises(Refused, match="2026-02-27 counts"):
        actions.book_exchange_difference(entry, settled=(Decimal("4.30"), ISSUED), source="NBP")
    row = actions.book_exchange_difference(entry, settled=(Decimal("4.30"), day), source="NBP, table 040/A/NBP/2026")
    assert (row.amount, row.is_gain, row.currency) == (Decimal(50), False, "PLN")
    with pytest.raises(Refused, match="booked already"):
        actions.book_exchange_difference(entry, settled=(Decimal("4.30"), day), source="NBP")


def test_euros_for_euros_have_two_rates():
    customer = make_customer()
    invoice = make_invoice(customer, "1000.00", currency="EUR")
    payment = pay(customer, "1000.00", invoice)
    entry = payment.entries.get()
    with pytest.raises(Refused, match="Give the mid rate of EUR of 2026-03-19"):
        actions.book_exchange_difference(entry, settled=(Decimal("4.30"), date(2026, 2, 27)), source="NBP")
    row = actions.book_exchange_difference(
        entry, received=(Decimal("4.3512"), date(2026, 3, 19)), settled=(Decimal("4.30"), date(2026, 2, 27)), source="NBP"
    )
    assert (row.amount, row.is_gain, row.received) == (Decimal("51.20"), True, Decimal("4351.20"))


def test_in_the_companys_own_currency_there_is_none():
    invoice = make_invoice()
    entry = pay(invoice.customer, "100.00", invoice).entries.get()
    with pytest.raises(Refused, match="own currency"):
        actions.book_exchange_difference(entry, source="NBP")


def test_taken_back_nothing_is_left_of_exchange_and_difference():
    customer, invoice, payment = foreign()
    entry = actions.settle_in_other_currency(payment, invoice.items.get(), paid=Decimal(4250), settles=Decimal(1000), on=PAID)
    actions.book_exchange_difference(entry, settled=(Decimal("4.30"), date(2026, 2, 27)), source="NBP")
    actions.reverse_payment(payment, on=PAID)
    assert (open_amounts(customer), credit_of(customer)) == ({"EU/1": Decimal(1000)}, {})
    assert [(row.amount, row.is_gain) for row in ExchangeDifference.objects.order_by("pk")] == [(50, False), (50, True)]
    agree()


def test_a_withdrawn_invoice_gives_exchanged_money_back_as_credit():
    customer, invoice, payment = foreign()
    actions.settle_in_other_currency(payment, invoice.items.get(), paid=Decimal(2125), settles=Decimal(500), on=PAID)
    actions.cancel_invoice(invoice, on=PAID)
    assert (credit_of(customer), left_of(payment)) == ({"PLN": Decimal(4250)}, Decimal(4250))
    agree()


def test_nothing_of_it_is_ever_edited():
    invoice = discounted()
    actions.grant_discount(pay(invoice.customer, "98.00", invoice), invoice.items.get())
    actions.give_back(pay(invoice.customer, "5.00"), on=PAID)
    for model in (Allowance, CreditEntry):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.update(amount=Decimal(1))
    assert AllocationEntry.objects.filter(on__gt=DUE).exists()
