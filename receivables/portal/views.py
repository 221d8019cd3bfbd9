"""The pages. Every object comes from `customer_of(request)` and what leads on from there; nothing here books money."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import check_for_language, get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from dunning.actions import policies_made
from invoices.models import Customer
from invoices.visual import visual_pdf
from receivables import clock
from receivables.core.errors import Refused
from receivables.core.printed import account_text, one_line
from receivables.documents.models import Document
from receivables.documents.policy_text import policy_sections
from receivables.messaging import mode
from receivables.portal import access, balances, codes, cookies, tasks
from receivables.portal import ways as paying
from receivables.portal.access import customer_of
from receivables.portal.account import (
    claimed_of,
    claims_of,
    credit_notes_of,
    entries_of,
    invoice_of,
    lines_of,
    listings,
    payments_of,
    statement_of,
)
from receivables.portal.coming import coming_to
from receivables.portal.forms import AskForm, AskTermsForm, BalanceForm, CodeForm
from receivables.portal.letters import in_words, letters_of, paper_of
from receivables.portal.pages import page

require_form = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 25  # rows of a list on a page of its own


@page
@require_form
def ask(request: HttpRequest) -> HttpResponseBase:
    """Ask for a code. The answer is the same for every address, known or not."""
    if request.method != "POST" and access.is_signed_in(request):
        return redirect("portal:account")
    form = AskForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _door(request, "ask", form, ended="ended" in request.GET)
    secret = codes.ask(form.cleaned_data["email"], source=access.source_of(request), now=timezone.now(), wake=tasks.wake)
    response = redirect("portal:code")
    cookies.put(response, cookies.ASK, secret, lives=codes.LIMITS.alive)
    return response


@page
@require_form
def code(request: HttpRequest) -> HttpResponseBase:
    """Type the code in. Only a POST of the form uses it up, and only from the browser that asked."""
    secret = cookies.read(request, cookies.ASK)
    if request.method != "POST":
        return _door(request, "code", CodeForm(), captured=not mode.is_live()) if secret else redirect("portal:ask")
    form = CodeForm(request.POST)
    if form.is_valid():
        if found := codes.redeem(secret, form.cleaned_data["code"], now=timezone.now()):
            return _signed_in(request, found)
        form.add_error("code", _("This code does not work. Check it, or ask for a new one in this browser."))
    return _door(request, "code", form, captured=not mode.is_live())


@page
@require_form
def choose(request: HttpRequest) -> HttpResponseBase:
    """Which of one's accounts to look at."""
    if request.method != "POST":
        visitor = access.visitor_of(request)
        return _render(request, "choose", None, customers=visitor.customers, current=visitor.customer)
    if access.choose(request, request.POST.get("customer", "")) is None:
        raise Http404
    return redirect("portal:account")


@page
@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session."""
    access.end(request)
    response = redirect("portal:ask")
    cookies.drop(response, cookies.SESSION)
    return response


@page
@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Read on in another language; open to everybody, as the page that asks for the address is."""
    return set_language(request)


@page
@require_safe
def account(request: HttpRequest) -> HttpResponseBase:
    """What to pay now, what is open or was settled, and what happens next."""
    customer = customer_of(request)
    on = _today(customer)
    statement = statement_of(customer, on=on)
    lists, events = listings(customer, statement, on=on), coming_to(customer, on=on)
    claimed, asked = claimed_of(claims_of(customer)), balances.unanswered(customer)
    told: dict[str, Any] = {"statement": statement, "lists": lists, "events": events, "claimed": claimed, "asked": asked}
    return _render(request, "account", customer, today=on, **told)


@page
@require_safe
def items(request: HttpRequest, which: str) -> HttpResponseBase:
    """One of the lists of the account's page in full."""
    customer = customer_of(request)
    on = _today(customer)
    lists = listings(customer, statement_of(customer, on=on), on=on)
    found = next((each for each in lists if each.key == which), None)
    if found is None:
        raise Http404
    return _render(request, "items", customer, list=found, pages=_pages(request, found.lines))


@page
@require_safe
def invoice(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One paper: what is owed of it, by when, and what was paid."""
    customer = customer_of(request)
    found = invoice_of(customer, pk)
    lines, claims = lines_of(found, on=_today(customer)), claims_of(customer, found)
    return _render(request, "invoice", customer, invoice=found, lines=lines, entries=entries_of(found), claims=claims)


@page
@require_safe
def invoice_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The paper itself, as the company issued it; of a structured invoice the page that shows it."""
    customer = customer_of(request)
    found = invoice_of(customer, pk)
    if found.document is None or found.document.media_type != "application/xml":
        return _pdf(found.document)
    return _as_pdf(visual_pdf(found, language=customer.language or customer.creditor.language), f"{found.number}.pdf")


@page
@require_safe
def payments(request: HttpRequest) -> HttpResponseBase:
    """Money that came, money taken back, and credit notes."""
    customer = customer_of(request)
    notes = credit_notes_of(customer)[:PAGE]
    return _render(request, "payments", customer, pages=_pages(request, payments_of(customer)), notes=notes)


@page
@require_safe
def ways(request: HttpRequest) -> HttpResponseBase:
    """The ways to pay that stand today, those accepted, and where to ask for others."""
    customer = customer_of(request)
    return _render(request, "ways", customer, **paying.ways_of(customer, on=_today(customer)))


@page
@require_form
def way(request: HttpRequest, currency: str, key: str) -> HttpResponseBase:
    """One of them with its days and sums, to accept. A POST says which terms were read; a second one changes nothing."""
    customer = customer_of(request)
    on, visitor = _today(customer), access.visitor_of(request)
    if request.method != "POST":
        return _render(request, "way", customer, currency=currency, **paying.way_of(customer, currency, key, on=on))
    try:
        paying.accept(visitor, customer, currency=currency, key=key, seal=request.POST.get("seal", ""), on=on, now=clock.now())
    except Refused as refusal:
        return _render(request, "ways", customer, refusal=balances.in_words(refusal), status=422, **paying.ways_of(customer, on=on))
    return redirect("portal:ways")


@page
@require_form
def ask_way(request: HttpRequest) -> HttpResponseBase:
    """Ask for more instalments or a later day than is offered; a person answers."""
    customer = customer_of(request)
    on, visitor = _today(customer), access.visitor_of(request)
    offered = paying.askable(customer, on=on)
    if not offered:
        return redirect("portal:ways")
    form = AskTermsForm(request.POST if request.method == "POST" else None, offered=offered)
    if form.is_valid():
        try:
            paying.ask(visitor, customer, form.cleaned_data, currency=form.cleaned_data["currency"], on=on, now=clock.now())
        except Refused as refusal:
            form.add_error(None, balances.in_words(refusal))
        else:
            return redirect("portal:ways")
    return _render(request, "ask_way", customer, form=form, status=422 if form.is_bound else 200)


@page
@require_form
def balance(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A balance that they are asked to confirm. A POST answers; a second one changes nothing."""
    customer = customer_of(request)
    asked = balances.request_of(customer, pk)
    first = {"side": balances.side_of(asked)}
    form = BalanceForm(request.POST, request.FILES, initial=first) if request.method == "POST" else BalanceForm(initial=first)
    if form.is_valid():
        try:
            on, visitor = _today(customer), access.visitor_of(request)
            balances.answer(visitor, customer, asked, form.cleaned_data, on=on, now=clock.now())
        except Refused as refusal:
            form.add_error(None, balances.in_words(refusal))
        else:
            return redirect("portal:balance", pk=pk)
    return _render(request, "balance", customer, asked=asked, form=form, status=422 if form.is_bound else 200)


@page
@require_safe
def balance_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Its paper."""
    return _pdf(balances.paper_of(customer_of(request), pk))


@page
@require_safe
def letters(request: HttpRequest) -> HttpResponseBase:
    """What was sent to them."""
    customer = customer_of(request)
    pages = _pages(request, letters_of(customer))
    return _render(request, "letters", customer, pages=pages, letters=in_words(pages.object_list))


@page
@require_safe
def letter_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The paper that went with a letter."""
    return _pdf(paper_of(customer_of(request), pk))


@page
@require_safe
def contact(request: HttpRequest) -> HttpResponseBase:
    """Whom to speak to, how payments are handled where the company has made that a paper, and what is done with one's data."""
    customer = customer_of(request)
    newest = policies_made(customer.creditor).first()
    policy = policy_sections(newest.facts, get_language() or "en") if newest else ()
    return _render(request, "contact", customer, account=account_text(customer.creditor.bank_account), policy=policy)


def _signed_in(request: HttpRequest, found: codes.Code) -> HttpResponseBase:
    secret, visitor = access.begin(found, now=timezone.now())
    response = redirect("portal:account")
    cookies.put(response, cookies.SESSION, secret)
    cookies.drop(response, cookies.ASK)
    _greet(request, response, access.language_of(visitor))
    return response


def _greet(request: HttpRequest, response: HttpResponseBase, code: str) -> None:
    """Speak the contact's language, unless the visitor has picked one here."""
    if code and check_for_language(code) and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )


def _today(customer: Customer) -> date:
    return clock.today(customer.creditor.time_zone)


def _pages(request: HttpRequest, rows: Any) -> Any:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def _door(request: HttpRequest, name: str, form: Any, **more: Any) -> HttpResponse:
    context = {"form": form, "creditor": access.company(), "messages": (), "minutes": codes.LIMITS.alive.seconds // 60, **more}
    return render(request, f"portal/{name}.html", context, status=422 if form.is_bound else 200)


def _render(request: HttpRequest, name: str, customer: Customer | None, *, status: int = 200, **more: Any) -> HttpResponse:
    shell = {
        "customer": customer,
        "creditor": customer.creditor if customer else None,
        "is_signed_in": True,
        "has_others": len(access.visitor_of(request).customers) > 1,
        "messages": (),  # those of the staff screens are none of the portal's
    }
    return render(request, f"portal/{name}.html", {**shell, **more}, status=status)


def _pdf(document: Document | None) -> HttpResponse:
    if document is None or document.media_type != "application/pdf":
        raise Http404
    return _as_pdf(bytes(document.content), document.name)


def _as_pdf(content: bytes, said: str) -> HttpResponse:
    name = one_line(said).replace("/", "-").replace("\\", "-") or "document.pdf"
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response
