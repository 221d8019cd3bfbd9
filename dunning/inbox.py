"""The inbox of replies: a mail came in, whom is it about, and what does it hold?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Coalesce

from dunning.actions.replies import record_reply, stop_number
from dunning.models import Reply
from invoices.models import Contact, Customer
from receivables.accounts.models import Creditor
from receivables.messaging.inbound.sms import STOPPED
from receivables.messaging.models import InboundMail, Message

ANSWERED_WITHIN = timedelta(days=30)
"""How long after a text message of ours another from that number answers it; providers seldom say which one is meant."""
MOST_AT_A_NUMBER = 20  # customers that are looked at
_ABOUT = Coalesce("notice__customer", "courtesy__customer", "written__customer")


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a mail is about, as far as is known. Without a creditor it may be about any of them."""

    creditor: Creditor | None
    customer: Customer | None
    by: Reply.MatchedBy
    answers: Message | None = None  # of ours, where that was found by whom it is about


class Replies:
    """Registered with messaging at start."""

    def took(self, mail: InboundMail, *, now: datetime) -> None:
        """File a mail as a reply, with its effect on the ladder."""
        match = match_of(mail)
        if match.answers is not None:
            mail.message = match.answers
            mail.save(update_fields=["message"])
        record_reply(mail, creditor=match.creditor, customer=match.customer, by=match.by, now=now)
        if STOPPED in mail.problems:
            stop_number(mail.sender, customer=match.customer, now=now)


def match_of(mail: InboundMail) -> Match:
    """Whom a mail or a text message is about."""
    return _match_of_text(mail) if mail.channel == "sms" else _match_of_mail(mail)


def _match_of_text(mail: InboundMail) -> Match:
    """By the message that its provider says it answers; else by whom we texted at that number lately, where that is one customer; else by
    the number, where it is a contact's of exactly one. With several nobody knows, and it waits in the tray.
    """
    if mail.message is not None and (customer := customer_of(mail.message)) is not None:
        return Match(customer.creditor, customer, Reply.MatchedBy.THREAD)
    if not mail.sender:
        return Match(None, None, Reply.MatchedBy.NONE)
    since = mail.received_at - ANSWERED_WITHIN
    ours = Message.objects.filter(channel="sms", recipient=mail.sender, captured=False, handed_at__range=(since, mail.received_at))
    told = ours.annotate(customer=_ABOUT).exclude(customer=None).order_by("-handed_at", "-pk")
    customers = _customers({message.customer for message in told})
    if len(customers) == 1:
        return Match(customers[0].creditor, customers[0], Reply.MatchedBy.THREAD, answers=told[0])
    known = customers or _customers(Contact.objects.filter(phone=mail.sender, customer__merged_into=None).values("customer"))
    if len(known) == 1:
        return Match(known[0].creditor, known[0], Reply.MatchedBy.SENDER)
    companies = {customer.creditor for customer in known}
    return Match(companies.pop() if len(companies) == 1 else None, None, Reply.MatchedBy.NONE)


def _customers(pks: Any) -> list[Customer]:
    return list(Customer.objects.select_related("creditor").filter(pk__in=pks).order_by("pk")[:MOST_AT_A_NUMBER])


def _match_of_mail(mail: InboundMail) -> Match:
    """By the message that it answers; else by the sender, where that is the address of exactly one customer; else nobody.

    Looked for at the company whose message it answers; else at those to whose address it came; at all of them where that says nothing.
    """
    if mail.message is not None and (customer := customer_of(mail.message)) is not None:
        return Match(customer.creditor, customer, Reply.MatchedBy.THREAD)
    companies = [mail.message.creditor] if mail.message is not None else companies_of(mail)
    known = _senders(mail.sender, companies) if mail.sender else []
    if len(known) == 1:
        return Match(known[0].creditor, known[0], Reply.MatchedBy.SENDER)
    return Match(companies[0] if len(companies) == 1 else None, None, Reply.MatchedBy.NONE)


def customer_of(message: Message) -> Customer | None:
    """Whom a message of ours was for, a copy too; None for one that is about nobody's debts, such as a portal code."""
    known = Message.objects.filter(pk=message.pk).values(customer=_ABOUT)
    return Customer.objects.select_related("creditor").filter(pk__in=known).first()


def companies_of(mail: InboundMail) -> Sequence[Creditor]:
    """The companies to whose own address a mail came; all of them where it came to none."""
    companies = list(Creditor.objects.order_by("pk"))
    addressed = [company for company in companies if company.email and company.email.strip().lower() in set(mail.recipients)]
    return addressed or companies


def _senders(address: str, companies: Sequence[Creditor]) -> list[Customer]:
    """The customers of whom this is a contact's address, at most two."""
    theirs = Contact.objects.filter(email__iexact=address, customer__creditor__in=companies, customer__merged_into=None).values("customer")
    return list(Customer.objects.select_related("creditor").filter(pk__in=theirs).order_by("pk")[:2])
