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
        """Lock all of them in the order of their ids, as whoever locks several customers does. One statement."""
        first, *others = judged
        customers = Customer.objects.select_for_update(no_key=True).filter(pk__in=first.union(*others) if others else first)
        list(customers.order_by("pk").values_list("pk"))
