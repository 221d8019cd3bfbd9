"""Collective payment identifiers of KSeF: one transfer for many invoices. The seller asks KSeF what stands behind one and notes it."""

import re
from collections.abc import Sequence

from django.db import transaction

from invoices.actions.checks import short_line
from invoices.models import CollectiveId, Invoice, InvoiceSource
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

_ONE_WORD = re.compile(r"[0-9A-Z][0-9A-Z/-]{7,59}")
NUMBER = gettext_noop("The collective identifier")


@transaction.atomic
def note_collective_id(creditor: Creditor, number: str, invoices: Sequence[str], *, by: User | None) -> int:
    """Note which invoices an identifier stands for, by their numbers or KSeF numbers; returns how many were new. Twice is as once.

    Raises `Refused` for a number that is none, an invoice that is not known, and invoices of several customers.
    """
    number = short_line(number, longest=60, what=NUMBER).upper()
    if not len(number) >= 8 or " " in number:
        raise Refused(gettext_noop("%(number)s is no collective identifier: it is one word of 8 to 60 signs."), number=number)
    found = {name: _named(creditor, name) for name in dict.fromkeys(name.strip() for name in invoices) if name}
    missing = sorted(name for name, invoice in found.items() if invoice is None)
    if missing or not found:
        raise Refused(gettext_noop("These invoices are not known: %(missing)s."), missing=", ".join(missing) or "–")
    rows = [invoice for invoice in found.values() if invoice]
    if len({invoice.customer_id for invoice in rows}) > 1:
        raise Refused(gettext_noop("A collective identifier is of one buyer; these invoices are of several customers."))
    known = set(CollectiveId.objects.filter(number=number, invoice__in=rows).values_list("invoice", flat=True))
    fresh = [invoice for invoice in dict.fromkeys(rows) if invoice.pk not in known]
    CollectiveId.objects.bulk_create(
        CollectiveId(creditor=creditor, number=number, invoice=invoice, recorded_at=now(), by=by) for invoice in fresh
    )
    if fresh:
        record(creditor, "note_collective_id", fresh[0], by=by, number=number, invoices=[invoice.pk for invoice in fresh])
    return len(fresh)


def _named(creditor: Creditor, name: str) -> Invoice | None:
    found = Invoice.objects.filter(creditor=creditor, number=name).first()
    if found is None:
        source = InvoiceSource.objects.filter(creditor=creditor, ksef_number=name.upper()).select_related("invoice").first()
        found = source.invoice if source else None
    return found
