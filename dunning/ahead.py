"""The coming days of one customer, if nothing else happens: the simulation from today's facts. Reads only."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from dunning.decide import ItemFacts, Rules
from dunning.facts import debt_of, facts_for
from dunning.grouping import Judgement, judge
from dunning.models import AgreedItem, Case
from dunning.policy import Channel
from dunning.simulation.account import Account
from dunning.simulation.days import NOBODY, WILLING, People, Sent, advance
from dunning.simulation.events import Enter
from invoices.models import Customer
from receivables.core.money import Money

DAYS = 90
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coming:
    """A message, call or hand-over to come. `needs_approval`: it goes on that day if a person releases it then."""

    on: date
    step: str
    channel: Channel
    items: tuple[str, ...]
    asks: Money
    needs_approval: bool
    is_parallel: bool


@dataclass(slots=True)
class Ahead:
    """A customer as known today, with the invoices that are dated later."""

    account: Account
    rules: Rules
    today: date
    issued: dict[date, list[ItemFacts]] = field(default_factory=dict)

    @classmethod
    def of(cls, customer: Customer, *, today: date, until: date) -> "Ahead":
        """Read what is known today, and which items begin by a later day: a number of queries that no number of rows changes."""
        known = facts_for(customer.creditor, [customer.pk], on=today)
        account = Account.of(known.customers[customer.pk], on=today)
        _agree(account, customer)
        return cls(account, known.rules, today, _issued(customer, after=today, until=until))

    def run(self, on: date, rules: Rules, people: People) -> list[Sent]:
        """A day's run, with what is issued on it."""
        self._begin(on, rules)
        return advance(self.account, rules, on=on, people=people)

    def judged(self, on: date) -> Judgement:
        """How a day would be judged before its run, if nobody does anything meanwhile. Bank data keep the age that they have today."""
        for day in days(self.today, on - DAY):
            self.run(day, self.rules_on(day), NOBODY)
        self._begin(on, self.rules_on(on))
        return judge(self.account.facts(), self.rules_on(on), on=on)

    def _begin(self, on: date, rules: Rules) -> None:
        self.account.begin(on, rules.bank_wait)
        for item in self.issued.get(on, ()):
            self.account.take(Enter(item))

    def rules_on(self, on: date) -> Rules:
        """The rules of a day, with bank data of the age that they have today."""
        return bank_as_old(self.rules, by=on - self.today)


def coming(customer: Customer, *, on: date, within: int = DAYS) -> list[Coming]:
    """What would go to a customer from `on`, today, within so many days, if nobody pays or writes and nothing is entered.

    Everything arrives and is approved at once, calls reach somebody, and bank data are taken to stay fresh. A fixed number of queries.
    """
    ahead = Ahead.of(customer, today=on, until=last_day(on, within))
    fresh = {day: replace(ahead.rules_on(day), bank_freshness_days=None) for day in days(on, last_day(on, within))}
    return [_coming(sent) for day, rules in fresh.items() for sent in ahead.run(day, rules, WILLING)]


def bank_as_old(rules: Rules, *, by: timedelta) -> Rules:
    """The same rules so much later, with bank data of the age that they have today."""
    seen, read = rules.bank_seen_until, rules.bank_read_until
    return replace(rules, bank_seen_until=seen and seen + by, bank_read_until=read and read + by)


def last_day(on: date, within: int = DAYS) -> date:
    """The last of the days that `coming` looks at."""
    return on + timedelta(days=within - 1)


def days(first: date, last: date) -> Iterator[date]:
    """Each day from the first through the last."""
    return (first + n * DAY for n in range((last - first).days + 1))


def _issued(customer: Customer, *, after: date, until: date) -> dict[date, list[ItemFacts]]:
    """Items of invoices that are dated later than today, by their day; seldom any."""
    later = Case.objects.filter(customer=customer, item__invoice__issued_on__gt=after, item__invoice__issued_on__lte=until)
    found: dict[date, list[ItemFacts]] = defaultdict(list)
    cases = set(later.values_list("pk", flat=True))
    if cases:
        then = facts_for(customer.creditor, [customer.pk], on=until)
        for item in then.customers[customer.pk].items:
            if item.case in cases:
                found[then.papers[item.case].issued_on].append(item)
    return found


def _agree(account: Account, customer: Customer) -> None:
    """Let the account know its agreements, so that a rate missed on a day to come ends one. One query."""
    covered: dict[int, list[int]] = defaultdict(list)
    lines = AgreedItem.objects.filter(agreement__customer=customer, agreement__ended_on=None)
    for agreement, case in lines.values_list("agreement", "item__case"):
        covered[agreement].append(case)
    for agreement, cases in covered.items():
        if rates := [item for item in account.standing.values() if item.is_rate and item.invoice == debt_of(None, agreement)]:
            account.agreed(cases, rates)


def _coming(sent: Sent) -> Coming:
    labels = tuple(line.label for line in sent.lines)
    return Coming(sent.on, sent.step, sent.channel, labels, sent.asks, sent.approval, sent.is_parallel)
