"""What is owed on the invoices of a pack, with interest worked out to a day: each grosz with its days, rate and source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from dunning.claimable import Figure, Known
from dunning.evidence.scope import Scope
from dunning.papers import ZERO, Line
from invoices.balances import SIGNED
from invoices.models import AllocationEntry, Claim, ClaimEntry, Dispute, Item
from invoices.states import ClaimKind
from receivables.core.errors import DomainError
from receivables.core.money import round_to_unit


@dataclass(slots=True)
class Owed:
    """Lines of the documents, claims as papers tell them, and what could not be worked out. Amounts in the pack's currency."""

    lines: list[Line]
    claims: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # labels of items of which the interest is not known, with the reason

    def sum_of(self, kind: ClaimKind) -> Decimal:
        """What is open of a kind of claim."""
        return sum((Decimal(claim["amount"]) for claim in self.claims if claim["kind"] == kind), ZERO)


def owed_on(scope: Scope, *, on: date) -> Owed:
    """What is owed at the end of day `on`, with interest through that day; compensation and fees as they are posted."""
    settled, disputed = _settled(scope, on=on), _disputed(scope)
    found = Owed([_line(item, settled.get(item.pk, ZERO), disputed.get(item.pk, ZERO)) for item in scope.items])
    _add_interest(found, scope, on=on)
    _add_posted(found, scope, on=on)
    return found


def _line(item: Item, settled: Decimal, disputed: Decimal) -> Line:
    is_open = max(item.amount - settled, ZERO)
    paid_on = item.closed_on if not is_open else None
    return Line(item.label, item.invoice.issued_on, item.due_on, item.amount, is_open, min(disputed, is_open), paid_on)


def _settled(scope: Scope, *, on: date) -> Mapping[int, Decimal]:
    rows = AllocationEntry.objects.filter(item__in=scope.items, on__lte=on).order_by().values_list("item").annotate(settled=Sum(SIGNED))
    return dict(rows)


def _disputed(scope: Scope) -> Mapping[int, Decimal]:
    rows = Dispute.objects.filter(item__in=scope.items, resolved_on=None).order_by().values_list("item").annotate(disputed=Sum("amount"))
    return dict(rows)


def _add_interest(found: Owed, scope: Scope, *, on: date) -> None:
    """By item, from the day after it fell due, whether it was posted or not; less what was paid or waived of posted interest.

    Where it is not known, for want of a rate or a law, that is said and no figure is made up.
    """
    known, gone = Known.of(scope.customer, on=on), _gone(scope, on=on)
    for item in scope.items:
        if item.due_on >= on:
            continue
        try:
            figure = known.interest(item.pk, first_on=item.due_on, last_on=on, disputed=ZERO)
        except DomainError as refusal:
            found.unknown.append(f"{item.label}: {refusal}")
        else:
            if figure.amount:
                found.claims.append(_told(ClaimKind.INTEREST, item.label, figure, gone.get(item.pk, ZERO), scope.currency))


def _told(kind: ClaimKind, label: str, figure: Figure, gone: Decimal, currency: str) -> dict[str, Any]:
    amount = max(figure.amount - gone, ZERO)
    told = {"kind": str(kind), "label": label, "step": "", "amount": str(round_to_unit(amount, currency))}
    settled = {"settled": str(round_to_unit(figure.amount - amount, currency))} if amount != figure.amount else {}
    return {"periods": [], "table": "", **figure.working, **told, **settled}


def _gone(scope: Scope, *, on: date) -> Mapping[int, Decimal]:
    """By item what of its posted interest was paid or waived."""
    rows: Any = Claim.objects.filter(item__in=scope.items, kind=ClaimKind.INTEREST).with_figures(on=on)
    found: dict[int, Decimal] = {}
    for row in rows:
        found[row.item_id] = found.get(row.item_id, ZERO) + row.paid + row.waived
    return found


def _add_posted(found: Owed, scope: Scope, *, on: date) -> None:
    """Compensation and fees that are posted and not settled."""
    rows: Any = Claim.objects.filter(invoice__in=scope.invoices).exclude(kind=ClaimKind.INTEREST).select_related("invoice", "item")
    claims = [row for row in rows.with_figures(on=on).order_by("pk") if row.open > 0]
    entries = ClaimEntry.objects.filter(claim__in=claims, type=ClaimEntry.Type.POSTED, is_reversal=False, reversal=None)
    working = {entry.claim_id: entry.working for entry in entries}
    for row in claims:
        label = row.item.label if row.item else row.invoice.number
        figure = Figure(row.open + row.waived + row.paid, working.get(row.pk, {}))
        found.claims.append(_told(ClaimKind(row.kind), label, figure, row.waived + row.paid, scope.currency))
