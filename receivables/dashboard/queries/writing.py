"""What people wrote and can still undo, what became of a message by their hand, and what nobody knows of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import QueryDict

from dunning.actions.unknown import may_go_again_at
from dunning.actions.written import COPIED_BY, COPY_ONCE_IN, LEFT, NEVER_ARRIVED
from dunning.models import Written
from dunning.states import WrittenKind
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.audit.actions import subject_of
from receivables.audit.models import Entry
from receivables.dashboard.paging import Order, Page, mapped, page_of
from receivables.messaging.models import Attempt, Message
from receivables.messaging.states import MessageState

SHOWN = 10
BY_PEOPLE = ("message_written", "message_sent_again", "message_undone", "unknown_decided")
STILL_HERE = (MessageState.PLANNED, MessageState.CLAIMED)


@dataclass(frozen=True, slots=True)
class ByHand:
    """What people did with one message."""

    written: Written | None
    customer: Customer | None
    copies: list[Written]
    entries: list[Entry]
    is_planned: bool
    may_go_again: bool
    is_given_back: bool  # its step is the ladder's to repeat


def by_hand(message: Message, customer: Customer | None) -> ByHand:
    """Who wrote, undid, sent again or decided, and why. Three queries."""
    written = Written.objects.filter(message=message).select_related("customer", "original", "author").first()
    entries = Entry.objects.filter(subject=subject_of(message), verb__in=BY_PEOPLE).select_related("actor").order_by("-sequence")
    copies = Written.objects.filter(original=message).select_related("message", "author").order_by("-number")
    mine = customer or (written.customer if written else None)
    sendable = mine is not None and message.channel in COPIED_BY
    return ByHand(
        written=written,
        customer=mine,
        copies=list(copies),
        entries=list(entries),
        is_planned=mine is not None and message.state in STILL_HERE,
        may_go_again=sendable and (message.state in LEFT or (written is not None and message.state in NEVER_ARRIVED)),
        is_given_back=mine is not None
        and written is None
        and message.state in NEVER_ARRIVED
        and message.purpose == Message.Purpose.DUNNING,
    )


def still_here(creditor: Creditor) -> list[Written]:
    """What people wrote that has not left yet, the next to leave first. One query."""
    rows = Written.objects.filter(creditor=creditor, message__state__in=STILL_HERE).exclude(kind=WrittenKind.PAPER)
    rows = rows.select_related("message", "customer", "author")
    return list(rows.defer("message__facts", "message__text", "message__html").order_by("message__not_before", "pk")[:SHOWN])


def went_lately(original: Message, *, now: datetime) -> bool:
    """Whether it was sent again within a day."""
    return Written.objects.filter(original=original, written_at__gt=now - COPY_ONCE_IN).exists()


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """A message of which nobody knows, with the try after which that was so and the moment from which it may go again."""

    message: Message
    customer: Customer | None
    attempt: Attempt | None
    again_at: datetime


def unknown_messages(rows: QuerySet[Message]) -> QuerySet[Message]:
    """Those of which nobody knows, with whom they are for."""
    found = rows.filter(state=MessageState.UNKNOWN).select_related("notice__customer", "courtesy__customer", "written__customer")
    return found.defer("facts", "text", "html")


def unknown_page(rows: QuerySet[Message], channel: str, query: QueryDict, *, now: datetime) -> Page[UnknownLine]:
    """A page of them, the oldest first. Three queries at most."""
    found = unknown_messages(rows)
    page = page_of(found.filter(channel=channel) if channel else found, Order("pk"), query)
    return mapped(page, unknown_lines(page.rows, now=now))


def unknown_lines(messages: Sequence[Message], *, now: datetime) -> list[UnknownLine]:
    """These messages with their last try. One query."""
    tries = Attempt.objects.filter(message__in=messages).order_by("number")
    last = {one.message_id: one for one in tries}
    return [UnknownLine(one, whose(one), last.get(one.pk), may_go_again_at(one, now=now)) for one in messages]


def whose(message: Message) -> Customer | None:
    """Whom a message is for, read with it."""
    for name in ("notice", "courtesy", "written"):
        if row := getattr(message, name, None):
            customer: Customer = row.customer
            return customer
    return None


def of_customer(pk: int) -> Q:
    """Messages for a customer, whatever they are about."""
    return Q(notice__customer=pk) | Q(courtesy__customer=pk) | Q(written__customer=pk)
