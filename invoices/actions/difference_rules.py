"""What the company bears of small differences, such as fees of foreign banks."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices.actions.checks import known_currency
from invoices.models import DifferenceRule
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop

MOST = Decimal(1000)
"""Beyond it nothing is a small difference in any currency; it is written off, which a second person approves."""


@transaction.atomic
def set_difference_rule(
    creditor: Creditor, *, currency: str, most: Decimal, most_percent: Decimal = Decimal(100), on: date, by: User | None = None
) -> DifferenceRule:
    """From day `on` the company bears so much in that currency, and at most so many per cent of what was open; nought bears nothing."""
    known_currency(currency)
    if not 0 <= most <= MOST or most != round_to_unit(most, currency):
        raise Refused(gettext_noop("What is borne must be an amount from 0 to %(most)s in %(currency)s."), most=MOST, currency=currency)
    if not 0 < most_percent <= 100 or most_percent != round(most_percent, 2):
        raise Refused(gettext_noop("The per cent must be above 0 and at most 100, with two decimals."))
    row = DifferenceRule.objects.create(
        creditor=creditor, since=on, most=most, currency=currency, most_percent=most_percent, recorded_at=now(), by=by
    )
    record(creditor, "set_difference_rule", row, by=by, since=on, most=most, currency=currency, most_percent=most_percent)
    return row
