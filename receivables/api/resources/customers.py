"""Customers: found, added, and how they are reached."""

from typing import Any, Literal

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from ninja import Query, Router, Schema, Status

from dunning.actions import change_contact
from invoices import actions
from invoices.models import Contact, Customer
from invoices.states import Kind
from receivables.api.access import ApiRequest, defect
from receivables.api.keyset import Next, Paging, page
from receivables.api.models import Scope
from receivables.api.resources.common import customers_of, one_of, standing, today
from receivables.api.schemas import City, Code, Country, Currency, Id, Key, Line, Name, Sent, Short, Word
from receivables.api.scopes import may, may_change

router = Router(tags=["customers"])
KindName = Literal["business", "consumer", "public", "unknown"]


class ContactTold(Schema):
    """A way to reach somebody."""

    id: int
    name: str
    role: str
    email: str
    phone: str


class CustomerTold(Schema):
    """A customer. What identifies a person (PESEL) is never told."""

    id: int
    number: str
    name: str
    kind: str
    tax_id: str
    regon: str
    krs: str
    street: str
    postcode: str
    city: str
    country: str
    language: str
    currency: str
    tags: list[str]
    merged_into: int | None
    contacts: list[ContactTold]


class Customers(Schema):
    """A page."""

    items: list[CustomerTold]
    next: Next


class CustomerNamed(Schema):
    """Which customer it was: writing does not include reading."""

    id: int
    number: str


class NewCustomer(Sent):
    """A customer to add; an e-mail address or phone makes the first contact."""

    number: Key
    name: Name
    kind: KindName = "unknown"
    tax_id: Short = ""
    regon: Short = ""
    krs: Short = ""
    email: Line = ""
    phone: Word = ""
    street: Line = ""
    postcode: Short = ""
    city: City = ""
    country: Country = "PL"
    language: Code = ""
    currency: Currency | None = None


class Reach(Sent):
    """How a customer is reached, and its numbers in registers: what is not named stays, null takes away."""

    email: Line | None = None
    phone: Word | None = None
    street: Line | None = None
    postcode: Short | None = None
    city: City | None = None
    regon: Short | None = None
    krs: Short | None = None


@router.get("/customers", response=Customers, summary="Customers, the newest first", **may(Scope.CUSTOMERS_READ))
def list_customers(request: ApiRequest, paging: Query[Paging], number: str | None = None, tax_id: str | None = None) -> Any:
    """With this number or tax number, or all."""
    rows = _with_contacts(customers_of(request))
    if number is not None:
        rows = rows.filter(number=number) if number.isprintable() else rows.none()
    if tax_id is not None:
        rows = rows.filter(tax_id=tax_id) if tax_id.isprintable() else rows.none()
    return page(rows, _told, paging)


@router.get("/customers/{int:id}", response=CustomerTold, summary="One customer", **may(Scope.CUSTOMERS_READ))
def get_customer(request: ApiRequest, id: Id) -> Any:  # noqa: A002 - the name in the address
    """By our own number of the row."""
    return _told(standing(one_of(_with_contacts(customers_of(request)), id, what="customer")))


@router.post("/customers", response={201: CustomerTold}, summary="Add a customer", **may_change(Scope.CUSTOMERS_WRITE))
def add_customer(request: ApiRequest, body: NewCustomer) -> Any:
    """Refused where the number is taken."""
    fields = body.model_dump(exclude={"kind", "currency"})
    row = actions.add_customer(request.token.creditor, **fields, kind=Kind(body.kind), currency=body.currency or "")
    return Status(201, _told(_with_contacts(customers_of(request)).get(pk=row.pk)))


@router.patch("/customers/{int:id}", response=CustomerNamed, summary="Change their reach", **may_change(Scope.CUSTOMERS_WRITE))
def change_customer(request: ApiRequest, id: Id, body: Reach) -> Any:  # noqa: A002
    """What waits to be sent to the old address goes to the new one, or not at all."""
    row = standing(one_of(customers_of(request), id, what="customer"))
    given = body.model_dump(exclude_unset=True)
    if not given:
        raise defect("body", "Name what changes: email, phone, street, postcode, city, regon or krs.")
    numbers = {kind: given.pop(kind) or "" for kind in actions.REGISTERED if kind in given}
    address = {part: given.pop(part) or "" for part in ("street", "postcode", "city") if part in given}
    if address:
        now = {part: getattr(row, part) for part in ("street", "postcode", "city", "country")}
        given["address"] = {**now, **address}
    with transaction.atomic():
        if numbers:
            actions.set_registered(row, numbers)
        if given:
            change_contact(row, on=today(request), **given)
    return {"id": row.pk, "number": row.number}


def _with_contacts(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    return rows.prefetch_related(Prefetch("contacts", Contact.objects.order_by("position", "pk")))


def _told(row: Customer) -> dict[str, Any]:
    names = ("number", "name", "kind", "tax_id", "regon", "krs", "street", "postcode", "city", "country", "language", "currency", "tags")
    contacts = [{name: getattr(one, name) for name in ("id", "name", "role", "email", "phone")} for one in row.contacts.all()]
    told = {name: getattr(row, name) for name in names}
    return {"id": row.pk, **told, "merged_into": row.merged_into_id, "contacts": contacts}
