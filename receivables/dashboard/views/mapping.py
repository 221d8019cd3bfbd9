"""A table that no profile describes yet: its columns with samples, fields chosen over guesses, the first rows as they would be read, then
the profile and the import.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices.actions.imports.profiles import save_profile
from invoices.intake.mapping import ReadRow, Seen, guess, preview, profile_of, see
from invoices.intake.profile import ColumnProfile
from invoices.intake.sheets import SHEETS
from receivables import clock
from receivables.core.errors import DomainError, Refused
from receivables.dashboard import uploads
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.desks import TABLES
from receivables.dashboard.forms.mapping import LABELS, ColumnsForm, MappingForm, TableForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.views.intake import tried
from receivables.dashboard.words import said

OF_TABLE = "table:"  # what the kept file is called until it has a profile


def mapping(request: StaffRequest) -> HttpResponse:
    """Choose a table; posted, say what its columns are; saved, its import is tried."""
    if request.method != "POST":
        return _choose(request, TableForm(initial={"table": _table(request.GET.get("table", ""))}))
    if "token" in request.POST:
        return _describe(request)
    form = TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choose(request, form, status=UNPROCESSABLE)
    table = form.cleaned_data["table"]
    upload, data = uploads.keep(request, form.cleaned_data["file"], profile=f"{OF_TABLE}{table}")
    try:
        seen = see(data)
    except DomainError as refusal:
        uploads.drop(request)
        form.add_error("file", said(refusal))
        return _choose(request, form, status=UNPROCESSABLE)
    return _show(request, upload, MappingForm(**_about(request, seen, table)), table)


def _table(said_: str) -> str:
    return said_ if said_ in SHEETS else "invoices"


def _choose(request: StaffRequest, form: TableForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "up": to("intake"), "up_label": _("Import invoices")}
    return render(request, "dashboard/mapping_choose.html", context, status=status)


def _about(request: StaffRequest, seen: Seen, table: str) -> dict[str, Any]:
    return {"seen": seen, "table": table, "guessed": guess(seen, table), "currency": request.creditor.currency}


def _describe(request: StaffRequest) -> HttpResponse:
    try:
        upload, data = uploads.kept(request, request.POST["token"])
        if not upload.profile.startswith(OF_TABLE):
            raise Refused(uploads.GONE)
    except Refused as refusal:
        messages.error(request, said(refusal))
        return HttpResponseRedirect(to("mapping"))
    table = _table(upload.profile.removeprefix(OF_TABLE))
    try:
        seen = see(data, encoding=request.POST.get("encoding") or "auto", delimiter=request.POST.get("delimiter", ""))
    except DomainError as refusal:  # another separator or code page, and nothing can be read
        form = MappingForm(request.POST, **_about(request, see(data), table))
        form.add_error(None, said(refusal))
        return _show(request, upload, form, table, status=UNPROCESSABLE)
    if request.POST.get("shape") != str(len(seen.headers)):  # divided otherwise than the form that was shown
        initial = {"encoding": request.POST.get("encoding", "auto"), "name": request.POST.get("name", "")}
        return _show(request, upload, MappingForm(initial=initial, **_about(request, seen, table)), table)
    form = MappingForm(request.POST, **_about(request, seen, table))
    if not form.is_valid():
        return _show(request, upload, form, table, status=UNPROCESSABLE)
    try:
        profile = profile_of(seen, table, name=form.cleaned_data["name"], **form.described)
        return _answer(request, upload, data, profile, form)
    except DomainError as refusal:
        form.add_error(None, said(refusal))
        return _show(request, upload, form, table, status=UNPROCESSABLE)


def _answer(request: StaffRequest, upload: uploads.Upload, data: bytes, profile: ColumnProfile, form: MappingForm) -> HttpResponse:
    """The first rows as they would be read; or the profile kept, and its file tried."""
    if request.POST.get("do") != "save":
        return _show(request, upload, form, profile.table, profile=profile, data=data)
    replaces = form.cleaned_data["replaces"]
    version = save_profile(request.creditor, profile, now=clock.now(), replaces=replaces, by=request.user)
    messages.success(request, _("The profile %(name)s is kept, version %(n)d.") % {"name": profile.name, "n": version.number})
    upload = uploads.described(request, upload, profile=profile.name)
    if profile.table not in TABLES:  # lists of open items are compared with a day
        return HttpResponseRedirect(to("reconciliation"))
    return tried(TABLES[profile.table], request, upload, data, profile)


def _show(
    request: StaffRequest, upload: uploads.Upload, form: MappingForm, table: str, *, profile: ColumnProfile | None = None,
    data: bytes = b"", status: int = 200,
) -> HttpResponse:  # fmt: skip
    rows = preview(data, profile, on=today(request)) if profile else []
    fields = [LABELS[name] for name in profile.columns] if profile else []
    desk = MappingDesk(to("mapping"), to("intake"), _("Keep the profile and check the file"))
    context = previewed(fields, rows) if profile else {}
    return described(request, upload, form, desk, shape=str(len(form.seen.headers)), status=status, **context)


# -- shared with other tables that are described


@dataclass(frozen=True, slots=True)
class MappingDesk:
    """Where a table is described: its page, the page that leads to it, and the words of the button that keeps the description."""

    here: str
    up: str
    keep: str


def described(
    request: StaffRequest, upload: uploads.Upload, form: ColumnsForm, desk: MappingDesk, *, shape: str, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of a table's columns. `shape` says how the table was divided for the form, so that another division is noticed."""
    context = {"form": form, "upload": upload, "desk": desk, "shape": shape, **more}
    return render(request, "dashboard/mapping.html", context, status=status)


def previewed(fields: Sequence[Any], rows: Sequence[ReadRow]) -> dict[str, Any]:
    """What the page shows of the first rows, whose values are in the order of `fields`."""
    return {
        "fields": fields,
        "rows": [{"line": row.line, "problems": row.problems, "cells": list(zip(fields, row.values, strict=True))} for row in rows],
        "broken": sum(1 for row in rows if row.problems),
        "problems": [problem for row in rows for problem in row.problems],
        "is_previewed": True,
    }
