"""What one customer's page of claims shows, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date

from invoices.models import ContractRate, Customer, SparedCustomer


@dataclass(frozen=True, slots=True)
class ClaimsPage:
    """The terms on which claims are made of a customer."""

    rates: list[ContractRate]
    spared: SparedCustomer | None


def claims_page(customer: Customer, *, on: date) -> ClaimsPage:
    """Everything as it stands that day."""
    rates = ContractRate.objects.filter(customer=customer).select_related("invoice", "by").order_by("-since", "-pk")
    spared = SparedCustomer.objects.standing(on=on).filter(customer=customer).select_related("by").first()
    return ClaimsPage(rates=list(rates), spared=spared)
