"""Rows → terms, for many customers of one company in four queries, and a fifth where claims were reversed."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dunning.terms import NO_TERMS, NOTHING_BOOKED, AgreedRate, Booked, CompensationRules, Terms
from invoices.models import Claim, ClaimEntry, ClaimRules, ContractRate, Item, SparedCustomer
from invoices.states import ClaimKind
from receivables.core.money import round_to_unit


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted claim: what of it is not to be asked again. `off` None: a person reversed it."""

    invoice: int
    item: int | None
    kind: ClaimKind
    step: str
    days: tuple[date, date] | None
    off: Decimal | None


@dataclass(slots=True)
class AllTerms:
    """What was read: the company's rules, who is spared, and what contracts agree by customer and by invoice."""

    compensation: CompensationRules = field(default_factory=CompensationRules)
    kept: dict[int, str] = field(default_factory=dict)
    of_customer: dict[int, list[AgreedRate]] = field(default_factory=lambda: defaultdict(list))
    of_invoice: dict[int, list[AgreedRate]] = field(default_factory=lambda: defaultdict(list))
    booked: dict[int, list[Posted]] = field(default_factory=lambda: defaultdict(list))  # by invoice

    @classmethod
    def of(cls, creditor: int, customers: Collection[int], *, on: date) -> "AllTerms":
        """All that holds on day `on`; agreed rates of earlier days are among them."""
        found = cls(rules_in_force(creditor, on=on))
        found.kept = dict(SparedCustomer.objects.standing(on=on).filter(customer__any=customers).values_list("customer", "reason"))
        rows = ContractRate.objects.filter(customer__any=customers).order_by("since", "pk")
        for row in rows:
            percent = None if row.percent is None else Decimal(f"{row.percent.normalize():f}")
            rate = AgreedRate(row.since, percent, row.contract, of_invoice=row.invoice_id is not None)
            (found.of_invoice[row.invoice_id] if row.invoice_id else found.of_customer[row.customer_id]).append(rate)
        for posted in posted_claims(customers):
            found.booked[posted.invoice].append(posted)
        return found

    def of_item(self, item: Item) -> Terms:
        """What bears on one item."""
        return self.about(item.pk, invoice=item.invoice_id, customer=item.customer_id, currency=item.currency)

    def about(self, item: int, *, invoice: int, customer: int, currency: str) -> Terms:
        """The same of an item by its ids."""
        found, booked = self.of_debt(customer, invoice), booked_on(item, self.booked.get(invoice, ()), currency=currency)
        return found if booked is NOTHING_BOOKED else replace(found, booked=booked)

    def of_debt(self, customer: int, invoice: int) -> Terms:
        """What bears on what a customer owes on an invoice, without what is booked on it."""
        agreed = (*self.of_customer.get(customer, ()), *self.of_invoice.get(invoice, ()))
        kept = self.kept.get(customer, "")
        if not agreed and not kept and self.compensation == NO_TERMS.compensation:
            return NO_TERMS
        return Terms(self.compensation, kept, agreed)


def posted_claims(customers: Collection[int]) -> list[Posted]:
    """The posted claims of these customers, but for those that the program itself took back. One query, two where some are reversed."""
    rows: list[Any] = list(Claim.objects.filter(customer__any=list(customers)).with_figures())
    reversals = taken_back_by_a_rerun([row.pk for row in rows if not row.posted])
    return [
        Posted(
            row.invoice_id,
            row.item_id,
            ClaimKind(row.kind),
            row.step,
            (row.first_on, row.last_on) if row.first_on else None,
            row.waived + row.paid if row.posted else None,
        )
        for row in rows
        if row.pk not in reversals
    ]


def taken_back_by_a_rerun(claims: Collection[int]) -> set[int]:
    """Those of these claims whose last reversal was the program's: no person has decided that they are not owed."""
    if not claims:
        return set()
    rows = ClaimEntry.objects.filter(claim__in=claims, type=ClaimEntry.Type.POSTED, is_reversal=True).order_by("pk")
    last = dict(rows.values_list("claim", "is_rerun"))
    return {claim for claim, is_rerun in last.items() if is_rerun}


def booked_on(item: int, posted: Collection[Posted], *, currency: str) -> Booked:
    """What the posted claims of an item's invoice say of the item."""
    mine = [one for one in posted if one.item in (None, item)]
    if not mine:
        return NOTHING_BOOKED
    mine = [one if one.off is None else replace(one, off=round_to_unit(one.off, currency)) for one in mine]
    interest = [one for one in mine if one.kind is ClaimKind.INTEREST]
    return Booked(
        interest=sum((one.off for one in interest if one.off is not None), Decimal(0)),
        reversed_days=tuple(one.days for one in interest if one.off is None and one.days),
        compensation=next((one.off for one in mine if one.kind is ClaimKind.COMPENSATION), Decimal(0)),
        fees={one.step: one.off for one in mine if one.kind is ClaimKind.FEE},
    )


def rules_in_force(creditor: int, *, on: date) -> CompensationRules:
    """The company's rules of that day; compensation is always claimed where it never set any."""
    row = ClaimRules.objects.in_force(creditor, on=on)
    if row is None:
        return CompensationRules()
    return CompensationRules(row.claims_compensation, row.minimum_amount, row.currency, row.minimum_days)
