"""Messages of which nobody knows whether they left: a person decides, for one or for many of a channel after a known failure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q

from dunning.actions.outcomes import close_unknown
from dunning.actions.package_calls import end_doubt
from dunning.actions.results import local_day
from dunning.actions.tasks import about_message, settle_tasks
from dunning.models import Case, Notice
from invoices.models import Customer
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging import mode
from receivables.messaging.claim import TIMING
from receivables.messaging.models import Message
from receivables.messaging.moves import announce
from receivables.messaging.states import MessageState

REST = timedelta(minutes=15)
"""How long after the lease a message may be sent again: a process that was held up may still end its call. RELIABILITY.md section 4."""


class Decision(StrEnum):
    """What a person found out, or decides."""

    LEFT = "left"  # the channel had taken it
    NOT_LEFT = "not_left"  # it goes again, under the same key
    GIVEN_UP = "given_up"  # it does not go again; a step it bore is planned anew


@transaction.atomic
def decide_unknown(
    creditor: Creditor, ids: Collection[int], decision: Decision, *, reason: str, now: datetime, by: User | None = None
) -> list[Message]:
    """End the uncertainty about these messages of one company and one channel, all or none.

    Raises `Refused` without a reason, where one has ended otherwise meanwhile, or where the mailbox had what would now go to people.
    """
    if not reason.strip():
        raise Refused(gettext_noop("Say how you know, or why you decide so: the provider's log, the customer's answer."))
    mode.hold_switch_shared()  # before any other lock: a confirmation may send further channels along
    customers = _lock_customers(ids)
    messages = _locked(creditor, ids)
    if decision is Decision.NOT_LEFT:
        _refuse_other_takers(messages)
        end_doubt(messages)
    _end(messages, decision, reason=reason.strip()[:200], now=now)
    _close_tasks(messages, customers, decision, now=now, by=by)
    for message in messages:
        record(creditor, "unknown_decided", message, by=by, decision=str(decision), reason=reason.strip()[:200])
    if decision is not Decision.NOT_LEFT:
        announce(messages, now=now)
    return messages


def may_go_again_at(message: Message, *, now: datetime) -> datetime:
    """Not before whoever had it in hand has surely ended."""
    return max(now, (message.handed_at or now) + TIMING.lease + REST)


def _lock_customers(ids: Collection[int]) -> list[Customer]:
    theirs = Q(notices__message__in=ids) | Q(courtesies__message__in=ids) | Q(written__message__in=ids)
    theirs |= Q(placements__message__in=ids) | Q(placements__events__message__in=ids)
    found = list(Customer.objects.filter(theirs).values_list("pk", flat=True))
    return list(Customer.objects.select_for_update(no_key=True).filter(pk__in=found).order_by("pk"))


def _locked(creditor: Creditor, ids: Collection[int]) -> list[Message]:
    """The messages, locked. One that is being settled just now is not waited for: whoever settles it waits for its customer."""
    rows = Message.objects.filter(creditor=creditor, pk__in=ids, state=MessageState.UNKNOWN)
    messages = list(rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    if not messages or len(messages) != len(set(ids)):
        raise Refused(gettext_noop("What became of some of these is known by now. Nothing was changed: look at the list again."))
    if len({message.channel for message in messages}) > 1:
        raise Refused(gettext_noop("Decide for one channel at a time."))
    return messages


def _refuse_other_takers(messages: Collection[Message]) -> None:
    """What the mailbox of quarantine had never becomes real, nor the other way round."""
    stands = mode.standing()
    if any(mode.captures(mode.adapter_under(stands, message.channel)) != message.captured for message in messages):
        raise Refused(
            gettext_noop(
                "The system was switched between quarantine and live since. These cannot go again: say that they left, or give them up."
            )
        )


def _end(messages: Collection[Message], decision: Decision, *, reason: str, now: datetime) -> None:
    for message in messages:
        match decision:
            case Decision.LEFT:
                message.state, message.reason, message.settled_at = MessageState.ACCEPTED, "", now
            case Decision.NOT_LEFT:
                message.state, message.reason, message.settled_at = MessageState.PLANNED, "", None
                message.not_before = may_go_again_at(message, now=now)
                if message.not_after is not None and message.not_after < message.not_before:
                    raise Refused(gettext_noop("Its time would be over before it could go again. Give it up instead."))
            case Decision.GIVEN_UP:
                message.state, message.reason, message.settled_at = MessageState.ABANDONED, reason, now
        message.save(update_fields=["state", "reason", "settled_at", "not_before"])


def _close_tasks(
    messages: Collection[Message], customers: Collection[Customer], decision: Decision, *, now: datetime, by: User | None
) -> None:
    notices = list(Notice.objects.filter(message__in=messages).select_related("creditor", "message"))
    for notice in notices:
        on = local_day(notice, now)
        close_unknown(notice, on=on, result=str(decision), by=by)
        Case.objects.running().filter(customer=notice.customer_id, in_flight=None).update(look_again_on=on)
    for customer in customers:
        for message in messages:
            settle_tasks(customer, about_message(message.pk), on=now.date(), result=str(decision), by=by)
