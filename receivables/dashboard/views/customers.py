"""Customers: the list, one of them, and what people do there."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.ahead import DAYS, coming, last_day
from dunning.models import Hold, Policy
from invoices import actions as books
from invoices.models import Customer, Item
from invoices.states import PaidPart
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.deeds import ContactForm, HoldForm, PaymentForm, TaskForm
from receivables.dashboard.forms.filters import CustomerFilter
from receivables.dashboard.paging import sorter
from receivables.dashboard.queries import customer as one
from receivables.dashboard.queries import customers as many
from receivables.dashboard.queries.claimable import unclaimed_facts
from receivables.dashboard.queries.clocks import clocks_of_customer
from receivables.dashboard.queries.moving import moves_of
from receivables.dashboard.queries.registers import registers_of
from receivables.dashboard.views.common import SETTLED_TOO, head, items_words, open_items, to, today
from receivables.dashboard.words import step_word

CUSTOMERS = Customer.objects.select_related("creditor", "merged_into")


def customers(request: StaffRequest) -> HttpResponse:
    """Who owes how much, the most overdue first unless told otherwise."""
    form, wanted = _filtered(request)
    rows = of_company(request, Customer.objects.standing())
    on = today(request)
    page = many.customers_page(request.creditor, rows, wanted, request.GET, on=on)
    sort = sorter(many.ORDERS, wanted.sort, request.GET)
    columns = [
        head(_("Name"), **sort("name")), head(_("Number")), head(_("Kind")), head(_("Open"), "amount", **sort("open")),
        head(_("Overdue"), "amount", **sort("overdue")), head(_("Oldest"), "number"), head(_("Rating")),
        head(_("Next step")), head(_("Special")),
    ]  # fmt: skip
    context = {"page": page, "filter": form, "asked": wanted, "columns": columns, "query_string": request.GET.urlencode(), "on": on}
    return render(request, "dashboard/customers.html", context)


def customers_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same customers in the same order, all of them."""
    _form, wanted = _filtered(request)
    rows = of_company(request, Customer.objects.standing())
    heads = [_("Number"), _("Name"), _("Kind"), _("NIP or VAT number"), _("Currency"), _("Open"), _("Overdue"), _("Oldest due date")]
    heads += [_("Days overdue"), _("Next step"), _("Next step on"), _("Rating")]
    lines = many.all_lines(request.creditor, rows, wanted, on=today(request))
    return csv_response("customers", heads, (_cells(line, wanted.currency) for line in lines))


def _cells(line: many.Line, currency: str) -> list[object]:
    customer, owed = line.customer, line.figures
    who = [customer.number, customer.name, customer.get_kind_display(), customer.tax_id, currency]
    return [*who, owed.open, owed.overdue, owed.oldest_on, line.days, step_word(line.next.step), line.next.on, line.rating]


def _filtered(request: StaffRequest) -> tuple[CustomerFilter, many.Asked]:
    codes = many.currencies(of_company(request, Item.objects.all()), request.creditor.currency)
    form = CustomerFilter(request.GET, policies=of_company(request, Policy.objects.all()), currencies=codes)
    said = form.asked()
    policy = said.get("policy")
    return form, many.Asked(
        currency=said.get("currency") or request.creditor.currency,
        q=form.text("q").strip(),
        kind=form.text("kind"),
        policy=policy.pk if policy else None,
        overdue=bool(said.get("overdue")),
        held=bool(said.get("held")),
        credit=form.text("credit"),
        sort=form.text("sort") if form.text("sort") in many.ORDERS else "overdue",
    )


def customer(request: StaffRequest, pk: int) -> HttpResponse:
    """One customer: what is owed, what happens next and why, what was said and done."""
    row = access.get(request, CUSTOMERS, pk)
    closed_too = request.GET.get("items") == SETTLED_TOO
    shown = one.customer_page(row, on=today(request), closed_too=closed_too)
    tasks = [{"task": task, "form": TaskForm(kind=task.kind)} for task in shown.tasks]
    return render(
        request,
        "dashboard/customer.html",
        {
            "customer": row,
            "shown": shown,
            "tasks": tasks,
            "tabs": _tabs(closed_too=closed_too),
            "stats": _stats(shown),
            "registers": registers_of(row, on=today(request)),
            "clocks": [*clocks_of_customer(row), *unclaimed_facts(row, on=today(request))],
            "on": today(request),
            "moves": moves_of(row),
        },
    )


def customer_coming(request: StaffRequest, pk: int) -> HttpResponse:
    """What would go to the customer in the coming days, if nothing else happens."""
    row = access.get(request, CUSTOMERS, pk)
    on = today(request)
    context = {"customer": row, "coming": coming(row, on=on), "on": on, "last": last_day(on), "days": DAYS}
    return render(request, "dashboard/customer_coming.html", context)


def _tabs(*, closed_too: bool) -> list[dict[str, Any]]:
    return [
        {"label": _("Open items"), "url": "?", "is_current": not closed_too},
        {"label": _("All items"), "url": f"?items={SETTLED_TOO}", "is_current": closed_too},
    ]


def _stats(shown: one.CustomerPage) -> list[dict[str, Any]]:
    """Balance and overdue per currency, and money that is not allocated."""
    stats: list[dict[str, Any]] = []
    for balance in shown.balances:
        for label, figure in ((_("Balance"), balance.open), (_("Overdue"), balance.overdue)):
            stats.append({"label": label, "amount": figure.amount, "currency": balance.currency, "note": items_words(figure.count)})
    stats += [
        {"label": _("Claims"), "amount": amount, "currency": code, "note": _("beside the balance")} for code, amount in shown.claims.items()
    ]
    return stats + [{"label": _("Not allocated"), "amount": amount, "currency": code} for code, amount in shown.credit.items()]


def customer_hold(request: StaffRequest, pk: int) -> HttpResponse:
    """Leave the customer, or one item, alone for a while."""
    row = access.get(request, CUSTOMERS, pk)
    first = {"item": request.GET.get("item")} if request.method == "GET" else None
    form = HoldForm(**given(request), items=open_items(row), initial=first)
    ask = Ask(
        heading=_("Hold the ladder"),
        submit=_("Hold"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("Nothing is sent while it lasts, and what is being sent now is stopped where that is still possible."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.hold(said["item"] or row, on=today(request), until=said["until"], reason=said["reason"], by=request.user)
        return _("Held until %(day)s.") % {"day": f"{said['until']:%d.%m.%Y}"} if said["until"] else _("Held until somebody releases it.")

    return asked(request, form, ask, deed)


def customer_contact(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct how the customer is reached; an address that did not work gets a new chance."""
    row = access.get(request, CUSTOMERS, pk)
    before = one.reach_of(row)
    form = ContactForm(**given(request), initial=before)
    ask = Ask(heading=_("Change the contact"), submit=_("Save"), back=to("customer", row.pk), back_label=row.name)

    def deed(said: dict[str, Any]) -> str:
        ways = {name: said[name] or None for name in ("email", "phone") if said[name] != before[name]}
        parts = {name: said[name] for name in ("street", "postcode", "city")}
        if any(parts[name] != before[name] for name in parts):
            ways["address"] = {**parts, "country": row.country} if any(parts.values()) else None
        actions.change_contact(row, on=today(request), by=request.user, **ways)
        return _("The contact is changed.")

    return asked(request, form, ask, deed)


def customer_agency(request: StaffRequest, pk: int) -> HttpResponse:
    """The agency's receipt is in, or the hand-over is called back."""
    row = access.get(request, CUSTOMERS, pk)

    def deed() -> str:
        if request.POST.get("answer") == "recall":
            actions.recall(row, on=today(request), by=request.user)
            return _("The hand-over is called back; the ladder goes on.")
        actions.accept(row, on=today(request), by=request.user)
        return _("The agency has confirmed the hand-over.")

    return done(request, to("customer", row.pk), deed)


def hold_release(request: StaffRequest, pk: int) -> HttpResponse:
    """End a hold, with all others of the same customer or item."""
    hold = access.get(request, Hold.objects.select_related("customer", "item"), pk)

    def deed() -> str:
        actions.release_hold(hold.item or hold.customer, on=today(request), by=request.user)
        return _("The hold is released.")

    return done(request, to("customer", hold.customer_id), deed)


def customer_payment(request: StaffRequest, pk: int) -> HttpResponse:
    """Book money that came from the customer."""
    row = access.get(request, CUSTOMERS, pk)
    currency = row.currency or row.creditor.currency
    first = {"booked_on": today(request), "currency": currency, "items": request.GET.getlist("item")}
    form = PaymentForm(**given(request), items=open_items(row), currency=currency, initial=first)
    ask = Ask(heading=_("Book a payment"), submit=_("Book"), back=to("customer", row.pk), back_label=row.name)

    def deed(said: dict[str, Any]) -> str:
        books.record_payment(
            row,
            amount=said["amount"],
            currency=said["currency"],
            booked_on=said["booked_on"],
            reference=said["reference"] or None,
            invoices=list(said.get("items") or ()) or None,
            names=PaidPart(said["names"]) if said["names"] else None,
            title=said["title"],
            payer_name=said["payer_name"],
            by=request.user,
        )
        return _("The payment is booked.")

    return asked(request, form, ask, deed)
