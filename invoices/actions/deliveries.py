"""How invoices were delivered, and papers attached to them."""

import hashlib
from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from invoices.actions.checks import not_before, once
from invoices.actions.postings import tell
from invoices.actions.rows import customer_of
from invoices.models import Delivery, Invoice, InvoicePaper
from invoices.states import Delivered
from invoices.visual import VISUAL
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import store
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.states import ARRIVED


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


def record_mailed(messages: Collection[int], *, now: datetime) -> int:
    """Note that mails which a channel really took brought invoices, on the day they left. Returns how many deliveries are new: of mails
    told of twice none. Call it in the transaction that settled them.
    """
    pairs = _carried(messages)
    invoices = _invoices_of({document for _message, document in pairs}) if pairs else {}
    rows = [_mailed(message, invoice, now) for message, document in pairs for invoice in invoices.get(document, ())]
    known = set(Delivery.objects.filter(message__in={row.message_id for row in rows}).values_list("message", "invoice")) if rows else set()
    new = [row for row in rows if (row.message_id, row.invoice_id) not in known]
    Delivery.objects.bulk_create(new, ignore_conflicts=True)
    for creditor in {row.invoice.creditor for row in new}:
        own = [row for row in new if row.invoice.creditor_id == creditor.pk]
        record(creditor, "deliveries_mailed", "invoices.Delivery", invoices=sorted({row.invoice_id for row in own})[:100], count=len(own))
    return len(new)


def _carried(messages: Collection[int]) -> set[tuple[Message, int]]:
    """Mails that a channel took, each with a document that came along: enclosed, or chosen by who wrote it."""
    taken = Message.objects.filter(pk__in=messages, channel="email", captured=False, state__in=ARRIVED)
    holding = taken.filter(Q(enclosures__isnull=False) | Q(purpose=Message.Purpose.WRITTEN, document__isnull=False))
    rows = holding.annotate(enclosed=F("enclosures__document")).only("document", "handed_at")
    return {(row, document) for row in rows for document in (row.document_id, row.enclosed) if document}


def _invoices_of(documents: Collection[int]) -> dict[int, list[Invoice]]:
    """The invoices that these documents are, or show."""
    shown = dict(Document.objects.filter(pk__in=documents, kind=VISUAL).values_list("pk", "facts__invoice"))
    found: dict[int, list[Invoice]] = defaultdict(list)
    for invoice in Invoice.objects.filter(Q(document__in=documents) | Q(pk__in=shown.values())).select_related("creditor"):
        for document in documents:
            if document == invoice.document_id or shown.get(document) == invoice.pk:
                found[document].append(invoice)
    return found


def _mailed(message: Message, invoice: Invoice, now: datetime) -> Delivery:
    left_on = (message.handed_at or now).astimezone(ZoneInfo(invoice.creditor.time_zone)).date()
    return Delivery(invoice=invoice, message=message, how=Delivered.EMAIL, on=max(left_on, invoice.issued_on), recorded_at=now)


LARGEST_PAPER = 10_000_000  # bytes
PAPERS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""What a paper begins with, and what it is then; its name and what a sender says of it do not count."""


def media_type_of(content: bytes) -> str:
    """What a paper is. Raises `Refused` for what is neither a PDF nor a picture, or too big."""
    if len(content) > LARGEST_PAPER:
        raise Refused(gettext_noop("This file is too big: at most 10 MB."))
    found = next((kind for start, kind in PAPERS.items() if content.startswith(start)), None)
    if found is None:
        raise Refused(gettext_noop("Choose a PDF, PNG or JPEG file."))
    return found


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


def attached_before(invoice: Invoice, content: bytes) -> InvoicePaper | None:
    """The same paper, where the invoice has it."""
    digest = hashlib.sha256(content).hexdigest()
    return invoice.papers.select_related("document").defer("document__content").filter(document__sha256=digest).first()


ALREADY = gettext_noop("This paper is attached to the invoice already.")
