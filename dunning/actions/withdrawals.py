"""Taking a sent letter back: the apology is made, its steps do not count any more, and nothing in it binds."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from dunning import papers
from dunning.actions.holds import locked
from dunning.actions.messages import BUYER, PORTAL_PATH, firm_facts
from dunning.actions.outcomes import take_back_steps
from dunning.actions.sent_warnings import take_back_warnings_of
from dunning.actions.telling import tell_of
from dunning.models import Notice, Placement, RegisterEntry, RegisterUpdate, Withdrawal
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import numbered_pdf
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.states import ARRIVED, MessageState

LEFT = ARRIVED | {MessageState.SOFT_BOUNCED}


@transaction.atomic
def withdraw_letter(message: Message, *, reason: str, on: date, now: datetime, by: User | None = None) -> Withdrawal:
    """Withdraw the letter that left with this message: its steps, claims and deadline do not count any more.

    The next run judges its items anew from the books. Raises `Refused` for what was withdrawn already, has no numbered letter, or has not
    left, and without a reason; `RenderError` where the apology cannot be set.
    """
    notice = _notice_of(message)
    customer = locked(notice.customer_id)
    letter = _letter_of(message)
    facts = _facts(customer, letter, reason=reason, on=on, recalled=also_told(notice))
    apology = numbered_pdf(
        customer.creditor, kind="withdrawal", on=on, language=message.language, facts=facts, now=now, key=f"withdrawal-{letter.pk}"
    )
    row = Withdrawal.objects.create(
        creditor=customer.creditor,
        customer=customer,
        document=letter,
        apology=apology,
        reason=reason.strip()[:200],
        on=on,
        recorded_at=now,
        author=by,
    )
    take_back_steps(notice, on=on, detail=f"withdrawn by {apology.number}")
    take_back_warnings_of(letter, reason=f"withdrawn by {apology.number}", today=on, by=by)
    items = [item for item in notice.taken.values_list("case__item", flat=True) if item is not None]
    tell_of(customer.pk, on=on, now=now, because=f"Letter {letter.number} was withdrawn.", about=items)
    record(customer.creditor, "letter_withdrawn", row, by=by, customer=customer.pk, number=letter.number, apology=apology.number)
    return row


def also_told(notice: Notice) -> list[str]:
    """Agencies that hold something of the customer, and bureaus with an entry that stands: whoever heard of the debt from us."""
    placed = Placement.objects.filter(customer=notice.customer_id, state__in=(Placement.State.SENT, Placement.State.RECEIVED))
    deleted = RegisterUpdate.objects.filter(kind=RegisterUpdate.Kind.DELETED).values("entry")
    entered = RegisterEntry.objects.filter(customer=notice.customer_id).exclude(pk__in=deleted)
    names: list[Any] = [*placed.values_list("agency__name", flat=True), *entered.values_list("register", flat=True)]
    return sorted({str(name) for name in names if name})


def _notice_of(message: Message) -> Notice:
    notice = Notice.objects.select_related("customer").filter(message=message, main=None).first()
    if notice is None:
        raise Refused(gettext_noop("Only a letter of the ladder can be withdrawn here."))
    if message.state not in LEFT:
        raise Refused(gettext_noop("This letter has not left. Undo it, or say what became of it."))
    return notice


def _letter_of(message: Message) -> Document:
    letter = Document.objects.defer("content").filter(pk=message.document_id or 0).exclude(number="").first()
    if letter is None:
        raise Refused(gettext_noop("No numbered letter went with this message, so there is none to withdraw."))
    if Withdrawal.objects.filter(document=letter).exists():
        raise Refused(gettext_noop("This letter is withdrawn already."))
    return letter


def _facts(customer: Customer, letter: Document, *, reason: str, on: date, recalled: list[str]) -> papers.Facts:
    says = papers.head(
        firm_facts(customer.creditor),
        {name: getattr(customer, name) for name in BUYER},
        on=on,
        currency=letter.facts["currency"],
        portal_url=settings.BASE_URL.rstrip("/") + PORTAL_PATH,
    )
    of = date.fromisoformat(letter.facts["on"])
    return papers.withdrawal(says, number=letter.number, of=of, reason=reason, recalled=recalled)
