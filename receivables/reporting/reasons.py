"""Why what is overdue is not paid: by the newest reason noted on the invoice, else on its customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from dunning.models import NonPayment
from invoices.models import Item
from receivables.accounts.models import Creditor


@dataclass(frozen=True, slots=True)
class ReasonFigure:
    """What is overdue for one reason in one currency; an empty reason: nobody has noted one."""

    currency: str
    reason: str
    customers: int
    invoices: int
    amount: Decimal


def reasons_for_overdue(creditor: Creditor, *, on: date) -> Sequence[ReasonFigure]:
    """What is overdue on that day and open now, by currency and reason, the largest amount first. One query."""
    of_invoice = _newest(invoice=OuterRef("invoice"))
    of_customer = _newest(customer=OuterRef("customer"), invoice=None)
    overdue = Item.objects.overdue(on=on).filter(creditor=creditor).order_by()
    rows = overdue.annotate(why=Coalesce(of_invoice, of_customer, Value(""))).values_list("currency", "why")
    counted = rows.annotate(customers=Count("customer", distinct=True), papers=Count("invoice", distinct=True), owed=Sum("open_amount"))
    return [ReasonFigure(*row) for row in counted.order_by("currency", "-owed", "why")]


def noted(creditor: Creditor, *, since: date, until: date) -> list[tuple[str, int]]:
    """How often each reason was noted in those days, the most frequent first, whether it has been paid since or not."""
    rows = NonPayment.objects.filter(creditor=creditor, on__gte=since, on__lte=until).order_by().values_list("reason")
    return list(rows.annotate(n=Count("pk")).order_by("-n", "reason"))


def _newest(**of: object) -> Subquery:
    return Subquery(NonPayment.objects.filter(**of).order_by("-pk").values("reason")[:1])
