"""Brakes: what stops messages of a company by a channel until a person has looked. RELIABILITY.md section 7.

They close by themselves when something bad has just come back: what was handed to a real channel is counted, the newest first, and
nothing from before the last release. Nothing is withdrawn meanwhile. Courtesy stands under the same brakes as dunning, but for a large
run. A portal code, which its reader asks for at this very moment, stops with a halt, with bounces and with complaints, for those harm the
sender; not with unknown outcomes, where a second code harms nobody, nor with a large run. Where stand-ins take everything, in replays and
tests, none closes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from receivables.audit.actions import record
from receivables.messaging import fences, mode
from receivables.messaging.models import Brake, Message
from receivables.messaging.states import MessageState


@dataclass(frozen=True, slots=True)
class Limit:
    """More than `share` of the `window` newest hand-overs, and at least `least` of them: a small number proves nothing."""

    kind: str
    window: int
    share: Fraction
    least: int

    def is_passed(self, bad: int, of: int) -> bool:
        """Whether so many bad ones among so many are too many."""
        return bad >= self.least and bad > of * self.share


LIMITS = (
    Limit("bounces", 200, Fraction(5, 100), 5),  # for good: a full mailbox says nothing of us
    Limit("complaints", 1000, Fraction(3, 1000), 2),
    Limit("unknown", 500, Fraction(1, 100), 5),
)
BAD = frozenset({MessageState.UNKNOWN, MessageState.HARD_BOUNCED, MessageState.FAILED})
"""States whose coming can close a brake; a complaint does so without one."""
_COUNTS = """
    WITH released AS (
        SELECT kind, max(released_at) AS at FROM messaging_brake
        WHERE creditor_id = %(creditor)s AND channel = %(channel)s AND released_at IS NOT NULL GROUP BY kind
    ), newest AS (
        SELECT id, state, reason, handed_at, row_number() OVER (ORDER BY handed_at DESC, id DESC) AS place FROM (
            SELECT id, state, reason, handed_at FROM messaging_message
            WHERE creditor_id = %(creditor)s AND channel = %(channel)s AND handed_at IS NOT NULL AND NOT captured
            ORDER BY handed_at DESC LIMIT %(most)s
        ) AS few
    ), judged AS (
        SELECT wanted.kind, newest.id, newest.state, newest.reason
        FROM newest, unnest(%(kinds)s::text[], %(windows)s::int[]) AS wanted(kind, longest)
        LEFT JOIN released USING (kind)
        WHERE newest.place <= wanted.longest AND newest.handed_at > coalesce(released.at, '-infinity')
    )
    SELECT kind, count(*), count(*) FILTER (WHERE CASE kind
        WHEN 'bounces' THEN state IN ('hard_bounced', 'failed')
        WHEN 'unknown' THEN state = 'unknown' AND reason <> ALL (%(fences)s)
        ELSE EXISTS (SELECT FROM messaging_deliveryevent said WHERE said.message_id = judged.id AND said.kind = 'complained') END)
    FROM judged GROUP BY kind
"""


def look(creditor: int, channel: str, *, now: datetime) -> list[Brake]:
    """Count the newest hand-overs and close the brakes that are due; returns those that closed just now. One query where none is."""
    if mode.is_stood_in():
        return []
    found = _counts(creditor, channel)
    due = [limit for limit in LIMITS if limit.kind in found and limit.is_passed(*found[limit.kind])]
    return [brake for limit in due if (brake := _close(creditor, channel, limit, *found[limit.kind], now=now))]


def after(messages: Iterable[Message], *, now: datetime) -> None:
    """Look again where something bad has just come of one of these. Costs nothing where all is well."""
    for creditor, channel in sorted({(m.creditor_id, m.channel) for m in messages if m.state in BAD and m.handed_at and not m.captured}):
        look(creditor, channel, now=now)


def _counts(creditor: int, channel: str) -> dict[str, tuple[int, int]]:
    """Kind → how many bad ones among how many."""
    asked: dict[str, list[Any]] = {"kinds": [limit.kind for limit in LIMITS], "windows": [limit.window for limit in LIMITS]}
    asked["fences"] = [fences.BY_JOURNAL, fences.WITHOUT_JOURNAL]  # a restore made these, no channel
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"creditor": creditor, "channel": channel, "most": max(limit.window for limit in LIMITS), **asked})
        return {kind: (bad, of) for kind, of, bad in cursor.fetchall()}


def _close(creditor: int, channel: str, limit: Limit, bad: int, of: int, *, now: datetime) -> Brake | None:
    return close(limit.kind, creditor=creditor, channel=channel, now=now, bad=bad, of=of)


@transaction.atomic
def close(kind: str, *, creditor: int | None, channel: str, now: datetime, **facts: Any) -> Brake | None:
    """Close a brake; None where it is closed already. Audited."""
    brake, is_new = Brake.objects.get_or_create(
        creditor_id=creditor,  # type: ignore[misc]  # None is a value here: all companies
        channel=channel,
        kind=kind,
        released_at=None,
        defaults={"since": now, "facts": facts},
    )
    if not is_new:
        return None
    record(brake.creditor, "brake_closed", brake, kind=kind, channel=channel, **facts)
    return brake


def standing() -> list[Brake]:
    """All that are closed, the oldest first. One query."""
    return list(Brake.objects.filter(released_at=None).select_related("creditor", "set_by").order_by("since", "pk"))


_HOLDS = Q(released_at=None) & (Q(creditor=None) | Q(creditor=OuterRef("creditor"))) & (Q(channel="") | Q(channel=OuterRef("channel")))
_FOR_CODES = ("halt", "bounces", "complaints", "journal")
_FOR_COURTESY = (*_FOR_CODES, "unknown")


def held() -> Q:
    """A condition on messages: a brake holds them."""
    closed = Brake.objects.filter(_HOLDS)
    return (
        Q(Exists(closed.filter(kind__in=_FOR_CODES)))
        | Q(Exists(closed.filter(kind__in=_FOR_COURTESY))) & ~Q(purpose=Message.Purpose.PORTAL)
        | Q(Exists(closed)) & Q(purpose=Message.Purpose.DUNNING)
    )


def stopped(messages: Sequence[Message]) -> frozenset[int]:
    """Which of them a brake holds now. One query; ask it under the switch, then what is closed later comes later."""
    return frozenset(Message.objects.filter(held(), pk__in=[message.pk for message in messages]).values_list("pk", flat=True))
