"""Runs: what a day planned, what waits for a person, and the person's answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning import actions
from dunning.day import plan_day
from dunning.grouping import Group
from dunning.models import Notice, Run
from dunning.plans import run_before
from dunning.states import NoticeState
from invoices.models import Customer
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, given
from receivables.dashboard.forms.deeds import Confirmation, CountForm, ReasonForm
from receivables.dashboard.paging import address
from receivables.dashboard.queries import runs as queries
from receivables.dashboard.queries import today as day
from receivables.dashboard.queries.customer import item_lines
from receivables.dashboard.views.common import to, today, wake_delivery
from receivables.dashboard.words import channel_word, said, step_word

APPROVE, REJECT = "approve", "reject"
RUNS = Run.objects.select_related("author")
NOTICES = Notice.objects.select_related("customer__creditor", "run__author", "message", "main", "answered_by", "version__policy")
SHOWN_STATES = ("proposed", "released", "dropped")


def runs(request: StaffRequest) -> HttpResponse:
    """All runs, newest first."""
    page = queries.runs_page(of_company(request, Run.objects.all()), request.GET)
    return render(request, "dashboard/runs.html", {"page": page, "on": today(request)})


def run_start(request: StaffRequest) -> HttpResponse:
    """Run the day now: plan and release here, the worker delivers."""
    on = today(request)
    ask = Ask(
        heading=_("Run the day now?"),
        submit=_("Run the day"),
        back=to("runs"),
        back_label=_("Runs"),
        text=_("What needs nobody is released and sent; the rest waits for approval. Running again sends nothing twice."),
        template="dashboard/run_start.html",
    )

    def deed(_said: dict[str, Any]) -> str:
        made = plan_day(request.creditor, on=on, now=clock.now(), by=request.user)
        wake_delivery()
        return ngettext("Run %(n)d: %(count)d message released.", "Run %(n)d: %(count)d messages released.", made.expected) % {
            "n": made.pk,
            "count": made.expected,
        }

    plan = day.preview(request.creditor, on=on) if request.method == "GET" else None
    return asked(request, Confirmation(**given(request)), ask, deed, preview=plan, on=on)


def run(request: StaffRequest, pk: int) -> HttpResponse:
    """One run: by step and channel, and the messages behind each figure."""
    row = access.get(request, RUNS, pk)
    parts = queries.parts_of(row)
    state, step, channel = _shown(request, parts)
    before = run_before(row)
    page = queries.notices_page(row, request.GET, state=state, step=step, channel=channel)
    return render(
        request,
        "dashboard/run.html",
        {
            "run": row,
            "parts": parts,
            "counts": queries.counts_of([row])[row.pk],
            "waiting": queries.waiting_reasons(row),
            "problems": _problems(request, row),
            "reckoning": queries.reckoned(row),
            "before": before,
            "changes": queries.changes_since(row, before),
            "held": queries.held_in(row),
            "page": page,
            "tabs": _tabs(request, parts, state),
            "state": state,
            "step": step,
            "channel": channel,
            "may_answer": "approve" in request.deeds and state == NoticeState.PROPOSED,
        },
    )


def _shown(request: StaffRequest, parts: list[queries.Part]) -> tuple[str, str, str]:
    """The state, step and channel asked for; without a state what waits, else what was released."""
    state = request.GET.get("state", "")
    if state not in (*SHOWN_STATES, "all"):
        state = "proposed" if any(part.counts.waiting for part in parts) else "all"
    return state, request.GET.get("step", "")[:60], request.GET.get("channel", "")[:20]


def _tabs(request: StaffRequest, parts: list[queries.Part], state: str) -> list[dict[str, Any]]:
    sums = {name: sum(getattr(part.counts, name) for part in parts) for name in ("waiting", "released", "dropped", "planned")}
    named = [
        ("proposed", _("Waits for approval"), "waiting"), ("released", _("Released"), "released"), ("dropped", _("Dropped"), "dropped"),
        ("all", _("All"), "planned"),
    ]  # fmt: skip
    return [
        {"label": label, "url": address(request.GET, state=key), "is_current": key == state, "count": sums[name]}
        for key, label, name in named
    ]


def _problems(request: StaffRequest, row: Run) -> list[dict[str, Any]]:
    """Customers set aside, by name. One query where there are any."""
    ids = [entry.get("customer") for entry in row.problems]
    known = of_company(request, Customer.objects.all()).in_bulk(ids) if ids else {}
    return [{"customer": known.get(entry.get("customer")), "error": entry.get("error", "")} for entry in row.problems]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the answer is about: messages ticked, or all of a step by a channel. Looked up again when it is given."""

    answer: str
    notices: QuerySet[Notice]
    is_all: bool
    hidden: list[tuple[str, str]]  # fields that name it again on the page that asks


def run_answer(request: StaffRequest, pk: int) -> HttpResponse:
    """Approve or reject: first a page that names how many and how much, then, confirmed, the answer."""
    row = access.get(request, RUNS, pk)
    chosen = _chosen(request, row)
    what = queries.answer_of(chosen.notices)
    if not what.notices:
        messages.error(request, _("Nothing is chosen that still waits."))
        return HttpResponseRedirect(to("run", row.pk))
    form = _form(request, chosen, what)
    if "confirmed" in request.POST and form.is_valid():
        _give(request, chosen, reason=form.cleaned_data.get("reason", ""))
        return HttpResponseRedirect(to("run", row.pk))
    status = UNPROCESSABLE if "confirmed" in request.POST else 200
    return render(request, "dashboard/run_answer.html", _question(request, row, chosen, what, form), status=status)


def _chosen(request: StaffRequest, row: Run) -> Chosen:
    answer = REJECT if request.POST.get("answer", "").startswith(REJECT) else APPROVE
    waiting = of_company(request, NOTICES.filter(run=row, state=NoticeState.PROPOSED)).order_by("pk")
    if "step" in request.POST:
        step, channel = request.POST["step"], request.POST.get("channel", "")
        hidden = [("answer", answer), ("step", step), ("channel", channel)]
        return Chosen(answer, waiting.filter(step=step, channel=channel), True, hidden)
    ids = [int(pk) for pk in request.POST.getlist("notice") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    return Chosen(answer, waiting.filter(pk__in=ids), False, [("answer", answer), *(("notice", str(pk)) for pk in ids)])


def _form(request: StaffRequest, chosen: Chosen, what: queries.Answer) -> Any:
    posted = (request.POST,) if "confirmed" in request.POST else ()
    with_reason = chosen.answer == REJECT
    if chosen.is_all and what.notices > 1:
        return CountForm(*posted, expected=what.notices, with_reason=with_reason)
    return ReasonForm(*posted) if with_reason else Confirmation(*posted)


def _question(request: StaffRequest, row: Run, chosen: Chosen, what: queries.Answer, form: Any) -> dict[str, Any]:
    first = list(chosen.notices[:10])
    approve = chosen.answer == APPROVE
    heading = ngettext("Approve %(n)d message?", "Approve %(n)d messages?", what.notices)
    if not approve:
        heading = ngettext("Reject %(n)d message?", "Reject %(n)d messages?", what.notices)
    return {
        "run": row,
        "form": form,
        "chosen": chosen,
        "what": what,
        "heading": heading % {"n": what.notices},
        "lines": queries.notice_lines(first),
        "more": what.notices - len(first),
        "approve": approve,
        "steps": sorted({(step_word(notice.step), channel_word(notice.channel)) for notice in first}),
    }


def _give(request: StaffRequest, chosen: Chosen, *, reason: str) -> None:
    """Answer one after the other; what is refused is said and stops nothing else."""
    on, now = today(request), clock.now()

    def approve(notice: Notice) -> object:
        return actions.approve(notice, on=on, now=now, by=request.user)

    def reject(notice: Notice) -> object:
        return actions.reject(notice, on=on, reason=reason, by=request.user)

    count, refusals = _answered(chosen, approve if chosen.answer == APPROVE else reject)
    if count and chosen.answer == APPROVE:
        wake_delivery()
    if count:
        _say(request, chosen.answer, count)
    for refusal, number in refusals.items():
        messages.error(request, f"{refusal} ({number}×)" if number > 1 else refusal)


def _answered(chosen: Chosen, act: Callable[[Notice], object]) -> tuple[int, dict[str, int]]:
    count = 0
    refusals: dict[str, int] = {}
    for notice in chosen.notices:
        try:
            act(notice)
            count += 1
        except DomainError as refusal:
            refusals[said(refusal)] = refusals.get(said(refusal), 0) + 1
    return count, refusals


def _say(request: StaffRequest, answer: str, count: int) -> None:
    words = ngettext("%(n)d message is approved.", "%(n)d messages are approved.", count)
    if answer == REJECT:
        words = ngettext("%(n)d message is rejected for today.", "%(n)d messages are rejected for today.", count)
    messages.success(request, words % {"n": count})


def notice(request: StaffRequest, pk: int) -> HttpResponse:
    """One planned message: what it will say of which items, and the answer to it."""
    row = access.get(request, NOTICES, pk)
    waits = row.state == NoticeState.PROPOSED
    lines = _lines(row)
    now, refused = _restated(row, on=today(request)) if waits else (None, "")
    return render(
        request,
        "dashboard/notice.html",
        {
            "notice": row,
            "lines": lines,
            "facts": _facts(row),
            "now": now,
            "refused": refused,
            "may_answer": waits and "approve" in request.deeds,
            "edits": list(row.edits.select_related("case__item", "case__rate", "author").order_by("pk")),
            "items": item_lines(row.customer, [line.case.item for line in lines if line.case.item], on=today(request)),
        },
    )


def _restated(row: Notice, *, on: date) -> tuple[Group | None, str]:
    """A planned notice as it would go out now, or why that cannot be said: a rate that is needed may not be known."""
    try:
        return actions.restated(row, on=on), ""
    except DomainError as refusal:
        return None, said(refusal)


def _lines(row: Notice) -> list[Any]:
    """What was planned while it waits or was dropped; what really went once it is released."""
    lines: Any = row.taken.all() if row.state == NoticeState.RELEASED else row.standing_lines()
    return list(lines.select_related("case__item__invoice", "case__rate").order_by("case__item__due_on", "pk"))


def _said_by(row: Notice) -> dict[str, Any]:
    if row.is_by_hand:
        return {"label": _("Run"), "value": _("none: a person made it")}
    if row.run_id is None:
        return {"label": _("Run"), "value": _("none: another system said it before the first day")}
    return {"label": _("Run"), "value": _("Run %(n)d") % {"n": row.run_id}, "url": to("run", row.run_id)}


def _facts(row: Notice) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": _("Step"), "value": step_word(row.step)},
        {"label": _("Channel"), "value": channel_word(row.channel)},
        {"label": _("Principal"), "amount": row.principal, "currency": row.currency},
        {"label": _("Deadline"), "on": row.deadline_on},
        {"label": _("Policy"), "value": str(row.version), "url": f"{to('policy', row.version.policy_id)}?version={row.version.number}"},
        _said_by(row),
    ]
    parts = [
        {"label": _("Late interest"), "amount": row.interest, "currency": row.currency},
        {"label": _("Compensation"), "amount": row.compensation, "currency": row.currency},
        {"label": _("Fees"), "amount": row.fees, "currency": row.currency},
        {"label": _("Credit netted"), "amount": row.credit, "currency": row.currency},
    ]
    if told := [part for part in parts if part["amount"]]:
        facts[3:3] = [*told, {"label": _("Asks for"), "amount": row.asks, "currency": row.currency}]
    if row.answered_by:
        facts.append({"label": _("Answered by"), "value": str(row.answered_by)})
    return facts
