"""Money that came to one company and is another's: nobody there is chased for it, nobody here gets credit, and it goes over in two bookings."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from dunning.actions import hold, merge_customers, pass_on_to_sister, receive_for_sister, take_back_sister
from dunning.models import Hold
from invoices.actions import record_payment, reverse_payment
from invoices.actions.bank import put_back
from invoices.models import BankLine, Customer, Item, Payment, SisterBooking, SisterMoney
from receivables.accounts.models import Creditor, Membership, Role, User
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from receivables.dashboard.queries.sisters import named_at_sisters, not_passed_on
from tests.builders import make_user
from tests.db.bank_rows import line as bank_line
from tests.db.dunning.firm import Firm, Recorder, day

pytestmark = pytest.mark.django_db


def came(title: str = "za FV/2026/77", amount: str = "100.00") -> BankLine:
    return bank_line(title=title, amount=Decimal(amount), booked_on=day(1))


def of_both(*creditors: Creditor) -> User:
    user = make_user()
    for creditor in creditors:
        Membership.objects.create(user=user, creditor=creditor, role=Role.CLERK)
    return user


def marked(firm: Firm, item: Item, **more: Any) -> SisterMoney:
    line = came(**more)
    return receive_for_sister(line, [item.invoice], reason="wrong account", on=day(1), by=of_both(line.creditor, firm.creditor))


def test_it_is_held_there_passed_on_and_booked(firm: Firm, recorder: Recorder) -> None:
    item, other = firm.owes(number="FV/2026/77"), firm.owes()
    own = hold(item, on=day(0), reason="asked")
    money = marked(firm, item)
    line = BankLine.objects.get()
    assert not Payment.objects.exists()
    assert (line.state, SisterBooking.objects.get().kind) == ("set_aside", "received")
    firm.run(2)
    assert len(recorder.taken) == 1
    assert other.label in recorder.taken[0].text and item.label not in recorder.taken[0].text
    by = of_both(money.creditor, money.receiver)
    payment = pass_on_to_sister(money, on=day(3), by=by)
    assert pass_on_to_sister(money, on=day(4), by=by) == payment
    assert (payment.creditor, payment.amount, payment.customer) == (firm.creditor, line.amount, item.customer)
    assert Item.objects.get(pk=item.pk).open_amount == 0
    out = SisterBooking.objects.get(kind="passed_on")
    assert (out.amount, out.currency, out.payment) == (payment.amount, payment.currency, payment)
    assert list(Hold.objects.filter(released_on=None)) == [own]
    assert not verify(firm.creditor) and not verify(line.creditor)


@pytest.mark.parametrize("passed", [True, False])
def test_taken_back_by_contra_entries(firm: Firm, passed: bool) -> None:
    item = firm.owes()
    money = marked(firm, item)
    by = of_both(money.creditor, money.receiver)
    if passed:
        pass_on_to_sister(money, on=day(2), by=by)
    take_back_sister(money, on=day(3), by=by)
    assert Item.objects.get(pk=item.pk).open_amount == 100
    assert BankLine.objects.get().state == "waiting"
    assert not Hold.objects.filter(released_on=None).exists()
    assert SisterBooking.objects.filter(reverses=None, reversal=None).count() == 0
    with pytest.raises(Refused, match="taken back already"):
        pass_on_to_sister(money, on=day(3), by=by)
    receive_for_sister(BankLine.objects.get(), [item.invoice], reason="after all", on=day(3), by=by)


def test_what_is_refused(firm: Firm) -> None:
    item = firm.owes()
    line = came()
    for by in (of_both(line.creditor), of_both(firm.creditor)):
        with pytest.raises(Refused, match="books of both companies"):
            receive_for_sister(line, [item.invoice], reason="x", on=day(1), by=by)
    both = of_both(line.creditor, firm.creditor)
    with pytest.raises(Refused, match="one customer"):
        receive_for_sister(line, [item.invoice, firm.owes().invoice], reason="x", on=day(1), by=both)
    with pytest.raises(Refused, match="currency"):
        receive_for_sister(line, [firm.owes(currency="EUR").invoice], reason="x", on=day(1), by=both)
    receive_for_sister(line, [item.invoice], reason="x", on=day(1), by=both)
    with pytest.raises(Refused, match="sister company's"):
        put_back(BankLine.objects.get(), by=both)
    with pytest.raises(Refused, match="decided already"):
        receive_for_sister(line, [item.invoice], reason="x", on=day(1), by=both)
    assert SisterMoney.objects.count() == 1


def test_the_database_wants_equal_bookings(firm: Firm) -> None:
    money = marked(firm, firm.owes())
    booking = SisterBooking.objects.get()
    for wrong in ({"amount": Decimal(1)}, {"currency": "EUR"}, {"creditor": firm.creditor}):
        fields = {"money": money, "creditor": booking.creditor, "kind": "received", "amount": booking.amount, "currency": "PLN"}
        with pytest.raises(DatabaseError, match="sister"), transaction.atomic():
            SisterBooking.objects.create(**{**fields, **wrong}, on=day(1), at=firm.noon(1))


def test_only_who_may_see_both_is_told(firm: Firm) -> None:
    firm.owes(number="FV/2026/77")
    line = came()
    both, one = of_both(line.creditor, firm.creditor), of_both(line.creditor)
    assert [invoice.number for invoice in named_at_sisters(line, both)] == ["FV/2026/77"]
    assert named_at_sisters(line, one) == []
    assert named_at_sisters(came("za FV/2026/7"), both) == []


def test_what_was_paid_there_meanwhile_is_not_booked_twice(firm: Firm) -> None:
    item = firm.owes()
    money = marked(firm, item)
    by = of_both(money.creditor, money.receiver)
    record_payment(item.customer, amount=item.open_amount, booked_on=day(2), invoices=[item.invoice])
    with pytest.raises(Refused, match="booked there already"):
        pass_on_to_sister(money, on=day(2), by=by)
    take_back_sister(money, on=day(2), by=by)
    with pytest.raises(Refused, match="Nothing is open on these"):
        receive_for_sister(BankLine.objects.get(), [item.invoice], reason="x", on=day(2), by=by)


def test_a_payment_that_went_back_there_can_still_be_taken_back_here(firm: Firm) -> None:
    money = marked(firm, firm.owes())
    by = of_both(money.creditor, money.receiver)
    payment = pass_on_to_sister(money, on=day(2), by=by)
    reversal = reverse_payment(payment, on=day(3), by=by)
    assert pass_on_to_sister(money, on=day(3), by=by) == payment
    take_back_sister(money, on=day(3), by=by)
    assert SisterBooking.objects.get(payment=reversal).reverses == SisterBooking.objects.get(payment=payment)


def test_who_works_for_one_company_hears_nothing_of_the_others_customer(firm: Firm) -> None:
    item, target = firm.owes(), firm.customer()
    money = marked(firm, item)
    merge_customers(item.customer, target, reason="twice", on=day(2), now=firm.noon(2))
    for verb in (pass_on_to_sister, take_back_sister):
        with pytest.raises(Refused, match="books of both"):
            verb(money, on=day(3), by=of_both(money.creditor))


def test_a_merge_takes_it_along(firm: Firm) -> None:
    item, target = firm.owes(), firm.customer()
    money = marked(firm, item)
    merge_customers(item.customer, target, reason="twice", on=day(2), now=firm.noon(2))
    payment = pass_on_to_sister(money, on=day(3), by=of_both(money.creditor, money.receiver))
    assert payment.customer == target
    assert Customer.objects.get(pk=target.pk).payments.count() == 1


def test_what_was_not_passed_on_stands_on_today_until_it_is(firm: Firm) -> None:
    money = marked(firm, firm.owes())
    here = money.creditor
    assert not_passed_on(here, on=day(4)) == (1, 3)
    assert not_passed_on(firm.creditor, on=day(4)) == (0, 0)
    pass_on_to_sister(money, on=day(4), by=of_both(here, firm.creditor))
    assert not_passed_on(here, on=day(5)) == (0, 0)
