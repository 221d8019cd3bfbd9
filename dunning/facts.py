"""Rows → facts, for a whole batch of customers in a fixed number of queries: the only bridge to the pure core."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, QuerySet

from dunning import standing
from dunning.agencies.choice import HandoverRules, Tried
from dunning.agencies.known import agencies_of, announced, calls_to, placing
from dunning.claimed import NO_FEES, Claimed, debtor_of
from dunning.customer_rows import AnyCustomer, CustomerRow, customer_rows
from dunning.decide import CustomerFacts, ItemFacts, Rules, Unread
from dunning.grouping import group_key
from dunning.models import (
    LadderRules,
    Notice,
    PolicyVersion,
    StepResult,
    StepTaken,
    StopFact,
)
from dunning.open_cases import OpenCase, open_cases
from dunning.persons import Persons
from dunning.policy import MUST_PRECEDE, Channel, Policy
from dunning.policy_text import parse_policy
from dunning.presence import Presence, presence
from dunning.recipients import Recipient, stops_of, ways_to
from dunning.states import CaseState, NoticeState, Waits
from invoices.actions import open_credit
from invoices.ledger import ZERO
from receivables.accounts.models import Creditor
from receivables.core.calendar import Calendar, EveryDay, next_working_day
from receivables.countries.hours import ContactHours, read_hours
from receivables.countries.rules import calendar_of
from receivables.countries.words import Debtor
from receivables.messaging.states import MessageState
from receivables.rates.stored import current_book

NEVER_LEFT = (MessageState.FAILED, MessageState.WITHDRAWN, MessageState.EXPIRED, MessageState.SUPPRESSED, MessageState.ABANDONED)
BOUNCED = (MessageState.HARD_BOUNCED,)


class Paper(NamedTuple):
    """What a message says of an item besides what is judged."""

    issued_on: date  # of a rate: when it was agreed
    due_on: date
    amount: Decimal
    episode: int
    round: int
    skipped: tuple[str, ...]


@dataclass(slots=True)
class Loaded:
    """Facts of a batch of customers, with what release and screens need besides."""

    rules: Rules
    there: Presence
    most_enclosed: int = 0  # invoices that go along with the first e-mail about them
    customers: dict[int, CustomerFacts] = field(default_factory=dict)
    rows: dict[int, CustomerRow] = field(default_factory=dict)
    recipients: dict[int, dict[Channel, Recipient]] = field(default_factory=dict)
    preferred: dict[int, Channel] = field(default_factory=dict)
    papers: dict[int, Paper] = field(default_factory=dict)  # by case
    stops: dict[int, list[StopFact]] = field(default_factory=dict)  # by customer: its own, its payer's, its recipient's of letters
    settled: set[int] = field(default_factory=set)  # customers with a case that has nothing open any more
    persons: Persons = field(default_factory=Persons)  # who shares an address with others


@lru_cache(maxsize=512)
def _policy(version: int, text: str) -> Policy:
    return parse_policy(text)


def policy_of(version: PolicyVersion) -> Policy:
    """The policy that a version says, parsed once. Raises `PolicyError` where the text cannot be read."""
    return _policy(version.pk, version.text)


def rules_of(creditor: Creditor) -> Rules:
    """A creditor's rules; one that set none has the country's calendar and nothing else."""
    return _rules(LadderRules.objects.filter(creditor=creditor).first() or LadderRules(creditor=creditor), creditor)


def _rules(row: LadderRules, creditor: Creditor) -> Rules:
    has_calendar = row.calendar == LadderRules.Calendar.COUNTRY
    calendar: Calendar = calendar_of(creditor.country) if has_calendar else EveryDay()
    zone = ZoneInfo(creditor.time_zone)
    return Rules(
        calendar=calendar,
        tolerance=row.tolerance,
        bank_freshness_days=row.bank_freshness_days,
        bank_seen_until=row.bank_seen_until,
        bank_read_until=row.bank_read_until,
        bank_wait_days=row.bank_wait_days,
        cap_messages=row.cap_messages,
        cap_days=row.cap_days,
        country=creditor.country,
        hours=ContactHours(creditor.country, zone, calendar, read_hours(row.contact_hours)) if has_calendar else None,
        rates=current_book(),
        handover=HandoverRules(row.handover_needs_terms, row.handover_notice_days, row.handover_needs_call),
        register=row.register,
    )


def opening(rules: Rules, customer: AnyCustomer, channel: str, *, now: datetime) -> datetime:
    """This moment, or the next one at which whoever gets the customer's messages by that channel may be contacted."""
    reader = (customer.letters_to if channel == Channel.LETTER else None) or customer.payer or customer
    return rules.hours.opening(now, country=reader.country, channel=channel) if rules.hours else now


def goes_at(case: OpenCase, rules: Rules) -> datetime | None:
    """When its message, where that waits for contact hours, goes: in the creditor's zone."""
    waits = (case.message_state, case.message_reason) == (MessageState.PLANNED, Waits.CLOSED_HOURS)
    return case.message_not_before.astimezone(rules.hours.zone) if waits and rules.hours and case.message_not_before else None


def facts_for(
    creditor: Creditor,
    customers: Collection[int],
    *,
    on: date,
    ignoring: Collection[int] = (),
    landed: Collection[int] = (),
    under: LadderRules | None = None,
) -> Loaded:
    """Everything that is known of these customers of one creditor on a day.

    `ignoring` names notices whose messages are judged as if they had not been planned (the guard at the hand-over), `landed` cases
    whose step on its way is judged as if it had been taken back. `under` are rules to be tried out instead of those that stand.
    """
    row = under or LadderRules.objects.filter(creditor=creditor).first() or LadderRules(creditor=creditor)
    there = presence(customers)
    loaded = Loaded(rules=_rules(row, creditor), there=there, most_enclosed=row.most_enclosed)
    loaded.rows = customer_rows(creditor, customers)
    loaded.stops = stops_of(loaded.rows.values())
    loaded.recipients, loaded.preferred = ways_to(loaded.rows.values(), loaded.stops)
    credit = open_credit(customers) if there.credit else {}
    cases = open_cases(customers, on=on)
    versions = PolicyVersion.objects.in_bulk({case.version for case in cases})
    known = _Known.about(
        creditor,
        customers,
        there,
        on=on,
        since=_contacts_since(versions.values(), loaded.rules, on=on),
        ignoring=ignoring,
        landed=landed,
        missed=standing.missed_agreements(credit, customers, loaded.rules, on=on) if there.agreements else frozenset(),
        asks_delivery=row.formal_needs_delivery,
    )
    known.hold_stopped(loaded.stops)
    known.unsettled = standing.unsettled(creditor, customers, there)
    known.pending = standing.pending(customers, there, days=row.pending_money_days, on=on)
    cases = [case for case in cases if case.agreement not in known.missed_agreements]
    ladders = {pk: Ladder.of(version, row) for pk, version in versions.items()}
    policies = {pk: ladder.policy for pk, ladder in ladders.items()}
    handing = [case for case in cases if case.item and ladders[case.version].may_hand_over(case.position)]
    if _hands_over(ladders.values()):
        loaded.rules = replace(loaded.rules, agencies=agencies_of(creditor))
        known.hand_over(handing, loaded.rules)
    claimed = Claimed.of(creditor, cases, policies, loaded.rules.calendar, on=on, ignoring=ignoring)
    debtors = {pk: debtor_of(customer) for pk, customer in loaded.rows.items()}
    items: dict[int, list[ItemFacts]] = defaultdict(list)
    with_agency: set[int] = set()
    for case in cases:
        facts = known.item(case, ladders[case.version], loaded.rules, claimed, debtors[case.customer])
        if facts.open <= 0:
            loaded.settled.add(case.customer)
            continue
        if facts.with_agency:
            with_agency.add(case.customer)
        items[case.customer].append(facts)
        loaded.papers[case.pk] = Paper(case.began_on, case.due_on, case.amount, case.episode, case.round, tuple(case.skipped))
    if row.cap_per_person and loaded.rules.cap_days:
        loaded.persons = _persons(creditor, loaded, since=on - timedelta(days=loaded.rules.cap_days - 1), ignoring=ignoring)
    for pk in loaded.rows:
        known_of = CustomerFacts(
            customer=pk,
            items=tuple(items[pk]),
            reach=frozenset(loaded.recipients[pk]),
            credit=credit.get(pk, {}),
            netted=known.netted.get(pk, {}),
            told_today=frozenset(known.told[pk]),
            contacts=tuple(known.contacts[pk]),
            with_agency=pk in with_agency,
            country=loaded.rows[pk].country or creditor.country,
            calls=known.calls.get(pk, ()),
            waits_for_release=loaded.rows[pk].waits_for_release,
            preferred=loaded.preferred.get(pk),
        )
        loaded.customers[pk] = loaded.persons.known_to(known_of)
    return loaded


def _persons(creditor: Creditor, loaded: Loaded, *, since: date, ignoring: Collection[int]) -> Persons:
    """Who shares an address with other customers, and what all of them were told by it. Three queries."""
    ways = {pk: {way: found.address for way, found in reach.items()} for pk, reach in loaded.recipients.items()}
    persons = Persons.among(creditor, ways)
    if not persons.sharers:
        return persons
    said = _counting(persons.customers, since=since, ignoring=ignoring).exclude(channel__in=(Channel.LETTER, Channel.AGENCY))
    for customer, channel, day, address, reached in said.values_list("customer", "channel", "on", "message__recipient", "reached"):
        for each in [address] if address else persons.phones_of(customer) if reached else []:
            persons.heard(channel, each, day)
    return persons


def _hands_over(ladders: Iterable["Ladder"]) -> bool:
    """Whether any of these ladders has a hand-over; where none has, nothing about agencies is read."""
    return any(ladder.hands_over for ladder in ladders)


@dataclass(frozen=True, slots=True)
class Ladder:
    """A policy version, and what waits for a person under it beside what the policy says."""

    policy: Policy
    is_first_run: bool  # nothing of it was ever released by a person, and has to be
    legal_waits: bool
    announces: int = 0  # the position of the first step whose paper says that a hand-over may follow; 0: none does
    hands_over: int = 0  # that of the last step that hands over; 0: none does

    @classmethod
    def of(cls, version: PolicyVersion, rules: LadderRules) -> "Ladder":
        policy, steps = policy_of(version), policy_of(version).after(0)
        announces = min((n for n, step in steps if step.document in MUST_PRECEDE["agency"]), default=0)
        hands_over = max((n for n, step in steps if Channel.AGENCY in step.channels), default=0)
        is_first_run = rules.first_run_waits and version.first_released_at is None
        return cls(policy, is_first_run, rules.legal_waits, announces, hands_over)

    def may_hand_over(self, position: int) -> bool:
        """Whether the next step from there may be a hand-over: steps on the way can be skipped, the paper that announces it not."""
        return self.announces <= position < self.hands_over


@dataclass(slots=True)
class _Known:
    """What was read for a batch, by customer, item or case."""

    on: date
    ignoring: frozenset[int]
    landed: frozenset[int]
    holds: dict[tuple[str, int], list[date | None]]
    replies: dict[tuple[str, int], list[Unread]]
    disputed: dict[int, Decimal]
    proposed: set[int]
    rejected: dict[int, standing.Rejected]
    told: dict[int, set[tuple[object, ...]]]
    contacts: dict[int, list[date]]
    netted: dict[int, dict[str, Decimal]]
    missed: dict[int, date]
    later: dict[int, Decimal]
    promised: dict[int, date]
    agreed: set[int]
    missed_agreements: frozenset[int]
    undelivered: set[int]  # invoices
    announced: Mapping[int, date] = field(default_factory=dict)  # by case
    calls: Mapping[int, tuple[Tried, ...]] = field(default_factory=dict)  # by customer
    placing: Collection[int] = ()  # items
    unsettled: Collection[int] = ()  # invoices
    pending: Mapping[int, date] = field(default_factory=dict)  # by item

    @classmethod
    def about(
        cls,
        creditor: Creditor,
        customers: Collection[int],
        there: Presence,
        *,
        on: date,
        since: date,
        ignoring: Collection[int],
        landed: Collection[int],
        missed: frozenset[int],
        asks_delivery: bool,
    ) -> "_Known":
        told, contacts, netted = _told(customers, there, since=since, on=on, ignoring=ignoring)
        return cls(
            on,
            frozenset(ignoring),
            frozenset(landed),
            standing.holds(customers, there, on=on),
            standing.replies(customers, there, on=on),
            standing.disputed(customers, there, on=on),
            standing.proposed(customers) if there.proposed else set(),
            standing.rejected(customers, there),
            told,
            contacts,
            netted,
            standing.missed_calls(customers) if there.calls else {},
            standing.settled_later(creditor, customers, on=on),
            standing.promised(customers, on=on) if there.promises else {},
            standing.agreed(customers, missed, on=on) if there.agreements else set(),
            missed,
            standing.undelivered(customers) if asks_delivery else set(),
        )

    def hand_over(self, cases: Sequence[OpenCase], rules: Rules) -> None:
        """Read what a hand-over of these cases asks for."""
        self.placing = placing([case.item for case in cases if case.item])
        if rules.handover.notice_days is not None:
            self.announced = announced([case.pk for case in cases])
        if rules.handover.needs_call:
            self.calls = calls_to({case.customer for case in cases})

    def hold_stopped(self, stops: Mapping[int, Sequence[StopFact]]) -> None:
        """A stop fact is a hold without an end: it takes two people to end it."""
        for pk, facts in stops.items():
            if any(fact.stops_all for fact in facts):
                self.holds.setdefault(("customer", pk), []).append(None)

    def item(self, case: OpenCase, ladder: Ladder, rules: Rules, claimed: Claimed, debtor: Debtor) -> ItemFacts:
        pk, item = case.pk, case.item or 0
        due_on = next_working_day(rules.calendar, case.due_on)
        amount = case.open_amount + self.later[item] if item in self.later else case.open_amount
        is_flying = case.notice is not None and case.notice not in self.ignoring and pk not in self.landed
        rejected = self.rejected.get(pk)
        return ItemFacts(
            pk,
            case.label,
            case.debt_key,
            due_on,
            case.currency,
            amount,
            min(self.disputed.get(item, ZERO), amount),  # a dispute outlasts a part payment
            case.version,
            ladder.policy,
            case.position,
            case.completed_on,
            case.deadline_on,
            case.released_position,
            case.wants_approval,
            ladder.is_first_run,
            is_undelivered=case.debt_key in self.undelivered,
            is_unsettled=case.debt_key in self.unsettled,
            pending_until=self.pending.get(item),
            legal_waits=ladder.legal_waits,
            with_agency=case.state == CaseState.WITH_AGENCY,
            is_placing=item in self.placing,
            announced_on=self.announced.get(pk),
            on_plan=item in self.agreed,
            is_rate=case.agreement is not None,
            held_until=self._held(case) if self.holds else (),
            replies=self._unread(case) if self.replies else (),
            promised_by=self.promised.get(item),
            in_flight=is_flying,
            retry=is_flying and case.message_state == MessageState.PLANNED and case.message_attempts > 0,
            goes_at=goes_at(case, rules) if is_flying else None,
            reviewed_end=case.reviewed_end,
            reviewed_freeze=case.reviewed_freeze,
            is_called=is_flying and case.message_state is None,
            proposed=pk in self.proposed,
            skipped_for_good=frozenset(case.skipped_for_good),
            rejected_on=rejected.on if rejected else None,
            rejected_here=rejected is not None and rejected.version == case.version,
            missed_call_on=self.missed.get(pk),
            debtor=debtor,
            fees=claimed.fees.get(pk, NO_FEES),
            max_step=case.max_step,
            shares=case.shares(ladder.policy.grouping),
            **claimed.about(case, debtor, due_on=due_on),
        )

    def _held(self, case: OpenCase) -> tuple[date | None, ...]:
        places = (("customer", case.customer), ("invoice", case.debt_key), ("item", case.item or 0))
        return tuple(until for place in places for until in self.holds.get(place, ()))

    def _unread(self, case: OpenCase) -> tuple[Unread, ...]:
        return tuple(reply for place in (("customer", case.customer), ("case", case.pk)) for reply in self.replies.get(place, ()))


def _contacts_since(versions: Iterable[PolicyVersion], rules: Rules, *, on: date) -> date:
    """The first day whose messages count: for the cap, or for the quiet days of a policy that stands among these cases."""
    quiet = [policy_of(version).quiet_days or 0 for version in versions]
    return on - timedelta(days=max(rules.cap_days or 1, *quiet, 1) - 1)


def key_of(notice: Notice) -> tuple[object, ...]:
    """The terms on which the items of a notice share it."""
    debt = debt_of(notice.invoice_id, notice.agreement_id)
    return group_key(notice.version_id, notice.currency, notice.channel, notice.approval, notice.is_overdue, debt, notice.shares)


def debt_of(invoice: int | None, agreement: int | None) -> int | None:
    """An invoice or an agreement as the core names it."""
    return -agreement if agreement else invoice


_REACHED = StepResult.objects.filter(taken__notice=OuterRef("pk"), kind=StepResult.Kind.COMPLETED)
"""A call counts as said only when somebody was reached."""

_OPEN = StepTaken.objects.filter(notice=OuterRef("pk"), case__in_flight=F("pk"))
"""A call that is still to be made has its credit netted already: no other message of the day nets it again."""


def _told(
    customers: Collection[int], there: Presence, *, since: date, on: date, ignoring: Collection[int]
) -> tuple[dict[int, set[tuple[object, ...]]], dict[int, list[date]], dict[int, dict[str, Decimal]]]:
    """What was said today, by group; the days of all messages that count for the cap; and the credit netted today."""
    told: dict[int, set[tuple[object, ...]]] = defaultdict(set)
    contacts: dict[int, list[date]] = defaultdict(list)
    netted: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    if not there.released:
        return told, contacts, netted
    said = _counting(customers, since=since, ignoring=ignoring)
    for each in said.exclude(~Exists(_OPEN), reached=False, channel=Channel.CALL):
        is_main, channel = each.on == on and each.main_id is None, each.channel
        if is_main:
            netted[each.customer_id][each.currency] += each.credit
        if channel == Channel.CALL and not each.reached:
            continue
        if is_main:
            told[each.customer_id].add(key_of(each))
        if channel != Channel.AGENCY:
            contacts[each.customer_id].append(each.on)
    return told, contacts, netted


def _counting(customers: Collection[int], *, since: date, ignoring: Collection[int]) -> QuerySet[Any]:
    """What was released to these customers and did not come to nothing; of a call, whether somebody was `reached`."""
    said = Notice.objects.filter(customer__any=customers, state=NoticeState.RELEASED, on__gte=since).exclude(pk__in=ignoring)
    return said.exclude(message__state__in=[*NEVER_LEFT, *BOUNCED]).annotate(reached=Exists(_REACHED))
