"""Rows → terms, for many customers of one company in three queries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from dunning.terms import NO_TERMS, AgreedRate, CompensationRules, Terms
from invoices.models import ClaimRules, ContractRate, Item, SparedCustomer


@dataclass(slots=True)
class AllTerms:
    """What was read: the company's rules, who is spared, and what contracts agree by customer and by invoice."""

    compensation: CompensationRules = field(default_factory=CompensationRules)
    kept: dict[int, str] = field(default_factory=dict)
    of_customer: dict[int, list[AgreedRate]] = field(default_factory=lambda: defaultdict(list))
    of_invoice: dict[int, list[AgreedRate]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, creditor: int, customers: Collection[int], *, on: date) -> "AllTerms":
        """All that holds on day `on`; agreed rates of earlier days are among them."""
        found = cls(rules_in_force(creditor, on=on))
        found.kept = dict(SparedCustomer.objects.standing(on=on).filter(customer__any=customers).values_list("customer", "reason"))
        rows = ContractRate.objects.filter(customer__any=customers).order_by("since", "pk")
        for row in rows:
            rate = AgreedRate(row.since, row.percent, row.contract, of_invoice=row.invoice_id is not None)
            (found.of_invoice[row.invoice_id] if row.invoice_id else found.of_customer[row.customer_id]).append(rate)
        return found

    def of_item(self, item: Item) -> Terms:
        """What bears on one item."""
        agreed = (*self.of_customer.get(item.customer_id, ()), *self.of_invoice.get(item.invoice_id, ()))
        kept = self.kept.get(item.customer_id, "")
        if not agreed and not kept and self.compensation == NO_TERMS.compensation:
            return NO_TERMS
        return Terms(self.compensation, kept, agreed)


def rules_in_force(creditor: int, *, on: date) -> CompensationRules:
    """The company's rules of that day; compensation is always claimed where it never set any."""
    row = ClaimRules.objects.in_force(creditor, on=on)
    if row is None:
        return CompensationRules()
    return CompensationRules(row.claims_compensation, row.minimum_amount, row.currency, row.minimum_days)
