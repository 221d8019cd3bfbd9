"""Handing a message over again that may have left before: only with the same key, and only while its channel still knows that key.

`Message.uncertain_since` is the first hand-over of which nobody knows what became, of a message that is planned again by machine. It
counts from there and not from the latest one: the other side may have taken the first, and has forgotten that key first.
"""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from receivables.messaging import mode
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Channel, identity_of, key_is_alive

FORGOTTEN = "The provider may not know its key any more, so it is not handed over again."
PERHAPS = "It may have left before. Now:"
_AGAIN: dict[str, Any] = {"uncertain_since": Coalesce("uncertain_since", "handed_at")}
_UNCALLED: dict[str, Any] = {"uncalled": F("uncalled") + 1, "handed_at": F("uncertain_since")}


def marks_uncertain() -> dict[str, Any]:
    """The change that goes with planning a message again that may have left."""
    return dict(_AGAIN)


def marks_uncalled() -> dict[str, Any]:
    """The change that goes with planning a message again whose channel was not called, or has clearly refused it.

    It keeps its number, for the send journal knows that; but it is no try, no hand-over of the trial's day, and none that a brake counts.
    """
    return dict(_UNCALLED)


def may_have_left(message: Message) -> bool:
    """Whether this planned or claimed message may have reached people before. What a mailbox of quarantine had has not."""
    return message.uncertain_since is not None and not message.captured


def may_go_again(message: Message, adapter: Channel, *, at: datetime) -> bool:
    """Whether a message that was handed over may be handed to this adapter `at` that moment, and nobody gets it twice.

    What a mailbox had must not go to people, nor the other way round. Keys are known only where they were given: to another provider, or
    by another account of the same, it would be a new message.
    """
    since = message.uncertain_since or message.handed_at
    is_same = mode.captures(adapter) == message.captured and message.handed_to == identity_of(adapter)
    return since is not None and is_same and key_is_alive(adapter, since=since, at=at)


def is_forgotten(message: Message, adapter: Channel, *, now: datetime) -> bool:
    """Whether a claimed message may have left and must not be handed over any more."""
    return message.uncertain_since is not None and not may_go_again(message, adapter, at=now)
