"""One customer's books in memory, with the verbs of `invoices.actions`: each change goes into the account as events. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from dunning.decide import ItemFacts
from dunning.policy import Channel, Policy
from dunning.simulation.account import ZERO, Account
from dunning.simulation.events import ChangeCredit, Dispute, Enter, Event, Hold, LetGo, Plan, Promise, Settle
from invoices import ledger
from invoices.ledger import Debt, Entry, Instalment
from receivables.core.calendar import Calendar, EveryDay, next_working_day
from receivables.core.errors import Refused


@dataclass(slots=True)
class Source:
    """Money or a credit note: what of it lies on which item; the rest is open credit."""

    amount: Decimal
    currency: str
    is_money: bool
    made: list[tuple[int, Decimal, int]] = field(default_factory=list)  # case, part, number of the entry
    taken_back: bool = False

    @property
    def parts(self) -> dict[int, Decimal]:
        """What lies on which item."""
        found: dict[int, Decimal] = {}
        for case, part, _ in self.made:
            found[case] = found.get(case, ZERO) + part
        return found

    @property
    def left(self) -> Decimal:
        """Not allocated."""
        return self.amount - sum((part for _, part, _ in self.made), ZERO)


@dataclass(slots=True)
class Books:
    """What one customer owes and has paid. The account follows each change at once."""

    account: Account
    calendar: Calendar = field(default_factory=EveryDay)
    items: dict[int, ItemFacts] = field(default_factory=dict)  # as entered
    due: dict[int, date] = field(default_factory=dict)  # as the paper says, a working day or not
    entries: dict[int, list[Entry]] = field(default_factory=dict)
    disputes: dict[int, Decimal] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    plans: int = 0  # agreed so far; rates are among the account's items only
    last_entry: int = 0

    def invoice(self, number: str, parts: Sequence[Instalment], *, policy: Policy, version: int = 1, currency: str = "PLN") -> list[int]:
        """Items of an invoice: their cases."""
        invoice = len(self.items) + 1
        cases = []
        for position, part in enumerate(parts, start=1):
            label = number if len(parts) == 1 else f"{number}#{position}"
            case = len(self.items) + 1
            due_on = next_working_day(self.calendar, part.due_on)
            item = ItemFacts(case, label, invoice, due_on, currency, part.amount, ZERO, version, policy)
            self.items[case], self.due[case], self.entries[case] = item, part.due_on, []
            self.account.take(Enter(item))
            cases.append(case)
        return cases

    def open(self, case: int) -> Decimal:
        """What the entries leave open."""
        return self.items[case].open - sum((entry.signed for entry in self.entries[case]), ZERO)

    def owed(self, currency: str | None = None) -> list[int]:
        """The cases with something open."""
        return [case for case, item in self.items.items() if currency in (None, item.currency) and self.open(case) > 0]

    def pay(
        self, amount: Decimal, *, on: date, currency: str = "PLN", cases: Sequence[int] | None = None, unmatched: bool = False
    ) -> Source:
        """Money falls on the items named, in that order, else on the oldest due; what is left is credit."""
        return self._book(Source(amount, currency, is_money=True), cases, on=on, aside=unmatched)

    def credit(self, amount: Decimal, *, on: date, currency: str = "PLN", case: int | None = None) -> Source:
        """A credit note for an item, or standing alone."""
        return self._book(Source(amount, currency, is_money=False), [case] if case else None, on=on, aside=case is None)

    def match(self, source: Source, case: int, *, on: date) -> None:
        """Let what is left of money or credit fall on an item."""
        part = min(source.left, self.open(case))
        if source.taken_back or part <= 0 or self.items[case].currency != source.currency:
            raise Refused("Nothing is left of it, or nothing is open.")
        self._post(source, {case: part}, on=on)

    def reverse(self, source: Source, *, on: date) -> None:
        """Money or a credit note is taken back: what it settled opens again."""
        if source.taken_back:
            raise Refused("It was taken back already.")
        left, source.taken_back = source.left, True
        for case, part, number in source.made:
            self._enter(case, part, is_reversal=True, is_money=source.is_money, on=on, number=number)
        source.made = []
        self._tell(ChangeCredit(source.currency, -left, source.is_money))

    def write_off(self, case: int, *, on: date) -> None:
        """What is open will not be claimed any more."""
        if self.open(case) <= 0:
            raise Refused("Nothing is open.")
        if self.disputes.pop(case, None):
            self._tell(Dispute(case, ZERO))
        self._enter(case, self.open(case), is_reversal=False, is_money=False, on=on)
        self._tell(ChangeCredit(self.items[case].currency, ZERO))

    def dispute(self, case: int, amount: Decimal | None = None) -> None:
        """Contest what is open, or so much of it."""
        amount = self.open(case) if amount is None else amount
        if case in self.disputes or not 0 < amount <= self.open(case):
            raise Refused("It is disputed already, or less is open.")
        self.disputes[case] = amount
        self._tell(Dispute(case, amount))

    def resolve(self, case: int, *, upheld: bool, on: date) -> None:
        """End a dispute; upheld, the contested part is credited."""
        if case not in self.disputes:
            raise Refused("Nothing is disputed.")
        amount = self.disputes.pop(case)
        self._tell(Dispute(case, ZERO))
        if upheld:
            self.credit(amount, on=on, currency=self.items[case].currency, case=case)

    def hold(self, case: int | None, until: date | None, *, on: date) -> None:
        """Leave an item or the customer alone."""
        if (until is not None and until < on) or (case is not None and self.open(case) <= 0):
            raise Refused("A hold cannot end in the past, nor concern what is closed.")
        self._tell(Hold(case, until))

    def let_go(self, case: int | None) -> None:
        """End the holds on an item or on the customer."""
        self._tell(LetGo(case))

    def promise(self, cases: Sequence[int], amount: Decimal, by: date, *, on: date) -> None:
        """The customer has promised to pay so much of these items by a day."""
        if by < on or not cases or {self.items[case].currency for case in cases} != {self.items[cases[0]].currency}:
            raise Refused("A promise names a day to come and open items of one currency.")
        if any(self.open(case) <= 0 for case in cases):
            raise Refused("Nothing is open on one of them.")
        self._tell(Promise(tuple(cases), by, amount))

    def plan(self, cases: Sequence[int], rates: Sequence[Instalment], *, policy: Policy, version: int = 1, label: str = "") -> None:
        """An instalment agreement over what is open on these items. Its rates are `LABEL#1`, `LABEL#2` …"""
        owed = sum((self.open(case) for case in cases), ZERO)
        if owed != sum((rate.amount for rate in rates), ZERO) or not all(self._may_be_planned(case) for case in cases):
            raise Refused("The rates do not add up, or an item is closed, on a plan already or with the agency.")
        self.plans += 1
        first = 1_000_000 + 100 * self.plans
        made = [
            replace(
                self.items[cases[0]], case=first + n, label=f"{label or first}#{n}", invoice=first, is_rate=True, version=version,
                policy=policy, due_on=next_working_day(self.calendar, rate.due_on), open=rate.amount,
            )
            for n, rate in enumerate(rates, start=1)
        ]  # fmt: skip
        self._tell(Plan(tuple(cases), tuple(made)))

    def _may_be_planned(self, case: int) -> bool:
        item = self.account.item(case)
        is_on_its_way = item.in_flight and Channel.AGENCY in item.policy.steps[item.position].channels
        return self.open(case) > 0 and not self.account.is_on_plan(case) and not item.with_agency and not is_on_its_way

    # -- how a change is booked

    def _book(self, source: Source, cases: Sequence[int] | None, *, on: date, aside: bool) -> Source:
        self.sources.append(source)
        parts = {} if aside else self._spread(source, cases)
        self._post(source, parts, on=on, fresh=True)
        return source

    def _spread(self, source: Source, cases: Sequence[int] | None) -> dict[int, Decimal]:
        named = None if cases is None else ledger.in_order(self._debts(cases))
        slices = named if named is not None else ledger.oldest_first(self._debts(self.owed(source.currency)))
        return ledger.spread(source.amount, slices).parts

    def _debts(self, cases: Iterable[int]) -> list[Debt]:
        return [
            Debt(case, self.items[case].label, self.due[case], self.open(case), min(self.disputes.get(case, ZERO), self.open(case)))
            for case in cases
        ]

    def _post(self, source: Source, parts: Mapping[int, Decimal], *, on: date, fresh: bool = False) -> None:
        """Entries first, then what credit has become: a promise counts what came once."""
        for case, part in parts.items():
            number = self._enter(case, part, is_reversal=False, is_money=source.is_money, on=on)
            source.made.append((case, part, number))
        came = source.amount if fresh else ZERO
        self._tell(ChangeCredit(source.currency, came - sum(parts.values(), ZERO), source.is_money))

    def _enter(self, case: int, amount: Decimal, *, is_reversal: bool, is_money: bool, on: date, number: int = 0) -> int:
        """Returns the number of the entry; a reversal is told under that of what it takes back."""
        if not number:
            self.last_entry = number = self.last_entry + 1
        entry = Entry(on, amount, is_reversal)
        self.entries[case].append(entry)
        self._tell(Settle(case, entry.signed, is_money, number))
        return number

    def _tell(self, event: Event) -> None:
        self.account.take(event)
