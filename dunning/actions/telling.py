"""What an agency is told after the hand-over: payments, disputes, changes, and that we take it back. Each by the outbox, once.

Nothing hangs on who changed the books: what an agency was told last stands beside each placed item, and where it differs from what is
open now the agency is told. So a change that somebody forgot to report is reported by the next round all the same.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from dunning.actions.holds import locked
from dunning.actions.messages import agency_facts, firm_facts
from dunning.actions.placements import end, note
from dunning.agencies.known import terms_of
from dunning.models import PlacedItem, Placement
from dunning.presence import presence
from dunning.standing import disputed
from dunning.states import PlacementEnd, PlacementState, Reported
from invoices.balances import SIGNED
from invoices.models import AllocationEntry, Customer, Dispute
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.money import round_to_unit
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan

AT_ONCE = 500
PAYMENT, UPDATE, WITHDRAW, DISPUTE = "payment", "update", "withdraw", "dispute"
BUYER = ("number", "name", "street", "postcode", "city", "country", "tax_id", "kind")


@dataclass(frozen=True, slots=True)
class Standing:
    """A placed item as it is now beside what the agency was told."""

    placed: PlacedItem
    open: Decimal
    disputed: Decimal
    paid: Decimal  # since the hand-over

    @property
    def is_told(self) -> bool:
        """Whether the agency knows how it stands."""
        told = self.placed.principal if self.placed.told_open is None else self.placed.told_open
        return told == self.open and self.placed.told_disputed == self.disputed

    @property
    def was_open(self) -> Decimal:
        """What the agency was told last, or at the hand-over."""
        return self.placed.principal if self.placed.told_open is None else self.placed.told_open


def tell_agencies(creditor: Creditor, *, on: date, now: datetime) -> int:
    """Tell agencies what has changed of what they have, and close what is settled. Returns how many messages were planned. Idempotent."""
    told, after = 0, 0
    while customers := _changed(creditor, after=after):
        after = customers[-1]
        for pk in customers:
            told += tell_of(pk, on=on, now=now)
    return told


def _changed(creditor: Creditor, *, after: int) -> list[int]:
    """The next customers with a placed item that is not as the agency was told, or with a hand-over that is settled. One query."""
    said = Dispute.objects.filter(item=OuterRef("item"), resolved_on=None).values("amount")[:1]
    rows = PlacedItem.objects.filter(placement__creditor=creditor, placement__state__in=("sent", "received"), is_standing=True)
    rows = rows.annotate(told=Coalesce("told_open", "principal"), said=Coalesce(Subquery(said), Decimal(0)))
    owed = PlacedItem.objects.filter(placement=OuterRef("placement"), item__open_amount__gt=0)
    differs = ~Q(told=F("item__open_amount")) | ~Q(told_disputed=F("said")) | ~Exists(owed)  # settled: it ends
    mine = rows.filter(differs, placement__customer__gt=after).order_by("placement__customer")
    return list(mine.values_list("placement__customer", flat=True).distinct()[:AT_ONCE])


@transaction.atomic
def tell_of(customer: int, *, on: date, now: datetime, because: str = "", about: Collection[int] = ()) -> int:
    """The same of one customer's hand-overs; `because` tells those that hold one of the items `about` something, changed or not."""
    row = locked(customer)
    rows = Placement.objects.at_agency().filter(customer=row).order_by("pk").select_related("creditor", "agency")
    concerned = set(rows.filter(items__item__in=about).values_list("pk", flat=True)) if because else set()
    return sum(_tell_of(each, row, on=on, now=now, because=because if each.pk in concerned else "") for each in rows)


def _tell_of(placement: Placement, customer: Customer, *, on: date, now: datetime, because: str) -> bool:
    items = standing_of(placement, on=on)
    changed = [each for each in items if not each.is_told]
    is_over = all(each.open == 0 for each in items)
    event = False
    if changed or because:
        event = _say(placement, _action(changed, is_over=is_over), items, customer, on=on, now=now, because=because)
    for each in changed:
        PlacedItem.objects.filter(pk=each.placed.pk).update(told_open=each.open, told_disputed=each.disputed)
    if is_over:
        why = PlacementEnd.SETTLED if any(each.paid for each in items) else PlacementEnd.WITHDRAWN
        end(placement, PlacementState.CLOSED, why, Reported.CLOSED, on=on)
    return event


def _action(changed: Sequence[Standing], *, is_over: bool) -> str:
    """What the change is to the agency: money, a claim that is no more, a dispute, or something else."""
    if any(each.open < each.was_open and each.paid for each in changed):
        return PAYMENT
    if is_over:
        return WITHDRAW
    return DISPUTE if changed and all(each.open == each.was_open for each in changed) else UPDATE


def tell_withdrawn(placement: Placement, *, on: date, now: datetime, why: str = "", by: User | None = None) -> bool:
    """Say to the agency that we take it back. Under the customer's lock; without an agency to tell, nothing."""
    customer = placement.customer
    return _say(placement, WITHDRAW, standing_of(placement, on=on), customer, on=on, now=now, because=why, by=by)


def standing_of(placement: Placement, *, on: date) -> list[Standing]:
    """Its items as they are now. Three queries."""
    rows = list(placement.items.select_related("item__invoice").order_by("item__due_on", "pk"))
    ids = [row.item_id for row in rows]
    left_alone = disputed([placement.customer_id], presence([placement.customer_id]), on=on)
    since = placement.sent_on or on
    money = AllocationEntry.objects.filter(item__any=ids, source=AllocationEntry.Source.PAYMENT, on__gte=since).order_by()
    paid = dict(money.values_list("item").annotate(paid=Sum(SIGNED)))
    return [
        Standing(
            row, row.item.open_amount, min(left_alone.get(row.item_id, Decimal(0)), row.item.open_amount), paid.get(row.item_id, Decimal(0))
        )
        for row in rows
    ]


def _say(
    placement: Placement,
    action: str,
    items: Sequence[Standing],
    customer: Customer,
    *,
    on: date,
    now: datetime,
    because: str = "",
    by: User | None = None,
) -> bool:
    """Plan the message and note it. What another system handed over, or only quarantine has, has nobody to tell."""
    if placement.agency is None or placement.case_key is None:
        return False
    number = placement.events.filter(kind=Reported.TOLD).count() + 1
    key = hashlib.sha256(f"{placement.case_key}/told/{number}".encode()).hexdigest()
    facts = _facts(placement, action, items, customer, on=on, because=because)
    ids = plan([_message(placement, key, facts, now=now)], now=now)
    note(placement, Reported.TOLD, on=on, by=by, key=key, status=action, note=because[:500], message_id=ids[key])
    record(placement.creditor, "agency_told", placement, by=by, customer=customer.pk, action=action)
    return True


def _message(placement: Placement, key: str, facts: dict[str, Any], *, now: datetime) -> NewMessage:
    agency = placement.agency
    if agency is None:
        raise ValueError(f"{placement} has no agency to tell")
    return NewMessage(
        creditor=placement.creditor,
        key=key,
        purpose=str(Message.Purpose.PLACEMENT),
        channel="agency",
        recipient=agency.slug,
        recipient_name=agency.name,
        language=placement.creditor.language,
        template="agency_update",
        facts=facts,
        not_before=now,
    )


def _facts(placement: Placement, action: str, items: Sequence[Standing], customer: Customer, *, on: date, because: str) -> dict[str, Any]:
    """All that the message says. Amounts are plain decimal text in its currency."""
    currency = placement.currency

    def text(amount: Decimal) -> str:
        return str(round_to_unit(amount, currency))

    return {
        "placement": placement.pk,
        "case_id": placement.case_key,
        "reference": placement.reference,
        "action": UPDATE if action == DISPUTE else action,
        "about": action,
        "agency": agency_facts(terms_of(placement.agency)) if placement.agency else {},
        "creditor": firm_facts(placement.creditor),
        "customer": {name: getattr(customer, name) for name in BUYER},
        "on": on.isoformat(),
        "currency": currency,
        "note": because,
        "told_before": {str(each.placed.pk): [text(each.was_open), text(each.placed.told_disputed)] for each in items if not each.is_told},
        "items": [
            {
                "label": each.placed.item.label,
                "issued_on": each.placed.item.invoice.issued_on.isoformat(),
                "due_on": each.placed.item.due_on.isoformat(),
                "days_late": max((on - each.placed.item.due_on).days, 0),
                "amount": text(each.placed.item.amount),
                "open": text(each.open - each.disputed),
                "disputed": text(each.disputed),
                "was_open": text(each.was_open),
                "paid": text(each.paid),
            }
            for each in items
        ],
        "principal": text(sum((each.open - each.disputed for each in items), Decimal(0))),
        "asks": text(sum((each.open - each.disputed for each in items), Decimal(0))),
        "paid_total": text(sum((each.paid for each in items), Decimal(0))),
        "disputed_total": text(sum((each.disputed for each in items), Decimal(0))),
    }


def tell_all_agencies(*, now: datetime) -> int:
    """The same of every company that has something at an agency."""
    firms = Creditor.objects.filter(pk__in=Placement.objects.at_agency().values("creditor"))
    return sum(tell_agencies(creditor, on=clock.today(creditor.time_zone), now=now) for creditor in firms)
