"""May this item take its next step today, and if not, why and until when? Pure: sees no row, clock or setting.

The same judgement serves run, dry run, preview, explain and scenarios, so they cannot disagree. The order of the
reasons is that of SCENARIOS.md (`waits`): first what concerns the item alone, here; then, once its step is open, what
concerns all that its customer would be told that day, in `grouping`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from dunning.agencies.choice import NOTHING_ASKED, AgencyTerms, HandoverRules, Tried
from dunning.agreements import NO_WAIT, BankWait
from dunning.policy import Channel, Policy, Step
from dunning.states import Waits
from dunning.terms import NO_TERMS, Terms
from invoices.ledger import Entry
from receivables.core.calendar import Calendar, next_contact_day
from receivables.countries.hours import ContactHours
from receivables.countries.rates import RateBook, shipped
from receivables.countries.words import Debtor

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """A creditor's rules for the ladder. None means: no such rule."""

    calendar: Calendar
    tolerance: Decimal = Decimal(0)
    bank_freshness_days: int | None = None
    bank_seen_until: date | None = None  # what the bank told reaches that day, which may have been going on
    bank_read_until: date | None = None  # the last day that it told all of
    bank_wait_days: int = 0  # so long promises and rates wait for the bank's data of their day
    cap_messages: int | None = None
    cap_days: int | None = None
    country: str = "PL"  # whose law gives interest, compensation and limitation
    hours: ContactHours | None = None  # judged at the hand-over alone; a plan is made at any hour
    rates: RateBook = field(default_factory=shipped)
    handover: HandoverRules = NOTHING_ASKED
    agencies: tuple[AgencyTerms, ...] = ()  # active, in the order in which they are asked; known where a step hands over
    register: str = ""  # name and seat of the bureau that warnings of an entry name

    @property
    def bank_wait(self) -> BankWait:
        """When the day of a promise or a rate is over for the bank, too. What was seen without a day being told whole is waited for."""
        return BankWait(self.bank_read_until or date.min, self.bank_wait_days) if self.bank_seen_until else NO_WAIT


class Span(NamedTuple):
    """Days from the first through the last."""

    first_on: date
    last_on: date


class Unread(NamedTuple):
    """A reply that nobody has dealt with."""

    until: date | None  # the last day that it holds; None: until somebody has
    sender: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is known of one running case. Amounts are in `currency`; dates are the creditor's."""

    case: int
    label: str
    invoice: int  # of a rate, its agreement with a minus before it
    due_on: date  # moved to a working day where the calendar says so
    currency: str
    open: Decimal
    disputed: Decimal
    version: int
    policy: Policy
    position: int = 0  # of the last step completed or skipped
    completed_on: date | None = None
    deadline_on: date | None = None
    released_position: int = 0
    wants_approval: bool = False
    is_first_run: bool = False  # nothing under its policy version was ever released, and the creditor wants a person to begin
    is_unsettled: bool = False  # a partner has paid out money that may be its, and the report is not in
    pending_until: date | None = None  # money for it was seen and is not booked yet: the first day on which that no longer counts
    is_undelivered: bool = False  # nobody recorded how its invoice was delivered, and the creditor wants that before formal steps
    legal_waits: bool = False  # a person releases steps of legal weight, whatever the policy says
    with_agency: bool = False
    is_placing: bool = False  # a person has proposed to hand it over, and it waits for a second one
    announced_on: date | None = None  # a message that announced a hand-over was accepted; known where its next step hands over
    on_plan: bool = False
    is_rate: bool = False  # of an agreement: chased before and on its day only
    held_until: tuple[date | None, ...] = ()  # one per standing hold; None lasts until released
    replies: tuple[Unread, ...] = ()  # unread ones that hold it
    promised_by: date | None = None
    in_flight: bool = False
    retry: bool = False  # in flight, and clearly did not leave: the next run tries again
    is_called: bool = False  # in flight, and it is a call that somebody still has to make
    goes_at: datetime | None = None  # in flight, and waits for contact hours until that moment, in the creditor's zone
    reviewed_end: bool = False  # a person was asked at the end of the ladder
    reviewed_freeze: bool = False  # a person was asked because the agency holds its step up
    proposed: bool = False  # stands in a plan that waits for a person
    skipped_for_good: frozenset[str] = frozenset()  # keys of steps that a person ruled out for this item
    rejected_on: date | None = None
    rejected_here: bool = False  # under the version that it still has
    missed_call_on: date | None = None  # the last day on which a call for this step reached nobody
    debtor: Debtor = Debtor.CONSUMER
    barred_from: date | None = None  # the first day on which it may no longer be demanded; None: it goes on
    # For claims; filled only where a step of the policy asks for them.
    amount: Decimal = Decimal(0)  # of the item when it was issued
    invoice_amount: Decimal = Decimal(0)
    entries: tuple[Entry, ...] = ()  # what has settled it, in order of their days
    waived: tuple[Span, ...] = ()  # days that bear no interest, by agreement
    fees: Mapping[str, Decimal] = field(default_factory=dict)  # step → fee claimed so far
    compensated_from: date | None = None  # the due date with which the invoice's compensation was first claimed
    terms: Terms = NO_TERMS  # what bears on its claims beside the law
    max_step: str = ""  # key of the highest step that this item climbs to; empty: its policy's
    shares: str = ""  # what its invoice says in the field by which its policy groups

    @property
    def is_unfinished(self) -> bool:
        """Whether its step is begun and surely did not reach anybody yet: a call still open, a failed attempt to be repeated."""
        return self.in_flight and (self.is_called or self.retry)

    @property
    def top(self) -> int:
        """The position of the highest step it climbs to. A cap that its policy does not know lets it climb no further."""
        return min(self.policy.position_of(self.max_step), self.policy.top) if self.max_step else self.policy.top

    @property
    def principal(self) -> Decimal:
        """What a message states: open, without what is disputed."""
        return self.open - self.disputed

    def is_barred(self, *, on: date) -> bool:
        """Whether limitation forbids to demand it."""
        return self.barred_from is not None and on >= self.barred_from

    def is_over(self, *, on: date) -> bool:
        """Whether it is a rate whose day has passed. Its agreement stands only because open credit covers it, or the bank's data of that
        day have not come.
        """
        return self.is_rate and self.due_on < on


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is known of one customer, with all its running cases."""

    customer: int
    items: tuple[ItemFacts, ...]
    reach: frozenset[Channel]  # ways by which somebody can be reached
    credit: Mapping[str, Decimal] = field(default_factory=dict)  # currency → money and credit notes not allocated
    netted: Mapping[str, Decimal] = field(default_factory=dict)  # currency → credit that messages of today have netted
    told_today: frozenset[tuple[object, ...]] = frozenset()  # keys of the groups that had their message today
    contacts: tuple[date, ...] = ()  # days of the messages that count for the cap
    addresses: Mapping[Channel, str] = field(default_factory=dict)  # ways whose address other customers have too
    said_to: Mapping[str, tuple[date, ...]] = field(default_factory=dict)  # such an address → days of all that counts for its cap
    with_agency: bool = False
    country: str = ""
    calls: tuple[Tried, ...] = ()  # made to the customer; known where a next step hands over
    waits_for_release: bool = False  # brought in from another system, and no person has let anybody write yet
    preferred: Channel | None = None  # goes first where a step allows several


@dataclass(frozen=True, slots=True)
class Block:
    """A reason to wait. `until` is the first day on which it no longer holds; None takes an event or a person."""

    reason: Waits
    until: date | None


@dataclass(frozen=True, slots=True)
class Look:
    """An item looked at on a day: the step it is at, the steps skipped on the way, and what stands against it."""

    item: ItemFacts
    step: Step | None  # None: the ladder has ended
    position: int
    skipped: tuple[str, ...]
    opens_on: date | None
    blocks: tuple[Block, ...]

    @property
    def key(self) -> str:
        """The key of its step; empty when the ladder has ended."""
        return self.step.key if self.step else ""

    @property
    def is_open(self) -> bool:
        """Whether its step has opened; held back or not."""
        return self.step is not None and not any(block.reason is Waits.TOO_EARLY for block in self.blocks)

    @property
    def skipped_from(self) -> date | None:
        """The day from which its step is skipped if it has not gone by then."""
        if self.step is None:
            return None
        last = None if self.step.until is None else self.item.due_on + timedelta(days=self.step.until + 1)
        gives_way = None if self.step.required else _gives_way_on(self.position, self.step, self.item, self.item.top)
        return min((day for day in (last, gives_way) if day), default=None)

    @property
    def asks_review(self) -> bool:
        """Whether a person has to look: the ladder has ended, or its step has opened while the agency has another debt."""
        if self.waits is Waits.WITH_AGENCY and not self.item.with_agency:
            return self.is_open and not self.item.reviewed_freeze
        return self.waits is Waits.LADDER_ENDED and bool(self.item.policy.steps) and not self.item.reviewed_end

    @property
    def waits(self) -> Waits | None:
        """The first reason that applies, None when a run would act today."""
        return self.blocks[0].reason if self.blocks else None


def look_at(item: ItemFacts, customer: CustomerFacts, rules: Rules, *, on: date) -> Look:
    """Judge what concerns the item alone: its blocks come in the order of SCENARIOS.md."""
    position, step, skipped = _next_step(item, on=on)
    opens_on = _acts_on(position, step, item, on=on) if step else _final_from(item)
    blocks = [*_facts_against(item, customer, rules, on=on), *_ladder_against(step, opens_on, on=on)]
    if step and step.is_legal and item.is_undelivered:
        blocks.append(Block(Waits.UNDELIVERED, None))
    blocks += _unfinished(item, on=on)
    return Look(item, step, position, skipped, opens_on, tuple(blocks))


def next_day(look: Look, rules: Rules, *, on: date) -> date | None:
    """The day on which a run would act if nothing else happened, a contact day; None where it takes an event or a person."""
    day = free_from(look, on=on)
    if day is None:
        return None
    day = next_contact_day(rules.calendar, day)
    return next_contact_day(rules.calendar, _after_grace(look.item, day, on=on)) if look.step else day


def _after_grace(item: ItemFacts, day: date, *, on: date) -> date:
    """The day, or the first after the days of grace where it would fall into them: from the due date on nothing goes before."""
    grace = item.policy.grace_days
    return max(day, item.due_on + timedelta(days=grace + 1)) if grace and max(day, on) > item.due_on else day


def free_from(look: Look, *, on: date) -> date | None:
    """The latest end among the reasons, today when there is none, a day off or not; None where it takes an event or a person."""
    if any(block.until is None for block in look.blocks):
        return None
    return max((block.until for block in look.blocks if block.until), default=on)


def _next_step(item: ItemFacts, *, on: date) -> tuple[int, Step | None, tuple[str, ...]]:
    """The lowest step neither completed nor skipped. One that can no longer go by its `until` is skipped, unless its message is out."""
    skipped: list[str] = []
    top = item.top
    for position, step in item.policy.after(item.position, top):
        if step.key in item.skipped_for_good:
            skipped.append(step.key)
        elif item.in_flight or not (_is_over(step, item, on=on) or _gives_way(position, step, item, top, on=on)):
            return position, step, tuple(skipped)
        else:
            skipped.append(step.key)
    return max(item.position, top), None, tuple(skipped)


def _is_over(step: Step, item: ItemFacts, *, on: date) -> bool:
    """Whether the step can no longer go by its `until`."""
    if step.until is None:
        return False
    return max(on, _opening(step, item, on=on)) > item.due_on + timedelta(days=step.until)


def _gives_way(position: int, step: Step, item: ItemFacts, top: int, *, on: date) -> bool:
    """Whether an optional step is late and a required one above has come that can still go. Days count from the due date alone."""
    if step.required or _day_of(step, item) >= on:
        return False
    return any(_day_of(higher, item) <= on and not _is_over(higher, item, on=on) for higher in _required_above(position, item, top))


def _gives_way_on(position: int, step: Step, item: ItemFacts, top: int) -> date | None:
    """The first day on which an optional step gives way; None where no required step above it ever makes it."""
    late = _day_of(step, item) + DAY
    days = ((max(late, _day_of(higher, item)), higher) for higher in _required_above(position, item, top))
    return min((day for day, higher in days if not _is_over(higher, item, on=day)), default=None)


def _required_above(position: int, item: ItemFacts, top: int) -> list[Step]:
    return [step for _, step in item.policy.after(position, top) if step.required and step.key not in item.skipped_for_good]


def _day_of(step: Step, item: ItemFacts) -> date:
    return item.due_on + timedelta(days=step.after_due)


def _acts_on(position: int, step: Step, item: ItemFacts, *, on: date) -> date:
    """The day on which the step opens; or, where it gives way before that, the day on which one above does."""
    opens_on = _opening(step, item, on=on)
    gives_way = None if step.required or item.in_flight else _gives_way_on(position, step, item, item.top)
    if gives_way is None or not on < gives_way < opens_on:
        return opens_on
    position, above, _ = _next_step(item, on=gives_way)
    return min(opens_on, max(gives_way, _acts_on(position, above, item, on=gives_way))) if above else opens_on


def _opening(step: Step, item: ItemFacts, *, on: date) -> date:
    """The day from which the step may go, grace over."""
    return _after_grace(item, _opens_on(step, item), on=on)


def _opens_on(step: Step, item: ItemFacts) -> date:
    """The latest of the days that the step waits for; until a step is completed only the due date counts."""
    day = _day_of(step, item)
    if item.completed_on is None:
        return day
    day = max(day, item.completed_on + timedelta(days=max(step.after_previous or 0, 1)))
    return max(day, item.deadline_on + DAY) if item.deadline_on else day


def _final_from(item: ItemFacts) -> date | None:
    """After the last step: the day from which the ladder has ended, None where no step was ever completed."""
    if item.completed_on is None:
        return None
    return max(item.completed_on, item.deadline_on or item.completed_on) + DAY


def _facts_against(item: ItemFacts, customer: CustomerFacts, rules: Rules, *, on: date) -> list[Block]:
    blocks = []
    if customer.with_agency or item.with_agency:
        blocks.append(Block(Waits.WITH_AGENCY, None))
    if item.on_plan:
        blocks.append(Block(Waits.ON_PLAN, None))
    if standing := [until for until in item.held_until if until is None or on <= until]:
        blocks.append(Block(Waits.HELD, _latest(standing)))
    if unread := [reply.until for reply in item.replies if reply.until is None or on <= reply.until]:
        blocks.append(Block(Waits.UNREAD_REPLY, _latest(unread)))
    if item.open > 0 and item.disputed >= item.open:
        blocks.append(Block(Waits.DISPUTED, None))
    if item.promised_by is not None and not rules.bank_wait.is_over(item.promised_by, on=on):
        blocks.append(Block(Waits.PROMISED, _promise_ends(item.promised_by, rules, on=on)))
    if customer.waits_for_release:
        blocks.append(Block(Waits.FIRST_CONTACT, None))
    if item.goes_at:
        blocks.append(Block(Waits.CLOSED_HOURS, max(item.goes_at.date(), on)))
    elif item.in_flight and not item.is_unfinished:
        blocks.append(Block(Waits.UNCONFIRMED, None))
    elif item.missed_call_on == on:
        blocks.append(Block(Waits.UNCONFIRMED, on + DAY))
    return blocks


def _promise_ends(by: date, rules: Rules, *, on: date) -> date:
    """The day after it; once that has come and the bank's data of its day have not, the last day on which they may."""
    return by + DAY if on <= by else rules.bank_wait.over_from(by)


def _unfinished(item: ItemFacts, *, on: date) -> list[Block]:
    """Named last, after all that holds an open step back: the next run tries again, or a person calls."""
    if not item.is_unfinished or item.goes_at:
        return []
    return [Block(Waits.UNCONFIRMED, on + DAY if item.retry else None)]


def _latest(ends: list[date | None]) -> date | None:
    days = [end for end in ends if end is not None]
    return max(days) + DAY if len(days) == len(ends) else None


def _ladder_against(step: Step | None, opens_on: date | None, *, on: date) -> list[Block]:
    if step is None and (opens_on is None or on >= opens_on):
        return [Block(Waits.LADDER_ENDED, None)]
    if opens_on is not None and on < opens_on:
        return [Block(Waits.TOO_EARLY, opens_on)]
    return []
