"""What holds for every ladder and every customer: tried with made-up ones, day by day, in the pure core alone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dunning.decide import CustomerFacts, ItemFacts, Rules, look_at, next_day
from dunning.grouping import Group, Judgement, judge
from dunning.policy import Channel, Grouping, Policy, Step
from dunning.states import Waits
from receivables.core.calendar import EveryDay
from tests.unit.dunning.known import DUE, Week, day

DAY = timedelta(days=1)
WAYS = (Channel.EMAIL, Channel.SMS, Channel.LETTER, Channel.AGENCY)
AMOUNTS = [Decimal(amount) for amount in ("1.00", "49.99", "50.00", "99.99", "100.00", "400.00")]
TODAY = day(20)

# Each example is one seed, which is shown where it fails: facts have too many parts to be drawn one by one.
chances = st.randoms(use_true_random=True)
Chance = random.Random


def a_ladder(chance: Chance) -> Policy:
    made = []
    for number in range(chance.choice([0, 2, 3, 3, 4, 4])):
        after_due = chance.randint(-5, 12)
        made.append(
            Step(
                key=f"s{number}",
                after_due=after_due,
                channels=chance.choice(
                    [(Channel.EMAIL,), (Channel.EMAIL, Channel.LETTER), (Channel.SMS, Channel.EMAIL), (Channel.AGENCY,)]
                ),
                until=chance.choice([None, None, after_due + chance.randint(0, 9)]),
                after_previous=chance.choice([None, chance.randint(0, 9)]) if number else None,
                also=tuple(chance.sample(WAYS[:3], chance.randint(0, 2))),
                deadline_days=chance.choice([None, None, chance.randint(0, 9)]),
                approval=chance.random() < 0.3,
                minimum=chance.choice([None, None, *AMOUNTS]),
                **optional_of_a_step(chance),
            )
        )
    grouping = chance.choice([Grouping.CUSTOMER, Grouping.CUSTOMER, Grouping.INVOICE, Grouping.ORDER])
    steps = tuple(replace(step, required=step.required or Channel.AGENCY in step.channels, until=later(step, 3)) for step in made)
    return Policy(name="P", steps=steps, grouping=grouping, minimums={"EUR": Decimal("50.00")}, **optional_of_a_policy(chance, steps))


def later(step: Step, grace: int) -> int | None:
    """Its last day, beyond any grace: a ladder that cannot work is refused."""
    return step.until if step.until is None or step.after_due <= 0 else max(step.until, grace + 1)


def optional_of_a_step(chance: Chance) -> dict[str, Any]:
    return {"minimum_percent": chance.choice([None] * 5 + [Decimal(10), Decimal(60)]), "required": chance.random() < 0.7}


def optional_of_a_policy(chance: Chance, steps: Sequence[Step]) -> dict[str, Any]:
    return {
        "quiet_days": chance.choice([None, None, 1, 3, 7]),
        "grace_days": chance.choice([0, 0, 1, 3]),
        "min_arrears_days": chance.choice([0, 0, 2, 6]),
        "max_step": chance.choice([None, None, *(step.key for step in steps)]),
    }


def an_item(chance: Chance, case: int, ladders: Sequence[Policy]) -> ItemFacts:
    """An item somewhere on its ladder, now and then with something that stands against it."""
    version = chance.randrange(len(ladders))
    steps = len(ladders[version].steps)
    position = chance.choice([0, 0, min(1, steps), min(1, steps), chance.randint(0, steps)])
    completed = TODAY - timedelta(days=chance.randint(0, 9)) if position and chance.random() < 0.8 else None
    amount = chance.choice(AMOUNTS)
    known = ItemFacts(
        case=case,
        label=f"I{case}",
        invoice=chance.randint(1, 3),
        due_on=TODAY - timedelta(days=chance.randint(-4, 18)),
        currency=chance.choice(["PLN", "PLN", "EUR"]),
        open=amount,
        disputed=chance.choice([Decimal(0)] * 6 + [Decimal("1.00"), amount]),
        version=version,
        policy=ladders[version],
        position=position,
        completed_on=completed,
        deadline_on=completed and chance.choice([None, completed + timedelta(days=chance.randint(0, 9))]),
        released_position=chance.randint(0, 3),
        wants_approval=chance.random() < 0.1,
        proposed=chance.random() < 0.2,
        max_step=chance.choice(["", "", "", "", "s0", "s1", "s2"]),
        shares=chance.choice(["", "A", "B"]) if ladders[version].grouping is Grouping.ORDER else "",
    )
    return replace(known, **an_obstacle(chance)) if chance.random() < 0.25 else known


def an_obstacle(chance: Chance) -> dict[str, Any]:
    around = TODAY + timedelta(days=chance.randint(-2, 4))
    return chance.choice(
        [
            {"with_agency": True},
            {"on_plan": True},
            {"held_until": (around,)},
            {"held_until": (around, None)},
            {"held_until": (around, TODAY + DAY)},
            {"promised_by": around},
            {"in_flight": True},
            {"in_flight": True, "retry": True},
            {"rejected_on": around},
        ]
    )


def a_customer(chance: Chance, most: int = 9) -> CustomerFacts:
    ladders = [a_ladder(chance) for _ in range(chance.choice([1, 1, 2]))]
    return CustomerFacts(
        customer=1,
        items=tuple(an_item(chance, case, ladders) for case in range(1, min(chance.choice([2, 4, 6, 9]), most) + 1)),
        reach=frozenset(chance.sample(WAYS, chance.choice([2, 4, 4]))),
        credit={currency: chance.choice(AMOUNTS) for currency in ("PLN", "EUR") if chance.random() < 0.2},
        contacts=tuple(TODAY - timedelta(days=chance.randint(0, 9)) for _ in range(chance.choice([0, 0, 1, 3]))),
        with_agency=chance.random() < 0.05,
    )


def some_rules(chance: Chance) -> Rules:
    cap = chance.choice([(None, None), (None, None), (chance.randint(1, 3), chance.randint(1, 7))])
    return Rules(
        calendar=chance.choice([EveryDay(), Week()]),
        tolerance=chance.choice([Decimal(0), Decimal("50.00")]),
        bank_freshness_days=chance.choice([None, None, None, 3]),
        bank_seen_until=TODAY - timedelta(days=chance.randint(0, 5)),
        cap_messages=cap[0],
        cap_days=cap[1],
    )


def a_day(chance: Chance) -> date:
    return TODAY + timedelta(days=chance.randint(-3, 3))


# -- one judgement


@settings(max_examples=300)
@given(chances)
def test_nobody_is_told_of_what_is_held_promised_disputed_planned_or_out(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    for group in judge(known, rules, on=on).groups:
        for look in group.looks:
            item = look.item
            assert not (known.with_agency or item.with_agency or item.on_plan or item.in_flight)
            assert all(until is not None and until < on for until in item.held_until)
            assert item.disputed < item.open and item.principal > 0
            assert item.promised_by is None or item.promised_by < on
            assert item.rejected_on != on or not group.approval


@settings(max_examples=300)
@given(chances)
def test_a_message_states_the_sum_of_its_lines_and_asks_for_more_than_nothing(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    for group in judge(known, rules, on=on).groups:
        assert group.principal == sum((look.item.open - look.item.disputed for look in group.looks), Decimal(0))
        assert 0 <= group.credit < group.principal
        assert {look.item.currency for look in group.looks} == {group.currency}


@settings(max_examples=300)
@given(chances)
def test_credit_is_netted_in_one_message_a_currency(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    groups = judge(known, rules, on=on).groups
    for currency in ("PLN", "EUR"):
        netted = [group.credit for group in groups if group.currency == currency and group.credit]
        assert len(netted) <= 1
        assert sum(netted) <= known.credit.get(currency, Decimal(0))


@settings(max_examples=300)
@given(chances)
def test_every_item_is_in_one_message_or_waits(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    result = judge(known, rules, on=on)
    told = [look.item.case for group in result.groups for look in group.looks]
    assert len(told) == len(set(told))
    for look in result.looks:
        planned = look.waits is Waits.APPROVAL and look.item.proposed
        assert (look.item.case in told) == (look.waits is None or (planned and look.item.rejected_on != on))


@settings(max_examples=300)
@given(chances)
def test_a_message_bears_the_highest_step_of_its_items_by_a_way_that_reaches(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    for group in judge(known, rules, on=on).groups:
        assert group.position == max(look.position for look in group.looks)
        assert group.step is group.policy.steps[group.position - 1]
        assert group.channel in known.reach and all(group.channel in look.step.channels for look in group.looks if look.step)
        assert group.channel not in group.also and set(group.also) <= known.reach


@settings(max_examples=300)
@given(chances)
def test_the_order_in_which_items_are_known_makes_no_difference(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    mixed = list(known.items)
    chance.shuffle(mixed)
    one, other = judge(known, rules, on=on), judge(replace(known, items=tuple(mixed)), rules, on=on)
    assert {look.item.case: look for look in one.looks} == {look.item.case: look for look in other.looks}
    assert sorted(one.groups, key=repr) == sorted(other.groups, key=repr)


@settings(max_examples=300)
@given(chances)
def test_the_cap_is_never_exceeded(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    sent = [group for group in judge(known, rules, on=on).groups if not group.approval and group.channel is not Channel.AGENCY]
    if rules.cap_messages is not None and rules.cap_days is not None and sent:
        recent = [one for one in known.contacts if on - timedelta(days=rules.cap_days) < one <= on]
        assert len(recent) + sum(1 + len(group.also) for group in sent) <= rules.cap_messages


@settings(max_examples=300)
@given(chances)
def test_on_a_closed_day_nothing_leaves(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    if not rules.calendar.is_contact_day(on):
        assert all(group.approval for group in judge(known, rules, on=on).groups)


@settings(max_examples=300)
@given(chances)
def test_an_approval_adds_no_item_and_lets_none_pass_that_the_run_would_hold(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    only = {item.case for item in known.items if chance.random() < 0.5}
    all_of, some = judge(known, rules, on=on), judge(known, rules, on=on, only=only)
    told = {look.item.case for group in all_of.groups for look in group.looks}
    capped = {look.item.case for look in all_of.looks if look.waits is Waits.CAPPED}
    assert {look.item.case for group in some.groups for look in group.looks} <= (told | capped) & only


@settings(max_examples=300)
@given(chances)
def test_quiet_days_lie_between_any_two_messages(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    sent = [group for group in judge(known, rules, on=on).groups if not group.approval and group.channel is not Channel.AGENCY]
    for number, group in enumerate(sent):
        if group.policy.quiet_days is not None:
            assert number == 0, "it followed another message of the day"
            assert all((on - past).days >= group.policy.quiet_days for past in known.contacts if past <= on)


@settings(max_examples=300)
@given(chances)
def test_nothing_goes_within_the_grace_nor_above_the_highest_step(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    for group in judge(known, rules, on=on).groups:
        for look in group.looks:
            policy, late = look.item.policy, (on - look.item.due_on).days
            assert late <= 0 or late > policy.grace_days
            highest = [policy.position_of(key) for key in (policy.max_step, look.item.max_step) if key]
            assert look.position <= min(highest, default=look.position)


@settings(max_examples=300)
@given(chances)
def test_a_late_run_leaves_out_no_required_step_that_can_still_go(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    for look in judge(known, rules, on=on).looks:
        for key in look.skipped:
            step = look.item.policy.steps[look.item.policy.position_of(key) - 1]
            over = step.until is not None and on > look.item.due_on + timedelta(days=step.until)
            late = step.until is not None and look.item.completed_on is not None  # its opening moved beyond its last day
            assert over or late or not step.required or (step.until is not None and step.until <= look.item.policy.grace_days)


# -- `next`


@settings(max_examples=300)
@given(chances)
def test_next_is_a_contact_day_not_before_today_and_the_reasons_of_today_are_over_by_then(chance: Chance) -> None:
    known, rules, on = a_customer(chance, most=1), some_rules(chance), TODAY + timedelta(days=chance.randint(-9, 9))
    (look,) = judge(known, rules, on=on).looks
    coming = next_day(look, rules, on=on)
    if coming is None:
        assert any(block.until is None for block in look.blocks)
        return
    assert coming >= on and rules.calendar.is_contact_day(coming)
    (then,) = judge(replace(known, with_agency=known.with_agency), rules, on=coming).looks
    assume(then.step is look.step)  # else it was skipped by then, and another one has its own reasons
    ended = {block.reason for block in look.blocks} - {Waits.UNCONFIRMED}
    assert coming == on or not ended & {block.reason for block in then.blocks}


@settings(max_examples=300)
@given(chances)
def test_nothing_could_go_before_next(chance: Chance) -> None:
    known, rules, on = a_customer(chance, most=1), some_rules(chance), TODAY + timedelta(days=chance.randint(-9, 9))
    (look,) = judge(known, rules, on=on).looks
    coming = next_day(look, rules, on=on)
    if coming is None or Waits.CAPPED in {block.reason for block in look.blocks}:
        return  # the cap does not concern a hand-over, to which a step could give way by its `until`: the run looks again then
    between = on + DAY
    while between < coming:
        result = judge(known, rules, on=between)
        assert not any(not group.approval for group in result.groups)
        between += DAY


# -- a walk, day by day


@dataclass
class Walk:
    """A customer chased by the pure core alone: what is judged free is taken to have been sent and accepted that day."""

    known: CustomerFacts
    rules: Rules
    taken: dict[int, list[tuple[date, int]]] = field(default_factory=dict)

    def run(self, on: date) -> None:
        result = judge(self.known, self.rules, on=on)
        told, contacts = set(self.known.told_today), list(self.known.contacts)
        now = {look.item.case: self._moved(look.item, result, on=on) for look in result.looks}
        for group in result.groups:
            if not group.approval:
                told.add(group.key)
                contacts += [on] * (1 + len(group.also)) if group.channel is not Channel.AGENCY else []
                now |= {look.item.case: self._completed(look.position, now[look.item.case], group, on=on) for look in group.looks}
        self.known = replace(self.known, items=tuple(now.values()), told_today=frozenset(told), contacts=tuple(contacts))

    def tomorrow(self) -> None:
        self.known = replace(self.known, told_today=frozenset())

    def _moved(self, item: ItemFacts, result: Judgement, *, on: date) -> ItemFacts:
        """A run notes what was skipped; a person releases whatever was planned the run before."""
        (look,) = (look for look in result.looks if look.item.case == item.case)
        released = look.position if any(look in group.looks for group in result.groups if group.approval) else item.released_position
        return replace(item, position=look.position - (1 if look.step else 0), released_position=released)

    def _completed(self, position: int, item: ItemFacts, group: Group, *, on: date) -> ItemFacts:
        self.taken.setdefault(item.case, []).append((on, position))
        deadline = group.deadline_on or item.deadline_on
        return replace(item, position=position, completed_on=on, deadline_on=deadline, wants_approval=False)


@settings(max_examples=300)
@given(chances)
def test_on_any_walk_no_item_takes_two_steps_a_day_or_goes_back(chance: Chance) -> None:
    walk = Walk(a_customer(chance), some_rules(chance))
    gaps = [chance.randint(0, 3) for _ in range(25)]
    for gap, passed in zip(gaps, accumulate(gaps), strict=True):  # a gap of 0 is a second run of the same day
        if gap:
            walk.tomorrow()
        walk.run(TODAY + timedelta(days=passed))
    for taken in walk.taken.values():
        assert [when for when, _ in taken] == sorted({when for when, _ in taken}), "two steps on one day"
        assert [position for _, position in taken] == sorted({position for _, position in taken}), "a step twice, or backwards"


@settings(max_examples=300)
@given(chances)
def test_a_second_run_of_the_day_adds_nothing(chance: Chance) -> None:
    known, rules, on = a_customer(chance), some_rules(chance), a_day(chance)
    walk = Walk(known, rules)
    walk.run(on)
    before = {case: list(taken) for case, taken in walk.taken.items()}
    second = judge(walk.known, rules, on=on)
    sent_again = {look.item.case for group in second.groups if not group.approval for look in group.looks}
    assert not sent_again & set(before)


@settings(max_examples=300)
@given(chances)
def test_skipped_and_completed_steps_make_up_the_ladder_in_order(chance: Chance) -> None:
    """Nothing is lost on the way: whatever lies below the present step was completed or skipped."""
    ladder, on = a_ladder(chance), DUE - timedelta(days=chance.randint(-9, 9))
    item = ItemFacts(1, "I1", 1, DUE, "PLN", Decimal("500.00"), Decimal(0), 1, ladder)
    known = CustomerFacts(1, (item,), frozenset(Channel))
    done: list[int] = []
    for _ in range(20):
        look = look_at(item, known, Rules(EveryDay()), on=on)
        done += [ladder.position_of(key) for key in look.skipped]
        item = replace(item, position=look.position - (1 if look.step else 0))
        if look.step is not None and not look.blocks:
            done.append(look.position)
            item = replace(item, position=look.position, completed_on=on)
        on += timedelta(days=chance.randint(1, 9))
    assert done == list(range(1, len(done) + 1))
