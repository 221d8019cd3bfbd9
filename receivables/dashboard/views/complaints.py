"""Complaints and their answers, and credit that is on its way."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import AwaitedCredit, Complaint
from dunning.states import AwaitedKind, ComplaintAbout, ComplaintOutcome
from invoices.models import Customer, Invoice
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.forms.facts import AnswerForm, AwaitedForm, ComplaintForm
from receivables.dashboard.views.common import owed_invoices, staff, to, today

COMPLAINTS = Complaint.objects.select_related("customer", "invoice", "owner", "author", "answered_by")


def customer_complaint(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody complains: hold what it concerns, and see to the answer."""
    row = access.get(request, Customer.objects.select_related("creditor"), pk)
    first = {"received_on": today(request), "invoice": request.GET.get("invoice"), "owner": request.user.pk}
    form = ComplaintForm(**given(request), invoices=owed_invoices(row), owners=staff(request), initial=first)
    ask = Ask(
        heading=_("Record a complaint"),
        submit=_("Record"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("It is held until somebody has answered. A consumer is answered within 14 days; no answer means that we accept."),
    )

    def deed(said: dict[str, Any]) -> str:
        made = actions.record_complaint(
            said["invoice"] or row,
            about=ComplaintAbout(said["about"]),
            text=said["text"],
            received_on=said["received_on"],
            on=today(request),
            owner=said["owner"],
            by=request.user,
        )
        return _("The complaint is recorded: answer it by %(day)s.") % {"day": f"{made.answer_by:%d.%m.%Y}"}

    return asked(request, form, ask, deed)


def complaint(request: StaffRequest, pk: int) -> HttpResponse:
    """One complaint with its clock and its answer."""
    row = access.get(request, COMPLAINTS, pk)
    return render(request, "dashboard/complaint.html", {"complaint": row, "facts": _facts(row), "on": today(request)})


def _facts(row: Complaint) -> list[dict[str, Any]]:
    who = row.invoice.number if row.invoice else _("everything of this customer")
    facts: list[dict[str, Any]] = [
        {"label": _("About"), "value": row.get_about_display(), "note": who},
        {"label": _("Received on"), "on": row.received_on, "note": str(row.author or _("the program"))},
        {"label": _("Answer by"), "on": row.answer_by},
        {"label": _("Owner"), "value": str(row.owner or _("nobody yet"))},
    ]
    if row.answered_on:
        facts.append({"label": _("Answered on"), "on": row.answered_on, "note": str(row.answered_by or _("the program"))})
        facts.append({"label": _("Outcome"), "value": row.get_outcome_display()})
    return facts


def complaint_answer(request: StaffRequest, pk: int) -> HttpResponse:
    """The customer has its answer; the hold ends."""
    row = access.get(request, COMPLAINTS, pk)
    ask = Ask(
        heading=_("Answer the complaint"),
        submit=_("Record the answer"),
        back=to("complaint", row.pk),
        back_label=row.customer.name,
        text=row.text,
        facts=_facts(row),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.answer_complaint(row, outcome=ComplaintOutcome(said["outcome"]), answer=said["answer"], on=today(request), by=request.user)
        return _("The complaint is answered; the ladder goes on.")

    return asked(request, AnswerForm(**given(request)), ask, deed)


def invoice_awaited(request: StaffRequest, pk: int) -> HttpResponse:
    """A return is announced, or a credit note will come."""
    row = access.get(request, Invoice.objects.select_related("customer__creditor"), pk)
    ask = Ask(heading=_("Wait for a credit note"), submit=_("Wait"), back=to("invoice", row.pk), back_label=row.number)

    def deed(said: dict[str, Any]) -> str:
        actions.await_credit(
            row,
            kind=AwaitedKind(said["kind"]),
            amount=said["amount"],
            until=said["until"],
            on=today(request),
            reason=said["reason"],
            by=request.user,
        )
        return _("The amount waits for its credit note.")

    return asked(request, AwaitedForm(**given(request)), ask, deed)


def awaited_call_off(request: StaffRequest, pk: int) -> HttpResponse:
    """No note will come."""
    row = access.get(request, AwaitedCredit.objects.select_related("item"), pk)

    def deed() -> str:
        actions.call_off_awaited(row, on=today(request), by=request.user)
        return _("Nothing is awaited any more; the amount is owed like the rest.")

    return done(request, to("invoice", row.item.invoice_id), deed)
