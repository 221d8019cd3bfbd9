"""Put a customer or an invoice under a policy: choose it, look at what moves, confirm."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.actions.policies import cases_to_move
from dunning.models import Policy
from dunning.moving import preview
from invoices.models import Customer, Invoice
from receivables.core.errors import DomainError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.forms.policies import TargetForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.views.policies import State, current_version
from receivables.dashboard.words import said


def customer_policy(request: StaffRequest, pk: int) -> HttpResponse:
    """A policy for all that a customer owes, but for invoices with one of their own."""
    return _assign(request, access.get(request, Customer.objects.all(), pk))


def invoice_policy(request: StaffRequest, pk: int) -> HttpResponse:
    """A policy for one invoice, before all others."""
    return _assign(request, access.get(request, Invoice.objects.all(), pk))


def _assign(request: StaffRequest, row: Customer | Invoice) -> HttpResponse:
    customer, invoice = (row, None) if isinstance(row, Customer) else (None, row)
    back = to("customer" if customer else "invoice", row.pk)
    policies = Policy.objects.filter(creditor=request.creditor, versions__state=State.PUBLISHED)
    form = TargetForm(request.POST or request.GET or None, policies=policies, label=_("Policy"))
    policy = form.cleaned_data["target"] if form.is_bound and form.is_valid() else None
    if request.method == "POST" and policy:
        try:
            actions.assign(request.creditor, policy, customer=customer, invoice=invoice, on=today(request), by=request.user)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("%(policy)s is assigned.") % {"policy": policy.name})
            return redirect(back)
    target = current_version(policy) if policy else None
    moves = preview(cases_to_move(customer=customer, invoice=invoice), target) if target else []
    context = {"form": form, "target": target, "moves": moves, "back": back, "name": str(row)}
    return render(request, "dashboard/assign.html", context, status=UNPROCESSABLE if request.method == "POST" else 200)
