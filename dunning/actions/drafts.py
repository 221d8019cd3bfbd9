"""From a draft to a published version, and the scenarios that it has to pass."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from dunning.actions.policies import next_number
from dunning.actions.rehearsals import standing_result
from dunning.audience import refuse_outsiders
from dunning.facts import policy_of
from dunning.lawful import refuse_unlawful, refuse_without_paper
from dunning.models import Assignment, AttachedScenario, LadderRules, Policy, PolicyVersion, Segment
from dunning.policy import legal_part
from dunning.policy_text import parse_policy
from dunning.rehearsal import rehearse
from dunning.scenario import parse_scenario
from receivables.accounts.approval import check_approver
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import PolicyError, Refused
from receivables.core.sentences import gettext_noop

State = PolicyVersion.State


@transaction.atomic
def save_draft(creditor: Creditor, text: str, *, now: datetime, by: User | None = None, policy: Policy | None = None) -> PolicyVersion:
    """Keep this text as the draft of the policy it names; the draft there was is replaced. Raises `PolicyError`.

    With `policy`, the text has to be of that one.
    """
    name = parse_policy(text).name
    refuse_without_paper(text)
    if policy is not None and policy.name != name:
        raise Refused(
            gettext_noop("The text is of the policy %(name)r, not of %(name_2)r. Give it that name, or import it as a policy of its own."),
            name=name,
            name_2=policy.name,
        )
    row, _ = Policy.objects.select_for_update().get_or_create(creditor=creditor, name=name)
    draft = row.versions.filter(state=State.DRAFT).first() or PolicyVersion(policy=row, number=next_number(row))
    draft.text, draft.author, draft.created_at = text, by, now
    draft.save()
    record(creditor, "policy_draft_saved", draft, by=by, number=draft.number)
    return draft


@transaction.atomic
def discard_draft(policy: Policy, *, by: User | None = None) -> None:
    """Throw the draft away; a policy of which nothing is left, and which nobody uses, goes with it."""
    policy = _locked(policy)
    draft = draft_of(policy)
    record(policy.creditor, "policy_draft_discarded", draft, by=by, policy=policy.name, number=draft.number)
    draft.delete()
    if not policy.versions.exists() and not _users(policy):
        policy.delete()


def publish_draft(policy: Policy, *, now: datetime, by: User | None = None, reason: str = "") -> PolicyVersion:
    """Play the attached scenarios and make the draft the current version; running cases keep theirs.

    What no law allows is refused with its line (`PolicyError`), and so is an audience that somebody under the policy is not in.
    Where a scenario fails, or they cannot be played, it takes a `reason` to publish all the same. A changed demand or hand-over
    takes a second person where the company wants four eyes. No lock is held while scenarios are played.
    """
    draft, scenarios = draft_of(policy), texts_of(policy)
    refuse_unlawful(draft.text)
    failed = failures(policy, draft.text, scenarios)
    if failed and not reason.strip():
        raise Refused(
            gettext_noop("Not published: %(names)s Correct the draft, or give a reason to publish it all the same."), names=" ".join(failed)
        )
    return _publish(draft, scenarios, now=now, by=by, reason=reason.strip() if failed else "")


def failures(policy: Policy, text: str, scenarios: dict[str, str]) -> list[str]:
    """What speaks against publishing a text, a sentence for each scenario that fails. What a worker has played is not played again."""
    try:
        played = standing_result(policy, text, scenarios)
        found = rehearse(text, scenarios) if played is None else played
    except Refused as refusal:
        return [f"{refusal} Or play them on the page of the policy's scenarios: a worker does it."]
    return [f"Scenario {one.name!r} fails: {one.differences[0]}" for one in found if not one.passed]


@transaction.atomic
def _publish(draft: PolicyVersion, scenarios: dict[str, str], *, now: datetime, by: User | None, reason: str) -> PolicyVersion:
    policy = _locked(draft.policy)
    played, draft = draft.text, draft_of(policy)
    if draft.text != played or texts_of(policy) != scenarios:
        raise Refused(gettext_noop("The draft or its scenarios changed meanwhile. Look at them again and publish anew."))
    current = policy.versions.filter(state=State.PUBLISHED).first()
    refuse_outsiders(draft)
    _check_eyes(draft, current, by=by)
    if current is not None:
        policy.versions.filter(pk=current.pk).update(state=State.RETIRED)
    others = policy.versions.exclude(pk=draft.pk)
    if others.filter(number__gt=draft.number).exists():
        draft.number = next_number(policy)
    draft.state, draft.published_at, draft.approver, draft.override_reason = State.PUBLISHED, now, by, reason[:200]
    draft.save(update_fields=["number", "state", "published_at", "approver", "override_reason"])
    record(policy.creditor, "policy_published", draft, by=by, number=draft.number, scenarios=sorted(scenarios), override=reason)
    return draft


def needs_second_person(draft: PolicyVersion, current: PolicyVersion | None) -> bool:
    """Whether a demand or a hand-over to the agency differs from what is published, and the company wants four eyes for that."""
    rules = LadderRules.objects.filter(creditor=draft.policy.creditor_id).first()
    return (rules is None or rules.four_eyes) and legal_part(policy_of(draft)) != _legal_part_of(current)


def _legal_part_of(version: PolicyVersion | None) -> tuple[object, ...]:
    try:
        return legal_part(policy_of(version)) if version else ()
    except PolicyError:
        return ()


def _check_eyes(draft: PolicyVersion, current: PolicyVersion | None, *, by: User | None) -> None:
    if not needs_second_person(draft, current):
        return
    try:
        check_approver(author=draft.author, approver=by, four_eyes=True)
    except Refused as refusal:
        raise Refused(gettext_noop("A demand or a hand-over to the agency changes with this draft. %(refusal)s"), refusal=refusal) from None


@transaction.atomic
def retire(policy: Policy, *, by: User | None = None) -> None:
    """Publish nothing under this name any more. Refused while the policy is assigned or chosen by a segment; running cases go on."""
    policy = _locked(policy)
    current = policy.versions.filter(state=State.PUBLISHED).first()
    if current is None:
        raise Refused(gettext_noop("%(name)s has no published version."), name=policy.name)
    if users := _users(policy):
        raise Refused(
            gettext_noop("%(name)s is still used: %(names)s. Put those under another policy first."),
            name=policy.name,
            names=", ".join(users),
        )
    policy.versions.filter(pk=current.pk).update(state=State.RETIRED)
    record(policy.creditor, "policy_retired", current, by=by, number=current.number)


@transaction.atomic
def attach_scenario(policy: Policy, *, name: str, text: str, by: User | None = None) -> AttachedScenario:
    """A scenario that drafts have to pass; one of that name is replaced. Raises `ScenarioError` where it cannot be read."""
    parse_scenario(text)
    policy = _locked(policy)
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise Refused(gettext_noop("Give the scenario a name of up to 100 characters."))
    row, _ = AttachedScenario.objects.update_or_create(policy=policy, name=name, defaults={"text": text})
    record(policy.creditor, "scenario_attached", row, by=by, policy=policy.name, name=name)
    return row


@transaction.atomic
def detach_scenario(scenario: AttachedScenario, *, by: User | None = None) -> None:
    """Drafts need not pass it any more."""
    policy = _locked(scenario.policy)
    record(policy.creditor, "scenario_detached", scenario, by=by, policy=policy.name, name=scenario.name)
    scenario.delete()


def draft_of(policy: Policy) -> PolicyVersion:
    """The draft of a policy. Raises `Refused` where it has none."""
    draft = policy.versions.filter(state=State.DRAFT).select_related("policy__creditor", "author").first()
    if draft is None:
        raise Refused(gettext_noop("%(name)s has no draft."), name=policy.name)
    return draft


def texts_of(policy: Policy) -> dict[str, str]:
    """The attached scenarios, name → text, by name."""
    return dict(policy.scenarios.order_by("name").values_list("name", "text"))


def _locked(policy: Policy) -> Policy:
    return Policy.objects.select_for_update(of=("self",)).select_related("creditor").get(pk=policy.pk)


def _users(policy: Policy) -> list[str]:
    """Who puts items under a policy, in words."""
    assigned = Assignment.objects.filter(policy=policy).count()
    segments: Iterable[str] = Segment.objects.filter(policy=policy).values_list("name", flat=True)
    return [*([f"{assigned} assignments"] if assigned else []), *(f"segment {name!r}" for name in segments)]
