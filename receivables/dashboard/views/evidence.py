"""The evidence pack of a customer's invoices: looked at first, then made and kept. What was made stays listed."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dunning import actions
from invoices.models import Customer, Invoice, Item
from invoices.states import DocumentKind, InvoiceState
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access, words
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.downloads import paper
from receivables.dashboard.forms.evidence import EvidenceForm
from receivables.dashboard.views.common import to, today
from receivables.documents.labels import language_of
from receivables.documents.labels import words as paper_words
from receivables.documents.models import Document

CUSTOMERS = Customer.objects.select_related("creditor")
CLAIMS = [kind for kind in DocumentKind if kind.is_claim]
OFFERED, SHOWN = 200, 50


@dataclass(frozen=True, slots=True)
class Look:
    """What the pack would hold, and what it would lack, in the words of the page."""

    exhibits: list[dict[str, str]]
    missing: list[dict[str, str]]
    events: int


def customer_packs(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose invoices; *Look at it* says what would be in the pack and keeps nothing, *Make it* makes and keeps it."""
    row, on = access.get(request, CUSTOMERS, pk), today(request)
    form = EvidenceForm(request.POST or None, invoices=_offered(row), initial=_first(request, row))
    look = None
    if request.method == "POST" and form.is_valid():
        try:
            if "look" not in request.POST:
                return _made(request, row, form)
            look = _look(actions.evidence_of(row, form.chosen(), on=on))
        except DomainError as refusal:
            form.add_error(None, words.said(refusal))
    made = actions.packs_of(row).order_by("-pk")[:SHOWN]
    shown = {"customer": row, "form": form, "look": look, "made": made}
    return render(request, "dashboard/customer_packs.html", shown, status=UNPROCESSABLE if form.errors else 200)


def pack_document(request: StaffRequest, pk: int) -> FileResponse:
    """The bytes of a pack that was made."""
    return paper(access.get(request, Document.objects.filter(kind=actions.PACK), pk))


def _made(request: StaffRequest, row: Customer, form: EvidenceForm) -> HttpResponse:
    language = form.cleaned_data["language"]
    made = actions.make_evidence(row, form.chosen(), language=language, on=today(request), now=clock.now(), by=request.user)
    messages.success(request, _("The pack is kept as %(name)s.") % {"name": made.name})
    return HttpResponseRedirect(to("customer_packs", row.pk))


def _offered(row: Customer) -> QuerySet[Invoice]:
    """Claims that were issued, the newest first."""
    mine = Invoice.objects.filter(customer=row, kind__in=CLAIMS).exclude(state=InvoiceState.DRAFT).order_by("-issued_on", "-pk")
    return Invoice.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[:OFFERED])).order_by("-issued_on", "-pk")


def _first(request: StaffRequest, row: Customer) -> dict[str, object]:
    """The invoice that the page was opened from, else all that are overdue."""
    asked = [int(value) for value in request.GET.getlist("invoice") if value.isascii() and value.isdigit()]
    late = Item.objects.filter(invoice=OuterRef("pk")).overdue(on=today(request))
    chosen = asked or list(Invoice.objects.filter(Exists(late), customer=row).values_list("pk", flat=True))
    return {"invoices": chosen, "language": language_of(row.creditor.language)}


def _look(found: "actions.Gathered") -> Look:
    said = paper_words(language_of(get_language() or "en"))
    exhibits = [
        {"number": one.number, "what": said.get(f"exhibit_{one.exhibit.what}", ""), "title": one.exhibit.title, "path": one.path}
        for one in found.exhibits
    ]
    missing = [{"what": said[line["what"]], "of": line["of"]} for line in found.facts["missing"]]
    return Look(exhibits, missing, len(found.facts["events"]))
