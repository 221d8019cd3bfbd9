"""The last check, in the transaction that hands over: is what this message says still true, and may it be said now?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dunning.claims import Bearer, claims_of
from dunning.decide import ItemFacts, Look
from dunning.demanding import as_demanded
from dunning.facts import Loaded, facts_for, key_of, opening
from dunning.grouping import Group, Judgement, judge, room_left
from dunning.judged import OfCustomers
from dunning.models import Notice, StepTaken
from dunning.policy import Channel, Step
from dunning.states import Waits
from receivables.accounts.models import Creditor
from receivables.core.errors import DomainError
from receivables.core.money import round_to_unit
from receivables.messaging.mode import is_live
from receivables.messaging.models import Message
from receivables.messaging.protocols import NotYet, Verdict

TIMELESS = frozenset({Waits.APPROVAL, Waits.CAPPED, Waits.TOO_EARLY, Waits.LADDER_ENDED, Waits.CLOSED_HOURS})
"""Reasons that were judged when the message was planned and do not void it; the hour is judged here, by itself."""
OF_THE_NEXT_STEP = TIMELESS | {Waits.UNCONFIRMED, Waits.NO_ADDRESS, Waits.BELOW_MINIMUM, Waits.UNMATCHED_MONEY, Waits.UNDELIVERED}
"""What may stand against the step above does not void a parallel message of the one completed."""
ASKED_BY_HAND = TIMELESS | {Waits.BELOW_MINIMUM, Waits.NO_ADDRESS, Waits.UNDELIVERED}
"""What may stand against the ladder's next step does not void what a person demands by hand; the address is judged by itself."""


class LadderGuard(OfCustomers):
    """Guard of dunning messages: every item still owed as stated, not held, disputed or promised, recipient still theirs."""

    rows = Notice

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, Verdict]:
        """Why messages must not go, or until when they wait."""
        notices = list(
            Notice.objects.filter(message__in=messages).select_related("creditor", "message", "main__message").order_by("customer")
        )
        refused: dict[int, Verdict] = {}
        for (creditor, on), together in _by_day(notices, now).items():
            loaded = facts_for(creditor, {notice.customer_id for notice in together}, on=on, ignoring=[notice.pk for notice in together])
            refused |= closed(together, loaded, now=now) | _refused(together, loaded, on=on)
        known = {notice.message_id for notice in notices}
        return {**refused, **{message.pk: "no notice stands behind it" for message in messages if message.pk not in known}}


def _by_day(notices: Iterable[Notice], now: datetime) -> dict[tuple[Creditor, date], list[Notice]]:
    found: dict[tuple[Creditor, date], list[Notice]] = defaultdict(list)
    for notice in notices:
        found[notice.creditor, now.astimezone(ZoneInfo(notice.creditor.time_zone)).date()].append(notice)
    return found


def closed(notices: Sequence[Notice], loaded: Loaded, *, now: datetime) -> dict[int, Verdict]:
    """What may not go at this hour, where its reader is, waits for the next one at which it may."""
    found: dict[int, Verdict] = {}
    for notice in notices:
        opens = opening(loaded.rules, loaded.rows[notice.customer_id], notice.channel, now=now)
        if notice.message_id and opens > now:
            found[notice.message_id] = NotYet(opens, str(Waits.CLOSED_HOURS))
    return found


def _refused(notices: Sequence[Notice], loaded: Loaded, *, on: date) -> dict[int, Verdict]:
    lines = _lines(notices)
    judged = {pk: judge(loaded.customers[pk], loaded.rules, on=on) for pk in loaded.customers}
    refused: dict[int, Verdict] = {}
    for notice in sorted(notices, key=lambda notice: notice.pk):
        reason = _reason(notice, lines[notice.main_id or notice.pk], judged[notice.customer_id], loaded, on=on)
        reason = reason or _against_person(notice, loaded, on=on)
        if reason and notice.message_id:
            refused[notice.message_id] = reason
    return refused


def _against_person(notice: Notice, loaded: Loaded, *, on: date) -> str:
    """What was planned for two customers at one time may be too much for the person behind both: the first to go counts for the next."""
    customer, way = loaded.customers[notice.customer_id], Channel(notice.channel)
    address = customer.addresses.get(way)
    if address is None:
        return ""
    known = loaded.persons.known_to(replace(customer, contacts=()))
    if (room_left(known, loaded.rules, way, on=on) or 0) < 1:
        return str(Waits.CAPPED)
    loaded.persons.heard(way, address, on)
    return ""


def _lines(notices: Sequence[Notice]) -> dict[int, list[StepTaken]]:
    found: dict[int, list[StepTaken]] = defaultdict(list)
    for line in StepTaken.objects.filter(notice__in=[notice.main_id or notice.pk for notice in notices]):
        found[line.notice_id].append(line)
    return found


def _reason(notice: Notice, lines: Sequence[StepTaken], judgement: Judgement, loaded: Loaded, *, on: date) -> str:
    """The first thing that is no longer so, in words; empty when all still holds."""
    looks = {look.item.case: look for look in judgement.looks}
    if notice.message is None or notice.message.recipient not in _addresses(notice, loaded):
        return "the recipient's address has changed"
    if notice.main is not None and notice.main.message and notice.main.message.captured and is_live():
        return "its main message was only captured in quarantine"
    for line in lines:
        if reason := _against(looks.get(line.case_id), line, notice, on=on, ignoring=_ignoring(notice)):
            return reason
    return _credit_against(notice, judgement, loaded) or _claims_against(notice, [(looks[line.case_id], line) for line in lines], loaded)


def _addresses(notice: Notice, loaded: Loaded) -> frozenset[str]:
    """Where a message by that channel may go now: one address, or an agency that is active."""
    channel = Channel(notice.channel)
    if channel is Channel.AGENCY and loaded.rules.agencies:
        return frozenset(terms.slug for terms in loaded.rules.agencies)
    recipient = loaded.recipients[notice.customer_id].get(channel)
    return frozenset({recipient.address} if recipient else ())


def void_repeats(notices: Sequence[Notice], *, now: datetime) -> dict[int, str]:
    """Notice id → what its message states that is no longer so, where a copy would repeat it. Nothing is asked about its own time.

    Call it with the customers locked, where that matters.
    """
    void: dict[int, str] = {}
    for (creditor, on), together in _by_day(notices, now).items():
        loaded = facts_for(creditor, {notice.customer_id for notice in together}, on=on)
        lines = _lines(together)
        for notice in together:
            judgement = judge(loaded.customers[notice.customer_id], loaded.rules, on=on)
            if reason := _against_repeat(notice, lines[notice.main_id or notice.pk], judgement, loaded, on=on):
                void[notice.pk] = reason
    return void


def _against_repeat(notice: Notice, lines: Sequence[StepTaken], judgement: Judgement, loaded: Loaded, *, on: date) -> str:
    looks = {look.item.case: look for look in judgement.looks}
    if notice.deadline_on is not None and notice.deadline_on < on:
        return "the deadline it names has passed"
    for line in lines:
        if reason := _against(looks.get(line.case_id), line, notice, on=on, ignoring=OF_THE_NEXT_STEP):
            return reason
    return _credit_against(notice, judgement, loaded) or _claims_against(notice, [(looks[line.case_id], line) for line in lines], loaded)


def _ignoring(notice: Notice) -> frozenset[Waits]:
    """The reasons that do not void a message of this notice."""
    if notice.main_id is not None:
        return OF_THE_NEXT_STEP
    return ASKED_BY_HAND if notice.is_by_hand else TIMELESS


def _against(look: Look | None, line: StepTaken, notice: Notice, *, on: date, ignoring: frozenset[Waits]) -> str:
    if look is None:
        return "an item is settled or closed"
    if look.item.principal != line.principal:
        return f"{look.item.label}: the amount has changed"
    if (look.item.due_on < on) != notice.is_overdue:
        return f"{look.item.label}: it has become overdue"
    if ignoring is TIMELESS and look.position != line.position:
        return f"{look.item.label}: the time of the step is over"
    standing = [block.reason for block in look.blocks if block.reason not in ignoring]
    return f"{look.item.label}: {standing[0]}" if standing else ""


def _credit_against(notice: Notice, judgement: Judgement, loaded: Loaded) -> str:
    """Money that is not allocated: what the message nets is what it would net if it were planned now."""
    credit = loaded.customers[notice.customer_id].credit.get(notice.currency, Decimal(0))
    netted = round_to_unit(notice.credit, notice.currency)
    if netted > credit:
        return "the credit netted has changed"
    if credit > netted and credit >= notice.principal:
        return "money has come that is not allocated yet"
    again = next((group for group in judgement.groups if notice.main_id is None and _is_same(group, notice)), None)
    return "the credit netted has changed" if again is not None and again.credit != netted else ""


def _claims_against(notice: Notice, stated: Sequence[tuple[Look, StepTaken]], loaded: Loaded) -> str:
    """Interest, compensation and fees are what the message would claim on its day, were it planned now."""
    if notice.is_by_hand:
        stated = [(replace(look, item=_demanded(look, notice)), line) for look, line in stated]
        return _claims_differ(notice, [Bearer(look.item, 1) for look, _ in stated], loaded)
    policy = stated[0][0].item.policy if stated else None
    position = policy.position_of(notice.step) if policy else 0
    if policy is None or not position or any(look.item.version != notice.version_id for look, _ in stated):
        return ""  # moved to another policy since; a main message is void by its position, a parallel one repeats what was said
    return _claims_differ(notice, [Bearer(look.item, line.position) for look, line in stated], loaded, step=policy.steps[position - 1])


def _demanded(look: Look, notice: Notice) -> ItemFacts:
    document = notice.message.facts["document"] if notice.message else ""
    return as_demanded(look.item, document, Channel(notice.channel))


def _claims_differ(notice: Notice, bearers: Sequence[Bearer], loaded: Loaded, *, step: Step | None = None) -> str:
    """Whether these bearers claim something else now. Without a step, what they bear is a demand by hand."""
    if not bearers:
        return ""
    policy, rules = bearers[0].item.policy, loaded.rules
    step, position = (step, policy.position_of(step.key)) if step else (policy.steps[0], 1)
    try:
        now = claims_of(bearers, step, position, country=rules.country, rates=rules.rates, on=notice.on)
    except DomainError as error:
        return f"what it claims can no longer be worked out: {error}"[:200]
    said = (notice.interest, notice.compensation, notice.fees)
    return "" if (now.interest, now.compensation, now.fees) == said else "what it claims beside the principal has changed"


def _is_same(group: Group, notice: Notice) -> bool:
    return group.key == key_of(notice) and group.position == notice.position
