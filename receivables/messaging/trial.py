"""The trial after going live: only guests are written to, and at most so many a day, for `LENGTH` or until a person ends it.

What is held back stays planned and is judged again; nothing of it is lost or withdrawn. Where the trial ends by itself, what had waited
does not leave unseen: a brake keeps each company's until a person has looked (RELIABILITY.md section 7).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from receivables.messaging.models import Message, TrialAddress
from receivables.messaging.protocols import NotYet
from receivables.messaging.states import MessageState

LENGTH = timedelta(days=14)
A_DAY = 50  # messages at most in any 24 hours
DAY = timedelta(days=1)
NO_GUEST = "trial_no_guest"
ENOUGH = "trial_enough"
REASONS = (NO_GUEST, ENOUGH)
_ALONE = 0x747269616C  # "trial": an advisory lock, so that two hand-overs never both count the last of the day


def plain(address: str) -> str:
    """How an address is compared: without spaces at its ends, in small letters."""
    return " ".join(address.split()).casefold()


def held_back(messages: Sequence[Message], *, now: datetime) -> dict[int, NotYet]:
    """Message id → until when it waits, for those that may not leave during the trial. Waits for other hand-overs of the trial."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ALONE])
    guests = set(TrialAddress.objects.filter(creditor__in={message.creditor_id for message in messages}).values_list("creditor", "address"))
    left = A_DAY - Message.objects.filter(handed_at__gt=now - DAY, captured=False).count()
    found: dict[int, NotYet] = {}
    for message in messages:
        if (message.creditor_id, plain(message.recipient)) not in guests:
            found[message.pk] = NotYet(_until(message, now), NO_GUEST)
        elif left <= 0:
            found[message.pk] = NotYet(_until(message, now), ENOUGH)
        else:
            left -= 1
    return found


def _until(message: Message, now: datetime) -> datetime:
    """A day on, but not past its last moment: it may still go then."""
    return min(now + DAY, message.not_after) if message.not_after else now + DAY


def waiting() -> QuerySet[Message]:
    """What the trial holds back."""
    return Message.objects.filter(state=MessageState.PLANNED, reason__in=REASONS)
