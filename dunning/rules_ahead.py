"""What other rules would do in the coming days: the same customers run on in memory under both. Nothing is written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from dunning.ahead import bank_as_old, days, last_day
from dunning.decide import Rules
from dunning.facts import facts_for
from dunning.models import Case, LadderRules
from dunning.simulation.account import Account
from dunning.simulation.days import Sent, advance
from receivables.accounts.models import Creditor

WITHIN = 14
MOST = 1000
"""More customers than this take too long for a page; the oldest are run on, and the page says so."""
BATCH = 250


class Part(NamedTuple):
    """Messages by step and channel."""

    step: str
    channel: str
    before: int
    after: int


@dataclass(slots=True)
class Course:
    """The coming days under one set of rules."""

    parts: Counter[tuple[str, str]] = field(default_factory=Counter)
    positions: dict[str, int] = field(default_factory=dict)  # by step the highest at which it stands
    first: dict[int, date] = field(default_factory=dict)  # by case the day of its first message
    messages: int = 0
    approved: int = 0  # each of which a person releases
    first_runs: dict[int, Counter[date]] = field(default_factory=dict)  # messages by day, of versions that nobody has released yet

    def add(self, sent: Sent, version: int | None) -> None:
        """Count a message; `version` is that of its policy where a first run waits for a person."""
        self.messages += 1
        self.approved += sent.approval and not sent.is_parallel
        self.parts[sent.step, str(sent.channel)] += 1
        self.positions[sent.step] = max(self.positions.get(sent.step, 0), *(line.position for line in sent.lines))
        for line in sent.lines:
            self.first.setdefault(line.case, sent.on)
        if version is not None and not sent.approval:
            self.first_runs.setdefault(version, Counter())[sent.on] += 1

    @property
    def approvals(self) -> int:
        """Messages that wait for a person: each of a step that always does, and the first day's of a version's first run."""
        return self.approved + sum(by_day[min(by_day)] for by_day in self.first_runs.values())


@dataclass(frozen=True, slots=True)
class Effect:
    """Two courses over the same days and customers."""

    before: Course
    after: Course
    until: date
    customers: int  # that were run on
    of_customers: int  # that have something on the ladder

    @property
    def held_back(self) -> int:
        """Items that would hear something in these days, and then would not."""
        return len(self.before.first.keys() - self.after.first.keys())

    @property
    def released(self) -> int:
        """Items that would hear nothing, and then would."""
        return len(self.after.first.keys() - self.before.first.keys())

    @property
    def later(self) -> int:
        """Items that hear of it on a later day than before."""
        return sum(self.after.first[case] > day for case, day in self.before.first.items() if case in self.after.first)

    @property
    def earlier(self) -> int:
        """Items that hear of it on an earlier day than before."""
        return sum(self.after.first[case] < day for case, day in self.before.first.items() if case in self.after.first)

    @property
    def parts(self) -> list[Part]:
        """By step and channel, where there is anything, as the ladder goes."""
        positions = self.before.positions | self.after.positions
        keys = sorted(self.before.parts.keys() | self.after.parts.keys(), key=lambda key: (positions[key[0]], key))
        return [Part(step, channel, self.before.parts[step, channel], self.after.parts[step, channel]) for step, channel in keys]


def effect_of(creditor: Creditor, now: LadderRules, then: LadderRules, *, on: date, within: int = WITHIN, at_most: int = MOST) -> Effect:
    """What `then` would do instead of `now` from `on` within so many days, if nobody pays or writes, and all is approved at once.

    Everything arrives; bank data keep the age that they have. Queries: a fixed number for each `BATCH` of customers.
    """
    running = Case.objects.running().filter(creditor=creditor).order_by().values("customer").distinct()
    ids = sorted(running.values_list("customer", flat=True)[:at_most])
    span = list(days(on, last_day(on, within)))
    courses = [_course(creditor, ids, rules, span) for rules in (now, then)]
    return Effect(courses[0], courses[1], span[-1], len(ids), len(ids) if len(ids) < at_most else running.count())


def _course(creditor: Creditor, ids: Sequence[int], row: LadderRules, span: Sequence[date]) -> Course:
    course = Course()
    for sent, version in _sent(creditor, ids, row, span):
        course.add(sent, version)
    return course


def _sent(creditor: Creditor, ids: Sequence[int], row: LadderRules, span: Sequence[date]) -> Iterator[tuple[Sent, int | None]]:
    for first in range(0, len(ids), BATCH):
        loaded = facts_for(creditor, ids[first : first + BATCH], on=span[0], under=row)
        rules = {day: bank_as_old(loaded.rules, by=day - span[0]) for day in span}
        for known in loaded.customers.values():
            yield from _of_account(Account.of(known, on=span[0]), rules)


def _of_account(account: Account, rules: Mapping[date, Rules]) -> Iterator[tuple[Sent, int | None]]:
    for day, under in rules.items():
        for sent in advance(account, under, on=day):
            item = account.item(sent.lines[0].case)
            yield sent, item.version if item.is_first_run else None
