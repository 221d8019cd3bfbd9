"""Replay draft policies over a creditor's own books. Reads only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from dunning.agencies.choice import NOTHING_ASKED
from dunning.facts import rules_of
from dunning.history import past_of
from dunning.policy import Channel, Policy
from dunning.simulation.days import People
from dunning.simulation.replay import replay
from dunning.simulation.tally import Tally
from receivables.accounts.models import Creditor
from receivables.core.money import Money

LETTER_COST, SMS_COST = "5.00", "0.10"
"""What is reckoned with where nobody says what a letter and an SMS really cost: an assumption, in the creditor's currency."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to simulate: the days, prices by channel, whether people approve, and whether a customer without any contact is reached."""

    first: date
    last: date
    prices: Mapping[Channel, Money]
    approve: bool = True
    anybody: bool = True


def simulate(
    creditor: Creditor, policies: Sequence[Policy], request: Request, *, tell: Callable[[Policy, date], object] = lambda policy, day: None
) -> list[Tally]:
    """A tally for each policy, all over the same past. Every item is under the policy, whatever is assigned to it.

    The company's own rules hold (calendar, cap, tolerance), but bank data count as complete: payments came when they came.
    """
    rules = replace(rules_of(creditor), bank_freshness_days=None, handover=NOTHING_ASKED)
    past = past_of(creditor, rules, until=request.last, anybody=request.anybody)
    people = People(approve=request.approve)
    return [
        Tally(policy, request.prices, creditor.currency).add(
            replay(past, policy, rules, first=request.first, last=request.last, people=people, each_day=partial(tell, policy))
        )
        for policy in policies
    ]
