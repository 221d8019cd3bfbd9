"""The clocks' work lists: what runs out, what may be relieved, demanded or registered. Each filters by GET and exports its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from receivables.dashboard.access import StaffRequest
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.clocks import LimitationFilter, TermFilter
from receivables.dashboard.forms.filters import Filter
from receivables.dashboard.paging import listed
from receivables.dashboard.queries.clocks import alert_words, fault_words
from receivables.dashboard.views.common import head, to, today
from receivables.reporting.limitation import LimitationLine, limitation_lines
from receivables.reporting.terms import TermLine, term_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One of the lists: its words, its rows and how each is shown. `name` is the address of the list, `export` that of its CSV."""

    name: str
    heading: str
    lead: str
    rows: Sequence[Any]
    row: str
    columns: list[dict[str, Any]]
    empty: tuple[str, str]
    export: str = ""
    form: Filter | None = None
    stats: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""


def tabs(current: str) -> list[dict[str, Any]]:
    """The lists, as components/_tabs.html takes them."""
    names = {
        "clocks": _("Limitation"),
        "unclaimed": _("Not claimed"),
        "relief": _("VAT relief"),
        "registers": _("Registers"),
        "court": _("Court"),
        "insurance": pgettext("debts", "Insured"),
        "terms": _("Payment terms"),
    }
    return [{"label": label, "url": to(name), "is_current": name == current} for name, label in names.items()]


def shown(request: StaffRequest, listing: Listing, **more: Any) -> HttpResponse:
    """The page of a list."""
    context = {
        "listing": listing,
        "page": listed(listing.rows, request.GET),
        "tabs": tabs(listing.name),
        "columns": listing.columns,
        "on": today(request),
        "query_string": request.GET.urlencode(),
        "here": to(listing.name),
        "export_url": to(listing.export) if listing.export else "",
    }
    return render(request, "dashboard/clocks.html", {**context, **more})


def named(words: str, rows: Iterable[Any]) -> list[Any]:
    """Rows whose item or customer has these words in its name or number; each row has `owed`."""
    sought = words.strip().casefold()
    return [row for row in rows if sought in "\n".join((row.owed.label, row.owed.name, row.owed.number)).casefold()]


def clocks(request: StaffRequest) -> HttpResponse:
    """Debts whose limitation is near or past."""
    form, rows = _limitation(request)
    return shown(
        request,
        Listing(
            name="clocks",
            heading=_("Limitation"),
            lead=_(
                "Open debts that soon cannot be enforced any more, six, three and one month ahead. After the last day a consumer's debt "
                "leaves the ladder by itself; a firm's goes on until the firm objects."
            ),
            rows=rows,
            row="dashboard/_limitation_row.html",
            columns=[
                head(_("Item")), head(_("Customer")), head(_("Due")),
                head(_("Last day to act")), head(_("Alert")), head(_("Open"), "amount"),
            ],
            empty=(_("Nothing runs out"), _("No open debt comes near its limitation within six months.")),
            export="clocks_export",
            form=form,
        ),
    )  # fmt: skip


def clocks_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same debts in the same order, all of them."""
    _form, rows = _limitation(request)
    heads = [_("Item"), _("Customer number"), _("Customer"), _("Due"), _("Last day to act"), _("Alert"), _("Open"), _("Currency")]
    return csv_response("limitation", heads, (_cells(line) for line in rows))


def terms(request: StaffRequest) -> HttpResponse:
    """Open invoices whose payment term is longer than the law allows."""
    form, rows = _terms(request)
    return shown(
        request,
        Listing(
            name="terms",
            heading=_("Payment terms"),
            lead=_(
                "Open invoices whose term is, or may be, longer than the law allows, with the last lawful day. Nothing is worked out from "
                "that day: the due date stays as agreed. The day of issue stands in for the day on which the buyer got the invoice."
            ),
            rows=rows,
            row="dashboard/_term_row.html",
            columns=[
                head(_("Item")), head(_("Customer")), head(_("Issued")), head(_("Due")), head(_("Days"), "number"),
                head(_("Lawful until")), head(_("Open"), "amount"),
            ],
            empty=(_("All terms are lawful"), _("No open invoice has a term that is longer than the law allows.")),
            export="terms_export",
            form=form,
        ),
    )  # fmt: skip


def terms_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same invoices in the same order, all of them."""
    _form, rows = _terms(request)
    heads = [_("Item"), _("Customer number"), _("Customer"), _("Issued"), _("Due"), _("Days"), _("Lawful until"), _("Why"), _("Open")]
    return csv_response("payment-terms", [*heads, _("Currency")], (_term_cells(line) for line in rows))


def _terms(request: StaffRequest) -> tuple[TermFilter, list[TermLine]]:
    form = TermFilter(request.GET)
    return form, named(form.text("q"), term_lines(request.creditor))


def _term_cells(line: TermLine) -> list[object]:
    one = line.owed
    what = [one.label, one.number, one.name, one.issued_on, one.due_on, line.days, line.lawful_until]
    return [*what, fault_words(line.gravest), one.open, one.currency]


def _limitation(request: StaffRequest) -> tuple[LimitationFilter, list[LimitationLine]]:
    form = LimitationFilter(request.GET)
    lines = limitation_lines(request.creditor, on=today(request))
    return form, [line for line in named(form.text("q"), lines) if _fits(line, form.text("alert"))]


def _fits(line: LimitationLine, alert: str) -> bool:
    if alert == "past":
        return line.is_past
    if alert == "unknown":
        return line.last_day is None
    return not alert or (not line.is_past and 0 < line.alert <= int(alert))


def _cells(line: LimitationLine) -> list[object]:
    one = line.owed
    return [one.label, one.number, one.name, one.due_on, line.last_day, alert_words(line), one.open, one.currency]
