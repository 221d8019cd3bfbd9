"""What the books have settled by themselves: credit that was awaited."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, F, OuterRef

from dunning.models import AwaitedCredit, Task
from dunning.states import AwaitedEnd
from invoices.models import AllocationEntry
from receivables.audit.actions import record


def settle_awaited(customers: Collection[int], *, on: date) -> None:
    """End what was awaited where the note has come, or nothing is open any more. Safe to run twice."""
    standing = AwaitedCredit.objects.filter(customer__in=customers, ended_on=None)
    notes = AllocationEntry.objects.filter(
        item=OuterRef("item"), source=AllocationEntry.Source.CREDIT, is_reversal=False, reversal=None, pk__gt=OuterRef("last_entry")
    )
    for awaited in standing.select_related("customer__creditor").annotate(came=Exists(notes), open=F("item__open_amount")):
        if awaited.came or not awaited.open:
            end = AwaitedEnd.CREDITED if awaited.came else AwaitedEnd.SETTLED
            AwaitedCredit.objects.filter(pk=awaited.pk).update(ended_on=on, ended_as=end)
            about = Task.objects.filter(customer=awaited.customer_id, about=named(awaited), closed_on=None)
            about.update(closed_on=on, result="settled by itself")
            record(awaited.customer.creditor, "awaited_credit_ended", awaited, customer=awaited.customer_id, ended_as=str(end))


def named(awaited: AwaitedCredit) -> str:
    """How its task names it."""
    return f"awaited:{awaited.pk}"
