"""The evidence pack of some invoices of one customer: all that was agreed, sent, paid and said, with digests. See docs/evidence.md."""
