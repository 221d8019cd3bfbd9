"""How invoices were delivered, and papers attached to them."""

import hashlib
from datetime import date, datetime

from django.db import transaction

from invoices.actions.checks import not_before, once
from invoices.actions.postings import tell
from invoices.actions.rows import customer_of
from invoices.models import Delivery, Invoice, InvoicePaper
from invoices.states import Delivered
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import store


@transaction.atomic
def record_delivery(
    invoice: Invoice, *, how: Delivered, delivered_on: date | None = None, note: str = "", on: date, now: datetime, by: User | None = None
) -> Delivery:
    """Note how and when an invoice reached its buyer. Raises `Refused` for a day that cannot be, or an override without a reason."""
    customer = customer_of(invoice)
    has_day = how not in (Delivered.UNKNOWN, Delivered.OVERRIDE)
    if has_day and delivered_on is None:
        raise Refused(gettext_noop("Say on which day it was delivered."))
    if how == Delivered.OVERRIDE and not note.strip():
        raise Refused(gettext_noop("Say why formal steps may go without a proof of delivery."))
    if has_day and delivered_on is not None:
        not_before(delivered_on, invoice.issued_on, what=gettext_noop("A delivery"))
        if delivered_on > on:
            raise Refused(gettext_noop("A delivery in the future is none yet. Choose today or an earlier day."))
    row = Delivery.objects.create(
        invoice=invoice, how=how, on=delivered_on if has_day else None, note=" ".join(note.split())[:300], recorded_at=now, recorded_by=by
    )
    record(customer.creditor, "delivery_recorded", invoice, by=by, how=str(how), delivered_on=row.on)
    tell(customer.pk, on=on)
    return row


@transaction.atomic
def attach_paper(
    invoice: Invoice, *, kind: str, name: str, content: bytes, media_type: str, now: datetime, by: User | None = None
) -> InvoicePaper:
    """Keep a paper with an invoice. Raises `Refused` where the same paper is there already."""
    customer = customer_of(invoice)
    digest = hashlib.sha256(content).hexdigest()
    document = store(
        customer.creditor, kind="attachment", name=name[:120], content=content, media_type=media_type, facts={}, now=now,
        key=f"paper:{digest[:57]}",
    )  # fmt: skip
    with once({"paper_attached_once": ALREADY}):
        paper = InvoicePaper.objects.create(invoice=invoice, kind=kind, document=document, attached_at=now, attached_by=by)
    record(customer.creditor, "paper_attached", invoice, by=by, kind=kind, sha256=digest)
    return paper


ALREADY = gettext_noop("This paper is attached to the invoice already.")
