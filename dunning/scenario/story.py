"""A scenario: settings, policies, customers, and day by day what is done and what must be true then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from dunning.policy import Channel, Policy
from dunning.scenario.actions import Action, TaskKind

CustomerKind = Literal["business", "consumer", "public"]
ItemState = Literal["running", "with_agency", "closed"]
CloseReason = Literal["paid", "credited", "written_off", "withdrawn", "time_barred", "plan_ended"]
# Why an item waits; the first of these that applies is the one that is told.
WaitReason = Literal[
    "with_agency",
    "on_plan",
    "held",
    "disputed",
    "promised",
    "unconfirmed",
    "ladder_ended",
    "too_early",
    "bank_stale",
    "below_minimum",
    "no_address",
    "unmatched_money",
    "approval",
    "closed_hours",
    "capped",
]
ItemValue = Decimal | date | str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ContactCap:
    """At most so many messages per customer in any so many days."""

    messages: int
    days: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What surrounds the story; the defaults are those of SCENARIOS.md. `tolerance` is in `currency`."""

    country: str = "PL"
    currency: str = "PLN"
    language: str = "pl"
    calendar: Literal["none", "country"] = "none"
    bank_freshness_days: int | None = None
    tolerance: Decimal = Decimal("0.00")
    contact_cap: ContactCap | None = None
    allocation: Literal["oldest_first", "unmatched"] = "oldest_first"


@dataclass(frozen=True, slots=True)
class Customer:
    """A debtor. A contact that is None (or an address that is False) does not exist."""

    ref: str
    kind: CustomerKind
    email: str | None = None
    phone: str | None = None
    address: bool = False
    policy: str | None = None
    language: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedNotice:
    """A message (or a hand-over) with the open principal it states for each item. None: not checked."""

    customer: str
    step: str
    channel: Channel
    items: Mapping[str, Decimal]
    asks: Decimal | None = None
    interest: Decimal | None = None
    compensation: Decimal | None = None
    fees: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedTask:
    """An open task for a person. A step of None is not checked."""

    customer: str
    kind: TaskKind
    step: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedItem:
    """Only the parts that were written down, by name; None there means that it must be null.

    open: Decimal; step, state, reason, waits: str or None; next: date or None; skipped: tuple of keys.
    """

    parts: Mapping[str, ItemValue]


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be true after an entry's actions. None, or an item or customer left out: not checked.

    `credit` gives a customer's open credit in their own currency, or one amount for each of several currencies.
    """

    notices: tuple[ExpectedNotice, ...] | None = None
    planned: tuple[ExpectedNotice, ...] | None = None
    items: Mapping[str, ExpectedItem] = field(default_factory=dict)
    tasks: tuple[ExpectedTask, ...] | None = None
    credit: Mapping[str, Decimal | Mapping[str, Decimal]] = field(default_factory=dict)
    refused: bool = False
    line: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """What happens on a day, in order, and what is expected then. The days need not rise: a run for an earlier day is a story too."""

    on: date
    actions: tuple[Action, ...] = ()
    expect: Expect | None = None
    line: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. Customers without a policy of their own have `default_policy`."""

    title: str
    source: str | None
    settings: Settings
    policies: Mapping[str, Policy]
    default_policy: str
    customers: tuple[Customer, ...]
    timeline: tuple[Entry, ...]
