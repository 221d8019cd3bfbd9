"""Changing a planned message before it goes: one form for all that a person may do to an item of it."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from dunning.facts import policy_of
from dunning.models import Case, Notice
from dunning.states import NoticeState
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.deeds import PlanEditForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import step_word

NOTICES = Notice.objects.select_related("customer", "version__policy")


def notice_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an item out of a plan: for today, by a hold, or by another step."""
    row = access.get(request, NOTICES, pk)
    lines = list(row.standing_lines().select_related("case__item", "case__rate").order_by("pk"))
    cases = {line.case_id: line.case for line in lines}
    items = [(line.case_id, f"{line.case.debt.label} · {step_word(line.step)}") for line in lines]
    steps = [(step.key, step_word(step.key)) for step in policy_of(row.version).steps]
    first = {"case": request.GET.get("case"), "kind": "drop"} if request.method == "GET" else None
    form = PlanEditForm(**given(request), items=items, steps=steps, initial=first)
    ask = Ask(
        heading=_("Change the plan"),
        submit=_("Change"),
        back=to("notice", row.pk),
        back_label=f"{step_word(row.step)}: {row.customer.name}",
        text=_said(row),
    )

    def deed(said: dict[str, Any]) -> str:
        return _edit(request, row, cases[int(said["case"])], said)

    return asked(request, form, ask, deed)


def _said(row: Notice) -> str:
    if row.state != NoticeState.PROPOSED:
        return _("This message no longer waits for approval, so it cannot be changed.")
    return _("The item leaves this message, which is restated at once. What becomes of it is planned anew by the next run.")


def _edit(request: StaffRequest, row: Notice, case: Case, said: dict[str, Any]) -> str:
    edit = actions.Edit(today(request), said["reason"], request.user)
    kind, step = said["kind"], said["step"]
    if kind == "drop":
        actions.drop_item(row, case, edit=edit)
        return _("The item is left out for today.")
    if kind in ("block", "block_all"):
        actions.block(row, case, edit=edit, until=said["until"], whole_customer=kind == "block_all")
        return _("The item is held.") if kind == "block" else _("The customer is held.")
    if kind == "lower":
        actions.lower(row, case, step=step, edit=edit)
        return _("The item goes back to the step “%(step)s”.") % {"step": step_word(step)}
    if kind == "raise":
        actions.raise_by_one(row, case, edit=edit)
        return _("The item goes on one step above.")
    actions.skip_for_good(case, step, edit=edit)
    return _("The step “%(step)s” is skipped for good.") % {"step": step_word(step)}
