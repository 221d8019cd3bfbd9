"""Hold what is against what the scenario expects; every difference in one readable line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dunning.actions import restated
from dunning.actions.runs import Plan
from dunning.explain import Explanation, explain_ladder
from dunning.grouping import Group
from dunning.models import Notice, Rate, StepTaken, Task
from dunning.policy import Channel
from dunning.replay.world import World
from dunning.scenario import story
from dunning.states import NoticeState, TaskKind
from invoices.actions import open_credit
from invoices.models import Customer, Item
from receivables.messaging.protocols import Outgoing

CLAIMS = ("interest", "compensation", "fees")


@dataclass(frozen=True, slots=True)
class Said:
    """A message in the words of a scenario: `items` gives the open principal stated for each."""

    customer: str
    step: str
    channel: str
    currency: str
    items: Mapping[str, Decimal]
    asks: Decimal
    interest: Decimal
    compensation: Decimal
    fees: Decimal

    def __str__(self) -> str:
        items = ", ".join(f"{label} {_plain(amount)}" for label, amount in sorted(self.items.items()))
        claims = "".join(f"; {claim} {_plain(getattr(self, claim))}" for claim in CLAIMS if getattr(self, claim))
        return f"{self.customer} {self.step} by {self.channel}: {items}{claims}; asks {_plain(self.asks)} {self.currency}"


@dataclass(frozen=True, slots=True)
class Happened:
    """What an entry's actions brought about."""

    taken: Sequence[Outgoing] = ()
    dry: Plan | None = None
    refusal: str | None = None


@dataclass(slots=True)
class Check:
    """Collects differences for one entry."""

    world: World
    on: date
    differences: list[str] = field(default_factory=list)

    def against(self, expect: story.Expect, happened: Happened) -> list[str]:
        """All differences, each with its day."""
        self._refused(expect, happened)
        if expect.notices is not None:
            self._messages("notices", expect.notices, _taken(happened.taken, self.world))
        if expect.planned is not None:
            self._messages("planned", expect.planned, _planned(self.world, happened.dry, on=self.on))
        if expect.tasks is not None:
            self._tasks(expect.tasks)
        self._items(expect.items)
        self._credit(expect.credit)
        return [f"{self.on}: {difference}" for difference in self.differences]

    def _refused(self, expect: story.Expect, happened: Happened) -> None:
        if expect.refused and happened.refusal is None:
            self.differences.append("refused: the last action should have been refused, and was not")
        if not expect.refused and happened.refusal is not None:
            self.differences.append(f"refused: {happened.refusal}")

    def _messages(self, part: str, expected: Iterable[story.ExpectedNotice], found: Sequence[Said]) -> None:
        left = list(found)
        for wanted in expected:
            match = next((said for said in left if _is(said, wanted)), None)
            if match is None:
                self.differences.append(f"{part}: missing {_wanted(wanted)}")
            else:
                left.remove(match)
        self.differences += [f"{part}: not expected: {said}" for said in left]

    def _tasks(self, expected: Sequence[story.ExpectedTask]) -> None:
        left = open_tasks(self.world, on=self.on)
        for wanted in expected:
            step = wanted.step
            match = next((task for task in left if task[:2] == (wanted.customer, wanted.kind) and step in (None, task[2])), None)
            if match is None:
                self.differences.append(f"tasks: missing {wanted.kind} for {wanted.customer} {step or ''}".rstrip())
            else:
                left.remove(match)
        self.differences += [f"tasks: not expected: {kind} for {customer} {step}".rstrip() for customer, kind, step in left]

    def _items(self, expected: Mapping[str, story.ExpectedItem]) -> None:
        if expected:
            states = item_states(self.world, on=self.on)
            for label, wanted in expected.items():
                self._item(label, wanted, states.get(label))

    def _item(self, label: str, wanted: story.ExpectedItem, state: Mapping[str, Any] | None) -> None:
        if state is None:
            self.differences.append(f"items: there is no item {label}")
            return
        for part, value in wanted.parts.items():
            if state[part] != value:
                self.differences.append(f"items: {label} {part}: expected {_plain(value)}, is {_plain(state[part])}")

    def _credit(self, expected: Mapping[str, Decimal | Mapping[str, Decimal]]) -> None:
        for ref, wanted in expected.items():
            customer = self.world.customer(ref)
            credit = open_credit([customer.pk]).get(customer.pk, {})
            own = customer.currency or customer.creditor.currency
            amounts = wanted if isinstance(wanted, Mapping) else {own: wanted}
            for currency, amount in amounts.items():
                if credit.get(currency, Decimal(0)) != amount:
                    self.differences.append(f"credit: {ref}: expected {amount} {currency}, is {_plain(credit.get(currency, Decimal(0)))}")


def item_states(world: World, *, on: date) -> dict[str, dict[str, Any]]:
    """Every item of the world in the words of a scenario."""
    states: dict[str, dict[str, Any]] = {}
    for customer in Customer.objects.filter(creditor=world.creditor).select_related("creditor"):
        told = explain_ladder(customer, on=on)
        states |= {item.label: _state(item, told.items[item.pk]) for item in Item.objects.filter(customer=customer)}
        rates = Rate.objects.filter(agreement__customer=customer, case__isnull=False)
        states |= {rate.label: _state(rate, told.rates[rate.pk]) for rate in rates}
    return states


def _state(item: Item | Rate, explained: Explanation) -> dict[str, Any]:
    return {
        "open": item.open_amount,
        "step": explained.step,
        "state": explained.state,
        "reason": explained.reason or None,
        "next": explained.next,
        "waits": explained.waits,
        "skipped": tuple(explained.skipped),
    }


def open_tasks(world: World, *, on: date) -> list[tuple[str, str, str]]:
    """Customer, kind and step of what people have to do: rows, and the approvals of plans that would still go out."""
    rows = Task.objects.filter(creditor=world.creditor, closed_on=None).values_list("customer__number", "kind", "step")
    waiting = {(said.customer, str(TaskKind.APPROVE), said.step) for said in _standing(world, on=on)}
    return [*rows, *sorted(waiting)]


def _taken(taken: Sequence[Outgoing], world: World) -> list[Said]:
    sent = Notice.objects.filter(creditor=world.creditor).select_related("message", "customer")
    notices = {notice.message.key: notice for notice in sent if notice.message}
    return [_of_notice(notices[outgoing.key]) for outgoing in taken if outgoing.key in notices]


def _of_notice(notice: Notice) -> Said:
    lines = StepTaken.objects.filter(notice=notice.main_id or notice.pk).select_related("case__item", "case__rate")
    items = {line.case.debt.label: line.principal for line in lines}
    claims = (notice.interest, notice.compensation, notice.fees)
    return Said(notice.customer.number, notice.step, notice.channel, notice.currency, items, notice.asks, *claims)


def _planned(world: World, dry: Plan | None, *, on: date) -> list[Said]:
    if dry is not None:
        numbers = dict(Customer.objects.filter(creditor=world.creditor).values_list("pk", "number"))
        return [said for pk, group in dry.groups for said in _with_parallel(numbers[pk], group)]
    return _standing(world, on=on)


def _standing(world: World, *, on: date) -> list[Said]:
    waiting = Notice.objects.filter(creditor=world.creditor, state=NoticeState.PROPOSED).select_related("customer", "creditor")
    restatements = [(notice, restated(notice, on=on)) for notice in waiting]
    return [_of_group(notice.customer.number, group) for notice, group in restatements if group is not None]


def _with_parallel(customer: str, group: Group) -> list[Said]:
    """What a run would send of a group: its message, and those that go along with it. What waits for a person or a call goes alone."""
    said = _of_group(customer, group)
    if group.approval or group.channel is Channel.CALL:
        return [said]
    return [said, *(replace(said, channel=str(way)) for way in group.also)]


def _of_group(customer: str, group: Group) -> Said:
    items = {look.item.label: look.item.principal for look in group.looks}
    claims = (group.claims.interest, group.claims.compensation, group.claims.fees)
    return Said(customer, group.step.key, str(group.channel), group.currency, items, group.asks, *claims)


def _is(said: Said, wanted: story.ExpectedNotice) -> bool:
    same = (said.customer, said.step, said.channel) == (wanted.customer, wanted.step, wanted.channel) and said.items == wanted.items
    return same and all(getattr(wanted, part) in (None, getattr(said, part)) for part in ("asks", "currency", *CLAIMS))


def _wanted(wanted: story.ExpectedNotice) -> str:
    items = ", ".join(f"{label} {amount}" for label, amount in sorted(wanted.items.items()))
    amounts = "".join(f"; {part} {getattr(wanted, part)}" for part in (*CLAIMS, "asks") if getattr(wanted, part) is not None)
    return f"{wanted.customer} {wanted.step} by {wanted.channel}: {items}{amounts}"


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "null" if value is None else str(value)
