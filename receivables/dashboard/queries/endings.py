"""What keeps the ladder waiting and ends soon, or has just ended: with what happens then, so that a person can act before."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from dunning.models import AwaitedCredit, Complaint, Hold, Promise, Rate
from dunning.states import AwaitedEnd
from invoices.models import Customer, Dispute
from receivables.accounts.models import Creditor
from receivables.dashboard.words import Words

SPAN = timedelta(days=7)
MOST = 200
"""Of each kind, so that a page stays a page."""
KINDS: Words = {
    "hold": pgettext_lazy("endings", "Holds"),
    "promise": pgettext_lazy("endings", "Promises"),
    "rate": pgettext_lazy("endings", "Instalments and deferrals"),
    "dispute": pgettext_lazy("endings", "Disputes"),
    "awaited": pgettext_lazy("endings", "Awaited credit"),
    "complaint": pgettext_lazy("endings", "Complaints"),
}

ONE: Words = {
    "hold": pgettext_lazy("ending", "Hold"),
    "promise": pgettext_lazy("ending", "Promise"),
    "rate": pgettext_lazy("ending", "Instalment"),
    "dispute": pgettext_lazy("ending", "Dispute"),
    "awaited": pgettext_lazy("ending", "Awaited credit"),
    "complaint": pgettext_lazy("ending", "Complaint"),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """One of them. `on` is its last day; `then` says what happens after it, or what has happened."""

    kind: str
    what: str
    customer: Customer
    url: str
    on: date
    is_over: bool
    then: str
    reason: str = ""
    who: str = ""
    amount: Decimal | None = None
    currency: str = ""

    @property
    def label(self) -> str:
        """What kind of thing it is."""
        return str(ONE[self.kind])


def endings(creditor: Creditor, *, on: date) -> list[Ending]:
    """What ends from a week ago through a week from that day, by its last day. Six queries."""
    span = (on - SPAN, on + SPAN)
    finders: tuple[Callable[[Creditor, tuple[date, date], date], Iterable[Ending]], ...] = (
        _holds, _promises, _rates, _disputes, _awaited, _complaints,
    )  # fmt: skip
    found = [ending for finder in finders for ending in finder(creditor, span, on)]
    return sorted(found, key=lambda ending: (ending.on, ending.customer.name, ending.kind))


def _holds(creditor: Creditor, span: tuple[date, date], on: date) -> list[Ending]:
    rows = Hold.objects.filter(creditor=creditor, released_on=None, until__range=span).select_related("customer", "item", "author")
    return [
        Ending(
            "hold",
            row.item.label if row.item else _("everything of this customer"),
            row.customer,
            row.customer.get_absolute_url(),
            row.until or on,
            (row.until or on) < on,
            _("The ladder goes on.") if (row.until or on) < on else _("The ladder goes on the day after."),
            row.reason,
            str(row.author or ""),
        )
        for row in rows.order_by("until", "pk")[:MOST]
    ]


def _promises(creditor: Creditor, span: tuple[date, date], on: date) -> list[Ending]:
    asked = Q(state=Promise.State.STANDING) | Q(state=Promise.State.BROKEN)
    rows = Promise.objects.filter(asked, creditor=creditor, by__range=span).select_related("customer", "author")
    return [
        Ending(
            "promise",
            "",
            row.customer,
            row.customer.get_absolute_url(),
            row.by,
            row.by < on,
            _then_of_promise(row, on),
            row.reason,
            str(row.author or ""),
            row.amount,
            row.currency,
        )
        for row in rows.order_by("by", "pk")[:MOST]
    ]


def _then_of_promise(row: Promise, on: date) -> str:
    if row.state == Promise.State.BROKEN:
        return _("It was broken: a task asks for a person, and the ladder goes on.")
    if row.by < on:
        return _("The next run finds whether it was kept. While the bank's data do not reach that day, it waits for them.")
    return _("If the money has not come, it counts as broken the day after, and the ladder goes on.")


def _rates(creditor: Creditor, span: tuple[date, date], on: date) -> list[Ending]:
    standing = Q(agreement__ended_on=None, open_amount__gt=0)
    missed = Q(closed_as="plan_ended", agreement__ended_on__gte=span[0])
    rows = Rate.objects.filter(standing | missed, agreement__creditor=creditor, due_on__range=span)
    return [
        Ending(
            "rate",
            row.label,
            row.agreement.customer,
            row.agreement.customer.get_absolute_url(),
            row.due_on,
            row.due_on < on,
            _then_of_rate(row, on),
            row.agreement.reason,
            str(row.agreement.author or ""),
            row.open_amount or row.amount,
            row.currency,
        )
        for row in rows.select_related("agreement__customer", "agreement__author").order_by("due_on", "pk")[:MOST]
    ]


def _then_of_rate(row: Rate, on: date) -> str:
    if row.agreement.ended_on:
        return _("The agreement has ended, and its invoices go on.")
    if row.due_on < on:
        return _("The next run finds whether it was missed. While the bank's data do not reach that day, it waits for them.")
    return _("If it is missed, the agreement ends the day after, and its invoices go on.")


def _disputes(creditor: Creditor, span: tuple[date, date], on: date) -> list[Ending]:
    rows = Dispute.objects.filter(item__creditor=creditor, resolved_on=None, due_on__range=span)
    return [
        Ending(
            "dispute",
            row.item.label,
            row.item.customer,
            row.item.invoice.get_absolute_url(),
            row.due_on or on,
            (row.due_on or on) < on,
            _("The disputed part waits on until somebody decides."),
            row.reason,
            str(row.owner or ""),
            row.amount,
            row.currency,
        )
        for row in rows.select_related("item__invoice", "item__customer", "owner").order_by("due_on", "pk")[:MOST]
    ]


def _awaited(creditor: Creditor, span: tuple[date, date], on: date) -> list[Ending]:
    asked = Q(ended_on=None) | Q(ended_as=AwaitedEnd.LAPSED)
    rows = AwaitedCredit.objects.filter(asked, creditor=creditor, until__range=span)
    return [
        Ending(
            "awaited",
            f"{capfirst(row.get_kind_display())}: {row.item.label}",
            row.customer,
            row.item.invoice.get_absolute_url(),
            row.until,
            row.until < on,
            _("It did not come: the amount goes on, and a task asks for the note.")
            if row.until < on
            else _("If it has not come, the amount goes on the day after, and a task asks for the note."),
            row.reason,
            str(row.author or ""),
            row.amount,
            row.currency,
        )
        for row in rows.select_related("item__invoice", "customer", "author").order_by("until", "pk")[:MOST]
    ]


def _complaints(creditor: Creditor, span: tuple[date, date], on: date) -> list[Ending]:
    rows = Complaint.objects.filter(creditor=creditor, answered_on=None, answer_by__range=span)
    return [
        Ending(
            "complaint",
            capfirst(row.get_about_display()),
            row.customer,
            reverse("dashboard:complaint", args=[row.pk]),
            row.answer_by,
            row.answer_by < on,
            pgettext("complaint", "Everything it concerns waits on until somebody answers."),
            row.text[:120],
            str(row.owner or ""),
        )
        for row in rows.select_related("customer", "owner").order_by("answer_by", "pk")[:MOST]
    ]
