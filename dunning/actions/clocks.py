"""What only the passing of days changes about facts: alerts of complaints, credit that did not come, registers to be told.

Each tick and each run asks.
"""

from datetime import date

from dunning.actions.awaited import lapse_awaited
from dunning.actions.complaints import alert_complaints
from dunning.actions.registers import ask_for_updates
from receivables.accounts.models import Creditor


def follow_clocks(creditor: Creditor, *, on: date) -> int:
    """Bring facts with a clock up to a day; returns how many had something come due. Running it twice is harmless."""
    return lapse_awaited(creditor, on=on) + alert_complaints(creditor, on=on) + ask_for_updates(creditor, on=on)
