"""Invoices: the list, one of them, disputes and write-offs."""

from datetime import timedelta
from typing import Any

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from dunning import actions as process
from dunning.models import Case
from invoices import actions as books
from invoices.models import Customer, Invoice, Item, WriteOff
from invoices.states import DisputeCode, Outcome, WhyWrittenOff
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.clocks import TakeBackForm
from receivables.dashboard.forms.deeds import CapForm, DisputeForm, ResolveForm, WriteOffForm
from receivables.dashboard.forms.filters import InvoiceFilter
from receivables.dashboard.queries import caps
from receivables.dashboard.queries import invoices as queries
from receivables.dashboard.queries.claimable import claimable_of
from receivables.dashboard.queries.clocks import clocks_of_invoice
from receivables.dashboard.queries.customers import currencies
from receivables.dashboard.queries.invoice_facts import invoice_facts
from receivables.dashboard.views.common import head, staff, to, today
from receivables.dashboard.words import step_word
from receivables.reporting.owed import owed_of

DECIDE_WITHIN = timedelta(days=14)  # proposed; whoever opens a dispute may say otherwise
INVOICES = Invoice.objects.select_related("customer__creditor", "corrects")


def invoices(request: StaffRequest) -> HttpResponse:
    """All invoices, newest first."""
    form, wanted = _filtered(request)
    on, customers = today(request), of_company(request, Customer.objects.all())
    page = queries.invoices_page(of_company(request, Invoice.objects.all()), wanted, customers, request.GET, on=on)
    columns = [
        head(_("Number")), head(_("Customer")), head(_("Issued")), head(_("Due")), head(_("State")),
        head(_("Gross"), "amount"), head(_("Open"), "amount"),
    ]  # fmt: skip
    of = customers.filter(pk=wanted.customer).first() if wanted.customer else None
    context = {"page": page, "filter": form, "columns": columns, "query_string": request.GET.urlencode(), "of": of}
    return render(request, "dashboard/invoices.html", context)


def invoices_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same invoices in the same order, all of them."""
    _form, wanted = _filtered(request)
    customers = of_company(request, Customer.objects.all())
    lines = queries.all_lines(of_company(request, Invoice.objects.all()), wanted, customers, on=today(request))
    heads = [_("Number"), _("Kind"), _("Customer number"), _("Customer"), _("Issued"), _("Due"), _("Currency"), _("Gross"), _("Open")]
    return csv_response("invoices", [*heads, _("Days overdue")], (_cells(line) for line in lines))


def _cells(line: queries.Line) -> list[object]:
    row = line.invoice
    what = [row.number, row.get_kind_display(), row.customer.number, row.customer.name, row.issued_on, line.due_on]
    return [*what, row.currency, row.gross, line.open, line.days_late]


def _filtered(request: StaffRequest) -> tuple[InvoiceFilter, queries.Asked]:
    form = InvoiceFilter(request.GET, currencies=currencies(of_company(request, Item.objects.all()), request.creditor.currency))
    texts = {name: form.text(name).strip() for name in ("q", "state", "currency", "age")}
    return form, queries.Asked(**texts, customer=form.asked().get("customer"))


def invoice(request: StaffRequest, pk: int) -> HttpResponse:
    """One invoice with its amounts, what changed them, and its walk up the ladder."""
    row = access.get(request, INVOICES, pk)
    shown = queries.invoice_page(row, on=today(request))
    items = [line.item for line in shown.items] if shown.is_claim else []
    clocks = clocks_of_invoice(row, items, on=today(request)) if items else None
    claimable = claimable_of(row.customer.creditor, [owed_of(item, row) for item in items], on=today(request)) if items else None
    return render(
        request,
        "dashboard/invoice.html",
        {
            "invoice": row,
            "shown": shown,
            "stats": _stats(shown),
            "on": today(request),
            "cap": caps.cap_of(row),
            "clocks": clocks,
            "claimable": claimable,
            "facts": invoice_facts(row),
        },
    )


def _stats(shown: queries.InvoicePage) -> list[dict[str, Any]]:
    code, amounts = shown.invoice.currency, shown.amounts
    stats = [(_("Gross"), amounts.gross)]
    if shown.is_claim:
        stats += [(_("Paid"), amounts.paid), (_("Credited"), amounts.credited)]
        rare = [(_("Borne by the company"), amounts.borne), (_("Written off"), amounts.written_off)]
        rare += [(_("Withdrawn"), amounts.withdrawn), (_("Sold"), amounts.sold)]
        stats += [(words, amount) for words, amount in rare if amount]
        stats.append((_("Open"), amounts.open))
    return [{"label": label, "amount": amount, "currency": code} for label, amount in stats]


def invoice_document(request: StaffRequest, pk: int) -> FileResponse:
    """The paper that the source system sent along."""
    row = access.get(request, Invoice.objects.select_related("document"), pk)
    if row.document is None:
        raise Http404("no document")
    return paper(row.document)


def invoice_cap(request: StaffRequest, pk: int) -> HttpResponse:
    """How far up the ladder the invoice may climb, whatever its policy says."""
    row = access.get(request, INVOICES, pk)
    cases, cap = list(caps.running(row)), caps.cap_of(row)
    choices = [(choice.step or CapForm.NO_CAP, choice.words) for choice in caps.choices(cases)]
    ask = Ask(
        heading=_("Limit the ladder"),
        submit=_("Save"),
        **_back(row),
        text=_("Nothing above the highest step is sent about this invoice. What has gone stays, and what stands higher rests there."),
        facts=[{"label": case.item.label, "value": _where(case), "note": str(case.version)} for case in cases if case.item],
    )

    def deed(said: dict[str, Any]) -> str:
        process.cap_ladder(row, step=said["step"], on=today(request), reason=said["reason"], by=request.user)
        return _("The highest step is set.") if said["step"] else _("The limit is lifted.")

    form = CapForm(**given(request), choices=choices, initial={"step": cap.step if cap else CapForm.NO_CAP})
    return asked(request, form, ask, deed)


def _where(case: Case) -> str:
    """The last step that a case has taken, in words."""
    return _("took %(step)s") % {"step": step_word(case.step)} if case.step else _("no step taken yet")


def invoice_dispute(request: StaffRequest, pk: int) -> HttpResponse:
    """The customer says that something is wrong."""
    row = access.get(request, INVOICES, pk)
    ask = Ask(
        heading=_("Open a dispute"),
        submit=_("Open the dispute"),
        **_back(row),
        text=_("The disputed part waits until somebody resolves it; the rest goes on up the ladder."),
    )

    def deed(said: dict[str, Any]) -> str:
        process.open_dispute(
            row,
            on=today(request),
            amount=said["amount"],
            reason=said["reason"],
            code=DisputeCode(said["code"]) if said["code"] else None,
            owner=said["owner"],
            due_on=said["due_on"],
            by=request.user,
        )
        return _("The dispute is open.")

    first = {"owner": request.user.pk, "due_on": today(request) + DECIDE_WITHIN}
    return asked(request, DisputeForm(**given(request), owners=staff(request), initial=first), ask, deed)


def dispute_resolve(request: StaffRequest, pk: int) -> HttpResponse:
    """End the disputes of an invoice."""
    row = access.get(request, INVOICES, pk)
    ask = Ask(heading=_("Resolve the dispute"), submit=_("Resolve"), **_back(row))

    def deed(said: dict[str, Any]) -> str:
        process.decide_dispute(row, outcome=Outcome(said["outcome"]), on=today(request), by=request.user)
        return _("The dispute is resolved.")

    return asked(request, ResolveForm(**given(request)), ask, deed)


def invoice_write_off(request: StaffRequest, pk: int) -> HttpResponse:
    """What is open will not be claimed any more."""
    row = access.get(request, INVOICES, pk)
    ask = Ask(
        heading=_("Write off what is open?"),
        submit=_("Write off"),
        tone="danger",
        **_back(row),
        text=_("The open amount is closed without money. The ladder ends for it, and it does not count as paid."),
        facts=[{"label": _("Open"), "amount": queries.open_on(row), "currency": row.currency}],
    )

    def deed(said: dict[str, Any]) -> str:
        why = WhyWrittenOff(said["why"])
        books.write_off(row, on=today(request), reason=said["reason"], why=why, by=request.user)
        return _("The open amount is written off.")

    return asked(request, WriteOffForm(**given(request)), ask, deed)


def write_off_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """What was written off can be claimed after all."""
    mine = access.of_company(request, Invoice.objects.all())
    row = get_object_or_404(WriteOff.objects.select_related("item__invoice"), pk=pk, item__invoice__in=mine)
    ask = Ask(
        heading=_("Take the write-off back?"),
        submit=_("Take it back"),
        tone="danger",
        **_back(row.item.invoice),
        text=_("The amount is open again. If something of it is still on the ladder, a person looks before its next message."),
        facts=[{"label": row.item.label, "amount": row.amount, "currency": row.currency, "note": row.reason}],
    )

    def deed(said: dict[str, Any]) -> str:
        books.take_back_write_off(row, on=today(request), reason=said["reason"], by=request.user)
        return _("It is taken back and counts no more.")

    return asked(request, TakeBackForm(**given(request)), ask, deed)


def _back(row: Invoice) -> dict[str, Any]:
    return {"back": to("invoice", row.pk), "back_label": row.number}
