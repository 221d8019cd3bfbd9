"""How a customer's credit came about: changes, limits and decisions, the newest first."""

from dataclasses import dataclass

from invoices.models import Customer
from receivables.credit.models import CreditChange, CreditLimit, CreditOverride
from receivables.credit.states import CreditState
from receivables.credit.writing import read_reasons
from receivables.dashboard.queries.credit import TONES, reason_words

SHOWN = 100


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """One change, with the reason that decided."""

    row: CreditChange
    tone: str
    reason: str


@dataclass(frozen=True, slots=True)
class CreditHistory:
    """The newest hundred of each."""

    changes: list[ChangeShown]
    limits: list[CreditLimit]
    decisions: list[CreditOverride]


def credit_history(customer: Customer) -> CreditHistory:
    """Three queries."""
    changes = CreditChange.objects.filter(customer=customer).select_related("author").order_by("-pk")[:SHOWN]
    limits = CreditLimit.objects.filter(customer=customer).select_related("author").order_by("-pk")[:SHOWN]
    decisions = CreditOverride.objects.filter(customer=customer).select_related("author", "ended_by").order_by("-pk")[:SHOWN]
    return CreditHistory([_change(row) for row in changes], list(limits), list(decisions))


def _change(row: CreditChange) -> ChangeShown:
    reasons = read_reasons(row.reasons)
    return ChangeShown(row, TONES[CreditState(row.state)], reason_words(reasons[0].words) if reasons else "")
