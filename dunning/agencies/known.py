"""Rows → what the choice of an agency and the checks before a hand-over ask for. A fixed number of queries for a batch."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import lru_cache

from django.db.models import OuterRef, Q, Subquery

from dunning.agencies.choice import AgencyTerms, Tried
from dunning.models import Agency, PlacedItem, StepResult, StepTaken, Task
from dunning.policy import MUST_PRECEDE
from dunning.policy_text import parse_policy
from dunning.states import NOT_REACHED, PlacementState, TaskKind
from receivables.accounts.models import Creditor

REACHED = "reached"


def agencies_of(creditor: Creditor) -> tuple[AgencyTerms, ...]:
    """A company's active agencies in the order in which they were entered: the first that fits takes a debt. One query."""
    rows = Agency.objects.filter(creditor=creditor, is_active=True, is_law_firm=False).order_by("pk")
    return tuple(terms_of(row) for row in rows)


def terms_of(row: Agency) -> AgencyTerms:
    """What an agency takes and has on file, as plain values."""
    return AgencyTerms(
        row.pk,
        row.slug,
        row.name,
        row.takes,
        tuple(row.countries),
        tuple(row.currencies),
        row.min_amount,
        row.min_days,
        row.contract_on,
        row.contract_until,
        row.cost_terms_on,
        row.data_role_on if row.data_role else None,
        row.mapping,
        row.delivery,
    )


def announced(cases: Collection[int]) -> dict[int, date]:
    """Case → the day on which a demand last left that says a hand-over may follow, and still counts. One query, one for each version."""
    newest = StepResult.objects.filter(taken=OuterRef("pk")).order_by("-pk")
    rows = StepTaken.objects.filter(case__any=cases).exclude(notice__channel="agency")
    rows = rows.annotate(came=Subquery(newest.values("kind")[:1]), came_on=Subquery(newest.values("on")[:1]))
    counting = rows.filter(came=StepResult.Kind.COMPLETED).values_list("case", "step", "came_on", "notice__version__text")
    found: dict[int, date] = {}
    for case, step, on, text in counting:
        if step in _announcing(text):
            found[case] = max(on, found.get(case, on))
    return found


@lru_cache(maxsize=256)
def _announcing(text: str) -> frozenset[str]:
    return frozenset(step.key for step in parse_policy(text).steps if step.document in MUST_PRECEDE["agency"])


def calls_to(customers: Collection[int]) -> Mapping[int, tuple[Tried, ...]]:
    """Customer → the calls that were made. One query."""
    made = Task.objects.filter(customer__any=list(customers), kind=TaskKind.CALL, result__in=(REACHED, NOT_REACHED)).order_by("pk")
    found: dict[int, list[Tried]] = defaultdict(list)
    for customer, on, result in made.values_list("customer", "closed_on", "result"):
        if on is not None:
            found[customer].append(Tried(on, result == REACHED))
    return {customer: tuple(calls) for customer, calls in found.items()}


def placing(items: Iterable[int]) -> frozenset[int]:
    """Those of these items that a person has proposed to hand over. One query."""
    proposed = Q(is_standing=True, placement__state__in=(PlacementState.DRAFT, PlacementState.APPROVED))
    return frozenset(PlacedItem.objects.filter(proposed, item__any=list(items)).values_list("item", flat=True))
