"""News that travels up. Each is sent inside the transaction that makes it true."""

from django.dispatch import Signal

# message_ids: frozenset[int], now: datetime. These messages have another state than before; their rows say which.
delivery_changed = Signal()

# mode: str ("live" or "quarantine"), now: datetime. What was planned under the other mode has just been suppressed.
mode_changed = Signal()

# message: Message. Something has been reported of it and its row is about to be locked: who locks anything above it does so now.
report_coming = Signal()

# message: Message as it is now, was: MessageState before, source: str, now: datetime. A provider has moved it.
report_taken = Signal()

# message: Message, now: datetime. Its recipient is on the list of addresses not to be used any more, for what providers said of it.
address_stopped = Signal()
