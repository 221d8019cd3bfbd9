"""Papers that people make by hand for a customer: statements, balance confirmations, notes. Looked at first, then made and kept."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.actions import KEPT_BY_HAND, MADE_BY_HAND
from dunning.models import Notice
from invoices.models import Customer, Item
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access, words
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, given
from receivables.dashboard.downloads import looked_at, paper
from receivables.dashboard.forms.papers import KINDS, PaperForm, WithdrawForm
from receivables.dashboard.views.common import to, today
from receivables.documents.models import Document
from receivables.messaging.models import Message

CUSTOMERS = Customer.objects.select_related("creditor")
ANSWER_IN = timedelta(days=14)
SHOWN = 50


def customer_papers(request: StaffRequest, pk: int) -> HttpResponseBase:
    """What was made, and a form for the next: *Look at it* shows it without a number and keeps nothing, *Make it* does both."""
    row, on = access.get(request, CUSTOMERS, pk), today(request)
    first = {"language": row.language or row.creditor.language, "to_on": on, "deadline_on": on + ANSWER_IN, "kind": MADE_BY_HAND[0]}
    form = PaperForm(request.POST or None, currencies=currencies_of(row), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            if "look" in request.POST:
                return _looked_at(row, form, request)
            made = actions.make_paper(row, form.wish(), on=on, now=clock.now(), by=request.user)
        except DomainError as refusal:
            form.add_error(None, words.said(refusal))
        else:
            messages.success(request, _("Made and kept as %(number)s.") % {"number": made.number})
            return HttpResponseRedirect(to("customer_papers", row.pk))
    return _shown(request, row, form)


def paper_document(request: StaffRequest, pk: int) -> FileResponse:
    """The bytes of a paper that was made by hand."""
    return paper(access.get(request, Document.objects.filter(kind__in=KEPT_BY_HAND), pk))


def _shown(request: StaffRequest, row: Customer, form: PaperForm) -> HttpResponse:
    made = [{"row": paper, "what": KINDS[paper.kind]} for paper in actions.papers_by_hand(row).order_by("-pk")[:SHOWN]]
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "dashboard/customer_papers.html", {"customer": row, "form": form, "made": made}, status=status)


def _looked_at(row: Customer, form: PaperForm, request: StaffRequest) -> FileResponse:
    wish = form.wish()
    facts: dict[str, Any] = actions.paper_facts(row, wish, on=today(request))
    return looked_at(wish.kind, language=wish.language, facts=facts)


def currencies_of(row: Customer) -> list[str]:
    """The customer's own or the company's first, then all that it was invoiced in."""
    used = Item.objects.filter(customer=row).order_by("currency").values_list("currency", flat=True).distinct()
    return list(dict.fromkeys([row.currency or row.creditor.currency, *used]))


def message_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a sent letter back: its reader gets an apology, and nothing in it binds any more."""
    row = access.get(request, Message.objects.select_related("document").defer("document__content"), pk)
    notice = Notice.objects.filter(message=row).first()
    told = actions.also_told(notice) if notice else []
    ask = Ask(
        heading=_("Withdraw the letter"),
        submit=_("Withdraw it"),
        tone="danger",
        back=to("message", row.pk),
        back_label=row.subject or row.recipient,
        text=_(
            "A letter of apology with its number is made, the page that checks letters says so, and its step, claims and deadline do not "
            "count any more. The next run judges the items anew: hold the customer if nothing shall be sent. Send the apology from the "
            "message's page."
        ),
        facts=[{"label": _("Tell them too"), "value": name} for name in told],
    )

    def deed(said: dict[str, Any]) -> str:
        made = actions.withdraw_letter(row, reason=said["reason"], on=today(request), now=clock.now(), by=request.user)
        return _("Withdrawn by %(number)s.") % {"number": made.apology.number}

    return asked(request, WithdrawForm(**given(request)), ask, deed)
