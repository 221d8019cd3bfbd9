"""Replies: an unread one holds the ladder, opens a task and takes back what is queued; a person deals with it, and the ladder goes on."""

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from dunning.actions.cases import wake
from dunning.actions.holds import locked
from dunning.actions.stops import QUEUED, withdraw_queued
from dunning.actions.tasks import open_task, open_tasks, settle_tasks
from dunning.facts import rules_of
from dunning.models import Case, Notice, Reply, StepTaken, Written
from dunning.sorting import sort_reply
from dunning.states import CaseState, ReplyKind, TaskKind
from invoices.models import Contact, Customer
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.calendar import Calendar, working_day_after
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.inbound.body import without_signature
from receivables.messaging.models import InboundMail, Message, Suppression
from receivables.messaging.outbox import withdraw
from receivables.messaging.suppression import suppress_address

PAID_HOLDS_DAYS = 3
"""Working days in which money that was sent must have come; then the ladder goes on, and the reply still waits for a person."""
STOPPED_BY_SMS = "Its reader stopped text messages by a text message."
_QUEUED_FOR = "An unread reply from the customer waits."


def record_reply(mail: InboundMail, *, creditor: Creditor | None, customer: Customer | None, by: Reply.MatchedBy, now: datetime) -> Reply:
    """File a mail as a reply; call it in a transaction. One to a customer holds what it answers, all of theirs where that is not known.

    An automatic answer is filed and holds nothing. One to nobody waits in the tray.
    """
    sorted_ = sort_reply(mail.subject, without_signature(mail.text), automatic=mail.automatic)
    row = Reply(
        creditor=creditor,
        mail=mail,
        message=mail.message,
        received_at=mail.received_at,
        received_on=_day(mail.received_at, creditor),
        matched_by=Reply.MatchedBy.NONE,
        sorted_as=sorted_.kind,
        words=[word[:200] for word in sorted_.words],
        kind=sorted_.kind,
    )
    if customer is None:
        row.save()
        record(creditor, "reply_came", row, kind=row.kind)
        return row
    holder = locked(customer.pk)
    _give(row, holder, by=by)
    row.save()
    row.cases.set(_cases_answered(row, holder))
    _take_effect(row, holder, now=now)
    record(holder.creditor, "reply_came", row, customer=holder.pk, kind=row.kind, holds=row.holds, until=row.holds_until)
    return row


@transaction.atomic
def correct_reply(reply: Reply, *, kind: ReplyKind, now: datetime, by: User) -> Reply:
    """A person sorts it otherwise than the rules; its hold follows. Raises `Refused` for one that is dealt with, unless by a machine."""
    customer = locked(reply.customer_id) if reply.customer_id else None
    fresh = _fresh(reply)
    if fresh.handled_at is not None and fresh.handled_how != Reply.How.AUTOMATIC:
        raise Refused(gettext_noop("This reply is dealt with already."))
    if kind == fresh.kind:
        raise Refused(gettext_noop("It is sorted so already."))
    was, fresh.kind, fresh.corrected_at, fresh.corrected_by = fresh.kind, kind, now, by
    fresh.handled_at, fresh.handled_by, fresh.handled_how = None, None, ""
    if was == ReplyKind.WRONG_PERSON and customer is not None:
        _let_again(fresh, customer)
    _set_hold(fresh)
    if kind == ReplyKind.AUTOMATIC and customer is not None:
        fresh.handled_at, fresh.handled_by, fresh.handled_how = now, by, Reply.How.AUTOMATIC
        settle_tasks(customer, about_reply(fresh), on=_day(now, customer.creditor), result=str(Reply.How.AUTOMATIC), by=by)
    fresh.save()
    if customer is not None:
        _take_effect(fresh, customer, now=now)
        _wake(customer, now=now)
    record(fresh.creditor, "reply_corrected", fresh, by=by, customer=fresh.customer_id, was=was, kind=str(kind))
    return fresh


@transaction.atomic
def handle_reply(reply: Reply, *, how: Reply.How, now: datetime, note: str = "", by: User | None = None) -> Reply:
    """A person has dealt with it: its hold and its task end. Raises `Refused` where somebody was quicker."""
    customer = locked(reply.customer_id) if reply.customer_id else None
    fresh = _fresh(reply)
    if fresh.handled_at is not None:
        raise Refused(gettext_noop("This reply is dealt with already."))
    if customer is None and how != Reply.How.DISCARDED:
        raise Refused(gettext_noop("Nobody knows yet whom this is about. Assign it to a customer, or discard it."))
    if how in (Reply.How.DISCARDED, Reply.How.ANSWERED) and not note.strip():
        raise Refused(gettext_noop("Say in a few words what was done about it."))
    fresh.handled_at, fresh.handled_by, fresh.handled_how, fresh.note = now, by, how, note.strip()[:500]
    fresh.save(update_fields=["handled_at", "handled_by", "handled_how", "note"])
    if customer is not None:
        settle_tasks(customer, about_reply(fresh), on=_day(now, customer.creditor), result=str(how), by=by)
        _wake(customer, now=now)
    record(fresh.creditor, "reply_handled", fresh, by=by, customer=fresh.customer_id, how=str(how))
    return fresh


@transaction.atomic
def assign_reply(reply: Reply, customer: Customer, *, now: datetime, by: User) -> Reply:
    """Somebody knows whom a reply in the tray is about: it takes effect as if that had been clear at once."""
    holder = locked(customer.pk)
    fresh = _fresh(reply)
    if fresh.customer_id is not None or fresh.handled_at is not None:
        raise Refused(gettext_noop("This reply is dealt with already."))
    if fresh.creditor_id not in (None, holder.creditor_id):
        raise Refused(gettext_noop("This reply came to another company."))
    _give(fresh, holder, by=Reply.MatchedBy.PERSON)
    fresh.save()
    _take_effect(fresh, holder, now=now)
    record(holder.creditor, "reply_assigned", fresh, by=by, customer=holder.pk, kind=fresh.kind)
    return fresh


def stop_number(number: str, *, customer: Customer | None, now: datetime) -> None:
    """No text message goes to that number any more, from whatever company has texted it or has it with a contact; call it in the
    transaction that files the reply. Their customers' other ways are used, and a task asks whom it is known of for another.
    """
    if not number:
        return
    texted = set(Message.objects.filter(channel="sms", recipient=number, attempts__gt=0).values_list("creditor", flat=True))
    known = set(Contact.objects.filter(phone=number).values_list("customer__creditor", flat=True))
    for creditor in sorted(texted | known):
        suppress_address(creditor, [("sms", number)], reason=STOPPED_BY_SMS, now=now)
    if customer is not None:
        open_tasks([customer], TaskKind.BAD_CONTACT, on=_day(now, customer.creditor))
        record(customer.creditor, "number_stopped", customer, reason=STOPPED_BY_SMS)


def about_reply(reply: Reply) -> str:
    """How its task names it."""
    return f"reply:{reply.pk}"


def _fresh(reply: Reply) -> Reply:
    return Reply.objects.select_for_update(of=("self",)).select_related("creditor", "mail", "message").get(pk=reply.pk)


def _give(reply: Reply, customer: Customer, *, by: Reply.MatchedBy) -> None:
    reply.creditor, reply.customer, reply.matched_by = customer.creditor, customer, by
    _set_hold(reply)
    if reply.kind == ReplyKind.AUTOMATIC:
        reply.handled_at, reply.handled_how = reply.received_at, Reply.How.AUTOMATIC


def _set_hold(reply: Reply) -> None:
    """An automatic answer holds nothing, "paid" for some working days, all else until a person has dealt with it."""
    reply.holds = reply.customer_id is not None and reply.kind != ReplyKind.AUTOMATIC
    reply.holds_until = None
    if reply.holds and reply.kind == ReplyKind.PAID and reply.creditor is not None:
        reply.holds_until = held_while_money_comes(rules_of(reply.creditor).calendar, reply.received_on)


def held_while_money_comes(calendar: Calendar, received_on: date) -> date:
    """The last day on which "we have paid" holds."""
    return working_day_after(calendar, received_on, PAID_HOLDS_DAYS)


def _cases_answered(reply: Reply, customer: Customer) -> Collection[Case]:
    """The running cases of the message that it answers, or of the original of that copy; none, which holds all of the customer, where
    it answers none of them."""
    if reply.message_id is None:
        return []
    copied = Written.objects.filter(message=reply.message_id).exclude(original=None).values("original")
    notice = Notice.objects.filter(Q(message=reply.message_id) | Q(message__in=copied), customer=customer).first()
    lines = StepTaken.objects.filter(notice=(notice.main_id or notice.pk) if notice else None)
    return list(Case.objects.filter(pk__in=lines.values("case"), customer=customer).exclude(state=CaseState.CLOSED))


def _take_effect(reply: Reply, customer: Customer, *, now: datetime) -> None:
    """What an unread reply brings about, under the lock of its customer."""
    if reply.handled_at is not None:
        return
    on = _day(now, customer.creditor)
    if reply.kind == ReplyKind.WRONG_PERSON:
        _stop_channel(reply, customer, on=on, now=now)
    if reply.holds:
        _withdraw(reply, customer, now=now)
        wake([customer.pk], on=on)
    open_task(customer, TaskKind.REPLY, on=on, about=about_reply(reply))


def _withdraw(reply: Reply, customer: Customer, *, now: datetime) -> None:
    cases = list(reply.cases.values_list("pk", flat=True))
    if not cases:
        withdraw_queued([customer.pk], reason=_QUEUED_FOR, now=now)
        return
    notices = StepTaken.objects.filter(case__in=cases).values("notice")
    queued = _queued(customer).filter(Q(notice__in=notices) | Q(notice__main__in=notices))
    withdraw(list(queued.values_list("pk", flat=True)), reason=_QUEUED_FOR, now=now)


def _queued(customer: Customer) -> QuerySet[Message]:
    return Message.objects.filter(notice__customer=customer, state__in=QUEUED)


def _stop_channel(reply: Reply, customer: Customer, *, on: date, now: datetime) -> None:
    """The address is somebody else's: nothing goes there any more, and a person finds another (RELIABILITY.md, T6)."""
    if address := _address_meant(reply, customer):
        suppress_address(customer.creditor_id, [(reply.mail.channel, address)], reason=_reason(reply), now=now)
    open_tasks([customer], TaskKind.BAD_CONTACT, on=on)


def _address_meant(reply: Reply, customer: Customer) -> str:
    """To which our message went, else the sender's, where that is one of the customer's contacts."""
    channel, sender = reply.mail.channel, reply.mail.sender
    if reply.message is not None and reply.message.channel == channel:
        return reply.message.recipient
    contacts = Contact.objects.filter(customer=customer)
    theirs = contacts.filter(phone=sender) if channel == "sms" else contacts.filter(email__iexact=sender)
    contact = theirs.first() if sender else None
    return (contact.phone if channel == "sms" else contact.email) if contact else ""


def _let_again(reply: Reply, customer: Customer) -> None:
    Suppression.objects.filter(creditor=customer.creditor, reason=_reason(reply)).delete()


def _reason(reply: Reply) -> str:
    return f"Whoever reads it is the wrong person, says reply {reply.pk}."


def _wake(customer: Customer, *, now: datetime) -> None:
    wake([customer.pk], on=_day(now, customer.creditor))


def _day(moment: datetime, creditor: Creditor | None) -> date:
    return moment.astimezone(ZoneInfo(creditor.time_zone if creditor else settings.TIME_ZONE)).date()
