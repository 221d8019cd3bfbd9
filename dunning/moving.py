"""What would happen to running cases that a person moves to another version: from step to step, before anything is written."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dunning.facts import policy_of
from dunning.models import Case, PolicyVersion, StepResult
from dunning.policy import Policy
from dunning.states import CaseState


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a case goes on: the position and key of the last step it counts as having done, and the next one; "" for none."""

    position: int
    done: str
    next: str


@dataclass(frozen=True, slots=True)
class Move:
    """One case of a preview. `to` is None where it stays, because of `stays`."""

    case: Case
    next_before: str
    to: Destination | None
    stays: str = ""


def destination(completed: Collection[str], policy: Policy) -> Destination:
    """After the highest step of that policy whose key was completed, else at its first step. Pure."""
    position = max((policy.position_of(key) for key in completed), default=0)
    done = policy.steps[position - 1].key if position else ""
    return Destination(position, done, policy.steps[position].key if position < len(policy.steps) else "")


def preview(cases: Iterable[Case], version: PolicyVersion) -> list[Move]:
    """What moving these cases, which come with item and version, would do. One query."""
    rows = list(cases)
    completed, target = completed_steps(rows), policy_of(version)
    return [_move(case, completed[case.pk], target) for case in rows]


def completed_steps(cases: Collection[Case]) -> dict[int, set[str]]:
    """By case the keys of the steps that it has completed and not lost again in its present episode. One query."""
    found: dict[int, set[str]] = defaultdict(set)
    episodes = {case.pk: case.episode for case in cases}
    results = StepResult.objects.filter(taken__case__in=episodes).order_by("pk")
    for pk, episode, step, kind in results.values_list("taken__case", "taken__episode", "taken__step", "kind"):
        if episode == episodes[pk]:
            (found[pk].add if kind == StepResult.Kind.COMPLETED else found[pk].discard)(step)
    for case in cases:
        if case.step:
            found[case.pk].add(case.step)
    return found


def _move(case: Case, completed: Collection[str], target: Policy) -> Move:
    steps = policy_of(case.version).steps
    before = steps[case.position].key if case.position < len(steps) else ""
    if case.state != CaseState.RUNNING:
        return Move(case, before, None, "with_agency")
    return Move(case, before, destination(completed, target))
