"""Credit notes: for an invoice, or standing alone."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices import ledger
from invoices.actions.allowances import grant_again, replace_discounts, replaced_by
from invoices.actions.checks import bookable, currency_of, known_currency, not_before
from invoices.actions.credit_sources import check_not_given_back
from invoices.actions.invoices import keep_paper
from invoices.actions.payments import undo_entries
from invoices.actions.postings import Cause, post, tell
from invoices.actions.rows import Target, debts_of, locked_customer, named_items, refreshed
from invoices.models import Customer, Invoice, Item
from invoices.states import DocumentKind, InvoiceState
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def issue_credit_note(
    customer: Customer,
    *,
    number: str,
    amount: Decimal,
    issued_on: date,
    invoice: Target | None = None,
    currency: str | None = None,
    source: str = "",
    source_digest: str = "",
    draft: bool = False,
    by: User | None = None,
) -> Invoice:
    """Book a credit note. With `invoice` it settles that one's items, the oldest first; what exceeds them, or all of it, is open credit.

    One over exactly a discount that was booked on the invoice is its correction, and takes its place.
    """
    customer = locked_customer(customer)
    items = named_items(customer, [invoice]) if invoice else []
    currency = known_currency(currency or (invoice.currency if invoice else currency_of(customer)))
    if invoice and currency != invoice.currency:
        raise Refused(
            gettext_noop("The invoice is in %(currency)s, not in %(currency_2)s. Issue the credit note in %(currency)s."),
            currency=invoice.currency,
            currency_2=currency,
        )
    bookable(amount, currency, what=gettext_noop("The amount"))
    note = keep_paper(
        customer, number=number, kind=DocumentKind.CREDIT_NOTE, draft=draft, gross=amount, currency=currency, issued_on=issued_on,
        corrects_id=invoice.invoice_id if isinstance(invoice, Item) else invoice.pk if invoice else None,
        source=source, source_digest=source_digest,
    )  # fmt: skip
    opened = [] if draft else replace_discounts(items, amount, on=issued_on)
    spread = ledger.spread(ledger.ZERO if draft else amount, ledger.in_order(debts_of(opened or items)))
    post(spread.parts, items, cause=Cause.of(note), on=issued_on)
    verb = "draft_credit_note" if draft else "issue_credit_note"
    record(customer.creditor, verb, note, by=by, amount=amount, currency=currency, items=spread.parts, credit=spread.rest)
    if not draft:
        tell(customer.pk, on=issued_on)
    return note


@transaction.atomic
def reverse_credit_note(note: Invoice, *, on: date, by: User | None = None) -> Invoice:
    """Take a credit note back: it counts no more, and what it settled opens again. A discount whose place it took is booked anew, while
    the payment that it came with stands.
    """
    customer = locked_customer(note.customer_id)
    note = refreshed(note)
    if note.kind != DocumentKind.CREDIT_NOTE:
        raise Refused(gettext_noop("%(number)s is no credit note."), number=note.number)
    if note.state != InvoiceState.ISSUED:
        raise Refused(gettext_noop("Credit note %(number)s does not count: it is a draft, or was taken back already."), number=note.number)
    check_not_given_back(note)
    not_before(on, note.issued_on, what=gettext_noop("A reversal"))
    discount = replaced_by(note)
    items = undo_entries(note.entries.all(), on=on)
    if discount is not None:
        grant_again(discount, items, on=on, by=by)
    note.state = InvoiceState.CANCELLED
    note.save(update_fields=["state"])
    record(customer.creditor, "reverse_credit_note", note, by=by, on=on, amount=note.gross, items=[item.pk for item in items])
    tell(customer.pk, on=on)
    return note
