"""Why customers do not pay: noted by people, counted in a report."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import NonPayment
from dunning.states import WhyUnpaid
from invoices.models import Customer
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.facts import WhyForm
from receivables.dashboard.views.common import owed_invoices, to, today
from receivables.reporting.reasons import noted, reasons_for_overdue

A_YEAR = timedelta(days=365)


def customer_reason(request: StaffRequest, pk: int) -> HttpResponse:
    """Note why it is not paid."""
    row = access.get(request, Customer.objects.select_related("creditor"), pk)
    form = WhyForm(**given(request), invoices=owed_invoices(row), initial={"invoice": request.GET.get("invoice")})
    ask = Ask(
        heading=_("Why is it not paid?"),
        submit=_("Note it"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("It is counted in the report and changes nothing on the ladder. For a dispute or a promise there are forms of their own."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.record_reason(said["invoice"] or row, reason=WhyUnpaid(said["why"]), on=today(request), note=said["note"], by=request.user)
        return _("The reason is noted.")

    return asked(request, form, ask, deed)


def reasons(request: StaffRequest) -> HttpResponse:
    """What is overdue by reason, and how often each was noted in a year."""
    on = today(request)
    words: dict[str, Any] = {str(key): text for key, text in NonPayment.REASONS} | {"": _("nobody has noted a reason")}
    figures = [
        {"figure": figure, "reason": words.get(figure.reason, figure.reason)} for figure in reasons_for_overdue(request.creditor, on=on)
    ]
    counted = [(words.get(reason, reason), number) for reason, number in noted(request.creditor, since=on - A_YEAR, until=on)]
    return render(request, "dashboard/reasons.html", {"on": on, "figures": figures, "counted": counted})
