"""The day's run: judge the cases whose day has come, store the plan, release what needs nobody.

A run works in batches of customers that nobody else holds; a customer that raises is set aside by name and tried alone.
"""

import logging
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from dunning.actions.calls import calls_ending
from dunning.actions.cases import close_settled, enter_as_of
from dunning.actions.messages import stated
from dunning.actions.release import Release, Released, release, terms_of
from dunning.actions.results import PLANNED_ANEW_BY_A_RUN
from dunning.actions.tasks import open_tasks
from dunning.actions.time import let_time_act, whose_time_has_come
from dunning.decide import Look, free_from
from dunning.facts import Loaded, facts_for
from dunning.grouping import Group, Judgement, judge, with_claims
from dunning.models import Case, LadderRules, Notice, PlannedLine, Run, StepTaken
from dunning.states import NoticeState, RunState, TaskKind, Waits
from invoices.models import Customer
from receivables import clock, faults
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.core.collector import without_collector
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import gettext_noop
from receivables.db.copying import copy_rows, draw_ids, set_in
from receivables.messaging.mode import hold_switch_shared
from receivables.messaging.outbox import withdraw
from receivables.messaging.states import MessageState

log = logging.getLogger(__name__)
BATCH = 2000
SESSIONS = 3
TURN = 0.002
"""Seconds that a session goes on judging once another one has its answer. With Python's own 5 ms each statement of a batch waits longer
than the server takes for it.
"""
DAY = timedelta(days=1)
EVENT_ONLY = frozenset({
    Waits.WITH_AGENCY, Waits.ON_PLAN, Waits.HELD, Waits.UNREAD_REPLY, Waits.DISPUTED, Waits.FIRST_CONTACT, Waits.UNCONFIRMED,
    Waits.LADDER_ENDED, Waits.UNDELIVERED,
})  # fmt: skip
"""Reasons that nothing but an event can end; where such an item's `next` is empty it need not be looked at daily."""
MOVED = ["look_again_on", "position", "waits", "judged_in_id"]
PLANNED_ANEW = frozenset({Waits.APPROVAL, Waits.BANK_STALE})
"""Reasons that every run judges anew, also a further one of the same day."""


@dataclass(slots=True)
class Plan:
    """What a dry run says: the messages that a run would send or put up for approval, and who waits for what."""

    groups: list[tuple[int, Group]] = field(default_factory=list)  # customer, message
    waiting: Counter[str] = field(default_factory=Counter)
    problems: list[dict[str, Any]] = field(default_factory=list)  # customers that could not be judged, as in `Run.problems`


def start_run(creditor: Creditor, *, on: date, now: datetime, by: User | None = None) -> Run:
    """Open the day's run. Raises `Refused` for a day before the last run."""
    with transaction.atomic():
        LadderRules.objects.get_or_create(creditor=creditor)
        rules = LadderRules.objects.select_for_update().get(creditor=creditor)
        refuse_earlier(rules, on=on)
        rules.last_run_on = on
        rules.save(update_fields=["last_run_on"])
        if on < clock.today(creditor.time_zone):
            enter_as_of(creditor, on=on)
        run = Run.objects.create(creditor=creditor, on=on, started_at=now, author=by)
        record(creditor, "run_started", run, by=by, on=on)
        return run


def refuse_earlier(rules: LadderRules, *, on: date) -> None:
    """Raise `Refused` where the creditor's last run was for a later day."""
    if rules.last_run_on and on < rules.last_run_on:
        raise Refused(
            gettext_noop("The last run was for %(last_run_on)s; a run for %(on)s would go back in time."),
            last_run_on=rules.last_run_on,
            on=on,
        )


def plan_and_release(run: Run, *, now: datetime) -> Run:
    """Judge all that is due, batch by batch; returns the run with its counts. Stopped half-way, the next run goes on.

    Customers whom somebody else holds just then come last, one by one, and are waited for: nobody loses a day by a payment.
    """
    batches = _Batches(run, now=now)
    batches.take_all()
    passed_over = sorted(batches.passed_over)
    _one_by_one(run, passed_over, now=now)
    _drop_stale(run)
    run.refresh_from_db()
    run.state = RunState.PROPOSED if run.notices.filter(state=NoticeState.PROPOSED).exists() else RunState.RELEASED
    run.finished_at = now
    run.save(update_fields=["state", "finished_at"])
    return run


@dataclass(slots=True)
class _Batches:
    """A run's batches, one after the other, taken by one session or by some at once: while one stores, another judges.

    Batches are of different customers, and each is a transaction of its own: it stands whole or not at all, whoever dies.
    """

    run: Run
    now: datetime
    after: int = 0
    passed_over: list[int] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def take_all(self) -> None:
        """Take them all. A run that is one batch, or part of the caller's transaction, has no use for further sessions."""
        first = self._next()
        if len(first) < BATCH or connection.in_atomic_block or self._counts_persons():
            self._take_from(first)
            return
        with _short_turns(), ThreadPoolExecutor(SESSIONS - 1, thread_name_prefix="planner") as pool:
            others = [pool.submit(self._take_beside) for _ in range(SESSIONS - 1)]
            self._take_from(first)
            for other in others:
                other.result()

    def _counts_persons(self) -> bool:
        """Whether what one customer is told counts for others: each batch has to see what the batches before it have said."""
        return LadderRules.objects.filter(creditor=self.run.creditor, cap_per_person=True, cap_days__isnull=False).exists()

    def _take_beside(self) -> None:
        try:
            self._take_from(self._next())
        finally:
            connection.close()

    def _take_from(self, ids: list[int]) -> None:
        while ids:
            self._take(ids)
            ids = self._next()

    def _next(self) -> list[int]:
        with self.lock:
            ids = _due(self.run.creditor, on=self.run.on, after=self.after)
            self.after = ids[-1] if ids else self.after
            return ids

    def _take(self, ids: list[int]) -> None:
        try:
            with without_collector():
                taken = set(take_batch(self.run, up_to=ids[-1], after=ids[0] - 1, now=self.now))
            faults.at("F2")
            self.passed_over += [pk for pk in ids if pk not in taken]
        except Exception:
            log.exception("run %s: a batch failed, its customers are tried one by one", self.run.pk)
            _one_by_one(self.run, ids, now=self.now)


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, TURN))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def not_left(creditor: Creditor, *, on: date) -> QuerySet[Notice]:
    """Main messages that clearly have not left: tried in vain, or still lying there from an earlier day.

    One whose worker was lost may have left all the same: it is tried again as it is, under its own key. What a person made by hand is no
    run's to plan anew: it goes as it was made, or expires.
    """
    planned = Notice.objects.filter(creditor=creditor, main=None, run__isnull=False, message__state=MessageState.PLANNED)
    return planned.filter(Q(message__attempts__gt=0) | Q(on__lt=on)).exclude(message__tries__outcome="unknown")


def take_back(run: Run, *, now: datetime) -> None:
    """What has not left is planned anew by this run, with what is true now, and grouped with what has joined it."""
    after = 0
    while ids := list(_whose(not_left(run.creditor, on=run.on)).filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
        after = ids[-1]
        with transaction.atomic():
            hold_switch_shared()
            list(Customer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
            lying = not_left(run.creditor, on=run.on).filter(customer__any=ids)
            messages = [pk for pk in lying.values_list("message_id", flat=True) if pk is not None]
            withdraw(messages, reason=PLANNED_ANEW_BY_A_RUN, now=now)


def _whose(notices: QuerySet[Notice]) -> QuerySet[Customer]:
    return Customer.objects.filter(Exists(notices.filter(customer=OuterRef("pk")))).order_by("pk")


def dry_run(creditor: Creditor, *, on: date) -> Plan:
    """What a run of that day would do, without writing anything. The same judgement, in batches. Raises `Refused` as a run does.

    What a run takes back before it judges counts as taken back: messages that have not left, calls that are no longer due.
    """
    rules = LadderRules.objects.filter(creditor=creditor).first()
    if rules:
        refuse_earlier(rules, on=on)
    plan, after = Plan(), 0
    back = _taken_back(creditor, on=on)
    while ids := _due(creditor, on=on, after=after, besides=Notice.objects.filter(pk__in=back.notices)):
        try:
            _show(plan, creditor, ids, back, on=on)
        except Exception:
            _show_one_by_one(plan, creditor, ids, back, on=on)
        after = ids[-1]
    return plan


@dataclass(frozen=True, slots=True)
class _TakenBack:
    """What a run would take back first: notices with something of it, those with all of it, and the cases of calls."""

    notices: frozenset[int]
    whole: frozenset[int]
    cases: frozenset[int]


def _taken_back(creditor: Creditor, *, on: date) -> _TakenBack:
    lying = frozenset(not_left(creditor, on=on).values_list("pk", flat=True))
    ending = calls_ending(creditor, on=on)
    calls, lines = frozenset(line.notice_id for line in ending), [line.pk for line in ending]
    going_on = StepTaken.objects.filter(notice__in=calls, case__in_flight=F("pk")).exclude(pk__in=lines)
    ended = calls - frozenset(going_on.values_list("notice", flat=True))
    return _TakenBack(lying | calls, lying | ended, frozenset(line.case_id for line in ending))


def _show(plan: Plan, creditor: Creditor, ids: Sequence[int], back: _TakenBack, *, on: date) -> None:
    loaded = facts_for(creditor, ids, on=on, ignoring=back.whole, landed=back.cases)
    judgements = {pk: _judged(pk, loaded, on=on) for pk in ids}
    for pk, judgement in judgements.items():
        plan.groups += [(pk, group) for group in judgement.groups]
        plan.waiting.update(_reasons(judgement))


def _judged(customer: int, loaded: Loaded, *, on: date) -> Judgement:
    judgement = with_claims(judge(loaded.customers[customer], loaded.rules, on=on), loaded.rules, on=on)
    loaded.persons.also_told(loaded.customers, customer, judgement.groups, on=on)
    return judgement


def _show_one_by_one(plan: Plan, creditor: Creditor, ids: Sequence[int], back: _TakenBack, *, on: date) -> None:
    for pk in ids:
        try:
            _show(plan, creditor, [pk], back, on=on)
        except Exception as error:
            plan.problems.append(_problem(pk, error))


def _problem(customer: int, error: Exception) -> dict[str, Any]:
    said = str(error) if isinstance(error, DomainError) else f"an error of the program ({type(error).__name__}); the log has more"
    return {"customer": customer, "error": said[:300]}


@transaction.atomic
def take_batch(run: Run, *, after: int, up_to: int, now: datetime, wait: bool = False) -> list[int]:
    """Judge the due customers with ids in that range whom nobody else holds, or all of them with `wait`; returns who was judged."""
    hold_switch_shared()  # before any other lock: what is planned under quarantine must not become real
    locked = _locked(run, after=after, up_to=up_to, wait=wait)
    ids = list(locked)
    if ids:
        if over := [pk for pk, is_over in locked.items() if is_over]:
            _row_of(run)  # before the audit chain, as whoever counts does: two sessions never meet crosswise
            let_time_act(run.creditor, over, on=run.on)
        loaded = facts_for(run.creditor, ids, on=run.on)
        judgements = {pk: _judged(pk, loaded, on=run.on) for pk in ids}
        _write(run, loaded, judgements, now=now)
        faults.at("F1")
    return ids


def _one_by_one(run: Run, ids: Sequence[int], *, now: datetime) -> None:
    """Each of these customers in a transaction of its own: one that raises again is set aside by name, the others go on."""
    for pk in ids:
        try:
            take_batch(run, after=pk - 1, up_to=pk, now=now, wait=True)
        except Exception as error:
            log.error("run %s: customer %s is set aside: %s", run.pk, pk, type(error).__name__)
            _set_aside(run, _problem(pk, error))


@transaction.atomic
def _set_aside(run: Run, problem: dict[str, Any]) -> None:
    row = _row_of(run)
    row.problems = [*row.problems, problem]
    row.save(update_fields=["problems"])


def _row_of(run: Run) -> Run:
    """The run as it stands, locked: all its sessions and approvals add to it."""
    return Run.objects.select_for_update(no_key=True).get(pk=run.pk)


def _drop_stale(run: Run) -> None:
    """What an earlier run put up for approval, and this one had no reason to judge again, waits no more."""
    due = Case.objects.due_to_look_at(on=run.on).filter(customer=OuterRef("customer"))
    stale = Notice.objects.filter(creditor=run.creditor, state=NoticeState.PROPOSED, run__lt=run.pk)
    stale.exclude(Exists(due)).update(state=NoticeState.SUPERSEDED)
    waiting = Notice.objects.filter(run=OuterRef("pk"), state=NoticeState.PROPOSED)
    earlier = Run.objects.filter(creditor=run.creditor, state=RunState.PROPOSED, pk__lt=run.pk)
    earlier.exclude(Exists(waiting)).update(state=RunState.RELEASED)


def _due(creditor: Creditor, *, on: date, after: int, besides: QuerySet[Notice] | None = None) -> list[int]:
    """Ids of the next customers with a case whose day has come, or for whom something is over; in order."""
    return list(_asked(creditor, on=on, after=after, besides=besides).values_list("pk", flat=True)[:BATCH])


def _locked(run: Run, *, after: int, up_to: int, wait: bool) -> dict[int, bool]:
    """Those of them in that range, locked, each with whether something may be over; whom others hold is left out, or waited for."""
    found = _asked(run.creditor, on=run.on, after=after).filter(pk__lte=up_to).select_for_update(no_key=True, skip_locked=not wait)
    over = ExpressionWrapper(whose_time_has_come(run.creditor, on=run.on), output_field=BooleanField())
    return dict(found.annotate(is_over=over).values_list("pk", "is_over")[:BATCH])


def _asked(creditor: Creditor, *, on: date, after: int, besides: QuerySet[Notice] | None = None) -> QuerySet[Customer]:
    cases = Case.objects.due_to_look_at(on=on).filter(customer=OuterRef("pk"))
    asked = Q(Exists(cases)) | whose_time_has_come(creditor, on=on)
    if besides is not None:
        asked |= Q(Exists(besides.filter(customer=OuterRef("pk"))))
    return Customer.objects.filter(asked, creditor=creditor, pk__gt=after).order_by("pk")


def _write(run: Run, loaded: Loaded, judgements: dict[int, Judgement], *, now: datetime) -> None:
    """Store a batch's plan, release what needs nobody, set when to look again: a fixed number of statements."""
    if loaded.there.proposed:
        Notice.objects.filter(customer__any=judgements, state=NoticeState.PROPOSED).update(state=NoticeState.SUPERSEDED)
    free = [Release(pk, group) for pk, result in judgements.items() for group in result.groups if not group.approval]
    waiting = [(pk, group) for pk, result in judgements.items() for group in result.groups if group.approval]
    _move_on(run, judgements, loaded, leaving={look.item.case for todo in free for look in todo.group.looks})
    if loaded.settled:
        close_settled(loaded.settled)
    released = release(run, free, loaded, on=run.on, now=now, base_url=settings.BASE_URL)
    _propose(run, waiting)
    _open_tasks(judgements, loaded, on=run.on)
    _count(run, judgements, released)


def _propose(run: Run, waiting: Sequence[tuple[int, Group]]) -> None:
    ids = draw_ids(Notice, len(waiting))
    notices = [{"id": pk, **stated(group), **terms_of(customer, group)} for pk, (customer, group) in zip(ids, waiting, strict=True)]
    copy_rows(Notice, notices, run_id=run.pk, creditor_id=run.creditor_id, state=str(NoticeState.PROPOSED), on=run.on)
    lines = [_line(notice, look) for notice, (_, group) in zip(ids, waiting, strict=True) for look in group.looks]
    copy_rows(PlannedLine, [{"id": pk, **line} for pk, line in zip(draw_ids(PlannedLine, len(lines)), lines, strict=True)])


def _line(notice: int, look: Look) -> dict[str, Any]:
    item = look.item
    return {"notice_id": notice, "case_id": item.case, "step": look.key, "position": look.position, "principal": item.principal}


def _move_on(run: Run, judgements: dict[int, Judgement], loaded: Loaded, *, leaving: Collection[int]) -> None:
    """Set for each case when to look again, what it skipped and what it waits for; what leaves now is set by its release."""
    looks = [look for result in judgements.values() for look in result.looks]
    skipping: dict[tuple[str, ...], list[int]] = {}
    for look in looks:
        if look.skipped:
            all_of = dict.fromkeys((*loaded.papers[look.item.case].skipped, *look.skipped))
            skipping.setdefault(tuple(all_of), []).append(look.item.case)
    for skipped, cases in skipping.items():
        Case.objects.filter(pk__any=cases).update(skipped=list(skipped))
    staying = [look for look in looks if look.skipped or look.item.case not in leaving]
    set_in(Case, MOVED, [_moved(look, run) for look in staying])


def _moved(look: Look, run: Run) -> tuple[Any, ...]:
    """The id of its case, then `MOVED`."""
    return (look.item.case, look_again(look, on=run.on), look.position - (1 if look.step else 0), look.waits or "", run.pk)


def look_again(look: Look, *, on: date) -> date | None:
    """When to judge the case again: when its reasons end, or its step is to be skipped, on a day off too, for plans are made then;
    else when the first of its reasons ends by time; else daily, unless only an event helps.
    """
    day = free_from(look, on=on)
    if day is not None:
        return min(day, look.skipped_from) if look.skipped_from and look.skipped_from > on else day
    if ends := [block.until for block in look.blocks if block.until is not None and block.until > on]:
        return min(ends)
    if all(block.reason in EVENT_ONLY for block in look.blocks):
        return None
    return on if look.waits in PLANNED_ANEW else on + DAY


def _open_tasks(judgements: dict[int, Judgement], loaded: Loaded, *, on: date) -> None:
    unmatched = [loaded.rows[pk] for pk, result in judgements.items() if result.match_payment]
    open_tasks(unmatched, TaskKind.MATCH_PAYMENT, on=on)
    unreachable = [loaded.rows[pk] for pk, result in judgements.items() if result.unreachable]
    open_tasks(unreachable, TaskKind.BAD_CONTACT, on=on)
    _open_reviews(judgements, loaded, on=on)


def _open_reviews(judgements: dict[int, Judgement], loaded: Loaded, *, on: date) -> None:
    """A person looks at an item once when its ladder has ended, and once when the agency holds its step up."""
    asking = [(pk, look) for pk, result in judgements.items() for look in result.looks if look.blocks and look.asks_review]
    if not asking:
        return
    cases: dict[int, list[int]] = {}
    for pk, look in asking:
        cases.setdefault(pk, []).append(look.item.case)
    open_tasks([loaded.rows[pk] for pk in cases], TaskKind.REVIEW, on=on, cases=cases)
    ended = [look.item.case for _, look in asking if look.waits is Waits.LADDER_ENDED]
    frozen = [look.item.case for _, look in asking if look.waits is Waits.WITH_AGENCY]
    Case.objects.filter(pk__in=ended).update(reviewed_end=True)
    Case.objects.filter(pk__in=frozen).update(reviewed_freeze=True)


def _reasons(judgement: Judgement) -> list[str]:
    return [str(look.waits) for look in judgement.looks if look.waits is not None]


def _count(run: Run, judgements: dict[int, Judgement], released: Sequence[Released]) -> None:
    """Add a batch to the run's counts, and one audit entry for all of it."""
    connection.check_constraints()  # now rather than at the commit: from here on the run and the audit chain are locked, and others wait
    row = _row_of(run)
    waiting = Counter(row.waiting)
    for result in judgements.values():
        waiting.update(_reasons(result))
    row.waiting = dict(waiting)
    row.judged += sum(len(result.looks) for result in judgements.values())
    row.expected += sum(1 for notice in released if notice.message is not None)
    row.save(update_fields=["waiting", "judged", "expected"])
    rows = (notice[:5] for notice in released)
    record(
        run.creditor, "batch_released", run, by=run.author, customers=len(judgements), notices=len(released), digest=digest_of_rows(rows)
    )
