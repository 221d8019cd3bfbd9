"""Court: the board, a case with its stages and its claim, and what it leaves as files."""

from datetime import date
from pathlib import Path as File
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.court import Path, Stage, following
from dunning.court_books import sheet_of
from dunning.epu import Sheet
from dunning.epu_files import csv_of, xml_of
from dunning.models import Agency, CourtCase, CourtStage
from invoices.actions import read_pesel
from invoices.models import Customer
from receivables import clock
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import gettext_noop
from receivables.dashboard import access, words
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.clocks import TakeBackForm
from receivables.dashboard.forms.court import CaseForm, CourtFilter, StageForm
from receivables.dashboard.queries import court as queries
from receivables.dashboard.queries.court import CaseLine, clock_words
from receivables.dashboard.views.clocks import Listing, shown
from receivables.dashboard.views.common import head, open_items, to, today
from receivables.dashboard.views.papers import kept_paper

CUSTOMERS = Customer.objects.select_related("creditor")
CASES = CourtCase.objects.select_related("customer__creditor", "creditor", "firm", "author")
STAGE_ROWS = CourtStage.objects.select_related("document", "case")


def court(request: StaffRequest) -> HttpResponse:
    """The board of cases: where each stands and what has to be done by when."""
    form, rows = _lines(request)
    return shown(
        request,
        Listing(
            name="court",
            heading=_("Court"),
            lead=_(
                "Debts that are being claimed in court, from the claim to the bailiff. While a debt is in court nobody is chased for it. A "
                "case is begun on the customer's page; what court and bailiff do is noted by you."
            ),
            rows=rows,
            row="dashboard/_court_row.html",
            columns=[
                head(_("Case")), head(_("Customer")), head(_("Stage")), head(_("Since")), head(_("What runs")), head(_("Open"), "amount"),
            ],
            empty=(_("Nothing is in court"), _("No debt is claimed in court now.")),
            export="court_export",
            form=form,
        ),
    )  # fmt: skip


def court_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same cases in the same order, all of them."""
    _form, rows = _lines(request)
    heads = [_("Case"), _("Reference"), _("Court"), _("Customer number"), _("Customer"), _("Stage"), _("Since"), _("What runs")]
    return csv_response("court", [*heads, _("Claimed"), _("Open"), _("Currency")], (_cells(line) for line in rows))


def _cells(line: CaseLine) -> list[object]:
    case = line.case
    who = [case.customer.number, case.customer.name, case.get_stage_display(), case.stage_on]
    return [case.pk, case.reference, case.get_path_display(), *who, clock_words(line.clock), line.claimed, line.open, case.currency]


def _lines(request: StaffRequest) -> tuple[CourtFilter, list[CaseLine]]:
    form = CourtFilter(request.GET)
    return form, queries.case_lines(request.creditor, on=today(request), words=form.text("q"), stage=form.text("stage"))


def customer_court(request: StaffRequest, pk: int) -> HttpResponse:
    """All of a customer that is or was in court, before a mediator, or sold."""
    row = access.get(request, CUSTOMERS, pk)
    found = queries.court_of(row, on=today(request))
    return render(request, "dashboard/customer_court.html", {"customer": row, "court": found, "has_items": open_items(row).exists()})


def court_prepare(request: StaffRequest, pk: int) -> HttpResponse:
    """Begin a case from open items."""
    row = access.get(request, CUSTOMERS, pk)
    first = {"prepared_on": today(request), "items": request.GET.getlist("item")}
    form = CaseForm(**given(request), items=open_items(row), firms=_firms(request), initial=first)
    ask = Ask(
        heading=_("Prepare a claim"),
        submit=_("Prepare it"),
        **_back(row),
        text=_("The case keeps its items together and works out the claim sheet. The ladder goes on until you note that it was filed."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.prepare_case(
            row, list(said["items"]), path=Path(said["path"]), prepared_on=said["prepared_on"], today=today(request),
            attempt=said["attempt"], court=said["court"], firm=said.get("firm"), by=request.user,
        )  # fmt: skip
        return _("The case is prepared.")

    return asked(request, form, ask, deed)


def _firms(request: StaffRequest) -> Any:
    """Law firms that the company works with."""
    return Agency.objects.filter(creditor=request.creditor, is_active=True, is_law_firm=True).order_by("name")


def court_case(request: StaffRequest, pk: int) -> HttpResponse:
    """A case: its stages, what runs, and the claim as it would be filed, or was, on a day."""
    case, on = access.get(request, CASES, pk), today(request)
    history = actions.history_of(case)
    filing_on = next((at.on for at in history if at.stage is Stage.FILED), on)
    found, problem = _sheet(case, filing_on)
    line = next(iter(queries.case_lines_of(case, on=on)))
    return render(
        request,
        "dashboard/court_case.html",
        {
            "case": case,
            "line": line,
            "clock": clock_words(line.clock),
            "timeline": queries.timeline_of(case),
            "may_go_on": bool(following(Path(case.path), history)),
            "may_go_back": len(history) > 1,
            "facts": _facts(case, line),
            "sheet": found,
            "problem": problem,
            "findings": [(finding.fault.stops, queries.finding_words(finding)) for finding in found.findings] if found else [],
            "is_epu": case.path == Path.EPU,
            "has_xml": settings.EPU_XML and case.path == Path.EPU,
            "has_schema": bool(settings.EPU_SCHEMA),
            "papers": actions.claim_sheets(case),
        },
    )


def _sheet(case: CourtCase, filing_on: date) -> tuple[Sheet | None, str]:
    """The claim sheet, or why it cannot be worked out."""
    try:
        return sheet_of(case, filing_on=filing_on), ""
    except DomainError as refusal:
        return None, words.said(refusal)


def _facts(case: CourtCase, line: CaseLine) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": _("Customer"), "value": case.customer.name, "url": to("customer", case.customer_id)},
        {"label": _("Court"), "value": case.court or case.get_path_display()},
        {"label": _("Reference"), "value": case.reference},
        {"label": _("Stage"), "value": case.get_stage_display()},
        {"label": _("Since"), "on": case.stage_on},
        {"label": _("Claimed"), "amount": line.claimed, "currency": case.currency, "note": _("principal when the case was prepared")},
        {"label": _("Open"), "amount": line.open, "currency": case.currency},
    ]
    return facts + ([{"label": _("Law firm"), "value": case.firm.name}] if case.firm else [])


def court_stage(request: StaffRequest, pk: int) -> HttpResponse:
    """Note what court, debtor or bailiff did."""
    case = access.get(request, CASES, pk)
    stages = following(Path(case.path), actions.history_of(case))
    if not stages:
        raise Http404("the case has ended")
    form = StageForm(**given(request), stages=stages, initial={"on": today(request)})
    ask = Ask(
        heading=_("Note what happened"),
        submit=_("Note it"),
        **_back_to(case),
        facts=[{"label": _("Stands at"), "value": case.get_stage_display()}, {"label": _("Since"), "on": case.stage_on}],
    )

    @transaction.atomic  # the paper goes with the stage, or not at all
    def deed(said: dict[str, Any]) -> str:
        document = kept_paper(request, said["document"], kind="court")
        reached = actions.Reached(Stage(said["stage"]), said["on"], said["reference"], said["note"], document)
        actions.reach_stage(case, reached, today=today(request), by=request.user)
        return _("It is noted.")

    return asked(request, form, ask, deed)


def court_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that the newest stage was noted by mistake."""
    case = access.get(request, CASES, pk)
    ask = Ask(
        heading=_("Noted by mistake?"),
        submit=_("Take it back"),
        tone="danger",
        **_back_to(case),
        facts=[{"label": case.get_stage_display(), "on": case.stage_on}],
        text=_("The case stands where it stood before, and so does the limitation of its debts."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.take_back_stage(case, reason=said["reason"], today=today(request), by=request.user)
        return _("It is taken back and counts no more.")

    return asked(request, TakeBackForm(**given(request)), ask, deed)


def court_document(request: StaffRequest, pk: int) -> FileResponse:
    """The paper of a stage."""
    row = STAGE_ROWS.filter(case__in=access.of_company(request, CourtCase.objects.all())).filter(pk=pk).first()
    if row is None or row.document is None:
        raise Http404("no document")
    return paper(row.document)


def court_claim_export(request: StaffRequest, pk: int) -> HttpResponse:
    """The claim as a table."""
    case = access.get(request, CASES, pk)
    try:
        content = csv_of(sheet_of(case, filing_on=today(request)))
    except DomainError as refusal:
        return _refused(request, case, refusal)
    return _file(content, f"claim-{case.pk}.csv", "text/csv; charset=utf-8")


def court_xml(request: StaffRequest, pk: int) -> HttpResponse:
    """The claim as a package for the portal; only where the operator has switched it on."""
    case = access.get(request, CASES, pk)
    try:
        if not settings.EPU_XML or case.path != Path.EPU:
            raise Refused(
                gettext_noop("The file for the portal is of claims in EPU alone, and the administrator has to switch it on (EPU_XML).")
            )
        found = sheet_of(case, filing_on=today(request))
        made = xml_of(found, reference=f"S{case.pk}", schema=File(settings.EPU_SCHEMA) if settings.EPU_SCHEMA else None)
        if found.debtor.is_person and found.debtor.pesel:
            read_pesel(case.customer, why=f"EPU file of case {case.pk}", by=request.user)
    except DomainError as refusal:
        return _refused(request, case, refusal)
    name = f"epu-{case.pk}.xml" if made.verified_by else f"epu-{case.pk}-unverified.xml"
    return _file(made.content, name, "application/xml")


def court_sheet(request: StaffRequest, pk: int) -> HttpResponse:
    """Make the claim sheet as a paper with a number, and keep it."""
    case = access.get(request, CASES, pk)

    def deed() -> str:
        made = actions.make_claim_sheet(case, on=today(request), now=clock.now(), by=request.user)
        return _("Made and kept as %(number)s.") % {"number": made.number}

    return done(request, to("court_case", case.pk), deed)


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _refused(request: StaffRequest, case: CourtCase, refusal: DomainError) -> HttpResponse:
    messages.error(request, words.said(refusal))
    return HttpResponseRedirect(to("court_case", case.pk))


def _back(row: Customer) -> dict[str, Any]:
    return {"back": to("customer_court", row.pk), "back_label": row.name}


def _back_to(case: CourtCase) -> dict[str, Any]:
    return {"back": to("court_case", case.pk), "back_label": str(_("Case %(number)d") % {"number": case.pk})}
