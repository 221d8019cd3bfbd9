"""Agencies: the list with what each has and recovered, the page of one, its terms and its documents."""

from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning.actions import add_agency_paper, save_agency
from dunning.models import Agency, AgencyPaper
from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.agencies import AgencyForm, AgencyPaperForm
from receivables.dashboard.queries import agencies as queries
from receivables.dashboard.views.common import to, today
from receivables.reporting.agencies import AgencyLine, agency_lines

AGENCIES = Agency.objects.select_related("creditor")


def agencies(request: StaffRequest) -> HttpResponse:
    """All of them, with what each has, recovered and kept."""
    rows = list(of_company(request, AGENCIES).order_by("-is_active", "pk"))
    return render(request, "dashboard/agencies.html", {"agencies": rows, "lines": agency_lines(request.creditor)})


def agencies_export(request: StaffRequest) -> StreamingHttpResponse:
    """The figures, an agency and currency a line."""
    heads = [_("Agency"), _("Currency"), _("Hand-overs"), _("With the agency"), _("Handed over"), _("Recovered"), _("Commission booked")]
    return csv_response("agencies", [*heads, _("Commission by its scale"), _("Net")], map(_cells, agency_lines(request.creditor)))


def _cells(line: AgencyLine) -> list[object]:
    name = line.agency.name if line.agency else ""
    counts = [name, line.currency, line.hand_overs, line.standing]
    return [*counts, line.placed, line.recovered, line.commission, line.due, line.net]


def agency(request: StaffRequest, pk: int) -> HttpResponse:
    """Terms, contacts, documents on file, and what became of what it got."""
    row = access.get(request, AGENCIES.prefetch_related("rates", "success"), pk)
    return render(request, "dashboard/agency.html", {"agency": row, "shown": queries.agency_page(row, on=today(request))})


def agency_new(request: StaffRequest) -> HttpResponse:
    """A further agency, behind the others."""
    return _edited(request, None)


def agency_change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what is noted of an agency."""
    return _edited(request, access.get(request, AGENCIES, pk))


def _edited(request: StaffRequest, row: Agency | None) -> HttpResponse:
    ask = Ask(
        heading=_("Change %(name)s") % {"name": row.name} if row else _("New agency"),
        submit=_("Save"),
        back=to("agency", row.pk) if row else to("agencies"),
        back_label=row.name if row else _("Agencies"),
        text=_("The first active agency whose terms fit takes a hand-over of the ladder."),
    )

    def deed(said: dict[str, Any]) -> str:
        saved = save_agency(request.creditor, said, rates=said["rates"], agency=row, by=request.user)
        return _("%(name)s is saved.") % {"name": saved.name}

    return asked(request, AgencyForm(**given(request), agency=row), ask, deed)


def agency_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a document about it on file."""
    row = access.get(request, AGENCIES, pk)
    ask = Ask(heading=_("Put a document on file"), submit=_("Put on file"), back=to("agency", row.pk), back_label=row.name)

    def deed(said: dict[str, Any]) -> str:
        file = said["document"]
        name, content = file.name or "document", file.read()
        add_agency_paper(row, kind=said["kind"], name=name, content=content, on=today(request), now=clock.now(), by=request.user)
        return _("The document is on file.")

    return asked(request, AgencyPaperForm(**given(request)), ask, deed)


def agency_document(request: StaffRequest, pk: int) -> FileResponse:
    """A document on file, as it was put there."""
    mine = AgencyPaper.objects.filter(agency__in=of_company(request, Agency.objects.all())).select_related("document")
    return paper(access.get_object_or_404(mine, pk=pk).document)
