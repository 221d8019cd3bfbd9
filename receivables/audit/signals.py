"""What the audit chain says upwards."""

from django.dispatch import Signal

recorded = Signal()
"""After each event, in the transaction of the change: `entry`. A receiver writes rows at most; what it raises undoes the change."""
