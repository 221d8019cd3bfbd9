"""The day's work in its order: plan and release, then deliver. Commands, tasks and the demo call this."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef

from dunning import volume
from dunning.actions.calls import review_calls_of_day
from dunning.actions.clocks import follow_clocks
from dunning.actions.runs import Plan, plan_and_release, start_run, take_back
from dunning.actions.signs import find_signs
from dunning.models import Notice, Run, StepTaken
from dunning.states import NoticeState, RunState, Waits
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused
from receivables.messaging.delivery import Tally, deliver
from receivables.messaging.models import Message
from receivables.messaging.reaper import reap
from receivables.messaging.states import ARRIVED, MessageState

_PLANNING = 0x706C616E  # "plan": the class of the advisory locks, one per creditor
UNDER_WAY = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.HANDED)
WORK_HOUR = time(10)
"""When a run for another day than today is said to happen: well within contact hours."""


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many messages of a step by a channel a run planned, released, sent, and how many wait for a person."""

    step: str
    channel: str
    planned: int
    released: int
    sent: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run; `run` is None after a dry one."""

    on: date
    run: int | None
    steps: tuple[StepCount, ...]
    waiting: dict[str, int]
    problems: tuple[str, ...] = field(default=())


def plan_day(creditor: Creditor, *, on: date, now: datetime, by: User | None = None) -> Run:
    """Plan and release the day; delivery is left to whoever delivers.

    Raises `Refused` for a day before the last run, and while another run of the same creditor is under way.
    """
    with planning_alone(creditor) as is_alone:
        if not is_alone:
            raise Refused("A run of this company is under way. Wait until it is done, then try again.")
        volume.weigh_left(creditor)
        run = start_run(creditor, on=on, now=now, by=by)
        return _planned(run, now=now)


def resume_day(creditor: Creditor, *, on: date, now: datetime) -> Run | None:
    """Finish the day's run where whoever planned it died half-way; None where there is nothing to finish or somebody is at it."""
    with planning_alone(creditor) as is_alone:
        run = Run.objects.filter(creditor=creditor, on=on, finished_at=None).first()
        if is_alone and run is None:
            volume.weigh_left(creditor)
        return _planned(run, now=now) if is_alone and run else None


def _planned(run: Run, *, now: datetime) -> Run:
    volume.begin(run, now=now)
    follow_clocks(run.creditor, on=run.on)
    find_signs(run.creditor, on=run.on)
    review_calls_of_day(run.creditor, on=run.on)
    take_back(run, now=now)
    _hurry(run.creditor, now=now)
    run = plan_and_release(run, now=now)
    volume.weigh(run)
    return run


@contextmanager
def planning_alone(creditor: Creditor) -> Iterator[bool]:
    """Whether this process is the creditor's only planner meanwhile. The lock ends with its connection: the dead hold nobody up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_PLANNING, creditor.pk])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_PLANNING, creditor.pk])


def run_day(creditor: Creditor, *, on: date, now: datetime, by: User | None = None) -> Run:
    """Plan, release and deliver the day. Running it again with nothing changed adds nothing."""
    run = plan_day(creditor, on=on, now=now, by=by)
    deliver_all(creditor, now=now)
    return run


def deliver_all(creditor: Creditor, *, now: datetime, for_at_most: timedelta | None = None) -> None:
    """Deliver until nothing is left, or for so long; accepted messages may release further ones (parallel channels)."""
    reap(now=now)
    while deliver(now=now, creditor=creditor, for_at_most=for_at_most) != Tally() and for_at_most is None:
        pass
    _end_runs(creditor)


def _end_runs(creditor: Creditor) -> None:
    """Runs whose notices are all answered and whose messages all have left, or never will, are done."""
    under_way = Notice.objects.filter(run=OuterRef("pk"), message__state__in=UNDER_WAY)
    Run.objects.filter(~Exists(under_way), creditor=creditor, state=RunState.RELEASED).update(state=RunState.DONE)


def noon_of(creditor: Creditor, on: date) -> datetime:
    """The moment that stands for a day which is not today."""
    return datetime.combine(on, WORK_HOUR, ZoneInfo(creditor.time_zone))


def report_of(run: Run) -> Report:
    """A run's counts by step and channel, as they are now."""
    planned: Counter[tuple[str, str]] = Counter()
    counts: dict[str, Counter[tuple[str, str]]] = {"released": Counter(), "sent": Counter(), "waiting": Counter()}
    rows = run.notices.order_by("position", "channel").values_list("step", "channel", "state", "message__state")
    for step, channel, state, message in rows:
        planned[step, channel] += 1
        counts["released"][step, channel] += state == NoticeState.RELEASED
        counts["sent"][step, channel] += message in ARRIVED
        counts["waiting"][step, channel] += state == NoticeState.PROPOSED
    steps = tuple(
        StepCount(*key, number, *(counts[name][key] for name in ("released", "sent", "waiting"))) for key, number in planned.items()
    )
    return Report(run.on, run.pk, steps, _with_held_back(run), _in_words(run.problems))


def _with_held_back(run: Run) -> dict[str, int]:
    """What items wait for: as the run judged them, and those whose message is ready and waits for contact hours."""
    held_back = StepTaken.objects.filter(
        notice__run=run, notice__message__state=MessageState.PLANNED, notice__message__reason=Waits.CLOSED_HOURS
    ).count()
    return {**run.waiting, **({Waits.CLOSED_HOURS: run.waiting.get(Waits.CLOSED_HOURS, 0) + held_back} if held_back else {})}


def report_of_plan(plan: Plan, *, on: date) -> Report:
    """The same for a dry run: what would be released at once, and what would wait for a person."""
    planned: Counter[tuple[str, str]] = Counter()
    waiting: Counter[tuple[str, str]] = Counter()
    for _, group in sorted(plan.groups, key=lambda entry: (entry[1].position, entry[1].channel)):
        planned[group.step.key, str(group.channel)] += 1
        waiting[group.step.key, str(group.channel)] += group.approval
    steps = tuple(StepCount(*key, number, 0, 0, waiting[key]) for key, number in planned.items())
    return Report(on, None, steps, dict(plan.waiting), _in_words(plan.problems))


def _in_words(problems: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(f"customer {problem['customer']}: {problem['error']}" for problem in problems)


def _hurry(creditor: Creditor, *, now: datetime) -> None:
    """A run tries again, without waiting for its back-off, what it did not plan anew: parallel messages, and what a lost worker had."""
    tried = Message.objects.filter(creditor=creditor, state=MessageState.PLANNED, attempts__gt=0, notice__isnull=False)
    tried.filter(not_before__gt=now).update(not_before=now)
