"""What is agreed with a customer, and what comes back: promises, instalments, outcomes of messages, money at the agency."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning import actions
from dunning.actions import Result
from dunning.models import Agreement, Notice
from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.agencies import CollectForm
from receivables.dashboard.forms.agreements import AgreementForm, DeferralForm, OutcomeForm, PromiseForm, SignedForm
from receivables.dashboard.forms.deeds import WhyForm
from receivables.dashboard.paging import whole
from receivables.dashboard.queries.agreements import in_words
from receivables.dashboard.views.common import open_items, to, today
from receivables.dashboard.views.customers import CUSTOMERS
from receivables.dashboard.views.papers import keep_paper
from receivables.messaging.models import Message


def customer_promise(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that the customer will pay so much by a day; the ladder waits through it."""
    row = access.get(request, CUSTOMERS, pk)
    form = PromiseForm(**given(request), items=open_items(row), initial={"items": request.GET.getlist("item")})
    ask = Ask(
        heading=_("Note a promise"),
        submit=_("Note it"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("Nothing is sent about these items through that day. Payments alone decide whether it is kept."),
    )

    def deed(said: dict[str, Any]) -> str:
        made = actions.promise(
            row, amount=said["amount"], by=said["by"], on=today(request), items=list(said["items"]) or None, reason=said["reason"],
            by_user=request.user,
        )  # fmt: skip
        return _("Noted: the ladder waits through %(day)s.") % {"day": f"{made.by:%d.%m.%Y}"}

    return asked(request, form, ask, deed)


def customer_agreement(request: StaffRequest, pk: int) -> HttpResponse:
    """Agree on instalments over open items."""
    row = access.get(request, CUSTOMERS, pk)
    first = {"label": actions.next_label(row.creditor, on=today(request)), "items": request.GET.getlist("item")}
    form = AgreementForm(**given(request), items=open_items(row), initial=first)
    ask = Ask(
        heading=_("Agree on instalments"),
        submit=_("Agree"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("The invoices rest while each rate is paid by its day. A missed rate ends the agreement the day after, and they go on."),
    )

    def deed(said: dict[str, Any]) -> str:
        made = actions.agree(
            row, label=said["label"], items=list(said["items"]), rates=said["schedule"], on=today(request), reason=said["reason"],
            by_user=request.user,
        )  # fmt: skip
        return _("Agreed, %(rates)s.") % {"rates": in_words(made)}

    return asked(request, form, ask, deed)


def customer_deferral(request: StaffRequest, pk: int) -> HttpResponse:
    """Defer open items to one later day; asked from an invoice, back to it."""
    row = access.get(request, CUSTOMERS, pk)
    asked_from = whole(request.GET.get("from"))
    invoice = row.invoices.filter(pk=asked_from).first() if asked_from else None
    form = DeferralForm(**given(request), items=open_items(row), initial={"items": request.GET.getlist("item"), "interest": "runs"})
    ask = Ask(
        heading=_("Defer payment"),
        submit=_("Defer"),
        back=to("invoice", invoice.pk) if invoice else to("customer", row.pk),
        back_label=invoice.number if invoice else row.name,
        text=_("The invoices keep their due dates and rest through the new day. If the money has not come by then, they go on."),
    )

    def deed(said: dict[str, Any]) -> str:
        made = actions.defer(
            row, items=list(said["items"]), until=said["until"], interest_runs=said["interest"] == "runs", on=today(request),
            reason=said["reason"], by_user=request.user,
        )  # fmt: skip
        return _("Deferred, %(rates)s.") % {"rates": in_words(made)}

    return asked(request, form, ask, deed)


def agreement_end(request: StaffRequest, pk: int) -> HttpResponse:
    """End an agreement by hand, with its reason."""
    row = access.get(request, Agreement.objects.select_related("customer"), pk)
    ask = Ask(
        heading=_("End the agreement %(label)s") % {"label": row.label},
        submit=_("End it"),
        back=to("customer", row.customer_id),
        back_label=row.customer.name,
        text=_("Its open rates close, and the invoices go on at the step they had."),
        tone="danger",
    )

    def deed(said: dict[str, Any]) -> str:
        actions.end_agreement(row, on=today(request), reason=said["reason"], by=request.user)
        return _("The agreement has ended.")

    return asked(request, WhyForm(**given(request)), ask, deed)


def agreement_signed(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that the customer has signed the agreement on paper, with the paper: the debt is acknowledged."""
    row = access.get(request, Agreement.objects.select_related("customer"), pk)
    ask = Ask(
        heading=_("The agreement %(label)s is signed") % {"label": row.label},
        submit=_("Note it"),
        back=to("customer", row.customer_id),
        back_label=row.customer.name,
        text=_(
            "The paper acknowledges the debt, so the limitation of each invoice that it covers begins anew on the day on which the "
            "customer signed. The signed paper is kept as its proof."
        ),
    )

    @transaction.atomic  # the paper goes with the fact, or not at all
    def deed(said: dict[str, Any]) -> str:
        signed = keep_paper(request, said["document"], kind="limitation")
        noted = actions.note_signed(row, on=said["on"], document=signed, today=today(request), by=request.user)
        return ngettext("Noted for %(n)s invoice.", "Noted for %(n)s invoices.", len(noted)) % {"n": len(noted)}

    return asked(request, SignedForm(**given(request), initial={"on": today(request)}), ask, deed)


def message_outcome(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what became of a message: the provider's answer, or what a person found out."""
    message = access.get(request, Message.objects.all(), pk)
    notice = get_object_or_404(access.of_company(request, Notice.objects.select_related("creditor")), message=message, main=None)
    ask = Ask(
        heading=_("What became of the message"),
        submit=_("Save"),
        back=to("message", message.pk),
        back_label=message.subject or message.recipient,
    )

    def deed(said: dict[str, Any]) -> str:
        actions.outcome(notice, Result(said["result"]), now=clock.now(), detail=said["detail"], by=request.user)
        return _("Noted.")

    return asked(request, OutcomeForm(**given(request)), ask, deed)


def customer_agency_paid(request: StaffRequest, pk: int) -> HttpResponse:
    """Book money that the agency reports of the one hand-over that stands."""
    row = access.get(request, CUSTOMERS, pk)
    ask = Ask(
        heading=_("The agency reports a payment"),
        submit=_("Book"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("It falls on what is placed with the agency, the oldest first; the rest stays as credit."),
    )

    def deed(said: dict[str, Any]) -> str:
        is_new = actions.collect_of(row, amount=said["amount"], on=said["on"], own_id=said["reference"], by=request.user)
        return _("The payment is booked.") if is_new else _("This payment was booked before. Nothing is booked again.")

    return asked(request, CollectForm(**given(request), initial={"on": today(request)}), ask, deed)
