"""What a provider or a person says about a message later. A failure takes its steps back; a confirmation ends uncertainty."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from dunning.actions.positions import stand_again
from dunning.actions.results import local_day
from dunning.actions.tasks import open_tasks, settle_asked
from dunning.models import Case, Notice, Placement, StepResult, StepTaken, Task
from dunning.states import TaskKind
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.mode import hold_switch_shared
from receivables.messaging.models import Message
from receivables.messaging.reports import report
from receivables.messaging.states import MessageState


class Result(StrEnum):
    """What is said of a message."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    UNKNOWN = "unknown"


ENDS_IN = {Result.DELIVERED: MessageState.DELIVERED, Result.BOUNCED: MessageState.HARD_BOUNCED, Result.FAILED: MessageState.FAILED}
ANSWERABLE = frozenset({MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.SOFT_BOUNCED, MessageState.UNKNOWN})
"""States in which there is something to say about a message: it left, or may have."""


@transaction.atomic
def outcome(notice: Notice, result: Result, *, now: datetime, source: str = "staff", detail: str = "", by: User | None = None) -> Notice:
    """Take an answer for a main message. Raises `Refused` where it never left, or was answered with that before.

    Bounced marks the address as bad. Bounced and failed give its steps back, but for items that have completed a later one.
    """
    hold_switch_shared()  # before any other lock: a confirmation may send further channels along
    customer = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor").get(pk=notice.customer_id)
    message = _answerable(notice, result)
    on = local_day(notice, now)
    was_unknown = message.state == MessageState.UNKNOWN
    if result is Result.UNKNOWN:
        open_tasks([customer], TaskKind.UNKNOWN_OUTCOME, on=on, step=notice.step, notice=notice)
    else:
        report(message, ENDS_IN[result], source=source, detail=detail, now=now)
        close_unknown(notice, on=on, result=result, by=by)
    _follow(notice, result, was_unknown=was_unknown, on=on)
    record(customer.creditor, "outcome_recorded", notice, by=by, result=str(result), source=source)
    return notice


def on_report_coming(sender: Any, *, message: Message, **_: Any) -> None:
    """Receiver of `messaging.report_coming`: the customers come before the message, as in `outcome`."""
    told = Notice.objects.filter(message=message).values("customer")
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=told).order_by("pk").values_list("pk"))


def on_report_taken(sender: Any, *, message: Message, was: MessageState, source: str, now: datetime, **_: Any) -> None:
    """Receiver of `messaging.report_taken`: what a provider says counts as what a person says by `outcome`. Locks are held already."""
    notice = Notice.objects.select_related("creditor", "customer", "version__policy", "message").filter(message=message).first()
    if notice is None:
        settle_asked(message, now=now)
        return
    on, was_unknown = local_day(notice, now), was is MessageState.UNKNOWN
    result = next((result for result, state in ENDS_IN.items() if state == message.state), None)
    if notice.main_id is None:
        if was_unknown:
            close_unknown(notice, on=on, result=result or message.state, by=None)
        _follow(notice, result, was_unknown=was_unknown, on=on)
    elif result is Result.BOUNCED:
        open_tasks([notice.customer], TaskKind.BAD_CONTACT, on=on)
    if was_unknown or result in (Result.BOUNCED, Result.FAILED):
        record(notice.creditor, "outcome_recorded", notice, result=str(result or message.state), source=source)


def on_address_stopped(sender: Any, *, message: Message, now: datetime, **_: Any) -> None:
    """Receiver of `messaging.address_stopped`: somebody has to find another way to whoever the message was for."""
    told = Customer.objects.filter(creditor=message.creditor_id).select_related("creditor")
    mine = told.filter(Q(notices__message=message) | Q(courtesies__message=message) | Q(written__message=message)).order_by("pk").first()
    customer = (
        mine or told.filter(Q(contacts__email__iexact=message.recipient) | Q(contacts__phone=message.recipient)).order_by("pk").first()
    )
    if customer is not None:
        open_tasks([customer], TaskKind.BAD_CONTACT, on=now.astimezone(ZoneInfo(customer.creditor.time_zone)).date())


def _follow(notice: Notice, result: Result | None, *, was_unknown: bool, on: date) -> None:
    """What a result does to the ladder besides moving the message. Safe to run twice."""
    if result in (Result.BOUNCED, Result.FAILED) and not was_unknown:
        take_back_steps(notice, on=on, detail=str(result))
    if result is Result.BOUNCED:
        open_tasks([notice.customer], TaskKind.BAD_CONTACT, on=on)
    Case.objects.running().filter(customer=notice.customer_id, in_flight=None).update(look_again_on=on)


def _answerable(notice: Notice, result: Result) -> Message:
    """The message, locked, where there is something new to say about it.

    One that is being settled at this very moment is not waited for: whoever settles it waits for the customer, whom we have.
    """
    mine = Message.objects.filter(notice=notice)
    message = mine.select_for_update(skip_locked=True).first()
    if message is None and mine.exists():
        raise Refused(gettext_noop("This message is being settled just now. Try again in a moment."))
    if message is None or message.state not in ANSWERABLE:
        raise Refused(gettext_noop("Nothing waits for an answer: this message has not left, or its end is known."))
    if message.state == ENDS_IN.get(result):
        raise Refused(gettext_noop("That has been said of this message before."))
    placement = Placement.objects.filter(notice=notice).first()
    if placement is not None and placement.state in (Placement.State.RECEIVED, Placement.State.RETURNED):
        raise Refused(gettext_noop("The agency has answered this hand-over. Recall it instead, where it is to go on here."))
    return message


def close_unknown(notice: Notice, *, on: date, result: str, by: User | None) -> None:
    """The question is answered, unless another message of that step is still unknown: then it is about that one."""
    task = Task.objects.filter(customer=notice.customer_id, kind=TaskKind.UNKNOWN_OUTCOME, step=notice.step, closed_on=None)
    others = Notice.objects.filter(customer=notice.customer_id, step=notice.step, main=None, message__state=MessageState.UNKNOWN)
    if other := others.exclude(pk=notice.pk).order_by("-pk").first():
        task.update(notice=other)
    else:
        task.update(closed_on=on, closed_by=by, result=str(result))


def take_back_steps(notice: Notice, *, on: date, detail: str) -> None:
    """The steps that this message completed do not count, nor does its deadline; an item that went further stays where it is."""
    lines = StepTaken.objects.filter(notice=notice).select_related("case__version")
    back = [line for line in lines if line.case.in_flight_id != line.pk and _is_last(line)]
    StepResult.objects.bulk_create([StepResult(taken=line, kind=StepResult.Kind.VOID, on=on, detail=detail[:200]) for line in back])
    stand_again([line.case for line in back], on=on)


def _is_last(line: StepTaken) -> bool:
    """Whether it is completed, and nothing above it has been completed since."""
    last = line.results.order_by("-pk").first()
    if last is None or last.kind != StepResult.Kind.COMPLETED:
        return False
    later = StepTaken.objects.filter(case=line.case_id, episode=line.case.episode, pk__gt=line.pk)
    return not any(_counts(other) for other in later)


def _counts(line: StepTaken) -> bool:
    last = line.results.order_by("-pk").first()
    return last is not None and last.kind == StepResult.Kind.COMPLETED
