"""What an e-mail provider reports, as django-anymail normalises it, to our reports. Pure."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from receivables.messaging.reported import Kind, Report


class TrackingEvent(Protocol):
    """What is used of anymail's event."""

    event_type: str
    timestamp: datetime | None
    event_id: str | None
    esp_event: Any
    message_id: Any
    metadata: Any
    reject_reason: str | None
    mta_response: Any
    description: Any


_KINDS = {
    "delivered": Kind.DELIVERED,
    "deferred": Kind.DEFERRED,
    "bounced": Kind.HARD_BOUNCED,
    "rejected": Kind.FAILED,
    "failed": Kind.FAILED,
    "complained": Kind.COMPLAINED,
}  # "opened" and "clicked" are no delivery: a scanner opens as well as a person
_DEAD = ("invalid", "bounced")  # reasons of a provider that keeps a list of dead addresses itself
_OF_SENDER = ("blocked", "spam")
_SOFT = ("soft", "transient", "temporary")


def report_of(event: TrackingEvent, *, esp: str, now: datetime) -> Report | None:
    """The report that an event is, if it is one."""
    if event.event_type not in _KINDS:
        return None
    at = event.timestamp if isinstance(event.timestamp, datetime) and event.timestamp.tzinfo else now
    reference = _text(event.message_id)
    own = _text(event.event_id) or f"{reference}:{at.isoformat() if event.timestamp else ''}"
    return Report(
        source=f"anymail:{esp}",
        event_id=f"{event.event_type}:{own}",
        key=_text(event.metadata.get("key")) if isinstance(event.metadata, Mapping) else "",
        reference=reference,
        kind=_kind(event),
        detail=_text(event.mta_response) or _text(event.description) or _text(event.reject_reason),
        at=at,
    )


def bytes_of(event: TrackingEvent) -> bytes:
    """The event as the provider wrote it, for the record."""
    said = event.esp_event
    return json.dumps(dict(said) if isinstance(said, Mapping) else said, default=str, ensure_ascii=False).encode("utf-8", "replace")


def _kind(event: TrackingEvent) -> Kind:
    kind = _KINDS[event.event_type]
    if event.event_type == "rejected" and event.reject_reason in _DEAD:
        return Kind.HARD_BOUNCED
    if kind is not Kind.HARD_BOUNCED:
        return kind
    if event.reject_reason in _OF_SENDER:
        return Kind.FAILED
    return Kind.SOFT_BOUNCED if _is_soft(event) else kind


def _is_soft(event: TrackingEvent) -> bool:
    if _text(event.mta_response).lstrip().startswith("4") or event.reject_reason == "timed_out":
        return True
    said = event.esp_event
    inner = said.get("event-data", said) if isinstance(said, Mapping) else {}
    inner = inner.get("bounce", inner) if isinstance(inner, Mapping) else {}
    words = [inner.get(name) for name in ("Type", "type", "bounceType", "severity")] if isinstance(inner, Mapping) else []
    return any(word.lower().startswith(_SOFT) for word in words if isinstance(word, str))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
