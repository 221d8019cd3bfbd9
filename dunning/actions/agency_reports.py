"""What an agency reports of a hand-over: a status, a promise, money, its commission. Each report once, by the key that it came with."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from dunning.actions.placements import AT_AGENCY, held_for, is_known, note
from dunning.actions.telling import standing_of
from dunning.agencies.commission import Line, commission_on
from dunning.agencies.report import key_of_id, key_of_money
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

SAID_OTHERWISE = gettext_noop("This record was taken before and said something else then.")

NEVER_LEFT = gettext_noop("This hand-over never left, so the agency can have no money of it. Ask the agency which case it means.")


@transaction.atomic
def note_status(
    placement: Placement,
    status: str,
    *,
    on: date,
    why: str = "",
    amount: Decimal | None = None,
    key: str | None = None,
    by: User | None = None,
) -> PlacementEvent:
    """Note how it stands there, in the agency's word, with an amount that is told along; nothing else follows."""
    row = held_for(placement)
    if not status.strip():
        raise Refused(gettext_noop("Name the status."))
    said = {"status": status.strip()[:40], "note": why.strip()[:500], **_told(row, amount)}
    return _noted(row, Reported.STATUS, on=on, by=by, key=key, **said)


@transaction.atomic
def note_agency_promise(
    placement: Placement,
    *,
    amount: Decimal | None,
    due_on: date,
    on: date,
    why: str = "",
    key: str | None = None,
    by: User | None = None,
) -> PlacementEvent:
    """The debtor has promised the agency to pay, perhaps without a sum. The ladder rests anyway, so it holds nothing."""
    row = held_for(placement, *AT_AGENCY)
    said = {"note": f"{due_on.isoformat()} {why}".strip()[:500], **_told(row, amount)}
    return _noted(row, Reported.PROMISE, on=on, by=by, key=key, **said)


@transaction.atomic
def collect_by_hand(placement: Placement, *, amount: Decimal, on: date, own_id: str = "", by: User | None = None) -> bool:
    """The same as `collect`, typed in. `own_id` is the agency's number of this money: under it, it is booked once by whichever door.

    False where it was known. Raises `Refused` where it has no number and the same sum of that day is booked: it may be this one.
    """
    row = held_for(placement)
    case = row.case_key or f"#{row.pk}"
    key = key_of_id(case, own_id) if own_id else key_of_money(case, amount=amount, currency=row.currency, on=on)
    if not own_id:
        refuse_doubtful(row, amount=amount, on=on)
    is_new = not is_known(row, key)
    status = "" if own_id else TYPED
    collect(row, amount=amount, on=on, reference=payment_reference(key), title=own_id, key=key, status=status, by=by)
    return is_new


def refuse_doubtful(placement: Placement, *, amount: Decimal | None, on: date | None) -> None:
    """Raise `Refused` where that sum of that day is booked for it already. For people, who can say whether it is another one."""
    if amount is not None and on is not None and placement.events.filter(kind=Reported.COLLECTED, amount=amount, on=on).exists():
        raise Refused(
            gettext_noop("This sum of this day is booked already. If it is other money, give the agency's own number of it."),
        )


def typed_before(placement: Placement, *, amount: Decimal | None, on: date) -> bool:
    """Whether a person typed in that sum of that day without the agency's number, and no numbered report was recognised in it yet.

    What the agency itself reports without a number and then with one is other money.
    """
    same = placement.events.filter(amount=amount, currency=placement.currency, on=on)
    typed = same.filter(kind=Reported.COLLECTED, status=TYPED, payment__reversal=None).count()
    return typed > same.filter(kind=Reported.STATUS, status=RECOGNISED).count()


TYPED = "typed"
"""The status of money that a person typed in without the agency's number."""
RECOGNISED = "known_money"
"""The status under which a numbered report is noted whose money was booked before without that number."""


def recognise(placement: Placement, *, amount: Decimal, on: date, key: str, own_id: str, by: User | None = None) -> None:
    """Note that a numbered report tells of money that is booked already, so that nothing is booked under the number."""
    said = {"status": RECOGNISED, "amount": amount, "currency": placement.currency, "note": own_id[:500]}
    _noted(placement, Reported.STATUS, on=on, by=by, key=key, **said)


def payment_reference(key: str) -> str:
    """Names a payment by the report that told of it: booked once, as the database sees to."""
    return f"agency-{key[:40]}"


@transaction.atomic
def collect(
    placement: Placement,
    *,
    amount: Decimal,
    on: date,
    reference: str | None = None,
    title: str = "",
    key: str | None = None,
    why: str = "",
    status: str = "",
    by: User | None = None,
) -> Payment | None:
    """The agency has received money for it: it falls on what is placed, the oldest first; the rest is open credit.

    Booked in full, whatever the agency keeps of it: see `book_commission`. A key that is known books nothing and gives the first payment;
    with another amount it raises `Refused`. The agency is not told of what it has told us.
    """
    row = held_for(placement)
    if is_known(row, key):
        return _first(row, str(key), amount).payment
    if row.state not in (*AT_AGENCY, PlacementState.RETURNED, PlacementState.CLOSED):
        raise Refused(gettext_noop("This hand-over is %(state)s already."), state=row.get_state_display())
    if row.sent_on is None:
        raise Refused(NEVER_LEFT)
    _bookable(amount, row.currency)
    placed = Item.objects.open().filter(placements__placement=row).order_by("due_on", "label")
    payment = record_payment(
        row.customer, amount=amount, booked_on=on, currency=row.currency, reference=reference, invoices=list(placed),
        unmatched=not placed, title=f"{row.agency.name if row.agency else ''} {title}".strip(), by=by,
    )  # fmt: skip
    said = {"amount": amount, "currency": row.currency, "payment": payment, "note": why.strip()[:500], "status": status}
    note(row, Reported.COLLECTED, on=on, by=by, key=key, **said)
    record(row.creditor, "placement_collected", row, by=by, customer=row.customer_id, amount=amount, currency=row.currency)
    for each in standing_of(row, on=on):
        PlacedItem.objects.filter(pk=each.placed.pk).update(told_open=each.open, told_disputed=each.disputed)
    return payment


@transaction.atomic
def book_commission(
    placement: Placement, *, amount: Decimal, on: date, reference: str = "", why: str = "", by: User | None = None
) -> Commission:
    """Book what the agency keeps or bills for it. It changes no debt.

    The same reference again gives the first booking, though it was taken back; with another amount it raises `Refused`.
    """
    row = held_for(placement)
    _bookable(amount, row.currency)
    if reference and (known := row.commissions.filter(reference=reference[:80], reverses=None).first()):
        if known.amount != amount:
            raise Refused(SAID_OTHERWISE)
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


def _first(placement: Placement, key: str, amount: Decimal) -> PlacementEvent:
    event: PlacementEvent = placement.events.select_related("payment").get(key=key[:100])
    is_money = event.kind == Reported.COLLECTED or event.status == RECOGNISED
    if not is_money or event.amount != amount:
        raise Refused(SAID_OTHERWISE)
    return event


def _told(placement: Placement, amount: Decimal | None) -> dict[str, object]:
    """An amount that is only noted, with its currency."""
    if amount is None:
        return {}
    _bookable(amount, placement.currency)
    return {"amount": amount, "currency": placement.currency}


def _bookable(amount: Decimal, currency: str) -> None:
    if amount <= 0 or amount != round_to_unit(amount, currency):
        raise Refused(gettext_noop("The amount must be above zero and fit %(currency)s."), currency=currency)
