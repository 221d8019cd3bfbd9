"""What answers at the hand-over for a placement that people proposed, and for what an agency is told later; and what those say."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from dunning.agencies.checks import Point
from dunning.agencies.dossier import dossier_of
from dunning.agencies.judging import Judged, judged
from dunning.agencies.package import package_of
from dunning.judged import OfCustomers
from dunning.models import Placement, PlacementEvent
from dunning.states import PlacementState, Waits
from invoices.models import Customer
from receivables import clock
from receivables.documents.actions import made_for, store
from receivables.documents.models import Document
from receivables.messaging.mode import is_live
from receivables.messaging.models import Message
from receivables.messaging.protocols import NotYet, Rendered, Verdict
from receivables.messaging.states import ARRIVED, ENDED
from receivables.messaging.templates import render_message
from receivables.texts.catalogue import MESSAGE
from receivables.texts.reading import own_text

AGAIN = timedelta(minutes=15)
"""How long a later word waits for the hand-over to leave."""
_SAID: Mapping[Point, str] = {
    Point.NOT_HELD: str(Waits.HELD),
    Point.NO_PLAN: str(Waits.ON_PLAN),
    Point.NOT_DISPUTED: str(Waits.DISPUTED),
    Point.NOT_PROMISED: str(Waits.PROMISED),
    Point.NO_REPLY: str(Waits.UNREAD_REPLY),
    Point.NOTHING_OUT: str(Waits.UNCONFIRMED),
    Point.NO_MONEY: str(Waits.UNMATCHED_MONEY),
    Point.ANNOUNCED: str(Waits.NOT_ANNOUNCED),
    Point.CALLED: str(Waits.NOT_CALLED),
}


class PlacementGuard(OfCustomers):
    """Guard of hand-overs by hand and of what agencies are told: what the package says is still so, and the later word comes later."""

    rows = Placement

    def judged(self, messages: Sequence[Message]) -> QuerySet[Any, Any]:
        """The customers of both kinds of messages."""
        mine = Q(placements__message__in=messages) | Q(placements__events__message__in=messages)
        return Customer.objects.filter(mine).order_by().values("pk")

    def judge(self, messages: Sequence[Message], *, now: datetime) -> Mapping[int, Verdict]:
        """Why messages must not go, or until when they wait."""
        whole = Placement.objects.select_related("creditor", "customer__creditor", "agency", "message", "notice__message")
        first: dict[int | None, Placement] = {row.message_id: row for row in whole.filter(message__in=messages)}
        events = PlacementEvent.objects.filter(message__in=messages)
        later: dict[int | None, int] = {event.message_id: event.placement_id for event in events}
        rows = whole.in_bulk(set(later.values()))
        found: dict[int, Verdict] = {}
        for message in messages:
            verdict: Verdict = "no notice stands behind it"
            if message.pk in first:
                verdict = _against(first[message.pk], message, now=now)
            elif message.pk in later:
                verdict = _too_early(rows[later[message.pk]], now=now)
            if verdict:
                found[message.pk] = verdict
        return found


def _against(placement: Placement, message: Message, *, now: datetime) -> str:
    """What its package says that is not so any more, in words; empty when all still holds."""
    if placement.state != PlacementState.APPROVED:
        return "nobody has approved it"
    if placement.agency is None or not placement.agency.is_active or placement.agency.slug != message.recipient:
        return "the recipient's address has changed"
    on = now.astimezone(ZoneInfo(placement.creditor.time_zone)).date()
    lines = list(placement.items.select_related("item__invoice"))
    found = judged(
        placement.customer,
        [line.item for line in lines],
        placement.agency,
        on=on,
        reason=placement.reason,
        announced_on=placement.announced_on,
        within=placement,
    )
    principals = {item.label: item.principal for item in found.items}
    for line in lines:
        if line.item.label not in principals:
            return "an item is settled or closed"
        if principals[line.item.label] != line.principal:
            return f"{line.item.label}: the amount has changed"
    return _first(found)


def _first(found: Judged) -> str:
    for check in found.against:
        label = check.about[0] if check.about else ""
        why = _SAID.get(check.point, "the agency does not take it any more")
        return f"{label}: {why}" if label and check.point in _SAID else why
    return ""


def _too_early(placement: Placement, *, now: datetime) -> Verdict:
    """What comes later waits until the package has left, and does not go where that never will."""
    original = placement.goes_by
    if original is None or original.state in ENDED:
        return "the hand-over itself did not leave"
    if original.captured and is_live():
        return "its main message was only captured in quarantine"
    return "" if original.state in ARRIVED else NotYet(now + AGAIN, str(Waits.UNCONFIRMED))


class PlacementRenderer:
    """Renderer of both: a few words, and the package."""

    def render(self, message: Message) -> Rendered:
        """Make the words and the package. Raises `RenderError` where a template is missing."""
        own = own_text(message.creditor_id, MESSAGE, message.template, message.language, message.facts)
        words = render_message(message.template, message.language, message.facts, message.channel, qr="", own=own)
        return Rendered(words.subject, words.text, words.html, package_for(message).pk)


def package_for(message: Message) -> Document:
    """The package of a message to an agency: made once, kept under the message's key."""
    if first := made_for(message.creditor, message.key):
        return first
    name, content = package_of(message.key, message.facts, dossier_of(message))
    return store(
        message.creditor,
        kind="agency_package",
        name=name,
        content=content,
        media_type="application/zip",
        template="agency",
        facts={"key": message.key},
        now=clock.now(),
        key=message.key,
    )
