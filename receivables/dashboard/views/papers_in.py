"""Structured invoices from a file: first a dry run that says what would happen, then, confirmed, the import. What a pull could not take."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices.actions.imports import FileReport
from invoices.actions.papers import import_papers
from invoices.actions.pulling import try_again
from invoices.intake.reading import MAX_BYTES
from invoices.models import NotTaken
from receivables import clock
from receivables.core.errors import Refused
from receivables.dashboard import access, uploads
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, done
from receivables.dashboard.desks import TAKEN, counts_of
from receivables.dashboard.forms.invoice_facts import PapersForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said

SHOWN = 50


def papers_import(request: StaffRequest) -> HttpResponse:
    """Choose a file; posted, its dry run; confirmed, the import."""
    if request.method != "POST":
        return _choose(request, PapersForm())
    if "token" in request.POST:
        return _take_in(request)
    form = PapersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choose(request, form, status=UNPROCESSABLE)
    return _try(request, form)


def not_taken_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Take what was refused before, once its reason is gone."""
    row = access.get(request, NotTaken.objects.select_related("creditor", "document").filter(settled_at=None), pk)

    def deed() -> str:
        report = try_again(row, on=today(request), now=clock.now())
        if report.refused:
            raise Refused(report.problems[0].reason)
        return _("The invoice is in the books.")

    return done(request, to("papers_import"), deed)


def _choose(request: StaffRequest, form: PapersForm, *, status: int = 200) -> HttpResponse:
    waiting = of_company(request, NotTaken.objects.filter(settled_at=None)).order_by("-pk")[:SHOWN]
    return render(request, "dashboard/papers_import.html", {"form": form, "waiting": waiting}, status=status)


def _try(request: StaffRequest, form: PapersForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    if file.size > MAX_BYTES:
        form.add_error("file", _("The file is too big: at most %(n)d MB are read.") % {"n": MAX_BYTES // 1024 // 1024})
        return _choose(request, form, status=UNPROCESSABLE)
    upload, data = uploads.keep(request, file, profile="")
    report = import_papers(request.creditor, name=upload.name, data=data, on=today(request), dry_run=True, by=request.user)
    if report.refused:
        uploads.drop(request)
    status = UNPROCESSABLE if report.refused else 200
    return _report(request, report, upload=upload, status=status)


def _take_in(request: StaffRequest) -> HttpResponse:
    try:
        upload, data = uploads.kept(request, request.POST["token"])
    except Refused as refusal:
        messages.error(request, said(refusal))
        return HttpResponseRedirect(to("papers_import"))
    report = import_papers(request.creditor, name=upload.name, data=data, on=today(request), by=request.user)
    uploads.drop(request)
    if report.refused:
        return _report(request, report, status=UNPROCESSABLE)
    messages.success(request, TAKEN % counts_of(report))
    return HttpResponseRedirect(to("invoices"))


def _report(request: StaffRequest, report: FileReport, *, status: int, **more: object) -> HttpResponse:
    """What taking it in would do, or why it is refused: the same page as that of tables."""
    desk = {"heading": _("Import structured invoices"), "url": to("papers_import")}
    return render(request, "dashboard/intake_report.html", {"desk": desk, "report": report, **more}, status=status)
