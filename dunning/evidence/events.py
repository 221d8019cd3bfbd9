"""The timeline of a pack: what happened to its invoices, day by day, from the dated rows of the books and the ladder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from dunning.evidence.exhibits import day_of, title_of
from dunning.evidence.scope import Scope
from dunning.models import (
    Agreement,
    CallMade,
    Complaint,
    LimitationEvent,
    Placement,
    Promise,
    RegisterEntry,
    RegisterUpdate,
    RegisterWarning,
)
from dunning.models import Withdrawal as LetterWithdrawal
from invoices.models import AllocationEntry, ClaimEntry, Delivery, Dispute
from invoices.states import Delivered
from receivables.messaging.models import DeliveryEvent
from receivables.messaging.states import MessageState


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `what` is one of the words `event_…` of the papers; amounts are in the pack's currency."""

    on: date
    what: str
    label: str  # the document it is about, or the subject of a message
    detail: str = ""
    amount: Decimal | None = None


def events_of(scope: Scope, *, on: date) -> list[Event]:
    """All through day `on`, oldest first; of one day in the order of the readers below."""
    found = [event for read in _READERS for event in read(scope)]
    return sorted((event for event in found if event.on <= on), key=lambda event: event.on)


def _papers(scope: Scope) -> Iterator[Event]:
    for invoice in scope.invoices:
        yield Event(invoice.issued_on, "issued", invoice.number, amount=invoice.gross)
    rows = Delivery.objects.filter(invoice__in=scope.invoices).exclude(how__in=(Delivered.UNKNOWN, Delivered.OVERRIDE))
    for row in rows.select_related("invoice").order_by("pk"):
        if row.on is not None:
            yield Event(row.on, f"arrived_{row.how}", row.invoice.number, row.note)
    for item in scope.items:
        yield Event(item.due_on, "due", item.label, amount=item.amount)


def _messages(scope: Scope) -> Iterator[Event]:
    for message in scope.left:
        number = message.document.number if message.document is not None else ""
        said = " · ".join(part for part in (number, message.recipient.partition("\n")[0]) if part)
        yield Event(day_of(message, scope.customer.creditor), f"sent_{message.channel}", title_of(message), said)
    zone = ZoneInfo(scope.customer.creditor.time_zone)
    reports = DeliveryEvent.objects.filter(message__in=[one for one in scope.messages if not one.captured])
    told = set()
    for report in reports.select_related("message").order_by("pk"):
        told.add((report.message_id, report.kind))
        yield Event(report.at.astimezone(zone).date(), f"report_{report.kind}", title_of(report.message), report.detail)
    for message in scope.messages:
        if message.state == MessageState.FAILED and not message.captured and (message.pk, "failed") not in told:
            failed_at = message.settled_at or message.handed_at or message.created_at
            yield Event(failed_at.astimezone(zone).date(), "report_failed", title_of(message), message.reason)


def _withdrawals(scope: Scope) -> Iterator[Event]:
    papers = [message.document_id for message in scope.left if message.document_id]
    rows = LetterWithdrawal.objects.filter(document__in=papers).select_related("document", "apology")
    for row in rows.defer("document__content", "apology__content").order_by("pk"):
        yield Event(row.on, "letter_withdrawn", row.document.number, f"{row.apology.number}: {row.reason}")


def _talk(scope: Scope) -> Iterator[Event]:
    calls = CallMade.objects.filter(customer=scope.customer, task__notice__in=scope.notices).order_by("pk")
    for call in calls:
        yield Event(call.on, f"call_{call.outcome}", call.number, call.note)
    for reply in scope.replies:
        yield Event(reply.received_on, f"reply_{reply.kind}", reply.mail.subject or reply.mail.sender)


def _agreed(scope: Scope) -> Iterator[Event]:
    for promise in Promise.objects.filter(lines__item__in=scope.items).distinct().order_by("pk"):
        yield Event(promise.made_on, "promise", promise.by.isoformat(), promise.reason, promise.amount)
        if promise.ended_on is not None:
            yield Event(promise.ended_on, f"promise_{promise.state}", promise.by.isoformat(), amount=promise.amount)
    for agreement in Agreement.objects.filter(lines__item__in=scope.items).distinct().order_by("pk"):
        yield Event(agreement.made_on, "agreement", agreement.label, agreement.reason)
        if agreement.ended_on is not None:
            yield Event(agreement.ended_on, "agreement_ended", agreement.label, agreement.reason)


def _objections(scope: Scope) -> Iterator[Event]:
    for dispute in Dispute.objects.filter(item__in=scope.items).select_related("item").order_by("pk"):
        yield Event(dispute.opened_on, "dispute", dispute.item.label, dispute.reason, dispute.amount)
        if dispute.resolved_on is not None:
            yield Event(dispute.resolved_on, f"dispute_{dispute.outcome}", dispute.item.label, amount=dispute.amount)
    for complaint in Complaint.objects.filter(invoice__in=scope.invoices).select_related("invoice").order_by("pk"):
        number = complaint.invoice.number if complaint.invoice else ""
        yield Event(complaint.received_on, "complaint", number, complaint.text[:200])
        if complaint.answered_on is not None:
            yield Event(complaint.answered_on, "complaint_answered", number, complaint.answer[:200])


def _money(scope: Scope) -> Iterator[Event]:
    rows = (
        AllocationEntry.objects.filter(item__in=scope.items)
        .select_related("item", "payment", "credit_note", "write_off", "allowance", "exchange__payment")
        .order_by("pk")
    )
    for row in rows:
        what = f"{row.source}_back" if row.is_reversal else row.source
        yield Event(row.on, what, row.item.label, _source_of(row), row.amount)
    claims = ClaimEntry.objects.filter(claim__invoice__in=scope.invoices).select_related("claim__invoice").order_by("pk")
    for entry in claims:
        what = f"{entry.type}_{entry.claim.kind}" + ("_back" if entry.is_reversal else "")
        yield Event(entry.on, what, entry.claim.invoice.number, amount=entry.amount)


def _source_of(row: AllocationEntry) -> str:
    payment = row.payment or (row.exchange.payment if row.exchange is not None else None)
    if payment is not None:
        return " · ".join(part for part in (payment.payer_name, payment.title or payment.reference) if part)
    if row.allowance is not None:
        return row.allowance.reason
    if row.credit_note is not None:
        return row.credit_note.number
    return row.write_off.reason if row.write_off is not None else ""


def _steps_in_law(scope: Scope) -> Iterator[Event]:
    for row in LimitationEvent.objects.standing().filter(invoice__in=scope.invoices).select_related("invoice").order_by("pk"):
        yield Event(row.on, f"{row.kind}_ended" if row.ends_id else row.kind, row.invoice.number, row.source)
    for warning in RegisterWarning.objects.standing().filter(items__item__in=scope.items).distinct().order_by("pk"):
        yield Event(warning.sent_on, "register_warning", warning.register, warning.proof)
    entries = RegisterEntry.objects.filter(items__item__in=scope.items).distinct().order_by("pk")
    for entry in entries:
        yield Event(entry.entered_on, "register_entry", entry.register, entry.reference, entry.amount)
    for update in RegisterUpdate.objects.filter(entry__in=entries).select_related("entry").order_by("pk"):
        yield Event(update.on, f"register_{update.kind}", update.entry.register, update.entry.reference, update.amount or None)


def _placed(scope: Scope) -> Iterator[Event]:
    rows = Placement.objects.filter(items__item__in=scope.items, sent_on__isnull=False).select_related("agency")
    for row in rows.distinct().order_by("pk"):
        name = row.agency.name if row.agency else ""
        if row.sent_on is not None:
            yield Event(row.sent_on, "placed", name)
        if row.ended_on is not None:
            yield Event(row.ended_on, "placed_ended", name)


_READERS: tuple[Callable[[Scope], Iterator[Event]], ...] = (
    _papers,
    _messages,
    _withdrawals,
    _talk,
    _agreed,
    _objections,
    _money,
    _steps_in_law,
    _placed,
)
