"""The numbers by which registers know a customer; a PESEL is written, and read by few, with a reason that stands in the audit."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices import actions as books
from receivables.core.errors import Refused
from receivables.dashboard import access, words
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, given
from receivables.dashboard.forms.numbers import NumbersForm, PeselReasonForm
from receivables.dashboard.views.common import to
from receivables.dashboard.views.customers import CUSTOMERS


def customer_numbers(request: StaffRequest, pk: int) -> HttpResponse:
    """Note REGON and KRS, and keep or forget a PESEL."""
    row = access.get(request, CUSTOMERS, pk)
    form = NumbersForm(**given(request), initial={"regon": row.regon, "krs": row.krs}, holds_pesel=row.pesel_hash is not None)
    ask = Ask(
        heading=_("Numbers in registers"),
        submit=_("Save"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("They go along with a hand-over and stand in a claim in court, where a wrong number may be fined."),
    )

    @transaction.atomic
    def deed(said: dict[str, Any]) -> str:
        books.set_registered(row, {kind: said[kind] for kind in books.REGISTERED}, by=request.user)
        if said["pesel"] or said.get("forget_pesel"):
            books.set_pesel(row, said["pesel"], by=request.user)
        return _("The numbers are saved.")

    return asked(request, form, ask, deed)


def customer_pesel(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the PESEL to who says why. The page is kept by nobody."""
    row = access.get(request, CUSTOMERS, pk)
    form, pesel = PeselReasonForm(**given(request)), ""
    if form.is_bound and form.is_valid():
        try:
            pesel = books.read_pesel(row, why=form.cleaned_data["reason"], by=request.user)
        except Refused as refusal:
            form.add_error(None, words.said(refusal))
    if pesel:
        response = render(request, "dashboard/pesel.html", {"customer": row, "pesel": pesel})
    else:
        ask = Ask(
            heading=_("Show the PESEL"),
            submit=_("Show it"),
            back=to("customer", row.pk),
            back_label=row.name,
            text=_("Personal data. It is shown once, to who says why; who looked, when and why is kept for good."),
        )
        response = render(request, ask.template, {"form": form, "ask": ask}, status=UNPROCESSABLE if form.is_bound else 200)
    response["Cache-Control"] = "no-store"
    return response
