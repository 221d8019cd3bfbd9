"""Holds: leave a customer or an item alone, until a day or until released."""

from datetime import date

from django.db import transaction

from dunning.actions.cases import wake
from dunning.models import Case, Hold
from dunning.states import CaseState
from invoices.actions.rows import locked_customer
from invoices.models import Customer, Item
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def hold(target: Customer | Item, *, on: date, until: date | None = None, reason: str = "", by: User | None = None) -> Hold:
    """Nobody is chased from today through `until`; without it until released. Raises `Refused` for a day in the past or a closed item."""
    if until is not None and until < on:
        raise Refused(gettext_noop("A hold cannot end in the past (%(until)s). Choose today or a later day."), until=until)
    item = target if isinstance(target, Item) else None
    customer = locked(item.customer_id if item else target.pk)
    if item and (item.open_amount == 0 or Case.objects.filter(item=item, state=CaseState.CLOSED).exists()):
        raise Refused(gettext_noop("%(label)s is closed; there is nothing to hold."), label=item.label)
    row = Hold.objects.create(
        creditor_id=customer.creditor_id, customer=customer, item=item, since=on, until=until, reason=reason, author=by
    )
    wake([customer.pk], on=on)
    record(customer.creditor, "held", row, by=by, customer=customer.pk, item=item and item.pk, until=until)
    return row


@transaction.atomic
def release_hold(target: Customer | Item, *, on: date, by: User | None = None) -> int:
    """End all standing holds of that customer or item; returns how many. Raises `Refused` where there is none."""
    item = target if isinstance(target, Item) else None
    customer = locked(item.customer_id if item else target.pk)
    standing = Hold.objects.filter(customer=customer, item=item, released_on=None).exclude(until__lt=on)
    released = standing.update(released_on=on, released_by=by)
    if not released:
        raise Refused(gettext_noop("There is no hold to release."))
    wake([customer.pk], on=on)
    record(customer.creditor, "hold_released", customer, by=by, item=item and item.pk)
    return released


def locked(pk: int) -> Customer:
    """The customer's row is the lock of all that it owes and is told."""
    return locked_customer(pk)
