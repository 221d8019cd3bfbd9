"""Papers that go out beside the ladder by themselves: to whom, and whether what they state is still so when they leave."""

from datetime import date
from decimal import Decimal
from typing import Any

from dunning.models import BalanceRequest, Written
from dunning.paper_books import balance_on, closing_on
from dunning.policy import Channel
from dunning.recipients import Recipient, recipients_of, stops_of
from invoices.models import Customer
from receivables.core.money import round_to_unit

ANSWERED = "the balance was answered"
CLOSED = "the campaign was closed"
CHANGED = "an amount it states has changed"


def is_paper(row: Written) -> bool:
    """Whether its message brings a statement or a balance confirmation, for the first time or again."""
    return bool(row.message.facts.get("is_paper"))


def paper_way(customer: Customer, channel: Channel) -> Recipient | None:
    """To whom papers go by that channel now; nobody while the customer waits to be released or a stop fact stops all."""
    stops = stops_of([customer])
    if customer.waits_for_release or any(fact.stops_all for fact in stops.get(customer.pk, ())):
        return None
    return recipients_of([customer], stops)[customer.pk].get(channel)


def stale_paper(row: Written, customer: Customer) -> str:
    """What it states or asks that is not so any more, in words; empty when all still holds."""
    if row.paper is None:
        return ""
    says = row.paper.facts
    if row.paper.kind == "statement":
        closing = closing_on(customer, says["currency"], on=date.fromisoformat(says["to_on"]))
        return "" if _text(closing, says) == says["closing"] else CHANGED
    if asked := BalanceRequest.objects.filter(written__paper=row.paper).select_related("campaign").first():
        if asked.answer:
            return ANSWERED
        if not asked.campaign.is_open:
            return CLOSED
    balance = balance_on(customer, says["currency"], on=date.fromisoformat(says["as_of_on"]))
    return "" if (_text(abs(balance), says), balance >= 0) == (says["balance"], says["is_ours"]) else CHANGED


def _text(amount: Decimal, says: dict[str, Any]) -> str:
    return str(round_to_unit(amount, says["currency"]))
