"""One customer in memory: what is owed, what stands against chasing it, how far each item has climbed. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dunning.agencies.choice import Tried
from dunning.agreements import NO_WAIT, BankWait, Part, is_kept, is_missed
from dunning.decide import CustomerFacts, ItemFacts, Look
from dunning.policy import Channel
from dunning.simulation.events import ChangeCredit, Dispute, EndPlan, Enter, Event, Hold, LetGo, Plan, Promise, Settle

ZERO = Decimal(0)


@dataclass(slots=True)
class Promised:
    """A promise that stands: what has come since it was made counts towards its amount."""

    cases: frozenset[int]
    by: date
    currency: str
    amount: Decimal
    after: int = 0  # the last entry that was there
    came: dict[int, Decimal] = field(default_factory=dict)  # by item: one that a newer promise is about takes its money along

    @property
    def allocated(self) -> Decimal:
        """Money that came on the items that it is still about, and is still there."""
        return sum((self.came.get(case, ZERO) for case in self.cases), ZERO)


@dataclass(slots=True)
class Agreed:
    """A plan that stands: what was paid on its items since fills its rates in order."""

    cases: frozenset[int]
    rates: tuple[ItemFacts, ...]
    paid: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Lying:
    """A message that was released and has not left."""

    on: date
    key: tuple[object, ...]
    channel: Channel
    currency: str
    credit: Decimal
    cases: tuple[int, ...]


@dataclass(slots=True)
class Account:
    """Facts of a customer that events change. `standing` are the items that may still be chased, `closed` those that nothing is open on."""

    customer: int
    reach: frozenset[Channel]
    standing: dict[int, ItemFacts] = field(default_factory=dict)
    closed: dict[int, ItemFacts] = field(default_factory=dict)
    credit: dict[str, Decimal] = field(default_factory=dict)
    money: dict[str, Decimal] = field(default_factory=dict)  # the part of credit that is money
    contacts: list[date] = field(default_factory=list)
    told: set[tuple[object, ...]] = field(default_factory=set)  # today
    netted: dict[str, Decimal] = field(default_factory=dict)  # today
    steps: dict[int, str] = field(default_factory=dict)  # the key of the last step completed
    skipped: dict[int, tuple[str, ...]] = field(default_factory=dict)
    country: str = ""
    calls: tuple[Tried, ...] = ()
    waits_for_release: bool = False
    today: date | None = None
    _lying: list[Lying] = field(default_factory=list)
    _disputed: dict[int, Decimal] = field(default_factory=dict)
    _holds: dict[int | None, list[date | None]] = field(default_factory=dict)
    _promises: list[Promised] = field(default_factory=list)
    _plans: list[Agreed] = field(default_factory=list)
    _last_entry: int = 0

    @classmethod
    def of(cls, known: CustomerFacts, *, on: date) -> "Account":
        """An account that begins with what is known of a customer today, to be run on. What a run would try again counts as not sent."""
        items = {item.case: replace(item, in_flight=item.in_flight and not item.retry, retry=False) for item in known.items}
        return cls(
            customer=known.customer,
            reach=known.reach,
            standing=items,
            credit=dict(known.credit),
            contacts=list(known.contacts),
            told=set(known.told_today),
            netted=dict(known.netted),
            country=known.country,
            calls=known.calls,
            waits_for_release=known.waits_for_release,
            today=on,
        )

    def facts(self) -> CustomerFacts:
        """What is judged."""
        return CustomerFacts(
            customer=self.customer,
            items=tuple(self.standing.values()),
            reach=self.reach,
            credit={code: amount for code, amount in self.credit.items() if amount},
            netted=self.netted,
            told_today=frozenset(self.told),
            contacts=tuple(self.contacts),
            with_agency=any(item.with_agency for item in self.standing.values()),
            country=self.country,
            calls=self.calls,
            waits_for_release=self.waits_for_release,
        )

    def item(self, case: int) -> ItemFacts:
        """An item that entered, closed or not."""
        return self.standing.get(case) or self.closed[case]

    def is_on_plan(self, case: int) -> bool:
        """Whether an agreement that stands covers the item."""
        return any(case in plan.cases for plan in self._plans)

    def agreed(self, cases: Collection[int], rates: Iterable[ItemFacts]) -> None:
        """Take over an agreement whose items and rates are known already."""
        self._plans.append(Agreed(frozenset(cases), tuple(rates)))

    def begin(self, on: date, wait: BankWait = NO_WAIT) -> None:
        """A run: what lies there is planned anew. On a new day nothing was said or netted yet. Promises that are kept end, and plans
        whose rate was missed.
        """
        for message in self._lying:
            self.lift(message)
        self._lying.clear()
        if on != self.today:
            self.today = on
            self.told.clear()
            self.netted.clear()
        self._review_promises()
        self._end_missed_plans(on=on, wait=wait)

    def take(self, event: Event) -> None:
        """Let something happen to the books; the items follow at once, as the cases do."""
        match event:
            case Enter(item):
                self._enter(item)
            case Settle():
                self._settle(event)
            case ChangeCredit():
                self._change_credit(event)
            case Dispute(case, amount):
                self._disputed[case] = amount
                self._dress([case])
            case Hold(case, until):
                self._holds.setdefault(case, []).append(until)
                self._dress(self.standing if case is None else [case])
            case LetGo(case):
                self._holds.pop(case, None)
                self._dress(self.standing if case is None else [case])
            case Promise():
                self._promise(event)
            case Plan():
                self._plan(event)
            case EndPlan(cases):
                for plan in [plan for plan in self._plans if plan.cases == frozenset(cases)]:
                    self._end(plan)

    def change(self, case: int, **values: Any) -> None:
        """Set facts of an item that stands; one that is closed is left as it is."""
        if case in self.standing:
            self.standing[case] = replace(self.standing[case], **values)

    def leave(self, message: Lying) -> None:
        """It stays where it is until the next run."""
        self._lying.append(message)
        for case in message.cases:
            self.change(case, retry=True)

    def lift(self, message: Lying) -> None:
        """Nobody was told: take its items out of it."""
        if message.channel is not Channel.AGENCY:
            self.contacts.remove(message.on)
        if message.on == self.today:
            self.told.discard(message.key)
            self.netted[message.currency] -= message.credit
        for known in (self.standing, self.closed):
            for case in known.keys() & set(message.cases):
                known[case] = replace(known[case], in_flight=False, retry=False)

    def move_on(self, looks: Iterable[Look], planned: Collection[int]) -> None:
        """Note what was skipped, and what now stands in a plan that waits for a person."""
        for look in looks:
            item, position = look.item, look.position - (1 if look.step else 0)
            if look.skipped:
                self.skipped[item.case] = (*self.skipped.get(item.case, ()), *look.skipped)
            proposed = item.case in planned
            if position != item.position or proposed != item.proposed:
                self.change(item.case, position=position, proposed=proposed)

    # -- how events are taken

    def _enter(self, item: ItemFacts) -> None:
        (self.standing if item.open > 0 else self.closed)[item.case] = item
        self._dress([item.case])

    def _settle(self, event: Settle) -> None:
        item = self.item(event.case)
        left = item.open - event.amount
        was_closed = event.case in self.closed
        self._forget(event.case)
        if left <= 0:
            self.closed[event.case] = replace(item, open=left, with_agency=False)
        elif was_closed:  # a person looks before its next message
            self.standing[event.case] = replace(item, open=left, wants_approval=True, released_position=0)
        else:
            self.standing[event.case] = replace(item, open=left)
        self._count_towards(event)
        self._dress([event.case])

    def _forget(self, case: int) -> None:
        """Take an item out of where it stands."""
        self.closed.pop(case, None)
        self.standing.pop(case, None)

    def _change_credit(self, event: ChangeCredit) -> None:
        self.credit[event.currency] = self.credit.get(event.currency, ZERO) + event.amount
        if event.is_money:
            self.money[event.currency] = self.money.get(event.currency, ZERO) + event.amount
        self._review_promises()

    def _promise(self, event: Promise) -> None:
        for older in self._promises:
            older.cases -= set(event.cases)
        currency = self.item(event.cases[0]).currency
        self._promises = [older for older in self._promises if older.cases]
        after = self._last_entry if event.after is None else event.after
        self._promises.append(Promised(frozenset(event.cases), event.by, currency, event.amount, after))
        self._review_promises()
        self._dress(event.cases)

    def _review_promises(self) -> None:
        """A promise is over as soon as it is kept, or nothing is left to pay; what waited for it goes on."""
        over = [one for one in self._promises if self._is_over(one)]
        self._promises = [one for one in self._promises if not any(one is other for other in over)]
        for one in over:
            self._dress(one.cases)

    def _is_over(self, one: Promised) -> bool:
        unallocated = self.money.get(one.currency, ZERO)
        return not one.cases & self.standing.keys() or is_kept(one.amount, allocated=one.allocated, unallocated=unallocated)

    def _plan(self, event: Plan) -> None:
        owed = sum((self.item(case).open for case in event.cases), ZERO)
        plan = Agreed(frozenset(event.cases), event.rates, paid=sum((rate.open for rate in event.rates), ZERO) - owed)
        self._plans.append(plan)
        for rate in event.rates:
            self._enter(rate)
        self._fill(plan)
        self._dress(event.cases)

    def _count_towards(self, event: Settle) -> None:
        for promise in self._promises:
            if event.is_money and event.case in promise.cases and event.entry > promise.after:
                promise.came[event.case] = promise.came.get(event.case, ZERO) + event.amount
        self._last_entry = max(self._last_entry, event.entry)
        for plan in self._plans:
            if event.case in plan.cases:
                plan.paid += event.amount
                self._fill(plan)

    def _fill(self, plan: Agreed) -> None:
        """What is open on each rate: the money falls on them in order."""
        rest = max(plan.paid, ZERO)
        for rate in plan.rates:
            part = min(rest, rate.open)
            rest -= part
            now = replace(self.item(rate.case), open=rate.open - part)
            if rate.case in self.closed and now.open > 0:  # money was taken back: a person looks before its next message
                now = replace(now, wants_approval=True, released_position=0)
            self._forget(rate.case)
            (self.standing if now.open > 0 else self.closed)[rate.case] = now

    def _end_missed_plans(self, *, on: date, wait: BankWait) -> None:
        """A rate open after its day ends its plan, unless open credit reaches it: then it waits for a person to match the money."""
        for plan in list(self._plans):
            credit = self.credit.get(plan.rates[0].currency, ZERO)
            if is_missed([Part(rate.due_on, rate.open) for rate in self._rates(plan)], credit=credit, on=on, wait=wait):
                self._end(plan)

    def _end(self, plan: Agreed) -> None:
        self._plans.remove(plan)
        for rate in plan.rates:
            now = self.item(rate.case)
            self._forget(rate.case)
            self.closed[rate.case] = replace(now, open=ZERO)
        for case in plan.cases:
            self.change(case, on_plan=self.is_on_plan(case))

    def _rates(self, plan: Agreed) -> Iterator[ItemFacts]:
        return (self.standing[rate.case] for rate in plan.rates if rate.case in self.standing)

    def _dress(self, cases: Iterable[int]) -> None:
        """Bring what stands against these items up to date."""
        for case in list(cases):
            item = self.standing.get(case)
            if item is not None:
                self.standing[case] = replace(item, **self._against(item))

    def _against(self, item: ItemFacts) -> dict[str, Any]:
        known: dict[str, Any] = {}
        if item.case in self._disputed:
            known["disputed"] = min(self._disputed[item.case], item.open)
        known["held_until"] = (*self._holds.get(None, ()), *self._holds.get(item.case, ()))
        known["promised_by"] = max((one.by for one in self._promises if item.case in one.cases), default=None)
        known["on_plan"] = self.is_on_plan(item.case)
        return known
