"""Made-up histories of a firm, played through the real program day by day; after each run everything that must hold is looked at.

The channels are an oracle of their own: whatever they are given is held against the books by plain queries, not by the guard.
A history is one seed, shown where it fails. `dev.py test --long` plays sixty of them, forty days each.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Q

from dunning.actions import approve, change_contact, hold, reject, release_hold
from dunning.decide import next_day
from dunning.facts import facts_for
from dunning.grouping import judge
from dunning.models import Case, Hold, Notice, StepResult, StepTaken
from dunning.states import CaseState, Waits
from invoices import actions as books
from invoices.actions import left_of, open_credit
from invoices.books import differences
from invoices.models import Customer, Dispute, Invoice, Item, Payment
from invoices.states import Outcome
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Accepted, Failed, Later, Outgoing, Unknown
from receivables.messaging.outgoing import Outcome as Answer
from tests.builders import credit, dispute, make_invoice, parts, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db

LADDER = """\
name: P
grouping: {grouping}
minimums: {{EUR: "30.00"}}
steps:
  - {{key: reminder, after_due: -3, until: 0, channel: [email]}}
  - {{key: overdue, after_due: 2, channel: [sms, email], also: [email]}}
  - {{key: window, after_due: 4, after_previous: 3, until: 9, channel: [email]}}
  - {{key: demand, after_due: 6, after_previous: 2, channel: [email], approval: true, deadline_days: 3, minimum: "60.00"}}
  - {{key: last, after_due: 12, channel: [sms], minimum: "50.00"}}
  - {{key: handoff, after_due: 16, channel: [agency], approval: true}}
"""


def what_is_due(item: Item) -> Decimal:
    """Open, without what is disputed: by the books alone."""
    item.refresh_from_db()
    disputed = Dispute.objects.filter(item=item, resolved_on=None).values_list("amount", flat=True).first() or Decimal(0)
    return item.open_amount - min(disputed, item.open_amount)


@dataclass
class Oracle:
    """Takes every message, holds it against the books, and answers as real channels do: mostly yes."""

    chance: random.Random
    on: date = field(default_factory=lambda: day(0))
    told: Counter[tuple[object, ...]] = field(default_factory=Counter)
    failures: int = 0

    def __call__(self, outgoing: Outgoing) -> Answer:
        notice = Notice.objects.select_related("message", "customer").get(message__key=outgoing.key)
        lines = list(StepTaken.objects.filter(notice=notice.main_id or notice.pk).select_related("case__item"))
        assert lines
        for line in lines:
            self._line(line, notice)
        principal = sum((line.principal for line in lines), Decimal(0))
        assert notice.principal == principal and Decimal(outgoing_facts(notice)["principal"]) == principal
        assert 0 <= notice.credit < principal
        assert notice.credit <= open_credit([notice.customer_id]).get(notice.customer_id, {}).get(notice.currency, Decimal(0))
        answer = self._answer()
        if isinstance(answer, (Accepted, Unknown)) and notice.main_id is None:
            key = (
                notice.customer_id,
                notice.version_id,
                notice.currency,
                notice.channel,
                notice.approval,
                notice.is_overdue,
                notice.invoice_id,
                notice.agreement_id,
            )
            self.told[(self.on, *key)] += 1
            assert self.told[(self.on, *key)] == 1, "two messages to one group on one day"
        return answer

    def _line(self, line: StepTaken, notice: Notice) -> None:
        case, item = line.case, line.case.item
        assert item.customer_id == notice.customer_id and item.currency == notice.currency
        assert case.state == CaseState.RUNNING and what_is_due(item) == line.principal > 0
        held = Hold.objects.filter(Q(item=item) | Q(item=None), customer=item.customer_id, released_on=None, since__lte=self.on)
        assert not held.exclude(until__lt=self.on).exists(), f"{item.label} is held"
        if notice.main_id is None:
            done = StepResult.objects.filter(kind=StepResult.Kind.COMPLETED, taken__case=case)
            assert not done.filter(on=self.on).exists(), f"{item.label}: two steps on one day"
            assert not done.filter(taken__position__gte=line.position).exists(), f"{item.label}: backwards, or a step twice"
            lost = Message.objects.filter(notice__taken__case=case, state="unknown")
            assert not lost.exists(), f"{item.label}: one may have left already"

    def _answer(self) -> Answer:
        roll = self.chance.random()
        self.failures += roll < 0.08
        if roll < 0.04:
            return Later("busy")
        if roll < 0.06:
            return Failed("unknown user", bad_address=self.chance.random() < 0.5)
        return Unknown("timeout") if roll < 0.08 else Accepted()


def outgoing_facts(notice: Notice) -> dict[str, str]:
    assert notice.message is not None
    facts: dict[str, str] = notice.message.facts
    return facts


@dataclass
class History:
    """One firm with four customers, and what chance does to them."""

    firm: Firm
    oracle: Oracle
    chance: random.Random
    today: int = 0
    payments: list[Payment] = field(default_factory=list)

    @property
    def on(self) -> date:
        return day(self.today)

    def play(self, days: int) -> None:
        for _ in range(4):
            self.firm.customer(currency=self.chance.choice(["", "", "EUR"]))
        for _ in range(4):
            self.invoices()
        for _ in range(days):
            self.today += self.chance.choice([0, 1, 1, 1, 2, 5])
            self.oracle.on = self.on
            self.firm.noon(self.today)
            for _ in range(self.chance.choice([0, 1, 1, 2, 3])):
                self.something_happens()
            self.nobody_is_forgotten()
            self.runs()
            self.all_is_well()
        assert verify(self.firm.creditor) == [] and verify(None) == []

    def something_happens(self) -> None:
        acts = [
            (self.invoices, 3), (self.pays, 3), (self.takes_back, 1), (self.credits, 1), (self.holds, 2), (self.lets_go, 1),
            (self.disputes, 1), (self.settles, 1), (self.answers, 5), (self.writes_off, 1), (self.moves, 1), (self.matches, 1),
        ]  # fmt: skip
        act: Callable[[], object] = self.chance.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        try:
            act()
        except Refused:
            pass

    # -- what may happen

    def invoices(self) -> None:
        due = self.today + self.chance.randint(-6, 6)
        customer, amount = self.a_customer(), self.chance.choice(["20.00", "50.00", "59.99", "100.00"])
        if self.chance.random() < 0.2:
            make_invoice(customer, "100.00", issued_on=day(due - 30), instalments=parts("40.00", "60.00", first_due=day(due)))
        else:
            make_invoice(customer, amount, issued_on=day(due - 30), due_on=day(due), currency=self.chance.choice([None, None, "EUR"]))

    def pays(self) -> None:
        item = self.an_item()
        amount = self.chance.choice([item.open_amount, Decimal("20.00"), Decimal("5.00")])
        names = [item] if self.chance.random() < 0.6 else []
        aside = not names and self.chance.random() < 0.4
        self.payments.append(pay(item.customer, amount, *names, currency=item.currency, unmatched=aside, booked_on=self.on))

    def takes_back(self) -> None:
        if self.payments:
            books.reverse_payment(self.chance.choice(self.payments), on=self.on)

    def credits(self) -> None:
        item = self.an_item()
        whole = self.chance.random() < 0.5
        credit(item.customer, "10.00", item if whole else None, currency=item.currency, issued_on=self.on)

    def matches(self) -> None:
        source = self.chance.choice(self.payments or [None])
        if source is not None and left_of(source):
            books.allocate(source, [self.an_item()], on=self.on)

    def holds(self) -> None:
        item = self.an_item()
        until = self.chance.choice([None, self.on, day(self.today + 1), day(self.today + 4)])
        hold(self.chance.choice([item, item, item.customer]), on=self.on, until=until)

    def lets_go(self) -> None:
        standing = Hold.objects.filter(creditor=self.firm.creditor, released_on=None)
        for row in standing.select_related("item", "customer")[:3]:
            release_hold(row.item or row.customer, on=self.on)

    def disputes(self) -> None:
        item = self.an_item()
        dispute(item, self.chance.choice([None, "10.00", "30.00"]), on=self.on)

    def settles(self) -> None:
        for row in Dispute.objects.filter(item__creditor=self.firm.creditor, resolved_on=None).select_related("item")[:2]:
            books.resolve_dispute(row.item, outcome=self.chance.choice(list(Outcome)), on=self.on)

    def answers(self) -> None:
        for notice in self.firm.waiting():
            if self.chance.random() < 0.7:
                approve(notice, on=self.on, now=self.firm.noon(self.today))
                self.firm.deliver(self.today)
            elif self.chance.random() < 0.5:
                reject(notice, on=self.on)

    def writes_off(self) -> None:
        if self.chance.random() < 0.3:
            books.write_off(self.an_item(), on=self.on, reason="small")

    def moves(self) -> None:
        change_contact(self.a_customer(), on=self.on, email=self.chance.choice([None, "new@example.com", "other@example.com"]))

    def a_customer(self) -> Customer:
        return self.chance.choice(list(Customer.objects.filter(creditor=self.firm.creditor).select_related("creditor").order_by("pk")))

    def an_item(self) -> Item:
        items = list(Item.objects.open().filter(creditor=self.firm.creditor).select_related("customer__creditor", "invoice").order_by("pk"))
        if not items:
            raise Refused("nothing is open")
        return self.chance.choice(items)

    # -- what must hold

    def nobody_is_forgotten(self) -> None:
        """A sweep over everybody finds nothing to do for a customer whose day the run does not think has come."""
        due = set(Case.objects.due_to_look_at(on=self.on).values_list("customer", flat=True))
        everybody = list(Customer.objects.filter(creditor=self.firm.creditor).values_list("pk", flat=True))
        loaded = facts_for(self.firm.creditor, everybody, on=self.on)
        for pk in everybody:
            result = judge(loaded.customers[pk], loaded.rules, on=self.on)
            free = [look for look in result.looks if look.waits is None]
            stepped_over = [look for look in result.looks if look.skipped]
            assert pk in due or not (free or result.groups), (
                f"customer {pk} would be told {[look.key for look in free]} and is not looked at"
            )
            assert pk in due or not any(look.waits is None for look in stepped_over)

    def runs(self) -> None:
        failures = self.oracle.failures
        try:
            run = self.firm.run(self.today)
        except Refused:
            return
        assert run.problems == [], run.problems
        if failures == self.oracle.failures:
            self.nothing_is_left_to_do()

    def nothing_is_left_to_do(self) -> None:
        """After a run in which all went well a further one of the day would send nothing."""
        everybody = list(Customer.objects.filter(creditor=self.firm.creditor).values_list("pk", flat=True))
        loaded = facts_for(self.firm.creditor, everybody, on=self.on)
        for pk in everybody:
            result = judge(loaded.customers[pk], loaded.rules, on=self.on)
            assert all(group.approval for group in result.groups), [group.step.key for group in result.groups]
            for look in result.looks:
                coming = next_day(look, loaded.rules, on=self.on)
                assert coming is None or coming > self.on or look.waits is Waits.APPROVAL

    def all_is_well(self) -> None:
        assert list(differences()) == []
        assert max(self.firm.completed().values(), default=1) == 1, "a step was completed twice"
        keys = [outgoing.key for outgoing in self.firm.recorder.taken] if self.firm.recorder else []
        assert len(keys) == len(set(keys)), "a message was sent twice"
        for case in Case.objects.filter(creditor=self.firm.creditor).select_related("item"):
            assert (case.state == CaseState.CLOSED) == (case.item.open_amount == 0), f"{case.item.label} is {case.state}"
        for notice in self.firm.waiting():
            assert notice.message_id is None
        assert not Item.objects.open().filter(case=None).exists()
        assert not Invoice.objects.filter(items__case__in_flight__notice__message__state__in=["withdrawn", "failed", "expired"]).exists()


def play(recorder: Recorder, seed: int, days: int) -> None:
    chance = random.Random(seed)
    oracle = Oracle(chance)
    recorder.answer, recorder.batch = oracle, chance.choice([1, 50])
    cap = chance.choice([None, None, 2, 3])
    firm = make_firm(
        LADDER.format(grouping=chance.choice(["customer", "invoice"])),
        recorder,
        calendar=chance.choice(["none", "country"]),
        tolerance=chance.choice(["0.00", "10.00"]),
        cap_messages=cap,
        cap_days=cap and 5,
    )
    History(firm, oracle, chance).play(days)


@pytest.mark.parametrize("seed", range(4))
def test_a_history(recorder: Recorder, seed: int) -> None:
    play(recorder, seed, days=20)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1060))
def test_a_long_history(recorder: Recorder, seed: int) -> None:
    play(recorder, seed, days=40)
