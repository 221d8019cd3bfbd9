"""What was sent to a customer: reminders and letters that arrived, each with its paper where it has one."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from dunning.models import Notice
from dunning.states import NoticeState
from invoices.models import Customer
from receivables.documents.models import Document
from receivables.messaging import mode
from receivables.messaging.states import ARRIVED

TO_THE_DEBTOR = ("email", "sms", "letter")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in plain words."""

    notice: Notice
    title: str
    way: str

    @property
    def document(self) -> Document | None:
        return self.notice.message.document if self.notice.message else None


def letters_of(customer: Customer) -> QuerySet[Notice]:
    """What arrived, the newest first. Once live, what only the mailbox of quarantine took was never sent."""
    mine = Notice.objects.filter(
        customer=customer, state=NoticeState.RELEASED, channel__in=TO_THE_DEBTOR, message__state__in=ARRIVED
    ).select_related("message__document")
    if mode.is_live():
        mine = mine.filter(message__captured=False)
    return mine.order_by("-on", "-id")


def in_words(notices: Iterable[Notice]) -> list[Letter]:
    """Each with what it is and how it came."""
    return [Letter(notice, _title(notice), _way(notice.channel)) for notice in notices]


def paper_of(customer: Customer, pk: int) -> Document:
    """The paper of one of their letters; anything else is not there."""
    found = letters_of(customer).filter(pk=pk, message__document__media_type="application/pdf").first()
    if found is None or found.message is None or found.message.document is None:
        raise Http404
    return found.message.document


def _title(notice: Notice) -> str:
    template = notice.message.template if notice.message else ""
    words = {
        "reminder": _("Reminder before the due date"),
        "overdue": _("Payment reminder"),
        "demand": _("Formal demand for payment"),
    }
    return words.get(template) or (_("Letter") if notice.channel == "letter" else _("Message"))


def _way(channel: str) -> str:
    return {"email": _("by e-mail"), "sms": _("by text message"), "letter": _("by post")}[channel]
