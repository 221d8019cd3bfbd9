"""Undo: a person takes back what has not been handed over yet. At the moment of the hand-over one of the two wins, never both."""

from datetime import datetime

from django.db import transaction

from dunning.actions.written import customer_of
from dunning.mailed_papers import leave_out_undone
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.mode import hold_switch_shared
from receivables.messaging.models import Message
from receivables.messaging.outbox import withdraw
from receivables.messaging.states import MessageState

UNDONE = "Undone by a person."
STILL_HERE = frozenset({MessageState.PLANNED, MessageState.CLAIMED})
ON_ITS_WAY = gettext_noop("Too late: it is being handed over or has left already. Nothing was changed.")


@transaction.atomic
def undo(message: Message, *, reason: str = "", now: datetime, by: User | None = None) -> Message:
    """Withdraw it; a step it bore is given back. Raises `Refused` where it has left, or is being handed over at this very moment.

    The customer is locked first, as the guard does, so a hand-over under way ends before anything is judged here.
    """
    hold_switch_shared()
    customer = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor").get(pk=customer_of(message).pk)
    fresh = Message.objects.get(pk=message.pk)
    if fresh.state == MessageState.WITHDRAWN:
        raise Refused(gettext_noop("It is withdrawn already; it does not leave."))
    if fresh.state not in STILL_HERE or not withdraw([fresh.pk], reason=reason.strip() or UNDONE, now=now):
        raise Refused(ON_ITS_WAY)
    leave_out_undone(fresh)
    record(customer.creditor, "message_undone", fresh, by=by, customer=customer.pk, reason=reason.strip())
    fresh.refresh_from_db()
    return fresh
