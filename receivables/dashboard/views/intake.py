"""Tables from a file: first a dry run that says what would happen, then, confirmed, the import. One desk for each kind of table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dunning.actions.opening import import_opening
from invoices.actions.imports import FileReport, import_customers, import_file, profile_named, profiles_for
from invoices.intake.layout import check_size
from invoices.intake.profile import ColumnProfile
from invoices.models import ImportedFile
from receivables.core.errors import DomainError, Refused
from receivables.dashboard import uploads
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.forms.deeds import UploadForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said

RECENT = 10


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one kind of table is taken in. `screen` and `up` are addresses below "dashboard:"."""

    table: str  # a key of SHEETS
    screen: str
    up: str
    up_label: str | Promise
    heading: str | Promise
    after: str  # where a file that was taken in leads
    take: Callable[..., FileReport]

    @property
    def url(self) -> str:
        """The desk itself."""
        return to(self.screen)

    @property
    def up_url(self) -> str:
        """The page above it."""
        return to(self.up)


INVOICES = Desk("invoices", "intake", "invoices", gettext_lazy("Invoices"), gettext_lazy("Import invoices"), "invoices", import_file)
CUSTOMERS = Desk(
    "customers",
    "customers_import",
    "customers",
    gettext_lazy("Customers"),
    gettext_lazy("Import customers"),
    "first_contact",
    import_customers,
)


OPENING = Desk(
    "opening", "opening_import", "first_contact", gettext_lazy("First contact"), gettext_lazy("Import the first day"),
    "first_contact", import_opening,
)  # fmt: skip


DESKS = {desk.table: desk for desk in (INVOICES, CUSTOMERS, OPENING)}


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
        return _choose(desk, request, _form(desk, request))
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
    profile = profile_named(name, request.creditor, table=desk.table)
    upload, data = uploads.keep(request, file, profile=name)
    return tried(desk, request, upload, data, profile)


def tried(desk: Desk, request: StaffRequest, upload: uploads.Upload, data: bytes, profile: ColumnProfile) -> HttpResponse:
    """What taking a kept file in would do, for a person to confirm."""
    report = desk.take(request.creditor, name=upload.name, data=data, profile=profile, on=today(request), dry_run=True, by=request.user)
    if report.refused:
        uploads.drop(request)
    status = UNPROCESSABLE if report.refused else 200
    return render(request, "dashboard/intake_report.html", {"desk": desk, "report": report, "upload": upload}, status=status)


def _take_in(desk: Desk, request: StaffRequest) -> HttpResponse:
    try:
        upload, data = uploads.kept(request, request.POST["token"])
        profile = profile_named(upload.profile, request.creditor, table=desk.table)
        report = desk.take(request.creditor, name=upload.name, data=data, profile=profile, on=today(request), by=request.user)
    except Refused as refusal:
        messages.error(request, said(refusal))
        return HttpResponseRedirect(desk.url)
    uploads.drop(request)
    if report.refused:
        return render(request, "dashboard/intake_report.html", {"desk": desk, "report": report}, status=UNPROCESSABLE)
    counts = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}
    messages.success(request, _("The file is in the books: %(new)d new, %(changed)d changed, %(unchanged)d unchanged.") % counts)
    return HttpResponseRedirect(to(desk.after))
