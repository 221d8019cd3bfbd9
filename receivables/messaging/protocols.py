"""What messaging asks of others: may it still go (Guard), what does it say (Renderer), and who takes it (Channel)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from django.db.models import QuerySet

from receivables.core.registry import Registry
from receivables.messaging.models import InboundMail, Message
from receivables.messaging.outgoing import Accepted, Attachment, Channel, Failed, Later, Outcome, Outgoing, Unknown

__all__ = [
    "CHANNELS", "GUARDS", "INBOXES", "RENDERERS", "TRACES", "Accepted", "Attachment", "Channel", "Failed", "Guard", "Illustrated", "Inbox",
    "Later", "Locking", "NotYet", "Outcome", "Outgoing", "Rendered", "Renderer", "Trace", "Unguarded", "Unknown", "Verdict",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a message says. `document_id` names the paper that goes with it, `enclosed` what else is attached, in its order."""

    subject: str
    text: str
    html: str = ""
    document_id: int | None = None
    enclosed: tuple[int, ...] = ()


class Renderer(Protocol):
    def render(self, message: Message) -> Rendered:
        """Make the words, and the paper where there is one, from the facts alone; asked twice, the paper is the same.

        Raises `RenderError` where it cannot be made: the message fails with that reason.
        """


@runtime_checkable
class Illustrated(Protocol):
    """What a renderer may offer besides: the pictures that the HTML it made names as `cid:…`."""

    def pictures(self, message: Message) -> Sequence[Attachment]:
        """The same for the same facts: they are made anew when the message leaves and when staff look at it, and are stored nowhere."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """It may go, but not now: it waits until that moment and is judged again then. Past its last moment it expires instead."""

    until: datetime
    reason: str


Verdict = str | NotYet


class Guard(Protocol):
    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, Verdict]:
        """Message id → reason in words for those that must not go any more, or until when they wait; the others may go.

        Runs in the transaction that hands over, before any message row is locked. What is judged is locked by then where the guard is
        `Locking`: so a payment comes before or after the hand-over, never between.
        """


@runtime_checkable
class Locking(Protocol):
    """What a guard offers besides, where others change what it judges. All that do so lock rows of one table: those of customers.

    A batch may hold several purposes. Were each guard to lock for itself, a batch could lock 9 and then 4, and whoever settles one 4 and
    then 9: so all are locked together, in the order of their ids, before the first guard judges.
    """

    def judged(self, messages: Sequence[Message]) -> QuerySet[Any, Any]:
        """The ids of the rows that these messages are about, as a query."""

    def lock(self, judged: Sequence[QuerySet[Any, Any]]) -> None:
        """Lock the rows of all these queries, in the order of their ids and in one statement, until the transaction ends."""


class Unguarded:
    """For purposes against which nothing can stand, such as a code somebody has just asked for."""

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, Verdict]:
        return {}


class Trace(Protocol):
    """How what was said is known again after the database was restored and forgot it."""

    def marks(self, messages: Sequence[Message]) -> Mapping[int, tuple[str, ...]]:
        """Message id → a mark of at most 64 signs for each thing it does: the same after it is planned anew, in whatever company."""

    def due_by(self, messages: Sequence[Message], moment: datetime, *, now: datetime) -> set[int]:
        """Which of them could have been sent by that moment, by this message or another."""


class Inbox(Protocol):
    def took(self, mail: InboundMail, *, now: datetime) -> None:
        """Somebody wrote: find whom it is about and let it have its effect. Runs in the transaction that marks the mail as taken.

        `mail.message` is the message of ours that it answers, where it names one.
        """


# What takes replies; one is enough.
INBOXES: Registry[Inbox] = Registry("inbox for")

# By purpose. A message is only claimed when its purpose has both: who does not know it leaves it alone.
GUARDS: Registry[Guard] = Registry("guard for messages about")
RENDERERS: Registry[Renderer] = Registry("renderer for messages about")
TRACES: Registry[Trace] = Registry("trace of messages about")

# The real adapters by channel name. Ask `mode.adapter_for`, which knows whether they may be used.
CHANNELS: Registry[Channel] = Registry("channel")
