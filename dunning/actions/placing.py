"""What a hand-over of the ladder becomes when it has gone: placed with an agency, whose receipt is awaited."""

from datetime import date
from decimal import Decimal

from dunning.actions.news import tell
from dunning.models import Agency, Notice, PlacedItem, Placement, PlacementEvent
from dunning.states import Reported
from receivables import clock


def place(notice: Notice, *, on: date) -> Placement:
    """Note that a hand-over has gone to the agency that its message names. Safe to run twice."""
    message = notice.message
    placement, fresh = Placement.objects.get_or_create(
        notice=notice,
        defaults={
            "creditor": notice.creditor,
            "customer": notice.customer,
            "agency": _agency_of(notice),
            "currency": notice.currency,
            "sent_on": on,
            "case_key": message.key if message else None,
            "package_id": message.document_id if message else None,
            "approved_by": notice.answered_by,
            "approved_on": notice.answered_on,
        },
    )
    if fresh:
        _place_items(placement, notice)
        PlacementEvent.objects.create(placement=placement, kind=Reported.SENT, on=on, at=clock.now())
        tell([notice.customer_id], on=on)
    return placement


def _place_items(placement: Placement, notice: Notice) -> None:
    """An item that still stands with an earlier hand-over, for its debt was paid and came back, stands with this one from now on."""
    lines = notice.taken.select_related("case")
    items = {line.case.item_id: line for line in lines if line.case.item_id is not None}
    PlacedItem.objects.filter(item__in=items, is_standing=True).update(is_standing=False)
    PlacedItem.objects.bulk_create(
        [
            PlacedItem(
                placement=placement, item_id=item, principal=line.principal, told_open=line.principal + disputed, told_disputed=disputed
            )
            for item, line in items.items()
            for disputed in [_disputed_of(notice, line.case_id)]
        ]
    )


def _disputed_of(notice: Notice, case: int) -> Decimal:
    """What the package says is disputed of an item."""
    said = notice.message.facts["items"] if notice.message else []
    return next((Decimal(line["disputed"]) for line in said if line["case"] == case), Decimal(0))


def _agency_of(notice: Notice) -> Agency | None:
    said = notice.message.facts.get("agency") if notice.message else None
    return Agency.objects.filter(creditor=notice.creditor, slug=said["slug"]).first() if said else None
