"""News from the books. The only signal of this app; whoever listens runs in the transaction of the change and may refuse it by raising."""

from django.dispatch import Signal

# Sent by every action and once per batch, with sender=None, customers=frozenset of customer ids, on=the business day:
# something about these customers' open or disputed amounts, credit, contacts or items is different now.
balance_changed = Signal()

# Sent when a bank statement that balances was stored, with sender=None, creditor, until=the last day it tells of,
# read_until=the last day that it tells all of (None: it is a notice, which tells no day whole), on=the business day, by=user.
statement_taken = Signal()

# Sent when money that a partner paid out began to wait for its report, or was booked by it, with sender=None, creditor,
# methods=frozenset of the payment methods whose open invoices it may concern, on=the business day.
payouts_changed = Signal()

# Sent when questions about invoices were asked or answered, with sender=None, invoices=frozenset of invoice ids, on=the business day,
# by=user.
questions_changed = Signal()
