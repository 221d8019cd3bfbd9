"""Where a case stands by what it has completed: after a step is taken back, and under another version of a policy."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import F, OuterRef, Q, Subquery

from dunning.facts import policy_of
from dunning.models import Case, Notice, PolicyVersion, StepResult, StepTaken
from dunning.policy import Policy, required_for
from dunning.states import CaseState

STANDING = ["position", "step", "completed_on", "deadline_on", "round", "look_again_on"]


def completions(cases: Collection[int]) -> dict[int, list[tuple[StepTaken, date]]]:
    """By case the steps that count as completed, oldest first, each with its day: of its episode, or really sent before. One query."""
    newest = StepResult.objects.filter(taken=OuterRef("pk")).order_by("-pk")
    lines = StepTaken.objects.filter(case__in=cases).select_related("notice", "case").order_by("pk")
    lines = lines.annotate(
        kind=Subquery(newest.values("kind")[:1]), day=Subquery(newest.values("on")[:1]), feigned=Subquery(newest.values("captured")[:1])
    )
    counts = Q(episode=F("case__episode")) | Q(feigned=False)
    found: dict[int, list[tuple[StepTaken, date]]] = {case: [] for case in cases}
    for line in lines.filter(counts, kind=StepResult.Kind.COMPLETED):
        found[line.case_id].append((line, line.day))
    return found


def stand_again(cases: Sequence[Case], *, on: date) -> None:
    """Put these cases where their completed steps say: a step taken back is the next one again, in a further round."""
    done = completions([case.pk for case in cases])
    for case in cases:
        policy = policy_of(case.version)
        case.position = reached(policy, _counting(case, done[case.pk]))
        _stand(case, done[case.pk])
        case.round += 1
        case.look_again_on = on if case.state == CaseState.RUNNING else None
    Case.objects.bulk_update(cases, STANDING)


def _stand(case: Case, done: Sequence[tuple[StepTaken, date]]) -> None:
    case.step = done[-1][0].step if done else ""
    case.completed_on = done[-1][1] if done else None
    case.deadline_on = next((line.notice.deadline_on for line, _ in reversed(done) if line.notice.deadline_on), None)


def _counting(case: Case, done: Sequence[tuple[StepTaken, date]]) -> list[str]:
    """Keys of the completed steps; once a person has put the case back, those above that, taken before, do not count."""
    return [line.step for line, _ in done if line.round >= case.lowered_round or line.position <= case.lowered_position]


def _may_skip(policy: Policy, key: str) -> bool:
    position = policy.position_of(key)
    return not position or not required_for(policy, position)


def reached(policy: Policy, keys: Collection[str]) -> int:
    """The position of the highest step of a policy among these keys; 0 for none."""
    return max((policy.position_of(key) for key in keys), default=0)


def position_after(case: Case, line: StepTaken, notice: Notice) -> int:
    """Where a completed step puts its case; another policy, assigned while it was under way, knows it by its key or not at all."""
    if case.version_id == notice.version_id:
        return line.position
    return max(case.position, policy_of(case.version).position_of(line.step))


def place_under(cases: Sequence[Case], version: PolicyVersion, *, on: date) -> None:
    """Put these cases under a version: they go on after the highest of its steps that they have completed."""
    done, policy = completions([case.pk for case in cases]), policy_of(version)
    for case in cases:
        case.version = version
        case.position = reached(policy, _counting(case, done[case.pk]))
        case.skipped_for_good = [key for key in case.skipped_for_good if _may_skip(policy, key)]
        case.round += 1
        case.released_position, case.reviewed_end = 0, False
        case.look_again_on = on if case.state == CaseState.RUNNING and case.in_flight_id is None else case.look_again_on
    fields = ["version", "position", "skipped_for_good", "round", "released_position", "reviewed_end", "look_again_on"]
    Case.objects.bulk_update(cases, fields)
