"""Papers that go out beside the ladder by themselves: to whom, and whether what they state is still so when they leave."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from dunning.campaigns import LeftOut
from dunning.models import BalanceRequest, CourtItem, Placement, StatementSent, Written
from dunning.paper_books import balance_on, closing_on
from dunning.policy import Channel
from dunning.recipients import Recipient, recipients_of, stops_of
from invoices.models import Customer
from receivables.core.money import round_to_unit
from receivables.messaging.models import Message
from receivables.messaging.states import NEVER_LEFT

ANSWERED = "the balance was answered"
CLOSED = "the campaign was closed"
CHANGED = "an amount it states has changed"
PURSUED = "a debt is with an agency or in court"
SUPERSEDED = "another paper was sent instead"
TOO_LATE = "the day to answer by has passed"
TRY_AGAIN_AFTER = timedelta(hours=12)
VOID = Q(written__message__state__in=NEVER_LEFT, written__message__handed_at=None)
"""The paper of a row did not leave and never will: the guard stopped it, or it waited too long. It is judged and made anew."""


def is_void(row: Written | None) -> bool:
    """The same of one message."""
    return row is not None and row.message.state in NEVER_LEFT and row.message.handed_at is None


def to_try_again(now: datetime) -> Q:
    """Rows whose paper is void, and was made long enough ago: what is refused for ever must not make a paper every five minutes."""
    return VOID & Q(written__written_at__lte=now - TRY_AGAIN_AFTER)


def is_paper(row: Written) -> bool:
    """Whether its message brings a statement or a balance confirmation, for the first time or again."""
    return bool(row.message.facts.get("is_paper"))


def paper_way(customer: Customer, channel: Channel) -> Recipient | None:
    """To whom papers go by that channel now; nobody while the customer waits to be released or a stop fact stops all."""
    stops = stops_of([customer])
    if customer.waits_for_release or any(fact.stops_all for fact in stops.get(customer.pk, ())):
        return None
    return recipients_of([customer], stops)[customer.pk].get(channel)


def stale_paper(row: Written, customer: Customer, *, on: date) -> str:
    """What it states or asks that is not so any more, in words; empty when all still holds."""
    if row.paper is None:
        return ""
    says = row.paper.facts
    if row.paper.kind == "statement":
        if why_no_statement(customer):
            return PURSUED
        closing = closing_on(customer, says["currency"], on=date.fromisoformat(says["to_on"]))
        return "" if _text(closing, says) == says["closing"] else CHANGED
    if reason := _asked_no_more(row, on=on):
        return reason
    balance = balance_on(customer, says["currency"], on=date.fromisoformat(says["as_of_on"]))
    return "" if (_text(abs(balance), says), balance >= 0) == (says["balance"], says["is_ours"]) else CHANGED


def _asked_no_more(row: Written, *, on: date) -> str:
    requests = BalanceRequest.objects.select_related("campaign")
    asked = requests.filter(written__paper=row.paper).first()
    if asked is None:
        says = row.paper.facts if row.paper else {}
        same = {"customer": row.customer_id, "currency": says["currency"], "campaign__as_of_on": says["as_of_on"]}
        return SUPERSEDED if requests.filter(**same, written__isnull=False).exists() else ""
    if asked.answer:
        return ANSWERED
    if not asked.campaign.is_open:
        return CLOSED
    return TOO_LATE if on > asked.campaign.deadline_on else ""


def why_no_statement(customer: Customer) -> str:
    """Where somebody else speaks with a customer of its debts, no statement goes out by itself."""
    if CourtItem.objects.filter(is_standing=True, item__customer=customer).exists():
        return LeftOut.IN_COURT
    return LeftOut.AT_AGENCY if Placement.objects.at_agency().filter(customer=customer).exists() else ""


def follow_again(before: Written, row: Written) -> None:
    """A paper that did not arrive is sent again by a person: what came of it is read from the new message from now on."""
    if before.paper is None:
        return
    says = before.paper.facts
    for name in ("written", "reminder"):
        BalanceRequest.objects.filter(**{name: before}).update(**{name: row})
    StatementSent.objects.filter(written=before).update(written=row)
    undone = {"customer": row.customer_id, "currency": says.get("currency"), "left_out": LeftOut.TAKEN_OUT}
    if before.paper.kind == "balance_confirmation":
        BalanceRequest.objects.filter(**undone, campaign__as_of_on=says["as_of_on"]).update(written=row, left_out="")
    if before.paper.kind == "statement":
        StatementSent.objects.filter(**undone, to_on=says["to_on"]).update(written=row, left_out="")


def leave_out_undone(message: Message) -> None:
    """A person undid the sending of a paper, so it is not made anew by itself either."""
    BalanceRequest.objects.filter(written__message=message, answer="", reminder=None).update(written=None, left_out=LeftOut.TAKEN_OUT)
    StatementSent.objects.filter(written__message=message).update(written=None, left_out=LeftOut.TAKEN_OUT)


def _text(amount: Decimal, says: dict[str, Any]) -> str:
    return str(round_to_unit(amount, says["currency"]))
