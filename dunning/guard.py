"""The last check, in the transaction that hands over: is what this message says still true, and may it be said now?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dunning.decide import Look
from dunning.facts import Loaded, debt_of, facts_for
from dunning.grouping import Group, Judgement, group_key, judge
from dunning.models import Notice, StepTaken
from dunning.policy import Channel
from dunning.states import Waits
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.money import round_to_unit
from receivables.messaging.mode import is_live
from receivables.messaging.models import Message

TIMELESS = frozenset({Waits.APPROVAL, Waits.CAPPED, Waits.TOO_EARLY, Waits.LADDER_ENDED})
"""Reasons that were judged when the message was planned and do not void it."""
OF_THE_NEXT_STEP = TIMELESS | {Waits.UNCONFIRMED, Waits.NO_ADDRESS, Waits.BELOW_MINIMUM, Waits.UNMATCHED_MONEY}
"""What may stand against the step above does not void a parallel message of the one completed."""


class LadderGuard:
    """Guard of dunning messages: every item still owed as stated, not held, disputed or promised, recipient still theirs."""

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, str]:
        """Why messages must not go any more, by id. Locks their customers, so payments, disputes and holds wait for the end."""
        notices = list(
            Notice.objects.filter(message__in=messages).select_related("creditor", "message", "main__message").order_by("customer")
        )
        lock = Customer.objects.select_for_update(no_key=True).filter(pk__in={notice.customer_id for notice in notices})
        list(lock.order_by("pk").values_list("pk"))
        refused: dict[int, str] = {}
        for (creditor, on), together in _by_day(notices, now).items():
            loaded = facts_for(creditor, {notice.customer_id for notice in together}, on=on, ignoring=[notice.pk for notice in together])
            refused |= _refused(together, loaded, on=on)
        known = {notice.message_id for notice in notices}
        return {**refused, **{message.pk: "no notice stands behind it" for message in messages if message.pk not in known}}


def _by_day(notices: Iterable[Notice], now: datetime) -> dict[tuple[Creditor, date], list[Notice]]:
    found: dict[tuple[Creditor, date], list[Notice]] = defaultdict(list)
    for notice in notices:
        found[notice.creditor, now.astimezone(ZoneInfo(notice.creditor.time_zone)).date()].append(notice)
    return found


def _refused(notices: Sequence[Notice], loaded: Loaded, *, on: date) -> dict[int, str]:
    lines = _lines(notices)
    judged = {pk: judge(loaded.customers[pk], loaded.rules, on=on) for pk in loaded.customers}
    refused = {}
    for notice in notices:
        reason = _reason(notice, lines[notice.main_id or notice.pk], judged[notice.customer_id], loaded, on=on)
        if reason and notice.message_id:
            refused[notice.message_id] = reason
    return refused


def _lines(notices: Sequence[Notice]) -> dict[int, list[StepTaken]]:
    found: dict[int, list[StepTaken]] = defaultdict(list)
    for line in StepTaken.objects.filter(notice__in=[notice.main_id or notice.pk for notice in notices]):
        found[line.notice_id].append(line)
    return found


def _reason(notice: Notice, lines: Sequence[StepTaken], judgement: Judgement, loaded: Loaded, *, on: date) -> str:
    """The first thing that is no longer so, in words; empty when all still holds."""
    looks = {look.item.case: look for look in judgement.looks}
    if not loaded.rules.calendar.is_contact_day(on):
        return str(Waits.CLOSED_HOURS)
    recipient = loaded.recipients[notice.customer_id].get(Channel(notice.channel))
    if recipient is None or notice.message is None or recipient.address != notice.message.recipient:
        return "the recipient's address has changed"
    if notice.main is not None and notice.main.message and notice.main.message.captured and is_live():
        return "its main message was only captured in quarantine"
    for line in lines:
        if reason := _against(looks.get(line.case_id), line, notice, on=on):
            return reason
    return _credit_against(notice, judgement, loaded)


def _against(look: Look | None, line: StepTaken, notice: Notice, *, on: date) -> str:
    if look is None:
        return "an item is settled or closed"
    if look.item.principal != line.principal:
        return f"{look.item.label}: the amount has changed"
    if (look.item.due_on < on) != notice.is_overdue:
        return f"{look.item.label}: it has become overdue"
    is_parallel = notice.main_id is not None
    if not is_parallel and look.position != line.position:
        return f"{look.item.label}: the time of the step is over"
    standing = [block.reason for block in look.blocks if block.reason not in (OF_THE_NEXT_STEP if is_parallel else TIMELESS)]
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


def _is_same(group: Group, notice: Notice) -> bool:
    return group.key == _key_of(notice) and group.position == notice.position


def _key_of(notice: Notice) -> tuple[object, ...]:
    debt = debt_of(notice.invoice_id, notice.agreement_id)
    return group_key(notice.version_id, notice.currency, notice.channel, notice.approval, notice.is_overdue, debt, notice.shares)
