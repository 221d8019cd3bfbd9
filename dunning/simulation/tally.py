"""What a replayed policy comes to: messages by step and channel with their cost, and who would have been hit. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from dunning.policy import Channel, Policy
from dunning.simulation.days import Sent
from receivables.core.money import Money, round_to_unit

Prices = Mapping[Channel, Money]


@dataclass(frozen=True, slots=True)
class Count:
    """How many messages bore a step by a channel, calls and hand-overs included, and what they cost."""

    step: str
    channel: Channel
    n: int
    cost: Money


@dataclass(slots=True)
class Tally:
    """Adds up what is sent under one policy. A channel without a price costs nothing."""

    policy: Policy
    prices: Prices
    currency: str
    counts: Counter[tuple[str, Channel]] = field(default_factory=Counter)
    hit: Counter[int] = field(default_factory=Counter)  # customer → messages

    def add(self, sent: Iterable[Sent]) -> "Tally":
        """Count these; returns itself."""
        for one in sent:
            self.counts[one.step, one.channel] += 1
            self.hit[one.customer] += 1
        return self

    @property
    def messages(self) -> tuple[Count, ...]:
        """In the order of the ladder, each step's channels in the order in which a policy may name them."""
        ways = list(Channel)
        ordered = sorted(self.counts, key=lambda key: (self.policy.position_of(key[0]), ways.index(key[1])))
        return tuple(Count(*key, self.counts[key], self._cost(key[1], self.counts[key])) for key in ordered)

    @property
    def total(self) -> Count:
        """All of it in one line; its step and channel say nothing."""
        cost = sum((count.cost.amount for count in self.messages), Decimal(0))
        return Count("", Channel.EMAIL, sum(self.counts.values()), Money(round_to_unit(cost, self.currency), self.currency))

    def _cost(self, channel: Channel, n: int) -> Money:
        price = self.prices.get(channel)
        return Money(round_to_unit(price.amount * n if price else Decimal(0), self.currency), self.currency)
