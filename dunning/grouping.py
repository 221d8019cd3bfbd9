"""What a customer would be told today: items that agree share one message. Pure; SCENARIOS.md section 3.

`judge` takes everything known of one customer and returns each item with its reasons and the messages of the day.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from dunning.agencies.choice import AgencyTerms, Debt, agency_for, announced_from, is_called
from dunning.claims import NO_CLAIMS, Bearer, Claims, claims_of
from dunning.decide import DAY, Block, CustomerFacts, ItemFacts, Look, Rules, look_at
from dunning.policy import NOTICES, Channel, Grouping, Policy, Step
from dunning.states import Waits
from receivables.core.calendar import next_contact_day, next_working_day
from receivables.countries.law import pack_of


@dataclass(frozen=True, slots=True)
class Group:
    """One message: it bears the highest step among its items, each item keeps its own. Amounts are in `currency`."""

    version: int
    policy: Policy
    step: Step
    position: int
    channel: Channel
    currency: str
    asked_approval: bool  # its step is one that a person releases
    approval: bool  # and nobody has yet
    is_overdue: bool
    invoice: int | None
    shares: str  # what its invoices say in the field by which the policy groups
    looks: tuple[Look, ...]
    also: tuple[Channel, ...]
    deadline_on: date | None
    agency: AgencyTerms | None = None  # of a hand-over: who takes it; none where the company has no agencies on file
    credit: Decimal = Decimal(0)
    claims: Claims = NO_CLAIMS  # worked out by `with_claims` for those that are sent, planned or shown

    @property
    def principal(self) -> Decimal:
        """The principal that the message states."""
        return sum((look.item.principal for look in self.looks), Decimal(0))

    @property
    def asks(self) -> Decimal:
        """The total that the message demands."""
        return self.principal + self.claims.total - self.credit

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same message on the same day: at most one of a kind is sent."""
        return group_key(self.version, self.currency, self.channel, self.asked_approval, self.is_overdue, self.invoice, self.shares)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The day's result for one customer: every item with what it waits for, and the messages that a run would make."""

    looks: tuple[Look, ...]
    groups: tuple[Group, ...]
    match_payment: bool = False  # open credit keeps messages back: a person has to match it
    unreachable: bool = False  # an open step finds no way to reach anybody
    barred: frozenset[int] = frozenset()  # cases that limitation forbids to demand: a run closes them


def group_key(
    version: int, currency: str, channel: str | None, approval: bool, is_overdue: bool, invoice: int | None, shares: str = ""
) -> tuple[object, ...]:
    """The terms on which items share a message."""
    return (version, currency, channel and str(channel), approval, is_overdue, invoice, shares)


def judge(customer: CustomerFacts, rules: Rules, *, on: date, only: Collection[int] | None = None) -> Judgement:
    """Judge all items of a customer but the time-barred. With `only`, messages are made of those cases alone (an approval adds none).

    The day's other messages still count for what open credit covers, and where it is netted.
    """
    barred = frozenset(item.case for item in customer.items if item.is_barred(on=on))
    looks = [look_at(item, customer, rules, on=on) for item in customer.items if item.case not in barred]
    whole = _whole(looks, on=on)
    looks = [_with_customer_blocks(_with_arrears(look, whole, on=on), customer, rules, whole, on=on) for look in looks]
    free = [look for look in looks if not look.blocks]
    wanted = {look.item.case for look in free} if only is None else set(only)
    mine = _group([look for look in free if look.item.case in wanted], customer, rules, on=on)
    others = _group([look for look in free if look.item.case not in wanted], customer, rules, on=on)
    kept, blocked = _kept([*mine, *others], customer, rules, on=on)
    if blocked:
        looks = [replace(look, blocks=look.blocks + more) if (more := blocked.get(look.item.case)) else look for look in looks]
    return Judgement(
        looks=tuple(looks),
        groups=tuple(group for group in kept if group.looks[0].item.case in wanted),
        match_payment=_asks_matching(customer, blocked, on=on),
        unreachable=any(look.waits is Waits.NO_ADDRESS for look in looks),
        barred=barred,
    )


def with_claims(judgement: Judgement, rules: Rules, *, on: date) -> Judgement:
    """The same with what each message claims beside the principal. Raises `DomainError` where a rate that is needed is not known."""
    if not any(group.policy.claims_anything for group in judgement.groups):
        return judgement
    return replace(judgement, groups=tuple(replace(group, claims=_claims(group, rules, on=on)) for group in judgement.groups))


def _claims(group: Group, rules: Rules, *, on: date) -> Claims:
    bearers = [Bearer(look.item, look.position) for look in group.looks]
    return claims_of(bearers, group.step, group.position, country=rules.country, rates=rules.rates, on=on)


def _asks_matching(customer: CustomerFacts, blocked: Mapping[int, tuple[Block, ...]], *, on: date) -> bool:
    """Whether open credit keeps a message back, or an agreement alive."""
    kept_back = any(block.reason is Waits.UNMATCHED_MONEY for against in blocked.values() for block in against)
    return kept_back or any(_is_saved(item, customer, on=on) for item in customer.items)


def _is_saved(item: ItemFacts, customer: CustomerFacts, *, on: date) -> bool:
    """Whether it is a rate after its day that open credit reaches: its agreement stands until somebody matches the money."""
    return item.is_over(on=on) and _credit(customer, item.currency) >= item.open


def channel_for(look: Look, customer: CustomerFacts) -> Channel | None:
    """The first way of the step that can reach the customer; after a call in vain the next one, or else another call.

    The way that the customer prefers goes first, where the step has it.
    """
    ways = [way for way in look.step.channels if way in customer.reach] if look.step else []
    ways.sort(key=lambda way: way is not customer.preferred)  # the others stay in the order of the step
    if look.item.missed_call_on and Channel.CALL in ways:
        ways = [*ways[ways.index(Channel.CALL) + 1 :], Channel.CALL]
    return ways[0] if ways else None


@dataclass(frozen=True, slots=True)
class _Whole:
    """What a customer owes in all, by currency; what is with the agency or on a plan is left out."""

    owed: dict[str, Decimal]  # overdue, or due for a step today (taken already or held back, all the same)
    open: dict[str, Decimal]
    worst: dict[str, date]  # the oldest due date


def _whole(looks: list[Look], *, on: date) -> _Whole:
    whole = _Whole(defaultdict(Decimal), defaultdict(Decimal), {})
    for look in looks:
        item = look.item
        principal, currency = item.principal, item.currency
        if item.with_agency or item.on_plan or principal <= 0:
            continue
        whole.open[currency] += principal
        if currency not in whole.worst or item.due_on < whole.worst[currency]:
            whole.worst[currency] = item.due_on
        if item.due_on < on or look.is_open or item.completed_on == on:
            whole.owed[currency] += principal
    return whole


def _with_customer_blocks(look: Look, customer: CustomerFacts, rules: Rules, whole: _Whole, *, on: date) -> Look:
    """Add what is judged only once the step is open: bank data, minimum, a way to reach somebody, a plan that waits."""
    if look.step is None or not look.is_open:
        return look
    item, against = look.item, [*look.blocks]
    unfinished = [against.pop()] if against and item.is_unfinished and not item.goes_at else []
    if item.is_over(on=on) and not _is_saved(item, customer, on=on):
        against.append(Block(Waits.BANK_STALE, rules.bank_wait.over_from(item.due_on)))
    elif _bank_is_stale(rules, on=on):
        against.append(Block(Waits.BANK_STALE, None))
    if item.principal < rules.tolerance or whole.owed[item.currency] < _minimum(look.step, item, whole, rules, on=on):
        against.append(Block(Waits.BELOW_MINIMUM, None))
    way = channel_for(look, customer)
    if way is None:
        against.append(Block(Waits.NO_ADDRESS, None))
    if way is Channel.AGENCY:
        against += before_handover(item, customer, rules, on=on)
    if item.is_unsettled or _is_saved(item, customer, on=on):
        against.append(Block(Waits.UNMATCHED_MONEY, None))
    elif item.pending_until:
        against.append(Block(Waits.UNMATCHED_MONEY, item.pending_until))
    if item.rejected_on == on and (item.rejected_here or needs_approval(look)):
        against.append(Block(Waits.APPROVAL, on + DAY))
    if unfinished and not rules.calendar.is_contact_day(on):
        against.append(Block(Waits.CLOSED_HOURS, next_contact_day(rules.calendar, on)))
    against += unfinished
    return replace(look, blocks=tuple(against)) if len(against) > len(look.blocks) else look


def before_handover(item: ItemFacts, customer: CustomerFacts, rules: Rules, *, on: date) -> list[Block]:
    """What the company asks before an item goes to an agency and is not there yet: announcement, call, no proposal that waits."""
    asks, blocks = rules.handover, []
    if item.is_placing:
        blocks.append(Block(Waits.APPROVAL, None))
    if asks.notice_days is not None:
        allowed_from = announced_from(item.announced_on, asks)
        if allowed_from is None or on < allowed_from:
            blocks.append(Block(Waits.NOT_ANNOUNCED, allowed_from))
    if asks.needs_call and not is_called(customer.calls, since=item.due_on):
        blocks.append(Block(Waits.NOT_CALLED, None))
    return blocks


def _with_arrears(look: Look, whole: _Whole, *, on: date) -> Look:
    """Past its due date an item waits until the customer's worst one in its currency is in arrears for as long as the policy asks."""
    item, days = look.item, look.item.policy.min_arrears_days
    if not days or look.step is None:
        return look
    acts_on = max(on, look.opens_on or on)
    if acts_on <= item.due_on:
        return look
    day = whole.worst.get(item.currency, item.due_on) + timedelta(days=days)
    if day <= acts_on:
        return look
    others = tuple(block for block in look.blocks if block.reason is not Waits.TOO_EARLY)
    return replace(look, opens_on=day, blocks=(*others, Block(Waits.TOO_EARLY, day)))


def _minimum(step: Step, item: ItemFacts, whole: _Whole, rules: Rules, *, on: date) -> Decimal:
    """What must be owed for this step in the item's currency: its amount, or its share of all that is open, whichever is more.

    A register's warning needs what an entry needs: the register's own sum, in its currency (LAW.md A6).
    """
    least = item.policy.minimum_of(step, item.currency) or Decimal(0)
    if step.document in NOTICES:
        least = max(least, _least_entered(item, rules, on=on))
    if step.minimum_percent is None:
        return least
    return max(least, whole.open[item.currency] * step.minimum_percent / 100)


def _least_entered(item: ItemFacts, rules: Rules, *, on: date) -> Decimal:
    law = pack_of(rules.country, on=on).register(item.debtor)
    return law.threshold if law is not None and law.currency == item.currency else Decimal("Infinity")


def _bank_is_stale(rules: Rules, *, on: date) -> bool:
    if rules.bank_freshness_days is None:
        return False
    return rules.bank_seen_until is None or (on - rules.bank_seen_until).days > rules.bank_freshness_days


def asks_approval(look: Look) -> bool:
    """Whether a person releases this item's step each time. What shares a message agrees in this."""
    item, step = look.item, look.step
    if step is None:
        return False
    return step.approval or item.wants_approval or (item.legal_waits and step.is_legal)


def needs_approval(look: Look) -> bool:
    """Whether a person has to release this item's step, and has not yet: each time, or because its version has its first run."""
    asked = asks_approval(look) or (look.step is not None and look.item.is_first_run)
    return asked and look.item.released_position != look.position


def _group(free: list[Look], customer: CustomerFacts, rules: Rules, *, on: date) -> list[Group]:
    """Make messages, the most urgent first: higher step, then older due date."""
    if len(free) < 2:
        return [_group_of(free, customer, rules, on=on)] if free else []
    together: dict[tuple[object, ...], list[Look]] = defaultdict(list)
    for look in free:
        together[(*_terms(look, customer, on=on), needs_approval(look))].append(look)
    groups = [_group_of(looks, customer, rules, on=on) for looks in together.values()]
    return sorted(groups, key=lambda group: (-group.position, _oldest(group), group.looks[0].item.label))


def _terms(look: Look, customer: CustomerFacts, *, on: date) -> tuple[object, ...]:
    item = look.item
    invoice = item.invoice if item.policy.grouping is Grouping.INVOICE else None
    channel = channel_for(look, customer)
    return group_key(item.version, item.currency, channel, asks_approval(look), item.due_on < on, invoice, item.shares)


def _group_of(looks: list[Look], customer: CustomerFacts, rules: Rules, *, on: date) -> Group:
    highest = max(looks, key=lambda look: look.position)
    item, step, channel = highest.item, highest.step, channel_for(highest, customer)
    if step is None or channel is None:
        raise ValueError("an item without a step or a way to its customer is in no message")
    taker = _agency_for(looks, customer, rules, on=on) if channel is Channel.AGENCY else None
    return Group(
        version=item.version,
        policy=item.policy,
        step=step,
        position=highest.position,
        channel=channel,
        currency=item.currency,
        asked_approval=asks_approval(highest),
        approval=needs_approval(highest),
        is_overdue=item.due_on < on,
        invoice=item.invoice if item.policy.grouping is Grouping.INVOICE else None,
        shares=item.shares,
        looks=tuple(sorted(looks, key=lambda look: (look.item.due_on, look.item.label))),
        also=tuple(way for way in step.also if way != channel and way in customer.reach),
        deadline_on=deadline_of(step, rules, on=on),
        agency=taker,
    )


def _agency_for(looks: Sequence[Look], customer: CustomerFacts, rules: Rules, *, on: date) -> AgencyTerms | None:
    items = [look.item for look in looks]
    return agency_for(rules.agencies, debt_of(items, customer), rules.handover, on=on)


def debt_of(items: Sequence[ItemFacts], customer: CustomerFacts) -> Debt:
    """What would be handed over together. Items share a currency."""
    amount, oldest = sum((item.principal for item in items), Decimal(0)), min(item.due_on for item in items)
    return Debt(items[0].debtor, customer.country, items[0].currency, amount, oldest)


def deadline_of(step: Step, rules: Rules, *, on: date) -> date | None:
    """The day that a message of today names: so many days on, moved to a working day."""
    if step.deadline_days is None:
        return None
    return next_working_day(rules.calendar, on + timedelta(days=step.deadline_days))


def _oldest(group: Group) -> date:
    return min(look.item.due_on for look in group.looks)


def _kept(groups: list[Group], customer: CustomerFacts, rules: Rules, *, on: date) -> tuple[list[Group], dict[int, tuple[Block, ...]]]:
    """Split into the messages that stand and, per case, what keeps the others back."""
    blocked: dict[int, tuple[Block, ...]] = {}
    kept: list[Group] = []
    covered = {group.currency for group in groups if _credit(customer, group.currency) >= group.principal} if customer.credit else set()
    for group in groups:
        against = _against(group, customer, rules, covered, on=on)
        if against or group.approval:
            blocked |= {look.item.case: shown for look in group.looks if (shown := _shown(look, group, against))}
        if against:
            continue
        if not group.approval and group.channel is not Channel.AGENCY:
            group = _within_cap(group, customer, rules, on=on)
            if len(groups) > 1:
                customer = told(customer, (group.channel, *group.also), on=on)
        kept.append(group)
    return _netted(kept, customer), blocked


def _within_cap(group: Group, customer: CustomerFacts, rules: Rules, *, on: date) -> Group:
    """The message with no more channels beside its own than the cap has room for."""
    if not group.also or rules.cap_messages is None:
        return group
    also, customer = [], told(customer, (group.channel,), on=on)
    for way in group.also:
        if (room_left(customer, rules, way, on=on) or 0) > 0:
            also.append(way)
            customer = told(customer, (way,), on=on)
    return replace(group, also=tuple(also))


def told(customer: CustomerFacts, ways: Sequence[Channel], *, on: date) -> CustomerFacts:
    """The customer after a message by each of these ways: it counts for the customer, and for an address that is shared."""
    said = dict(customer.said_to)
    for address in (customer.addresses[way] for way in ways if way in customer.addresses):
        said[address] = (*said.get(address, ()), on)
    return replace(customer, contacts=(*customer.contacts, *(on for _ in ways)), said_to=said)


def _shown(look: Look, group: Group, against: tuple[Block, ...]) -> tuple[Block, ...]:
    """What an item is said to wait for: an approval group that was planned waits for the person, whatever else."""
    planned = (Block(Waits.APPROVAL, None),) if group.approval and look.item.proposed else ()
    return tuple(sorted((*planned, *against), key=lambda block: _ORDER[block.reason]))


_ORDER = {reason: place for place, reason in enumerate(Waits)}


def _credit(customer: CustomerFacts, currency: str) -> Decimal:
    """Open credit in that currency; where there is none, less than any message states."""
    return customer.credit.get(currency) or Decimal(-1)


def _netted(groups: list[Group], customer: CustomerFacts) -> list[Group]:
    """Smaller credit is netted once a day, in the message with the oldest due date among those that stand."""
    if not customer.credit:
        return groups
    first: dict[str, Group] = {}
    for group in sorted(groups, key=lambda group: (_oldest(group), -group.position)):
        first.setdefault(group.currency, group)
    return [replace(group, credit=credit_to_net(customer, group.currency)) if group is first[group.currency] else group for group in groups]


def credit_to_net(customer: CustomerFacts, currency: str) -> Decimal:
    """Open credit that no message of today has netted yet."""
    return max(customer.credit.get(currency, Decimal(0)) - customer.netted.get(currency, Decimal(0)), Decimal(0))


def _against(group: Group, customer: CustomerFacts, rules: Rules, covered: set[str], *, on: date) -> tuple[Block, ...]:
    if group.currency in covered:
        return (Block(Waits.UNMATCHED_MONEY, None),)
    if group.channel is Channel.AGENCY and group.agency is None and (rules.agencies or rules.handover.needs_terms):
        return (Block(Waits.NO_AGENCY, None),)
    if group.approval:
        return ()  # it is planned on any day; day and cap are judged when it is released
    blocks = []
    if not rules.calendar.is_contact_day(on):
        blocks.append(Block(Waits.CLOSED_HOURS, next_contact_day(rules.calendar, on)))
    if full := _full_until(group, customer, rules, on=on):
        blocks.append(Block(Waits.CAPPED, full))
    return tuple(blocks)


def _full_until(group: Group, customer: CustomerFacts, rules: Rules, *, on: date) -> date | None:
    """The day on which this group may have a message again; None where it may today. A hand-over is no message to the customer."""
    ends = [on + DAY] if group.key in customer.told_today else []
    if group.channel is Channel.AGENCY:
        return max(ends, default=None)
    room = room_left(customer, rules, group.channel, on=on)
    if room is not None and room < 1 and not ends:
        ends.append(_room_again(customer, rules, group.channel, on=on))
    quiet = quiet_until(group.policy, customer, on=on)
    return max([*ends, quiet] if quiet else ends, default=None)


def quiet_until(policy: Policy, customer: CustomerFacts, *, on: date) -> date | None:
    """The day on which the policy's quiet days after the customer's last message are over; None where they are."""
    if policy.quiet_days is None:
        return None
    last = max((day for day in customer.contacts if day <= on), default=None)
    again = last + timedelta(days=policy.quiet_days) if last else on
    return again if on < again else None


def room_left(customer: CustomerFacts, rules: Rules, way: Channel, *, on: date) -> int | None:
    """How many more messages by that way the cap allows today; None without a cap. Today is the last of its days.

    It counts what the customer was told, and what was said to whoever is behind an address that other customers have too.
    """
    if rules.cap_messages is None or rules.cap_days is None:
        return None
    since = on - timedelta(days=rules.cap_days - 1)
    return rules.cap_messages - max(sum(1 for day in days if since <= day <= on) for days in _counted(customer, way))


def _counted(customer: CustomerFacts, way: Channel) -> tuple[tuple[date, ...], ...]:
    """Days of what counts for a message by that way: the customer's, and the person's."""
    address = customer.addresses.get(way)
    return (customer.contacts, customer.said_to.get(address, ())) if address else (customer.contacts,)


def _room_again(customer: CustomerFacts, rules: Rules, way: Channel, *, on: date) -> date:
    """The first day on which the cap leaves room, if nothing else is sent."""
    return max(_room_among(days, rules, on=on) for days in _counted(customer, way))


def _room_among(contacts: Sequence[date], rules: Rules, *, on: date) -> date:
    most, days = rules.cap_messages or 0, rules.cap_days or 0
    recent = sorted(day for day in contacts if day > on - timedelta(days=days))
    if len(recent) < most:
        return on + DAY
    return recent[len(recent) - most] + timedelta(days=days)
