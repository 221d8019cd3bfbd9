"""News that travels up. Both are sent inside the transaction that makes them true."""

from django.dispatch import Signal

# message_ids: frozenset[int], now: datetime. These messages have another state than before; their rows say which.
delivery_changed = Signal()

# mode: str ("live" or "quarantine"), now: datetime. What was planned under the other mode has just been suppressed.
mode_changed = Signal()
