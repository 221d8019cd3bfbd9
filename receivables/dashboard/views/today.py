"""The first screen, and what belongs to the whole program: search, the company, tasks."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning import actions
from dunning.models import Task
from dunning.states import TaskKind
from invoices.models import Customer, Invoice, Item, Payment
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.core.errors import DomainError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.forms.deeds import TaskForm
from receivables.dashboard.forms.filters import TaskFilter
from receivables.dashboard.paging import Order, mapped, page_of
from receivables.dashboard.queries import balances, rates
from receivables.dashboard.queries import today as day
from receivables.dashboard.queries.clocks import clock_tiles
from receivables.dashboard.queries.court import court_tile
from receivables.dashboard.queries.customers import searched
from receivables.dashboard.queries.endings import Ending, endings
from receivables.dashboard.queries.first_contact import waiting
from receivables.dashboard.queries.insurance import insurance_tile
from receivables.dashboard.queries.lookups import newest
from receivables.dashboard.queries.post import post_tiles
from receivables.dashboard.queries.registers import register_tile
from receivables.dashboard.queries.replies import unread
from receivables.dashboard.queries.senders import is_at_fault
from receivables.dashboard.queries.sending import concerns
from receivables.dashboard.queries.sisters import not_passed_on
from receivables.dashboard.queries.writing import still_here
from receivables.dashboard.views.common import customers_words, items_words, to, today
from receivables.dashboard.words import said
from receivables.messaging import mode
from receivables.messaging.inbound.fetching import trouble
from receivables.reporting.ageing import ageing_now

FOUND = 10
DAY = timedelta(days=1)
URGENT = frozenset({TaskKind.FILE_CLAIM, TaskKind.STOP_FACT, TaskKind.UNKNOWN_OUTCOME, TaskKind.COMPLAINT_ALERT})
"""Tasks with a clock, or with a message that nobody knows of."""
LISTS = frozenset({"customers", "invoices", "payments", "runs", "mailbox", "policies", "replies", "tasks", "clocks", "post"})


def overview(request: StaffRequest) -> HttpResponse:
    """What is owed, what today brings, what waits for people."""
    on, company = today(request), request.creditor
    approvals, tasks = day.approvals(company), day.tasks_by_kind(company)
    listed = balances.balances(ageing_now(company, on=on), url=f"{to('invoices')}?")
    return render(
        request,
        "dashboard/today.html",
        {
            "on": on,
            "balances": listed,
            "tiles": _tiles(listed, balances.overdue_customers(of_company(request, Item.objects.all()), on=on)),
            **_plans(company, on=on),
            "approvals": approvals,
            "work": _work(
                approvals,
                tasks,
                [
                    *post_tiles(company, on=on, now=clock.now()),
                    *_replies(request, on=on),
                    *clock_tiles(company, on=on),
                    *register_tile(company, on=on),
                    *court_tile(company, on=on),
                    *insurance_tile(company, on=on),
                    *_first_contacts(request),
                    *_of_sisters(company, on=on),
                ],
                endings(company, on=on),
            ),
            "clocks": day.clocks(company, on=on),
            "last": day.last_run(company),
            "held_back": day.held_back(company),
            "sender_at_fault": is_at_fault(company),
            "mailbox": trouble(),
            "still_here": still_here(company),
            "notices": rates.notices(company, on=on),
            "concerns": concerns(company, mode.standing(), on=on, now=clock.now()),
        },
    )


def _tiles_of_others(company: Creditor, *, on: date) -> list[dict[str, Any]]:
    """What waits at the post, of clocks and at registers."""
    return [*post_tiles(company, on=on, now=clock.now()), *clock_tiles(company, on=on), *register_tile(company, on=on)]


def _plans(company: Creditor, *, on: date) -> dict[str, Any]:
    """What a run would do today; where nothing is left of today, what tomorrow brings."""
    plan = day.preview(company, on=on)
    is_empty = not (plan.parts or plan.refused or plan.is_big)
    return {"preview": plan, "tomorrow": day.preview(company, on=on + DAY) if is_empty else None}


def _work(
    approvals: day.Approvals, tasks: list[tuple[str, int]], clocks: list[dict[str, Any]], ending: list[Ending]
) -> list[dict[str, Any]]:
    """What waits for people, each with the way to it; what nobody has to do is left out."""
    words = {str(kind): str(label) for kind, label in Task.KINDS}
    waiting = approvals.answer.notices
    tiles: list[dict[str, Any]] = [{"label": _("To approve"), "value": waiting, "url": to("runs"), "tone": "warn"}] if waiting else []
    tiles += [
        {"label": capfirst(words[kind]), "value": count, "url": _list_of(kind), "tone": "bad" if kind in URGENT else "warn"}
        for kind, count in tasks
        if kind != TaskKind.REPLY
    ]
    tiles += clocks
    over = sum(one.is_over for one in ending)
    if ending:
        note = ngettext("%(n)d over since", "%(n)d over since", over) % {"n": over} if over else ""
        tiles.append({"label": _("Ending soon"), "value": len(ending) - over, "note": note, "url": to("endings")})
    return tiles


def _of_sisters(company: Creditor, *, on: date) -> list[dict[str, Any]]:
    """Money that came here, is another company's and was not passed on."""
    count, days = not_passed_on(company, on=on)
    if not count:
        return []
    note = ngettext("the oldest for %(n)d day", "the oldest for %(n)d days", days) % {"n": days} if days > 0 else _("since today")
    return [
        {
            "label": _("Money to pass on to sister companies"),
            "value": count,
            "note": note,
            "url": f"{to('bank')}?state=set_aside",
            "tone": "warn",
        }
    ]


def _replies(request: StaffRequest, *, on: date) -> list[dict[str, Any]]:
    """What customers wrote and nobody has read, with its age; and what strangers wrote."""
    found, tiles = unread(request.creditor, request.user), []
    if found.count:
        days = (on - found.oldest_on).days if found.oldest_on else 0
        note = ngettext("the oldest for %(n)d day", "the oldest for %(n)d days", days) % {"n": days} if days > 0 else _("since today")
        tiles.append({"label": _("Replies to read"), "value": found.count, "note": note, "url": to("replies"), "tone": "warn"})
    if found.strangers:
        tiles.append({"label": _("From unknown senders"), "value": found.strangers, "url": f"{to('replies')}?state=tray"})
    return tiles


def _first_contacts(request: StaffRequest) -> list[dict[str, Any]]:
    """Customers brought in from another system who wait to be released."""
    count = waiting(of_company(request, Customer.objects.all())).count()
    return [{"label": _("First contact"), "value": count, "url": to("first_contact"), "tone": "warn"}] if count else []


def _list_of(kind: str) -> str:
    return to("unknown") if kind == TaskKind.UNKNOWN_OUTCOME else f"{to('tasks')}?kind={kind}"


def preview(request: StaffRequest) -> HttpResponse:
    """What a run would do today, however many customers are due."""
    on = today(request)
    return render(request, "dashboard/preview.html", {"on": on, "preview": day.preview(request.creditor, on=on, at_most=None)})


def _tiles(listed: list[balances.Balance], customers: dict[str, int]) -> list[dict[str, Any]]:
    tiles: list[dict[str, Any]] = []
    for balance in listed:
        link = f"{to('invoices')}?currency={balance.currency}&state="
        owing = customers.get(balance.currency, 0)
        tiles += [
            {
                "label": _("Open, %(currency)s") % {"currency": balance.currency},
                "amount": balance.open.amount,
                "currency": balance.currency,
                "note": items_words(balance.open.count),
                "url": f"{link}open",
            },
            {
                "label": _("Overdue, %(currency)s") % {"currency": balance.currency},
                "amount": balance.overdue.amount,
                "currency": balance.currency,
                "note": f"{items_words(balance.overdue.count)} · {customers_words(owing)}",
                "url": f"{link}overdue",
                "tone": "warn" if balance.overdue.count else "ok",
            },
        ]
    return tiles


def search(request: StaffRequest) -> HttpResponse:
    """Customers, invoices and payments that the words find; a single one is opened at once."""
    words = request.GET.get("q", "").strip()[:200]
    customers, invoices, payments = _found(request, words) if words else ([], [], [])
    if len(customers) + len(invoices) + len(payments) == 1:
        return HttpResponseRedirect(_url_of((customers + invoices + payments)[0]))
    return render(request, "dashboard/search.html", {"words": words, "customers": customers, "invoices": invoices, "payments": payments})


def _found(request: StaffRequest, words: str) -> tuple[list[Any], list[Any], list[Any]]:
    customers = of_company(request, Customer.objects.all()).filter(searched(words)).order_by("name")
    invoices = newest(of_company(request, Invoice.objects.select_related("customer")).filter(number__holds=words), "issued_on")
    named = Q(reference__holds=words) | Q(title__holds=words)
    payments = newest(of_company(request, Payment.objects.select_related("customer")).filter(named), "booked_on")
    return list(customers[:FOUND]), list(invoices[:FOUND]), list(payments[:FOUND])


def _url_of(row: Any) -> str:
    return to("payment", row.pk) if isinstance(row, Payment) else str(row.get_absolute_url())


def switch_company(request: StaffRequest) -> HttpResponse:
    """Work for another company from now on."""
    chosen = request.POST.get("creditor", "")
    company = next((one for one in request.creditors if str(one.pk) == chosen), None)
    if company is None:
        raise PermissionDenied("not a company of this person")
    request.session[access.COMPANY] = company.pk
    asked = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(_list_above(asked) if safe else to("today"))


def _list_above(path: str) -> str:
    """A page about one thing belongs to the old company; the list above it does not."""
    first = path.lstrip("/").partition("/")[0]
    return to(first) if first in LISTS else to("today")


def tasks(request: StaffRequest) -> HttpResponse:
    """What people have to do, the oldest first."""
    form = TaskFilter(request.GET)
    kind = form.text("kind")
    rows = of_company(request, Task.objects.filter(closed_on=None)).select_related("customer", "notice__message")
    page = page_of(rows.filter(kind=kind) if kind else rows, Order("opened_on"), request.GET)
    lines = [{"task": task, "form": TaskForm(kind=task.kind)} for task in page.rows]
    return render(request, "dashboard/tasks.html", {"page": mapped(page, lines), "filter": form, "kind": kind, "on": today(request)})


def task_close(request: StaffRequest, pk: int) -> HttpResponse:
    """A person has done it; back to where the button was."""
    task = access.get(request, Task.objects.select_related("creditor"), pk)
    form = TaskForm(request.POST, kind=task.kind)
    back = to("customer", task.customer_id) if request.POST.get("from") == "customer" else to("tasks")
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return HttpResponseRedirect(back)
    try:
        _close(request, task, form.cleaned_data)
        messages.success(request, _("The task is closed."))
    except DomainError as refusal:
        messages.error(request, said(refusal))
    return HttpResponseRedirect(back)


def _close(request: StaffRequest, task: Task, said: dict[str, Any]) -> None:
    if task.kind == TaskKind.CALL:
        actions.call_done(task, reached=said["outcome"] == "reached", now=clock.now(), by=request.user)
    else:
        actions.close_task(task, on=today(request), result=said["note"], by=request.user)
