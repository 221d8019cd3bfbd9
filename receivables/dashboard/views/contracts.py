"""Papers of contracts, made by hand from a customer's page: instalment agreement, assignment with its notice, order to an agency."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dunning import actions
from dunning.models import Agency, Agreement
from invoices.models import Customer
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.downloads import looked_at
from receivables.dashboard.forms.contracts import AgreementPaperForm, AssignmentForm, OrderForm, PaperOfContract
from receivables.dashboard.views.common import open_items, to, today
from receivables.dashboard.words import said

CUSTOMERS = Customer.objects.select_related("creditor")
FORMS: dict[str, type[Any]] = {"agreement": AgreementPaperForm, "assignment": AssignmentForm, "agency_order": OrderForm}
HEADINGS: dict[str, tuple[Promise, Promise]] = {
    "agreement": (
        gettext_lazy("Instalment agreement on paper"),
        gettext_lazy("The agreement as it was noted, with an acknowledgement of the debt, for both sides to sign."),
    ),
    "assignment": (
        gettext_lazy("Assign claims"),
        gettext_lazy(
            "The contract for both sides to sign, and the notice to the debtor. Compensation cannot be assigned and is left out. Nothing "
            "changes in the books: once it is signed, stop the ladder for the customer and withdraw the invoices."
        ),
    ),
    "agency_order": (
        gettext_lazy("Order an agency"),
        gettext_lazy("The order to sign, with what is open and posted. The hand-over itself is a step of the ladder."),
    ),
}


def agreement_paper(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The paper of an agreement that was noted."""
    return _contract(request, pk, "agreement")


def assignment_paper(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The contract that assigns claims, and the notice to the debtor."""
    return _contract(request, pk, "assignment")


def order_paper(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The order to an agency."""
    return _contract(request, pk, "agency_order")


def _contract(request: StaffRequest, pk: int, kind: str) -> HttpResponseBase:
    """*Look at it first* shows the first paper without a number, *Make it* makes and keeps all of them."""
    row, on = access.get(request, CUSTOMERS, pk), today(request)
    form: PaperOfContract = FORMS[kind](
        request.POST or None, agreements=_agreements(row), items=open_items(row), initial=_first(request, row, kind, on=on)
    )
    if request.method == "POST" and form.is_valid():
        try:
            if "look" in request.POST:
                [(first, facts), *_more] = actions.contract_facts(row, form.wish(), on=on, language=form.cleaned_data["language"])
                return looked_at(first, language=form.cleaned_data["language"], facts=facts)
            made = actions.make_contract(row, form.wish(), language=form.cleaned_data["language"], on=on, now=clock.now(), by=request.user)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            numbers = ", ".join(paper.number for paper in made)
            messages.success(request, _("Made and kept as %(number)s.") % {"number": numbers})
            return HttpResponseRedirect(to("customer_papers", row.pk))
    return _shown(request, row, kind, form)


def _shown(request: StaffRequest, row: Customer, kind: str, form: PaperOfContract) -> HttpResponse:
    heading, text = HEADINGS[kind]
    has_any = kind != "agreement" or _agreements(row).exists()
    context = {"customer": row, "form": form, "heading": heading, "text": text, "has_any": has_any}
    return render(request, "dashboard/contract.html", context, status=UNPROCESSABLE if form.errors else 200)


def _agreements(row: Customer) -> Any:
    return Agreement.objects.filter(customer=row, ended_on=None).order_by("-pk")


def _first(request: StaffRequest, row: Customer, kind: str, *, on: date) -> dict[str, Any]:
    first: dict[str, Any] = {"language": row.language or row.creditor.language, "items": list(open_items(row).filter(due_on__lt=on))}
    if kind == "agency_order":
        agency = of_company(request, Agency.objects.filter(is_active=True)).order_by("pk").first()
        first |= {"name": agency.name if agency else "", "contact_person": request.user.get_full_name()}
    if kind == "assignment":
        first |= {"price_due_on": on + timedelta(days=14), "passes_on": on + timedelta(days=14)}
    return first
