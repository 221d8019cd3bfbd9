"""Agreement with the ledger of record: a list of open items is compared first; then, confirmed, kept, and what differs is held."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning.actions.reconciling import ReconciliationReport, reconcile
from dunning.models import LedgerDifference, Reconciliation
from invoices.actions.imports import profile_named, profiles_for
from invoices.intake.layout import check_size
from invoices.intake.sheets import OPEN_ITEMS
from receivables.core.errors import DomainError, Refused
from receivables.dashboard import uploads
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.forms.deeds import OpenItemsForm
from receivables.dashboard.views.common import head, to, today
from receivables.dashboard.words import said

RECENT, SHOWN = 10, 200


def reconciliation(request: StaffRequest) -> HttpResponse:
    """Choose a list; posted, what it would find; confirmed, it is kept."""
    if request.method != "POST":
        return _choose(request, _form(request))
    if "token" in request.POST:
        return _take(request)
    form = _form(request, request.POST, request.FILES)
    if not form.is_valid():
        return _choose(request, form, status=UNPROCESSABLE)
    try:
        return _try(request, form)
    except DomainError as refusal:
        form.add_error("file", said(refusal))
        return _choose(request, form, status=UNPROCESSABLE)


def _form(request: StaffRequest, *given: Any) -> OpenItemsForm:
    return OpenItemsForm(*given, profiles=profiles_for(OPEN_ITEMS.name, request.creditor), initial={"as_of": today(request)})


def _choose(request: StaffRequest, form: OpenItemsForm, *, status: int = 200) -> HttpResponse:
    before = of_company(request, Reconciliation.objects.select_related("by")).order_by("-pk")[:RECENT]
    return render(request, "dashboard/reconciliation.html", {"form": form, "before": before}, status=status)


def _try(request: StaffRequest, form: OpenItemsForm) -> HttpResponse:
    file, name, as_of = form.cleaned_data["file"], form.cleaned_data["profile"], form.cleaned_data["as_of"]
    check_size(file.size)
    profile_named(name, request.creditor, table=OPEN_ITEMS.name)
    upload, data = uploads.keep(request, file, profile=name)
    report = _reconciled(request, upload, data, as_of, confirmed=True, dry_run=True)
    if report.refused:
        uploads.drop(request)
    return _shown(request, report, upload=upload)


def _take(request: StaffRequest) -> HttpResponse:
    try:
        upload, data = uploads.kept(request, request.POST["token"])
        as_of = date.fromisoformat(request.POST.get("as_of", ""))
        report = _reconciled(request, upload, data, as_of, confirmed="confirm" in request.POST)
    except ValueError:
        messages.error(request, _("The day of the list is missing. Choose the list again."))
        return HttpResponseRedirect(to("reconciliation"))
    except Refused as refusal:
        messages.error(request, said(refusal))
        return HttpResponseRedirect(to("reconciliation"))
    if report.refused and report.objections:
        return _shown(request, _reconciled(request, upload, data, as_of, confirmed=True, dry_run=True), upload=upload, unconfirmed=True)
    uploads.drop(request)
    if report.refused:
        return _shown(request, report)
    text = ngettext("The list is kept: %(n)d item is held.", "The list is kept: %(n)d items are held.", report.held)
    messages.success(request, text % {"n": report.held})
    return HttpResponseRedirect(to("reconciliation"))


def _reconciled(
    request: StaffRequest, upload: uploads.Upload, data: bytes, as_of: date, *, confirmed: bool, dry_run: bool = False
) -> ReconciliationReport:
    profile = profile_named(upload.profile, request.creditor, table=OPEN_ITEMS.name)
    return reconcile(
        request.creditor, name=upload.name, data=data, profile=profile, as_of=as_of, on=today(request), confirmed=confirmed,
        dry_run=dry_run, by=request.user,
    )  # fmt: skip


def _shown(
    request: StaffRequest, report: ReconciliationReport, *, upload: uploads.Upload | None = None, unconfirmed: bool = False
) -> HttpResponse:
    words = dict(LedgerDifference.KINDS)
    columns = [
        head(_("Number")), head(_("Difference")), head(_("Here"), "amount"), head(_("There"), "amount"), head(_("Due here")),
        head(_("Due there")), head(_("Held")),
    ]  # fmt: skip
    rows = [{"found": one, "word": words[one.kind]} for one in report.found[:SHOWN]]
    context = {
        "report": report,
        "upload": upload,
        "rows": rows,
        "columns": columns,
        "more": max(len(report.found) - SHOWN, 0),
        "unconfirmed": unconfirmed,
    }
    status = UNPROCESSABLE if report.refused or unconfirmed else 200
    return render(request, "dashboard/reconciliation_report.html", context, status=status)
