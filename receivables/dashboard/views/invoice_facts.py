"""What people say about an invoice: answers to what its file left open, its delivery, papers that belong to it."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from invoices import actions as books
from invoices.actions.papers import answer_question, settle_due_dates
from invoices.models import Invoice, InvoicePaper, InvoiceQuestion
from invoices.states import Delivered
from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.forms.invoice_facts import AnswerForm, DeliveryForm, DueDatesForm, InvoicePaperForm
from receivables.dashboard.views.common import to, today

INVOICES = Invoice.objects.select_related("customer__creditor")


def invoice_question(request: StaffRequest, pk: int) -> HttpResponse:
    """Answer what is asked about an invoice; the ladder goes on where it waited for that."""
    row = get_object_or_404(InvoiceQuestion.objects.select_related("invoice"), pk=pk, invoice__in=_ours(request))
    ask = Ask(
        heading=_("Answer the question"),
        submit=_("Save"),
        **_back(row.invoice),
        facts=[{"label": _("Question"), "value": row.get_question_display(), "note": row.said or row.place}],
        text=_("Reminders wait for the answer.") if row.stops else _("Reminders do not wait for the answer."),
    )

    def deed(said: dict[str, Any]) -> str:
        answer_question(row, answer=said["answer"], on=today(request), by=request.user)
        return _("The question is answered.")

    return asked(request, AnswerForm(**given(request)), ask, deed)


def invoice_due_dates(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what is owed by which day: the draft becomes an invoice."""
    row = access.get(request, INVOICES, pk)
    waiting = list(row.questions.open().order_by("pk"))
    ask = Ask(
        heading=_("Say what is owed by which day"),
        submit=_("Issue"),
        **_back(row),
        text=_("The amounts must add up to the invoice. What its file says was paid is booked on it."),
        facts=[
            {"label": _("Gross"), "amount": row.gross, "currency": row.currency},
            *({"label": one.get_question_display(), "value": one.said} for one in waiting if one.said),
        ],
    )
    form = DueDatesForm(**given(request), gross=row.gross)

    def deed(said: dict[str, Any]) -> str:
        settle_due_dates(row, instalments=said["instalments"], on=today(request), by=request.user)
        return _("The invoice is issued.")

    return asked(request, form, ask, deed)


def invoice_delivery(request: StaffRequest, pk: int) -> HttpResponse:
    """Note how and when the invoice reached its buyer."""
    row = access.get(request, INVOICES, pk)
    ask = Ask(
        heading=_("How was the invoice delivered?"),
        submit=_("Save"),
        **_back(row),
        text=_("Where the company's rules ask for it, demands and hand-overs wait until this is known."),
    )

    def deed(said: dict[str, Any]) -> str:
        books.record_delivery(
            row, how=Delivered(said["how"]), delivered_on=said["delivered_on"], note=said["note"], on=today(request), now=clock.now(),
            by=request.user,
        )  # fmt: skip
        return _("The delivery is recorded.")

    return asked(request, DeliveryForm(**given(request)), ask, deed)


def invoice_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """Attach a contract, an order or a proof of delivery."""
    row = access.get(request, INVOICES, pk)
    ask = Ask(
        heading=_("Attach a paper"), submit=_("Attach"), **_back(row), text=_("It stays with the invoice and is never sent by itself.")
    )

    def deed(said: dict[str, Any]) -> str:
        chosen = said["document"]
        books.attach_paper(
            row, kind=said["kind"], name=chosen.name, content=chosen.content, media_type=chosen.media_type, now=clock.now(), by=request.user
        )
        return _("The paper is attached.")

    return asked(request, InvoicePaperForm(**given(request)), ask, deed)


def invoice_paper_document(request: StaffRequest, pk: int) -> FileResponse:
    """An attached paper as it came."""
    return paper(get_object_or_404(InvoicePaper.objects.select_related("document"), pk=pk, invoice__in=_ours(request)).document)


def _ours(request: StaffRequest) -> QuerySet[Invoice]:
    """The company's invoices; what belongs to another one's is not found."""
    return access.of_company(request, Invoice.objects.all())


def _back(row: Invoice) -> dict[str, Any]:
    return {"back": to("invoice", row.pk), "back_label": row.number}
