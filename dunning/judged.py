"""What the guards of the ladder, of answers and of what people write have in common: they judge customers, locked in one order."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet

from invoices.models import Customer
from receivables.messaging.models import Message


class OfCustomers:
    """A guard whose messages have rows that name a customer: payments, disputes and holds wait for the end of the hand-over."""

    rows: ClassVar[type[Model]]

    def judged(self, messages: Sequence[Message]) -> QuerySet[Any, Any]:
        """The customers of these messages, as a query for their ids."""
        return self.rows._default_manager.filter(message__in=messages).order_by().values("customer")

    def lock(self, judged: Sequence[QuerySet[Any, Any]]) -> None:
        """Lock all of them in the order of their ids, as whoever locks several customers does. One statement, as a rule."""
        first, *others = judged
        wanted = Customer.objects.filter(pk__in=first.union(*others) if others else first)
        moved = _locked(wanted)
        while moved:  # who waited here for a merge finds its messages with the survivor, and locks that one too
            moved = _locked(Customer.objects.filter(pk__in=moved))


def _locked(customers: QuerySet[Customer]) -> set[int]:
    """Locked in the order of their ids. Returns whom those among them live on as that were merged."""
    rows = customers.select_for_update(no_key=True).order_by("pk").values_list("merged_into", flat=True)
    return {survivor for survivor in rows if survivor}
