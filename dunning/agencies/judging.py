"""Rows → what a proposed hand-over is judged by: the only bridge between the checks and the books."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Exists, OuterRef

from dunning.agencies.checks import Check, Evidence, Point, Proposed, checks
from dunning.agencies.known import agencies_of, announced, calls_to, terms_of
from dunning.decide import ItemFacts
from dunning.facts import Loaded, facts_for
from dunning.models import Agency, AgreedItem, Case, PlacedItem, Placement, StepResult
from dunning.policy import MUST_PRECEDE
from dunning.states import CaseState
from invoices.models import Customer, Delivery, Item
from invoices.states import Kind


@dataclass(frozen=True, slots=True)
class Judged:
    """A hand-over as it would go today: what stands in its way, and what its package would say."""

    checks: tuple[Check, ...]
    items: tuple[ItemFacts, ...]
    loaded: Loaded

    @property
    def against(self) -> tuple[Check, ...]:
        """What forbids it."""
        return tuple(check for check in self.checks if check.forbids)


def judged(
    customer: Customer,
    items: Sequence[Item],
    agency: Agency | None,
    *,
    on: date,
    reason: str = "",
    announced_on: date | None = None,
    within: Placement | None = None,
) -> Judged:
    """Judge these items of a customer on a day. `within` is the hand-over that they stand in already."""
    loaded = facts_for(customer.creditor, [customer.pk], on=on)
    rules = replace(loaded.rules, agencies=agencies_of(customer.creditor))
    cases, agreed = _cases(items)
    said = announced(list(cases))
    standing = PlacedItem.objects.filter(item__in=items, is_standing=True)
    elsewhere = set((standing.exclude(placement=within) if within else standing).values_list("item", flat=True))
    facts = tuple(
        replace(
            item,
            with_agency=cases[item.case] in elsewhere,
            on_plan=item.on_plan or item.case in agreed,
            announced_on=said.get(item.case),
        )
        for item in loaded.customers[customer.pk].items
        if item.case in cases
    )
    known = replace(loaded.customers[customer.pk], with_agency=False, calls=calls_to([customer.pk]).get(customer.pk, ()))
    proposed = Proposed(facts, terms_of(agency) if agency else None, reason, announced_on)
    found = checks(proposed, known, rules, _evidence(customer, items, facts), on=on)
    return Judged((*found, _all_open(items, facts)), facts, loaded)


def _cases(items: Sequence[Item]) -> tuple[dict[int, int], set[int]]:
    """Their open cases with the item of each, and the cases of what is on an agreement that has not ended, whatever was missed of it: a
    person or the day's run ends it before anything goes. One query.
    """
    is_agreed = Exists(AgreedItem.objects.filter(item=OuterRef("item"), agreement__ended_on=None))
    rows = list(Case.objects.filter(item__in=items).exclude(state=CaseState.CLOSED).values_list("pk", "item", is_agreed))
    return {case: item for case, item, _ in rows if item}, {case for case, _, is_on in rows if is_on}


def _all_open(items: Sequence[Item], facts: Sequence[ItemFacts]) -> Check:
    """What is closed, time-barred or under no policy has no open case: nothing of it may be demanded here."""
    there = {item.label for item in facts}
    lost = tuple(item.label for item in items if item.label not in there)
    return Check(Point.IN_LADDER, not lost, lost)


def _evidence(customer: Customer, items: Sequence[Item], facts: Sequence[ItemFacts]) -> Evidence:
    """What the package will hold, and what it lacks. Three queries."""
    labels = {item.invoice_id: item.label for item in items}
    with_paper = {item.invoice_id for item in items if item.invoice.document_id}
    delivered = set(Delivery.objects.counting().filter(invoice__in=labels).values_list("invoice", flat=True))
    demanded = set(
        StepResult.objects.filter(
            taken__case__in=[item.case for item in facts],
            kind=StepResult.Kind.COMPLETED,
            taken__notice__message__document__kind__in=MUST_PRECEDE["agency"],
        ).values_list("taken__case__item__invoice", flat=True)
    )
    return Evidence(
        without_invoice=tuple(label for invoice, label in labels.items() if invoice not in with_paper),
        without_demand=tuple(label for invoice, label in labels.items() if invoice not in demanded),
        without_delivery=tuple(label for invoice, label in labels.items() if invoice not in delivered),
        has_address=bool(customer.street or customer.city),
        has_tax_id=bool(customer.tax_id) or Kind(customer.kind).is_protected,
    )
