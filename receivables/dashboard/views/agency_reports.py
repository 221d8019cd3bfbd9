"""What agencies report and how packages reach them: a file, a record by hand, a password shown once; and when to hand over."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dunning.actions.agency_reports import refuse_doubtful
from dunning.actions.passwords import show_password
from dunning.actions.report_taking import ReportRefused, Source, Taken, take_records, take_report
from dunning.agencies.best_date import LEAST_CLOSED
from dunning.agencies.outlook import outlooks_of
from dunning.agencies.report import Told
from dunning.models import Agency, AgencyCall, AgencyDelivery, AgencyReportFile, PackageCall, Placement
from receivables import clock
from receivables.core.errors import Refused
from receivables.dashboard import access, words
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.forms.agency_reports import RecordForm, ReportForm
from receivables.dashboard.queries.agencies import why_not
from receivables.dashboard.views.common import to, today
from receivables.dashboard.views.customers import CUSTOMERS
from receivables.messaging.channels.agency_sftp import print_of

AGENCIES = Agency.objects.select_related("creditor")
SHOWN, TOLD = 30, 20


def agency_reports(request: StaffRequest, pk: int) -> HttpResponse:
    """How its packages go, what came back, and passwords that wait for somebody to tell them."""
    row = access.get(request, AGENCIES, pk)
    calls = PackageCall.objects.filter(agency=row, is_taken=True).exclude(password=None).select_related("message").order_by("-pk")
    way = AgencyDelivery.objects.filter(agency=row).first()
    context = {
        "agency": row,
        "way": way,
        "hook_url": settings.BASE_URL.rstrip("/") + reverse("agencies:called", args=[way.hook_key]) if way and way.hook_key else "",
        "calls": AgencyCall.objects.filter(agency=row).defer("body").order_by("-pk")[:SHOWN],
        "fingerprint": print_of(way.host_key) if way and way.host_key else "",
        "way_label": dict(AgencyDelivery.Way.choices).get(row.delivery, row.delivery),
        "reports": AgencyReportFile.objects.filter(agency=row).defer("content").select_related("by").order_by("-pk")[:SHOWN],
        "passwords": calls[:SHOWN],
    }
    return render(request, "dashboard/agency_reports.html", context)


def agency_report_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a file, whole or not at all; each record that cannot be taken is named."""
    row = access.get(request, AGENCIES, pk)
    form = ReportForm(**given(request))
    text = _("Where one record cannot be taken, none is: each that cannot is named with its line and the reason.")
    ask = Ask(heading=_("Take a report of %(name)s") % {"name": row.name}, submit=_("Take it"), text=text, **_back(row))

    def deed(said: dict[str, Any]) -> str:
        file = said["file"]
        with _naming(form):
            taken = take_report(
                row, file.read(), name=file.name or "report", source=Source.UPLOAD, on=today(request), now=clock.now(), by=request.user
            )
        return _counted(taken)

    return asked(request, form, ask, deed)


def agency_record_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Note a single record that came by phone or mail."""
    row = access.get(request, AGENCIES, pk)
    cases = Placement.objects.filter(agency=row, case_key__isnull=False).exclude(state__in=("draft", "approved"))
    cases = cases.select_related("customer").order_by("-pk")
    form = RecordForm(**given(request), cases=cases)
    ask = Ask(heading=_("Note what %(name)s says") % {"name": row.name}, submit=_("Note it"), **_back(row))

    def deed(said: dict[str, Any]) -> str:
        if said["status"] == Told.PAID_TO_AGENCY and not said["own_id"]:
            refuse_doubtful(said["case"], amount=said["amount"], on=said["date"])
        with _naming(form):
            return _counted(take_records(row, [form.record()], on=today(request), by=request.user))

    return asked(request, form, ask, deed)


def package_password(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a password, once: the page is kept by nobody."""
    mine = PackageCall.objects.filter(agency__in=access.of_company(request, Agency.objects.all())).select_related("agency", "message")
    call = access.get_object_or_404(mine, pk=pk)
    try:
        password = show_password(call, now=clock.now(), by=request.user)
    except Refused as refusal:
        return _refused(request, to("agency_reports", call.agency_id), refusal)
    response = render(request, "dashboard/package_password.html", {"call": call, "password": password})
    response["Cache-Control"] = "no-store"
    return response


def customer_best_date(request: StaffRequest, pk: int) -> HttpResponse:
    """What is expected, net, for each week of waiting before a hand-over; with what that rests on."""
    row = access.get(request, CUSTOMERS, pk)
    told = [{"outlook": each, "why": why_not(each.said)} for each in outlooks_of(row, on=today(request))]
    return render(request, "dashboard/best_date.html", {"customer": row, "told": told, "least": LEAST_CLOSED})


def _back(row: Agency) -> dict[str, Any]:
    return {"back": to("agency_reports", row.pk), "back_label": row.name}


def _counted(taken: Taken) -> str:
    return _("Taken: %(taken)s. Known before: %(known)s.") % {"taken": taken.taken, "known": taken.known}


def _refused(request: StaffRequest, back: str, refusal: Refused) -> HttpResponse:
    def say() -> str:
        raise refusal

    return done(request, back, say)


@contextmanager
def _naming(form: forms.Form) -> Iterator[None]:
    """Name each record that cannot be taken at the head of the form."""
    try:
        yield
    except ReportRefused as refusal:
        for each in refusal.problems[:TOLD]:
            facts = {"line": each.line, "field": each.field, "says": words.said(each.reason)}
            form.add_error(None, _("Line %(line)s, %(field)s: %(says)s") % facts)
        raise
