"""Papers that go out beside the ladder by themselves: to whom, and whether what they state is still so when they leave."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from dunning.campaigns import LeftOut
from dunning.models import BalanceRequest, Case, CourtItem, Placement, StatementSent, Written
from dunning.paper_books import balance_on, closing_on
from dunning.policy import Channel
from dunning.recipients import Recipient, recipients_of, stops_of
from dunning.states import WrittenKind
from invoices.models import Customer
from receivables.core.money import round_to_unit
from receivables.messaging.models import Message
from receivables.messaging.states import NEVER_LEFT, MessageState

ANSWERED = "the balance was answered"
CLOSED = "the campaign was closed"
CHANGED = "an amount it states has changed"
PURSUED = "a debt is with an agency or in court"
SUPERSEDED = "another paper was sent instead"
TOO_LATE = "the day to answer by has passed"
TRY_AGAIN_AFTER = timedelta(hours=12)
VOID = Q(written__message__state__in=NEVER_LEFT, written__message__handed_at=None)
"""The paper of a row did not leave and never will: the guard stopped it, or it waited too long. It is judged and made anew."""


LOST = frozenset({MessageState.HARD_BOUNCED, MessageState.FAILED, MessageState.ABANDONED, *NEVER_LEFT})
"""What is in one of these has not arrived, and will not."""
_READ = Q(balance_request__isnull=False) | Q(balance_reminder__isnull=False) | Q(statement_sent__isnull=False)


def is_void(row: Written | None) -> bool:
    """The same of one message."""
    return row is not None and row.message.state in NEVER_LEFT and row.message.handed_at is None


def to_try_again(now: datetime) -> Q:
    """Rows whose paper is void, and was made long enough ago: what is refused for ever must not make a paper every five minutes."""
    return VOID & Q(written__written_at__lte=now - TRY_AGAIN_AFTER)


def reminder_to_try_again(now: datetime) -> Q:
    """The same of reminders; but not where a person undid it or recorded a stop, which take its token away."""
    undone = Q(reminder__message__state=MessageState.WITHDRAWN, reminder__message__token=None)
    void = Q(reminder__message__state__in=NEVER_LEFT, reminder__message__handed_at=None) & ~undone
    return void & Q(reminder__written_at__lte=now - TRY_AGAIN_AFTER)


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
    """Where somebody else speaks with a customer of its debts, or is about to, no statement goes out by itself."""
    if CourtItem.objects.filter(is_standing=True, item__customer=customer).exists():
        return LeftOut.IN_COURT
    leaves = Case.objects.filter(customer=customer, in_flight__notice__channel=Channel.AGENCY)  # the ladder's, before it has arrived
    is_away = Placement.objects.decided().filter(customer=customer).exists() or leaves.exists()
    return LeftOut.AT_AGENCY if is_away else ""


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


def follow_copies(messages: Collection[int]) -> None:
    """Where a paper has not arrived after all and a copy of it went out meanwhile, the copy is read from now on.

    `messages` are those of papers, or of their copies. Call it with the customers locked; safe to run twice.
    """
    copies = Written.objects.filter(kind=WrittenKind.COPY)
    originals = set(messages) | set(copies.filter(message__in=messages).values_list("original", flat=True))
    mine = Q(message__in=originals) | Q(kind=WrittenKind.COPY, original__in=originals)
    lost = Written.objects.filter(mine, message__state__in=LOST).filter(_READ).select_related("paper", "message")
    for before in lost.order_by("pk"):
        of = before.original_id if before.kind == WrittenKind.COPY else before.message_id
        if (copy := copies.filter(original=of).exclude(message__state__in=LOST).order_by("-pk").first()) is None:
            continue
        copy.paper = before.paper
        copy.save(update_fields=["paper"])
        follow_again(before, copy)


def leave_out_undone(message: Message) -> None:
    """A person undid the sending of a paper, so it is not made anew by itself either."""
    BalanceRequest.objects.filter(written__message=message, answer="", reminder=None).update(written=None, left_out=LeftOut.TAKEN_OUT)
    StatementSent.objects.filter(written__message=message).update(written=None, left_out=LeftOut.TAKEN_OUT)


def _text(amount: Decimal, says: dict[str, Any]) -> str:
    return str(round_to_unit(amount, says["currency"]))
