"""A demand in one click, from a customer or an invoice: the finished preview, then send, post, or download."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.actions import Deliver, DemandWish
from dunning.actions.demands import Look, seal_of
from dunning.models import Notice
from dunning.policy import Channel
from dunning.recipients import recipients_of, stops_of
from invoices.models import Customer, Invoice
from receivables import clock
from receivables.core.errors import DomainError
from receivables.core.printed import printed
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.downloads import looked_at
from receivables.dashboard.forms.demanding import DemandForm
from receivables.dashboard.paging import whole
from receivables.dashboard.views.by_hand import currencies_of
from receivables.dashboard.views.common import to, today, wake_delivery
from receivables.dashboard.words import said

CUSTOMERS = Customer.objects.select_related("creditor", "payer", "letters_to")


def customer_demand(request: StaffRequest, pk: int) -> HttpResponseBase:
    """What is sent is what was looked at: a change in between shows the preview anew."""
    row = access.get(request, CUSTOMERS, pk)
    invoice = _invoice(request, row)
    form = DemandForm(request.POST or _first(row, invoice), currencies=_currencies(row, invoice))
    context: dict[str, Any] = {"customer": row, "invoice": invoice, "form": form}
    if not form.is_valid():
        return _shown(request, context, is_refused=True)
    wish = form.wish(invoice)
    try:
        look = actions.look_at_demand(row, wish, on=today(request))
        seal = seal_of(wish, look)
        if "pdf" in request.POST:
            return looked_at(wish.kind, language=look.language, facts=look.facts)
        if "go" in request.POST and request.POST.get("looked_at") == seal:
            return _made(request, row, wish, seal)
    except DomainError as refusal:
        return _shown(request, {**context, "refused": said(refusal)}, is_refused="go" in request.POST)
    return _shown(request, {**context, "look": look, "seal": seal, **_told(look)}, is_changed="go" in request.POST)


def _made(request: StaffRequest, row: Customer, wish: DemandWish, seal: str) -> HttpResponse:
    may_approve, on = "approve" in request.deeds, today(request)
    notice = actions.demand(row, wish, on=on, now=clock.now(), may_approve=may_approve, seal=seal, by=request.user)
    messages.success(request, _done(wish, notice))
    wake_delivery()
    return HttpResponseRedirect(to("message", notice.message_id))


def _done(wish: DemandWish, notice: Notice) -> str:
    match wish.deliver:
        case Deliver.EMAIL:
            return _("The demand leaves by e-mail.")
        case Deliver.POST:
            return _("The demand lies in the next batch of letters.")
        case Deliver.SELF:
            return _("The demand is made and counts as delivered by you today. Download it here.")


def _shown(request: StaffRequest, context: dict[str, Any], *, is_refused: bool = False, is_changed: bool = False) -> HttpResponse:
    status = UNPROCESSABLE if is_refused and request.method == "POST" else 200
    return render(request, "dashboard/demand.html", {**context, "is_changed": is_changed}, status=status)


def _told(look: Look) -> dict[str, Any]:
    """The facts as the paper prints them, and what is left out with its reason in words."""
    return {
        "shown": printed(look.facts, look.language),
        "left_out": [(label, actions.why_left_out(reason)) for label, reason in look.left_out.items()],
    }


def _invoice(request: StaffRequest, customer: Customer) -> Invoice | None:
    pk = whole(request.GET.get("invoice"))
    return of_company(request, Invoice.objects.filter(customer=customer, pk=pk)).first() if pk else None


def _currencies(row: Customer, invoice: Invoice | None) -> Sequence[str]:
    return [invoice.currency] if invoice else currencies_of(row)


def _first(row: Customer, invoice: Invoice | None) -> dict[str, str]:
    """By e-mail where that reaches somebody, else by post."""
    reach = recipients_of([row], stops_of([row]))[row.pk]
    way = Deliver.EMAIL if Channel.EMAIL in reach else Deliver.POST
    return {"kind": "demand", "deliver": str(way), "currency": _currencies(row, invoice)[0], "language": ""}
