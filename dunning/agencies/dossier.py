"""What the books hold beside the facts of a hand-over that an agency needs: papers, history, contacts. Read as of the message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from dunning.models import CallMade, Notice
from invoices.models import AllocationEntry, Customer, Delivery, InvoicePaper, Item
from receivables.core.money import round_to_unit
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.states import MessageState

ARRIVED = (MessageState.ACCEPTED, MessageState.DELIVERED)
MOST_HISTORY = 500


@dataclass(frozen=True, slots=True)
class Paper:
    """A file of the package."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Dossier:
    """Plain values and files. By label of an item what is known of its invoice."""

    debtor: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    last_payment_on: str = ""
    papers: Sequence[Paper] = ()


def dossier_of(message: Message) -> Dossier:
    """What goes along with this message, as it was when it was planned. A fixed number of queries, and one for each file."""
    customer = Customer.objects.filter(creditor=message.creditor_id, number=message.facts["customer"]["number"]).first()
    if customer is None:
        return Dossier()
    labels = [item["label"] for item in message.facts["items"]]
    rows = Item.objects.filter(customer=customer, label__in=labels).select_related("invoice__document", "invoice__source_file")
    items = sorted(rows, key=lambda item: labels.index(item.label))
    if message.facts.get("action", "new") != "new":
        return Dossier(_debtor(customer), {item.label: _invoice(item, [], {}) for item in items}, (), _last_payment(items, message))
    files = _Files(message)
    deliveries = _deliveries(items, message)
    known = {item.label: _invoice(item, files.of_invoice(item), deliveries) for item in items}
    history = _history(customer, items, message, files)
    return Dossier(_debtor(customer), known, history, _last_payment(items, message), tuple(files.papers))


@dataclass(slots=True)
class _Files:
    """Papers taken so far, each once, in the order in which they are asked for."""

    message: Message
    papers: list[Paper] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    def of_invoice(self, item: Item) -> list[str]:
        """The invoice's own document and the papers attached to it."""
        own = [item.invoice.document] if item.invoice.document else []
        attached = InvoicePaper.objects.filter(invoice=item.invoice_id, attached_at__lte=self.message.created_at).order_by("pk")
        return [self.take(paper) for paper in [*own, *(each.document for each in attached.select_related("document"))]]

    def take(self, document: Document) -> str:
        """Its name in the package."""
        if document.pk not in self.names:
            name = f"documents/{len(self.papers) + 1:03}-{_plain(document.name)}"
            self.names[document.pk] = name
            self.papers.append(Paper(name, bytes(document.content)))
        return self.names[document.pk]


def _plain(name: str) -> str:
    """Letters of ASCII, digits, dot, hyphen and underscore: no folder, and the same on every system."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in name).strip("-.")
    return plain[-80:] or "document"


def _debtor(customer: Customer) -> dict[str, Any]:
    """Ways to reach the debtor, beside what the message says. The PESEL never goes along: hand it over yourself where you may."""
    contacts = list(customer.contacts.order_by("position", "pk"))
    return {
        "emails": list(dict.fromkeys(contact.email for contact in contacts if contact.email)),
        "phones": list(dict.fromkeys(contact.phone for contact in contacts if contact.phone)),
    }


def _invoice(item: Item, files: Iterable[str], deliveries: Mapping[int, str]) -> dict[str, Any]:
    invoice = item.invoice
    source = getattr(invoice, "source_file", None)
    return {
        "ksef_number": source.ksef_number if source else "",
        "kind": str(invoice.kind),
        "contract_number": invoice.contract_number,
        "order_number": invoice.order_number,
        "delivered": deliveries.get(invoice.pk, ""),
        "files": list(files),
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _deliveries(items: Sequence[Item], message: Message) -> dict[int, str]:
    rows = Delivery.objects.filter(invoice__in=[item.invoice_id for item in items], recorded_at__lte=message.created_at).order_by("pk")
    return {row.invoice_id: f"{row.how} {_iso(row.on)}".strip() for row in rows}


def _last_payment(items: Sequence[Item], message: Message) -> str:
    paid = AllocationEntry.objects.filter(item__in=items, source=AllocationEntry.Source.PAYMENT, recorded_at__lte=message.created_at)
    return _iso(paid.filter(is_reversal=False).order_by("-on").values_list("on", flat=True).first())


def _history(customer: Customer, items: Sequence[Item], message: Message, files: _Files) -> list[dict[str, Any]]:
    """What was said about these items and arrived, with its paper, and the calls, oldest first."""
    mine = Q(taken__case__item__in=items) | Q(main__taken__case__item__in=items)
    said = Notice.objects.filter(mine, message__state__in=ARRIVED, message__created_at__lt=message.created_at).exclude(channel="agency")
    notices = said.select_related("message__document").distinct().order_by("pk")[:MOST_HISTORY]
    rows = [
        {
            "on": _iso(each.on),
            "channel": each.channel,
            "template": each.message.template,
            "recipient": each.message.recipient,
            "result": str(each.message.state),
            "asks": f"{round_to_unit(each.asks, each.currency)} {each.currency}",
            "file": files.take(each.message.document) if each.message.document else "",
        }
        for each in notices
        if each.message
    ]
    calls = CallMade.objects.filter(customer=customer, at__lte=message.created_at).order_by("pk")[:MOST_HISTORY]
    rows += [
        {"on": _iso(call.on), "channel": "call", "template": "", "recipient": call.number, "result": call.outcome, "asks": "", "file": ""}
        for call in calls
    ]
    return sorted(rows, key=lambda row: row["on"])
