"""People decide otherwise than the rules, for a while and with a reason."""

from datetime import date

from django.db import transaction

from invoices.actions.rows import locked_customer
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.credit.actions.following import follow_credit
from receivables.credit.models import CreditOverride
from receivables.credit.states import CreditState


@transaction.atomic
def override(customer: Customer, *, state: CreditState, until: date, reason: str, on: date, by: User | None = None) -> CreditOverride:
    """Let a state count through a last day, whatever the rules say. Replaces a standing decision.

    Raises `Refused` for a last day that is over, and without a reason.
    """
    customer = locked_customer(customer)
    if until < on:
        raise Refused(gettext_noop("The last day cannot be over (%(day)s). Choose today or a later day."), day=until)
    if not reason.strip():
        raise Refused(gettext_noop("Say why: the next person will ask."))
    CreditOverride.objects.filter(customer=customer, ended_on=None).update(ended_on=on, ended_by=by)
    row = CreditOverride.objects.create(
        creditor_id=customer.creditor_id, customer=customer, state=state, reason=reason.strip()[:200], since=on, until=until, author=by
    )
    record(customer.creditor, "credit_decided", customer, by=by, state=str(state), until=until)
    follow_credit([customer.pk], on=on, by=by)
    return row


@transaction.atomic
def end_decision(customer: Customer, *, on: date, by: User | None = None) -> CreditOverride:
    """The rules count again. Raises `Refused` where no decision stands."""
    customer = locked_customer(customer)
    row = CreditOverride.objects.filter(customer=customer, ended_on=None).first()
    if row is None:
        raise Refused(gettext_noop("No decision stands: the rules count already."))
    row.ended_on, row.ended_by = on, by
    row.save(update_fields=["ended_on", "ended_by"])
    record(customer.creditor, "credit_decision_ended", customer, by=by, state=row.state)
    follow_credit([customer.pk], on=on, by=by)
    return row
