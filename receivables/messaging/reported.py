"""What a provider says of a message, in one shape for all of them. Plain values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What is reported."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"  # the provider still tries: noted, nothing else
    SOFT_BOUNCED = "soft_bounced"
    UNDELIVERED = "undelivered"  # given up for good, the address may still be right: failed, and counted as a soft bounce
    HARD_BOUNCED = "hard_bounced"
    FAILED = "failed"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One thing that a provider says of one message, named by our key, else by its Message-ID, else by the provider's reference.

    `event_id` is the provider's own; where it has none, leave it empty: one is made from what is said. `at` is by its clock.
    """

    source: str
    event_id: str = ""
    key: str = ""
    message_id: str = ""
    reference: str = ""
    kind: Kind
    detail: str = ""
    at: datetime
