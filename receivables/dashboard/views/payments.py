"""Payments: the list, one of them, new money, money that went back, what is left to allocate."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices import actions as books
from invoices.actions import left_of
from invoices.models import Claim, Customer, Payment
from receivables.core.money import Money
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.deeds import AllocateForm, ReverseForm
from receivables.dashboard.forms.filters import PaymentFilter
from receivables.dashboard.queries import payments as queries
from receivables.dashboard.queries.customers import searched
from receivables.dashboard.queries.settling import beside
from receivables.dashboard.templatetags.look import amount as shown
from receivables.dashboard.views.common import head, open_items, to, today
from receivables.dashboard.words import bank_reference, payment_word

PAYMENTS = Payment.objects.select_related("customer__creditor", "creditor", "reversal", "reverses", "recorded_by")
FOUND = 20


def payments(request: StaffRequest) -> HttpResponse:
    """All money that came or went back, newest first."""
    form, wanted = _filtered(request)
    page = queries.payments_page(
        of_company(request, Payment.objects.all()), wanted, of_company(request, Customer.objects.all()), request.GET
    )
    columns = [
        head(_("Booked")), head(_("Customer")), head(_("Title")),
        head(_("Amount"), "amount"), head(_("Not allocated"), "amount"),
    ]  # fmt: skip
    context = {"page": page, "filter": form, "columns": columns, "query_string": request.GET.urlencode()}
    return render(request, "dashboard/payments.html", context)


def payments_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same payments in the same order, all of them."""
    _form, wanted = _filtered(request)
    lines = queries.all_lines(of_company(request, Payment.objects.all()), wanted, of_company(request, Customer.objects.all()))
    heads = [_("Booked"), _("Customer number"), _("Customer"), _("Payer"), _("Title"), _("Reference"), _("Currency"), _("Amount")]
    return csv_response("payments", [*heads, _("Not allocated"), _("Takes back")], (_cells(line) for line in lines))


def _cells(line: queries.Line) -> list[object]:
    row = line.payment
    what = [row.booked_on, row.customer.number, row.customer.name, row.payer_name, row.title, row.reference, row.currency]
    return [*what, row.amount, line.left, row.reverses.reference if row.reverses else ""]


def _filtered(request: StaffRequest) -> tuple[PaymentFilter, queries.Asked]:
    form = PaymentFilter(request.GET)
    said = form.asked()
    return form, queries.Asked(
        q=form.text("q").strip(),
        since=said.get("since"),
        until=said.get("until"),
        unallocated=bool(said.get("unallocated")),
        customer=said.get("customer"),
    )


def payment(request: StaffRequest, pk: int) -> HttpResponse:
    """One payment and what it settled."""
    row = access.get(request, PAYMENTS, pk)
    (line,) = queries.lines([row])
    facts = [
        {"label": _("Booked on"), "on": row.booked_on},
        {"label": _("Customer"), "value": row.customer.name, "url": row.customer.get_absolute_url()},
        {"label": _("Bank reference"), "value": bank_reference(row)},
        {"label": _("Transfer title"), "value": row.title},
        {"label": _("Payer"), "value": row.payer_name},
        {"label": _("Recorded by"), "value": str(row.recorded_by or _("the program"))},
    ]
    return render(
        request,
        "dashboard/payment.html",
        {
            "payment": row,
            "line": line,
            "facts": facts,
            "entries": queries.entries_of(row),
            "on_claims": queries.claim_entries_of(row),
            "beside": beside(row),
            "home": row.creditor.currency,
        },
    )


def payment_new(request: StaffRequest) -> HttpResponse:
    """Find the customer who paid; the form is at the customer."""
    words = request.GET.get("q", "").strip()[:200]
    rows = of_company(request, Customer.objects.standing()).filter(searched(words)).order_by("name", "pk")[:FOUND] if words else []
    return render(request, "dashboard/payment_new.html", {"words": words, "customers": rows})


def payment_allocate(request: StaffRequest, pk: int) -> HttpResponse:
    """Let what is left of a payment settle open items."""
    row = access.get(request, PAYMENTS, pk)
    items = open_items(row.customer).filter(currency=row.currency)
    claims = Claim.objects.filter(customer=row.customer, currency=row.currency).still_open().select_related("invoice")
    form = AllocateForm(**given(request), items=items, claims=claims.order_by("pk"), initial={"on": today(request)})
    ask = Ask(
        heading=_("Allocate the payment"),
        submit=_("Allocate"),
        **_back(row),
        facts=[{"label": _("Left"), "amount": left_of(row), "currency": row.currency}],
    )

    def deed(said: dict[str, Any]) -> str:
        if chosen := list(said.get("claims") or ()):
            parts = books.pay_claims(row, chosen, on=said["on"], amount=said["amount"], by=request.user)
        else:
            spread = books.allocate(row, list(said["items"]), on=said["on"], amount=said["amount"], by=request.user)
            parts = {**spread.parts, **{-claim: part for claim, part in spread.claims.items()}}
        used = Money(sum(parts.values(), Decimal(0)), row.currency)
        return _("%(amount)s is allocated.") % {"amount": shown(used)}

    return asked(request, form, ask, deed)


def payment_reverse(request: StaffRequest, pk: int) -> HttpResponse:
    """A refund or chargeback: what the payment settled opens again."""
    row = access.get(request, PAYMENTS, pk)
    ask = Ask(
        heading=_("Take the payment back?"),
        submit=_("Take back"),
        tone="danger",
        **_back(row),
        text=_("A second payment takes this one back: what it settled opens again, and a person looks before the next message."),
        facts=[
            {"label": _("Amount"), "amount": row.amount, "currency": row.currency},
            {"label": _("Customer"), "value": row.customer.name},
        ],
    )

    def deed(said: dict[str, Any]) -> str:
        books.reverse_payment(row, on=said["on"], reference=said["reference"] or None, by=request.user)
        return _("The payment is taken back.")

    return asked(request, ReverseForm(**given(request), initial={"on": today(request)}), ask, deed)


def _back(row: Payment) -> dict[str, str]:
    return {"back": to("payment", row.pk), "back_label": payment_word(row)}
