"""A bank's CSV that no layout describes: its columns with samples, the first lines as they would be read, then the layout of an account and
the import.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices.actions.bank import save_layout
from invoices.intake.mapping import Seen
from invoices.models import BankAccount
from invoices.statements.csv_profile import BankProfile
from invoices.statements.mapping import SHOWN, guess, layout_of, preview, see, skipped_rows
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import gettext_noop
from receivables.dashboard import uploads
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.forms.mapping import BANK_LABELS, BankMappingForm, TableFileForm
from receivables.dashboard.paging import whole
from receivables.dashboard.views.bank import OF_BANK, known_accounts, taken_in
from receivables.dashboard.views.common import to
from receivables.dashboard.views.mapping import MappingDesk, described, previewed
from receivables.dashboard.words import said


def bank_mapping(request: StaffRequest) -> HttpResponse:
    """Choose a file, or the columns of the one that this session has kept; posted, say what they are; saved, the file is brought in."""
    posted = request.method == "POST"
    token = (request.POST if posted else request.GET).get("token", "")
    if not token:
        return _keep(request) if posted else _choose(request, TableFileForm())
    try:
        upload, data = uploads.kept(request, token)
        if not upload.profile.startswith(OF_BANK):
            raise Refused(uploads.GONE)
        return _describe(request, upload, data) if posted else _show(request, upload, _form(request, see(data), upload))
    except Refused as refusal:
        messages.error(request, said(refusal))
        return HttpResponseRedirect(to("bank_import"))


def _choose(request: StaffRequest, form: TableFileForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "up": to("bank_import"), "up_label": _("Bring in statements")}
    return render(request, "dashboard/mapping_choose.html", context, status=status)


def _keep(request: StaffRequest) -> HttpResponse:
    form = TableFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choose(request, form, status=UNPROCESSABLE)
    upload, data = uploads.keep(request, form.cleaned_data["file"], profile=OF_BANK)
    try:
        return _show(request, upload, _form(request, see(data), upload))
    except Refused as refusal:
        uploads.drop(request)
        form.add_error("file", said(refusal))
        return _choose(request, form, status=UNPROCESSABLE)


def _form(request: StaffRequest, seen: Seen, upload: uploads.Upload, *given: Any) -> BankMappingForm:
    chosen, guessed = guess(seen)
    accounts = known_accounts(request)
    currency = "" if "currency" in chosen.values() else request.creditor.currency
    initial = {"account": whole(upload.profile.removeprefix(OF_BANK)), "currency": currency}
    return BankMappingForm(*given, seen=seen, chosen=chosen, guessed=guessed, accounts=accounts, initial=initial)


def _describe(request: StaffRequest, upload: uploads.Upload, data: bytes) -> HttpResponse:
    try:
        seen = see(
            data, delimiter=request.POST.get("delimiter", ""), above=whole(request.POST.get("above")), is_named="named" in request.POST
        )
    except DomainError as refusal:  # another separator or line, and nothing can be read
        form = _form(request, see(data), upload, request.POST)
        form.add_error(None, said(refusal))
        return _show(request, upload, form, status=UNPROCESSABLE)
    if request.POST.get("shape") != _shape(seen):  # divided otherwise than the form that was shown
        return _show(request, upload, _form(request, seen, upload))
    form = _form(request, seen, upload, request.POST)
    if not form.is_valid():
        return _show(request, upload, form, status=UNPROCESSABLE)
    try:
        return _answer(request, upload, data, form)
    except DomainError as refusal:
        form.add_error(None, said(refusal))
        return _show(request, upload, form, status=UNPROCESSABLE)


def _answer(request: StaffRequest, upload: uploads.Upload, data: bytes, form: BankMappingForm) -> HttpResponse:
    """The first lines as they would be read; or the layout kept for the account, and the file brought in."""
    account: BankAccount = form.cleaned_data["account"]
    layout = _layout(form, data, account)
    shown = preview(data, layout, above=form.seen.above)
    if not shown.rows:
        raise Refused(gettext_noop("By this description no line is a movement. Look at the columns of the day and the amount."))
    if request.POST.get("do") != "save":
        more = previewed([BANK_LABELS[name] for name in SHOWN], shown.rows)
        return _show(request, upload, form, passed_over=shown.passed_over, **more)
    if all(row.problems for row in shown.rows):
        raise Refused(gettext_noop("By this description none of the first lines can be read. Show them, and change what is wrong."))
    save_layout(account, layout, replaces=form.cleaned_data["replaces"], by=request.user)
    messages.success(request, _("The layout is kept for the account %(account)s.") % {"account": account})
    return taken_in(request, [(upload.name, data)], account)


def _layout(form: BankMappingForm, data: bytes, account: BankAccount) -> BankProfile:
    told = form.cleaned_data
    return layout_of(
        form.seen,
        told["chosen"],
        name=str(account)[:50],
        skipped=skipped_rows(data, form.seen),
        dates=(told["dates"],),
        decimal="comma" if told["decimal"] == "," else "point",
        currency=told["currency"],
    )


def _shape(seen: Seen) -> str:
    return f"{len(seen.headers)}:{seen.above}:{seen.is_named}"


def _show(request: StaffRequest, upload: uploads.Upload, form: BankMappingForm, *, status: int = 200, **more: Any) -> HttpResponse:
    desk = MappingDesk(to("bank_mapping"), to("bank_import"), _("Keep the layout and bring the file in"))
    return described(request, upload, form, desk, shape=_shape(form.seen), status=status, **more)
