"""People write to customers and send again what was lost: through the outbox, after a time in which it can be undone, audited."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from dunning.actions.papers import papers_by_hand
from dunning.actions.tasks import about_message, settle_tasks
from dunning.drafting import Letter, draft, leaves_at, way_to
from dunning.mailed_papers import follow_again, follow_copies
from dunning.models import Courtesy, Notice, Written
from dunning.policy import Channel
from dunning.states import WrittenKind
from dunning.written import Way, WrittenRenderer, no_longer_so, void_original
from invoices.actions.rows import standing
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.models import Document
from receivables.messaging.mode import hold_switch_shared
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan
from receivables.messaging.states import ARRIVED, MessageState

WORTH_SENDING = timedelta(days=3)  # whoever wrote it should hear when it could not leave
COPY_ONCE_IN = timedelta(hours=24)
LEFT = ARRIVED | {MessageState.SOFT_BOUNCED}
NEVER_ARRIVED = frozenset(
    {MessageState.FAILED, MessageState.HARD_BOUNCED, MessageState.WITHDRAWN, MessageState.EXPIRED, MessageState.ABANDONED}
)
COPIED_BY = {"email": Channel.EMAIL, "letter": Channel.EMAIL, "sms": Channel.SMS}
"""By which channel a message is sent again: of a letter the text and the very paper go by e-mail."""


@transaction.atomic
def write(customer: Customer, letter: Letter, *, form: UUID, now: datetime, by: User | None = None) -> Written:
    """Put what a person wrote into the outbox; it leaves when its time to undo is over. The same form again changes nothing.

    Raises `Refused` where the draft is refused, uses words that nobody may, or others without saying that their condition is met.
    """
    hold_switch_shared()  # before any other lock: what is planned under quarantine must not become real
    customer = _locked(customer)
    if sent := Written.objects.filter(form=form).select_related("message").first():
        return sent
    made = draft(customer, letter, now=now)
    if made.forbidden:
        raise Refused(gettext_noop("No message may say this: %(words)s. Put it another way."), words=", ".join(made.forbidden))
    if made.conditional and not letter.knows_words:
        raise Refused(
            gettext_noop("These words are lawful only where their condition is met: %(words)s. Say that it is, or leave them out."),
            words=", ".join(made.conditional),
        )
    if letter.paper is not None and not papers_of(customer).filter(pk=letter.paper.pk).exists():
        raise Refused(gettext_noop("This document is none of this customer's. Choose another one."))
    row = _put(
        customer, made.way, made.facts, form=form, kind=WrittenKind.COMPOSED, language=letter.language, leaves=made.goes_at,
        key=hashlib.sha256(f"written|{form}".encode()).hexdigest(), paper=letter.paper, now=now, by=by,
    )  # fmt: skip
    record(
        customer.creditor, "message_written", row.message, by=by, customer=customer.pk, channel=str(letter.channel),
        items=[line["item"] for line in made.facts["items"]], words=made.conditional,
    )  # fmt: skip
    return row


@transaction.atomic
def send_again(
    original: Message, *, address: str, reason: str, form: UUID, now: datetime, once_more: bool = False, by: User | None = None
) -> Written:
    """Send a message again: as a copy where it has left, anew where it never arrived. The same form again changes nothing.

    It is no step and leaves the ladder as it is. Raises `Refused` without a reason, where what it states is no longer so, where the
    ladder itself repeats it, or where a copy went there within a day and nobody said `once_more`.
    """
    hold_switch_shared()
    customer = _locked(customer_of(original))
    if sent := Written.objects.filter(form=form).select_related("message").first():
        return sent
    if not reason.strip():
        raise Refused(gettext_noop("Say why it is sent again."))
    original, kind = _again(original)
    way = way_to(customer, COPIED_BY[original.channel], address)
    if not once_more and _sent_lately(original, address, now=now):
        raise Refused(gettext_noop("It was sent again to this address within the last 24 hours. Say that it should go once more."))
    number = (Written.objects.filter(original=original).aggregate(last=Max("number"))["last"] or 0) + 1
    facts, template = _facts_again(original, customer, kind)
    before = Written.objects.filter(message=original).first()
    row = _put(
        customer, way, facts, form=form, kind=kind, language=original.language, template=template, now=now, by=by,
        key=hashlib.sha256(f"{original.key}|resend-{number}".encode()).hexdigest(), original=original, number=number,
        paper=before.paper if before and kind is WrittenKind.AGAIN else None, reason=reason.strip()[:200],
        leaves=leaves_at(customer, way.channel, now=now),
    )  # fmt: skip
    if before and kind is WrittenKind.AGAIN:
        follow_again(before, row)
    elif kind is WrittenKind.COPY:
        follow_copies([original.pk])
    if stale := no_longer_so(row, customer, now=now):
        raise Refused(gettext_noop("What it states is no longer so: %(what)s. Write a new message instead."), what=stale)
    settle_tasks(customer, about_message(original.pk), on=now.date(), result="sent again", by=by)
    record(
        customer.creditor, "message_sent_again", row.message, by=by, customer=customer.pk, original=original.pk, number=number,
        kind=str(kind), reason=row.reason,
    )  # fmt: skip
    return row


def why_not_again(original: Message, *, now: datetime) -> str:
    """The sentence that refuses to send it again; empty where a person may."""
    try:
        original, _kind = _again(original)
    except Refused as refusal:
        return str(refusal)
    return void_original(original, now=now)


def customer_of(message: Message) -> Customer:
    """Whom a message is for. Raises `Refused` for one that is for nobody's customer, such as a portal code."""
    for rows in (Notice.objects, Courtesy.objects, Written.objects):
        if found := rows.filter(message=message).select_related("customer__creditor").first():
            customer: Customer = found.customer
            return customer
    raise Refused(gettext_noop("This message belongs to no customer's case. It cannot be undone or sent again."))


def papers_of(customer: Customer) -> Any:
    """Documents that were made for the customer or came with its invoices, the newest first; their bytes are not read."""
    of_messages = Message.objects.filter(notice__customer=customer).values("document")
    rows = Document.objects.filter(creditor=customer.creditor_id, media_type="application/pdf")
    by_hand = papers_by_hand(customer).values("pk")
    mine = rows.filter(pk__in=of_messages) | rows.filter(pk__in=customer.invoices.values("document")) | rows.filter(pk__in=by_hand)
    return mine.defer("content", "facts").order_by("-pk")


def _locked(customer: Customer) -> Customer:
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor", "payer", "letters_to")
    return standing(rows.get(pk=customer.pk))


def _again(original: Message) -> tuple[Message, WrittenKind]:
    """What is really sent again, and how: of a copy its original."""
    original.refresh_from_db(fields=["state"])
    row = Written.objects.filter(message=original).select_related("original").first()
    if row is not None and row.kind == WrittenKind.COPY and row.original is not None:
        return row.original, WrittenKind.COPY
    if original.channel not in COPIED_BY:
        raise Refused(gettext_noop("Only e-mails, SMS and letters can be sent again."))
    if original.purpose == Message.Purpose.PORTAL:
        raise Refused(gettext_noop("A code is never sent again: the customer asks for a new one."))
    if original.state in LEFT:
        return original, WrittenKind.COPY
    if original.state == MessageState.UNKNOWN:
        raise Refused(gettext_noop("Nobody knows whether it left. Decide that first."))
    if original.state not in NEVER_ARRIVED:
        raise Refused(gettext_noop("It has not left yet, or never will. There is nothing to send again."))
    if row is not None:
        return original, WrittenKind.AGAIN
    raise Refused(
        gettext_noop("It never arrived, so its step does not count: the next run plans it anew, from the books as they are then.")
    )


def _sent_lately(original: Message, address: str, *, now: datetime) -> bool:
    rows = Written.objects.filter(original=original, message__recipient=address, written_at__gt=now - COPY_ONCE_IN)
    return rows.exclude(message__state__in=NEVER_ARRIVED).exists()


def _facts_again(original: Message, customer: Customer, kind: WrittenKind) -> tuple[Mapping[str, Any], str]:
    if kind is WrittenKind.AGAIN:
        return original.facts, original.template
    sent = original.handed_at or original.created_at
    mark = {
        "subject": original.subject,
        "sent_on": sent.astimezone(ZoneInfo(customer.creditor.time_zone)).date().isoformat(),
        "has_paper": original.document_id is not None,
    }
    return {**original.facts, "copy": mark}, "copy"


def _put(
    customer: Customer,
    way: Way,
    facts: Mapping[str, Any],
    *,
    form: UUID,
    kind: WrittenKind,
    language: str,
    key: str,
    leaves: datetime,
    now: datetime,
    template: str = "written",
    by: User | None = None,
    **more: Any,
) -> Written:
    message = NewMessage(
        creditor=customer.creditor,
        key=key,
        purpose=Message.Purpose.WRITTEN,
        channel=str(way.channel),
        recipient=way.address,
        recipient_name=way.name,
        language=language,
        template=template,
        facts=facts,
        not_before=leaves,
        not_after=leaves + WORTH_SENDING,
    )
    made = Message.objects.get(pk=plan([message], now=now)[key])
    row = Written.objects.create(
        creditor=customer.creditor, customer=customer, message=made, form=form, kind=kind, author=by, written_at=now, **more
    )
    _show(made)
    return row


def _show(message: Message) -> None:
    """Let its page tell what it will say while it can still be undone; its words are made anew when it leaves. Raises `RenderError`."""
    said = WrittenRenderer().render(message)
    message.subject, message.text = said.subject, said.text
    message.save(update_fields=["subject", "text"])
