"""The open cases of a batch with what climbs in them: plain rows of one query, never made into objects, for a batch has thousands."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q
from django.db.models.functions import Coalesce

from dunning.models import Case
from dunning.policy import Grouping
from dunning.states import CaseState


class OpenCase(NamedTuple):
    """An open case. What climbs is an item of an invoice or a rate of an agreement; the columns of the other are None."""

    pk: int
    customer: int
    version: int
    state: str
    episode: int
    round: int
    position: int
    completed_on: date | None
    deadline_on: date | None
    released_position: int
    wants_approval: bool
    reviewed_end: bool
    reviewed_freeze: bool
    skipped: list[str]
    skipped_for_good: list[str]
    max_step: str
    # what climbs
    label: str
    due_on: date
    currency: str
    amount: Decimal
    open_amount: Decimal
    began_on: date  # the invoice was issued, or the rate agreed
    # of an item
    item: int | None
    invoice: int | None
    gross: Decimal
    sale: str
    order_number: str
    contract_number: str
    branch: str
    source: str
    # of a rate
    agreement: int | None
    agreement_label: str
    # the step on its way
    notice: int | None
    message_state: str | None
    message_reason: str
    message_attempts: int
    message_not_before: datetime | None

    @property
    def debt_key(self) -> int:
        """What the pure core calls the paper it stands on: the invoice, or the agreement with a minus before it."""
        return self.invoice or -(self.agreement or 0)

    def shares(self, grouping: Grouping) -> str:
        """What the invoice says in the field by which a policy groups; a rate shares a letter with the others of its agreement."""
        if grouping not in _FIELDS:
            return ""
        return str(getattr(self, _FIELDS[grouping])) if self.item else self.agreement_label


_FIELDS = {Grouping.ORDER: "order_number", Grouping.CONTRACT: "contract_number", Grouping.BRANCH: "branch", Grouping.SOURCE: "source"}
_COLUMNS: tuple[str | Coalesce, ...] = (
    *("pk", "customer_id", "version_id", "state", "episode", "round", "position", "completed_on", "deadline_on", "released_position"),
    *("wants_approval", "reviewed_end", "reviewed_freeze", "skipped", "skipped_for_good", "max_step"),
    *(Coalesce(f"item__{name}", f"rate__{name}") for name in ("label", "due_on", "currency", "amount", "open_amount")),
    Coalesce("item__invoice__issued_on", "rate__agreement__made_on"),
    *("item_id", "item__invoice_id"),
    *(f"item__invoice__{name}" for name in ("gross", "sale", "order_number", "contract_number", "branch", "source")),
    *("rate__agreement_id", "rate__agreement__label"),
    "in_flight__notice_id",
    *(f"in_flight__notice__message__{name}" for name in ("state", "reason", "attempts", "not_before")),
)


def open_cases(customers: Collection[int], *, on: date) -> list[OpenCase]:
    """The open cases of these customers that had begun by a day, oldest first."""
    begun = Q(item__invoice__issued_on__lte=on) | Q(rate__agreement__made_on__lte=on)
    standing = Case.objects.filter(begun, customer__any=customers).exclude(state=CaseState.CLOSED).order_by("customer", "id")
    return [OpenCase(*row) for row in standing.values_list(*_COLUMNS)]
