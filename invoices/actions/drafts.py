"""Drafts that become papers."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from invoices.actions.credits import issue_credit_note
from invoices.actions.invoices import issue_invoice
from invoices.ledger import Instalment
from invoices.models import Invoice
from invoices.states import DocumentKind, InvoiceState
from receivables.accounts.models import User
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


def issue_draft(
    invoice: Invoice,
    *,
    due_on: date | None = None,
    instalments: Sequence[Instalment | tuple[date, Decimal]] = (),
    gross: Decimal | None = None,
    issued_on: date | None = None,
    by: User | None = None,
) -> Invoice:
    """Turn a draft of an invoice or credit note into an issued one, with its own amount and day where no others are given."""
    if invoice.state != InvoiceState.DRAFT:
        raise Refused(gettext_noop("%(number)s is no draft: it was issued already."), number=invoice.number)
    number, gross, issued_on = invoice.number, gross or invoice.gross, issued_on or invoice.issued_on
    if invoice.kind == DocumentKind.CREDIT_NOTE:
        kept = {name: getattr(invoice, name) for name in ("currency", "source", "source_digest")}
        return issue_credit_note(
            invoice.customer, number=number, amount=gross, issued_on=issued_on, invoice=invoice.corrects, by=by, **kept
        )
    names = (
        "currency",
        "kind",
        "sale",
        "corrects",
        "source",
        "source_digest",
        "order_number",
        "contract_number",
        "branch",
        "payment_method",
    )
    kept = {name: getattr(invoice, name) for name in names}
    return issue_invoice(
        invoice.customer, number=number, gross=gross, issued_on=issued_on, due_on=due_on, instalments=instalments, by=by, **kept
    )
