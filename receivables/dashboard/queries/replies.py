"""Replies as staff see them: the list, one of them with what can be done about it, and the tray of unknown senders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.http import QueryDict

from dunning.models import Reply
from dunning.prefill import amount_in
from dunning.sorting import ADMITS
from dunning.states import ReplyKind
from invoices.models import Customer, Invoice, Item, Payment
from receivables.accounts.models import Creditor, User
from receivables.accounts.permissions import lacking
from receivables.dashboard.paging import Order, Page, page_of
from receivables.dashboard.queries import lookups  # noqa: F401 - registers `holds`
from receivables.dashboard.queries.payments import Asked as AskedPayments
from receivables.dashboard.queries.payments import Line, lines
from receivables.dashboard.queries.payments import matching as payments_matching

NEWEST = Order("pk", descending=True)
MOST_INVOICES = 5
MOST_PAYMENTS = 5
LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filter bar asks for."""

    q: str = ""
    kind: str = ""
    state: str = ""  # open (or nothing), tray, done, all
    customer: int | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Replies that nobody has dealt with, and since when the oldest waits; of strangers only the number."""

    count: int
    oldest_on: date | None
    strangers: int


@dataclass(frozen=True, slots=True)
class ReplyPage:
    reply: Reply
    invoices: Sequence[Invoice]  # that it may be about
    payments: Sequence[Line]  # with money left, that may be the one meant
    may_admit: bool


def visible(rows: QuerySet[Reply], user: User, company: Creditor) -> QuerySet[Reply]:
    """Those of the company, and those that may be about any company for whoever works at all of them."""
    own = Q(creditor=company, creditor__in=Creditor.objects.visible_to(user))
    return rows.filter(own if lacking(user, "hold") else own | Q(creditor=None))


def replies_page(rows: QuerySet[Reply], asked: Asked, query: QueryDict) -> Page[Reply]:
    """A page of replies, newest first."""
    return page_of(matching(rows, asked).select_related("customer", "mail").defer("mail__raw", "mail__quoted"), NEWEST, query)


def matching(rows: QuerySet[Reply], asked: Asked) -> QuerySet[Reply]:
    """The replies that the filters and the words searched leave; open ones of customers where nothing else is asked."""
    if asked.q:
        words = Q(mail__sender__holds=asked.q) | Q(mail__sender_name__holds=asked.q) | Q(mail__subject__holds=asked.q)
        rows = rows.filter(words | Q(customer__name__holds=asked.q))
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.customer is not None:
        rows = rows.filter(customer=asked.customer)
    if asked.state == "tray":
        return rows.filter(customer=None, handled_at=None)
    if asked.state == "done":
        return rows.exclude(handled_at=None)
    return rows if asked.state == "all" else rows.filter(handled_at=None).exclude(customer=None)


def unread(company: Creditor, user: User) -> Unread:
    """What waits to be read. One query, and one for the person's companies."""
    waiting = visible(Reply.objects.waiting(), user, company)
    found = waiting.aggregate(
        count=Count("pk", filter=~Q(customer=None)),
        oldest=Min("received_on", filter=~Q(customer=None)),
        strangers=Count("pk", filter=Q(customer=None)),
    )
    return Unread(found["count"], found["oldest"], found["strangers"])


def of_customer(customer: Customer) -> list[Reply]:
    """The newest of a customer, open ones first. One query."""
    rows = Reply.objects.filter(customer=customer).select_related("mail").defer("mail__raw", "mail__quoted", "mail__text")
    return sorted(rows.order_by("-pk")[:6], key=lambda reply: reply.handled_at is not None)


def reply_page(reply: Reply) -> ReplyPage:
    """One reply with what can be done about it; for a stranger's nothing of any customer is read."""
    if reply.customer is None:
        return ReplyPage(reply, [], [], may_admit=False)
    return ReplyPage(reply, _invoices(reply), _payments(reply), may_admit=reply.kind in ADMITS)


def _invoices(reply: Reply) -> list[Invoice]:
    """Those of the message that it answers, else what the customer owes, the oldest first."""
    held = Invoice.objects.filter(items__case__in=reply.cases.all())
    owed = Invoice.objects.filter(pk__in=Item.objects.open().filter(customer=reply.customer).values("invoice"))
    found = list(held.distinct().order_by("issued_on", "pk")[:MOST_INVOICES])
    return found or list(owed.order_by("issued_on", "pk")[:MOST_INVOICES])


def _payments(reply: Reply) -> list[Line]:
    """Money with something left: the customer's own, or of the same amount or name lately; only where they say that they paid."""
    if reply.kind != ReplyKind.PAID or reply.customer is None:
        return []
    left = payments_matching(
        Payment.objects.filter(creditor=reply.customer.creditor_id),
        AskedPayments(unallocated=True),
        Customer.objects.filter(creditor=reply.customer.creditor_id),
    )
    theirs = Q(customer=reply.customer) | Q(payer_name__iexact=reply.customer.name)
    if figure := amount_in(reply.mail.text):
        theirs |= Q(amount=figure[0], currency=figure[1], booked_on__gte=reply.received_on - LATELY)
    return lines(list(left.filter(theirs).order_by("-booked_on", "-pk")[:MOST_PAYMENTS]))
