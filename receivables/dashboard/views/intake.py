"""Tables from a file: first a dry run that says what would happen, then, confirmed, the import. A long one goes in by a worker."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices.actions.imports import FileReport, profiles_for
from invoices.intake.layout import check_size
from invoices.intake.profile import ColumnProfile
from invoices.models import ImportedFile
from receivables.core.errors import DomainError, Refused
from receivables.dashboard import long_files, tasks, uploads
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.desks import CUSTOMERS, DESKS, INVOICES, OPENING, Desk, counts_of
from receivables.dashboard.forms.deeds import UploadForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said

RECENT = 10
AGAIN = 2  # seconds until the page that waits looks again


def intake(request: StaffRequest) -> HttpResponse:
    """Invoices."""
    return _at(INVOICES, request)


def customers_import(request: StaffRequest) -> HttpResponse:
    """Customers, who wait to be released when they are new."""
    return _at(CUSTOMERS, request)


def opening_import(request: StaffRequest) -> HttpResponse:
    """Invoices of the first day with what another system did about them."""
    return _at(OPENING, request)


def _at(desk: Desk, request: StaffRequest) -> HttpResponse:
    """Choose a file; posted, its dry run; confirmed, the import."""
    if request.method != "POST":
        return HttpResponseRedirect(to("intake_progress")) if under_way(request) else _choose(desk, request, _form(desk, request))
    if "token" in request.POST:
        return _take_in(desk, request)
    form = _form(desk, request, request.POST, request.FILES)
    if not form.is_valid():
        return _choose(desk, request, form, status=UNPROCESSABLE)
    try:
        return _try(desk, request, form)
    except DomainError as refusal:
        form.add_error("file", said(refusal))
        return _choose(desk, request, form, status=UNPROCESSABLE)


def _form(desk: Desk, request: StaffRequest, *given: Any) -> UploadForm:
    return UploadForm(*given, profiles=profiles_for(desk.table, request.creditor))


def _choose(desk: Desk, request: StaffRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    files = of_company(request, ImportedFile.objects.select_related("by"))
    before = files.filter(kind=desk.table).order_by("-pk")[:RECENT]
    return render(request, "dashboard/intake.html", {"desk": desk, "form": form, "before": before}, status=status)


def _try(desk: Desk, request: StaffRequest, form: UploadForm) -> HttpResponse:
    file, name = form.cleaned_data["file"], form.cleaned_data["profile"]
    check_size(file.size)
    profile = desk.shape(name, request.creditor)
    upload, data = uploads.keep(request, file, profile=name)
    return tried(desk, request, upload, data, profile)


def tried(desk: Desk, request: StaffRequest, upload: uploads.Upload, data: bytes, profile: ColumnProfile) -> HttpResponse:
    """What taking a kept file in would do, for a person to confirm."""
    report = desk.take(request.creditor, name=upload.name, data=data, profile=profile, on=today(request), dry_run=True, by=request.user)
    if report.refused:
        uploads.drop(request)
    else:
        upload = uploads.checked(request, upload, table=desk.table, rows=report.new + report.changed)
    status = UNPROCESSABLE if report.refused else 200
    return render(request, "dashboard/intake_report.html", {"desk": desk, "report": report, "upload": upload}, status=status)


def _take_in(desk: Desk, request: StaffRequest) -> HttpResponse:
    try:
        upload, data = uploads.kept(request, request.POST["token"])
        profile = desk.shape(upload.profile, request.creditor)
        if upload.rows >= long_files.LONG and begun(desk, request, upload):
            return HttpResponseRedirect(to("intake_progress"))
        report = desk.take(request.creditor, name=upload.name, data=data, profile=profile, on=today(request), by=request.user)
    except Refused as refusal:
        messages.error(request, said(refusal))
        return HttpResponseRedirect(desk.url)
    uploads.drop(request)
    return _ended(desk, request, report)


def _ended(desk: Desk, request: StaffRequest, report: FileReport) -> HttpResponse:
    """What became of it."""
    if report.refused:
        return render(request, "dashboard/intake_report.html", {"desk": desk, "report": report}, status=UNPROCESSABLE)
    messages.success(request, desk.told % counts_of(report))
    return HttpResponseRedirect(to(desk.after))


def begun(desk: Desk, request: StaffRequest, upload: uploads.Upload) -> bool:
    """A worker takes it. False where none can be told: then it is done here and now."""
    if long_files.standing(upload.path) is not None:  # asked for twice
        return True
    long_files.begin(upload.path, rows=upload.rows)
    who = (request.creditor.pk, upload.name, upload.profile, request.user.pk, today(request).isoformat())
    if not tasks.tell(upload.token, desk.table, *who):
        long_files.withdraw(upload.path)
        return False
    return True


def under_way(request: StaffRequest) -> bool:
    """Whether a worker has a file of this session, or it waits for one."""
    upload = uploads.known(request)
    return upload is not None and long_files.standing(upload.path) is not None


def intake_progress(request: StaffRequest) -> HttpResponse:
    """How far a long file of this session is, until it ended; posted, it is stopped, and nothing of it is stored."""
    upload = uploads.known(request)
    standing = long_files.standing(upload.path) if upload else None
    if upload is None or standing is None:
        return render(request, "dashboard/intake_progress.html", {"desk": INVOICES})
    desk = DESKS[upload.table]
    if request.method == "POST":
        long_files.stop(upload.path)
        return HttpResponseRedirect(to("intake_progress"))
    if standing.now in long_files.ENDED:
        uploads.drop(request)
        return _told(desk, request, standing)
    context = {"desk": desk, "upload": upload, "going": standing, "is_stopping": long_files.is_stopping(upload.path)}
    response = render(request, "dashboard/intake_progress.html", context)
    response["Refresh"] = str(AGAIN)
    return response


def _told(desk: Desk, request: StaffRequest, standing: long_files.Standing) -> HttpResponse:
    match standing.now:
        case long_files.Now.STOPPED:
            messages.success(request, _("Stopped. Nothing of the file was stored."))
        case long_files.Now.BROKEN:
            messages.error(request, _("The import broke off. Load the file again: what is in the books already changes nothing."))
        case _:
            return _ended(desk, request, standing.report)
    return HttpResponseRedirect(desk.url)
