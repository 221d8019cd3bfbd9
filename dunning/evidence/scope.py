"""What a pack is about: some invoices of one customer, their items, and the messages that named them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from dunning.models import Notice, Reply, StepTaken
from invoices.models import Customer, Invoice, Item
from invoices.states import InvoiceState
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.models import Message
from receivables.messaging.states import ARRIVED, MessageState

MOST_INVOICES = 200
LEFT = ARRIVED | {MessageState.SOFT_BOUNCED, MessageState.HARD_BOUNCED}


@dataclass(frozen=True)
class Scope:
    """Invoices of one customer in one currency, by day."""

    customer: Customer
    invoices: Sequence[Invoice]
    items: Sequence[Item]

    @property
    def currency(self) -> str:
        """That of all the invoices."""
        return self.invoices[0].currency

    @cached_property
    def notices(self) -> list[Notice]:
        """Released ones that took a step for one of the items, with those that went along."""
        taken = StepTaken.objects.filter(case__item__in=self.items).values("notice")
        rows = Notice.objects.filter(Q(pk__in=taken) | Q(main__in=taken)).select_related("message__document")
        return list(rows.defer("message__document__content", "message__document__facts", "message__facts").order_by("on", "pk"))

    @cached_property
    def messages(self) -> list[Message]:
        """What was said of the items: messages of the notices."""
        return [notice.message for notice in self.notices if notice.message is not None]

    @cached_property
    def left(self) -> list[Message]:
        """Those of the messages that really went out, also where they came back later; in the order they went."""
        return [message for message in self.messages if not message.captured and message.state in LEFT]

    @cached_property
    def demanding(self) -> list[Message]:
        """Those that a debtor could read: a letter that came back was posted all the same, a mail that did reached nobody."""
        return [message for message in self.left if message.state != MessageState.HARD_BOUNCED or message.channel == "letter"]

    @cached_property
    def replies(self) -> list[Reply]:
        """What the customer wrote back to one of the messages, or of one of the items."""
        about = Q(message__in=self.messages) | Q(cases__item__in=self.items)
        mine: QuerySet[Reply] = Reply.objects.filter(about, customer=self.customer)
        return list(mine.select_related("mail").distinct().order_by("received_at", "pk"))


def scope_of(customer: Customer, invoices: Sequence[int]) -> Scope:
    """The scope of these invoices. Raises `Refused` for none, too many, several currencies, drafts or somebody else's."""
    rows = Invoice.objects.filter(pk__in=invoices, customer=customer).exclude(state=InvoiceState.DRAFT)
    found = list(rows.select_related("document").defer("document__content", "document__facts").order_by("issued_on", "pk"))
    if not found or len(found) != len(set(invoices)):
        raise Refused(gettext_noop("Choose invoices of this customer that were issued."))
    if len(found) > MOST_INVOICES:
        raise Refused(gettext_noop("At most %(n)d invoices fit into one pack. Make several."), n=MOST_INVOICES)
    if len({invoice.currency for invoice in found}) > 1:
        raise Refused(gettext_noop("A pack is in one currency. Choose invoices of one."))
    items = Item.objects.filter(invoice__in=found).select_related("invoice").order_by("due_on", "label")
    return Scope(customer, found, list(items))
