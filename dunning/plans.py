"""Stored plans read again: what a day's runs planned, how that differs from the day before, and what became of it."""

from collections import Counter

from django.db.models import F, QuerySet

from dunning.difference import Difference, PlannedItem, Reckoning, difference
from dunning.models import Case, Notice, PlannedLine, Run, StepTaken
from dunning.states import CaseState, NoticeState
from receivables.messaging.states import ARRIVED, MessageState

UNDER_WAY = frozenset({MessageState.PLANNED, MessageState.CLAIMED, MessageState.HANDED})


def run_before(run: Run) -> Run | None:
    """The last run of the last day before that had one."""
    return Run.objects.filter(creditor=run.creditor_id, on__lt=run.on).order_by("-on", "-pk").first()


def difference_to(run: Run, before: Run | None) -> Difference:
    """What this run plans that the earlier one did not, what is gone and why, and what has changed. Six queries at most."""
    if before is None:
        return Difference()
    then, now = plan_of(before), plan_of(run)
    gone = [item.case for item in then if item.case not in {item.case for item in now}]
    return difference(then, now, _reasons(gone))


def plan_of(run: Run) -> list[PlannedItem]:
    """All items that the day's plan names once this run was made: released, waiting or answered. Two queries."""
    notices = Notice.objects.filter(creditor=run.creditor_id, run__on=run.on, run__lte=run.pk, main=None)
    standing = notices.exclude(state=NoticeState.SUPERSEDED) | notices.filter(run=run)
    found: dict[int, PlannedItem] = {}
    for lines in (PlannedLine.objects.filter(notice__in=standing), StepTaken.objects.filter(notice__in=standing)):
        found |= {item.case: item for item in _items(lines)}
    return list(found.values())


def _items(lines: "QuerySet[PlannedLine] | QuerySet[StepTaken]") -> list[PlannedItem]:
    rows = lines.order_by("pk").values_list(
        "case", "case__item__label", "case__rate__label", "notice__customer__name", "step", "notice__channel", "principal",
        "notice__currency", "notice__message__state",
    )  # fmt: skip
    return [
        PlannedItem(case, item or rate or "", customer, step, channel, principal, currency, is_sent=state in ARRIVED)
        for case, item, rate, customer, step, channel, principal, currency, state in rows
    ]


def _reasons(cases: list[int]) -> dict[int, str]:
    """Case → why it was closed, or what the last run found that it waits for."""
    rows = Case.objects.filter(pk__in=cases).values_list("pk", "state", "reason", "waits")
    return {pk: reason if state == CaseState.CLOSED else waits for pk, state, reason, waits in rows}


def reckoning_of(run: Run) -> Reckoning:
    """Expected and sent, and where the others are. One query."""
    states: Counter[str] = Counter()
    for state in run.notices.filter(main=None).exclude(message=None).values_list(F("message__state"), flat=True):
        states[state] += 1
    sent = sum(number for state, number in states.items() if state in ARRIVED)
    under_way = sum(number for state, number in states.items() if state in UNDER_WAY)
    others = {state: number for state, number in states.items() if state not in ARRIVED | UNDER_WAY}
    return Reckoning(run.expected, sent, under_way, others)
