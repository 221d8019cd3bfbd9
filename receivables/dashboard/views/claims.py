"""Claims beside the principal: what the company has set, what contracts agree, and the ledger of a customer."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices import actions as books
from invoices.models import ClaimRules, Customer, Invoice, SparedCustomer
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.claims import ClaimRulesForm, ContractRateForm, SpareForm
from receivables.dashboard.forms.deeds import Confirmation
from receivables.dashboard.queries import claims as queries
from receivables.dashboard.views.common import to, today

CUSTOMERS = Customer.objects.select_related("creditor")
INVOICES = Invoice.objects.select_related("customer__creditor")


def claim_settings(request: StaffRequest) -> HttpResponse:
    """When the company claims compensation; what was set before, and who is spared."""
    rules = ClaimRules.objects.in_force(request.creditor, on=today(request))
    ask = Ask(
        heading=_("Claims: compensation"),
        submit=_("Set from today"),
        back=to("claim_settings"),
        back_label=_("Compensation"),
        template="dashboard/claim_settings.html",
    )

    def deed(said: dict[str, Any]) -> str:
        books.set_claim_rules(request.creditor, on=today(request), by=request.user, **said)
        return _("Set from today on; what was said before stays.")

    form = ClaimRulesForm(**given(request), initial=_as_set(rules))
    history = of_company(request, ClaimRules.objects.select_related("by"))
    spared = of_company(request, SparedCustomer.objects.standing(on=today(request)).select_related("customer", "by"))
    return asked(request, form, ask, deed, history=history, spared=spared.order_by("customer__name"))


def _as_set(rules: ClaimRules | None) -> dict[str, Any]:
    if rules is None:
        return {"claims_compensation": True}
    amount = f"{rules.minimum_amount:.2f}" if rules.minimum_amount else None
    return {"claims_compensation": rules.claims_compensation, "minimum_amount": amount, "minimum_days": rules.minimum_days or None}


def customer_claims(request: StaffRequest, pk: int) -> HttpResponse:
    """What is claimed of a customer beside the principal, and on what terms."""
    row = access.get(request, CUSTOMERS, pk)
    shown = queries.claims_page(row, on=today(request))
    return render(request, "dashboard/customer_claims.html", {"customer": row, "shown": shown, "on": today(request)})


def customer_spare(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a customer on the keep-relations list."""
    row = access.get(request, CUSTOMERS, pk)
    ask = Ask(
        heading=_("Ask no compensation of this customer?"),
        submit=_("Put on the list"),
        **_back(row),
        text=_("Interest and principal are claimed as before. What was demanded already is not taken back by this."),
    )

    def deed(said: dict[str, Any]) -> str:
        books.spare_customer(row, reason=said["reason"], on=today(request), by=request.user)
        return _("No compensation is asked of this customer any more.")

    return asked(request, SpareForm(**given(request)), ask, deed)


def spared_end(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a customer off the list."""
    spared = access.get(request, SparedCustomer.objects.select_related("customer"), pk)
    ask = Ask(
        heading=_("Claim compensation of this customer again?"),
        submit=_("Take off the list"),
        **_back(spared.customer),
        facts=[{"label": _("Reason"), "value": spared.reason}, {"label": _("Since"), "on": spared.since}],
    )

    def deed(said: dict[str, Any]) -> str:
        books.end_sparing(spared, on=today(request), by=request.user)
        return _("Compensation is claimed again from today.")

    return asked(request, Confirmation(**given(request)), ask, deed)


def customer_rate(request: StaffRequest, pk: int) -> HttpResponse:
    """Contract interest for all that a customer owes."""
    row = access.get(request, CUSTOMERS, pk)
    return _rate(request, row, None, _back(row))


def invoice_rate(request: StaffRequest, pk: int) -> HttpResponse:
    """Contract interest for one invoice, before its customer's."""
    row = access.get(request, INVOICES, pk)
    return _rate(request, row.customer, row, {"back": to("invoice", row.pk), "back_label": row.number})


def _rate(request: StaffRequest, customer: Customer, invoice: Invoice | None, back: dict[str, Any]) -> HttpResponse:
    ask = Ask(
        heading=_("Contract interest"),
        submit=_("Record"),
        **back,
        text=_("It takes the place of the statutory rate from its day on, also in what is claimed later for days gone by."),
    )

    def deed(said: dict[str, Any]) -> str:
        if said["agreed"] == "penalty":
            books.refuse_penalty(request.creditor)
        percent = said["percent"] if said["agreed"] == "interest" else None
        books.agree_rate(
            customer, percent=percent, since=said["since"], contract=said["contract"], invoice=invoice, on=today(request), by=request.user
        )
        return _("The contract interest is recorded.")

    return asked(request, ContractRateForm(**given(request), initial={"since": today(request)}), ask, deed)


def _back(customer: Customer) -> dict[str, Any]:
    return {"back": to("customer_claims", customer.pk), "back_label": customer.name}
