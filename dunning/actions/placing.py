"""What a hand-over becomes when it has gone: placed with an agency, whose receipt is awaited."""

from datetime import date

from dunning.actions.news import tell
from dunning.models import Agency, Notice, PlacedItem, Placement


def place(notice: Notice, *, on: date) -> Placement:
    """Note that a hand-over has gone to the first active agency. Safe to run twice."""
    agency = Agency.objects.filter(creditor=notice.creditor, is_active=True).order_by("pk").first()
    placement, fresh = Placement.objects.get_or_create(
        notice=notice,
        defaults={"creditor": notice.creditor, "customer": notice.customer, "agency": agency, "currency": notice.currency, "sent_on": on},
    )
    if fresh:
        lines = notice.taken.select_related("case")
        PlacedItem.objects.bulk_create(
            [PlacedItem(placement=placement, item_id=line.case.item_id, principal=line.principal) for line in lines if line.case.item_id]
        )
        tell([notice.customer_id], on=on)
    return placement
