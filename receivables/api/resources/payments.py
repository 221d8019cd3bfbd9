"""Payments: found, recorded, taken back."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from ninja import Query, Router, Schema, Status
from pydantic import Field

from invoices import actions
from invoices.balances import SIGNED
from invoices.models import AllocationEntry, ClaimEntry, CreditEntry, Invoice, Payment
from receivables.api.access import ApiRequest, defect
from receivables.api.keyset import Next, Paging, page
from receivables.api.models import Scope
from receivables.api.resources.common import customer_named, one_of
from receivables.api.schemas import PRINTABLE, Amount, Currency, Id, Line, Sent, Title, Told, Word
from receivables.api.scopes import company_of, may, may_change
from receivables.credit.telling import amount_text

router = Router(tags=["payments"])
BankReference = Annotated[str, Field(min_length=1, max_length=140, pattern=PRINTABLE)]


class PaymentTold(Schema):
    """Money that came, or (`reverses`) went back. The account it came from is never told."""

    id: int
    customer: int
    amount: Told
    currency: Currency
    booked_on: date
    reference: str
    title: str
    payer_name: str
    reverses: int | None
    left: Told


class Payments(Schema):
    """A page."""

    items: list[PaymentTold]
    next: Next


class NewPayment(Sent):
    """Money that came. Without `invoices` it settles what is oldest; `unmatched` leaves it as open credit."""

    customer: Id
    amount: Amount
    currency: Currency | None = None
    booked_on: date
    reference: BankReference | None = None
    invoices: Annotated[list[Id], Field(max_length=1000)] | None = None
    unmatched: bool = False
    title: Title = ""
    payer_name: Line = ""
    payer_account: Word | None = None


class Reversal(Sent):
    """When the money went back, and the bank's reference."""

    on: date
    reference: BankReference | None = None


@router.get("/payments", response=Payments, summary="Payments, the newest first", **may(Scope.PAYMENTS_READ))
def list_payments(request: ApiRequest, paging: Query[Paging], customer: Id | None = None, reference: str | None = None) -> Any:
    """Of this customer, with this reference, or all."""
    rows = _rows(request)
    if customer is not None:
        rows = rows.filter(customer=customer)
    if reference is not None:
        rows = rows.filter(reference=reference) if reference.isprintable() else rows.none()
    return page(rows, _told, paging)


@router.get("/payments/{int:id}", response=PaymentTold, summary="One payment", **may(Scope.PAYMENTS_READ))
def get_payment(request: ApiRequest, id: Id) -> Any:  # noqa: A002 - the name in the address
    """With what is left of it to allocate."""
    return _told(one_of(_rows(request), id, what="payment"))


@router.post("/payments", response={201: PaymentTold}, summary="Record a payment", **may_change(Scope.PAYMENTS_WRITE))
def record_payment(request: ApiRequest, body: NewPayment) -> Any:
    """From its commit on nobody is chased for what it settles. Refused where the reference was booked already."""
    customer = customer_named(request, body.customer)
    fields = body.model_dump(exclude={"customer", "invoices"})
    row = actions.record_payment(customer, **fields, invoices=_invoices(request, body.invoices))
    return Status(201, _told(_rows(request).get(pk=row.pk)))


@router.post("/payments/{int:id}/reverse", response={201: PaymentTold}, summary="Take a payment back", **may_change(Scope.PAYMENTS_WRITE))
def reverse_payment(request: ApiRequest, id: Id, body: Reversal) -> Any:  # noqa: A002
    """A refund or chargeback: what was settled opens again."""
    row = one_of(_rows(request), id, what="payment")
    back = actions.reverse_payment(row, on=body.on, reference=body.reference)
    return Status(201, _told(_rows(request).get(pk=back.pk)))


def _rows(request: ApiRequest) -> QuerySet[Payment]:
    rows = Payment.objects.filter(creditor=company_of(request)).select_related("reversal")
    return rows.annotate(used=_sum_of(AllocationEntry), claimed=_sum_of(ClaimEntry), gone=_sum_of(CreditEntry))


def _sum_of(entries: type[AllocationEntry] | type[ClaimEntry] | type[CreditEntry]) -> Coalesce:
    """What of a payment these entries have used, as one number for each row."""
    mine = entries.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
    return Coalesce(Subquery(mine.annotate(sum=Sum(SIGNED)).values("sum")), Value(Decimal(0)), output_field=DecimalField())


def _invoices(request: ApiRequest, ids: list[int] | None) -> list[Invoice] | None:
    """The invoices named, in that order."""
    if ids is None:
        return None
    found = Invoice.objects.filter(creditor=company_of(request)).in_bulk(ids)
    for place, pk in enumerate(ids):
        if pk not in found:
            raise defect(f"invoices.{place}", f"There is no invoice {pk}.")
    return [found[pk] for pk in dict.fromkeys(ids)]


def _told(row: Any) -> dict[str, Any]:
    names = ("currency", "booked_on", "reference", "title", "payer_name")
    told = {"id": row.pk, "customer": row.customer_id, **{name: getattr(row, name) for name in names}}
    is_back = row.reverses_id or getattr(row, "reversal", None)
    left = row.amount * 0 if is_back else row.amount - row.used - row.claimed - row.gone
    return {**told, "amount": amount_text(row.amount, row.currency), "reverses": row.reverses_id, "left": amount_text(left, row.currency)}
