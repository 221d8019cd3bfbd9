"""Invoices and what is owed on them: found, issued, withdrawn, credited."""

from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import Prefetch, QuerySet
from ninja import Query, Router, Schema, Status
from pydantic import Field

from invoices import actions
from invoices.models import Invoice, Item
from invoices.states import DocumentKind
from receivables.api.access import ApiRequest
from receivables.api.keyset import Next, Paging, page
from receivables.api.models import Scope
from receivables.api.resources.common import customer_named, one_of, today
from receivables.api.schemas import Amount, Currency, Id, Instalment, Number, Reference, Sent, Told, Word
from receivables.api.scopes import company_of, may, may_change
from receivables.credit.telling import amount_text

router = Router(tags=["invoices"])
SOURCE = "api"
KindName = Literal["invoice", "advance", "final", "correction", "debit_note", "proforma", "order"]


class ItemTold(Schema):
    """What is owed by one day."""

    id: int
    label: str
    due_on: date
    amount: Told
    open: Told
    closed_on: date | None
    closed_as: str


class InvoiceTold(Schema):
    """An invoice or credit note, with its items."""

    id: int
    customer: int
    number: str
    kind: str
    state: str
    currency: Currency
    gross: Told
    open: Told
    issued_on: date
    items: list[ItemTold]


class Invoices(Schema):
    """A page."""

    items: list[InvoiceTold]
    next: Next


class NewInvoice(Sent):
    """An invoice to book: owed by one day, or in instalments that sum to it."""

    customer: Id
    number: Number
    gross: Amount
    currency: Currency | None = None
    issued_on: date
    due_on: date | None = None
    instalments: Annotated[list[Instalment], Field(max_length=100)] = []
    kind: KindName = "invoice"
    sale: Literal["goods", "services"] = "goods"
    payment_method: Word = ""
    is_subscription: bool | None = None
    order_number: Reference = ""
    contract_number: Reference = ""


class NewCreditNote(Sent):
    """A credit note over an invoice or a part of it."""

    number: Number
    amount: Amount
    issued_on: date


@router.get("/invoices", response=Invoices, summary="Invoices, the newest first", **may(Scope.INVOICES_READ))
def list_invoices(
    request: ApiRequest, paging: Query[Paging], number: str | None = None, customer: Id | None = None, is_open: bool | None = None
) -> Any:
    """With this number, of this customer; `is_open`: something is still owed, or nothing."""
    rows = _with_items(request)
    if number is not None:
        rows = rows.filter(number=number) if number.isprintable() else rows.none()
    if customer is not None:
        rows = rows.filter(customer=customer)
    if is_open is not None:
        owed = Item.objects.open().filter(creditor=company_of(request)).values("invoice")
        rows = rows.filter(pk__in=owed) if is_open else rows.exclude(pk__in=owed)
    return page(rows, _told, paging)


@router.get("/invoices/{int:id}", response=InvoiceTold, summary="One invoice", **may(Scope.INVOICES_READ))
def get_invoice(request: ApiRequest, id: Id) -> Any:  # noqa: A002 - the name in the address
    """With what is still owed on it."""
    return _told(one_of(_with_items(request), id, what="invoice"))


@router.post("/invoices", response={201: InvoiceTold}, summary="Book an invoice", **may_change(Scope.INVOICES_WRITE))
def issue_invoice(request: ApiRequest, body: NewInvoice) -> Any:
    """Refused where the number is taken, or the instalments do not sum to the amount."""
    customer = customer_named(request, body.customer)
    fields = body.model_dump(exclude={"customer", "instalments", "kind"})
    parts = [(part.due_on, part.amount) for part in body.instalments]
    row = actions.issue_invoice(customer, **fields, instalments=parts, kind=DocumentKind(body.kind), source=SOURCE)
    return Status(201, _told(_with_items(request).get(pk=row.pk)))


@router.post("/invoices/{int:id}/cancel", response=InvoiceTold, summary="Withdraw an invoice", **may_change(Scope.INVOICES_WRITE))
def cancel_invoice(request: ApiRequest, id: Id) -> Any:  # noqa: A002
    """What was paid on it becomes open credit; what waits to be sent about it does not leave."""
    row = one_of(_with_items(request), id, what="invoice")
    actions.cancel_invoice(row, on=today(request))
    return _told(_with_items(request).get(pk=row.pk))


@router.post(
    "/invoices/{int:id}/credit-notes", response={201: InvoiceTold}, summary="Credit an invoice", **may_change(Scope.INVOICES_WRITE)
)
def credit_invoice(request: ApiRequest, id: Id, body: NewCreditNote) -> Any:  # noqa: A002
    """Settles the invoice's items, the oldest first; what exceeds them is open credit."""
    row = one_of(_with_items(request).select_related("customer"), id, what="invoice")
    note = actions.issue_credit_note(
        row.customer,
        number=body.number,
        amount=body.amount,
        issued_on=body.issued_on,
        invoice=row,
        source=SOURCE,
    )
    return Status(201, _told(_with_items(request).get(pk=note.pk)))


def _with_items(request: ApiRequest) -> QuerySet[Invoice]:
    rows = Invoice.objects.filter(creditor=company_of(request)).select_related("creditor")
    return rows.prefetch_related(Prefetch("items", Item.objects.order_by("position")))


def _told(row: Invoice) -> dict[str, Any]:
    items = list(row.items.all())
    left = sum((item.open_amount for item in items), row.gross * 0)
    return {
        "id": row.pk,
        "customer": row.customer_id,
        **{name: getattr(row, name) for name in ("number", "kind", "state", "currency", "issued_on")},
        "gross": amount_text(row.gross, row.currency),
        "open": amount_text(left, row.currency),
        "items": [_item(item) for item in items],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.pk,
        **{name: getattr(item, name) for name in ("label", "due_on", "closed_on", "closed_as")},
        "amount": amount_text(item.amount, item.currency),
        "open": amount_text(item.open_amount, item.currency),
    }
