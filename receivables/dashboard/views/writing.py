"""People write to a customer, send a message again, and undo what has not left yet."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dunning import actions
from dunning.actions.messages import firm_facts
from dunning.actions.written import COPIED_BY, customer_of, papers_of, why_not_again
from dunning.drafting import Draft, Letter, Warn, draft, undo_minutes
from dunning.policy import Channel
from dunning.written import Way, ways_by_hand
from invoices.models import Customer, Invoice, Item
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, done, given
from receivables.dashboard.forms.writing import AgainForm, UndoForm, WriteForm
from receivables.dashboard.paging import whole
from receivables.dashboard.queries import writing as queries
from receivables.dashboard.views.common import to, today, wake_delivery
from receivables.dashboard.views.customers import CUSTOMERS
from receivables.dashboard.words import Words, said, word
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.templates import render_message

PAPERS = 50
WARNINGS: Words = {
    Warn.SUBJECT_TELLS: gettext_lazy("The subject speaks of a debt or an amount. Others may see it: better leave that to the text."),
    Warn.SMS_TELLS: gettext_lazy("The SMS speaks of a debt or an amount. Others may read it: better ask for a call, or write an e-mail."),
    Warn.MANY_PARTS: gettext_lazy("This is more than one SMS part, and each is paid."),
}


def customer_write(request: StaffRequest, pk: int) -> HttpResponse:
    """First the look, then the sending: what is sent is what was looked at."""
    row = access.get(request, CUSTOMERS.select_related("payer", "letters_to"), pk)
    invoice = _invoice(request, row)
    ways, papers = ways_by_hand(row), list(papers_of(row)[:PAPERS])
    form = WriteForm(
        request.POST or None,
        ways=ways,
        papers=papers,
        invoice=invoice.number if invoice else "",
        initial=_first(request, row, ways, invoice),
    )
    context: dict[str, Any] = {"customer": row, "form": form, "ways": ways, "minutes": undo_minutes(row)}
    if request.method != "POST" or not form.is_valid():
        form.leave_out_words()
        return _shown(request, context)
    letter = _letter(form.cleaned_data, row, invoice, papers, request)
    try:
        made = draft(row, letter, now=clock.now())
        if made.forbidden:
            form.add_error("text", _("No message may say this: %(words)s. Put it another way.") % {"words": ", ".join(made.forbidden)})
        seal = _seal(letter, made)
        if request.POST.get("looked_at") == seal and not form.errors:
            actions.write(row, letter, form=form.cleaned_data["form"], now=clock.now(), by=request.user)
            messages.success(request, _("It leaves %(at)s and can be undone until then.") % {"at": _at(made.goes_at)})
            wake_delivery()
            return HttpResponseRedirect(to("customer", row.pk))
    except DomainError as refusal:
        form.add_error(None, said(refusal))
        return _shown(request, context)
    if not made.conditional:
        form.leave_out_words()
    return _shown(
        request, {**context, "made": made, "seal": seal, "warnings": [word(WARNINGS, one) for one in made.warnings], "letter": letter}
    )


def _shown(request: StaffRequest, context: dict[str, Any]) -> HttpResponse:
    form = context["form"]
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, "dashboard/write.html", context, status=status)


def _invoice(request: StaffRequest, customer: Customer) -> Invoice | None:
    pk = whole(request.GET.get("invoice"))
    return of_company(request, Invoice.objects.filter(customer=customer, pk=pk)).first() if pk else None


def _first(request: StaffRequest, customer: Customer, ways: list[Way], invoice: Invoice | None) -> dict[str, Any]:
    """What the form begins with; where asked for, a friendly text with payment details."""
    language = ways[0].language if ways else customer.language or customer.creditor.language
    first: dict[str, Any] = {"language": language, "states": WriteForm.INVOICE if invoice else WriteForm.NONE}
    first["paper"] = request.GET.get("paper", "")
    if request.GET.get("start") == "friendly":
        words = render_message("written_friendly", language, {"creditor": firm_facts(customer.creditor)}, "email")
        first |= {"subject": words.subject, "text": words.text, "states": first["states"] or WriteForm.OVERDUE}
    return first


def _letter(said: dict[str, Any], customer: Customer, invoice: Invoice | None, papers: list[Document], request: StaffRequest) -> Letter:
    channel, _sep, address = said["to"].partition(":")
    return Letter(
        channel=Channel(channel),
        address=address,
        language=said["language"],
        subject=said["subject"],
        text=said["text"],
        items=_items(said["states"], customer, invoice, request),
        paper=next((paper for paper in papers if str(paper.pk) == said["paper"]), None),
        knows_words=bool(said.get("knows_words")),
    )


def _items(which: str, customer: Customer, invoice: Invoice | None, request: StaffRequest) -> list[Item]:
    rows = Item.objects.open().filter(customer=customer).select_related("invoice").order_by("due_on", "pk")
    match which:
        case WriteForm.INVOICE:
            return list(rows.filter(invoice=invoice)) if invoice else []
        case WriteForm.OVERDUE:
            return list(rows.filter(due_on__lt=today(request)))
        case WriteForm.OPEN:
            return list(rows)
        case _:
            return []


def _seal(letter: Letter, made: Draft) -> str:
    """What tells this draft from others: to whom, every word and amount, and the paper."""
    paper = letter.paper.pk if letter.paper else None
    return hashlib.sha256(repr([made.way, made.subject, made.text, paper]).encode()).hexdigest()


def message_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Send it again: a copy of what has left, to one of the customer's addresses."""
    row = access.get(request, Message.objects.select_related("document").defer("document__content"), pk)
    now = clock.now()
    try:
        customer, refusal = customer_of(row), why_not_again(row, now=now)
    except DomainError as refused:
        messages.error(request, said(refused))
        return HttpResponseRedirect(to("message", row.pk))
    channel = COPIED_BY.get(row.channel)
    ways = [way for way in ways_by_hand(customer) if way.channel == channel]
    form = AgainForm(**given(request), ways=ways, lately=queries.went_lately(row, now=now), initial={"to": f"{channel}:{row.recipient}"})
    ask = Ask(
        heading=_("Send the message again"),
        submit=_("Send again"),
        back=to("message", row.pk),
        back_label=row.subject or row.recipient,
        text=_again_words(row, customer),
        template="dashboard/again.html",
    )

    def deed(said: dict[str, Any]) -> str:
        address = said["to"].partition(":")[2]
        form: UUID = said["form"]
        made = actions.send_again(
            row, address=address, reason=said["reason"], form=form, now=clock.now(), once_more=bool(said.get("once_more")), by=request.user
        )
        wake_delivery()
        return _("It leaves %(at)s and can be undone until then.") % {"at": _at(made.message.not_before)}

    return asked(request, form, ask, deed, row=row, ways=ways, refusal=_(refusal) if refusal else "")


def _at(moment: datetime) -> str:
    return f"{localtime(moment):%d.%m.%Y %H:%M}"


def _again_words(row: Message, customer: Customer) -> str:
    minutes = undo_minutes(customer)
    if row.channel == "letter":
        return _(
            "The text and the very paper go by e-mail, marked as a copy. It is no step and counts for no limit. It waits %(n)d min."
        ) % {"n": minutes}
    return _("The same words and the same paper, marked as a copy. It is no step and counts for no limit. It waits %(n)d min.") % {
        "n": minutes
    }


def message_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back what has not left yet; the answer says which of the two it was."""
    row = access.get(request, Message.objects.only("creditor", "state"), pk)
    form = UndoForm(request.POST)
    back = request.POST.get("back", "")
    target = {"today": to("today"), "customer": ""}.get(back, to("message", row.pk))

    def deed() -> str:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        actions.undo(row, reason=reason, now=clock.now(), by=request.user)
        return _("Undone: the message does not leave.")

    return done(request, target or to("customer", customer_of(row).pk), deed)
