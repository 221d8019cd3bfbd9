"""What could be demanded on an invoice beside its principal and was not, with the working; and the sum of it for a customer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from dunning.claims import not_compensated
from dunning.unclaimed import LateItem, Working
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.errors import DomainError
from receivables.countries.interest import Period
from receivables.countries.words import Compensation
from receivables.dashboard.queries.clocks import kept_words
from receivables.dashboard.queries.rates import problem_words
from receivables.reporting.owed import Owed
from receivables.reporting.unclaimed import totals, unclaimed_list, working_of_items


@dataclass(frozen=True, slots=True)
class ClaimableItem:
    """Of one item: the periods of interest that nobody has claimed, and the compensation of its invoice on its first late item."""

    label: str
    currency: str
    periods: tuple[Period, ...]
    interest: Decimal
    claimed_until: date | None
    compensation: Compensation | None = None
    kept_back: str = ""


@dataclass(frozen=True, slots=True)
class Claimable:
    """All of it of an invoice, or why it cannot be worked out."""

    items: list[ClaimableItem] = field(default_factory=list)
    problem: str = ""


def claimable_of(creditor: Creditor, lines: Sequence[Owed], *, on: date) -> Claimable:
    """What could be demanded on these items of one invoice through day `on`. A fixed number of queries."""
    try:
        found = working_of_items(creditor, lines, on=on)
    except DomainError as missing:
        return Claimable(problem=" ".join(problem_words([missing])))
    labels = {line.item: line.label for line in lines}
    problem = " ".join(problem_words([working.problem for _late, working in found if working.problem]))
    items: list[ClaimableItem] = []
    for late, working in found:
        is_first = not any(item.compensation or item.kept_back for item in items)
        items.append(_item(labels[late.item], late, working, on=on, is_first=is_first))
    return Claimable([item for item in items if item.interest or item.compensation or item.kept_back], problem)


def _item(label: str, late: LateItem, working: Working, *, on: date, is_first: bool) -> ClaimableItem:
    interest = working.interest
    return ClaimableItem(
        label,
        late.currency,
        interest.periods if interest else (),
        interest.total if interest else Decimal(0),
        late.claimed_until,
        working.compensation if is_first else None,
        kept_words(*not_compensated(late, on=on)) if is_first and working.is_kept_back else "",
    )


def unclaimed_facts(customer: Customer, *, on: date) -> list[dict[str, Any]]:
    """What could be demanded of a customer and was not, by currency, as components/_facts.html takes it. A fixed number of queries."""
    where = f"{reverse('dashboard:unclaimed')}?by=item&q={customer.number}"
    found = unclaimed_list(customer.creditor, on=on, customers=[customer.pk])
    facts: list[dict[str, Any]] = [
        {"label": label, "amount": amount, "currency": each.currency}
        for each in totals(found.lines)
        for label, amount in ((_("Interest not claimed"), each.interest), (_("Compensation not claimed"), each.compensation))
        if amount
    ]
    if facts:
        facts.append({"label": _("Not claimed"), "url": where, "value": _("by item")})
    return facts
