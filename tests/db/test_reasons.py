"""Why it is not paid: the newest reason of the invoice counts, else the newest of its customer; currencies are not added up."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from dunning.actions import record_reason
from dunning.models import NonPayment
from dunning.states import WhyUnpaid
from receivables.reporting.reasons import noted, reasons_for_overdue
from tests.builders import DUE, audited, make_creditor, make_customer, make_invoice, pay

pytestmark = pytest.mark.django_db
LATE = DUE + timedelta(days=10)


def test_the_newest_reason_counts_and_an_invoice_beats_its_customer() -> None:
    creditor = make_creditor()
    first, second = make_customer(creditor), make_customer(creditor)
    one, two = make_invoice(first, 100), make_invoice(first, 50)
    make_invoice(second, 7), make_invoice(second, 3, currency="EUR")
    make_invoice(second, 1000, due_on=LATE)  # not overdue yet
    record_reason(first, reason=WhyUnpaid.FORGOT, on=LATE)
    record_reason(one, reason=WhyUnpaid.DISPUTE, on=LATE)
    record_reason(one, reason=WhyUnpaid.CASH_FLOW, on=LATE)
    found = [(f.currency, f.reason, f.customers, f.invoices, f.amount) for f in reasons_for_overdue(creditor, on=LATE)]
    assert found == [
        ("EUR", "", 1, 1, Decimal(3)),
        ("PLN", "cash_flow", 1, 1, Decimal(100)),
        ("PLN", "forgot", 1, 1, Decimal(50)),
        ("PLN", "", 1, 1, Decimal(7)),
    ]
    pay(first, 150, one, two)
    assert {f.reason for f in reasons_for_overdue(creditor, on=LATE)} == {""}
    assert noted(creditor, since=LATE, until=LATE) == [("cash_flow", 1), ("dispute", 1), ("forgot", 1)]
    assert noted(creditor, since=LATE + timedelta(days=1), until=LATE + timedelta(days=2)) == []


def test_other_companies_are_not_counted() -> None:
    creditor, other = make_creditor(), make_customer(make_creditor())
    make_invoice(other)
    record_reason(other, reason=WhyUnpaid.OTHER, on=LATE)
    assert reasons_for_overdue(creditor, on=LATE) == [] and noted(creditor, since=LATE, until=LATE) == []
    assert audited(other.creditor)[-1] == "reason_recorded"


def test_a_reason_is_never_edited() -> None:
    row = record_reason(make_customer(), reason=WhyUnpaid.OTHER, on=LATE)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        NonPayment.objects.filter(pk=row.pk).update(reason="forgot")
