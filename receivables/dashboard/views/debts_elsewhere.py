"""Mediation and the sale of debts: begun on the customer's page of court, ended there."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import DebtSale, Mediation
from invoices.models import Customer, Item
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.clocks import TakeBackForm
from receivables.dashboard.forms.court import MediationEndForm, MediationForm, SaleForm, SettlementForm
from receivables.dashboard.templatetags.look import amount
from receivables.dashboard.views.common import open_items, to, today

CUSTOMERS = Customer.objects.select_related("creditor")
MEDIATIONS = Mediation.objects.filter(ended_on=None).select_related("customer")
SALES = DebtSale.objects.select_related("customer", "author")


def mediation_begin(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that talks before a mediator began."""
    row = access.get(request, CUSTOMERS, pk)
    form = MediationForm(**given(request), items=open_items(row), initial={"began_on": today(request)})
    ask = Ask(
        heading=_("Begin a mediation"),
        submit=_("Note it"),
        **_back(row),
        text=_("Nobody is chased for these items until you note how it ended. Limitation stands still meanwhile."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.begin_mediation(
            row, list(said["items"]), mediator=said["mediator"], began_on=said["began_on"], today=today(request),
            reference=said["reference"], by=request.user,
        )  # fmt: skip
        return _("The mediation is noted.")

    return asked(request, form, ask, deed)


def mediation_settle(request: StaffRequest, pk: int) -> HttpResponse:
    """The settlement becomes an instalment agreement."""
    talks = access.get(request, MEDIATIONS, pk)
    covered = list(Item.objects.open().filter(mediations__mediation=talks).order_by("due_on", "label"))
    if not covered:
        raise Http404("nothing is open")
    owed = sum(item.open_amount for item in covered)
    ask = Ask(
        heading=_("Settlement before the mediator"),
        submit=_("Agree"),
        **_back(talks.customer),
        text=_("It becomes an instalment agreement over all that is open of its items. One rate is enough where all is paid on one day."),
        facts=[{"label": _("Open"), "amount": owed, "currency": covered[0].currency}],
    )

    def deed(said: dict[str, Any]) -> str:
        made = actions.settle_mediation(
            talks, rates=said["schedule"], on=said["on"], today=today(request), waives_interest=said["waives"], by=request.user
        )
        return _("Settled: agreement %(label)s.") % {"label": made.label}

    return asked(request, SettlementForm(**given(request), items=covered, initial={"on": today(request)}), ask, deed)


def mediation_fail(request: StaffRequest, pk: int) -> HttpResponse:
    """It ended without a settlement."""
    talks = access.get(request, MEDIATIONS, pk)
    ask = Ask(
        heading=_("Mediation without a settlement"),
        submit=_("Note it"),
        **_back(talks.customer),
        text=_("The ladder goes on with the next run, and limitation from the next day."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.fail_mediation(talks, on=said["on"], today=today(request), note=said["note"], by=request.user)
        return _("It is noted.")

    return asked(request, MediationEndForm(**given(request), initial={"on": today(request)}), ask, deed)


def debt_sell(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that debts were sold."""
    row, on = access.get(request, CUSTOMERS, pk), today(request)
    form = SaleForm(**given(request), items=open_items(row), initial={"sold_on": on, "price_due_on": on})
    ask = Ask(
        heading=_("Sell debts"),
        submit=_("Note the sale"),
        tone="danger",
        **_back(row),
        text=_(
            "The items close as sold: they are not called paid, and VAT relief taken on them has to be given back. Posted interest and "
            "fees pass with the debt and are waived here. The contract and the notice to the debtor are made and kept; nothing is sent. "
            "What is disputed, agreed or with an agency cannot be sold before that has ended."
        ),
    )

    def deed(said: dict[str, Any]) -> str:
        sale = actions.sell_debt(row, list(said["items"]), form.buyer_said(), form.terms_said(), today=on, by=request.user)
        return _("Sold for %(price)s.") % {"price": amount(sale.price, sale.currency)}

    return asked(request, form, ask, deed)


def debt_sale(request: StaffRequest, pk: int) -> HttpResponse:
    """A sale: price, discount, who keeps what."""
    sale = access.get(request, SALES, pk)
    return render(
        request,
        "dashboard/debt_sale.html",
        {
            "sale": sale,
            "facts": _facts(sale),
            "papers": list(actions.sale_papers(sale)),
            "lines": list(sale.items.select_related("item").order_by("item__due_on", "item__label")),
        },
    )


def debt_sale_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """The sale did not come to be, or was undone."""
    sale = access.get(request, SALES, pk)
    ask = Ask(
        heading=_("Take the sale back"),
        submit=_("Take it back"),
        tone="danger",
        back=to("debt_sale", sale.pk),
        back_label=sale.buyer,
        text=_("What was sold is open again and goes on where it stood. What was waived with the sale stays waived."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.take_back_sale(sale, reason=said["reason"], today=today(request), by=request.user)
        return _("It is taken back and counts no more.")

    return asked(request, TakeBackForm(**given(request)), ask, deed)


def _facts(sale: DebtSale) -> list[dict[str, Any]]:
    discount = sale.principal - sale.price
    share = _("%(percent)s %% of the principal") % {"percent": f"{discount * 100 / sale.principal:.1f}"} if discount else ""
    facts: list[dict[str, Any]] = [
        {"label": _("Buyer"), "value": sale.buyer, "note": sale.buyer_tax_id},
        {"label": _("Customer"), "value": sale.customer.name, "url": to("customer", sale.customer_id)},
        {"label": _("Principal sold"), "amount": sale.principal, "currency": sale.currency},
        {"label": _("Price"), "amount": sale.price, "currency": sale.currency},
        {"label": _("Discount"), "amount": discount, "currency": sale.currency, "note": share},
        {"label": _("Price due on"), "on": sale.price_due_on},
        {"label": _("Passed on"), "on": sale.sold_on},
        {"label": _("Compensation for recovery costs"), "value": sale.get_compensation_display()},
        {"label": _("Note"), "value": sale.note},
    ]
    if sale.taken_back_on:
        facts.append({"label": _("Taken back on"), "on": sale.taken_back_on, "note": sale.taken_back_reason})
    return facts


def _back(row: Customer) -> dict[str, Any]:
    return {"back": to("customer_court", row.pk), "back_label": row.name}
