"""What customers agree to with people."""

from datetime import date
from decimal import Decimal

from dunning.actions.holds import hold
from dunning.models import Hold
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.core.errors import Refused


def promised_in_call(customer: Customer, *, amount: Decimal, by: date, on: date, author: User | None) -> Hold:
    """The customer is left alone through the day by which it promised to pay."""
    if amount <= 0:
        raise Refused("A promise has an amount above zero.")
    return hold(customer, on=on, until=by, reason=f"Promised in a call: {amount} by {by}", by=author)
