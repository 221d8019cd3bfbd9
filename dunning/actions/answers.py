"""What a person answers to a plan: approve what still holds, or reject it for the day."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from dunning.actions.release import Release, release
from dunning.actions.tasks import open_tasks
from dunning.facts import Loaded, facts_for
from dunning.grouping import Group, Judgement, judge, with_claims
from dunning.models import Case, LadderRules, Notice, PolicyVersion, Run
from dunning.states import NoticeState, RunState, TaskKind, Waits
from invoices.models import Customer
from receivables import faults
from receivables.accounts.approval import check_approver
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.mode import hold_switch_shared

DAY = timedelta(days=1)
LATER = frozenset({Waits.CLOSED_HOURS, Waits.CAPPED})
"""Reasons that keep an approved notice back only for a while: it goes with a later run and needs no second approval."""


@transaction.atomic
def approve(notice: Notice, *, on: date, now: datetime, by: User | None = None) -> Notice:
    """Judge a planned notice again and send what still holds: amounts restated, items left out, none added.

    Raises `Refused` where it was answered before, or where the approver may not be the one who planned it.
    """
    hold_switch_shared()  # before any other lock: what is planned under quarantine must not become real
    notice = locked_plan(notice)
    _check_approver(notice, by)
    lines = list(notice.standing_lines())
    for line in lines:
        Case.objects.filter(pk=line.case_id).update(released_position=line.position)
    loaded = facts_for(notice.creditor, [notice.customer_id], on=on)
    result = judge(loaded.customers[notice.customer_id], loaded.rules, on=on, only=[line.case_id for line in lines])
    result = with_claims(result, loaded.rules, on=on)
    notice.answered_by, notice.answered_on = by, on
    group = next((group for group in result.groups if not group.approval and _bears(group, notice)), None)
    if group is not None:
        _send(notice, group, loaded, on=on, now=now)
    _leave_out(notice, group, result, {line.case_id for line in lines}, on=on)
    if result.match_payment:
        open_tasks([loaded.rows[notice.customer_id]], TaskKind.MATCH_PAYMENT, on=on)
    notice.save(update_fields=["answered_by", "answered_on"])
    record(notice.creditor, "notice_approved", notice, by=by, step=notice.step, principal=notice.principal, state=notice.state)
    if notice.state != NoticeState.DROPPED:
        _prove(notice, now=now, by=by)
    finish(notice.planned_in)
    faults.at("F20")
    return notice


@transaction.atomic
def reject(notice: Notice, *, on: date, reason: str = "", by: User | None = None) -> Notice:
    """Drop a planned notice for today; the next day's run plans anew. Raises `Refused` where it was answered before."""
    notice = locked_plan(notice)
    notice.state, notice.reason, notice.answered_by, notice.answered_on = NoticeState.REJECTED, reason, by, on
    notice.save(update_fields=["state", "reason", "answered_by", "answered_on"])
    Case.objects.running().filter(plannedline__notice=notice).update(look_again_on=on + DAY)
    record(notice.creditor, "notice_rejected", notice, by=by, step=notice.step, reason=reason)
    finish(notice.planned_in)
    return notice


def _prove(notice: Notice, *, now: datetime, by: User | None) -> None:
    """The first message released under a policy version: from now on its steps wait for a person only where something else asks for it."""
    first = PolicyVersion.objects.filter(pk=notice.version_id, first_released_at=None)
    if first.update(first_released_at=now, first_released_by=by):
        record(notice.creditor, "policy_first_released", notice.version, by=by, notice=notice.pk)


def waiting_for_approval(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    """The planned notices among these that wait for a person."""
    return notices.filter(state=NoticeState.PROPOSED)


def finish(run: Run) -> None:
    """A run whose notices all have their answer is no proposal any more."""
    if not run.notices.filter(state=NoticeState.PROPOSED).exists():
        Run.objects.filter(pk=run.pk, state=RunState.PROPOSED).update(state=RunState.RELEASED)


def restated(notice: Notice, *, on: date) -> Group | None:
    """A planned notice as it would go out now; None where no item at its step is left."""
    loaded = facts_for(notice.creditor, [notice.customer_id], on=on)
    cases = list(notice.standing_lines().values_list("case", flat=True))
    result = with_claims(judge(loaded.customers[notice.customer_id], loaded.rules, on=on, only=cases), loaded.rules, on=on)
    return next((group for group in result.groups if _bears(group, notice)), None)


def _bears(group: Group, notice: Notice) -> bool:
    """Whether a message of today bears the step that was planned; a policy assigned since has other steps."""
    return (group.version, group.position) == (notice.version_id, notice.position)


def locked_plan(notice: Notice) -> Notice:
    """The notice under the lock of its customer. Raises `Refused` where nothing waits any more."""
    Customer.objects.select_for_update(no_key=True).get(pk=notice.customer_id)
    fresh = Notice.objects.select_related("creditor", "run__author").get(pk=notice.pk)
    if fresh.state != NoticeState.PROPOSED:
        raise Refused(gettext_noop("This notice no longer waits for approval: it was %(state)s."), state=fresh.get_state_display())
    return fresh


def _check_approver(notice: Notice, by: User | None) -> None:
    rules = LadderRules.objects.filter(creditor=notice.creditor).first()
    check_approver(author=notice.planned_in.author, approver=by, four_eyes=bool(rules and rules.four_eyes))


def _send(notice: Notice, group: Group, loaded: Loaded, *, on: date, now: datetime) -> None:
    release(notice.planned_in, [Release(notice.customer_id, group, notice)], loaded, on=on, now=now, base_url=settings.BASE_URL)
    if notice.message_id:  # a call is a task, no message
        Run.objects.filter(pk=notice.planned_in.pk).update(expected=F("expected") + 1)


def _leave_out(notice: Notice, sent: Group | None, result: Judgement, cases: Collection[int], *, on: date) -> None:
    """What does not go now is planned anew by the next run; what only waits for day or cap stays released and goes with a later one."""
    gone = {look.item.case for look in sent.looks} if sent else set()
    reasons = {look.item.case: look.waits for look in result.looks if look.item.case in cases and look.item.case not in gone}
    later = {case for case, reason in reasons.items() if reason in LATER}
    left = Case.objects.running().filter(pk__in=[case for case in cases if case not in gone])
    left.update(look_again_on=on)
    left.exclude(pk__in=later).update(released_position=0)
    if sent is None:
        why = ", ".join(sorted({str(reason) for reason in reasons.values() if reason}) or ["settled"])
        notice.state = NoticeState.SUPERSEDED if later else NoticeState.DROPPED
        notice.reason = ("goes with a later run: " if later else "nothing left to say: ") + why
        notice.save(update_fields=["state", "reason"])


def approve_all(notices: Iterable[Notice], *, on: date, now: datetime, by: User | None = None) -> list[Notice]:
    """Approve one after the other, each in a transaction of its own."""
    return [approve(notice, on=on, now=now, by=by) for notice in notices]
