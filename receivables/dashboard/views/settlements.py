"""Settlement reports of couriers, gateways and marketplaces: bring one in, see why it is held, say what its lines are, book, undo."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from invoices.actions.settlements import (
    against_undoing,
    book_report,
    discard_report,
    import_settlement,
    name_invoice,
    payouts_of,
    set_line_aside,
    undo_report,
)
from invoices.intake.layout import check_size
from invoices.models import BankLine, Invoice, PayoutPartner, SettlementLine, SettlementReport
from invoices.settlements import ReportState
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import gettext_noop
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, given
from receivables.dashboard.forms.bank import ReasonForm
from receivables.dashboard.forms.settlements import PayoutForm, SettlementForm, SettlementLineForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said

REPORTS = SettlementReport.objects.select_related("partner", "bank_line", "by").defer("content")
SHOWN, LINES = 50, 500
OPEN = (ReportState.AWAITS_MONEY, ReportState.HELD)


def settlements(request: StaffRequest) -> HttpResponse:
    """The newest reports, and a form for the next; posted, it is kept and booked where nobody is needed."""
    partners = of_company(request, PayoutPartner.objects.filter(is_active=True)).order_by("name")
    form = SettlementForm(**given(request), partners=partners)
    problems: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            check_size(form.cleaned_data["file"].size)
            file, partner = form.cleaned_data["file"], form.cleaned_data["partner"]
            result = import_settlement(partner, name=str(file.name or "report"), data=bytes(file.read()), by=request.user)
        except DomainError as refusal:
            form.add_error("file", said(refusal))
        else:
            if result.report is not None:
                messages.success(request, _("The report is kept: %(state)s.") % {"state": result.report.get_state_display()})
                return HttpResponseRedirect(to("settlement", result.report.pk))
            problems = list(result.problems[:20])
    rows = of_company(request, REPORTS).order_by("-pk")[:SHOWN]
    status = UNPROCESSABLE if form.errors or problems else 200
    shown = {"form": form, "rows": rows, "problems": problems, "partners": partners}
    return render(request, "dashboard/settlements.html", shown, status=status)


def settlement(request: StaffRequest, pk: int) -> HttpResponse:
    """One report with its lines and, while it is not booked, what can be done about it."""
    row = access.get(request, REPORTS, pk)
    is_open = row.state in OPEN
    against = against_undoing(row) if row.state == ReportState.BOOKED else None
    lines = list(row.lines.select_related("invoice__customer", "payment").order_by("line")[:LINES])
    context = {
        "report": row,
        "lines": lines,
        "more": max(row.lines.count() - LINES, 0),
        "is_open": is_open,
        "against_undoing": said(against) if against else "",
        "payouts": payouts_of(row.partner) if is_open else [],
    }
    return render(request, "dashboard/settlement.html", context)


def settlement_book(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the line of the bank that pays the report out, and book."""
    row = access.get(request, REPORTS, pk)
    form = PayoutForm(**given(request), payouts=payouts_of(row.partner))
    ask = Ask(heading=_("Book the report"), submit=_("Book"), back=to("settlement", row.pk), back_label=row.name)

    def deed(chosen: dict[str, Any]) -> str:
        book_report(row, access.get(request, BankLine.objects.all(), int(chosen["line"])), by=request.user)
        return _("The report is booked.")

    return asked(request, form, ask, deed)


def settlement_line(request: StaffRequest, pk: int) -> HttpResponse:
    """Say which invoice a line is, or why it is none."""
    line = get_object_or_404(SettlementLine, pk=pk)
    report = access.get(request, REPORTS, line.report_id)
    ask = Ask(
        heading=_("What is %(number)s?") % {"number": line.number}, submit=_("Keep"), back=to("settlement", report.pk),
        back_label=report.name,
    )  # fmt: skip

    def deed(chosen: dict[str, Any]) -> str:
        if chosen["reason"]:
            set_line_aside(line, reason=chosen["reason"], by=request.user)
        else:
            name_invoice(line, _invoice(request, chosen["number"]), by=request.user)
        return _("Kept.")

    return asked(request, SettlementLineForm(**given(request)), ask, deed)


def _invoice(request: StaffRequest, number: str) -> Invoice:
    found = of_company(request, Invoice.objects.all()).filter(number=number.strip()).first()
    if found is None:
        raise Refused(gettext_noop("There is no invoice %(number)s."), number=number.strip())
    return found


def settlement_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back what a report booked."""
    row = access.get(request, REPORTS, pk)
    ask = Ask(
        heading=_("Take the report back"), submit=_("Take it back"), tone="danger", back=to("settlement", row.pk), back_label=row.name,
        text=_(
            "Its payments are taken back by new entries, and the line of the bank waits again. What it gave back to customers is booked "
            "anew."
        ),
    )  # fmt: skip

    def deed(chosen: dict[str, Any]) -> str:
        undo_report(row, reason=chosen["reason"], on=today(request), by=request.user)
        return _("The report is taken back.")

    return asked(request, ReasonForm(**given(request)), ask, deed)


def settlement_discard(request: StaffRequest, pk: int) -> HttpResponse:
    """A report that was wrong; its file can come again."""
    row = access.get(request, REPORTS, pk)
    ask = Ask(heading=_("Discard the report"), submit=_("Discard"), tone="danger", back=to("settlement", row.pk), back_label=row.name)

    def deed(chosen: dict[str, Any]) -> str:
        discard_report(row, reason=chosen["reason"], by=request.user)
        return _("The report is discarded.")

    return asked(request, ReasonForm(**given(request)), ask, deed)
