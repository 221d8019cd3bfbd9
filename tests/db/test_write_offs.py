import pytest

from invoices import actions
from invoices.models import WriteOff
from invoices.states import WhyWrittenOff
from receivables.core.errors import Refused
from tests.builders import PAID, audited, credit_of, dispute, make_customer, make_invoice, make_item, make_user, parts, pay

pytestmark = pytest.mark.django_db


def test_a_written_off_rest_is_closed_and_not_called_paid() -> None:
    customer, clerk = make_customer(), make_user()
    invoice = make_invoice(customer, 60)
    pay(customer, 59, invoice)
    rows = actions.write_off(invoice, on=PAID, reason="not worth a letter", by=clerk)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as, item.closed_on) == (0, "written_off", PAID)
    assert [(row.amount, row.reason, row.by) for row in rows] == [(1, "not worth a letter", clerk)]
    assert credit_of(customer) == {}
    assert audited(customer.creditor)[-1] == "write_off"


def test_all_open_instalments_are_written_off_or_the_one_named() -> None:
    invoice = make_invoice(gross=100, instalments=parts(50, 30, 20))
    first, second, third = invoice.items.order_by("position")
    pay(invoice.customer, 50, first)
    actions.write_off(second, on=PAID, reason="small")
    actions.write_off(invoice, on=PAID, reason="small")
    assert dict(WriteOff.objects.values_list("item", "amount")) == {second.pk: 30, third.pk: 20}


def test_a_dispute_on_it_ends_as_rejected() -> None:
    item = make_item()
    dispute(item)
    actions.write_off(item, on=PAID, reason="small")
    assert item.disputes.get().outcome == "rejected"


def test_it_is_written_off_once_and_with_a_reason() -> None:
    item = make_item()
    with pytest.raises(Refused, match="The reason is empty"):
        actions.write_off(item, on=PAID, reason=" ")
    actions.write_off(item, on=PAID, reason="small")
    with pytest.raises(Refused, match="Nothing is open"):
        actions.write_off(item, on=PAID, reason="small")
    assert WriteOff.objects.count() == 1


def test_a_write_off_is_taken_back_once_and_the_item_is_open_again() -> None:
    item = make_item()
    (row,) = actions.write_off(item, on=PAID, reason="small", why=WhyWrittenOff.SMALL)
    assert row.why == "small"
    actions.take_back_write_off(row, on=PAID, reason="the wrong invoice")
    item.refresh_from_db()
    assert (item.open_amount, item.closed_as, item.closed_on) == (100, "", None)
    assert audited(item.creditor)[-1] == "write_off_taken_back"
    with pytest.raises(Refused, match="taken back already"):
        actions.take_back_write_off(row, on=PAID, reason="again")
