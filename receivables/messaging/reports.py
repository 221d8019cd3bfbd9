"""What is reported about a message after it left: by its provider, or by a person who found out."""

from datetime import datetime

from django.db import transaction

from receivables.core.errors import Refused
from receivables.messaging.models import DeliveryEvent, Message
from receivables.messaging.moves import announce
from receivables.messaging.states import MOVES, MessageState
from receivables.messaging.suppression import suppress


@transaction.atomic
def report(message: Message, state: MessageState, *, source: str, detail: str = "", now: datetime) -> Message:
    """Move a message to what is reported of it. The same report twice changes nothing; a hard bounce suppresses the address.

    Raises `Refused` where a message in its state cannot come to that. Tells `delivery_changed`.
    """
    fresh = Message.objects.select_for_update().get(pk=message.pk)
    DeliveryEvent.objects.create(message=fresh, kind=str(state), at=now, source=source, detail=detail[:300])
    if fresh.state == state:
        return fresh
    if state not in MOVES[fresh.state]:
        raise Refused(f"A message that is {fresh.state} cannot become {state}.")
    fresh.state, fresh.reason, fresh.settled_at = state, detail[:200], now
    fresh.save(update_fields=["state", "reason", "settled_at"])
    if state == MessageState.HARD_BOUNCED:
        suppress([fresh], reasons={fresh.pk: detail or "it bounced"}, now=now)
    announce([fresh], now=now)
    return fresh
