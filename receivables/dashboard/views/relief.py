"""VAT relief on bad debts: the month's list with its CSV, net and VAT of an invoice, relief taken, given back, taken back."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from invoices import actions as books
from invoices.actions.relief import due_back
from invoices.models import Invoice, Item, Relief
from invoices.vat import CURRENCY, part_of
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.countries.law import PACKS
from receivables.countries.taxes import TaxRelief
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.clocks import ReliefFilter, TakeBackForm, TakeReliefForm, VatForm
from receivables.dashboard.queries.clocks import relief_words
from receivables.dashboard.templatetags.look import amount
from receivables.dashboard.views.clocks import Listing, named, shown
from receivables.dashboard.views.common import head, to, today
from receivables.reporting.owed import owed_of
from receivables.reporting.relief import MonthLine, MonthOfRelief, month_of_relief

ITEMS = Item.objects.select_related("invoice__customer__creditor", "customer")
RELIEFS = Relief.objects.select_related("item__invoice", "customer", "creditor")


def relief(request: StaffRequest) -> HttpResponse:
    """What may be taken in a month, what was, and what has to be given back."""
    form, month, found, rows = _month(request)
    stats = [
        {"label": "P_68", "amount": found.p_68, "currency": CURRENCY, "note": _("base lowered, as noted for the month")},
        {"label": "P_69", "amount": found.p_69, "currency": CURRENCY, "note": _("tax lowered, as noted for the month")},
    ]
    return shown(
        request,
        Listing(
            name="relief",
            heading=_("VAT relief on bad debts"),
            lead=_(
                "What is still unpaid on day 90 after the due date may lower output VAT in the return of that month, if it is unpaid when "
                "the return is filed. Money that comes later gives it back, in its own month."
            ),
            rows=rows,
            row="dashboard/_relief_row.html",
            columns=[
                head(_("Item")), head(_("Customer")), head(_("State")), head(_("Day 90")), head(_("Gross part"), "amount"),
                head(_("Net"), "amount"), head(_("VAT"), "amount"), head(_("To do")),
            ],
            empty=(_("No relief in this month"), _("No debt passes day 90, and nothing has to be given back.")),
            export="relief_export",
            form=form,
            stats=stats,
        ),
        month=month,
    )  # fmt: skip


def relief_export(request: StaffRequest) -> StreamingHttpResponse:
    """The same lines by rate, with the fields of the JPK_V7 file that they belong to."""
    _form, month, _found, rows = _month(request)
    heads = [
        _("State"), _("Month"), _("Invoice"), _("Customer"), _("NIP or VAT number"), _("Issued"), "TerminPlatnosci", "DataZaplaty",
        _("Day 90"), _("Gross part"), _("Currency"), _("Rate, %"), _("Net, PLN"), _("VAT, PLN"), _("Field of net"), _("Field of VAT"),
        "P_68", "P_69",
    ]  # fmt: skip
    return csv_response(f"vat-relief-{month:%Y-%m}", heads, (cells for line in rows for cells in _cells(line)))


FIELDS = {23: ("K_19", "K_20"), 22: ("K_19", "K_20"), 8: ("K_17", "K_18"), 7: ("K_17", "K_18"), 5: ("K_15", "K_16")}
"""Where a rate stands in the register of sales of JPK_V7M, corrections under art. 89a(1) and (4) included: MF's brochure of the file."""


def _cells(line: MonthLine) -> Iterator[list[object]]:
    """A row for each rate; one without figures where net and VAT are not known. P_68 and P_69 take what lowers, not what is given back."""
    one, lowers = line.owed, line.sign < 0
    what: list[object] = [
        relief_words(line.state), f"{line.period:%Y-%m}", one.label, one.name, one.tax_id, one.issued_on, one.due_on if lowers else "",
        line.paid_on or "", line.days.day_90, round_to_unit(line.part, one.currency), one.currency,
    ]  # fmt: skip
    for taxed in line.taxed or ():
        net, vat = (round_to_unit(line.sign * part, CURRENCY) for part in (taxed.net, taxed.vat))
        yield [*what, taxed.rate.normalize(), net, vat, *FIELDS.get(int(taxed.rate), ("", "")), *((net, vat) if lowers else ("", ""))]
    if line.taxed is None:
        yield [*what, *[""] * 7]


def _month(request: StaffRequest) -> tuple[ReliefFilter, date, MonthOfRelief, list[MonthLine]]:
    on = today(request)
    asked_for = request.GET.copy()
    asked_for.setdefault("month", f"{on:%Y-%m}")
    form = ReliefFilter(asked_for)
    month = form.asked().get("month") or on.replace(day=1)
    found = month_of_relief(request.creditor, month, on=on)
    state = form.text("state")
    return form, month, found, [line for line in named(form.text("q"), found.lines) if state in ("", line.state)]


def invoice_vat(request: StaffRequest, pk: int) -> HttpResponse:
    """State net and VAT of an invoice by rate."""
    row = access.get(request, Invoice.objects.select_related("customer__creditor"), pk)
    ask = Ask(
        heading=_("Net and VAT"),
        submit=_("State them"),
        back=to("invoice", row.pk),
        back_label=row.number,
        text=_("As they stand on the invoice, in zloty. The books know its gross amount only; nothing is guessed from it."),
        facts=[{"label": _("Gross"), "amount": row.gross, "currency": row.currency}],
    )
    form = VatForm(**given(request))

    def deed(said: dict[str, Any]) -> str:
        books.state_vat(row, form.lines(), by=request.user)
        return _("Net and VAT are stated.")

    return asked(request, form, ask, deed)


def relief_take(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that relief was taken of what is open on an item."""
    item = access.get(request, ITEMS, pk)
    days = _days_of(item)
    form = TakeReliefForm(**given(request), needs_proof=bool(days and days.needs_proof), initial={"period": days and days.month})
    ask = Ask(
        heading=_("Note that relief was taken"),
        submit=_("Note it"),
        back=to("invoice", item.invoice_id),
        back_label=item.invoice.number,
        text=_(
            "For the return of the month. It lowers base and tax by the share of what is open; a payment that comes later gives it back."
        ),
        facts=_facts(item, days),
    )

    def deed(said: dict[str, Any]) -> str:
        if days is None:
            raise Refused(_("The tax relief of the company's country is not known."))
        books.take_relief(item, days=days, period=said["period"], today=today(request), proof=said.get("proof", ""), by=request.user)
        return _("The relief is noted.")

    return asked(request, form, ask, deed)


def relief_give_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Note that relief was given back in each month in which money came."""
    row = access.get(request, RELIEFS, pk)

    def deed() -> str:
        due = due_back(row)
        if not due:
            raise Refused(_("Nothing was paid that has not been given back."))
        for month in due:
            books.give_back_relief(row, period=month, by=request.user)
        return _("Noted as given back: %(months)s.") % {"months": ", ".join(f"{month:%Y-%m}" for month in due)}

    return done(request, to("invoice", row.item.invoice_id), deed)


def relief_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that it was noted by mistake."""
    row = access.get(request, RELIEFS, pk)
    ask = Ask(
        heading=_("Noted by mistake?"),
        submit=_("Take it back"),
        tone="danger",
        back=to("invoice", row.item.invoice_id),
        back_label=row.item.invoice.number,
        facts=[
            {"label": row.get_kind_display(), "value": f"{row.period:%Y-%m}"},
            {"label": _("Gross part"), "amount": row.part, "currency": row.currency},
        ],
    )

    def deed(said: dict[str, Any]) -> str:
        books.take_back_relief(row, reason=said["reason"], by=request.user)
        return _("It is taken back and counts no more.")

    return asked(request, TakeBackForm(**given(request)), ask, deed)


def _days_of(item: Item) -> TaxRelief | None:
    pack, one = PACKS.get(item.invoice.customer.creditor.country), owed_of(item, item.invoice)
    return pack.tax_relief(one.debtor, due_on=one.due_on, issued_on=one.issued_on) if pack else None


def _facts(item: Item, days: TaxRelief | None) -> list[dict[str, Any]]:
    known = books.stated_vat([item.invoice_id]).get(item.invoice_id)
    facts: list[dict[str, Any]] = [
        {"label": _("Item"), "value": item.label},
        {"label": _("Due"), "on": item.due_on},
        {"label": _("Open"), "amount": item.open_amount, "currency": item.currency},
    ]
    if days:
        facts.append({"label": _("Day 90"), "on": days.day_90, "note": _("counted from the stated due date")})
    if known is None:
        return [*facts, {"label": _("Net and VAT"), "url": to("invoice_vat", item.invoice_id), "value": _("not known: state them first")}]
    for line in part_of(known, item.open_amount, item.invoice.gross):
        figures = _("net %(net)s, VAT %(vat)s") % {"net": amount(line.net, CURRENCY), "vat": amount(line.vat, CURRENCY)}
        facts.append({"label": f"{line.rate.normalize():f} %", "value": figures})
    return facts
