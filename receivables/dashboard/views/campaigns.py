"""Balances to be confirmed: whom a campaign asks, how it goes, what came back."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from dunning import actions, tasks
from dunning.campaign_books import accounts_of
from dunning.campaigns import usual_day, usual_deadline, year_end_near
from dunning.models import BalanceCampaign, BalanceRequest
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access, words
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms.campaigns import AnswerForm, CampaignFilter, CampaignForm
from receivables.dashboard.paging import Order, batches, listed, page_of
from receivables.dashboard.queries.campaigns import Preview, campaigns_of, counts_of, previewed, report_of, requests_of
from receivables.dashboard.views.common import head, to, today
from receivables.dashboard.views.papers import kept_paper

CAMPAIGNS = BalanceCampaign.objects.select_related("creditor", "opened_by", "closed_by")
REQUESTS = BalanceRequest.objects.select_related("campaign", "customer", "creditor")


def campaigns(request: StaffRequest) -> HttpResponse:
    """All campaigns of the company."""
    columns = [
        head(_("Balance as of")),
        head(_("Opened on")),
        head(_("Answer by")),
        head(_("Asked"), "number"),
        head(pgettext("balances", "Agree"), "number"),
    ]
    columns += [head(pgettext("balances", "Differ"), "number"), head(_("State"))]
    return render(request, "dashboard/campaigns.html", {"rows": campaigns_of(request.creditor), "columns": columns})


def campaign_new(request: StaffRequest) -> HttpResponse:
    """Look whom a campaign of these days would ask, and why not others; posted, it is opened."""
    on, source = today(request), request.POST if request.method == "POST" else request.GET
    year = year_end_near(on)
    first = {"as_of_on": usual_day(year, on=on), "year_ends_on": year, "deadline_on": max(usual_deadline(year, on=on), on)}
    form = CampaignForm(source if "as_of_on" in source else first)
    try:
        if request.method == "POST" and form.is_valid():
            return _opened(request, form.cleaned_data)
        found = _looked_at(request, form) if form.is_valid() else None
    except DomainError as refusal:
        form.add_error(None, words.said(refusal))
        found = None
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "dashboard/campaign_new.html", {"form": form, **_selection(request, form, found)}, status=status)


def _opened(request: StaffRequest, said: dict[str, Any]) -> HttpResponse:
    made = actions.open_campaign(request.creditor, **said, on=today(request), by=request.user)
    tasks.wake_papers()
    return HttpResponseRedirect(to("campaign", made.pk))


def _looked_at(request: StaffRequest, form: forms.Form) -> Preview:
    actions.check_campaign(request.creditor, **form.cleaned_data, on=today(request))
    return previewed(accounts_of(request.creditor, as_of_on=form.cleaned_data["as_of_on"]))


def _selection(request: StaffRequest, form: forms.Form, found: Preview | None) -> dict[str, Any]:
    if found is None:
        return {}
    reasons = dict(BalanceRequest._meta.get_field("left_out").flatchoices)
    left = [{"label": reasons[reason], "value": number} for reason, number in found.reasons.items()]
    rows = [{"one": one, "reason": reasons.get(one.account.left_out or "", "")} for one in found.rows]
    columns = [head(_("Customer")), head(_("Balance"), "amount"), head(_("How")), head(_("Left out"))]
    return {"found": found, "left": left, "page": listed(rows, request.GET), "total": len(rows), "columns": columns}


def campaign(request: StaffRequest, pk: int) -> HttpResponse:
    """One campaign: its days, what came back, and everybody in it."""
    row = access.get(request, CAMPAIGNS, pk)
    form = CampaignFilter(request.GET)
    found = requests_of(row, q=form.text("q"), state=form.text("state"))
    columns = [head(_("Customer")), head(_("Balance"), "amount"), head(_("Paper")), head(_("Answer")), head(_("To do"))]
    shown = {"campaign": row, "form": form, "here": to("campaign", row.pk), "query_string": request.GET.urlencode()}
    counts = counts_of(row)
    return render(
        request,
        "dashboard/campaign.html",
        {**shown, "page": page_of(found, Order("pk"), request.GET), "columns": columns, "stats": _stats(counts), "counts": counts,
         "report": report_of(row), "answers": _answer_words()},
    )  # fmt: skip


def _stats(counts: dict[str, int]) -> list[dict[str, Any]]:
    names = {
        "waits": _("Wait to be sent"),
        "arrived": _("Papers arrived"),
        "agrees": pgettext("balances", "Agree"),
        "differs": pgettext("balances", "Differ"),
        "silent": _("No answer"),
        "unsent": _("Did not leave or arrive"),
        "left_out": _("Left out"),
    }
    return [{"label": label, "value": counts[name]} for name, label in names.items()]


def _answer_words() -> dict[str, str]:
    return {"agrees": pgettext("balance", "agrees"), "differs": pgettext("balance", "differs"), "": pgettext("balance", "no answer")}


def campaign_export(request: StaffRequest, pk: int) -> StreamingHttpResponse:
    """Everybody in it as a table."""
    row = access.get(request, CAMPAIGNS, pk)
    form = CampaignFilter(request.GET)
    heads = [_("Customer number"), _("Customer"), _("Currency"), _("Balance"), _("Left out"), _("Number"), _("Sent on"), _("Answer")]
    heads += [_("Answered on"), _("How it came"), _("Signed by"), _("Balance in their books"), _("Difference"), _("Explanation")]
    found = requests_of(row, q=form.text("q"), state=form.text("state"))
    cells = (_cells(one) for batch in batches(found, Order("pk")) for one in batch)
    return csv_response(f"balances-{row.as_of_on.isoformat()}", heads, cells)


def _cells(row: BalanceRequest) -> list[object]:
    """Balances with their sign: above zero, the customer owes it."""
    ours = row.balance if row.is_ours else -row.balance
    theirs = row.their_balance if row.their_is_ours or row.their_balance is None else -row.their_balance
    paper_number = row.written.paper.number if row.written and row.written.paper else ""
    who = [row.customer.number, row.customer.name, row.currency, ours, row.get_left_out_display(), paper_number]
    left_at = row.written.message.handed_at if row.written else None
    said = [row.get_answer_display(), row.answered_on, row.get_came_by_display(), row.signed_by]
    difference = None if theirs is None else ours - theirs
    return [*who, left_at.date() if left_at else "", *said, theirs, difference, row.explanation]


def campaign_remind(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the silent be reminded, once."""
    row = access.get(request, CAMPAIGNS, pk)
    silent = counts_of(row)["to_remind"]
    ask = Ask(
        heading=_("Remind those who have not answered"),
        submit=_("Remind them"),
        **_back(row),
        text=_("Whose paper arrived and who has not answered gets it once more, by the same way. This is done once."),
        facts=[{"label": _("No answer"), "value": str(silent)}],
    )

    def deed(said: dict[str, Any]) -> str:
        number = actions.remind_silent(row, on=today(request), by=request.user)
        transaction.on_commit(tasks.wake_papers)
        return ngettext("%(n)d customer is reminded.", "%(n)d customers are reminded.", number) % {"n": number}

    return asked(request, forms.Form(**given(request)), ask, deed)


def campaign_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Take no more answers."""
    row = access.get(request, CAMPAIGNS, pk)
    ask = Ask(
        heading=_("Close the campaign"),
        submit=_("Close it"),
        tone="danger",
        **_back(row),
        text=_("What has not left yet does not leave, and no more answers are taken. Who has not answered stays without an answer."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.close_campaign(row, on=today(request), now=clock.now(), by=request.user)
        return _("The campaign is closed.")

    return asked(request, forms.Form(**given(request)), ask, deed)


def balance_answer(request: StaffRequest, pk: int) -> HttpResponse:
    """Note what a customer said of its balance; noted again, it is corrected."""
    row = access.get(request, REQUESTS, pk)
    ask = Ask(
        heading=_("Note the answer to a balance"),
        submit=_("Note it"),
        **_back(row.campaign),
        text=_("A difference opens a task. Where the answer changes, note it again: the newest counts, and the audit trail keeps all."),
        facts=[
            {"label": row.customer.name, "amount": row.balance, "currency": row.currency, "note": _side(row)},
        ],
    )

    @transaction.atomic  # the paper goes with the answer, or not at all
    def deed(said: dict[str, Any]) -> str:
        part_b = kept_paper(request, said["part_b"], kind="balance_part_b")
        answer = AnswerForm.answered(said)
        actions.answer_balance(row, answer, on=said["on"], today=today(request), now=clock.now(), part_b=part_b, by=request.user)
        return _("The answer is noted.")

    first = {"on": today(request), "came_by": row.came_by or "paper", "answer": row.answer, "signed_by": row.signed_by}
    first |= {"explanation": row.explanation, "theirs": row.their_balance, "side": "ours" if row.their_is_ours else "theirs"}
    return asked(request, AnswerForm(**given(request), initial=first), ask, deed)


def balance_document(request: StaffRequest, pk: int) -> FileResponse:
    """Part B as it came back."""
    row = access.get(request, REQUESTS.select_related("part_b"), pk)
    if row.part_b is None:
        raise Http404("no part B")
    return paper(row.part_b)


def _side(row: BalanceRequest) -> str:
    return _("in our favour: the customer owes it") if row.is_ours else _("in the customer's favour: we owe it")


def _back(row: BalanceCampaign) -> dict[str, Any]:
    label = _("Balances as of %(day)s") % {"day": date_format(row.as_of_on, "j E Y")}
    return {"back": to("campaign", row.pk), "back_label": label}
