"""Limits of credit: set and taken back, each time with a reason."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices.actions.checks import known_currency
from invoices.actions.rows import locked_customer
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.money import parse_amount
from receivables.core.sentences import gettext_noop
from receivables.credit.actions.following import follow_credit
from receivables.credit.models import CreditLimit
from receivables.credit.states import LimitKind


@transaction.atomic
def set_limit(
    customer: Customer,
    *,
    kind: LimitKind,
    amount: Decimal,
    currency: str,
    reason: str,
    on: date,
    valid_until: date | None = None,
    source: str = "",
    by: User | None = None,
) -> CreditLimit:
    """Set how much may be open at once; 0 is nothing on credit. Replaces the former limit of that kind and judges the customer anew.

    Raises `Refused` without a reason, for a negative amount, a last day that is over, or an insured limit without its insurer.
    """
    if not amount.is_finite() or amount < 0:
        raise Refused(gettext_noop("A limit is not negative. 0 means: nothing on credit."))
    if valid_until and valid_until < on:
        raise Refused(gettext_noop("A limit cannot end in the past (%(day)s). Give a day to come, or none."), day=valid_until)
    if kind == LimitKind.INSURED and not source.strip():
        raise Refused(gettext_noop("Name the insurer and the number of its decision."))
    code = known_currency(currency)
    return _add(customer, kind, parse_amount(f"{amount:f}", code), code, reason, on=on, valid_until=valid_until, source=source, by=by)


@transaction.atomic
def take_limit_back(customer: Customer, *, kind: LimitKind, reason: str, on: date, by: User | None = None) -> CreditLimit:
    """There is no such limit any more. Raises `Refused` where there is none, and without a reason."""
    customer = locked_customer(customer)
    standing = CreditLimit.objects.newest([customer.pk]).filter(kind=kind).first()
    if standing is None or standing.amount is None:
        raise Refused(gettext_noop("There is no such limit to take back."))
    return _add(customer, kind, None, standing.currency, reason, on=on, by=by)


def _add(
    customer: Customer,
    kind: LimitKind,
    amount: Decimal | None,
    currency: str,
    reason: str,
    *,
    on: date,
    valid_until: date | None = None,
    source: str = "",
    by: User | None,
) -> CreditLimit:
    customer = locked_customer(customer)
    if not reason.strip():
        raise Refused(gettext_noop("Say why: the next person will ask."))
    row = CreditLimit.objects.create(
        creditor_id=customer.creditor_id,
        customer=customer,
        kind=kind,
        amount=amount,
        currency=currency,
        valid_until=valid_until,
        source=source.strip()[:200],
        reason=reason.strip()[:200],
        set_on=on,
        author=by,
    )
    record(customer.creditor, "credit_limit_set", customer, by=by, kind=str(kind), amount=amount, currency=currency, until=valid_until)
    follow_credit([customer.pk], on=on)
    return row
