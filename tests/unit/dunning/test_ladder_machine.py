"""Anything that may happen to a customer, in any order, against books in memory: what the ladder promises holds after every step.

What is owed, held, promised and planned is reckoned here anew, from the deeds alone; the account under test only says what it sent.
"""

import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from dunning.decide import Rules
from dunning.policy import Channel, Grouping
from dunning.simulation.account import Account
from dunning.simulation.books import Books
from dunning.simulation.days import People, Sent, advance
from invoices.ledger import Instalment
from receivables.core.calendar import EveryDay, next_working_day
from receivables.core.errors import Refused
from tests.unit.dunning.known import AGENCY, CALL, DUE, EMAIL, LETTER, SMS, Week, policy, step

DAY = timedelta(days=1)
ZERO = Decimal(0)
PART = Decimal("20.00")
STEPS = (
    step("reminder", -3, until=0),
    step("overdue", 2, SMS, EMAIL, also=(EMAIL,)),
    step("window", 4, after_previous=3, until=9),
    step("ring", 5, CALL, after_previous=1),
    step("demand", 6, LETTER, EMAIL, after_previous=2, approval=True, deadline_days=3, minimum=Decimal("60.00"), also=(EMAIL, SMS)),
    step("last", 12, SMS, minimum=Decimal("30.00")),
    step("handoff", 16, AGENCY, approval=True, minimum=Decimal("100.00")),
)
LADDERS = (
    policy(*STEPS),
    policy(*STEPS[:6], grouping=Grouping.INVOICE),
    policy(step("one", 0), step("two", 1, LETTER, deadline_days=2), step("three", 2, approval=True)),
    policy(),
)
amounts = st.sampled_from(["20.00", "50.00", "59.99", "100.00"]).map(Decimal)
claims = st.sampled_from(["20.00", "59.99", "100.00", "300.00", "500.00"]).map(Decimal)
pick = st.integers(0, 10**6)


@dataclass
class Said:
    """A promise by this test's own reckoning."""

    cases: set[int]
    by: date
    amount: Decimal
    after: int  # the last entry before it
    kept: bool = False


@dataclass
class Agreed:
    """An instalment agreement by this test's own reckoning."""

    cases: list[int]
    rates: list[Instalment]
    before: Decimal
    ended: bool = False


class Ladder(RuleBasedStateMachine):
    """One customer, time that passes, and a diary of all that was sent."""

    @initialize(
        cap=st.sampled_from([None, None, 1, 3]), week=st.booleans(), tolerance=st.sampled_from([ZERO, ZERO, PART]), willing=st.booleans()
    )
    def begin(self, cap: int | None, week: bool, tolerance: Decimal, willing: bool) -> None:
        calendar = Week() if week else EveryDay()
        self.rules = Rules(calendar, tolerance=tolerance, cap_messages=cap, cap_days=cap and 5)
        self.account = Account(1, frozenset(Channel))
        self.books = Books(self.account, calendar)
        self.people = People(approve=True, receipt=willing)
        self.on, self.version = DUE, 0
        self.taken: dict[int, list[tuple[date, int]]] = defaultdict(list)
        self.diary: list[Sent] = []
        self.holds: dict[int | None, list[date | None]] = defaultdict(list)
        self.promises: list[Said] = []
        self.plans: list[Agreed] = []
        self.deeds = 0
        self.invoice(amount=Decimal("500.00"), term=-4, parts=1, currency="PLN")
        self.invoice(amount=Decimal("100.00"), term=1, parts=2, currency="PLN")

    # -- what happens

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.on += timedelta(days)

    @rule()
    def run(self) -> None:
        self.plans_are_kept_or_end()
        sent = advance(self.account, self.rules, on=self.on, people=self.people)
        self.note(sent)

    @rule()
    def run_again(self) -> None:
        """The second may note that a step is over for what has just gone; a third one finds nothing at all."""
        self.run()
        assert advance(self.account, self.rules, on=self.on, people=self.people) == []
        before = repr(self.account)
        assert advance(self.account, self.rules, on=self.on, people=self.people) == []
        assert repr(self.account) == before

    @rule(days=st.integers(1, 20))
    def run_every_day(self, days: int) -> None:
        for _ in range(days):
            self.on += DAY
            self.run()

    @rule(amount=claims, term=st.integers(-12, 6), parts=st.sampled_from([1, 1, 1, 2]), currency=st.sampled_from(["PLN", "PLN", "EUR"]))
    def invoice(self, amount: Decimal, term: int, parts: int, currency: str) -> None:
        due = [Instalment(self.on + timedelta(term + 5 * n), amount) for n in range(parts)]
        self.books.invoice(f"I{len(self.books.items)}", due, policy=LADDERS[self.version], version=self.version, currency=currency)

    @rule(version=st.integers(0, len(LADDERS) - 1))
    def publish(self, version: int) -> None:
        self.version = version

    @rule(amount=amounts, unmatched=st.booleans())
    def pay(self, amount: Decimal, unmatched: bool) -> None:
        self.books.pay(amount, on=self.on, unmatched=unmatched)

    @precondition(lambda self: self.books.owed())
    @rule(number=pick, amount=st.none() | amounts)
    def pay_one(self, number: int, amount: Decimal | None) -> None:
        case = self.one(self.books.owed(), number)
        self.books.pay(amount or self.books.open(case), on=self.on, currency=self.books.items[case].currency, cases=[case])

    @precondition(lambda self: self.books.sources)
    @rule(number=pick)
    def reverse(self, number: int) -> None:
        self.attempt(lambda: self.books.reverse(self.books.sources[number % len(self.books.sources)], on=self.on))

    @precondition(lambda self: self.books.sources and self.books.owed())
    @rule(number=pick, other=pick)
    def match(self, number: int, other: int) -> None:
        source = self.books.sources[number % len(self.books.sources)]
        self.attempt(lambda: self.books.match(source, self.one(self.books.owed(), other), on=self.on))

    @precondition(lambda self: self.books.owed())
    @rule(number=pick, alone=st.booleans())
    def credit(self, number: int, alone: bool) -> None:
        case = self.one(self.books.owed(), number)
        self.books.credit(PART, on=self.on, currency=self.books.items[case].currency, case=None if alone else case)

    @precondition(lambda self: self.books.owed())
    @rule(number=pick)
    def write_off(self, number: int) -> None:
        self.books.write_off(self.one(self.books.owed(), number), on=self.on)

    @precondition(lambda self: self.books.owed())
    @rule(number=pick, amount=st.none() | st.just(PART))
    def dispute(self, number: int, amount: Decimal | None) -> None:
        self.attempt(lambda: self.books.dispute(self.one(self.books.owed(), number), amount))

    @precondition(lambda self: self.books.disputes)
    @rule(number=pick, upheld=st.booleans())
    def resolve(self, number: int, upheld: bool) -> None:
        self.books.resolve(self.one(list(self.books.disputes), number), upheld=upheld, on=self.on)

    @precondition(lambda self: self.books.owed())
    @rule(number=pick, whole=st.booleans(), days=st.none() | st.integers(0, 6))
    def hold(self, number: int, whole: bool, days: int | None) -> None:
        case = None if whole else self.one(self.books.owed(), number)
        until = None if days is None else self.on + timedelta(days)
        self.books.hold(case, until, on=self.on)
        self.holds[case].append(until)

    @precondition(lambda self: self.holds)
    @rule(number=pick)
    def let_go(self, number: int) -> None:
        case = list(self.holds)[number % len(self.holds)]
        self.books.let_go(case)
        del self.holds[case]

    @precondition(lambda self: self.books.owed("PLN"))
    @rule(number=pick, days=st.integers(0, 8), amount=amounts)
    def promise(self, number: int, days: int, amount: Decimal) -> None:
        cases = self.some(self.books.owed("PLN"), number)
        self.books.promise(cases, amount, self.on + timedelta(days), on=self.on)
        for older in self.promises:
            older.cases -= set(cases)
        self.promises.append(Said(set(cases), self.on + timedelta(days), amount, self.books.last_entry))

    @precondition(lambda self: self.free_to_plan())
    @rule(number=pick, days=st.integers(0, 6))
    def plan(self, number: int, days: int) -> None:
        cases = self.some(self.free_to_plan(), number)
        owed = sum((self.books.open(case) for case in cases), ZERO)
        first = min(Decimal("10.00"), owed)
        rates = [Instalment(self.on + timedelta(days), first)]
        if owed > first:
            rates.append(Instalment(self.on + timedelta(days + 4), owed - first))
        before = self.settled_on(cases)
        if self.attempt(lambda: self.books.plan(cases, rates, policy=LADDERS[self.version], version=self.version)):
            self.plans.append(Agreed(cases, rates, before))

    @invariant()
    def time_goes_on(self) -> None:
        """A day passes and is run after every other deed, a second time now and then: without runs nothing is tried."""
        if not hasattr(self, "deeds"):
            return
        self.deeds += 1
        if self.deeds % 2:
            self.on += DAY
            self.run()
        if self.deeds % 8 == 1:
            self.run_again()

    # -- what holds

    @invariant()
    def promises_are_kept_in_time_or_not(self) -> None:
        for said in getattr(self, "promises", []):
            said.kept = said.kept or self.paid_since(said) + self.aside() >= said.amount or not said.cases & set(self.books.owed())

    @invariant()
    def the_account_follows_the_books(self) -> None:
        if not hasattr(self, "books"):
            return
        for case in self.books.items:
            assert self.account.item(case).open == self.books.open(case)
            assert (case in self.account.standing) == (self.books.open(case) > 0)
        credit = sum((source.left for source in self.books.sources if not source.taken_back and source.currency == "PLN"), ZERO)
        assert self.account.credit.get("PLN", ZERO) == credit

    def note(self, sent: list[Sent]) -> None:
        for message in sent:
            assert message.on == self.on and self.rules.calendar.is_contact_day(self.on)
            self.diary.append(message)
            if not message.is_parallel:
                for line in message.lines:
                    self.note_line(line.case, line.position, line.principal.amount)
        self.the_cap_holds()

    def note_line(self, case: int, position: int, principal: Decimal) -> None:
        taken = self.taken[case]
        assert all(when < self.on for when, _ in taken), "two steps on one day"
        last = taken[-1][1] if taken else 0
        item = self.account.item(case)
        assert position > last, "a step twice, or backwards"
        between = [step.key for step in item.policy.steps[last : position - 1]]
        assert all(key in self.account.skipped.get(case, ()) for key in between), "a step was passed over"
        taken.append((self.on, position))
        assert item.due_on + timedelta(item.policy.steps[position - 1].after_due) <= self.on, "before its day"
        if case in self.books.items:
            self.may_be_told(case, principal)

    def may_be_told(self, case: int, principal: Decimal) -> None:
        disputed = min(self.books.disputes.get(case, ZERO), self.books.open(case))
        assert principal == self.books.open(case) - disputed > 0, "settled or disputed"
        for until in [*self.holds.get(None, []), *self.holds.get(case, [])]:
            assert until is not None and until < self.on, "held"
        assert not any(case in plan.cases and not plan.ended for plan in self.plans), "on a plan"
        assert not any(case in said.cases and self.on <= said.by and not said.kept for said in self.promises), "promised"

    def plans_are_kept_or_end(self) -> None:
        """A run finds a rate open after its day: the plan ends, unless the money is there and only waits to be matched."""
        calendar = self.rules.calendar
        for plan in self.plans:
            credit = sum((one.left for one in self.books.sources if not one.taken_back and one.currency == "PLN"), ZERO)
            rest = max(self.settled_on(plan.cases) - plan.before, ZERO)
            for rate in plan.rates:
                missing, rest = max(rate.amount - rest, ZERO), max(rest - rate.amount, ZERO)
                plan.ended = plan.ended or (missing > credit and next_working_day(calendar, rate.due_on) < self.on)

    def settled_on(self, cases: list[int]) -> Decimal:
        return sum((self.books.items[case].open - self.books.open(case) for case in cases), ZERO)

    def the_cap_holds(self) -> None:
        """A call counts once it has reached somebody: what goes along with the messages of its day does not see it yet."""
        since = self.on - timedelta(4)
        counted = [one for one in self.diary if since <= one.on and one.channel is not AGENCY]
        before = [one for one in counted if not (one.on == self.on and one.channel is CALL)]
        if self.rules.cap_messages is not None and any(one.on == self.on for one in before):
            assert len(before) <= self.rules.cap_messages

    # -- what there is

    def one(self, cases: list[int], number: int) -> int:
        return cases[number % len(cases)]

    def some(self, cases: list[int], number: int) -> list[int]:
        return [case for n, case in enumerate(cases) if number >> n & 1] or cases[:1]

    def free_to_plan(self) -> list[int]:
        gone = {case for plan in self.plans if not plan.ended for case in plan.cases}
        return [case for case in self.books.owed("PLN") if case not in gone]

    def paid_since(self, said: Said) -> Decimal:
        money = (entry for source in self.books.sources if source.is_money for entry in source.made)
        return sum((part for case, part, number in money if case in said.cases and number > said.after), ZERO)

    def aside(self) -> Decimal:
        money = (one for one in self.books.sources if one.is_money and not one.taken_back and one.currency == "PLN")
        return sum((one.left for one in money), ZERO)

    def attempt(self, deed: object) -> bool:
        before = repr(self.account)
        try:
            deed()  # type: ignore[operator]
        except Refused:
            assert repr(self.account) == before
            return False
        return True


def test_the_ladder_keeps_its_promises_whatever_happens() -> None:
    run_state_machine_as_test(
        Ladder,
        settings=settings(
            max_examples=5000 if os.environ.get("LONG") else 500,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
