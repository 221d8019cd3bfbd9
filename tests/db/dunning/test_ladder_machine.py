"""Anything that may happen to a firm's customers, through the real program, with each customer's twin in memory beside it.

Whatever the run sends is held against the books by an oracle of its own, and against what the simulation says: they send the same.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from dunning.actions import accept, agree, approve, assign, call_done, hold, promise, publish, release_hold
from dunning.facts import facts_for, policy_of, rules_of
from dunning.models import AgreedItem, Agreement, Notice, PolicyVersion, PromisedItem, Rate, StepResult, StepTaken, Task
from dunning.policy import Channel
from dunning.simulation.account import Account
from dunning.simulation.books import Books, Source
from dunning.simulation.days import NONE_OUT, Outage, Sent, advance
from dunning.states import NoticeState, TaskKind
from invoices import actions as deeds
from invoices.ledger import Instalment
from invoices.models import AllocationEntry, Customer, Invoice, Item, Payment
from invoices.states import Outcome
from receivables.core.errors import Refused
from receivables.messaging.outgoing import Accepted, Failed, Later
from receivables.messaging.outgoing import Outcome as Answer
from tests.builders import credit, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.test_histories import Oracle

DAY = timedelta(days=1)
ZERO = Decimal(0)
LADDER = """\
name: P
grouping: {grouping}
minimums: {{EUR: "30.00"}}
steps:
  - {{key: reminder, after_due: -3, until: 0, channel: [email]}}
  - {{key: overdue, after_due: 2, channel: [sms, email], also: [email]}}
  - {{key: window, after_due: 4, after_previous: 3, until: 9, channel: [email]}}
  - {{key: ring, after_due: 5, after_previous: 1, channel: [call], also: [email]}}
  - {{key: demand, after_due: 6, after_previous: 2, channel: [letter], also: [email], approval: true, deadline_days: 3, minimum: "60.00"}}
  - {{key: last, after_due: 12, channel: [sms], minimum: "50.00"}}
  - {{key: handoff, after_due: 16, channel: [agency], also: [letter], approval: true, minimum: "100.00"}}
"""
OTHER = """\
name: P
steps:
  - {key: first, after_due: 1, channel: [email], approval: true}
  - {key: overdue, after_due: 3, channel: [email], also: [sms], deadline_days: 2}
  - {key: last, after_due: 4, channel: [letter]}
"""
amounts = st.sampled_from(["20.00", "59.99", "100.00", "300.00"]).map(Decimal)
pick = st.integers(0, 10**6)
channels = st.frozensets(st.sampled_from([Channel.EMAIL, Channel.SMS, Channel.LETTER, Channel.AGENCY]), max_size=2)
Row = TypeVar("Row")
Told = tuple[str, str, bool, str, tuple[tuple[str, str, str], ...]]
"""Step, channel, whether it went along, what it asks for, and its lines: item, own step, principal."""


class Witness(Oracle):
    """Holds every message against the books, and takes it, unless its channel is out. What goes along is always taken."""

    out: Outage = NONE_OUT
    channel: str = ""

    def _answer(self) -> Answer:
        if self.channel in self.out.refusing:
            return Failed("no such service")
        return Later("busy") if self.channel in self.out.busy else Accepted()

    def _line(self, line: StepTaken, notice: Notice) -> None:
        self.channel = notice.channel if notice.main_id is None else ""
        if rate := line.case.rate:
            assert rate.open_amount == line.principal > 0 and rate.agreement.ended_on is None
            assert line.case.state == "running"
            return
        super()._line(line, notice)
        assert not Agreement.objects.filter(lines__item=line.case.item_id, ended_on=None).exists(), "on a plan"
        standing = PromisedItem.objects.filter(item=line.case.item_id, is_standing=True, promise__by__gte=self.on)
        assert not standing.exists(), "promised"


@dataclass
class Twin:
    """A customer, and the same in memory; items and sources under the same names."""

    row: Customer
    books: Books
    cases: dict[int, int] = field(default_factory=dict)  # item → case in memory
    sources: dict[str, Source] = field(default_factory=dict)  # payment's reference or note's number → in memory
    done: dict[int, list[str]] = field(default_factory=dict)  # case in memory → the steps it completed
    assigned: set[int] = field(default_factory=set)  # invoices with a policy of their own
    moved: dict[int, int] = field(default_factory=dict)  # cases in memory that were put under another version, and where they stood then

    def note(self, sent: Sent) -> None:
        """Whatever goes is completed, for people and channels do what they are asked."""
        for line in sent.lines if not sent.is_parallel else ():
            self.done.setdefault(line.case, []).append(line.step)

    def move(self, cases: Iterable[int], version: PolicyVersion) -> None:
        """They go on after the highest step of that version that they have completed."""
        policy = policy_of(version)
        for case in cases:
            position = max((policy.position_of(key) for key in self.done.get(case, ())), default=0)
            self.books.account.change(case, version=version.pk, policy=policy, position=position, released_position=0)
            self.moved[case] = position


class Ladder(RuleBasedStateMachine):
    """A firm with two customers, and time that passes."""

    recorder: Recorder

    @initialize(
        grouping=st.sampled_from(["customer", "invoice"]),
        calendar=st.sampled_from(["none", "country"]),
        tolerance=st.sampled_from(["0.00", "0.00", "30.00"]),
        cap=st.sampled_from([None, None, 1, 3]),
    )
    def begin(self, grouping: str, calendar: str, tolerance: str, cap: int | None) -> None:
        self.clean = transaction.savepoint()
        self.recorder.taken.clear()
        self.recorder.answer = self.witness = Witness(random.Random(0))
        text = LADDER.format(grouping=grouping)
        self.firm: Firm = make_firm(
            text, self.recorder, calendar=calendar, tolerance=tolerance, cap_messages=cap, cap_days=cap and 5, cap_per_person=False
        )
        self.today = 0
        self.texts = [text, OTHER]
        self.go_to(0)
        self.publish(0)
        self.rules = rules_of(self.firm.creditor)
        self.twins = [self.twin(), self.twin()]
        self.numbers = 0
        self.invoice(0, Decimal("300.00"), -4, 1, "PLN")
        self.invoice(1, Decimal("100.00"), 1, 2, "PLN")

    def twin(self) -> Twin:
        row = self.firm.customer()
        known = facts_for(self.firm.creditor, [row.pk], on=self.on).customers[row.pk]
        return Twin(row, Books(Account(row.pk, known.reach), self.rules.calendar))

    @property
    def on(self) -> date:
        return day(self.today)

    def go_to(self, number: int) -> None:
        self.today = number
        self.witness.on = self.on
        self.firm.noon(number)

    # -- time and runs

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.go_to(self.today + days)

    @rule()
    def run(self) -> None:
        """What the real run sends, answers included, is what the simulation says."""
        before = self.taken()
        said = self.really_runs()
        simulated = [sent for twin in self.twins for sent in self.simulated(twin)]
        assert said == sorted(self.in_memory(sent) for sent in simulated)
        self.steps_follow_each_other(before)
        for twin in self.twins:
            self.cases_agree(twin)

    def simulated(self, twin: Twin) -> list[Sent]:
        sent = advance(twin.books.account, self.rules, on=self.on, out=self.witness.out)
        for one in sent:
            twin.note(one)
        return sent

    @rule(busy=channels, refusing=channels)
    def channels_fail(self, busy: frozenset[Channel], refusing: frozenset[Channel]) -> None:
        """Or work again."""
        self.witness.out = Outage(busy, refusing)

    @rule(days=st.integers(1, 6))
    def run_every_day(self, days: int) -> None:
        for _ in range(days):
            self.go_to(self.today + 1)
            self.run()

    @rule()
    def run_again(self) -> None:
        self.run()
        before = self.taken()
        assert self.really_runs() == [] and self.taken() == before
        for twin in self.twins:
            assert self.simulated(twin) == []

    # -- what may happen

    @rule(number=st.integers(0, 1))
    def publish(self, number: int) -> None:
        """Later items are under it."""
        self.version = publish(self.firm.creditor, self.texts[number], now=self.firm.noon(self.today))

    @rule(who=pick, whole=st.booleans())
    def assign(self, who: int, whole: bool) -> None:
        """What is open of a customer or of an invoice goes on under the newest version."""
        if not (found := self.an_item(who)):
            return
        twin, item = found
        account, policy = twin.books.account, self.version.policy
        open_items = Item.objects.open().filter(customer=twin.row)
        if whole:
            assign(self.firm.creditor, policy, customer=twin.row, on=self.on)
            rates = [case for case, known in account.standing.items() if known.is_rate]
            twin.move([*rates, *(twin.cases[row.pk] for row in open_items.exclude(invoice__in=twin.assigned))], self.version)
        else:
            assign(self.firm.creditor, policy, invoice=item.invoice, on=self.on)
            twin.assigned.add(item.invoice_id)
            twin.move([twin.cases[row.pk] for row in open_items.filter(invoice=item.invoice)], self.version)

    @rule(
        who=pick,
        amount=amounts,
        term=st.integers(-12, 6),
        parts=st.sampled_from([1, 1, 2]),
        currency=st.sampled_from(["PLN", "PLN", "EUR"]),
    )
    def invoice(self, who: int, amount: Decimal, term: int, parts: int, currency: str) -> None:
        twin = self.twins[who % 2]
        self.numbers += 1
        number, due = f"F{self.numbers}", [Instalment(self.on + timedelta(term + 5 * n), amount) for n in range(parts)]
        row = deeds.issue_invoice(
            twin.row, number=number, gross=amount * parts, issued_on=self.on, currency=currency,
            **({"due_on": due[0].due_on} if parts == 1 else {"instalments": due}),
        )  # fmt: skip
        cases = twin.books.invoice(number, due, policy=policy_of(self.version), version=self.version.pk, currency=currency)
        twin.cases |= dict(zip(row.items.order_by("position").values_list("pk", flat=True), cases, strict=True))

    @rule(who=pick, amount=amounts, unmatched=st.booleans())
    def pay(self, who: int, amount: Decimal, unmatched: bool) -> None:
        twin = self.twins[who % 2]
        row = pay(twin.row, amount, unmatched=unmatched, booked_on=self.on)
        twin.sources[row.reference] = twin.books.pay(amount, on=self.on, unmatched=unmatched)

    @rule(who=pick, amount=st.none() | amounts)
    def pay_one(self, who: int, amount: Decimal | None) -> None:
        if found := self.an_item(who):
            twin, item = found
            paid = amount or item.open_amount
            row = pay(twin.row, paid, item, booked_on=self.on)
            twin.sources[row.reference] = twin.books.pay(paid, on=self.on, currency=item.currency, cases=[twin.cases[item.pk]])

    @precondition(lambda self: Payment.objects.exists())
    @rule(number=pick)
    def reverse(self, number: int) -> None:
        row = self.chosen(list(Payment.objects.filter(reverses=None).select_related("customer").order_by("pk")), number)
        twin = self.twin_of(row.customer_id)
        self.both(lambda: deeds.reverse_payment(row, on=self.on), lambda: twin.books.reverse(twin.sources[row.reference], on=self.on))

    @precondition(lambda self: Payment.objects.exists())
    @rule(number=pick, who=pick)
    def match(self, number: int, who: int) -> None:
        if found := self.an_item(who):
            twin, item = found
            row = self.chosen(list(Payment.objects.filter(reverses=None).order_by("pk")), number)
            if row.customer_id == twin.row.pk:
                source = twin.sources[row.reference]
                self.both(
                    lambda: deeds.allocate(row, [item], on=self.on), lambda: twin.books.match(source, twin.cases[item.pk], on=self.on)
                )

    @rule(who=pick, alone=st.booleans())
    def credit(self, who: int, alone: bool) -> None:
        if found := self.an_item(who):
            twin, item = found
            row = credit(twin.row, "20.00", None if alone else item, currency=item.currency, issued_on=self.on)
            case = None if alone else twin.cases[item.pk]
            twin.sources[row.number] = twin.books.credit(Decimal("20.00"), on=self.on, currency=item.currency, case=case)

    @precondition(lambda self: Invoice.objects.filter(kind="credit_note", number__startswith="KOR").exists())
    @rule(number=pick)
    def take_note_back(self, number: int) -> None:
        row = self.chosen(list(Invoice.objects.filter(kind="credit_note", number__startswith="KOR").order_by("pk")), number)
        twin = self.twin_of(row.customer_id)
        self.both(lambda: deeds.reverse_credit_note(row, on=self.on), lambda: twin.books.reverse(twin.sources[row.number], on=self.on))

    @rule(who=pick)
    def write_off(self, who: int) -> None:
        if found := self.an_item(who):
            twin, item = found
            deeds.write_off(item, on=self.on, reason="small")
            twin.books.write_off(twin.cases[item.pk], on=self.on)

    @rule(who=pick, amount=st.none() | st.just(Decimal("20.00")))
    def dispute(self, who: int, amount: Decimal | None) -> None:
        if found := self.an_item(who):
            twin, item = found
            self.both(lambda: deeds.dispute(item, amount=amount, on=self.on), lambda: twin.books.dispute(twin.cases[item.pk], amount))

    @precondition(lambda self: Item.objects.filter(disputes__resolved_on=None, disputes__isnull=False).exists())
    @rule(number=pick, upheld=st.booleans())
    def resolve(self, number: int, upheld: bool) -> None:
        disputed = Item.objects.filter(disputes__resolved_on=None, disputes__isnull=False).order_by("pk")
        item = self.chosen(list(disputed.select_related("invoice", "customer")), number)
        twin = self.twin_of(item.customer_id)
        deeds.resolve_dispute(item, outcome=Outcome.UPHELD if upheld else Outcome.REJECTED, on=self.on)
        twin.books.resolve(twin.cases[item.pk], upheld=upheld, on=self.on)

    @rule(who=pick, whole=st.booleans(), days=st.none() | st.integers(0, 6))
    def hold(self, who: int, whole: bool, days: int | None) -> None:
        until = None if days is None else self.on + timedelta(days)
        if found := self.an_item(who):
            twin, item = found
            hold(twin.row if whole else item, on=self.on, until=until)
            twin.books.hold(None if whole else twin.cases[item.pk], until, on=self.on)

    @rule(who=pick, whole=st.booleans())
    def let_go(self, who: int, whole: bool) -> None:
        if found := self.an_item(who):
            twin, item = found
            try:
                release_hold(twin.row if whole else item, on=self.on)
            except Refused:
                return
            twin.books.let_go(None if whole else twin.cases[item.pk])

    @rule(who=pick, some=pick, days=st.integers(0, 8), amount=amounts)
    def promise(self, who: int, some: int, days: int, amount: Decimal) -> None:
        if found := self.some_items(who, some):
            twin, items = found
            by, cases = self.on + timedelta(days), [twin.cases[item.pk] for item in items]
            self.both(
                lambda: promise(twin.row, amount=amount, by=by, on=self.on, items=items),
                lambda: twin.books.promise(cases, amount, by, on=self.on),
            )

    @rule(who=pick, some=pick, days=st.integers(0, 6))
    def plan(self, who: int, some: int, days: int) -> None:
        """Two rates, or one where little is open."""
        if found := self.some_items(who, some):
            twin, items = found
            owed = sum((item.open_amount for item in items), ZERO)
            first, self.numbers = min(Decimal("30.00"), owed), self.numbers + 1
            rates = [(self.on + timedelta(days + 4 * n), part) for n, part in enumerate((first, owed - first)) if part]
            label, cases = f"P{self.numbers}", [twin.cases[item.pk] for item in items]
            self.both(
                lambda: agree(twin.row, label=label, items=items, rates=rates, on=self.on),
                lambda: twin.books.plan(
                    cases, [Instalment(*rate) for rate in rates], policy=policy_of(self.version), version=self.version.pk, label=label
                ),
            )

    @precondition(lambda self: Agreement.objects.filter(ended_on=None).exists())
    @rule(number=pick, part=st.sampled_from(["15.00", "30.00", "45.00"]).map(Decimal), is_money=st.booleans())
    def settle_on_a_plan(self, number: int, part: Decimal, is_money: bool) -> None:
        """Money or a credit note on what an agreement covers."""
        planned = Item.objects.open().filter(agreements__agreement__ended_on=None, agreements__isnull=False).order_by("pk")
        if items := list(planned.select_related("invoice", "customer__creditor")):
            item = self.chosen(items, number)
            twin = self.twin_of(item.customer_id)
            case = twin.cases[item.pk]
            if is_money:
                paid = pay(twin.row, part, item, booked_on=self.on)
                twin.sources[paid.reference] = twin.books.pay(part, on=self.on, currency=item.currency, cases=[case])
            else:
                note = credit(twin.row, str(part), item, currency=item.currency, issued_on=self.on)
                twin.sources[note.number] = twin.books.credit(part, on=self.on, currency=item.currency, case=case)

    @precondition(lambda self: Agreement.objects.filter(ended_on=None).exists())
    @rule(number=pick)
    def charge_back_on_a_plan(self, number: int) -> None:
        """What has filled a rate is taken back."""
        covered = AgreedItem.objects.filter(agreement__ended_on=None).values("item")
        made = AllocationEntry.objects.filter(item__in=covered, is_reversal=False, reversal=None)
        if rows := list(Payment.objects.filter(reverses=None, pk__in=made.values("payment")).select_related("customer").order_by("pk")):
            row = self.chosen(rows, number)
            twin = self.twin_of(row.customer_id)
            self.both(lambda: deeds.reverse_payment(row, on=self.on), lambda: twin.books.reverse(twin.sources[row.reference], on=self.on))

    # -- how the real program is played

    def really_runs(self) -> list[Told]:
        """The day's run, then people: calls reach somebody, the agency confirms, all that waits is approved; and that goes too."""
        first = len(self.recorder.taken)
        run = self.firm.run(self.today)
        assert run.problems == []
        calls = self.people()
        for notice in self.firm.waiting():
            approve(notice, on=self.on, now=self.firm.noon(self.today))
        self.firm.deliver(self.today)
        calls += self.people()
        self.firm.deliver(self.today)  # what goes along with a call that was approved
        keys = [outgoing.key for outgoing in self.recorder.taken[first:]]
        sent = Notice.objects.filter(message__key__in=keys) | Notice.objects.filter(pk__in=[call.pk for call in calls])
        return sorted(self.for_real(notice) for notice in sent.distinct())

    def people(self) -> list[Notice]:
        """Returns the calls that were made."""
        called = []
        for task in Task.objects.filter(creditor=self.firm.creditor, kind=TaskKind.CALL, closed_on=None).select_related("notice__creditor"):
            standing = StepTaken.objects.filter(notice__customer=task.customer_id, notice__channel="call", case__in_flight=F("pk"))
            called += list(Notice.objects.filter(pk__in=standing.values("notice")))
            call_done(task, reached=True, now=self.firm.noon(self.today))
        for twin in self.twins:
            while self.attempt(lambda twin=twin: accept(twin.row, on=self.on)):  # type: ignore[misc]
                pass
        return called

    def for_real(self, notice: Notice) -> Told:
        lines = StepTaken.objects.filter(notice=notice.main_id or notice.pk).select_related("case__item", "case__rate")
        told = sorted((line.case.debt.label, line.step, f"{line.principal:.2f}") for line in lines)
        asks = f"{notice.asks:.2f}"
        return notice.step, str(notice.channel), notice.main_id is not None, asks, tuple(told)

    def in_memory(self, sent: Sent) -> Told:
        told = sorted((line.label, line.step, f"{line.principal.amount:.2f}") for line in sent.lines)
        return sent.step, str(sent.channel), sent.is_parallel, f"{sent.asks.amount:.2f}", tuple(told)

    # -- what holds

    def taken(self) -> dict[int, list[tuple[date, int]]]:
        """Case → the steps completed, in order."""
        found: dict[int, list[tuple[date, int]]] = {}
        done = StepResult.objects.filter(kind=StepResult.Kind.COMPLETED, taken__case__creditor=self.firm.creditor).order_by("pk")
        for case, on, position in done.values_list("taken__case", "on", "taken__position"):
            found.setdefault(case, []).append((on, position))
        return found

    def steps_follow_each_other(self, before: dict[int, list[tuple[date, int]]]) -> None:
        for case, steps in self.taken().items():
            days, positions = [on for on, _ in steps], [position for _, position in steps]
            assert days == sorted(set(days)), "two steps on one day"
            assert positions == sorted(set(positions)), "a step twice, or out of order"
            assert len(steps) <= len(before.get(case, [])) + 1, "more than one step in a run"

    def cases_agree(self, twin: Twin) -> None:
        """Where each item stands, and that nothing between its steps was passed over unless it is listed as skipped."""
        for item in Item.objects.filter(customer=twin.row).select_related("case__version"):
            case, known = item.case, twin.books.account.item(twin.cases[item.pk])
            assert item.open_amount == known.open
            if case.state == "closed":
                continue
            # what waits for an event is judged by the run only then, so what is skipped meanwhile is noted later than in memory
            assert (case.completed_on, case.deadline_on) == (known.completed_on, known.deadline_on)
            assert case.step == twin.books.account.steps.get(twin.cases[item.pk], "")
            begun = twin.moved.get(twin.cases[item.pk])
            keys = {step.key for step in policy_of(case.version).steps[begun or 0 : case.position]}
            done = set(StepTaken.objects.filter(case=case, results__kind="completed").values_list("step", flat=True))
            named = done | set(case.skipped)
            assert keys == named if begun is None else keys <= named, "a step was passed over"
        known = {item.label: item for item in (*twin.books.account.standing.values(), *twin.books.account.closed.values())}
        for rate in Rate.objects.filter(agreement__customer=twin.row).select_related("case"):
            assert rate.open_amount == known[rate.label].open
            if rate.open_amount:
                assert rate.case.completed_on == known[rate.label].completed_on
        assert not Notice.objects.filter(customer=twin.row, state=NoticeState.PROPOSED, message__isnull=False).exists()

    # -- what there is

    def an_item(self, who: int) -> tuple[Twin, Item] | None:
        """One open item of one customer; none where nothing is open."""
        twin = self.twins[who % 2]
        items = list(Item.objects.open().filter(customer=twin.row).select_related("invoice", "customer__creditor").order_by("pk"))
        return (twin, items[who // 2 % len(items)]) if items else None

    def some_items(self, who: int, some: int) -> tuple[Twin, list[Item]] | None:
        """Some open items in złoty of one customer."""
        twin = self.twins[who % 2]
        owed = list(Item.objects.open().filter(customer=twin.row, currency="PLN").select_related("invoice").order_by("pk"))
        return (twin, [item for n, item in enumerate(owed) if some >> n & 1] or owed[:1]) if owed else None

    def chosen(self, rows: list[Row], number: int) -> Row:
        return rows[number % len(rows)]

    def twin_of(self, customer: int) -> Twin:
        return next(twin for twin in self.twins if twin.row.pk == customer)

    def both(self, real: Callable[[], Any], memory: Callable[[], Any]) -> None:
        """Both do it, or both refuse."""
        assert self.attempt(real) == self.attempt(memory)

    def attempt(self, deed: Callable[[], Any]) -> bool:
        try:
            deed()
        except Refused:
            return False
        return True

    def teardown(self) -> None:
        if hasattr(self, "clean"):
            transaction.savepoint_rollback(self.clean)


def play(recorder: Recorder, number: int, *, examples: int, steps: int) -> None:
    """So many examples from one seed, so that several workers share the work."""
    machine = seed(number)(type("SeededLadder", (Ladder,), {"recorder": recorder}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # to shrink a failure through the database takes many minutes: play it by hand
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("number", range(2))
def test_the_run_and_its_simulation_do_the_same_and_keep_their_promises(recorder: Recorder, number: int) -> None:
    play(recorder, number, examples=6, steps=40)


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("number", range(1000, 1025))
def test_they_do_so_for_long(recorder: Recorder, number: int) -> None:
    play(recorder, number, examples=20, steps=60)
