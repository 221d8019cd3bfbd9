"""Calls as work: the number, what to say, what was said before, and what came of it."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import Task
from dunning.states import CallOutcome, TaskKind
from invoices.models import Customer, Item
from invoices.states import DisputeCode
from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.facts import CallForm, CallNoteForm
from receivables.dashboard.queries.calls import call_page
from receivables.dashboard.views.common import open_items, to, today

CALLS = Task.objects.filter(kind=TaskKind.CALL, closed_on=None).select_related("customer__creditor", "creditor", "notice")


def task_call(request: StaffRequest, pk: int) -> HttpResponse:
    """A call that waits; one that was made already is not found."""
    task = access.get(request, CALLS, pk)
    shown = call_page(task, on=today(request), now=clock.now())
    form = CallForm(**given(request), items=Item.objects.open().filter(pk__in=shown.items).order_by("due_on", "pk"))
    ask = Ask(
        heading=_("Call %(customer)s") % {"customer": task.customer.name},
        submit=_("Record the call"),
        back=to("customer", task.customer_id),
        back_label=task.customer.name,
        template="dashboard/call.html",
    )

    def deed(said: dict[str, Any]) -> str:
        actions.finish_call(task, now=clock.now(), on=today(request), by=request.user, **_outcome(said))
        return _("The call is recorded.")

    return asked(request, form, ask, deed, task=task, shown=shown)


def customer_call(request: StaffRequest, pk: int) -> HttpResponse:
    """Note a call that no step of the ladder asked for."""
    row, on = access.get(request, Customer.objects.select_related("creditor"), pk), today(request)
    form = CallNoteForm(**given(request), items=open_items(row), initial={"on": on})
    ask = Ask(
        heading=_("Note a call"),
        submit=_("Record the call"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("It completes no step of the ladder, and counts where a hand-over asks for a call."),
    )

    def deed(said: dict[str, Any]) -> str:
        made = {"made_on": said["on"], "spoken_to": said["spoken_to"], "on": on, "now": clock.now(), "by": request.user}
        actions.note_call(row, **made, **_outcome(said))
        return _("The call is recorded.")

    return asked(request, form, ask, deed)


def _outcome(said: dict[str, Any]) -> dict[str, Any]:
    outcome = CallOutcome(said["outcome"])
    return {
        "outcome": outcome,
        "note": said["note"],
        "promised": actions.Promised(said["amount"], said["by"]) if outcome == CallOutcome.PROMISE else None,
        "disputed": _disputed(said) if outcome == CallOutcome.DISPUTE else None,
    }


def _disputed(said: dict[str, Any]) -> actions.Disputed:
    code = DisputeCode(said["code"]) if said["code"] else None
    return actions.Disputed(said["item"], said["reason"], amount=said["amount"], code=code)
