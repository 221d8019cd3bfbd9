"""What became of messages moves the cases: accepted completes a step, a failure gives it back, uncertainty asks a person."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from dunning.actions.news import tell
from dunning.actions.parallel import send_along
from dunning.actions.placing import place
from dunning.actions.positions import position_after
from dunning.actions.tasks import ask_about_written, open_tasks
from dunning.mailed_papers import follow_copies
from dunning.models import Case, Notice, Placement, PolicyVersion, StepResult, StepTaken, Written
from dunning.policy import Channel
from dunning.states import CaseState, PlacementEnd, PlacementState, TaskKind, Waits
from invoices.actions.deliveries import record_mailed
from invoices.models import Customer
from receivables.audit.actions import record
from receivables.db.copying import set_in, store
from receivables.messaging.models import Message
from receivables.messaging.states import ARRIVED, MessageState
from receivables.messaging.suppression import is_suppressed

DAY = timedelta(days=1)
PLANNED_ANEW_BY_A_RUN = "It had not left; the day's run planned it anew."
EPISODE_FIELDS = [
    "episode",
    "round",
    "lowered_position",
    "lowered_round",
    "in_flight",
    "skipped",
    "position",
    "step",
    "completed_on",
    "deadline_on",
    "state",
    "released_position",
    "look_again_on",
]
GONE = frozenset(
    {
        MessageState.FAILED,
        MessageState.HARD_BOUNCED,
        MessageState.WITHDRAWN,
        MessageState.EXPIRED,
        MessageState.SUPPRESSED,
        MessageState.ABANDONED,
    }
)


def on_delivery_changed(sender: Any, *, message_ids: Collection[int], now: datetime, **_: Any) -> None:
    """Receiver of `messaging.delivery_changed`; runs in the transaction that settled the messages. Safe to run twice."""
    notices = list(
        Notice.objects.filter(message__in=message_ids)
        .select_related("message", "creditor", "customer", "version__policy")
        .defer("message__text", "message__html")
        .order_by("customer", "id")
    )
    written = ask_about_written(message_ids, now=now)
    by_hand = Q(message__in=message_ids) | Q(events__message__in=message_ids)  # proposed by a person, or told of later
    placed = Placement.objects.filter(by_hand).values_list("customer", flat=True)
    of_papers = Written.objects.filter(message__in=written).values_list("customer", flat=True)
    concerned = {notice.customer_id for notice in notices} | set(placed) | set(of_papers)
    if concerned:
        list(Customer.objects.select_for_update(no_key=True).filter(pk__in=concerned).order_by("pk").values_list("pk"))
    if notices:
        _follow(notices, now=now)
    if written:
        follow_copies(written)
    enclosing = [notice.message_id for notice in notices if notice.message and notice.message.facts.get("enclosed")]
    if carriers := [*written, *(pk for pk in enclosing if pk)]:
        record_mailed(carriers, now=now)


def _follow(notices: Sequence[Notice], *, now: datetime) -> None:
    """Move the cases of these notices. Call it with their customers locked."""
    main = [notice for notice in notices if notice.main_id is None]
    arrived = [notice for notice in main if notice.message and notice.message.state in ARRIVED]
    _take_hold(arrived, now=now)
    _give_back([notice for notice in main if notice.message and notice.message.state in GONE], now=now)
    for notice in notices:
        _ask_people(notice, now=now)


def local_day(notice: Notice, moment: datetime) -> date:
    """The day of a moment where the creditor is."""
    return moment.astimezone(ZoneInfo(notice.creditor.time_zone)).date()


def _take_hold(notices: Sequence[Notice], *, now: datetime) -> None:
    """The channel took these messages: steps are completed, but a hand-over waits for the agency's receipt."""
    handed_over = [notice for notice in notices if notice.channel == Channel.AGENCY]
    for notice in handed_over:
        place(notice, on=local_day(notice, now))
    plain = [notice for notice in notices if notice.channel != Channel.AGENCY]
    completed = complete(plain, now=now)
    send_along([*handed_over, *(notice for notice in plain if notice.pk in completed)], now=now)


def complete(notices: Sequence[Notice], *, now: datetime) -> frozenset[int]:
    """Every item of these notices has completed its own step, on the day it left; the deadline named binds all of them.

    Returns the notices that completed something: told twice, the second time does nothing.
    """
    if not notices:
        return frozenset()
    by_id = {notice.pk: notice for notice in notices}
    lines = list(StepTaken.objects.filter(notice__in=by_id, case__in_flight=F("pk")).select_related("case__version"))
    results, cases = [], []
    for line in lines:
        notice = by_id[line.notice_id]
        message = notice.message
        day = _left_on(notice, now=now)
        results.append(StepResult(taken=line, kind=StepResult.Kind.COMPLETED, on=day, captured=bool(message and message.captured)))
        cases.append(_completed(line, notice, day))
    store(results)
    fields = ["position", "step", "completed_on", "deadline_on", "wants_approval", "in_flight_id", "look_again_on"]
    set_in(Case, fields, [attrgetter("pk", *fields)(case) for case in cases])
    return frozenset(line.notice_id for line in lines)


def _left_on(notice: Notice, *, now: datetime) -> date:
    """The day on which a letter was posted; else that of the hand-over."""
    message = notice.message
    if message and message.left_on:
        return message.left_on
    return local_day(notice, message.handed_at if message and message.handed_at else now)


def _completed(line: StepTaken, notice: Notice, day: date) -> Case:
    case = line.case
    case.position, case.step, case.completed_on = position_after(case, line, notice), line.step, day
    case.deadline_on = notice.deadline_on or case.deadline_on
    case.wants_approval, case.in_flight = False, None
    case.look_again_on = day + DAY if case.state == CaseState.RUNNING else None
    return case


def _give_back(notices: Sequence[Notice], *, now: datetime) -> None:
    """These messages did not go: their steps do not count and may be taken again, in a further round."""
    for notice in notices:
        detail = notice.message.reason if notice.message else ""
        void(notice, on=local_day(notice, now), detail=detail)
    unsent = {"state": PlacementState.RETURNED, "end": PlacementEnd.NOT_SENT, "ended_on": local_day(notices[0], now)} if notices else {}
    if notices and Placement.objects.filter(notice__in=notices, state=PlacementState.SENT).update(**unsent):
        tell({notice.customer_id for notice in notices if notice.channel == Channel.AGENCY}, on=local_day(notices[0], now))
    withdrawn = [notice.pk for notice in notices if notice.message and _says_something_else(notice.message)]
    Case.objects.filter(steps__notice__in=withdrawn).update(released_position=0)


def _says_something_else(message: Message) -> bool:
    """What was withdrawn because it was no longer so has to be released anew; a run that plans it anew, or a full cap, changes nothing."""
    return message.state == MessageState.WITHDRAWN and message.reason not in (PLANNED_ANEW_BY_A_RUN, Waits.CAPPED)


def void(notice: Notice, *, on: date, detail: str) -> None:
    """Give back the steps of a notice that are still in flight. Safe to run twice."""
    give_back(list(StepTaken.objects.filter(notice=notice, case__in_flight=F("pk"))), on=on, detail=detail)


def give_back(lines: Sequence[StepTaken], *, on: date, detail: str) -> None:
    """These steps, in flight, do not count and may be taken again, in a further round."""
    StepResult.objects.bulk_create([StepResult(taken=line, kind=StepResult.Kind.VOID, on=on, detail=detail[:200]) for line in lines])
    standing = Case.objects.filter(in_flight__in=lines)
    standing.filter(state=CaseState.RUNNING).update(look_again_on=on)
    standing.update(in_flight=None, round=F("round") + 1)


def _ask_people(notice: Notice, *, now: datetime) -> None:
    """Open the task that a state of the message calls for."""
    message = notice.message
    if message is None:
        return
    on = local_day(notice, now)
    if message.state == MessageState.UNKNOWN and notice.main_id is None:
        open_tasks([notice.customer], TaskKind.UNKNOWN_OUTCOME, on=on, step=notice.step, notice=notice)
    if message.state == MessageState.FAILED and is_suppressed(message):
        open_tasks([notice.customer], TaskKind.BAD_CONTACT, on=on)


def on_mode_changed(sender: Any, *, mode: str, now: datetime, **_: Any) -> None:
    """Receiver of `messaging.mode_changed`."""
    if mode == "live":
        start_episode(now=now)


@transaction.atomic
def start_episode(*, now: datetime) -> int:
    """Going live: what only the mailbox of quarantine took never happened. Every open case starts anew from what really went out.

    What may really have left, in an earlier time of being live, still waits for its answer, and what an agency really has stays there.
    """
    placed = Placement.objects.at_agency()
    captured = placed.filter(Q(notice__message__captured=True) | Q(message__captured=True))
    at_no_agency = list(Customer.objects.select_for_update(no_key=True, of=("self",)).filter(placements__in=captured).order_by("pk"))
    standing = Case.objects.exclude(state=CaseState.CLOSED).select_related("creditor", "in_flight__notice__message")
    cases = list(standing.select_for_update(of=("self",)).order_by("pk"))
    leaving = Q(state=PlacementState.APPROVED, message__captured=False) & ~Q(message__state__in=GONE)
    theirs = Placement.objects.filter(Q(pk__in=placed.exclude(pk__in=captured.values("pk")).values("pk")) | leaving)
    really_placed = set(theirs.values_list("items__item", flat=True))  # those of the first day too, and what is on its way
    for case in cases:
        _begin_anew(case, really_placed, now=now)
    Case.objects.bulk_update(cases, EPISODE_FIELDS, batch_size=2000)
    captured.update(state=PlacementState.CLOSED, ended_on=now.date(), end=PlacementEnd.CAPTURED)
    tell([customer.pk for customer in at_no_agency], on=now.date())
    _first_runs_again()
    record(None, "episodes_started", "dunning.Case", cases=len(cases))
    return len(cases)


def _first_runs_again() -> None:
    """A version of which only the mailbox of quarantine took something has its first run before it."""
    really = Notice.objects.filter(version=OuterRef("pk"), message__captured=False, message__state__in=ARRIVED)
    proven = PolicyVersion.objects.exclude(first_released_at=None).exclude(Exists(really))
    proven.update(first_released_at=None, first_released_by=None)


def _begin_anew(case: Case, really_placed: Collection[int], *, now: datetime) -> None:
    really = StepResult.objects.filter(taken__case=case, kind=StepResult.Kind.COMPLETED, captured=False)
    last = really.select_related("taken__notice").order_by("-taken__position").first()
    case.episode, case.round, case.skipped = case.episode + 1, 1, []
    case.lowered_position, case.lowered_round = 0, 0
    case.in_flight = case.in_flight if case.in_flight and _may_have_left(case.in_flight, case.item_id in really_placed) else None
    case.position = last.taken.position if last else 0
    case.step = last.taken.step if last else ""
    case.completed_on = last.on if last else None
    case.deadline_on = last.taken.notice.deadline_on if last else None
    case.state, case.released_position = case.state if case.item_id in really_placed else CaseState.RUNNING, 0
    case.look_again_on = now.astimezone(ZoneInfo(case.creditor.time_zone)).date()


def _may_have_left(line: StepTaken, is_placed: bool) -> bool:
    message = line.notice.message
    return is_placed or (message is not None and not message.captured and message.state in (MessageState.HANDED, MessageState.UNKNOWN))
