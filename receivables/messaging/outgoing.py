"""A message as it leaves, what a channel answers, and what a channel is. Plain values, so that adapters need nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it leaves: all a channel may know. `planned_on` is the day (UTC) it was planned and never changes."""

    key: str
    message_id: str  # "<key@host>", also the reference a provider gets
    channel: str
    recipient: str
    recipient_name: str
    sender_name: str
    sender_address: str
    reply_to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    language: str
    planned_on: date


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel has taken it."""

    reference: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """A clear refusal for now: it surely did not leave."""

    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A clear refusal for good. `bad_address`: the recipient's address is at fault, not the message or us."""

    detail: str
    bad_address: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it left."""

    detail: str


Outcome = Accepted | Later | Failed | Unknown


class Channel(Protocol):
    """A way out. Takes plain values and its own config; touches neither models nor settings."""

    @property
    def takes_key(self) -> bool:
        """Whether the same key may be handed again without a second copy reaching anybody."""

    @property
    def batch(self) -> int:
        """How many may be claimed and handed in one go: many only where a call takes a few milliseconds."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one message over. Answers within 30 s. An exception counts as `Unknown`: nobody knows how far it came."""


@runtime_checkable
class ManyAtOnce(Protocol):
    """What a channel may offer besides, where many together cost much less than one by one. Only with `takes_key`."""

    def send_many(self, outgoings: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Hand all over; the answers are in the order of the messages."""
