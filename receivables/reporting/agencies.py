"""What agencies have, recovered and kept: by hand-over, and by agency and currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Sum, When

from dunning.actions.agency_reports import commission_due
from dunning.models import Agency, Commission, PlacedItem, Placement
from dunning.states import PlacementState
from invoices.models import AllocationEntry
from receivables.accounts.models import Creditor
from receivables.db.fields import MoneyField

ZERO = Decimal(0)
_LEFT = ("sent", "received", "returned", "closed")
_ENTRY = "item__entries__"
_AMOUNT = Case(When(**{f"{_ENTRY}is_reversal": True}, then=-F(f"{_ENTRY}amount")), default=F(f"{_ENTRY}amount"), output_field=MoneyField())
_THEN = Q(**{f"{_ENTRY}source": AllocationEntry.Source.PAYMENT, f"{_ENTRY}on__gte": F("placement__sent_on")}) & (
    Q(placement__ended_on=None)
    | Q(placement__ended_on__gte=F(f"{_ENTRY}on"))
    | Q(**{f"{_ENTRY}payment__placement_events__placement": F("placement")})
)
"""Payments on its items from the hand-over to its end; and what the agency paid over later."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A hand-over in money of its currency: handed over, still open, recovered, kept by the agency, and what its scale gives."""

    placement: Placement
    placed: Decimal
    open: Decimal
    recovered: Decimal
    commission: Decimal
    due: Decimal | None

    @property
    def net(self) -> Decimal:
        """What is left to the company of what was recovered."""
        return self.recovered - self.commission


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An agency in one currency. `agency` is None for hand-overs from before agencies were noted."""

    agency: Agency | None
    currency: str
    hand_overs: int
    standing: int
    placed: Decimal
    recovered: Decimal
    commission: Decimal
    due: Decimal

    @property
    def net(self) -> Decimal:
        """What is left to the company."""
        return self.recovered - self.commission

    @property
    def share(self) -> Decimal | None:
        """Per cent recovered of what was handed over; None where nothing was."""
        return self.recovered * 100 / self.placed if self.placed else None


def figures_of(placements: QuerySet[Placement, Placement]) -> list[Figures]:
    """In the order of the query; it is read with its agency and the agency's scale. Four queries."""
    rows = list(placements.select_related("agency", "customer", "creditor").prefetch_related("agency__rates", "items__item"))
    ids = [row.pk for row in rows]
    recovered = dict(_lines(ids).annotate(sum=Sum(_AMOUNT, filter=_THEN)).values_list("placement", "sum"))
    kept = _commissions(ids)
    return [
        Figures(
            row,
            sum((line.principal for line in row.items.all()), ZERO),
            sum((line.item.open_amount for line in row.items.all()), ZERO),
            recovered.get(row.pk) or ZERO,
            kept.get(row.pk, ZERO),
            commission_due(row, recovered.get(row.pk) or ZERO),
        )
        for row in rows
    ]


def _lines(ids: list[int]) -> QuerySet[PlacedItem, Any]:
    return PlacedItem.objects.filter(placement__any=ids).order_by().values("placement")


def _commissions(ids: list[int]) -> dict[int, Decimal]:
    """Booked, without what was taken back."""
    signed = Case(When(reverses=None, then=F("amount")), default=-F("amount"), output_field=MoneyField())
    return dict(Commission.objects.filter(placement__any=ids).order_by().values_list("placement").annotate(sum=Sum(signed)))


def agency_lines(creditor: Creditor) -> list[AgencyLine]:
    """What has left to agencies, by agency and currency, most handed over first."""
    found: dict[tuple[int, str], list[Figures]] = {}
    for each in figures_of(Placement.objects.filter(creditor=creditor, state__in=_LEFT, sent_on__isnull=False).order_by("agency", "pk")):
        found.setdefault((each.placement.agency_id or 0, each.placement.currency), []).append(each)
    return sorted((_line(of) for of in found.values()), key=lambda line: (-line.placed, line.currency))


def _line(of: Iterable[Figures]) -> AgencyLine:
    each = list(of)
    first = each[0].placement
    at = (PlacementState.SENT, PlacementState.RECEIVED)
    return AgencyLine(
        first.agency,
        first.currency,
        len(each),
        sum(one.placement.state in at for one in each),
        sum((one.placed for one in each), ZERO),
        sum((one.recovered for one in each), ZERO),
        sum((one.commission for one in each), ZERO),
        sum((one.due or ZERO for one in each), ZERO),
    )
