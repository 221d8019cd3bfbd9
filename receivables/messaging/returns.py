"""What providers report back, at least once and in any order: stored as it came first, then applied, each in a transaction of its own.

A process that dies between the two loses nothing: `apply_waiting` finds the row. A report moves a message only forward, along
`states.MOVES`; what says nothing new is noted, what does not fit is refused, and what names no message of ours waits a day for it.
RELIABILITY.md section 4 (webhooks), T18 and T19: a report changes neither money nor a case.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

from receivables import faults
from receivables.core.printed import one_line
from receivables.messaging import brakes, mode
from receivables.messaging.bounces import read_bounce
from receivables.messaging.counting import count_bounce, stop
from receivables.messaging.models import Attempt, Message, ProviderEvent
from receivables.messaging.reported import Kind, Report
from receivables.messaging.reports import note, report
from receivables.messaging.signals import report_coming, report_taken
from receivables.messaging.states import MOVES, MessageState

__all__ = ["CHANNEL_OF", "KEPT_FOR", "Kind", "Report", "Taken", "apply_waiting", "take"]

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(hours=24)
"""How long a report waits for the message that it names: it may overtake the answer to the hand-over."""
_CLOCKS_DIFFER_BY = timedelta(minutes=15)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
_LOCKS_MS = 2000  # how long one report waits for somebody's lock; then the next sweep tries it
_AT_ONCE = 500

CHANNEL_OF = {"smsapi": "sms", "twilio": "sms", "anymail": "email", "dsn": "email"}
"""By the part of a source before the colon the only channel that it may speak of."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many reports were new, and how many had come before."""

    new: int = 0
    again: int = 0


def take(reports: Iterable[Report], *, raw: bytes, now: datetime) -> Taken:
    """Store reports with the bytes they came in, then apply them. Safe to repeat. Call it outside of any transaction.

    What cannot be applied at once, a lock held for long or a fault, is left to `apply_waiting`; nothing of that is raised.
    """
    rows = [_row(each, raw, now) for each in reports]
    with transaction.atomic():
        stored = [row for row in rows if _is_new(row)]
        faults.at("F13")
    faults.at("F14")
    for row in stored:
        _try(row.pk, now=now)
    return Taken(new=len(stored), again=len(rows) - len(stored))


def apply_waiting(*, now: datetime) -> int:
    """Apply what is stored and not applied yet, oldest first; returns how many were closed. Any number may do this at once."""
    waiting = ProviderEvent.objects.filter(applied_at=None, next_try_at__lte=now).order_by("next_try_at", "pk")
    return sum(_try(pk, now=now) for pk in list(waiting.values_list("pk", flat=True)[:_AT_ONCE]))


def _row(said: Report, raw: bytes, now: datetime) -> ProviderEvent:
    row = ProviderEvent(
        source=one_line(said.source, longest=60),
        event_id=one_line(said.event_id),
        body=raw[: ProviderEvent.MOST_BYTES],
        key=said.key if len(said.key) <= 64 and said.key.isprintable() else "",
        mail_id=_bracketed(said.message_id),
        reference=one_line(said.reference, longest=200),
        kind=Kind(said.kind),
        detail=one_line(said.detail, longest=300),
        happened_at=min(said.at, now),
        received_at=now,
        next_try_at=now,
    )
    if not 0 < len(row.event_id) <= 120:
        row.event_id = _made_id(said)
    return row


def _made_id(said: Report) -> str:
    """The same for the same report, whenever it comes."""
    parts = (said.event_id,) if said.event_id else (said.key, said.message_id, said.reference, said.kind, said.at.isoformat(), said.detail)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _bracketed(message_id: str) -> str:
    plain = one_line(message_id).strip("<> ")
    return f"<{plain}>" if plain and len(plain) <= 240 else ""


def _is_new(row: ProviderEvent) -> bool:
    """Store it, unless it is there."""
    found, created = ProviderEvent.objects.get_or_create(
        source=row.source,
        event_id=row.event_id,
        defaults={
            f.attname: getattr(row, f.attname) for f in ProviderEvent._meta.concrete_fields if f.attname not in ("id", "source", "event_id")
        },
    )
    row.pk = found.pk
    return created


def _try(pk: int, *, now: datetime) -> bool:
    """Apply one; whether it is closed now. A fault is logged and leaves it waiting, a while longer each time."""
    try:
        return _apply(pk, now=now)
    except DatabaseError as error:
        logger.warning("provider event %s: not applied now (%s)", pk, type(error).__name__)
    except Exception:  # one broken report never stops the others
        logger.exception("provider event %s: could not be applied", pk)
    try:
        with transaction.atomic():
            _postpone(pk, now=now)
    except DatabaseError as error:
        logger.warning("provider event %s: could not be put off (%s)", pk, type(error).__name__)
    return False


def _postpone(pk: int, *, now: datetime) -> None:
    event = ProviderEvent.objects.select_for_update(skip_locked=True).filter(pk=pk, applied_at=None).first()
    if event is not None:
        wait = min(max(now - event.received_at, _FIRST_WAIT), _LONGEST_WAIT)
        ProviderEvent.objects.filter(pk=pk).update(next_try_at=now + wait)


@dataclass(frozen=True, slots=True)
class _Closed:
    """What became of a report."""

    outcome: ProviderEvent.Outcome
    result: str


@transaction.atomic
def _apply(pk: int, *, now: datetime) -> bool:
    """Locks in this order: the switch, the report, what is kept above the message, the message (not waited for)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(_LOCKS_MS)])
    mode.hold_switch_shared()
    event = ProviderEvent.objects.select_for_update(skip_locked=True).filter(pk=pk, applied_at=None).first()
    if event is None:
        return False
    found = _message_of(event)
    message = _locked(found) if found is not None else None
    is_busy = found is not None and message is None  # somebody is just settling it
    closed = None if is_busy else _judged(event, message, now=now)
    if closed is None:
        _postpone(event.pk, now=now)
        return False
    ProviderEvent.objects.filter(pk=event.pk).update(
        applied_at=now, outcome=closed.outcome, result=closed.result[:200], message=message if closed.outcome in _ABOUT else None
    )
    return True


_ABOUT = (ProviderEvent.Outcome.MOVED, ProviderEvent.Outcome.NOTED)


def _message_of(event: ProviderEvent) -> Message | None:
    """The message that the first of its names stands for."""
    if event.key:
        return Message.objects.filter(key=event.key).first()
    if event.mail_id:
        return Message.objects.filter(message_id=event.mail_id).first()
    if event.reference:
        channel = CHANNEL_OF.get(event.source.partition(":")[0])
        attempt = (
            Attempt.objects.filter(reference=event.reference, message__channel=channel).select_related("message").order_by("pk").first()
        )
        return attempt.message if attempt else None
    return None


def _locked(message: Message) -> Message | None:
    """The same, locked: first what is above it. None where somebody else holds it."""
    report_coming.send(Message, message=message)
    return Message.objects.select_for_update(skip_locked=True).filter(pk=message.pk).first()


def _judged(event: ProviderEvent, message: Message | None, *, now: datetime) -> _Closed | None:
    """Do what the report says, where it may. None: it waits."""
    outcome = ProviderEvent.Outcome
    if message is None:
        if now - event.received_at < KEPT_FOR:
            return None
        return _Closed(outcome.GIVEN_UP, "No message of ours has this key, Message-ID or reference.")
    if objection := _objection(event, message):
        return _Closed(outcome.REFUSED, objection)
    if message.state in _UNDER_WAY:
        if now - event.received_at < KEPT_FOR:
            return None
        return _Closed(outcome.GIVEN_UP, "The message is still to be sent again; the report came too early.")
    return _moved(event, message, now=now)


_UNDER_WAY = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.HANDED)


def _objection(event: ProviderEvent, message: Message) -> str:
    """Why this report cannot be about this message."""
    if CHANNEL_OF.get(event.source.partition(":")[0]) != message.channel:
        return "This source does not speak for the channel of the message."
    if not message.attempts:
        return "The message has never left."
    if message.captured:
        return "Only the local mailbox had this message."
    if event.mail_id and event.mail_id != message.message_id:
        return "It names two different messages."
    if event.source != "dsn" and message.handed_at and event.happened_at < message.handed_at - _CLOCKS_DIFFER_BY:
        return "It happened before the message left."
    if event.reference and (known := _references(message)) and event.reference not in known:
        return "The provider knows the message by another reference."
    return ""


def _references(message: Message) -> set[str]:
    """What the provider called it, by the answers it gave; empty where every answer was lost."""
    return set(message.tries.exclude(reference="").values_list("reference", flat=True))


_STATE_OF = {
    Kind.DELIVERED: MessageState.DELIVERED,
    Kind.COMPLAINED: MessageState.DELIVERED,  # who complains has it
    Kind.SOFT_BOUNCED: MessageState.SOFT_BOUNCED,
    Kind.HARD_BOUNCED: MessageState.HARD_BOUNCED,
    Kind.FAILED: MessageState.FAILED,
}


def _moved(event: ProviderEvent, message: Message, *, now: datetime) -> _Closed:
    """Move the message forward along the table of moves, or only note what is said; count what says that the address does not work."""
    was, kind = MessageState(message.state), _settled_kind(event, message, now=now)
    target = _STATE_OF.get(kind)
    said: dict[str, Any] = {"source": event.source, "detail": event.detail, "at": event.happened_at}
    moves = target is not None and target in MOVES[was]
    if kind is Kind.COMPLAINED:
        stop(message, reason="the recipient complained", now=now)
    if kind is Kind.COMPLAINED or not moves:
        note(message, event.kind, **said, event_id=event.event_id)
    if kind is Kind.COMPLAINED:
        brakes.look(message.creditor_id, message.channel, now=now)
    if target is None or not moves:
        return _Closed(ProviderEvent.Outcome.NOTED, f"The message is {was} already; nothing changes.")
    if was is MessageState.UNKNOWN and target is MessageState.SOFT_BOUNCED:  # what comes back had left
        report(message, MessageState.ACCEPTED, **said, now=now)
    message = report(message, target, **said, event_id="" if kind is Kind.COMPLAINED else event.event_id, now=now)
    report_taken.send(Message, message=message, was=was, source=event.source, now=now)
    return _Closed(ProviderEvent.Outcome.MOVED, f"{was} → {message.state}")


def _settled_kind(event: ProviderEvent, message: Message, *, now: datetime) -> Kind:
    """What a report means for the message, once a bounce has been read and counted."""
    kind = Kind(event.kind)
    if kind not in (Kind.SOFT_BOUNCED, Kind.HARD_BOUNCED, Kind.UNDELIVERED):
        return kind
    bounce = read_bounce(event.detail, is_hard=kind is Kind.HARD_BOUNCED)
    count_bounce(message, bounce, reason=event.detail, at=event.happened_at, now=now)
    if kind is Kind.UNDELIVERED or (bounce.is_about_sender and bounce.is_hard):
        return Kind.FAILED  # it did not arrive, and the address is not at fault
    return Kind.HARD_BOUNCED if bounce.is_hard else Kind.SOFT_BOUNCED
