"""Where each item stands on the ladder, and the runs that looked at it."""

from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from ninja import Query, Router, Schema

from dunning.models import Case, Run
from receivables.api.access import ApiRequest
from receivables.api.keyset import Next, Paging, page
from receivables.api.models import Scope
from receivables.api.resources.common import one_of
from receivables.api.schemas import Currency, Id, Told
from receivables.api.scopes import company_of, may
from receivables.credit.telling import amount_text

router = Router(tags=["cases"])


class CaseTold(Schema):
    """A case: one item, or one rate of an agreement, on its walk up the ladder."""

    id: int
    customer: int
    invoice: int | None
    item: int | None
    label: str
    due_on: date
    open: Told
    currency: Currency
    state: str
    reason: str
    policy: str
    step: str
    completed_on: date | None
    deadline_on: date | None
    waits: str
    look_again_on: date | None


class Cases(Schema):
    """A page."""

    items: list[CaseTold]
    next: Next


class RunTold(Schema):
    """A run: what was judged, expected to leave, and what waits."""

    id: int
    on: date
    state: str
    judged: int
    expected: int
    waiting: dict[str, int]
    is_finished: bool


class Runs(Schema):
    """A page."""

    items: list[RunTold]
    next: Next


@router.get("/cases", response=Cases, summary="Cases, the newest first", **may(Scope.CASES_READ))
def list_cases(
    request: ApiRequest,
    paging: Query[Paging],
    customer: Id | None = None,
    invoice: Id | None = None,
    state: Literal["running", "with_agency", "closed"] | None = None,
) -> Any:
    """Of this customer, of this invoice, in this state."""
    wanted = {"customer": customer, "item__invoice": invoice, "state": state}
    rows = _cases(request).filter(**{name: value for name, value in wanted.items() if value is not None})
    return page(rows, _case, paging)


@router.get("/cases/{int:id}", response=CaseTold, summary="One case", **may(Scope.CASES_READ))
def get_case(request: ApiRequest, id: Id) -> Any:  # noqa: A002 - the name in the address
    """Its last completed step, the deadline named, and what the last run found that it waits for."""
    return _case(one_of(_cases(request), id, what="case"))


@router.get("/runs", response=Runs, summary="Runs, the newest first", **may(Scope.CASES_READ))
def list_runs(request: ApiRequest, paging: Query[Paging]) -> Any:
    """Of the token's company."""
    return page(Run.objects.filter(creditor=company_of(request)), _run, paging)


@router.get("/runs/{int:id}", response=RunTold, summary="One run", **may(Scope.CASES_READ))
def get_run(request: ApiRequest, id: Id) -> Any:  # noqa: A002
    """With its counts."""
    return _run(one_of(Run.objects.filter(creditor=company_of(request)), id, what="run"))


def _cases(request: ApiRequest) -> QuerySet[Case]:
    return Case.objects.filter(creditor=company_of(request)).select_related("item", "rate__agreement", "version__policy")


def _case(row: Case) -> dict[str, Any]:
    debt = row.debt
    names = ("state", "reason", "step", "completed_on", "deadline_on", "waits", "look_again_on")
    return {
        "id": row.pk,
        "customer": row.customer_id,
        "invoice": row.item.invoice_id if row.item else None,
        "item": row.item_id,
        "label": debt.label,
        "due_on": debt.due_on,
        "open": amount_text(debt.open_amount, debt.currency),
        "currency": debt.currency,
        "policy": str(row.version),
        **{name: getattr(row, name) for name in names},
    }


def _run(row: Run) -> dict[str, Any]:
    names = ("on", "state", "judged", "expected", "waiting")
    return {"id": row.pk, **{name: getattr(row, name) for name in names}, "is_finished": row.finished_at is not None}
