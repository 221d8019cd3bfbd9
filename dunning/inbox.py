"""The inbox of replies: a mail came in, whom is it about, and what does it hold?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Coalesce

from dunning.actions.replies import record_reply
from dunning.models import Reply
from invoices.models import Contact, Customer
from receivables.accounts.models import Creditor
from receivables.messaging.models import InboundMail, Message


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a mail is about, as far as is known. Without a creditor it may be about any of them."""

    creditor: Creditor | None
    customer: Customer | None
    by: Reply.MatchedBy


class Replies:
    """Registered with messaging at start."""

    def took(self, mail: InboundMail, *, now: datetime) -> None:
        """File a mail as a reply, with its effect on the ladder."""
        match = match_of(mail)
        record_reply(mail, creditor=match.creditor, customer=match.customer, by=match.by, now=now)


def match_of(mail: InboundMail) -> Match:
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
    known = Message.objects.filter(pk=message.pk).values(customer=Coalesce("notice__customer", "courtesy__customer", "written__customer"))
    return Customer.objects.select_related("creditor").filter(pk__in=known).first()


def companies_of(mail: InboundMail) -> Sequence[Creditor]:
    """The companies to whose own address a mail came; all of them where it came to none."""
    companies = list(Creditor.objects.order_by("pk"))
    addressed = [company for company in companies if company.email and company.email.strip().lower() in set(mail.recipients)]
    return addressed or companies


def _senders(address: str, companies: Sequence[Creditor]) -> list[Customer]:
    """The customers of whom this is a contact's address, at most two."""
    theirs = Contact.objects.filter(email__iexact=address, customer__creditor__in=companies).values("customer")
    return list(Customer.objects.select_related("creditor").filter(pk__in=theirs).order_by("pk")[:2])
