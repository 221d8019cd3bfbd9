"""What an agency was to be told and was not: the next round tells it anew under a new key, or a person sees to it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from dunning.actions.placements import AT_AGENCY
from dunning.actions.results import GONE
from dunning.actions.tasks import about_message, open_task
from dunning.actions.telling import WITHDRAW
from dunning.models import PlacedItem, Placement, PlacementEvent
from dunning.states import Reported, TaskKind

MOST_TRIES = 3
"""So many words in a row that did not leave: something is wrong there that no machine mends."""


def on_delivery_changed(sender: Any, *, message_ids: Collection[int], now: datetime, **_: Any) -> None:
    """Receiver of `messaging.delivery_changed`, after that of the ladder, which has locked the customers. Safe to run twice."""
    events = PlacementEvent.objects.filter(kind=Reported.TOLD, message__in=message_ids, message__state__in=GONE)
    for event in events.select_related("placement__creditor", "placement__customer", "message").order_by("placement__customer", "pk"):
        if not _is_told_otherwise(event):
            on = now.astimezone(ZoneInfo(event.placement.creditor.time_zone)).date()
            open_task(event.placement.customer, TaskKind.WRONG_DEMAND, on=on, about=about_message(event.message_id or 0))


def _is_told_otherwise(event: PlacementEvent) -> bool:
    """Whether a later word says it, or the next round will. That we take a case back nobody says but that one word."""
    if event.status == WITHDRAW or event.placement.state not in AT_AGENCY:
        return False
    lost = _lost(event.placement)
    return event not in lost or (len(lost) < MOST_TRIES and _know_less(lost))


def _lost(placement: Placement) -> list[PlacementEvent]:
    """The last words that did not leave, the newest first, back to one that left or may have."""
    told = placement.events.filter(kind=Reported.TOLD).select_related("message").order_by("-pk")
    return list(takewhile(lambda event: event.message is not None and event.message.state in GONE, told))


def _know_less(lost: Sequence[PlacementEvent]) -> bool:
    """Write down again what the agency knew before the first of these; False where none said anything that a round would tell."""
    told = [event.message.facts.get("told_before", {}) for event in lost if event.message]
    for before in told:  # the first word comes last, and stands
        for pk, (told_open, told_disputed) in before.items():
            row = PlacedItem.objects.filter(pk=pk, placement=lost[0].placement_id)
            row.update(told_open=Decimal(told_open), told_disputed=Decimal(told_disputed))
    return any(told)
