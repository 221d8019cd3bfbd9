"""Claimable but unclaimed, by customer and by item."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from invoices.models import Item
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.clocks import UnclaimedFilter
from receivables.dashboard.queries.clocks import kept_words
from receivables.dashboard.queries.customers import currencies
from receivables.dashboard.queries.rates import problem_words
from receivables.dashboard.views.clocks import Listing, named, shown
from receivables.dashboard.views.common import head, today
from receivables.reporting.unclaimed import UnclaimedLine, UnclaimedList, by_customer, totals, unclaimed_list


@dataclass(frozen=True, slots=True)
class _Asked:
    form: UnclaimedFilter
    through: date
    found: UnclaimedList
    lines: list[UnclaimedLine]

    @property
    def by_item(self) -> bool:
        """Whether a row is an item; else a customer."""
        return self.form.text("by") == "item"


def unclaimed(request: StaffRequest) -> HttpResponse:
    """What the firm could demand beside the principal and has not."""
    asked = _asked(request)
    columns = [head(_("Customer")), head(_("Items"), "number"), head(_("Interest"), "amount"), head(_("Compensation"), "amount")]
    if asked.by_item:
        columns = [head(_("Item")), head(_("Customer")), head(_("Due")), *columns[2:]]
    return shown(
        request,
        Listing(
            name="unclaimed",
            heading=_("Claimable, not claimed"),
            lead=_(
                "Late interest through a day and flat compensation that the law or a contract gives and that no letter has demanded and "
                "nobody has posted. What is past its limitation, and what the company has decided not to ask, is left out."
            ),
            rows=asked.lines if asked.by_item else by_customer(asked.lines),
            row="dashboard/_unclaimed_item_row.html" if asked.by_item else "dashboard/_unclaimed_row.html",
            columns=[*columns, head(_("Together"), "amount")],
            empty=(_("Nothing is left to claim"), _("No debt was late, or all that it gives is claimed.")),
            export="unclaimed_export",
            form=asked.form,
            stats=_stats(asked.lines),
            note=" ".join(problem_words(asked.found.problems)),
        ),
        through=asked.through,
    )


def unclaimed_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same rows, all of them."""
    asked = _asked(request)
    who, sums = [_("Customer number"), _("Customer")], [_("Through"), _("Currency"), _("Interest"), _("Compensation"), _("Together")]
    if asked.by_item:
        heads = [*who, _("Item"), _("Due"), _("Open"), *sums, _("No compensation because")]
        return csv_response("unclaimed", heads, (_item_cells(line, asked.through) for line in asked.lines))
    rows = by_customer(asked.lines)
    cells = (
        [row.owed.number, row.owed.name, row.items, asked.through, row.owed.currency, row.interest, row.compensation, row.total]
        for row in rows
    )
    return csv_response("unclaimed", [*who, _("Items"), *sums], cells)


def _item_cells(line: UnclaimedLine, through: date) -> list[object]:
    one, found = line.owed, line.found
    sums = [through, one.currency, found.interest, found.compensation, found.total]
    return [one.number, one.name, one.label, one.due_on, one.open, *sums, kept_words(*found.kept_back)]


def _asked(request: StaffRequest) -> _Asked:
    on = today(request)
    form = UnclaimedFilter(request.GET, currencies=currencies(of_company(request, Item.objects.all()), request.creditor.currency))
    said = form.asked()
    through = min(said.get("through") or on, on)
    found = unclaimed_list(request.creditor, on=through)
    lines = [line for line in named(form.text("q"), found.lines) if _fits(line, said)]
    return _Asked(form, through, found, lines)


def _fits(line: UnclaimedLine, said: dict[str, Any]) -> bool:
    return said.get("kind") in (None, "", line.owed.kind) and said.get("currency") in (None, "", line.owed.currency)


def _stats(lines: list[UnclaimedLine]) -> list[dict[str, Any]]:
    return [
        {"label": label, "amount": amount, "currency": each.currency}
        for each in totals(lines)
        for label, amount in ((_("Interest"), each.interest), (_("Compensation"), each.compensation))
    ]
