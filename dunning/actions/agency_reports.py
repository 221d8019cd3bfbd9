"""What an agency reports of a hand-over: a status, a promise, money, its commission. Each report once, by the key that it came with."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from dunning.actions.placements import AT_AGENCY, held_for, is_known, note
from dunning.actions.telling import standing_of
from dunning.agencies.commission import Line, commission_on
from dunning.models import Commission, PlacedItem, Placement, PlacementEvent
from dunning.states import PlacementState, Reported
from invoices.actions import record_payment
from invoices.models import Item, Payment
from receivables import clock
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop


@transaction.atomic
def note_status(
    placement: Placement, status: str, *, on: date, why: str = "", key: str | None = None, by: User | None = None
) -> PlacementEvent:
    """Note how it stands there, in the agency's word; nothing else follows."""
    row = held_for(placement)
    if not status.strip():
        raise Refused(gettext_noop("Name the status."))
    return _noted(row, Reported.STATUS, on=on, by=by, key=key, status=status.strip()[:40], note=why.strip()[:500])


@transaction.atomic
def note_agency_promise(
    placement: Placement, *, amount: Decimal, due_on: date, on: date, key: str | None = None, by: User | None = None
) -> PlacementEvent:
    """The debtor has promised the agency to pay. The ladder rests anyway, so it holds nothing."""
    row = held_for(placement, *AT_AGENCY)
    _bookable(amount, row.currency)
    said = {"amount": amount, "currency": row.currency, "note": due_on.isoformat()}
    return _noted(row, Reported.PROMISE, on=on, by=by, key=key, **said)


@transaction.atomic
def collect(
    placement: Placement, *, amount: Decimal, on: date, reference: str | None = None, key: str | None = None, by: User | None = None
) -> Payment | None:
    """The agency has received money for it: it falls on what is placed, the oldest first; the rest is open credit.

    Booked in full, whatever the agency keeps of it: see `book_commission`. A key that is known books nothing and gives the first payment.
    The agency is not told of what it has told us.
    """
    row = held_for(placement)
    if is_known(row, key):
        return row.events.get(key=str(key)[:100]).payment
    if row.state not in (*AT_AGENCY, PlacementState.RETURNED, PlacementState.CLOSED):
        raise Refused(gettext_noop("This hand-over is %(state)s already."), state=row.get_state_display())
    _bookable(amount, row.currency)
    placed = Item.objects.open().filter(placements__placement=row).order_by("due_on", "label")
    payment = record_payment(
        row.customer, amount=amount, booked_on=on, currency=row.currency, reference=reference, invoices=list(placed),
        unmatched=not placed, by=by,
    )  # fmt: skip
    note(row, Reported.COLLECTED, on=on, by=by, key=key, amount=amount, currency=row.currency, payment=payment)
    record(row.creditor, "placement_collected", row, by=by, customer=row.customer_id, amount=amount, currency=row.currency)
    for each in standing_of(row, on=on):
        PlacedItem.objects.filter(pk=each.placed.pk).update(told_open=each.open, told_disputed=each.disputed)
    return payment


@transaction.atomic
def book_commission(
    placement: Placement, *, amount: Decimal, on: date, reference: str = "", why: str = "", by: User | None = None
) -> Commission:
    """Book what the agency keeps or bills for it. The same reference again gives the first booking. It changes no debt."""
    row = held_for(placement)
    _bookable(amount, row.currency)
    if reference and (known := row.commissions.filter(reference=reference[:80], reverses=None).first()):
        return known
    booked = Commission.objects.create(
        placement=row,
        amount=amount,
        currency=row.currency,
        on=on,
        at=clock.now(),
        reference=reference[:80],
        note=why.strip()[:200],
        author=by,
    )
    record(row.creditor, "commission_booked", booked, by=by, customer=row.customer_id, amount=amount, currency=row.currency)
    return booked


@transaction.atomic
def take_back_commission(booked: Commission, *, on: date, why: str, by: User | None = None) -> Commission:
    """Say that it was booked by mistake. Raises `Refused` without a reason, and a second time."""
    row = held_for(booked.placement)
    if not why.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    if booked.reverses_id is not None or Commission.objects.filter(reverses=booked).exists():
        raise Refused(gettext_noop("This was taken back already."))
    back = Commission.objects.create(
        placement=row, amount=booked.amount, currency=booked.currency, on=on, at=clock.now(), reference=booked.reference,
        note=why.strip()[:200], reverses=booked, author=by,
    )  # fmt: skip
    record(row.creditor, "commission_reversed", back, by=by, customer=row.customer_id, amount=back.amount, currency=back.currency)
    return back


def commission_due(placement: Placement, recovered: Decimal) -> Decimal | None:
    """What the agency's scale gives for so much recovered, in the currency of the hand-over; None where it has no scale."""
    if placement.agency is None or placement.sent_on is None:
        return None
    items = list(placement.items.select_related("item"))
    placed = sum((line.principal for line in items), Decimal(0))
    age = max(((placement.sent_on - line.item.due_on).days for line in items), default=0)
    scale = [Line(rate.from_days, rate.from_amount, rate.percent) for rate in placement.agency.rates.all()]
    return commission_on(scale, recovered, placed=placed, age_days=age, currency=placement.currency)


def _noted(placement: Placement, kind: Reported, *, on: date, by: User | None, key: str | None, **says: object) -> PlacementEvent:
    if is_known(placement, key):
        return placement.events.get(key=str(key)[:100])
    event = note(placement, kind, on=on, by=by, key=key, **says)
    record(placement.creditor, "placement_reported", placement, by=by, customer=placement.customer_id, kind=str(kind))
    return event


def _bookable(amount: Decimal, currency: str) -> None:
    if amount <= 0 or amount != round_to_unit(amount, currency):
        raise Refused(gettext_noop("The amount must be above zero and fit %(currency)s."), currency=currency)
