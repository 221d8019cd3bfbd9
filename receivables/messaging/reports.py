"""What is reported about a message after it left: by its provider, or by a person who found out."""

from datetime import datetime

from django.db import transaction

from receivables.core.errors import Refused
from receivables.messaging import brakes
from receivables.messaging.models import DeliveryEvent, Message
from receivables.messaging.moves import announce
from receivables.messaging.states import MOVES, MessageState
from receivables.messaging.suppression import suppress


def note(message: Message, kind: str, *, source: str, detail: str = "", at: datetime, event_id: str = "") -> None:
    """Keep what is said of a message. `event_id` is the provider's: said twice under the same id, the database refuses the second."""
    DeliveryEvent.objects.create(message=message, kind=kind, at=at, source=source, event_id=event_id, detail=detail[:300])


@transaction.atomic
def report(
    message: Message,
    state: MessageState,
    *,
    source: str,
    detail: str = "",
    now: datetime,
    at: datetime | None = None,
    event_id: str = "",
) -> Message:
    """Move a message to what is reported of it. The same report twice changes nothing; a hard bounce suppresses the address.

    `at` is when it happened, where that is not now. Raises `Refused` where a message in its state cannot come to that. Tells
    `delivery_changed`.
    """
    fresh = Message.objects.select_for_update().get(pk=message.pk)
    note(fresh, str(state), source=source, detail=detail, at=at or now, event_id=event_id)
    if fresh.state == state:
        return fresh
    if state not in MOVES[fresh.state]:
        raise Refused(f"A message that is {fresh.state} cannot become {state}.")
    fresh.state, fresh.reason, fresh.settled_at = state, detail[:200], now
    fresh.save(update_fields=["state", "reason", "settled_at"])
    if state == MessageState.HARD_BOUNCED:
        suppress([fresh], reasons={fresh.pk: detail or "it bounced"}, now=now)
    announce([fresh], now=now)
    brakes.after([fresh], now=now)
    return fresh
