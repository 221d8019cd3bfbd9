"""Messages: what was said to whom, whether it was captured or sent, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import QueryDict

from dunning.actions.outcomes import ANSWERABLE
from dunning.actions.withdrawals import LEFT
from dunning.models import Courtesy, Notice, StepTaken, Withdrawal
from dunning.states import Waits
from receivables.dashboard.paging import Order, Page, page_of
from receivables.dashboard.queries import lookups  # noqa: F401 - registers `holds`
from receivables.dashboard.queries.writing import ByHand, by_hand, of_customer
from receivables.messaging.models import Attempt, DeliveryEvent, Enclosure, Message
from receivables.messaging.states import MessageState

NEWEST = Order("pk", descending=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filter bar asks for."""

    q: str = ""
    channel: str = ""
    state: str = ""
    captured: bool = False
    customer: int | None = None


@dataclass(frozen=True, slots=True)
class MessagePage:
    message: Message
    notice: Notice | None
    items: list[StepTaken]
    tries: list[Attempt]
    events: list[DeliveryEvent]
    hand: ByHand
    withdrawal: Withdrawal | None
    enclosed: list[Enclosure]  # what goes along besides its own paper

    @property
    def may_be_answered(self) -> bool:
        """Whether there is something to say about it: it left, or may have."""
        return self.notice is not None and self.notice.main_id is None and self.message.state in ANSWERABLE and not self.is_unknown

    @property
    def may_be_withdrawn(self) -> bool:
        """Whether a numbered letter left with it, by the ladder, and stands."""
        went = self.notice is not None and self.notice.main_id is None and self.message.state in LEFT
        return went and self.withdrawal is None and self.message.document is not None and bool(self.message.document.number)

    @property
    def is_unknown(self) -> bool:
        """Whether a person has to say if it left."""
        return self.message.state == MessageState.UNKNOWN

    @property
    def goes_at(self) -> datetime | None:
        """When it goes, where it is ready and waits for contact hours."""
        waits = (self.message.state, self.message.reason) == (MessageState.PLANNED, Waits.CLOSED_HOURS)
        return self.message.not_before if waits else None


def mailbox_page(rows: QuerySet[Message], asked: Asked, query: QueryDict) -> Page[Message]:
    """A page of messages, newest first; bodies and facts are not read. Two queries at most."""
    found = (
        matching(rows, asked)
        .select_related("notice__customer", "courtesy__customer", "written__customer", "document")
        .defer("text", "html", "facts", "document__content")
    )
    return page_of(found, NEWEST, query)


def matching(rows: QuerySet[Message], asked: Asked) -> QuerySet[Message]:
    """The messages that the filters and the words searched leave."""
    if asked.q:
        words = Q(recipient__holds=asked.q) | Q(recipient_name__holds=asked.q) | Q(subject__holds=asked.q)
        rows = rows.filter(words)
    if asked.channel:
        rows = rows.filter(channel=asked.channel)
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.captured:
        rows = rows.filter(captured=True)
    if asked.customer is not None:
        rows = rows.filter(of_customer(asked.customer))
    return rows


def message_page(message: Message) -> MessagePage:
    """One message with what it is about, what came of it and what people did with it. Ten queries at most."""
    notice = Notice.objects.filter(message=message).select_related("customer", "run", "main").first()
    answer = Courtesy.objects.filter(message=message).select_related("customer").first() if notice is None else None
    lines = StepTaken.objects.filter(notice=(notice.main_id or notice.pk) if notice else None)
    return MessagePage(
        message=message,
        notice=notice,
        items=list(lines.select_related("case__item__invoice", "case__rate").order_by("case__item__due_on", "pk")),
        tries=list(message.tries.order_by("number")),
        events=list(message.events.order_by("at", "pk")),
        withdrawal=Withdrawal.objects.select_related("apology").defer("apology__content").filter(document=message.document_id).first()
        if message.document_id
        else None,
        enclosed=list(message.enclosures.select_related("document").defer("document__content")),
        hand=by_hand(message, notice.customer if notice else answer.customer if answer else None),
    )
