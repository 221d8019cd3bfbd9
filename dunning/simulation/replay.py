"""A policy over a firm's past: every day run in memory, money and holds as they really came. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from dunning.decide import Rules
from dunning.policy import Channel, Policy
from dunning.simulation.account import Account
from dunning.simulation.days import WILLING, People, Sent, advance
from dunning.simulation.events import Enter, Event, Plan

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Happened:
    """Something in a customer's books on a day."""

    on: date
    customer: int
    event: Event


@dataclass(frozen=True, slots=True)
class Past:
    """A firm's books as dated events, in order, and who can be reached how. Its items name no policy yet: `NONE`."""

    reach: Mapping[int, frozenset[Channel]]
    events: Sequence[Happened]


NONE = Policy(name="none", steps=())


def replay(
    past: Past,
    policy: Policy,
    rules: Rules,
    *,
    first: date,
    last: date,
    people: People = WILLING,
    each_day: Callable[[date], object] = lambda day: None,
) -> Iterator[Sent]:
    """What the policy would have sent from day to day. What is open on the first day enters then, with nothing done yet."""
    accounts = {customer: Account(customer, ways) for customer, ways in past.reach.items()}
    by_day = {on: list(events) for on, events in groupby(past.events, key=lambda one: one.on)}
    for on in sorted(day for day in by_day if day < first):
        _book(accounts, by_day[on], policy)
    for account in accounts.values():
        _forget(account)
    for on in _days(first, last):
        _book(accounts, by_day.get(on, ()), policy)
        each_day(on)
        for account in accounts.values():
            yield from advance(account, rules, on=on, people=people)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))


def _book(accounts: Mapping[int, Account], events: Iterable[Happened], policy: Policy) -> None:
    for one in events:
        accounts[one.customer].take(_under(policy, one.event))


def _under(policy: Policy, event: Event) -> Event:
    match event:
        case Enter(item):
            return Enter(replace(item, policy=policy))
        case Plan(cases, rates):
            return Plan(cases, tuple(replace(rate, policy=policy) for rate in rates))
        case _:
            return event


def _forget(account: Account) -> None:
    """The ladder begins anew: nobody has been told anything."""
    for case in list(account.standing):
        account.change(case, wants_approval=False)
