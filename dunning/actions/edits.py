"""What a person changes in a plan before it goes: an item is left out, held, put back, raised, or a step is skipped for good.

Each takes the item out of its planned notice, which is restated at once; the next run plans the item anew from what is stored.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from dunning.actions.answers import finish, locked_plan, restated
from dunning.actions.holds import hold
from dunning.facts import policy_of, rules_of
from dunning.models import Case, Notice, PlanEdit, PlannedLine
from dunning.policy import Policy, required_for
from dunning.states import CaseState, NoticeState
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.calendar import next_working_day
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

DAY = timedelta(days=1)
Kind = PlanEdit.Kind
LEFT_OUT = "taken out by a person"


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changes a plan, when and why. Every edit needs a reason."""

    on: date
    reason: str
    by: User | None = None


@transaction.atomic
def drop_item(notice: Notice, case: Case, *, edit: Edit) -> Notice:
    """Leave an item out of a plan for today; the next day's run plans it anew."""
    notice, line = _open(notice, case, edit)
    Case.objects.running().filter(pk=line.case_id).update(look_again_on=edit.on + DAY)
    return _taken_out(notice, line, Kind.DROP, edit)


@transaction.atomic
def block(notice: Notice, case: Case, *, edit: Edit, until: date | None = None, whole_customer: bool = False) -> Notice:
    """Hold an item of a plan, or all of its customer, through `until` or until released. A rate is held with its customer only."""
    notice, line = _open(notice, case, edit)
    target = line.case.customer if whole_customer else line.case.item
    if target is None:
        raise Refused(gettext_noop("A rate of an agreement cannot be held alone. Hold the whole customer."))
    hold(target, on=edit.on, until=until, reason=edit.reason, by=edit.by)
    for each in notice.standing_lines() if whole_customer else [line]:
        notice = _taken_out(notice, each, Kind.BLOCK, edit)
    return notice


@transaction.atomic
def lower(notice: Notice, case: Case, *, step: str, edit: Edit) -> Notice:
    """Put an item back: its next step is an earlier one than planned, taken again if it was taken before."""
    notice, line = _open(notice, case, edit)
    policy = policy_of(line.case.version)
    target = policy.position_of(step)
    if not 0 < target < line.position:
        raise Refused(gettext_noop("%(step)s does not stand below %(step_2)s. Choose an earlier step."), step=step, step_2=line.step)
    _refuse_gone(line.case, policy, target, on=edit.on)
    _place(line.case, position=target - 1, again_in=line.case.round + 1, lowered_position=target - 1, on=edit.on)
    return _taken_out(notice, line, Kind.LOWER, edit, step=step)


@transaction.atomic
def raise_by_one(notice: Notice, case: Case, *, edit: Edit) -> Notice:
    """The item goes on with the step above the planned one, when that opens. At most one step is passed over between two that went."""
    notice, line = _open(notice, case, edit)
    policy = policy_of(line.case.version)
    if line.position >= len(policy.steps):
        raise Refused(gettext_noop("%(step)s is the last step; there is none above it."), step=line.step)
    if _was_raised(line.case):
        raise Refused(gettext_noop("This item was raised already since its last step. Let the next step go first."))
    _refuse_required(policy, line.position)
    _place(line.case, position=line.position, skipped=_with(line.case.skipped, line.step), on=edit.on)
    return _taken_out(notice, line, Kind.RAISE, edit, step=policy.steps[line.position].key)


@transaction.atomic
def skip_for_good(case: Case, step: str, *, edit: Edit) -> Case:
    """This item never takes that step. Refused for a step that has to precede a later one. Skipping twice changes nothing."""
    reason = _reason(edit)
    case = _locked(case)
    policy = policy_of(case.version)
    position = policy.position_of(step)
    _refuse_skip(case, policy, step, position)
    if step in case.skipped_for_good:
        return case
    case.skipped_for_good = _with(case.skipped_for_good, step)
    case.look_again_on = edit.on
    case.save(update_fields=["skipped_for_good", "look_again_on"])
    record(case.creditor, "step_skipped", case, by=edit.by, step=step, reason=reason)
    standing = PlannedLine.objects.filter(case=case, step=step, notice__state=NoticeState.PROPOSED).exclude(notice__edits__case=case)
    for line in standing.select_related("notice__creditor", "notice__run", "case"):
        _taken_out(line.notice, line, Kind.SKIP, edit, step=step)
    return case


def _open(notice: Notice, case: Case, edit: Edit) -> tuple[Notice, PlannedLine]:
    """The plan under its customer's lock, and the item's line in it. Raises `Refused` where either no longer stands."""
    _reason(edit)
    notice = locked_plan(notice)
    line = notice.standing_lines().filter(case=case).select_related("case__version", "case__item", "case__customer").first()
    if line is None:
        raise Refused(gettext_noop("This item stands no longer in this message. Load the page again."))
    return notice, line


def _reason(edit: Edit) -> str:
    if not edit.reason.strip():
        raise Refused(gettext_noop("Say why: a change of the plan needs a reason."))
    return edit.reason.strip()[:200]


def _locked(case: Case) -> Case:
    """The case under the lock of its customer. Raises `Refused` where nothing climbs any more."""
    Customer.objects.select_for_update(no_key=True).get(pk=case.customer_id)
    fresh = Case.objects.select_related("version", "creditor", "in_flight").get(pk=case.pk)
    if fresh.state != CaseState.RUNNING:
        raise Refused(gettext_noop("This item does not climb the ladder now; there is no step to skip."))
    return fresh


def _place(case: Case, *, position: int, on: date, again_in: int | None = None, **fields: object) -> None:
    """Put the case after that position; what a person released before is asked for again."""
    if again_in is not None:
        fields |= {"round": again_in, "lowered_round": again_in}
    Case.objects.filter(pk=case.pk).update(position=position, released_position=0, reviewed_end=False, look_again_on=on, **fields)


def _taken_out(notice: Notice, line: PlannedLine, kind: Kind, edit: Edit, *, step: str = "") -> Notice:
    """Note the edit, and let the notice say what is left in it."""
    reason = _reason(edit)
    PlanEdit.objects.create(notice=notice, case_id=line.case_id, kind=kind, step=step, reason=reason, on=edit.on, author=edit.by)
    facts = {"case": line.case_id, "kind": kind.value, "step": step, "reason": reason}
    record(notice.creditor, "plan_edited", notice, by=edit.by, **facts)
    _restate(notice, edit)
    return notice


def _restate(notice: Notice, edit: Edit) -> None:
    """What is left: amounts and step as they would go now; without any item the notice waits no more."""
    lines = list(notice.standing_lines().order_by("-position"))
    if not lines:
        notice.state, notice.reason = NoticeState.DROPPED, f"{LEFT_OUT}: {edit.reason.strip()}"[:200]
        notice.answered_by, notice.answered_on = edit.by, edit.on
        notice.save(update_fields=["state", "reason", "answered_by", "answered_on"])
        finish(notice.planned_in)
        return
    notice.step, notice.position = lines[0].step, lines[0].position
    group = restated(notice, on=edit.on)
    notice.principal = group.principal if group else sum(line.principal for line in lines)
    notice.credit = group.credit if group else min(notice.credit, notice.principal)
    notice.deadline_on = group.deadline_on if group else notice.deadline_on
    notice.save(update_fields=["step", "position", "principal", "credit", "deadline_on"])


def _refuse_gone(case: Case, policy: Policy, target: int, *, on: date) -> None:
    step = policy.steps[target - 1]
    if step.key in case.skipped_for_good:
        raise Refused(gettext_noop("%(key)s was skipped for good for this item. Choose another step."), key=step.key)
    due_on = next_working_day(rules_of(case.customer.creditor).calendar, case.debt.due_on)
    if step.until is not None and on > due_on + timedelta(days=step.until):
        raise Refused(
            gettext_noop("The time of %(key)s is over: it makes sense up to %(until)s days from the due date only."),
            key=step.key,
            until=step.until,
        )


def _was_raised(case: Case) -> bool:
    """Whether a person raised the case since its last completed step, or since it was put back."""
    edits = PlanEdit.objects.filter(case=case, kind__in=[Kind.RAISE, Kind.LOWER]).order_by("-pk")
    last = edits.first()
    if last is None or last.kind == Kind.LOWER:
        return False
    return case.completed_on is None or case.completed_on < last.on


def _refuse_required(policy: Policy, position: int) -> None:
    if later := required_for(policy, position):
        raise Refused(
            gettext_noop("%(key)s has to go before %(later)s. It cannot be skipped."), key=policy.steps[position - 1].key, later=later
        )


def _refuse_skip(case: Case, policy: Policy, step: str, position: int) -> None:
    if not position:
        raise Refused(gettext_noop("This item's policy has no step %(step)s."), step=step)
    if position <= case.position:
        raise Refused(gettext_noop("%(step)s is behind this item already."), step=step)
    if case.in_flight is not None and case.in_flight.step == step:
        raise Refused(gettext_noop("%(step)s is under way. Wait until its outcome is known."), step=step)
    _refuse_required(policy, position)


def _with(keys: Collection[str], key: str) -> list[str]:
    return list(dict.fromkeys((*keys, key)))
