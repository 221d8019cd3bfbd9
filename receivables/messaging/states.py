"""The life of a message. RELIABILITY.md section 4 is the source of the table; a trigger in the database refuses all else."""

from enum import StrEnum


class MessageState(StrEnum):
    """Where a message stands. `unknown` means nobody knows whether it left; only a person or a proof ends that.

    While its channel still knows its key it is planned again by machine instead. What then must not go again, because the key is
    forgotten or the guard refuses, comes from `claimed` to `unknown`: it may have left the first time.
    """

    PLANNED = "planned"
    CLAIMED = "claimed"
    HANDED = "handed"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    ABANDONED = "abandoned"


_S = MessageState
MOVES: dict[str, frozenset[str]] = {
    _S.PLANNED: frozenset({_S.CLAIMED, _S.WITHDRAWN, _S.EXPIRED, _S.SUPPRESSED}),
    _S.CLAIMED: frozenset({_S.PLANNED, _S.HANDED, _S.WITHDRAWN, _S.EXPIRED, _S.SUPPRESSED, _S.FAILED, _S.UNKNOWN}),
    _S.HANDED: frozenset({_S.PLANNED, _S.ACCEPTED, _S.FAILED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.ACCEPTED, _S.DELIVERED, _S.PLANNED, _S.ABANDONED, _S.FAILED, _S.HARD_BOUNCED, _S.SOFT_BOUNCED}),
    _S.ACCEPTED: frozenset({_S.DELIVERED, _S.SOFT_BOUNCED, _S.HARD_BOUNCED, _S.FAILED}),
    _S.DELIVERED: frozenset({_S.HARD_BOUNCED, _S.FAILED}),
    _S.SOFT_BOUNCED: frozenset({_S.DELIVERED, _S.HARD_BOUNCED}),
    _S.HARD_BOUNCED: frozenset(),
    _S.FAILED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.SUPPRESSED: frozenset(),
    _S.ABANDONED: frozenset(),
}
ARRIVED = frozenset({_S.ACCEPTED, _S.DELIVERED})
"""States in which the channel has taken the message: the step is completed."""
NEVER_LEFT = frozenset({_S.WITHDRAWN, _S.EXPIRED, _S.SUPPRESSED})
"""States in which it is sure that nothing leaves any more; whether it had left before, `handed_at` says."""
ENDED = frozenset(state for state, further in MOVES.items() if not further)
