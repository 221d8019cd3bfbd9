"""Why a customer does not pay: noted to be reported, with no effect on the ladder."""

from datetime import date

from django.db import transaction

from dunning.actions.holds import locked
from dunning.models import NonPayment
from dunning.states import WhyUnpaid
from invoices.models import Customer, Invoice
from receivables.accounts.models import User
from receivables.audit.actions import record


@transaction.atomic
def record_reason(target: Customer | Invoice, *, reason: WhyUnpaid, on: date, note: str = "", by: User | None = None) -> NonPayment:
    """Note why an invoice, or without one all that the customer owes, is not paid. The newest counts."""
    invoice = target if isinstance(target, Invoice) else None
    customer = locked(invoice.customer_id if invoice else target.pk)
    row = NonPayment.objects.create(
        creditor_id=customer.creditor_id, customer=customer, invoice=invoice, reason=reason, note=note.strip()[:200], on=on, author=by
    )
    record(customer.creditor, "reason_recorded", row, by=by, customer=customer.pk, invoice=invoice and invoice.pk, reason=str(reason))
    return row
