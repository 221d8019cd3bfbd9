"""Events on their way: claim with a lease and commit, ask without any transaction, settle what is still ours.

Told at least once: a worker that dies in between leaves its lease behind, and the same event with the same id is sent again.
"""

import hashlib
import hmac
import logging
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q

from receivables.api.actions.endpoints import reach
from receivables.api.models import WebhookEvent
from receivables.audit.actions import record
from receivables.core.stopwatch import seconds
from receivables.messaging import mode
from receivables.outside import Bounds, NotAllowed, Request, Unreachable, ask

log = logging.getLogger(__name__)

BATCH = 5
SHIFT_SECONDS = 30  # with one batch of the slowest it stays below the time limit of a task
LEASE = timedelta(minutes=3)  # longer than a batch of questions that all take their whole time
BOUNDS = Bounds(connect_seconds=3.0, total_seconds=8.0, most_bytes=64_000)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 720, 720, 720))
"""Waits after each attempt in vain: ten attempts in about two days and a half, then it is given up."""


def deliver(*, now: datetime) -> int:
    """Send what is due, batch by batch; returns how many were delivered. Nothing leaves while sending is halted, or a copy is locked."""
    delivered, until = 0, seconds() + SHIFT_SECONDS
    while seconds() < until and (batch := claim(now=now)):
        delivered += sum(_send(event, now=now) for event in batch)
    return delivered


@transaction.atomic
def claim(*, now: datetime) -> list[WebhookEvent]:
    """Events that nobody else has, ours until the lease ends. In quarantine only those to this very machine."""
    stands = mode.standing()
    if stands.is_halted:
        return []
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    due = WebhookEvent.objects.filter(free, state=WebhookEvent.State.WAITING, not_before__lte=now, endpoint__ended_at=None)
    if not stands.is_live:
        due = due.filter(endpoint__is_here=True)
    rows = due.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint", "creditor").order_by("not_before", "pk")
    batch, token = list(rows[:BATCH]), uuid4()
    for event in batch:
        event.claim, event.lease_until, event.attempts = token, now + LEASE, event.attempts + 1
    WebhookEvent.objects.filter(pk__in=[event.pk for event in batch]).update(
        claim=token, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    return batch


def signature_of(secret: str, body: bytes, *, at: datetime) -> str:
    """HMAC-SHA256 over the second of sending, a dot, and the body: "t=1767225600,v1=…". Fresh with each attempt."""
    second = int(at.timestamp())
    return f"t={second},v1={hmac.new(secret.encode(), f'{second}.'.encode() + body, hashlib.sha256).hexdigest()}"


def _send(event: WebhookEvent, *, now: datetime) -> bool:
    body = event.body.encode()
    headers = {
        "Content-Type": "application/json",
        "Receivables-Event": str(event.event),
        "Receivables-Signature": signature_of(str(event.endpoint.secret), body, at=now),
    }
    try:
        status = ask(Request("POST", event.endpoint.url, body, headers), reach=reach(), bounds=BOUNDS).status
    except NotAllowed as refusal:
        return settle(event, result=str(refusal), is_taken=False, now=now)
    except Unreachable as error:
        return settle(event, result=str(error), is_taken=False, now=now)
    return settle(event, result=f"It answered {status}.", is_taken=200 <= status < 300, now=now)


@transaction.atomic
def settle(event: WebhookEvent, *, result: str, is_taken: bool, now: datetime) -> bool:
    """Write down what came of an attempt, if the event is still ours: late writers change nothing. Returns whether it was taken."""
    mine = WebhookEvent.objects.filter(pk=event.pk, claim=event.claim, state=WebhookEvent.State.WAITING)
    changes: dict[str, str | datetime | UUID | None] = {"last_result": result[:200], "claim": None, "lease_until": None}
    if is_taken:
        changes |= {"state": WebhookEvent.State.DELIVERED, "settled_at": now}
    elif event.attempts > len(BACK_OFF):
        changes |= {"state": WebhookEvent.State.GAVE_UP, "settled_at": now}
    else:
        changes |= {"not_before": now + BACK_OFF[event.attempts - 1]}
    if mine.update(**changes) and changes.get("state") == WebhookEvent.State.GAVE_UP:
        record(event.creditor, "webhook_event_given_up", event, event=str(event.event), attempts=event.attempts)
    log.info("webhook event %s: attempt %s, %s", event.pk, event.attempts, "taken" if is_taken else "not taken")
    return is_taken
