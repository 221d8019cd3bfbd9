"""Worked cases: a document that holds only what is known of debts, completed with all that follows. The schema is in docs/law.md."""
