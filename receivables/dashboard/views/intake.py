"""A table of invoices from a file: first a dry run that says what would happen, then, confirmed, the import."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices.actions.imports import import_file, profile_named
from invoices.intake.csv_table import builtin_profiles, check_size
from invoices.models import ImportedFile, Profile
from receivables.core.errors import DomainError, Refused
from receivables.dashboard import uploads
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.forms.deeds import UploadForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said

RECENT = 10


def intake(request: StaffRequest) -> HttpResponse:
    """Choose a file; posted, its dry run; confirmed, the import."""
    if request.method != "POST":
        return _choose(request, UploadForm(profiles=_profiles(request)))
    if "token" in request.POST:
        return _take_in(request)
    form = UploadForm(request.POST, request.FILES, profiles=_profiles(request))
    if not form.is_valid():
        return _choose(request, form, status=UNPROCESSABLE)
    try:
        return _try(request, form)
    except DomainError as refusal:
        form.add_error("file", said(refusal))
        return _choose(request, form, status=UNPROCESSABLE)


def _choose(request: StaffRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    before = of_company(request, ImportedFile.objects.select_related("by")).order_by("-pk")[:RECENT]
    return render(request, "dashboard/intake.html", {"form": form, "before": before}, status=status)


def _try(request: StaffRequest, form: UploadForm) -> HttpResponse:
    file, name = form.cleaned_data["file"], form.cleaned_data["profile"]
    check_size(file.size)
    profile = profile_named(name, request.creditor)
    upload, data = uploads.keep(request, file, profile=name)
    report = import_file(request.creditor, name=upload.name, data=data, profile=profile, on=today(request), dry_run=True, by=request.user)
    if report.refused:
        uploads.drop(request)
    status = UNPROCESSABLE if report.refused else 200
    return render(request, "dashboard/intake_report.html", {"report": report, "upload": upload}, status=status)


def _take_in(request: StaffRequest) -> HttpResponse:
    try:
        upload, data = uploads.kept(request, request.POST["token"])
        profile = profile_named(upload.profile, request.creditor)
        report = import_file(request.creditor, name=upload.name, data=data, profile=profile, on=today(request), by=request.user)
    except Refused as refusal:
        messages.error(request, said(refusal))
        return HttpResponseRedirect(to("intake"))
    uploads.drop(request)
    if report.refused:
        return render(request, "dashboard/intake_report.html", {"report": report}, status=UNPROCESSABLE)
    counts = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}
    messages.success(request, _("The file is in the books: %(new)d new, %(changed)d changed, %(unchanged)d unchanged.") % counts)
    return HttpResponseRedirect(to("invoices"))


def _profiles(request: StaffRequest) -> list[str]:
    own = of_company(request, Profile.objects.all()).values_list("name", flat=True)
    return sorted({*builtin_profiles(), *own})
