"""Put messages into the outbox and take them out again. Keys live for ever: planned twice, the second finds the row."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from receivables.accounts.models import Creditor
from receivables.core.printed import one_line
from receivables.db.copying import FEW, copy_rows, draw_ids
from receivables.messaging.models import Message
from receivables.messaging.signals import delivery_changed
from receivables.messaging.states import MessageState

_PLAIN_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WITHDRAWABLE = [MessageState.PLANNED, MessageState.CLAIMED]
_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to plan. `facts` is all it will say, JSON; secrets in it only as sealed text."""

    creditor: Creditor
    key: str
    purpose: str
    channel: str
    recipient: str
    recipient_name: str = ""
    language: str
    template: str
    facts: Mapping[str, Any]
    not_before: datetime
    not_after: datetime | None = None


def plan(messages: Sequence[NewMessage], *, now: datetime | None = None) -> dict[str, int]:
    """Store what is new and return key → id for all, those that were there before included. `now` is when it was planned."""
    with transaction.atomic():
        if now is not None and len(messages) > FEW:
            return _plan_many(messages, now)
        rows = [_row(message, now) for message in messages]
        Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
        return dict(Message.objects.filter(key__in=[row.key for row in rows]).values_list("key", "id"))


def _plan_many(messages: Sequence[NewMessage], now: datetime) -> dict[str, int]:
    """By COPY, which knows no conflict: what is there is left out before. Another plan of the same key at this very moment fails whole."""
    ids = dict(Message.objects.filter(key__any=[message.key for message in messages]).values_list("key", "id"))
    fresh = {message.key: message for message in messages if message.key not in ids}
    new = dict(zip(fresh, draw_ids(Message, len(fresh)), strict=True))
    copy_rows(Message, [{"id": new[key], **_values(message, as_text(message.facts))} for key, message in fresh.items()], created_at=now)
    return ids | new


def withdraw(ids: Collection[int], *, reason: str, now: datetime) -> frozenset[int]:
    """Take back what has not been handed over; returns the ids that were. Announced by `delivery_changed`.

    What may have left before is no longer there to be taken back: whoever delivers asks the guard, and leaves it unknown.

    A row that a deliverer holds at this very moment is passed over, not waited for: so nobody who locks customers before messages
    meets somebody who locks them the other way round. Nothing slips through: the guard reads what the caller has just changed.
    """
    with transaction.atomic():
        mine = Message.objects.filter(id__in=ids, state__in=_WITHDRAWABLE).filter(Q(uncertain_since=None) | Q(captured=True))
        taken = frozenset(mine.order_by("id").select_for_update(skip_locked=True).values_list("id", flat=True))
        if taken:
            Message.objects.filter(id__in=taken).update(
                state=MessageState.WITHDRAWN, reason=one_line(reason, longest=200), token=None, lease_until=None, settled_at=now
            )
            delivery_changed.send(Message, message_ids=taken, now=now)
        return taken


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def as_text(facts: Mapping[str, Any]) -> str:
    """The facts as JSON in a fixed form. Raises TypeError for what is not JSON, ValueError for NaN."""
    return _ENCODER.encode(facts)


def facts_digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 over the facts in their fixed form; raises as `as_text` does."""
    return _digest(as_text(facts))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def message_id_of(key: str, creditor: Creditor) -> str:
    """The Message-ID of a key, the same whenever asked. RFC 5322, 3.6.4; a key that does not fit there is hashed."""
    host = _host(settings.BASE_URL) or creditor.email.rpartition("@")[2] or f"{creditor.slug}.invalid"
    left = key if _PLAIN_KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"<{left}@{host.lower()[:50]}>"


@lru_cache(maxsize=4)
def _host(base_url: str) -> str:
    """The name in the address of this system; empty where it is no name that mail knows."""
    host = urlsplit(base_url).hostname or ""
    return "" if "." not in host or host.replace(".", "").isdigit() else host


def _row(message: NewMessage, now: datetime | None) -> Message:
    text = as_text(message.facts)
    return Message(**_values(message, text) | {"facts": message.facts}, created_at=now or Now())


def _values(message: NewMessage, facts: str) -> dict[str, Any]:
    """The columns that a message fills when it is planned; the facts as text."""
    return {
        "creditor_id": message.creditor.pk,
        "key": message.key,
        "purpose": message.purpose,
        "channel": message.channel,
        "recipient": message.recipient,
        "recipient_name": one_line(message.recipient_name, longest=200),
        "language": message.language,
        "template": message.template,
        "facts": facts,
        "facts_digest": _digest(facts),
        "not_before": message.not_before,
        "not_after": message.not_after,
        "message_id": message_id_of(message.key, message.creditor),
    }
