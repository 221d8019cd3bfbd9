"""Promises and instalment agreements of a customer, for its page: three queries."""

from dataclasses import dataclass

from dunning.models import Agreement, Promise
from invoices.models import Customer
from receivables.dashboard.templatetags.look import amount

RECENT = 5


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement with what stands to be paid of it."""

    agreement: Agreement
    state: str  # running, kept or ended


def promises_of(customer: Customer) -> list[Promise]:
    """The newest promises, those that stand first."""
    return list(Promise.objects.filter(customer=customer).select_related("author").order_by("ended_on", "-pk")[:RECENT])


def agreements_of(customer: Customer) -> list[Agreed]:
    """The newest agreements with their rates."""
    rows = Agreement.objects.filter(customer=customer).select_related("author").prefetch_related("rates")[:RECENT]
    return [Agreed(row, _state(row)) for row in rows]


def _state(agreement: Agreement) -> str:
    if agreement.ended_on:
        return "ended"
    return "running" if any(rate.open_amount for rate in agreement.rates.all()) else "kept"


def in_words(agreement: Agreement) -> str:
    """Its rates: day and amount of each."""
    return "; ".join(f"{rate.due_on:%d.%m.%Y}: {amount(rate.amount, rate.currency)}" for rate in agreement.rates.all())
