"""News of credit: the only signal of this app. Whoever listens runs in the transaction of the change."""

from django.dispatch import Signal

# Sent with sender=None, changes=[CreditChange]: the state of these customers has changed.
credit_changed = Signal()
