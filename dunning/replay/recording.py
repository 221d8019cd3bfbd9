"""A channel that only records, and behaves as the scenario says: the outside of a replay."""

from dataclasses import dataclass, field

from dunning.policy import Channel
from receivables.messaging.protocols import Accepted, Failed, Later, Outcome, Outgoing, Unknown


@dataclass(slots=True)
class Recorder:
    """What all recording channels of a replay took, in order; `behaviour` by channel name."""

    taken: list[Outgoing] = field(default_factory=list)
    behaviour: dict[str, str] = field(default_factory=dict)

    def channels(self) -> dict[str, "RecordingChannel"]:
        """An adapter for each channel."""
        return {str(channel): RecordingChannel(str(channel), self) for channel in Channel}


@dataclass(frozen=True, slots=True)
class RecordingChannel:
    """Accepts and records, unless told to fail. It takes no keys: what is unknown is never sent again by itself."""

    name: str
    recorder: Recorder
    takes_key: bool = False
    batch: int = 1

    def send(self, outgoing: Outgoing) -> Outcome:
        """The outcome that the scenario set for this channel."""
        match self.recorder.behaviour.get(self.name, "ok"):
            case "temporary_failure":
                return Later("the scenario says so")
            case "permanent_failure":
                return Failed("the scenario says so", bad_address=True)
            case "timeout":
                return Unknown("the scenario says so")
        self.recorder.taken.append(outgoing)
        return Accepted()
