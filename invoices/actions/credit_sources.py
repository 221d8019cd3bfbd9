"""Payments and credit notes as what money or credit comes from."""

from datetime import date

from invoices.actions.rows import refreshed
from invoices.models import CreditEntry, Invoice, Payment
from invoices.states import DocumentKind, InvoiceState
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


def check_stands(source: Payment | Invoice) -> None:
    """Raise `Refused` for what counts no more, or is neither a payment nor a credit note. Under the lock of the customer."""
    if isinstance(source, Payment):
        if source.reverses_id or Payment.objects.filter(reverses=source).exists():
            raise Refused(gettext_noop("Payment %(reference)s was taken back: nothing of it can be allocated."), reference=source.reference)
    elif source.kind != DocumentKind.CREDIT_NOTE:
        raise Refused(gettext_noop("%(number)s is neither a payment nor a credit note."), number=source.number)
    elif refreshed(source).state != InvoiceState.ISSUED:
        raise Refused(gettext_noop("Credit note %(number)s does not count: it is a draft, or was taken back."), number=source.number)


def check_not_given_back(source: Payment | Invoice) -> None:
    """Raise `Refused` where a part went back to the customer: that has to be taken back before."""
    named = {"payment": source} if isinstance(source, Payment) else {"credit_note": source}
    if CreditEntry.objects.standing().filter(kind=CreditEntry.Kind.REFUND, **named).exists():
        raise Refused(gettext_noop("Some of %(source)s was given back to the customer. Take that refund back first."), source=source)


def came_on(source: Payment | Invoice) -> date:
    """The day from which it counts."""
    return source.booked_on if isinstance(source, Payment) else source.issued_on
