"""Bank statements and their lines: bring files in, look at what each line may pay, book, split, set aside, undo."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices.actions.bank import (
    LONG,
    Matched,
    StatementReport,
    Wanted,
    add_bank_account,
    book_line,
    book_together,
    import_statement,
    layout_for,
    lines_to_match,
    match_lines,
    matching_under_way,
    put_back,
    refund_by,
    refund_candidates,
    refund_candidates_shown,
    refund_suggestions,
    release_statement,
    set_aside,
    stop_matching,
    take_back_by,
    undo_line,
    wanted,
)
from invoices.actions.bank.arriving import see_arrival
from invoices.actions.bank.mailed import mailbox_trouble
from invoices.actions.bank.together import packed
from invoices.actions.bank.told import MONEY_OUT
from invoices.models import BankAccount, BankLine, BankStatement, Customer, Invoice, Payment, StatementArrival
from invoices.statements.parsed import UnreadableStatement
from invoices.statements.reading import check_layout
from receivables.clock import now
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import gettext_noop
from receivables.dashboard import access, long_files, tasks, uploads
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, done, given
from receivables.dashboard.desks import STATEMENTS
from receivables.dashboard.forms.bank import JoinForm, ReasonForm, ShareFormSet, StatementForm
from receivables.dashboard.paging import mapped, page_of, whole
from receivables.dashboard.queries import bank as queries
from receivables.dashboard.queries.bank import Suggested
from receivables.dashboard.queries.sisters import is_passed_on, money_for_sister, named_at_sisters, sister_facts
from receivables.dashboard.views.common import head, to, today
from receivables.dashboard.views.intake import begun, under_way
from receivables.dashboard.words import said

OF_BANK = "bank:"  # what a kept file is called until its columns are described; behind it the account, where one was named
LINES = BankLine.objects.select_related("creditor", "statement__file", "account", "by")


def bank(request: StaffRequest) -> HttpResponse:
    """Lines that wait with their best suggestion, or those decided; above them what is held and how much is matched alone."""
    state = request.GET.get("state", "")
    state = state if state in BankLine.State.values else BankLine.State.WAITING
    page = queries.bank_page(of_company(request, BankLine.objects.all()), state, request.GET)
    columns = [head(_("Booked")), head(_("From")), head(_("Title")), head(_("Amount"), "amount"), head(_("What it pays"))]
    context = {
        "page": page, "columns": columns, "tabs": _tabs(state), "state": state, "held": queries.held_statements(request.creditor),
        "pending": queries.pending_lines(request.creditor, on=today(request)),
        "rates": queries.rates_of(request.creditor, on=today(request)),
        "arrivals": queries.refused_arrivals(request.creditor), "mailbox": mailbox_trouble(request.creditor),
        "going": matching_under_way(request.creditor, now=now()),
    }  # fmt: skip
    return render(request, "dashboard/bank.html", context)


def _tabs(current: str) -> list[dict[str, Any]]:
    """The lists of the bank's pages."""
    states = [(value, str(label).capitalize(), f"{to('bank')}?state={value}") for value, label in BankLine.State.choices]
    every = [*states, ("refunds", _("Refunds?"), to("bank_refunds"))]
    return [{"label": label, "url": url, "is_current": value == current} for value, label, url in every]


def bank_import(request: StaffRequest) -> HttpResponse:
    """Bring statements in and match what is certain; each file is taken whole or not at all."""
    if request.method != "POST":
        page = {"form": _statement_form(request)}
        return HttpResponseRedirect(to("intake_progress")) if under_way(request) else render(request, "dashboard/bank_import.html", page)
    form = _statement_form(request, request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "dashboard/bank_import.html", {"form": form}, status=UNPROCESSABLE)
    files = [(str(file.name or "statement"), bytes(file.read())) for file in form.cleaned_data["statements"]]
    return taken_in(request, files, form.cleaned_data["account"], form)


def taken_in(
    request: StaffRequest, files: Sequence[tuple[str, bytes]], account: BankAccount | None, form: StatementForm | None = None
) -> HttpResponse:
    """Bring files in, each by itself, match what is certain, and say what came of it. The first that needs a description is kept for it.

    Long ones go to a worker, all of them together.
    """
    if _begun(request, files, account):
        return HttpResponseRedirect(to("intake_progress"))
    reports = [_taken(request, name, data, account) for name, data in files]
    lacking = next((n for n, report in enumerate(reports) if report.lacks_layout), None)
    context = {
        "form": form or _statement_form(request), "reports": reports, "matched": _matched(request),
        "described": _kept(request, *files[lacking], account) if lacking is not None else None,
    }  # fmt: skip
    status = UNPROCESSABLE if any(report.is_refused for report in reports) else 200
    return render(request, "dashboard/bank_import.html", context, status=status)


def _begun(request: StaffRequest, files: Sequence[tuple[str, bytes]], account: BankAccount | None) -> bool:
    """Whether a worker takes them: they are long, each can be read as far as its beginning tells, and a worker could be told."""
    if sum(len(data) for _name, data in files) < long_files.LONG_BYTES:
        return False
    number = account.number if account else ""
    try:
        for _name, data in files:
            check_layout(data, layout_for(request.creditor, number or None, data)[0])
    except UnreadableStatement:
        return False
    shown = ", ".join(name for name, _data in files)
    upload = uploads.keep_bytes(request, shown[:255], packed(files), profile=number)
    if begun(STATEMENTS, request, uploads.checked(request, upload, table=STATEMENTS.table, rows=0)):
        return True
    uploads.drop(request)
    return False


def _matched(request: StaffRequest) -> Matched | None:
    """Match what waits; None where that is long and a worker does it."""
    if lines_to_match(request.creditor) >= LONG and tasks.tell_to_match(request.creditor):
        return None
    return match_lines(request.creditor)


def bank_match(request: StaffRequest) -> HttpResponse:
    """Match all that waits once more: invoices may have come since."""

    def deed() -> str:
        matched = _matched(request)
        return _matching_begun() if matched is None else _matched_alone(matched)

    return done(request, to("bank"), deed)


def bank_match_stop(request: StaffRequest) -> HttpResponse:
    """Stop a long matching after the batch that it is at."""

    def deed() -> str:
        stop_matching(request.creditor, by=request.user)
        return _("It stops in a moment. What is booked stands; the other lines wait.")

    return done(request, to("bank"), deed)


def _matching_begun() -> str:
    return _("A worker matches the lines. Look again to see how far it is.")


def _matched_alone(matched: Matched) -> str:
    return ngettext("%(n)d line was matched alone.", "%(n)d lines were matched alone.", matched.alone) % {"n": matched.alone}


def _taken(request: StaffRequest, name: str, data: bytes, account: BankAccount | None) -> StatementReport:
    return import_statement(
        request.creditor, name=name, data=data, on=today(request), account=account.number if account else None, by=request.user
    )


def _kept(request: StaffRequest, name: str, data: bytes, account: BankAccount | None) -> uploads.Upload:
    known_accounts(request)  # so that the page on which it is described has one to choose
    return uploads.keep_bytes(request, name, data, profile=f"{OF_BANK}{account.pk if account else ''}")


def known_accounts(request: StaffRequest) -> QuerySet[BankAccount]:
    """The company's accounts. Where it has none, a post makes the one known that stands on its papers; looking changes nothing."""
    known = BankAccount.objects.filter(creditor=request.creditor).order_by("pk")
    if request.method == "POST" and request.creditor.bank_account and not known.exists():
        add_bank_account(request.creditor, request.creditor.bank_account, by=request.user)
    return known


def _statement_form(request: StaffRequest, *posted: Any) -> StatementForm:
    return StatementForm(*posted, accounts=BankAccount.objects.filter(creditor=request.creditor))


def bank_arrival_seen(request: StaffRequest, pk: int) -> HttpResponse:
    """A person has read why something that came by itself was refused."""
    arrival = access.get(request, StatementArrival.objects.select_related("creditor"), pk)

    def deed() -> str:
        see_arrival(arrival, by=request.user, now=now())
        return _("Noted. Its statements are not in the books; bring them in by hand where they belong here.")

    return done(request, to("bank"), deed)


def bank_line(request: StaffRequest, pk: int) -> HttpResponse:
    """One line: what the bank said, what it may pay and why, or what became of it."""
    line = access.get(request, LINES, pk)
    return render(request, "dashboard/bank_line.html", _about(request, line, ShareFormSet()))


def _about(request: StaffRequest, line: BankLine, shares: Any) -> dict[str, Any]:
    is_open = line.state == BankLine.State.WAITING
    money = money_for_sister(line)
    sees_both = money is not None and money.receiver in request.creditors
    facts = [
        {"label": _("Booked on"), "on": line.booked_on},
        {"label": _("From"), "value": line.counterparty},
        {"label": _("Account of the payer"), "value": line.payer_account},
        {"label": _("Title"), "value": line.title},
        {"label": _("References"), "value": ", ".join(str(each) for each in line.references.values())},
        {"label": _("Statement"), "value": f"{line.account} {line.statement.number} ({line.statement.file.name}, {line.place})"},
    ]
    return {
        "line": line,
        "facts": facts,
        "suggested": queries.suggested([line])[line.pk] if is_open else [],
        "refunds": refund_suggestions(line) if line.amount < 0 and (is_open or line.why == MONEY_OUT) else [],
        "given_back": line.refunds.select_related("customer", "reversal").order_by("pk"),
        "returnable": queries.returnable(line) if is_open and line.amount < 0 else [],
        "payments": line.payments.select_related("customer", "reversal").order_by("pk"),
        "shares": shares,
        "sisters": named_at_sisters(line, request.user) if is_open and line.amount > 0 else [],
        "sister_money": money,
        "sister_facts": sister_facts(money, sees_both=sees_both) if money else [],
        "sees_both": sees_both,
        "is_passed_on": money is not None and is_passed_on(money),
        "has_sisters": len(request.creditors) > 1,
    }


def bank_line_book(request: StaffRequest, pk: int) -> HttpResponse:
    """Book a suggestion as it was shown: the form names its customer and items, so that another one is refused."""
    line = access.get(request, LINES, pk)
    return done(request, to("bank"), lambda: _book_suggestion(request, line))


def _book_suggestion(request: StaffRequest, line: BankLine) -> str:
    chosen = _shown(queries.suggested([line])[line.pk], request)
    share = wanted(chosen.proposal, line.amount)
    if request.POST.get("leave"):  # the rest stays open
        share = Wanted(share.customer, share.amount, share.targets, share.open)
    book_line(line, [share], why=f"confirmed: {chosen.proposal.reason}", by=request.user)
    return _("The line is booked to %(customer)s.") % {"customer": chosen.customer.name}


def _shown(suggested: Sequence[Suggested], request: StaffRequest) -> Suggested:
    """The suggestion that the form names, if it is still the same."""
    items = ",".join(sorted(request.POST.getlist("item")))
    for each in suggested:
        if str(each.customer.pk) == request.POST.get("customer") and ",".join(sorted(str(item.pk) for item, _p in each.parts)) == items:
            return each
    raise Refused(gettext_noop("What this line may pay has changed meanwhile. Look at it again."))


def bank_line_split(request: StaffRequest, pk: int) -> HttpResponse:
    """Book by hand: invoice or customer numbers with their amounts, of one or several customers."""
    line = access.get(request, LINES, pk)
    shares = ShareFormSet(request.POST)
    if shares.is_valid():
        try:
            by_hand = _wanted(request, [form.cleaned_data for form in shares if form.cleaned_data.get("number")])
            book_line(line, by_hand, why="by hand", by=request.user)
        except DomainError as refusal:
            shares.forms[0].add_error(None, said(refusal))
        else:
            return done(request, to("bank"), lambda: _("The line is booked."))
    return render(request, "dashboard/bank_line.html", _about(request, line, shares), status=UNPROCESSABLE)


def _wanted(request: StaffRequest, rows: Sequence[dict[str, Any]]) -> list[Wanted]:
    """One share for each row; those of one customer are payments of their own, each on its invoice."""
    return [_share(request, row["number"].strip(), row["amount"]) for row in rows]


def _share(request: StaffRequest, number: str, amount: Decimal) -> Wanted:
    invoice = of_company(request, Invoice.objects.select_related("customer")).filter(number=number).first()
    if invoice:
        return Wanted(invoice.customer, amount, (invoice,))
    customer = of_company(request, Customer.objects.all()).filter(number=number).first()
    if customer is None:
        raise Refused(gettext_noop("%(number)s is neither an invoice nor a customer here."), number=number)
    return Wanted(customer, amount)


def bank_refunds(request: StaffRequest) -> HttpResponse:
    """Money that went out and may give credit back."""
    found = LINES.filter(pk__any=refund_candidates(request.creditor, on=today(request)))
    page = page_of(found, queries.OLDEST, request.GET)
    context = {"page": mapped(page, refund_candidates_shown(page.rows)), "tabs": _tabs("refunds")}
    return render(request, "dashboard/bank_refunds.html", context)


def bank_line_refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Book that a line gave a customer's credit back, as it was shown: the form names the customer."""
    line = access.get(request, LINES, pk)

    def deed() -> str:
        chosen = next((each for each in refund_suggestions(line) if str(each.customer.pk) == request.POST.get("customer")), None)
        if chosen is None:
            raise Refused(gettext_noop("What this line may give back has changed meanwhile. Look at it again."))
        refund_by(line, chosen.customer, chosen.sources, by=request.user)
        return _("The refund to %(customer)s is booked.") % {"customer": chosen.customer.name}

    return done(request, to("bank_refunds"), deed)


def bank_join(request: StaffRequest) -> HttpResponse:
    """Several lines that pay the same invoices together: their sum with its suggestions, or invoice numbers by hand."""
    lines = _chosen(request)
    if len(lines) < 2:
        return render(request, "dashboard/bank_join.html", status=UNPROCESSABLE if request.method == "POST" else 200)
    form = JoinForm(**given(request))
    if request.method == "POST":
        try:
            _book_joined(request, lines, form)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            return done(request, to("bank"), lambda: _("The lines are booked together."))
    total = sum((line.amount for line in lines), Decimal(0))
    same = len({line.currency for line in lines}) == 1
    context = {
        "lines": lines,
        "total": total,
        "currency": lines[0].currency,
        "form": form,
        "suggested": queries.suggested_together(lines) if same else [],
    }
    return render(request, "dashboard/bank_join.html", context, status=UNPROCESSABLE if request.method == "POST" else 200)


def _chosen(request: StaffRequest) -> list[BankLine]:
    """The lines that the address or form names, as far as they wait."""
    named = (request.POST if request.method == "POST" else request.GET).getlist("line")
    ids = [int(pk) for pk in named if pk.isdecimal() and len(pk) < 19][:MOST_JOINED]
    waiting = of_company(request, LINES).filter(state=BankLine.State.WAITING, statement__is_held=False, amount__gt=0)
    return list(waiting.filter(pk__in=ids).order_by("booked_on", "pk"))


MOST_JOINED = 50


def _book_joined(request: StaffRequest, lines: Sequence[BankLine], form: JoinForm) -> None:
    """By a suggestion as it was shown, or by invoice numbers of one customer."""
    if request.POST.get("customer"):
        chosen = _shown(queries.suggested_together(lines), request)
        book_together(lines, chosen.customer, [item for item, _part in chosen.parts], why="joined", by=request.user)
        return
    if not form.is_valid():
        raise Refused(gettext_noop("Name at least one invoice."))
    numbers = form.cleaned_data["numbers"]
    found = {row.number: row for row in of_company(request, Invoice.objects.select_related("customer")).filter(number__in=numbers)}
    missing = next((number for number in numbers if number not in found), None)
    if missing:
        raise Refused(gettext_noop("%(number)s is no invoice here."), number=missing)
    book_together(lines, found[numbers[0]].customer, [found[number] for number in numbers], why="joined", by=request.user)


def bank_line_aside(request: StaffRequest, pk: int) -> HttpResponse:
    """It is no customer's money."""
    line = access.get(request, LINES, pk)
    ask = Ask(
        heading=_("Set the line aside?"),
        submit=_("Set aside"),
        back=to("bank"),
        back_label=_("Bank"),
        text=_("It is no customer's money: interest, a fee, an own transfer. It can be put back."),
        facts=[{"label": _("Amount"), "amount": line.amount, "currency": line.currency}],
    )

    def deed(given_: dict[str, Any]) -> str:
        set_aside(line, reason=given_["reason"], by=request.user)
        return _("The line is set aside.")

    return asked(request, ReasonForm(**given(request)), ask, deed)


def bank_line_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Wait again: what was set aside is put back, what was booked is undone."""
    line = access.get(request, LINES, pk)

    def deed() -> str:
        if line.state == BankLine.State.BOOKED:
            undo_line(line, on=today(request), by=request.user)
            return _("The booking is undone; the line waits again.")
        put_back(line, by=request.user)
        return _("The line waits again.")

    return done(request, to("bank_line", pk), deed)


def bank_line_return(request: StaffRequest, pk: int) -> HttpResponse:
    """The line returns a payment."""
    line = access.get(request, LINES, pk)

    def deed() -> str:
        chosen = whole(request.POST.get("payment"))
        if chosen is None:
            raise Refused(gettext_noop("Choose the payment that the line returns."))
        payment = access.get(request, Payment.objects.all(), chosen)
        take_back_by(line, payment, by=request.user)
        return _("The payment is taken back.")

    return done(request, to("bank"), deed)


def statement_release(request: StaffRequest, pk: int) -> HttpResponse:
    """A person has looked at a statement that did not balance."""
    statement = access.get(request, BankStatement.objects.select_related("account", "file"), pk)
    ask = Ask(
        heading=_("Release the statement?"),
        submit=_("Release the statement"),
        back=to("bank"),
        back_label=_("Bank"),
        text=" ".join(statement.problems),
        facts=[
            {"label": _("Account"), "value": str(statement.account)},
            {"label": _("File"), "value": statement.file.name},
            {"label": _("Lines in it"), "value": str(statement.entries)},
        ],
    )

    def deed(given_: dict[str, Any]) -> str:
        release_statement(statement, reason=given_["reason"], by=request.user)
        matched = _matched(request)
        if matched is None:
            return _("Released; a worker matches its lines.")
        return ngettext("Released; %(n)d line was matched alone.", "Released; %(n)d lines were matched alone.", matched.alone) % {
            "n": matched.alone
        }

    return asked(request, ReasonForm(**given(request)), ask, deed)
