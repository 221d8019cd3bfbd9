"""Insured debts that are overdue: what is covered, by when the insurer has to be notified, and the terms of policies."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from invoices.models import Item
from receivables.credit import actions
from receivables.credit.insured import InsuredLine, insured_lines, policies_of
from receivables.credit.models import InsuranceNotice
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.clocks import TakeBackForm
from receivables.dashboard.forms.insurance import InsuranceFilter, InsurancePolicyForm, NotifyForm
from receivables.dashboard.views.clocks import Listing, shown
from receivables.dashboard.views.common import head, to, today

ITEMS = Item.objects.open().select_related("customer", "invoice")
NOTICES = InsuranceNotice.objects.select_related("item", "policy", "customer")


def insurance(request: StaffRequest) -> HttpResponse:
    """Overdue debts of customers with an insured limit."""
    form, rows = _lines(request)
    policies = policies_of(request.creditor)
    terms = [
        _("%(name)s: notify within %(days)d days after the due date, %(percent)s %% covered")
        % {"name": policy.name, "days": policy.notify_days, "percent": f"{policy.percent.normalize():f}"}
        for policy in policies
    ]
    return shown(
        request,
        Listing(
            name="insurance",
            heading=_("Insured debts"),
            lead=_(
                "Overdue debts of customers with an insured limit, what of them is covered, and by when the insurer has to be notified. "
                "Nothing is passed on by itself: notify the insurer, then note it here."
            ),
            rows=rows,
            row="dashboard/_insurance_row.html",
            columns=[
                head(_("Item")), head(_("Customer")), head(_("Due")), head(_("Notify by")), head(_("Covered"), "amount"),
                head(_("Open"), "amount"), head(_("To do")),
            ],
            empty=(_("Nothing insured is overdue"), _("A customer's insured limit is set on its page.")),
            export="insurance_export",
            form=form,
            note="; ".join(terms) or _("No policy is entered yet, so no day can be worked out. A manager enters its terms."),
        ),
        policy_url=to("insurance_policy") if "manage_company" in request.deeds else "",
    )  # fmt: skip


def insurance_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same debts in the same order, all of them."""
    _form, rows = _lines(request)
    heads = [_("Item"), _("Customer number"), _("Customer"), _("Due"), _("Notify by"), _("Notified on"), _("Reference"), _("Covered")]
    return csv_response("insured", [*heads, _("Open"), _("Currency"), _("Policy")], (_cells(line) for line in rows))


def _cells(line: InsuredLine) -> list[object]:
    item, cover, notice = line.item, line.cover, line.notice
    told = [notice.on, notice.reference] if notice else ["", ""]
    who = [item.label, item.customer.number, item.customer.name, item.due_on, cover.notify_by]
    return [*who, *told, cover.covered, item.open_amount, item.currency, cover.policy.name if cover.policy else ""]


def _lines(request: StaffRequest) -> tuple[InsuranceFilter, list[InsuredLine]]:
    form = InsuranceFilter(request.GET)
    sought, state = form.text("q").strip().casefold(), form.text("state")
    lines = insured_lines(request.creditor, on=today(request))
    fits = {"due": lambda line: line.is_due, "notified": lambda line: line.notice is not None}.get(state, lambda line: True)
    return form, [line for line in lines if fits(line) and sought in _words(line)]


def _words(line: InsuredLine) -> str:
    customer = line.item.customer
    return "\n".join((line.item.label, customer.name, customer.number)).casefold()


def insurance_policy(request: StaffRequest) -> HttpResponse:
    """Enter the terms of a policy."""
    ask = Ask(
        heading=_("Terms of an insurance policy"),
        submit=_("Save"),
        back=to("insurance"),
        back_label=pgettext("debts", "Insured"),
        text=_("The limits of customers are set on their pages, with the number of the policy in the insurer's decision."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.set_insurance(request.creditor, **said, today=today(request), by=request.user)
        return _("The terms are saved.")

    return asked(request, InsurancePolicyForm(**given(request), initial={"since": today(request)}), ask, deed)


def insurance_notify(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that the insurer was notified."""
    item = access.get(request, ITEMS, pk)
    ask = Ask(
        heading=_("Note that the insurer was notified"),
        submit=_("Note it"),
        back=to("insurance"),
        back_label=pgettext("debts", "Insured"),
        facts=[{"label": item.label, "amount": item.open_amount, "currency": item.currency, "note": item.customer.name}],
    )

    def deed(said: dict[str, Any]) -> str:
        actions.notify_insurer(item, on=said["on"], today=today(request), reference=said["reference"], by=request.user)
        return _("It is noted.")

    return asked(request, NotifyForm(**given(request), initial={"on": today(request)}), ask, deed)


def insurance_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that it was noted by mistake."""
    notice = access.get(request, NOTICES, pk)
    ask = Ask(
        heading=_("Noted by mistake?"),
        submit=_("Take it back"),
        tone="danger",
        back=to("insurance"),
        back_label=pgettext("debts", "Insured"),
        facts=[{"label": notice.item.label, "on": notice.on, "note": notice.reference}],
    )

    def deed(said: dict[str, Any]) -> str:
        actions.take_back_notice(notice, reason=said["reason"], today=today(request), by=request.user)
        return _("It is taken back and counts no more.")

    return asked(request, TakeBackForm(**given(request)), ask, deed)
