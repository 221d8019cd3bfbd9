"""What makes the ladder wait: holds, disputes, promises. They end by their day, by payments, or by being ended."""

from datetime import date
from typing import Any, Literal

from ninja import Query, Router, Schema, Status

from dunning import actions
from dunning.models import Hold, Promise
from invoices.models import Dispute, Invoice, Item
from invoices.states import DisputeCode, Outcome
from receivables.api.access import ApiRequest, defect
from receivables.api.keyset import Next, Paging, page
from receivables.api.models import Scope
from receivables.api.resources.common import customer_named, named, target_named, today
from receivables.api.schemas import Amount, Currency, Id, Line, Sent, Told
from receivables.api.scopes import company_of, may, may_change
from receivables.credit.telling import amount_text

router = Router(tags=["holds, disputes, promises"])
CodeName = Literal["not_delivered", "quality", "quantity", "price", "not_ordered", "paid", "details", "other"]


class HoldTold(Schema):
    """Nobody is chased while it lasts: for the item, or (none named) for all that the customer owes."""

    id: int
    customer: int
    item: int | None
    since: date
    until: date | None
    reason: str
    released_on: date | None


class Holds(Schema):
    """A page."""

    items: list[HoldTold]
    next: Next


class NewHold(Sent):
    """A customer or an item to hold, through a day or until released."""

    customer: Id | None = None
    item: Id | None = None
    until: date | None = None
    reason: Line = ""


class HoldEnd(Sent):
    """The customer or item whose holds end."""

    customer: Id | None = None
    item: Id | None = None


class Count(Schema):
    """How many."""

    count: int


class DisputeTold(Schema):
    """What the customer says is wrong with an item; the part waits, the rest goes on."""

    id: int
    item: int
    amount: Told
    currency: Currency
    code: str
    reason: str
    opened_on: date
    due_on: date | None
    resolved_on: date | None
    outcome: str


class Disputes(Schema):
    """A page."""

    items: list[DisputeTold]
    next: Next


class NewDispute(Sent):
    """An invoice or item, and how much of what is open on it; without an amount all of it."""

    invoice: Id | None = None
    item: Id | None = None
    amount: Amount | None = None
    code: CodeName | None = None
    reason: Line = ""
    due_on: date | None = None


class Decision(Sent):
    """How the disputes on an invoice or item end: upheld, the part is credited; rejected, the ladder goes on."""

    invoice: Id | None = None
    item: Id | None = None
    outcome: Literal["upheld", "rejected"]


class PromiseTold(Schema):
    """So much, by that day."""

    id: int
    customer: int
    amount: Told
    currency: Currency
    made_on: date
    by: date
    state: str
    ended_on: date | None


class Promises(Schema):
    """A page."""

    items: list[PromiseTold]
    next: Next


class NewPromise(Sent):
    """What the customer said. Without invoices it is about all that is open in the currency."""

    customer: Id
    amount: Amount
    by: date
    currency: Currency | None = None
    invoices: list[Id] | None = None
    reason: Line = ""


@router.get("/holds", response=Holds, summary="Holds, the newest first", **may(Scope.CASES_READ))
def list_holds(request: ApiRequest, paging: Query[Paging], customer: Id | None = None) -> Any:
    """Of this customer, or all; those that ended too."""
    rows = Hold.objects.filter(creditor=company_of(request))
    return page(rows.filter(customer=customer) if customer else rows, _hold, paging)


@router.post("/holds", response={201: HoldTold}, summary="Hold a customer or an item", **may_change(Scope.CASES_WRITE))
def place_hold(request: ApiRequest, body: NewHold) -> Any:
    """From its commit on nothing leaves, also what is queued already."""
    target = customer_named(request, body.customer) if body.customer and not body.item else _item(request, body)
    return Status(201, _hold(actions.hold(target, on=today(request), until=body.until, reason=body.reason)))


@router.post("/holds/release", response=Count, summary="Release holds", **may_change(Scope.CASES_WRITE))
def release_holds(request: ApiRequest, body: HoldEnd) -> Any:
    """All that stand of this customer or item; how many."""
    target = customer_named(request, body.customer) if body.customer and not body.item else _item(request, body)
    return {"count": actions.release_hold(target, on=today(request))}


@router.get("/disputes", response=Disputes, summary="Disputes, the newest first", **may(Scope.CASES_READ))
def list_disputes(request: ApiRequest, paging: Query[Paging], customer: Id | None = None, is_open: bool | None = None) -> Any:
    """Of this customer; `is_open`: not resolved yet, or resolved."""
    rows = Dispute.objects.filter(item__creditor=company_of(request))
    if customer is not None:
        rows = rows.filter(item__customer=customer)
    if is_open is not None:
        rows = rows.filter(resolved_on__isnull=is_open)
    return page(rows, _dispute, paging)


@router.post("/disputes", response={201: list[DisputeTold]}, summary="Open a dispute", **may_change(Scope.CASES_WRITE))
def open_dispute(request: ApiRequest, body: NewDispute) -> Any:
    """Of an invoice in instalments the oldest first; one dispute for each item that it meets."""
    target = target_named(request, invoice=body.invoice, item=body.item)
    code = DisputeCode(body.code) if body.code else None
    fields = body.model_dump(include={"amount", "reason", "due_on"})
    return Status(201, [_dispute(row) for row in actions.open_dispute(target, on=today(request), code=code, **fields)])


@router.post("/disputes/decide", response=list[DisputeTold], summary="Decide disputes", **may_change(Scope.CASES_WRITE))
def decide_dispute(request: ApiRequest, body: Decision) -> Any:
    """All that are open on the invoice or item."""
    target = target_named(request, invoice=body.invoice, item=body.item)
    return [_dispute(row) for row in actions.decide_dispute(target, outcome=Outcome(body.outcome), on=today(request))]


@router.get("/promises", response=Promises, summary="Promises, the newest first", **may(Scope.CASES_READ))
def list_promises(request: ApiRequest, paging: Query[Paging], customer: Id | None = None) -> Any:
    """Of this customer, or all; those that ended too."""
    rows = Promise.objects.filter(creditor=company_of(request))
    return page(rows.filter(customer=customer) if customer else rows, _promise, paging)


@router.post("/promises", response={201: PromiseTold}, summary="Note a promise", **may_change(Scope.CASES_WRITE))
def make_promise(request: ApiRequest, body: NewPromise) -> Any:
    """What it is about waits through its day. Replaces older promises on the same items."""
    mine = Invoice.objects.filter(creditor=company_of(request))
    targets = [named(mine, pk, place=f"invoices.{n}", what="invoice") for n, pk in enumerate(body.invoices or [])]
    fields = body.model_dump(include={"amount", "by", "currency", "reason"})
    row = actions.promise(customer_named(request, body.customer), on=today(request), items=targets or None, **fields)
    return Status(201, _promise(row))


def _item(request: ApiRequest, body: NewHold | HoldEnd) -> Item:
    if body.item is None or body.customer is not None:
        raise defect("customer", "Name a customer or an item, and not both.")
    return named(Item.objects.filter(creditor=company_of(request)), body.item, place="item", what="item")


def _hold(row: Hold) -> dict[str, Any]:
    names = ("since", "until", "reason", "released_on")
    return {"id": row.pk, "customer": row.customer_id, "item": row.item_id, **{name: getattr(row, name) for name in names}}


def _dispute(row: Dispute) -> dict[str, Any]:
    names = ("currency", "code", "reason", "opened_on", "due_on", "resolved_on", "outcome")
    told = {"id": row.pk, "item": row.item_id, **{name: getattr(row, name) for name in names}}
    return {**told, "amount": amount_text(row.amount, row.currency)}


def _promise(row: Promise) -> dict[str, Any]:
    names = ("currency", "made_on", "by", "state", "ended_on")
    told = {"id": row.pk, "customer": row.customer_id, **{name: getattr(row, name) for name in names}}
    return {**told, "amount": amount_text(row.amount, row.currency)}
