"""Moving messages from state to state: only if they are still where they were, and still ours."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from receivables.core.printed import one_line
from receivables.messaging.models import Message
from receivables.messaging.signals import delivery_changed
from receivables.messaging.states import MessageState


def move(messages: Sequence[Message], new: MessageState, *, old: MessageState, token: UUID, **changes: Any) -> list[Message]:
    """Compare and set, in one statement; returns those that moved. The rows given are brought up to date.

    The token stays on the row as the mark of who moved it last.
    """
    if not messages:
        return []
    ids = [message.pk for message in messages]
    count = Message.objects.filter(pk__in=ids, token=token, state=old).update(state=new, **changes)
    moved = list(messages) if count == len(messages) else _really_moved(messages, new, token=token) if count else []
    for message in moved:
        _bring_up_to_date(message, state=new, **changes)
    return moved


def _bring_up_to_date(message: Message, **changes: Any) -> None:
    for name, value in changes.items():
        if not hasattr(value, "resolve_expression"):
            setattr(message, name, value)


def _really_moved(messages: Sequence[Message], new: MessageState, *, token: UUID) -> list[Message]:
    ids = set(Message.objects.filter(pk__in=[m.pk for m in messages], token=token, state=new).values_list("pk", flat=True))
    return [message for message in messages if message.pk in ids]


def end(
    reasons: Mapping[int, str], messages: Iterable[Message], new: MessageState, *, old: MessageState, token: UUID, now: datetime
) -> list[Message]:
    """Move each message of `reasons` to `new` with its reason; one statement per different reason."""
    by_reason: dict[str, list[Message]] = {}
    for message in messages:
        if message.pk in reasons:
            by_reason.setdefault(one_line(reasons[message.pk], longest=200), []).append(message)
    moved: list[Message] = []
    for reason, group in by_reason.items():
        moved += move(group, new, old=old, token=token, reason=reason, lease_until=None, settled_at=now, uncertain_since=None)
    return moved


def announce(messages: Iterable[Message], *, now: datetime) -> None:
    """Tell `delivery_changed`, inside the transaction that moved them."""
    if ids := frozenset(message.pk for message in messages):
        delivery_changed.send(Message, message_ids=ids, now=now)
