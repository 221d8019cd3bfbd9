"""A message as it leaves, what a channel answers, and what a channel is. Plain values, so that adapters need nothing else."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Attachment:
    """A paper that goes along; with a `content_id` it is an image of the HTML, which names it as `cid:…`."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""  # letters, digits, dot, hyphen and at most one @; without angle brackets


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
    return_path: str = ""  # whom a mail server tells that it bounced; empty: the sender's address
    thread: str = ""  # "<id@host>", the same for all mails about one matter: mail programs show them together
    unsubscribe_url: str = ""  # https, takes a bare POST (RFC 8058); only where nothing is demanded

    @property
    def papers(self) -> tuple[Attachment, ...]:
        """What is attached for itself."""
        return tuple(each for each in self.attachments if not each.content_id)

    @property
    def images(self) -> tuple[Attachment, ...]:
        """What the HTML shows."""
        return tuple(each for each in self.attachments if each.content_id)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel has taken it. `reference`: what the provider calls it, for its later reports."""

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
        """Whether the same key may be handed again without a second copy reaching anybody: for ever, or as long as `key_lives`."""

    @property
    def batch(self) -> int:
        """How many may be claimed and handed over together: many only where a call takes a few milliseconds."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one message over. Answers within 30 s. An exception counts as `Unknown`: nobody knows how far it came."""


@runtime_checkable
class KeyForAWhile(Protocol):
    """What a channel says besides `takes_key`, where the other side forgets keys."""

    @property
    def key_lives(self) -> timedelta:
        """How long after the first hand-over the same key is still known there; rather too short than too long."""


@runtime_checkable
class OfAnAccount(Protocol):
    """What a channel says besides, where keys are known within an account only."""

    @property
    def account(self) -> str:
        """Provider and account in a few signs, and no secret: the same as long as it is the same account there."""


def fingerprint(*parts: str) -> str:
    """Sixteen signs that tell secrets apart and do not tell them."""
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def identity_of(channel: Channel) -> str:
    """Who knows the keys given to this channel: at most 80 signs, for the row of what is handed over."""
    return (channel.account if isinstance(channel, OfAnAccount) else type(channel).__name__)[:80]


def key_is_alive(channel: Channel, *, since: datetime, at: datetime) -> bool:
    """Whether what was first handed over `since` may be handed again with its key `at` that moment, and nobody gets it twice."""
    if not channel.takes_key:
        return False
    return not isinstance(channel, KeyForAWhile) or at < since + channel.key_lives


@runtime_checkable
class ManyAtOnce(Protocol):
    """What a channel may offer besides, where many together cost much less than one by one. Only with `takes_key`."""

    def send_many(self, outgoings: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Hand all over; the answers are in the order of the messages."""


@runtime_checkable
class Conversing(Protocol):
    """What a channel may offer besides, where going on costs less than beginning anew: one conversation for all of a batch."""

    def conversation(self) -> AbstractContextManager[Callable[[Outgoing], Outcome]]:
        """What hands over one message after another, each as `send` does. Nothing is connected before the first."""
