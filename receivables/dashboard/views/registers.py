"""Debtor registers: the list of who may be entered from when, warning letters, entries, and what a register was told after a payment."""

from datetime import date
from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import RegisterEntry, RegisterUpdate, RegisterWarning
from dunning.states import WarningWay
from invoices.models import Customer
from invoices.states import Kind
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.clocks import EntryForm, EntryUpdateForm, RegisterFilter, TakeBackForm, WarningForm
from receivables.dashboard.queries.registers import missing_words
from receivables.dashboard.views.clocks import Listing, named, shown
from receivables.dashboard.views.common import head, open_items, to, today
from receivables.dashboard.views.papers import kept_paper
from receivables.reporting.registers import RegisterLine, register_lines

CUSTOMERS = Customer.objects.select_related("creditor")
ENTRIES = RegisterEntry.objects.select_related("customer")
WARNINGS = RegisterWarning.objects.select_related("customer", "document")


def registers(request: StaffRequest) -> HttpResponse:
    """Who may be entered in a debtor register, and what is missing."""
    form, rows = _lines(request)
    return shown(
        request,
        Listing(
            name="registers",
            heading=_("Debtor registers"),
            lead=_(
                "From which day a customer's debts may be entered: overdue by thirty days, a month after the warning letter, in all at "
                "least the register's smallest sum. Nothing is entered by itself. After a payment an entry is updated or deleted in time."
            ),
            rows=rows,
            row="dashboard/_register_row.html",
            columns=[
                head(_("Customer")), head(_("Overdue"), "amount"), head(_("Warned on")), head(_("May be entered from")),
                head(_("What is missing")), head(_("To do")),
            ],
            empty=(_("Nobody to enter"), _("No customer has anything overdue, and no entry is recorded.")),
            export="registers_export",
            form=form,
        ),
    )  # fmt: skip


def registers_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same customers in the same order, all of them."""
    _form, rows = _lines(request)
    heads = [_("Customer number"), _("Customer"), _("Kind"), _("Overdue"), _("Currency"), _("Warned on"), _("May be entered from")]
    return csv_response("registers", [*heads, _("What is missing"), _("Update or delete by")], (_cells(line) for line in rows))


def _cells(line: RegisterLine) -> list[object]:
    one, at = line.owed, line.standing
    kind = dict(Customer.KINDS)[Kind(one.kind)]
    what = [one.number, one.name, kind, at.sum, line.register.currency, line.warned_on, at.eligible_from]
    return [*what, " ".join(missing_words(line)), line.due_by]


def _lines(request: StaffRequest) -> tuple[RegisterFilter, list[RegisterLine]]:
    form = RegisterFilter(request.GET)
    lines = register_lines(request.creditor, on=today(request))
    return form, [line for line in named(form.text("q"), lines) if _fits(line, form.text("state"))]


def _fits(line: RegisterLine, state: str) -> bool:
    return {
        "duty": bool(line.duties),
        "eligible": line.is_eligible,
        "waiting": line.standing.eligible_from is not None and not line.is_eligible,
        "missing": line.standing.eligible_from is None,
        "entered": bool(line.entries),
    }.get(state, True)


def register_warning(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that the register's warning letter was sent."""
    row = access.get(request, CUSTOMERS, pk)
    overdue = open_items(row).filter(due_on__lt=today(request))
    form = WarningForm(**given(request), items=open_items(row), initial={"sent_on": today(request), "items": list(overdue)})
    ask = Ask(
        heading=_("Note a register's warning letter"),
        submit=_("Note it"),
        **_back(row),
        text=_(
            "It must say that data will be passed, name the bureau and its seat, and tell of the right to object. By registered letter "
            "or by hand; by e-mail only to a firm whose contract allows it."
        ),
    )

    @transaction.atomic  # the paper goes with the fact, or not at all
    def deed(said: dict[str, Any]) -> str:
        actions.record_warning(
            row,
            list(said["items"]),
            register=said["register"],
            sent_on=said["sent_on"],
            way=WarningWay(said["way"]),
            proof=said["proof"],
            today=today(request),
            document=kept_paper(request, said["document"], kind="register_warning"),
            by=request.user,
        )
        return _("The warning letter is noted.")

    return asked(request, form, ask, deed)


def register_warning_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that it was noted by mistake."""
    warning = access.get(request, WARNINGS, pk)
    ask = Ask(
        heading=_("Noted by mistake?"),
        submit=_("Take it back"),
        tone="danger",
        **_back(warning.customer),
        facts=[{"label": warning.register, "on": warning.sent_on, "note": warning.proof}],
    )

    def deed(said: dict[str, Any]) -> str:
        actions.take_back_warning(warning, reason=said["reason"], today=today(request), by=request.user)
        return _("It is taken back and counts no more.")

    return asked(request, TakeBackForm(**given(request)), ask, deed)


def register_document(request: StaffRequest, pk: int) -> FileResponse:
    """The warning letter or its proof."""
    warning = access.get(request, WARNINGS, pk)
    if warning.document is None:
        raise Http404("no document")
    return paper(warning.document)


def register_entry(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that a person has made an entry at a bureau."""
    row, on = access.get(request, CUSTOMERS, pk), today(request)
    line = _line_of(row, on=on)
    chosen = [item for item in open_items(row) if line and item.pk in line.standing.items]
    first = {"entered_on": on, "items": chosen, "amount": sum(item.open_amount for item in chosen) or None}
    ask = Ask(
        heading=_("Note an entry in a register"),
        submit=_("Note it"),
        **_back(row),
        text=_("You have made it at the bureau yourself; nothing is passed on from here. After a payment it has to be updated or deleted."),
        facts=[{"label": _("What is missing"), "value": words} for words in (missing_words(line) if line else ())],
    )

    def deed(said: dict[str, Any]) -> str:
        names = ("register", "entered_on", "amount", "reference")
        actions.record_entry(row, list(said["items"]), **{name: said[name] for name in names}, today=on, by=request.user)
        return _("The entry is noted.")

    return asked(request, EntryForm(**given(request), items=open_items(row), initial=first), ask, deed)


def register_update(request: StaffRequest, pk: int) -> HttpResponse:
    """Note what the bureau was told after a payment."""
    entry = access.get(request, ENTRIES, pk)
    ask = Ask(
        heading=_("Note what the register was told"),
        submit=_("Note it"),
        **_back(entry.customer),
        facts=[{"label": entry.register, "amount": entry.amount, "currency": entry.currency}],
    )

    def deed(said: dict[str, Any]) -> str:
        amount = said["amount"] if said["kind"] == RegisterUpdate.Kind.UPDATED else None
        actions.record_update(entry, on=said["on"], amount=amount, today=today(request), by=request.user)
        return _("It is noted.")

    return asked(request, EntryUpdateForm(**given(request), initial={"on": today(request)}), ask, deed)


def _line_of(row: Customer, *, on: date) -> RegisterLine | None:
    return next(iter(register_lines(row.creditor, on=on, customers=[row.pk])), None)


def _back(row: Customer) -> dict[str, Any]:
    return {"back": to("customer", row.pk), "back_label": row.name}
