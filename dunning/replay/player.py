"""Play one scenario from its text to its differences."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dunning.policy import Policy
from dunning.replay.checking import Check, Happened
from dunning.replay.doing import do
from dunning.replay.recording import Recorder
from dunning.replay.world import World
from dunning.scenario import story
from dunning.scenario.text import parse_scenario
from receivables.core.errors import DomainError, NotSupportedYet
from receivables.db.scratch import Scratch
from receivables.messaging.mode import standing_in


@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario ended; it passed when nothing differs."""

    scenario: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all that was expected is so."""
        return not self.differences


def play(text: str, scratch: Scratch, *, policy: Policy | None = None) -> Result:
    """Play a scenario in a fresh scratch database. A text that cannot be read, or a part not supported yet, is a difference.

    With `policy`, that one stands in for the scenario's default policy.
    """
    try:
        scenario = parse_scenario(text)
        if policy is not None:
            scenario = with_policy(scenario, policy)
    except DomainError as error:
        return Result(_title(text), (str(error),))
    scratch.reset()
    recorder = Recorder()
    with standing_in(dict(recorder.channels())):
        try:
            return Result(scenario.title, tuple(_told(scenario, recorder)))
        except NotSupportedYet as error:
            return Result(scenario.title, (str(error),))


def with_policy(scenario: story.Scenario, policy: Policy) -> story.Scenario:
    """The scenario with this policy in place of its default one; customers who named that follow."""
    old = scenario.default_policy
    policies = {name: each for name, each in scenario.policies.items() if name != old} | {policy.name: policy}
    customers = tuple(replace(one, policy=policy.name) if one.policy == old else one for one in scenario.customers)
    return replace(scenario, policies=policies, default_policy=policy.name, customers=customers)


def _told(scenario: story.Scenario, recorder: Recorder) -> Iterator[str]:
    world = World.of(scenario, recorder)
    for entry in scenario.timeline:
        happened = _happen(entry, world)
        yield from Check(world, entry.on).against(entry.expect or story.Expect(), happened)


def _happen(entry: story.Entry, world: World) -> Happened:
    """Do an entry's actions in order. Only the last may be refused; a refusal before it is a difference of its own."""
    world.recorder.taken.clear()
    dry = None
    for number, action in enumerate(entry.actions, start=1):
        try:
            dry = do(action, world, entry.on)
        except NotSupportedYet:
            raise
        except DomainError as refusal:
            is_last = number == len(entry.actions)
            return Happened(tuple(world.recorder.taken), None, str(refusal) if is_last else f"action {number} ({action.word}): {refusal}")
    return Happened(tuple(world.recorder.taken), dry)


def _title(text: str) -> str:
    first = next((line for line in text.splitlines() if line.startswith("scenario:")), "")
    return first.removeprefix("scenario:").strip() or "unreadable"
