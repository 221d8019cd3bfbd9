"""The list of invoices and one invoice with all that touched it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict

from dunning.models import AwaitedCredit, Complaint, StepTaken
from invoices.actions import left_of, offers_of
from invoices.early_payment import Offer
from invoices.ledger import BUCKETS
from invoices.models import AllocationEntry, Customer, Dispute, Invoice, Item
from invoices.states import DocumentKind, InvoiceState
from receivables.dashboard.paging import Order, Page, batches, mapped, page_of
from receivables.dashboard.queries.balances import days_of_bucket
from receivables.dashboard.queries.claims import posted_claims
from receivables.dashboard.queries.customer import ItemLine, item_lines
from receivables.dashboard.queries.lookups import of_customers_called
from receivables.messaging.models import Message

NEWEST = Order("issued_on", descending=True)
STATES = ("open", "overdue", "disputed", "settled")
NO_ITEMS = (Decimal(0), None, None)
NO_CLAIMS = [kind for kind in DocumentKind if not kind.is_claim]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filter bar asks for."""

    q: str = ""
    state: str = ""
    currency: str = ""
    age: str = ""
    customer: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list: what is open, and since when."""

    invoice: Invoice
    open: Decimal
    due_on: date | None  # of the oldest open item, else of the oldest
    days_late: int
    is_disputed: bool
    is_claim: bool


@dataclass(frozen=True, slots=True)
class Amounts:
    """Gross less what was paid, credited, written off and withdrawn is open."""

    gross: Decimal
    paid: Decimal
    credited: Decimal
    written_off: Decimal
    sold: Decimal
    withdrawn: Decimal
    borne: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True)
class InvoicePage:
    invoice: Invoice
    amounts: Amounts
    items: list[ItemLine]
    entries: list[AllocationEntry]
    disputes: list[Dispute]
    awaited: list[AwaitedCredit]
    complaints: list[Complaint]
    messages: list[Message]
    is_claim: bool
    claims: list[Any]  # posted, with figures
    offers: Sequence[Offer]  # discounts for paying early
    left: Decimal  # of a credit note


def invoices_page(rows: QuerySet[Invoice], asked: Asked, customers: QuerySet[Customer], query: QueryDict, *, on: date) -> Page[Line]:
    """A page of these invoices, newest first. Three queries at most."""
    page = page_of(in_order(matching(rows, asked, customers, on=on), asked), order_of(asked), query)
    return mapped(page, lines(page.rows, on=on))


def all_lines(rows: QuerySet[Invoice], asked: Asked, customers: QuerySet[Customer], *, on: date) -> Iterator[Line]:
    """Every row of the same list, read in batches."""
    for batch in batches(in_order(matching(rows, asked, customers, on=on), asked), order_of(asked)):
        yield from lines(batch, on=on)


def order_of(asked: Asked) -> Order:
    """Newest first; where a filter may leave few, by a copy of the day, as `lookups.newest` explains."""
    return Order("day", descending=True) if asked.state or asked.age or asked.q else NEWEST


def in_order(rows: QuerySet[Invoice], asked: Asked) -> QuerySet[Invoice]:
    """The rows with what they are sorted by, and their customers."""
    rows = rows.select_related("customer")
    return rows if order_of(asked) is NEWEST else rows.annotate(day=Coalesce("issued_on", "issued_on"))


def matching(rows: QuerySet[Invoice], asked: Asked, customers: QuerySet[Customer], *, on: date) -> QuerySet[Invoice]:
    """The invoices that the filters and the words searched leave."""
    if asked.q:
        rows = rows.filter(Q(number__holds=asked.q) | of_customers_called(asked.q, customers))
    if asked.customer is not None:
        rows = rows.filter(customer=asked.customer)
    if asked.currency:
        rows = rows.filter(currency=asked.currency)
    items = Item.objects.filter(invoice=OuterRef("pk"))
    if asked.age in BUCKETS:
        rows = rows.filter(Exists(items.open().filter(_within(asked.age, on=on))))
    return _in_state(rows, items, asked.state, on=on)


def _within(age: str, *, on: date) -> Q:
    first, last = days_of_bucket(age, on=on)
    return (Q(due_on__gte=first) if first else Q()) & (Q(due_on__lte=last) if last else Q())


def _in_state(rows: QuerySet[Invoice], items: QuerySet[Item], state: str, *, on: date) -> QuerySet[Invoice]:
    if state == "open":
        return rows.filter(Exists(items.filter(open_amount__gt=0)))
    if state == "overdue":
        return rows.filter(Exists(items.filter(open_amount__gt=0, due_on__lt=on)))
    if state == "disputed":
        return rows.filter(Exists(Dispute.objects.filter(item__invoice=OuterRef("pk"), resolved_on=None)))
    if state == "settled":
        return rows.filter(Exists(items)).exclude(Exists(items.filter(open_amount__gt=0)))
    return rows


def lines(invoices: Sequence[Invoice], *, on: date) -> list[Line]:
    """Rows for these invoices. Two queries."""
    ids = [invoice.pk for invoice in invoices]
    items = Item.objects.filter(invoice__in=ids).order_by().values_list("invoice")
    owed = items.annotate(owed=Sum("open_amount"), since=Min("due_on", filter=Q(open_amount__gt=0)), first=Min("due_on"))
    known = {pk: figures for pk, *figures in owed}
    disputed = set(Dispute.objects.filter(item__invoice__in=ids, resolved_on=None).values_list("item__invoice", flat=True))
    return [_line(invoice, known.get(invoice.pk, NO_ITEMS), invoice.pk in disputed, on=on) for invoice in invoices]


def _line(invoice: Invoice, owed: Sequence[Any], is_disputed: bool, *, on: date) -> Line:
    amount, since, due_on = owed
    days = max((on - since).days, 0) if since else 0
    return Line(invoice, amount, since or due_on, days, is_disputed, invoice.kind not in NO_CLAIMS)


def invoice_page(invoice: Invoice, *, on: date) -> InvoicePage:
    """Everything of an invoice as it stands that day. A fixed number of queries."""
    items = list(invoice.items.select_related("invoice").order_by("position"))
    ids = [item.pk for item in items]
    of_paper = Q(item__in=ids) | Q(credit_note=invoice)
    entries = AllocationEntry.objects.filter(of_paper).select_related(
        "item", "payment", "credit_note", "write_off__by", "allowance__by", "exchange__payment", "reversal"
    )
    found = list(entries.order_by("on", "pk"))
    taken = StepTaken.objects.filter(case__item__in=ids).values("notice")
    disputes = Dispute.objects.filter(item__in=ids).select_related("item", "opened_by", "resolved_by", "owner")
    stated = Message.objects.filter(Q(notice__in=taken) | Q(notice__main__in=taken)).select_related("notice").order_by("-pk")
    return InvoicePage(
        invoice=invoice,
        amounts=_amounts(invoice, items, [entry for entry in found if entry.item_id in set(ids)]),
        items=item_lines(invoice.customer, items, on=on),
        entries=found,
        disputes=list(disputes.order_by("-opened_on", "-pk")),
        awaited=list(AwaitedCredit.objects.filter(item__in=ids).select_related("item", "author").order_by("-pk")),
        complaints=list(Complaint.objects.filter(invoice=invoice).select_related("owner", "invoice").order_by("-received_on", "-pk")),
        messages=list(stated[:50]),
        is_claim=invoice.kind not in NO_CLAIMS and invoice.state == InvoiceState.ISSUED,
        claims=posted_claims(invoice.customer, invoice),
        offers=offers_of(invoice) if invoice.kind not in NO_CLAIMS else (),
        left=left_of(invoice) if invoice.kind == DocumentKind.CREDIT_NOTE and invoice.state == InvoiceState.ISSUED else Decimal(0),
    )


def open_on(invoice: Invoice) -> Decimal:
    """What is owed on an invoice now, all instalments together."""
    return sum(invoice.items.values_list("open_amount", flat=True), Decimal(0))


def _amounts(invoice: Invoice, items: list[Item], entries: list[AllocationEntry]) -> Amounts:
    settled: dict[str, Decimal] = {}
    for entry in entries:
        settled[entry.source] = settled.get(entry.source, Decimal(0)) + (-entry.amount if entry.is_reversal else entry.amount)
    return Amounts(
        gross=invoice.gross,
        paid=settled.get("payment", Decimal(0)) + settled.get("exchange", Decimal(0)),
        credited=settled.get("credit", Decimal(0)),
        written_off=settled.get("write_off", Decimal(0)),
        withdrawn=settled.get("withdrawal", Decimal(0)),
        sold=settled.get("sale", Decimal(0)),
        borne=settled.get("allowance", Decimal(0)),
        open=sum((item.open_amount for item in items), Decimal(0)),
    )
