"""What becomes of a hand-over: it leaves, the agency takes it or does not, it comes back, it is closed. Each under the customer's lock."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from dunning.actions.calls import review_calls
from dunning.actions.holds import locked
from dunning.actions.news import tell
from dunning.actions.positions import position_after
from dunning.actions.results import GONE
from dunning.models import Case, PlacedItem, Placement, PlacementEvent, StepResult, StepTaken
from dunning.states import CaseState, PlacementEnd, PlacementState, Reported
from receivables import clock
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.models import Message
from receivables.messaging.states import ARRIVED

AT_AGENCY = frozenset({PlacementState.SENT, PlacementState.RECEIVED})


def note(
    placement: Placement, kind: Reported, *, on: date, by: User | None = None, key: str | None = None, **says: object
) -> PlacementEvent:
    """Write an event of a hand-over. With a `key`, what was noted under it before is returned and nothing is written."""
    fields = {"kind": kind, "on": on, "at": clock.now(), "author": by, **says}
    if key is None:
        return PlacementEvent.objects.create(placement=placement, **fields)
    event, _ = PlacementEvent.objects.get_or_create(placement=placement, key=key[:100], defaults=fields)
    return event


def is_known(placement: Placement, key: str | None) -> bool:
    """Whether a report with that key was taken before."""
    return key is not None and PlacementEvent.objects.filter(placement=placement, key=key[:100]).exists()


def held_for(placement: Placement, *states: PlacementState) -> Placement:
    """The hand-over anew, with its customer locked. Raises `Refused` where it is in none of these states."""
    locked(placement.customer_id)
    row = Placement.objects.select_related("creditor", "customer", "agency", "notice__message", "message").get(pk=placement.pk)
    if states and row.state not in states:
        raise Refused(gettext_noop("This hand-over is %(state)s already."), state=row.get_state_display())
    return row


@transaction.atomic
def receive(placement: Placement, *, on: date, reference: str = "", key: str | None = None, by: User | None = None) -> Placement:
    """The agency takes it: the step is completed, the items are with it. Said again, it changes nothing but the agency's number."""
    row = held_for(placement, PlacementState.SENT, PlacementState.RECEIVED)
    if is_known(row, key):
        return row
    if reference and reference != row.reference:
        Placement.objects.filter(pk=row.pk).update(reference=reference[:80])
    if row.state == PlacementState.SENT:
        take_over(row, on=on, key=key, by=by)
        after(row, on=on)
    return held_for(row)


def take_over(placement: Placement, *, on: date, key: str | None = None, by: User | None = None) -> None:
    """The same under the lock, without telling anybody."""
    Placement.objects.filter(pk=placement.pk).update(state=PlacementState.RECEIVED)
    for case in Case.objects.filter(in_flight__notice__placement=placement).select_related("in_flight", "version"):
        _complete(case, placement)
    note(placement, Reported.RECEIVED, on=on, by=by, key=key)
    record(placement.creditor, "placement_received", placement, by=by, customer=placement.customer_id)


def _complete(case: Case, placement: Placement) -> None:
    line, notice = case.in_flight, placement.notice
    if line is None or notice is None or placement.sent_on is None:
        return
    StepResult.objects.create(taken=line, kind=StepResult.Kind.COMPLETED, on=placement.sent_on, captured=is_captured(placement))
    case.position, case.step = position_after(case, line, notice), line.step
    case.completed_on, case.in_flight, case.look_again_on = placement.sent_on, None, None
    case.deadline_on, case.wants_approval = notice.deadline_on or case.deadline_on, False
    case.state = CaseState.WITH_AGENCY if case.state == CaseState.RUNNING else case.state
    case.save(update_fields=["position", "step", "completed_on", "deadline_on", "wants_approval", "in_flight", "state", "look_again_on"])


def is_captured(placement: Placement) -> bool:
    """Whether only the mailbox of quarantine has it."""
    message = placement.goes_by
    return bool(message and message.captured)


@transaction.atomic
def reject_placement(placement: Placement, *, on: date, why: str = "", key: str | None = None, by: User | None = None) -> Placement:
    """The agency does not take it: the ladder goes on."""
    row = held_for(placement, *([] if is_known(placement, key) else AT_AGENCY))
    if not is_known(row, key):
        come_back(row, PlacementEnd.REJECTED, on=on, key=key, by=by, why=why)
        after(row, on=on)
    return held_for(row)


@transaction.atomic
def return_uncollected(placement: Placement, *, on: date, why: str = "", key: str | None = None, by: User | None = None) -> Placement:
    """The agency gives it back: the ladder goes on from where it stood."""
    row = held_for(placement, *([] if is_known(placement, key) else AT_AGENCY))
    if not is_known(row, key):
        come_back(row, PlacementEnd.UNCOLLECTED, on=on, key=key, by=by, why=why)
        after(row, on=on)
    return held_for(row)


@transaction.atomic
def close_placement(placement: Placement, *, on: date, why: str, by: User | None = None) -> Placement:
    """A person says that it is over. Raises `Refused` without a reason, and while something of it is still owed: then recall it."""
    row = held_for(placement, *AT_AGENCY)
    if not why.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    if PlacedItem.objects.filter(placement=row, item__open_amount__gt=0).exists():
        raise Refused(gettext_noop("Something of it is still owed. Recall it, or say that the agency has returned it."))
    end(row, PlacementState.CLOSED, PlacementEnd.ENDED, Reported.CLOSED, on=on, by=by, why=why)
    after(row, on=on)
    return held_for(row)


EVENT_OF = {PlacementEnd.REJECTED: Reported.REJECTED, PlacementEnd.RECALLED: Reported.RECALLED, PlacementEnd.UNCOLLECTED: Reported.RETURNED}


def come_back(
    placement: Placement, why_ended: PlacementEnd, *, on: date, key: str | None = None, by: User | None = None, why: str = ""
) -> None:
    """It is with the agency no more: steps still out are given back, what the agency had runs on. Under the lock."""
    cases = Case.objects.filter(item__in=PlacedItem.objects.filter(placement=placement, is_standing=True).values("item"))
    ids = list(cases.values_list("pk", flat=True))
    end(placement, PlacementState.RETURNED, why_ended, EVENT_OF[why_ended], on=on, key=key, by=by, why=why)
    Case.objects.filter(pk__in=ids, state=CaseState.WITH_AGENCY).update(state=CaseState.RUNNING)


def end(
    placement: Placement,
    state: PlacementState,
    why_ended: PlacementEnd,
    kind: Reported,
    *,
    on: date,
    key: str | None = None,
    by: User | None = None,
    why: str = "",
) -> None:
    """Write the end of a hand-over, its event and its audit entry, and give back its steps that are still out. Under the lock."""
    Placement.objects.filter(pk=placement.pk).update(state=state, end=why_ended, ended_on=on)
    lines = list(StepTaken.objects.filter(notice__placement=placement, case__in_flight=F("pk")))
    StepResult.objects.bulk_create([StepResult(taken=line, kind=StepResult.Kind.VOID, on=on, detail=why_ended[:200]) for line in lines])
    Case.objects.filter(in_flight__in=lines).update(in_flight=None, round=F("round") + 1, released_position=0)
    note(placement, kind, on=on, by=by, key=key, note=why.strip()[:500])
    record(placement.creditor, f"placement_{why_ended}", placement, by=by, customer=placement.customer_id, why=why.strip()[:200])


def after(placement: Placement, *, on: date) -> None:
    """The customer's other items, calls and credit follow."""
    Case.objects.running().filter(customer=placement.customer_id).update(look_again_on=on)
    review_calls([placement.customer_id], on=on)
    tell([placement.customer_id], on=on)


def on_delivery_changed(sender: Any, *, message_ids: Collection[int], now: datetime, **_: Any) -> None:
    """Receiver of `messaging.delivery_changed`, after that of the ladder, which has locked the customers. Safe to run twice."""
    rows = Placement.objects.filter(message__in=message_ids).select_related("creditor", "message", "agency", "customer")
    for placement in rows.order_by("customer", "pk"):
        message = placement.message
        if message is not None:
            _follow(placement, message, on=now.astimezone(ZoneInfo(placement.creditor.time_zone)).date())


def _follow(placement: Placement, message: Message, *, on: date) -> None:
    if message.state in ARRIVED and placement.state == PlacementState.APPROVED:
        Placement.objects.filter(pk=placement.pk).update(state=PlacementState.SENT, sent_on=on, package=message.document_id)
        note(placement, Reported.SENT, on=on)
        record(placement.creditor, "placement_sent", placement, customer=placement.customer_id)
        tell([placement.customer_id], on=on)
    elif message.state in GONE and placement.state in (PlacementState.APPROVED, PlacementState.SENT):
        was_sent = placement.state == PlacementState.SENT
        items = list(PlacedItem.objects.filter(placement=placement, is_standing=True).values_list("item", flat=True))
        state = PlacementState.RETURNED if was_sent else PlacementState.CLOSED
        end(placement, state, PlacementEnd.NOT_SENT, Reported.CLOSED, on=on, why=message.reason)
        Case.objects.filter(item__in=items, state=CaseState.WITH_AGENCY).update(state=CaseState.RUNNING)
        after(placement, on=on)
