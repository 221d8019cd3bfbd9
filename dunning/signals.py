"""News of the process. The only signal of this app; whoever listens runs in the transaction of the change."""

from django.dispatch import Signal

# Sent with sender=None, customers=collection of customer ids, on=the business day, also after each `balance_changed`:
# something that is no amount may be different too, such as a stop fact, a broken promise, an agreement, a hand-over.
customers_looked_at_again = Signal()

# Sent with sender=None, customers=collection of customer ids, now=, when customers were merged, split or put apart again: whoever was let
# in to see one of them is let in anew.
customers_moved = Signal()
