"""What the books hold beside the facts of a hand-over that an agency needs: papers, history, contacts, numbers in registers.

Read as of the message. A PESEL is not among it: it joins the package on its way out alone (`dunning.agencies.sealed_number`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from dunning.agencies.registered import registered
from dunning.claimable import Known
from dunning.claims import regime_of
from dunning.happened import happened_to
from dunning.models import CallMade, Notice
from invoices.models import AllocationEntry, Customer, Delivery, Dispute, Invoice, InvoicePaper, Item
from invoices.states import Kind
from receivables.core.errors import DomainError
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
    creditor: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    last_payment_on: str = ""
    created_at: str = ""  # of the message, ISO with its zone
    papers: Sequence[Paper] = ()


def dossier_of(message: Message) -> Dossier:
    """What goes along with this message, as it was when it was planned. A fixed number of queries, and one for each file."""
    customer = customer_of(message)
    if customer is None:
        return Dossier()
    labels = [item["label"] for item in message.facts["items"]]
    rows = Item.objects.filter(customer=customer, label__in=labels).select_related("invoice__document", "invoice__source_file")
    items = sorted(rows, key=lambda item: labels.index(item.label))
    is_new, files = message.facts.get("action", "new") == "new", _Files(message)
    about = _About.read(customer, items, message, files if is_new else None)
    return Dossier(
        debtor=_debtor(customer, message),
        creditor={"krs": customer.creditor.krs, "contact_person": customer.creditor.contact_person},
        items={item.label: about.of(item) for item in items},
        history=_history(customer, items, message, files) if is_new else (),
        last_payment_on=_last_payment(items, message),
        created_at=message.created_at.astimezone(ZoneInfo(customer.creditor.time_zone)).isoformat(timespec="seconds"),
        papers=tuple(files.papers),
    )


def customer_of(message: Message) -> Customer | None:
    """Whom a message to an agency is about."""
    mine = Customer.objects.filter(creditor=message.creditor_id, number=message.facts["customer"]["number"])
    return mine.select_related("creditor", "letters_to").first()


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


def _debtor(customer: Customer, message: Message) -> dict[str, Any]:
    """Ways to reach and to name the debtor, beside what the message says."""
    contacts = list(customer.contacts.order_by("position", "pk"))
    known = registered(customer, before=message.created_at)
    return {
        "legal_kind": legal_kind(customer, krs=known.krs),
        "regon": known.regon,
        "krs": known.krs,
        "register_checked_on": _iso(known.checked_on),
        "post_address": _post_address(customer),
        "emails": list(dict.fromkeys(contact.email for contact in contacts if contact.email)),
        "phones": list(dict.fromkeys(contact.phone for contact in contacts if contact.phone)),
    }


def legal_kind(customer: Customer, *, krs: str = "") -> str:
    """ "person", "sole_trader", "company" or "public"; empty where the books do not tell: a firm without KRS and PESEL may be either."""
    if customer.kind in (Kind.CONSUMER, Kind.PUBLIC):
        return "person" if customer.kind == Kind.CONSUMER else "public"
    if customer.kind != Kind.BUSINESS:
        return ""
    return "company" if krs else "sole_trader" if customer.pesel_hash else ""


def _post_address(customer: Customer) -> dict[str, str]:
    """Where letters go, if that is somewhere else; empty where it is the debtor's own address."""
    other = customer.letters_to
    return {name: getattr(other, name) for name in ("name", "street", "postcode", "city", "country")} if other else {}


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of the invoices of a hand-over. `files` none: a later word, with which nothing goes along."""

    files: _Files | None
    deliveries: Mapping[int, str]
    corrections: Mapping[int, list[str]]
    disputes: Mapping[int, str]
    lawful: Mapping[int, Mapping[str, str]]

    @classmethod
    def read(cls, customer: Customer, items: Sequence[Item], message: Message, files: _Files | None) -> "_About":
        """As the books had it; who disputes and what was corrected as they have it now."""
        invoices = [item.invoice_id for item in items]
        corrections: dict[int, list[str]] = {}
        for later in Invoice.objects.filter(corrects__in=invoices).order_by("pk"):
            corrections.setdefault(later.corrects_id or 0, []).append(later.number)
        disputes = dict(Dispute.objects.filter(item__in=items, resolved_on=None).values_list("item", "reason"))
        if files is None:
            return cls(None, {}, corrections, disputes, {})
        return cls(files, _deliveries(items, message), corrections, disputes, _lawful(customer, items, message))

    def of(self, item: Item) -> dict[str, Any]:
        """What stands beside a document."""
        invoice = item.invoice
        source = getattr(invoice, "source_file", None)
        return {
            "ksef_number": source.ksef_number if source else "",
            "kind": str(invoice.kind),
            "supplied_on": (source.facts.get("supplied_on") or "") if source else "",
            "contract_number": invoice.contract_number,
            "order_number": invoice.order_number,
            "corrected_by": self.corrections.get(invoice.pk, []),
            "dispute": self.disputes.get(item.pk, ""),
            "delivered": self.deliveries.get(invoice.pk, ""),
            **self.lawful.get(item.pk, {}),
            "files": self.files.of_invoice(item) if self.files else [],
        }


def _lawful(customer: Customer, items: Sequence[Item], message: Message) -> dict[int, dict[str, str]]:
    """By item which interest it bears and the last day to act before limitation, by the day of the message."""
    known = Known.of(customer, on=date.fromisoformat(message.facts["on"]))
    happened = happened_to({item.invoice_id for item in items})
    return {
        item.pk: {
            "interest_rule": _interest_rule(known, item),
            "limitation_on": _iso(known.limitation(item.pk, happened.get(item.invoice_id, ())).last_day),
        }
        for item in items
        if item.pk in known.facts
    }


def _interest_rule(known: Known, item: Item) -> str:
    """The rate and its source, as "commercial_delay (…)"; empty where no interest is known against such a debtor."""
    try:
        regime = regime_of(known.facts[item.pk], country=known.rules.country, rates=known.rules.rates, on=known.on)
    except DomainError:
        return ""
    return f"{regime.name} ({regime.source})" if regime.source else regime.name


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
