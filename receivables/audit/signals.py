"""What the audit chain says upwards."""

from django.dispatch import Signal

recorded = Signal()
"""After events of one company, in the transaction of the change: `entries`, the oldest first. A receiver writes rows at most;
what it raises undoes the change.
"""
