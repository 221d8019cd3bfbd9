"""Handing a message over again that may have left before: only with the same key, and only while its channel still knows that key.

`Message.uncertain_since` is the first hand-over of which nobody knows what became, of a message that is planned again by machine. It
counts from there and not from the latest one: the other side may have taken the first, and has forgotten that key first.
"""

from datetime import datetime
from typing import Any

from django.db.models.functions import Coalesce

from receivables.messaging import mode
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Channel, key_is_alive

FORGOTTEN = "The provider may not know its key any more, so it is not handed over again."
PERHAPS = "It may have left before. Now:"
_AGAIN: dict[str, Any] = {"uncertain_since": Coalesce("uncertain_since", "handed_at")}


def marks_uncertain() -> dict[str, Any]:
    """The change that goes with planning a message again that may have left."""
    return dict(_AGAIN)


def may_have_left(message: Message) -> bool:
    """Whether this planned or claimed message may have reached people before. What a mailbox of quarantine had has not."""
    return message.uncertain_since is not None and not message.captured


def may_go_again(message: Message, adapter: Channel, *, at: datetime) -> bool:
    """Whether a message that was handed over may be handed to this adapter `at` that moment, and nobody gets it twice.

    What a mailbox had must not go to people, nor the other way round.
    """
    since = message.uncertain_since or message.handed_at
    return since is not None and mode.captures(adapter) == message.captured and key_is_alive(adapter, since=since, at=at)


def is_forgotten(message: Message, adapter: Channel, *, now: datetime) -> bool:
    """Whether a claimed message may have left and must not be handed over any more."""
    return message.uncertain_since is not None and not may_go_again(message, adapter, at=now)
