"""What bears on the limitation of an invoice is a person's deed: noted with its proof, taken back by a second row, never edited."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from dunning.actions.cases import wake
from dunning.actions.holds import locked
from dunning.actions.limitation import reopen_unbarred
from dunning.models import LimitationEvent
from dunning.states import LimitationKind, ProofKind
from invoices.models import Customer, Invoice
from invoices.states import DocumentKind
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.models import Document


@transaction.atomic
def note_event(
    invoice: Invoice,
    *,
    kind: LimitationKind,
    on: date,
    proof: ProofKind,
    source: str,
    today: date,
    document: Document | None = None,
    by: User | None = None,
) -> LimitationEvent:
    """Note what happened to an invoice. A case that a run closed as time-barred goes on where, after this, it is not.

    Raises `Refused` for a day to come or before the invoice, without a source, for what is no claim, and for what is noted already.
    """
    customer = locked(invoice.customer_id)
    if not DocumentKind(invoice.kind).is_claim or invoice.kind == DocumentKind.CREDIT_NOTE:
        raise Refused(gettext_noop("%(number)s is no claim: nothing runs out on it."), number=invoice.number)
    if on < invoice.issued_on:
        raise Refused(gettext_noop("It cannot have happened before the invoice was issued (%(day)s)."), day=invoice.issued_on)
    event = LimitationEvent(invoice=invoice, kind=kind, on=on, proof=proof, source=source, document=document)
    if LimitationEvent.objects.standing().filter(invoice=invoice, kind=kind, on=on, ends=None).exists():
        raise Refused(gettext_noop("The same is noted already for %(day)s. Take that back first if it is wrong."), day=on)
    return _kept(event, customer, "limitation_event_noted", today=today, by=by)


@transaction.atomic
def end_event(
    event: LimitationEvent,
    *,
    on: date,
    proof: ProofKind,
    source: str,
    today: date,
    document: Document | None = None,
    by: User | None = None,
) -> LimitationEvent:
    """Note the last day of proceedings: from then on time runs (anew, where they interrupt it)."""
    customer = locked(event.customer_id)
    _check_stands(event)
    if not LimitationKind(event.kind).lasts or event.ends_id is not None:
        raise Refused(gettext_noop("Only proceedings that were begun end."))
    if LimitationEvent.objects.standing().filter(ends=event).exists():
        raise Refused(gettext_noop("Their end is noted already. Take that back first if it is wrong."))
    if on < event.on:
        raise Refused(gettext_noop("They cannot have ended before they began (%(day)s)."), day=event.on)
    row = LimitationEvent(invoice=event.invoice, kind=event.kind, on=on, proof=proof, source=source, document=document, ends=event)
    return _kept(row, customer, "limitation_event_ended", today=today, by=by)


@transaction.atomic
def take_back_event(event: LimitationEvent, *, reason: str, today: date, by: User | None = None) -> LimitationEvent:
    """Say that it was noted by mistake: it counts no more. The next run closes what is then time-barred."""
    customer = locked(event.customer_id)
    if event.reverses_id is not None:
        raise Refused(gettext_noop("This row takes back another one. Note the event again instead."))
    _check_stands(event)
    if event.ends_id is None and LimitationEvent.objects.standing().filter(ends=event).exists():
        raise Refused(gettext_noop("Its end is noted. Take back the end first."))
    row = LimitationEvent(invoice=event.invoice, kind=event.kind, on=event.on, proof=event.proof, source=reason, reverses=event)
    return _kept(row, customer, "limitation_event_taken_back", today=today, by=by)


def _kept(row: LimitationEvent, customer: Customer, verb: str, *, today: date, by: User | None) -> LimitationEvent:
    row.source = row.source.strip()[:200]
    if not row.source:
        raise Refused(gettext_noop("Say how you know: which letter or e-mail, which court and number."))
    if row.on > today:
        raise Refused(gettext_noop("It cannot lie in the future (%(day)s). Note it when it has happened."), day=row.on)
    row.creditor_id, row.customer, row.recorded_on, row.author = customer.creditor_id, customer, today, by
    row.save(force_insert=True)
    names = {"invoice": row.invoice_id, "kind": str(row.kind), "on": row.on, "ends": row.ends_id, "reverses": row.reverses_id}
    record(customer.creditor, verb, row, by=by, customer=customer.pk, document=row.document_id, **names)
    reopen_unbarred(customer, [row.invoice_id], on=today)
    wake([customer.pk], on=today)
    return row


def _check_stands(event: LimitationEvent) -> None:
    if LimitationEvent.objects.filter(reverses=event).exists():
        raise Refused(gettext_noop("This was taken back already."))


def standing_events(invoices: Sequence[int]) -> list[LimitationEvent]:
    """What stands on these invoices, the oldest first, with who noted it. One query."""
    rows = LimitationEvent.objects.standing().filter(invoice__in=invoices).select_related("author", "document", "ends")
    return list(rows.order_by("on", "pk"))
