"""An item's walk up the ladder as a screen shows it: what was done, what is next and when, and why not yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from dunning.choosing import PolicyChoice
from dunning.explain import Explanation, Gate, waits_words
from dunning.facts import policy_of
from dunning.models import Case, PolicyVersion, StepResult, StepTaken
from dunning.policy import Step
from dunning.states import CaseState
from receivables.dashboard.words import MESSAGE_STATES, channel_word, chosen_words, step_word, word


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: done, today, next, future or skipped."""

    label: str
    state: str
    on: date | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """One item's strip with the sentence that explains it."""

    rungs: tuple[Rung, ...]
    sentence: str
    gates: tuple[Gate, ...]
    policy: str
    case_state: str
    chosen: str = ""  # what put the item under its policy; empty where that was not noted
    would_be: str = ""  # the policy that it would fall under now, where that is another one
    would_be_chosen: str = ""


def ladders(cases: Collection[Case], explained: Mapping[int, Explanation], *, on: date) -> dict[int, Ladder]:
    """Item id → its ladder. `cases` come with version and policy, item, invoice and customer.

    One query for what was done; four to say what would be chosen now, nine where there are segments.
    """
    done, now = _taken(cases), _chosen_now(cases, on=on)
    return {
        item: Ladder(
            rungs=tuple(_rungs(case, explained[item], done.get(case.pk, {}), on=on)),
            sentence=in_words(explained[item]),
            gates=explained[item].gates,
            policy=str(case.version),
            case_state=case.state,
            chosen=chosen_words(case.chosen_by, case.chosen_rule),
            **now.get(case.pk, {}),
        )
        for case in cases
        if (item := case.item_id) is not None and item in explained
    }


def _chosen_now(cases: Collection[Case], *, on: date) -> dict[int, dict[str, str]]:
    """By case the policy that the item would fall under if it entered today, and why; only where that is another one."""
    running = [(case, case.item) for case in cases if case.state != CaseState.CLOSED and case.item]
    if not running:
        return {}
    choice = PolicyChoice.among([item for _, item in running], on=on)
    chosen = {case.pk: choice.chosen_for(item) for case, item in running}
    rows = PolicyVersion.objects.filter(pk__in={each.version for each in chosen.values() if each}).select_related("policy")
    versions = {row.pk: row for row in rows}
    return {
        case.pk: {"would_be": versions[each.version].policy.name, "would_be_chosen": chosen_words(each.by, each.rule)}
        for case, _ in running
        if (each := chosen[case.pk]) and versions[each.version].policy_id != case.version.policy_id
    }


def in_words(explanation: Explanation) -> str:
    """The sentence of `explain` with steps and days as this screen writes them."""
    text, key, day = explanation.sentence, explanation.next_step, explanation.next
    if key:
        text = text.replace(key, step_word(key), 1)
    return text.replace(day.isoformat(), f"{day:%d.%m.%Y}") if day else text


def _taken(cases: Collection[Case]) -> dict[int, dict[str, StepTaken]]:
    """Case → step → the newest taking of it in the case's episode that was not void."""
    found: dict[int, dict[str, StepTaken]] = {}
    episodes = {case.pk: case.episode for case in cases}
    void = StepResult.objects.filter(kind=StepResult.Kind.VOID).values("taken")
    rows = StepTaken.objects.filter(case__in=episodes).exclude(pk__in=void).select_related("notice__message").order_by("pk")
    for row in rows:
        if row.episode == episodes[row.case_id]:
            found.setdefault(row.case_id, {})[row.step] = row
    return found


def _rungs(case: Case, explanation: Explanation, done: Mapping[str, StepTaken], *, on: date) -> list[Rung]:
    return [
        _rung(case, step, position, explanation, done.get(step.key), on=on)
        for position, step in enumerate(policy_of(case.version).steps, 1)
    ]


def _rung(case: Case, step: Step, position: int, explanation: Explanation, taken: StepTaken | None, *, on: date) -> Rung:
    label = step_word(step.key)
    if taken is not None:
        return Rung(label, _state_of_taken(taken, position, case, on=on), taken.on, _how(taken), _message_url(taken))
    if step.key in explanation.skipped or position <= case.position:
        return Rung(label, "skipped", note=_("too late for it") if step.until is not None else "")
    if case.state == CaseState.CLOSED:
        return Rung(label, "future", note=_("not needed"))
    if explanation.top is not None and position > explanation.top:
        return Rung(label, "future", note=_("above the highest step"))
    if step.key == explanation.next_step:
        return Rung(label, "today" if explanation.waits is None else "next", explanation.next, _why(explanation))
    return Rung(label, "future", _not_before(case, step))


def _state_of_taken(taken: StepTaken, position: int, case: Case, *, on: date) -> str:
    return "done" if position <= case.position or taken.on < on else "today"


def _how(taken: StepTaken) -> str:
    message = taken.notice.message
    channel = channel_word(taken.notice.channel)
    if message is None:
        return channel
    state = _("captured") if message.captured else word(MESSAGE_STATES, message.state)
    return f"{channel}, {state}"


def _why(explanation: Explanation) -> str:
    return waits_words(explanation.waits) if explanation.waits and explanation.waits != "too_early" else ""


def _message_url(taken: StepTaken) -> str:
    message = taken.notice.message_id
    return reverse("dashboard:message", args=[message]) if message else ""


def _not_before(case: Case, step: Step) -> date:
    """The earliest day by the due date alone; what comes before may push it on."""
    return case.debt.due_on + timedelta(days=step.after_due)
