"""What a deliverer holds: messages claimed for a while, and those of them that passed the point of no return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from receivables.core.stopwatch import seconds
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Channel
from receivables.messaging.protocols import NotYet
from receivables.messaging.states import MessageState


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a claim holds. A call is not begun unless it can end within the lease."""

    lease: timedelta = timedelta(seconds=60)
    longest_call: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(seconds=2)  # for one's turn in a batch: what was judged longer ago is judged again
    set_aside_for: timedelta = timedelta(hours=1)  # a message whose guard breaks, not refuses

    @property
    def start_within(self) -> float:
        """Seconds after the lease began in which a call may be begun."""
        return (self.lease - self.longest_call).total_seconds()


TIMING = Timing()
AT_ONCE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages of one channel that are ours until the lease is over."""

    channel: str
    messages: list[Message]
    token: UUID
    began: float  # on the clock of `seconds`
    timing: Timing
    gathers: bool = False  # letters: made ready here, handed over when a person closes their batch

    @property
    def claimed(self) -> list[Message]:
        """Those that are neither ended nor handed yet."""
        return [message for message in self.messages if message.state == MessageState.CLAIMED]

    def next_size(self, size: int, *, now: datetime) -> int:
        """How many to claim next, after so many at most: as many as had their turn now, or more where none had to go back."""
        if self.gathers:
            return size
        managed = sum(message.state != MessageState.PLANNED or message.not_before > now for message in self.messages)
        return max(size, 2 * managed) if managed == len(self.messages) else max(managed, 1)

    def got_somewhere(self, *, now: datetime) -> bool:
        """Whether going on with this channel makes sense: something of the claim need not be claimed again at once."""
        if self.gathers:
            return any(message.rendered_at or message.state != MessageState.PLANNED for message in self.messages)
        return any(message.state != MessageState.PLANNED or message.not_before > now for message in self.messages)

    def is_worth_one_alone(self, *, now: datetime) -> bool:
        """Whether one by itself may manage what none of these has: they were handed over together now, and it took too long."""
        return not self.gathers and len(self.messages) > 1 and any(message.handed_at == now for message in self.messages)

    def of(self, message: Message) -> "Claim":
        """The same claim on a single message."""
        return replace(self, messages=[message])

    def may_begin(self, since: float) -> bool:
        """Whether something begun now can end within a lease that began `since`."""
        return seconds() - since < self.timing.start_within

    def is_fresh(self, since: float) -> bool:
        """Whether what was handed over at that moment may still be sent on the word of its guard."""
        return seconds() - since < self.timing.longest_wait.total_seconds()

    def is_at_once(self, since: float) -> bool:
        """Whether the first of a hand-over is called without delay: in a healthy process it always is, however slow its channel."""
        return seconds() - since < max(self.timing.longest_wait, AT_ONCE).total_seconds()


@dataclass(frozen=True, slots=True)
class Handed:
    """What passed the point of no return, who takes it, and what was refused or has to wait on the way."""

    messages: Sequence[Message] = ()
    adapter: Channel | None = None
    refused: Mapping[int, str] = field(default_factory=dict)
    not_yet: Mapping[int, NotYet] = field(default_factory=dict)
    since: float = 0.0
    fenced: Mapping[int, str] = field(default_factory=dict)  # it may have left before a restore, so it is not called
    marks: Mapping[int, tuple[str, ...]] | None = None  # of a real channel: what the journal says beside the keys
    is_noted: bool = False  # their rows say of each that its call has not begun: see `calling`
    at: float = 0.0  # right before it was committed: until then no payment and no switch could come between
