"""Looking at the switches: who threw them, when and why, and what waits behind a halt."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from receivables.messaging.models import Message
from receivables.messaging.states import MessageState

THROWN = (
    "sending_halted", "sending_resumed", "went_live", "went_into_quarantine", "sending_locked", "database_confirmed", "trial_ended",
    "brake_closed", "brake_released",
)  # fmt: skip
"""The verbs of `actions` on the installation's chain; of a company's brakes on its own."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages of one company and channel in the outbox."""

    creditor: Creditor
    channel: str
    now: int  # that go out at once
    later: int  # whose hour has not come
    expired: int  # that came too late meanwhile, and are dropped


def thrown(creditor: Creditor | None = None) -> QuerySet[Entry]:
    """All that was done to the switches, and to the brakes of this company, newest first."""
    chains = Q(creditor=None) | Q(creditor=creditor) if creditor else Q(creditor=None)
    return Entry.objects.filter(chains, verb__in=THROWN).select_related("actor").order_by("-at", "-pk")


def last_halt() -> Entry | None:
    """The entry of the newest halt: who, when, and `facts["reason"]`."""
    return thrown().filter(verb="sending_halted").first()


def waiting(*, now: datetime) -> list[Waiting]:
    """What lies in the outbox, by company and channel. Two queries."""
    late = Q(not_after__lt=now)
    rows = Message.objects.filter(state=MessageState.PLANNED).order_by().values("creditor", "channel")
    counted = rows.annotate(
        now=Count("pk", filter=Q(not_before__lte=now) & ~late),
        later=Count("pk", filter=Q(not_before__gt=now)),
        expired=Count("pk", filter=late),
    )
    found = list(counted)
    companies = Creditor.objects.in_bulk({row["creditor"] for row in found})
    lines = [Waiting(companies[row["creditor"]], row["channel"], row["now"], row["later"], row["expired"]) for row in found]
    return sorted(lines, key=lambda line: (line.creditor.name, line.channel))
