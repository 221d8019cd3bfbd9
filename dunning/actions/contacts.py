"""A changed contact gives dead channels a new chance and closes the task that asked for it."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from dunning.actions.signs import note_changed_contact
from dunning.models import Task
from dunning.states import TaskKind
from invoices.actions import UNCHANGED, Change, Unchanged, phone_in_full
from invoices.actions import change_contact as change_in_books
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.messaging.suppression import lift


@transaction.atomic
def change_contact(
    customer: Customer,
    *,
    on: date,
    email: Change = UNCHANGED,
    phone: Change = UNCHANGED,
    address: Mapping[str, str] | Unchanged | None = UNCHANGED,
    by: User | None = None,
) -> Customer:
    """Change or remove (None) how a customer is reached. A person vouches for the new address: an old mark against it falls."""
    changed = change_in_books(customer, on=on, email=email, phone=phone, address=address, by=by)
    if isinstance(email, str) and email:
        lift(changed.creditor_id, {("email", email)})
    if isinstance(phone, str) and phone:
        number = phone_in_full(phone, country=changed.country)
        lift(changed.creditor_id, {("sms", number), ("call", number)})
    Task.objects.filter(customer=changed, kind=TaskKind.BAD_CONTACT, closed_on=None).update(
        closed_on=on, closed_by=by, result="contact changed"
    )
    note_changed_contact(changed, on=on)
    return changed
