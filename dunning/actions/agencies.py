"""A customer's hand-overs as a whole: the agency confirms, gives all back, or reports money without saying of which."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from dunning.actions.agency_reports import collect_by_hand
from dunning.actions.placements import AT_AGENCY, after, come_back, held_for, take_over
from dunning.actions.telling import tell_withdrawn
from dunning.models import Case, Placement
from dunning.states import CaseState, PlacementEnd, PlacementState
from invoices.actions import record_payment
from invoices.models import Customer, Item, Payment
from receivables import clock
from receivables.accounts.models import User
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def accept(customer: Customer, *, on: date, by: User | None = None) -> list[Placement]:
    """The agency confirms what was handed over: the step is completed, the items are with it. Raises `Refused` where none waits."""
    placements = _concerned(_standing(customer, [PlacementState.SENT]))
    for placement in placements:
        take_over(placement, on=on, by=by)
    after(placements[0], on=on)
    return placements


@transaction.atomic
def recall(customer: Customer, *, on: date, by: User | None = None) -> list[Placement]:
    """All is taken back, before the receipt or after: the agency is told, the ladder goes on. Raises `Refused` where nothing is placed."""
    placements = _concerned(_standing(customer, [PlacementState.SENT, PlacementState.RECEIVED]))
    for placement in placements:
        come_back(placement, PlacementEnd.RECALLED, on=on, by=by)
        tell_withdrawn(placement, on=on, now=clock.now(), by=by)
    after(placements[0], on=on)
    return placements


@transaction.atomic
def recall_placement(placement: Placement, *, on: date, now: datetime, why: str, by: User | None = None) -> Placement:
    """We take one hand-over back: the agency is told, the ladder goes on. Raises `Refused` without a reason."""
    row = held_for(placement, *AT_AGENCY)
    if not why.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    come_back(row, PlacementEnd.RECALLED, on=on, by=by, why=why)
    tell_withdrawn(row, on=on, now=now, why=why.strip(), by=by)
    after(row, on=on)
    return held_for(row)


@transaction.atomic
def agency_paid(customer: Customer, *, amount: Decimal, on: date, reference: str | None = None, by: User | None = None) -> Payment:
    """The agency reports money: it falls on what is placed with it, the oldest first; the rest is open credit. For replays: see
    `collect_of`, which books it once by whichever door it comes.

    Raises `Refused` where nothing is placed.
    """
    placements = _standing(customer, [PlacementState.SENT, PlacementState.RECEIVED])
    own = customer.currency or customer.creditor.currency
    currency = own if any(placement.currency == own for placement in placements) else placements[0].currency
    placed = Item.objects.open().filter(placements__placement__in=placements, currency=currency).distinct().order_by("due_on", "label")
    return record_payment(
        customer, amount=amount, booked_on=on, currency=currency, reference=reference, invoices=list(placed), unmatched=not placed, by=by
    )


@transaction.atomic
def collect_of(customer: Customer, *, amount: Decimal, on: date, own_id: str = "", by: User | None = None) -> bool:
    """The same as `collect_by_hand`, for a customer of whom one hand-over stands. Raises `Refused` where several do, or none."""
    placements = _standing(customer, AT_AGENCY)
    if len(placements) > 1:
        raise Refused(gettext_noop("Several hand-overs of this customer stand. Book the money on the page of the one that it is for."))
    return collect_by_hand(placements[0], amount=amount, on=on, own_id=own_id, by=by)


def _standing(customer: Customer, states: Iterable[str]) -> list[Placement]:
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    rows = Placement.objects.filter(customer=customer, state__in=list(states)).order_by("-pk")
    placements = list(rows.select_related("creditor", "customer", "agency", "notice__message", "message"))
    if not placements:
        raise Refused(gettext_noop("Nothing of this customer waits at an agency."))
    return placements


def _concerned(placements: Iterable[Placement]) -> list[Placement]:
    """Those with an item that is not closed. Raises `Refused` where there is none: nothing waits for an answer."""
    open_cases = Case.objects.exclude(state=CaseState.CLOSED)
    found = [placement for placement in placements if open_cases.filter(item__placements__placement=placement).exists()]
    if not found:
        raise Refused(gettext_noop("All that was handed over is closed: nothing waits for the agency."))
    return found
