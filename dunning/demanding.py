"""A demand that a person makes: judged as if it were the item's whole ladder, so that the same gates answer. Pure.

Its day, its place on the ladder, the policy's pace and its minimums are the person's to decide; all else that keeps a message of the
ladder back keeps this one back too. It claims beside the principal what the policy claims up to its own demand, and no new fee.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dunning.decide import CustomerFacts, ItemFacts, Look, Rules, look_at
from dunning.grouping import Group, judge, with_claims
from dunning.policy import FINAL_DEMAND, REGISTER_WARNING, Channel, Policy, Step, paper_of
from receivables.core.calendar import EveryDay, next_working_day

DEMANDS = ("demand", FINAL_DEMAND, REGISTER_WARNING)
"""Papers that a person may demand by."""
WAYS = (Channel.EMAIL, Channel.LETTER)
BARRED = "time_barred"
LEAST_DAYS = 3  # LAW.md A5: 7 days are usual, 3 for the last letter
_USUAL_DAYS = 7
BESIDE = "#"  # no key of a policy begins so


def key_beside(number: int) -> str:
    """The key of a step beside the ladder: a customer's so manyth demand by hand."""
    return f"{BESIDE}demand-{number}"


def is_beside(key: str) -> bool:
    """Whether a step was taken beside the ladder, by hand."""
    return key.startswith(BESIDE)


def step_with(policy: Policy, kind: str) -> int:
    """The position of the policy's first step with that paper; 0 where it has none."""
    return next((at for at, step in enumerate(policy.steps, start=1) if paper_of(step.document) == kind), 0)


def number_beside(key: str) -> int:
    """The number in the key of a demand by hand; 0 of any other key."""
    number = key.removeprefix(f"{BESIDE}demand-")
    return int(number) if number != key and number.isdecimal() else 0


def usual_deadline(policy: Policy, kind: str, rules: Rules, *, on: date) -> date:
    """The day to pay by that the policy's own step would name, else the usual one; a working day."""
    at = step_with(policy, kind)
    days = policy.steps[at - 1].deadline_days if at else None
    return next_working_day(rules.calendar, on + timedelta(days=days or _USUAL_DAYS))


def asks_approver(item: ItemFacts, kind: str, *, on: date) -> bool:
    """Whether only who may approve demands this item by that paper: what a person keeps back on the ladder is not let go beside it.

    Where the policy has no step with the paper, its legal steps say whether a person releases one.
    """
    policy, at = item.policy, step_with(item.policy, kind)
    kept_back = item.legal_waits or item.wants_approval or item.is_first_run or item.proposed or item.rejected_on == on
    likened = policy.steps[at - 1 : at] if at else tuple(step for step in policy.steps if step.is_legal)
    return kept_back or any(step.approval for step in likened) or (at or len(policy.steps)) > item.top


def as_demanded(item: ItemFacts, kind: str, channel: Channel) -> ItemFacts:
    """The item as if the demand were its whole ladder and a person had released it."""
    policy = item.policy
    at = step_with(policy, kind) or len(policy.steps)
    claims = {flag: any(getattr(step, flag) for step in policy.steps[:at]) for flag in ("interest", "compensation")}
    step = Step("demand", 1, (channel,), document=kind, interest=claims["interest"], compensation=claims["compensation"])
    return replace(
        item,
        policy=Policy(policy.name, (step,), policy.currency, audience=policy.audience),
        position=0,
        completed_on=None,
        deadline_on=None,
        released_position=1,
        wants_approval=False,
        is_first_run=False,
        legal_waits=False,
        proposed=False,
        rejected_on=None,
        missed_call_on=None,
        skipped_for_good=frozenset(),
        max_step="",
        shares="",
    )


@dataclass(frozen=True, slots=True)
class Demanded:
    """What comes of it: the message, None where nothing may be demanded; what each item left out waits for."""

    group: Group | None
    left_out: Mapping[str, str]  # by label; a reason to wait, or "time_barred"


def demand_of(customer: CustomerFacts, rules: Rules, cases: Collection[int], kind: str, channel: Channel, *, on: date) -> Demanded:
    """Judge a demand of these cases, which have one currency. Raises `DomainError` where a rate that is needed is not known."""
    whole = replace(customer, items=tuple(as_demanded(item, kind, channel) if item.case in cases else item for item in customer.items))
    one = _of_one_version(whole, cases)
    result = with_claims(judge(one, _any_day(rules), on=on, only=cases), rules, on=on)
    mine = [look for look in result.looks if look.item.case in cases]
    group = next(iter(result.groups), None)
    barred = {item.label: BARRED for item in whole.items if item.case in result.barred & set(cases)}
    gone = {look.item.case for look in group.looks} if group else set()
    return Demanded(group, barred | {look.item.label: str(look.waits) for look in mine if look.item.case not in gone})


def _any_day(rules: Rules) -> Rules:
    """The message itself waits for its hour; due dates and deadlines were moved to working days before."""
    return replace(rules, calendar=EveryDay())


def _of_one_version(customer: CustomerFacts, cases: Collection[int]) -> CustomerFacts:
    """Items of different policies share one demand; each bears what its own policy claims."""
    version = next((item.version for item in customer.items if item.case in cases), 0)
    return replace(customer, items=tuple(replace(item, version=version) if item.case in cases else item for item in customer.items))


def place_on_ladder(item: ItemFacts, customer: CustomerFacts, rules: Rules, kind: str, beside: str, *, on: date) -> tuple[str, int]:
    """The step that the demand is for this item: the ladder's own where that is its next, else one beside it, where the item stands."""
    look = look_at(item, customer, rules, on=on)
    if look.step is not None and paper_of(look.step.document) == kind:
        return look.step.key, look.position
    return beside, item.position


def placed(group: Group, places: Mapping[int, tuple[str, int]], *, deadline_on: date) -> Group:
    """The message with each item at its own step; it bears the ladder's step where it completes one."""
    looks = tuple(_at(look, *places[look.item.case]) for look in group.looks)
    top = max(looks, key=lambda look: (not is_beside(look.key), look.position))
    step = replace(group.step, key=top.key)
    return replace(group, looks=looks, step=step, position=top.position, deadline_on=deadline_on)


def _at(look: Look, key: str, position: int) -> Look:
    return replace(look, step=replace(look.step, key=key), position=position) if look.step else look
