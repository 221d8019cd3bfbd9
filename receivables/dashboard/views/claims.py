"""Claims beside the principal: what the company has set, what contracts agree, and the ledger of a customer."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions as process
from dunning.claimable import claimable_or_why_not
from invoices import actions as books
from invoices.models import Claim, ClaimRules, Customer, Invoice, SparedCustomer
from invoices.states import ClaimKind, Kind
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.claims import (
    ClaimRulesForm,
    ContractRateForm,
    KindForm,
    PostForm,
    ReverseClaimForm,
    SpareForm,
    WaiveForm,
)
from receivables.dashboard.forms.deeds import Confirmation
from receivables.dashboard.queries import claims as queries
from receivables.dashboard.queries.rates import problem_words
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import claim_word

CUSTOMERS = Customer.objects.select_related("creditor")
INVOICES = Invoice.objects.select_related("customer__creditor")
CLAIMS = Claim.objects.with_figures().select_related("customer__creditor", "invoice", "item")


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
    stats = [{"label": _("Open claims"), "amount": amount, "currency": code} for code, amount in shown.open.items()]
    return render(request, "dashboard/customer_claims.html", {"customer": row, "shown": shown, "stats": stats, "on": today(request)})


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


def claims_post(request: StaffRequest, pk: int) -> HttpResponse:
    """Post what could be claimed of a customer, after a look at each figure."""
    row = access.get(request, CUSTOMERS, pk)
    return _post(request, row, None, _back(row))


def invoice_claims_post(request: StaffRequest, pk: int) -> HttpResponse:
    """The same for one invoice."""
    row = access.get(request, INVOICES, pk)
    return _post(request, row.customer, row, {"back": to("invoice", row.pk), "back_label": row.number})


def _post(request: StaffRequest, customer: Customer, invoice: Invoice | None, back: dict[str, Any]) -> HttpResponse:
    ask = Ask(
        heading=_("Post claims"),
        submit=_("Post"),
        **back,
        text=_("What is posted stands in the ledger beside the principal; the invoice does not change, and nothing is sent by this."),
        template="dashboard/claims_post.html",
    )
    new, problems = claimable_or_why_not(customer, on=today(request), invoice=invoice)
    form = PostForm(**given(request), initial=queries.totals_of(new))

    def deed(said: dict[str, Any]) -> str:
        kinds = [ClaimKind(kind) for kind in said["kinds"]]
        process.post_claimable(customer, kinds=kinds, invoice=invoice, expected=form.expected(), on=today(request), by=request.user)
        return _("The claims are posted.")

    return asked(request, form, ask, deed, proposals=queries.proposals_of(new), problems=problem_words(problems))


def claim(request: StaffRequest, pk: int) -> HttpResponse:
    """One claim: its entries, its working, the letters that stated it."""
    row = access.get(request, CLAIMS, pk)
    shown = queries.claim_page(row)
    what = claim_word(row)
    return render(request, "dashboard/claim.html", {"claim": row, "shown": shown, "what": what, "stats": _stats(row)})


def _stats(row: Any) -> list[dict[str, Any]]:
    labels = {"posted": _("Posted"), "waived": _("Waived"), "paid": _("Paid"), "open": _("Open")}
    return [{"label": label, "amount": getattr(row, name), "currency": row.currency} for name, label in labels.items()]


def claim_waive(request: StaffRequest, pk: int) -> HttpResponse:
    """Give up a claim, in part or whole."""
    row = access.get(request, CLAIMS, pk)
    ask = Ask(
        heading=_("Waive this claim?"),
        submit=_("Waive"),
        **_back_to_claim(row),
        facts=_facts(row),
        text=_("What is waived is never claimed again: later letters leave it out and say so."),
        tone="danger",
    )

    def deed(said: dict[str, Any]) -> str:
        books.waive_claim(row, amount=said["amount"], reason=said["reason"], on=today(request), by=request.user)
        return _("The claim is waived.")

    return asked(request, WaiveForm(**given(request)), ask, deed)


def claim_reverse(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a claim back as if it had never been owed."""
    row = access.get(request, CLAIMS, pk)
    ask = Ask(
        heading=_("Reverse this claim?"),
        submit=_("Reverse"),
        **_back_to_claim(row),
        facts=_facts(row),
        text=_("It counts as never owed. Money that paid it becomes open credit, and no letter claims it again."),
        tone="danger",
    )

    def deed(said: dict[str, Any]) -> str:
        books.reverse_claim(row, reason=said["reason"], on=today(request), by=request.user)
        return _("The claim is reversed.")

    return asked(request, ReverseClaimForm(**given(request)), ask, deed)


def claims_rerun(request: StaffRequest, pk: int) -> HttpResponse:
    """Work out the posted claims anew and book what differs, after a look at it."""
    row = access.get(request, CUSTOMERS, pk)
    ask = Ask(
        heading=_("Work out posted claims anew"),
        submit=_("Book the new figures"),
        **_back(row),
        text=_("A new figure supersedes the old one by a contra-entry. Money that it no longer bears becomes open credit."),
        template="dashboard/claims_rerun.html",
    )

    def deed(said: dict[str, Any]) -> str:
        found = process.rerun_claims(row, reason=said["reason"], on=today(request), by=request.user)
        return _("The new figures are booked.") if found else _("Nothing differs.")

    shown = queries.claims_page(row, on=today(request))
    return asked(request, ReverseClaimForm(**given(request)), ask, deed, shown=shown)


def customer_kind(request: StaffRequest, pk: int) -> HttpResponse:
    """The customer is another kind of debtor than was thought."""
    row = access.get(request, CUSTOMERS, pk)
    ask = Ask(
        heading=_("Change the kind of customer"),
        submit=_("Change"),
        **_back(row),
        text=_("Posted claims are worked out anew at once. Where letters demanded what such a debtor does not owe, a task opens."),
        facts=[{"label": _("Kind now"), "value": row.get_kind_display()}],
    )

    def deed(said: dict[str, Any]) -> str:
        process.change_kind(row, Kind(said["kind"]), reason=said["reason"], on=today(request), by=request.user)
        return _("The kind is changed, and posted claims are worked out anew.")

    return asked(request, KindForm(**given(request), initial={"kind": row.kind}), ask, deed)


def _facts(row: Any) -> list[dict[str, Any]]:
    what = claim_word(row)
    return [{"label": row.invoice.number, "value": what}, {"label": _("Open"), "amount": row.open, "currency": row.currency}]


def _back_to_claim(row: Any) -> dict[str, Any]:
    return {"back": to("claim", row.pk), "back_label": row.invoice.number}


def _back(customer: Customer) -> dict[str, Any]:
    return {"back": to("customer_claims", customer.pk), "back_label": customer.name}
