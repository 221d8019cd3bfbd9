"""The files of a pack: papers as they were kept, messages with what became of them, replies as they came."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model, Q, QuerySet, Sum
from django.db.models.functions import Length

from dunning.evidence.pack import Exhibit
from dunning.evidence.scope import Scope
from dunning.models import LimitationEvent, RegisterWarning, Withdrawal
from invoices.models import AllocationEntry, Invoice, InvoicePaper
from receivables.accounts.models import Creditor
from receivables.core.archives import json_bytes
from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.documents.models import Document
from receivables.messaging.models import Message

MOST_BYTES = 100_000_000
HAND_MADE = (
    *("demand", "final_demand", "register_warning", "interest_note", "compensation_note"),
    *("agreement", "assignment", "assignment_notice"),
)

Row = TypeVar("Row", bound=Model)
Named = tuple[str, str, str, date, Document]
"""Group, kind, title, day and the paper, before its bytes are read."""


def exhibits_of(scope: Scope) -> list[Exhibit]:
    """All of them, by group and day. Raises `Refused` where they are more than a pack may hold."""
    papers = [*_invoices(scope), *_agreed(scope), *_demands(scope), *_by_hand(scope), *_acknowledged(scope), *_registers(scope)]
    _refuse_too_much(papers, scope)
    contents = dict(Document.objects.filter(pk__in={paper.pk for *_, paper in papers}).values_list("pk", "content"))
    kept = [Exhibit(group, what, title, on, paper.name, bytes(contents[paper.pk])) for group, what, title, on, paper in papers]
    said = [*_messages(scope), *_replies(scope)]
    return sorted([*kept, *said], key=lambda one: (_GROUPS.index(one.group), one.on))


_GROUPS = ("invoices", "agreed", "demands", "messages", "replies", "acknowledgements", "registers")


def _refuse_too_much(papers: Iterable[Named], scope: Scope) -> None:
    rows = Document.objects.filter(pk__in={paper.pk for *_, paper in papers})
    size = rows.aggregate(size=Sum(Length("content")))["size"] or 0
    size += sum(len(reply.mail.raw) for reply in scope.replies)
    if size > MOST_BYTES:
        raise Refused(gettext_noop("The papers are more than %(n)d MB. Choose fewer invoices."), n=MOST_BYTES // 1_000_000)


def _invoices(scope: Scope) -> Iterator[Named]:
    """The invoices, what corrects them and the credit notes that lowered them."""
    notes = AllocationEntry.objects.filter(item__in=scope.items, credit_note__isnull=False).values("credit_note")
    rows = Invoice.objects.filter(Q(pk__in=[row.pk for row in scope.invoices]) | Q(corrects__in=scope.invoices) | Q(pk__in=notes))
    for row in _bare(rows.exclude(document=None)).order_by("issued_on", "pk"):
        if row.document is not None:
            yield "invoices", row.kind, row.number, row.issued_on, row.document


def _bare(rows: QuerySet[Row]) -> QuerySet[Row]:
    """With their papers, whose bytes are read later, of those that are needed and once."""
    return rows.select_related("document").defer("document__content", "document__facts")


def _agreed(scope: Scope) -> Iterator[Named]:
    """Contracts, orders and proofs of delivery."""
    rows = InvoicePaper.objects.filter(invoice__in=scope.invoices).select_related("invoice")
    for row in _bare(rows).order_by("pk"):
        yield "agreed", row.kind, row.invoice.number, row.attached_at.date(), row.document


def _demands(scope: Scope) -> Iterator[Named]:
    """The papers that went with a message, and what took one of them back."""
    sent = {message.document.pk: message.document for message in scope.demanding if message.document is not None}
    for paper in sent.values():
        yield "demands", paper.kind, paper.number, paper.created_at.date(), paper
    rows = Withdrawal.objects.filter(document__in=sent).select_related("apology").defer("apology__content", "apology__facts")
    for row in rows.order_by("pk"):
        yield "demands", "withdrawal", row.apology.number, row.on, row.apology


def _by_hand(scope: Scope) -> Iterator[Named]:
    """Papers made beside the ladder that name one of the items."""
    labels = {item.label for item in scope.items}
    rows = Document.objects.filter(creditor=scope.customer.creditor_id, kind__in=HAND_MADE, facts__customer__number=scope.customer.number)
    sent = {message.document_id for message in scope.messages}
    for row in rows.defer("content").order_by("created_at", "pk"):
        if row.pk not in sent and labels & _named(row.facts):
            yield "demands", row.kind, row.number, row.created_at.date(), row


def _named(facts: dict[str, Any]) -> set[str]:
    return {line.get("label", "") for part in ("items", "claims") for line in facts.get(part, ())}


def _acknowledged(scope: Scope) -> Iterator[Named]:
    rows = LimitationEvent.objects.standing().filter(invoice__in=scope.invoices).exclude(document=None)
    for row in _bare(rows.select_related("invoice")).order_by("on", "pk"):
        if row.document is not None:
            yield "acknowledgements", row.kind, row.invoice.number, row.on, row.document


def _registers(scope: Scope) -> Iterator[Named]:
    rows = RegisterWarning.objects.standing().filter(items__item__in=scope.items).exclude(document=None)
    for row in _bare(rows).distinct().order_by("sent_on", "pk"):
        if row.document is not None:
            yield "registers", "register_warning", row.register, row.sent_on, row.document


def _messages(scope: Scope) -> Iterator[Exhibit]:
    """Each message that left: its words, and a file of what its channel said of it."""
    tries = Message.objects.filter(pk__in=[message.pk for message in scope.left]).prefetch_related("tries", "events")
    known = {message.pk: message for message in tries.defer("facts")}
    for message in scope.left:
        on, title, name = day_of(message, scope.customer.creditor), title_of(message), f"{message.channel}-{message.pk}"
        yield Exhibit("messages", message.channel, title, on, f"{name}.txt", message.text.encode())
        if message.html:
            yield Exhibit("messages", message.channel, title, on, f"{name}.html", message.html.encode())
        yield Exhibit("messages", "delivery", title, on, f"{name}-delivery.json", json_bytes(_delivery(known[message.pk])))


def day_of(message: Message, creditor: Creditor) -> date:
    """The creditor's day on which a message left; of one that has not left, on which it was planned."""
    if message.left_on is not None:
        return message.left_on
    return (message.handed_at or message.created_at).astimezone(ZoneInfo(creditor.time_zone)).date()


def title_of(message: Message) -> str:
    """Its subject; of a text message how it begins."""
    return message.subject or one_line(message.text, longest=80) or message.template


def _delivery(message: Message) -> dict[str, Any]:
    """All that is known of how a message went, in plain values; times are UTC."""
    return {
        "message_id": message.message_id,
        "channel": message.channel,
        "to": message.recipient,
        "name": message.recipient_name,
        "subject": message.subject,
        "state": str(message.state),
        "captured": message.captured,
        "created_at": message.created_at.isoformat(),
        "handed_at": message.handed_at.isoformat() if message.handed_at else None,
        "left_on": message.left_on.isoformat() if message.left_on else None,
        "settled_at": message.settled_at.isoformat() if message.settled_at else None,
        "attempts": [
            {"number": one.number, "at": one.at.isoformat(), "outcome": one.outcome, "detail": one.detail, "reference": one.reference}
            for one in sorted(message.tries.all(), key=lambda one: one.number)
        ],
        "reports": [
            {"kind": one.kind, "at": one.at.isoformat(), "source": one.source, "event": one.event_id, "detail": one.detail}
            for one in sorted(message.events.all(), key=lambda one: one.pk)
        ],
    }


def _replies(scope: Scope) -> Iterator[Exhibit]:
    """Mails as they came; of a text message what it said."""
    for reply in scope.replies:
        ending = "txt" if reply.mail.channel == "sms" else "eml"
        content = reply.mail.text.encode() if ending == "txt" else bytes(reply.mail.raw)
        title = reply.mail.subject or reply.mail.sender
        yield Exhibit("replies", reply.kind, title, reply.received_on, f"reply-{reply.pk}.{ending}", content)
