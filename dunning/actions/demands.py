"""A demand that a person makes in one click: looked at first, then sent, posted, or given to the person to deliver.

It goes the ladder's way: the same gates and guard, numbers and archive, steps and claims. For an item whose next step has that paper it
is that step; for the others a step beside the ladder, after which they stand where they stood and wait for its deadline.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from dunning.actions.demand_papers import earlier_calls, refuse_way, with_paper
from dunning.actions.holds import locked
from dunning.actions.messages import facts_of, firm_facts, stated
from dunning.actions.offers import offers_told
from dunning.actions.release import Release, release
from dunning.decide import ItemFacts
from dunning.demanding import (
    BARRED,
    BESIDE,
    DEMANDS,
    LEAST_DAYS,
    asks_approver,
    demand_of,
    is_beside,
    key_beside,
    number_beside,
    place_on_ladder,
    placed,
    usual_deadline,
)
from dunning.explain import reason_words, waits_words
from dunning.facts import Loaded, facts_for
from dunning.grouping import Group
from dunning.models import Case, Notice, PlannedLine, Run, StepTaken
from dunning.policy import Channel
from dunning.states import CaseState, NoticeState, Waits
from invoices.models import Customer, Invoice, Item
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.calendar import next_working_day
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.given import give
from receivables.messaging.mode import hold_switch_shared
from receivables.messaging.models import Message

WORTH_SENDING = timedelta(days=3)


class Deliver(StrEnum):
    """How a demand reaches its reader."""

    EMAIL = "email"
    POST = "post"  # with the next batch of letters
    SELF = "self"  # whoever makes it downloads and delivers it today


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandWish:
    """What somebody wants to demand. Without an invoice, of all that is overdue in that currency; without a day, the usual deadline."""

    kind: str = "demand"
    deliver: Deliver
    currency: str
    language: str = ""  # empty: the recipient's
    deadline_on: date | None = None
    invoice: Invoice | None = None

    @property
    def channel(self) -> Channel:
        """The channel of its message."""
        return Channel.EMAIL if self.deliver is Deliver.EMAIL else Channel.LETTER


@dataclass(frozen=True, slots=True)
class Look:
    """A demand as it would go now. `completes` are the labels of those whose own step it is; `left_out` label → reason."""

    group: Group
    facts: Mapping[str, Any]
    language: str
    recipient: str
    completes: Sequence[str]
    left_out: Mapping[str, str]
    needs_approver: bool


def look_at_demand(customer: Customer, wish: DemandWish, *, on: date) -> Look:
    """What the demand would say and do. Nothing is written. Raises `Refused` with the reason where nothing may be demanded."""
    return _Made.of(customer, wish, on=on).look()


def seal_of(wish: DemandWish, look: Look) -> str:
    """What tells this demand from others: every fact of it, to whom and how."""
    said = json.dumps([look.facts, str(wish.deliver), look.recipient, look.language], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


@transaction.atomic
def demand(
    customer: Customer, wish: DemandWish, *, on: date, now: datetime, may_approve: bool, seal: str = "", by: User | None = None
) -> Notice:
    """Make it and let it go. A second press is refused: the first one's message is on its way, or was said today.

    Raises `Refused` as `look_at_demand`, where the step takes an approver and `may_approve` is false, and where it is no longer what was
    looked at (`seal`, by `seal_of`; empty: nobody looked).
    """
    hold_switch_shared()  # before any other lock: what is planned under quarantine must not become real
    customer = locked(customer.pk)
    made = _Made.of(customer, wish, on=on)
    look = made.look()
    if seal and seal != seal_of(wish, look):
        raise Refused(gettext_noop("Something has changed since you looked. Look at the demand again."))
    if look.needs_approver and not may_approve:
        raise Refused(gettext_noop("Demands wait for an approver in this company. Ask one to make it."))
    _supersede({each.item.case for each in look.group.looks})
    todo, no_run = [Release(customer.pk, look.group, more=made.offers())], Run(creditor=customer.creditor)
    released = release(no_run, todo, made.loaded, on=on, now=now, base_url=settings.BASE_URL)
    notice = Notice.objects.select_related("message").get(pk=released[0].notice)
    Notice.objects.filter(pk=notice.pk).update(answered_by=by, answered_on=on)
    record(
        customer.creditor, "demand_made", notice, by=by, customer=customer.pk, kind=wish.kind, deliver=str(wish.deliver),
        cases=sorted(each.item.case for each in look.group.looks), completes=list(look.completes),
    )  # fmt: skip
    if notice.message is not None:
        _let_go(notice.message, wish, look, on=on, now=now)
    return notice


def _let_go(message: Message, wish: DemandWish, look: Look, *, on: date, now: datetime) -> None:
    if wish.deliver is Deliver.SELF:
        give(message, on=on, now=now)
        return
    deadline_on = look.group.deadline_on or on
    last = min(on + WORTH_SENDING, deadline_on) if wish.deliver is Deliver.EMAIL else deadline_on - timedelta(days=LEAST_DAYS)
    until = datetime.combine(max(last, on), time.max, ZoneInfo(message.creditor.time_zone))
    Message.objects.filter(pk=message.pk).update(not_after=max(until, message.not_before))


def _supersede(cases: Collection[int]) -> None:
    """What waits for approval with one of these items is planned anew by the next run."""
    waiting = PlannedLine.objects.filter(case__in=cases, notice__state=NoticeState.PROPOSED).values_list("notice", flat=True)
    Notice.objects.filter(pk__in=list(waiting)).update(state=NoticeState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class _Made:
    """A demand being put together from the facts of the day."""

    customer: Customer
    wish: DemandWish
    on: date
    loaded: Loaded
    items: Mapping[int, ItemFacts]  # what is asked for, by case
    group: Group
    left_out: Mapping[str, str]

    @classmethod
    def of(cls, customer: Customer, wish: DemandWish, *, on: date) -> "_Made":
        if wish.kind not in DEMANDS:
            raise Refused(gettext_noop("There is no such paper to make by hand."))
        refuse_way(wish.kind, wish.channel, customer, on=on)
        loaded = facts_for(customer.creditor, [customer.pk], on=on)
        known = loaded.customers[customer.pk]
        wanted = set(_cases(customer, wish))
        items = {item.case: item for item in known.items if item.case in wanted}
        if not items:
            raise Refused(_why_nothing(customer, wish))
        found = demand_of(known, loaded.rules, set(items), wish.kind, wish.channel, on=on)
        if found.group is None:
            raise Refused(gettext_noop("Nothing may be demanded now: %(why)s."), why=_reasons(found.left_out))
        if wish.language and wish.channel in loaded.recipients[customer.pk]:
            reader = loaded.recipients[customer.pk][wish.channel]
            loaded.recipients[customer.pk][wish.channel] = reader._replace(language=wish.language)
        return cls(customer, wish, on, loaded, items, found.group, found.left_out)

    def look(self) -> Look:
        """What it says and does."""
        beside = key_beside(_last_beside(self.customer, self.items) + 1)
        known, rules, kind = self.loaded.customers[self.customer.pk], self.loaded.rules, self.wish.kind
        places = {pk: place_on_ladder(item, known, rules, kind, beside, on=self.on) for pk, item in self.items.items()}
        group = placed(self.group, places, deadline_on=self._deadline())
        reader = self.loaded.recipients[self.customer.pk][group.channel]
        asked = [self.items[look.item.case] for look in group.looks]
        return Look(
            group=group,
            facts=self._facts(group),
            language=reader.language,
            recipient=reader.address,
            completes=[look.item.label for look in group.looks if not is_beside(look.key)],
            left_out=self.left_out,
            needs_approver=any(asks_approver(item, kind, on=self.on) for item in asked),
        )

    def _deadline(self) -> date:
        rules = self.loaded.rules
        if self.wish.deadline_on is None:
            return usual_deadline(next(iter(self.items.values())).policy, self.wish.kind, rules, on=self.on)
        if self.wish.deadline_on < self.on + timedelta(days=LEAST_DAYS):
            raise Refused(gettext_noop("Give at least %(days)s days to pay."), days=LEAST_DAYS)
        return next_working_day(rules.calendar, self.wish.deadline_on)

    def _facts(self, group: Group) -> dict[str, Any]:
        row, pk = self.loaded.rows[self.customer.pk], self.customer.pk
        firm = firm_facts(self.customer.creditor)
        facts = facts_of(group, stated(group), row, self.loaded, firm=firm, on=self.on, base_url=settings.BASE_URL)
        facts = with_paper(facts, self.wish.kind, row, register=self.loaded.rules.register, calls=earlier_calls([pk]))
        return facts | self.offers()

    def offers(self) -> dict[str, Any]:
        """Ways to pay that stand today, for a letter alone: no e-mail offers anything (LAW.md A9)."""
        return offers_told(self.customer, self.wish.currency, on=self.on) if self.wish.channel is Channel.LETTER else {}


def _cases(customer: Customer, wish: DemandWish) -> Iterable[int]:
    """The open cases of what is asked for. Rates of agreements are never demanded so: their agreement says what follows."""
    rows = Case.objects.exclude(state=CaseState.CLOSED).filter(customer=customer, item__currency=wish.currency, item__open_amount__gt=0)
    return (rows.filter(item__invoice=wish.invoice) if wish.invoice else rows).values_list("pk", flat=True)


def _why_nothing(customer: Customer, wish: DemandWish) -> str:
    open_items = Item.objects.open().filter(customer=customer, currency=wish.currency)
    if not (open_items.filter(invoice=wish.invoice) if wish.invoice else open_items).exists():
        return gettext_noop("Nothing is owed here any more: it is paid or settled.")
    closed = Case.objects.filter(customer=customer, state=CaseState.CLOSED, reason="time_barred", item__in=open_items)
    if closed.exists():
        return gettext_noop("What is open is time-barred, and may no longer be demanded.")
    return gettext_noop("No policy is assigned: nothing can be demanded. Assign a policy to the company, the customer or the invoice.")


def _last_beside(customer: Customer, cases: Iterable[int]) -> int:
    """The highest number of a demand by hand that the customer or one of the cases, which may have been another's, has had. One query."""
    taken = StepTaken.objects.filter(Q(case__in=list(cases)) | Q(notice__customer=customer), step__startswith=BESIDE)
    return max(map(number_beside, taken.values_list("step", flat=True)), default=0)


def _reasons(left_out: Mapping[str, str]) -> str:
    """Each item that is left out with its reason, in words."""
    return "; ".join(f"{label}: {why_left_out(reason)}" for label, reason in left_out.items())


def why_left_out(reason: str) -> str:
    """Why an item is not demanded, in words."""
    if reason == Waits.TOO_EARLY:
        return _("it is not overdue yet")
    return reason_words(reason) if reason == BARRED else waits_words(reason)
