"""What all resources need: rows of the token's company, found by id, or a sentence that says there is none."""

from datetime import date
from typing import TypeVar

from django.db.models import Model, QuerySet

from invoices.models import Customer, Invoice, Item
from receivables import clock
from receivables.api.access import ApiRequest, Problem, defect, missing
from receivables.api.scopes import company_of

Row = TypeVar("Row", bound=Model)


def one_of(rows: QuerySet[Row], pk: int, *, what: str) -> Row:
    """The row that an address names. Raises `Problem` 404 where these rows have none of that id."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise missing(what)
    return row


def named(rows: QuerySet[Row], pk: int, *, place: str, what: str) -> Row:
    """The row that a body names at this place. Raises `Problem` 422 where there is none of that id."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise defect(place, f"There is no {what} {pk}.")
    return row


def customer_named(request: ApiRequest, pk: int) -> Customer:
    """The customer in a body's `customer`. Raises `Problem` 410 for one that was merged."""
    return standing(named(customers_of(request), pk, place="customer", what="customer"))


def standing(customer: Customer) -> Customer:
    """The same, unless it was merged into another: then `Problem` 410 says into which."""
    if customer.merged_into_id is not None:
        says = f"Customer {customer.pk} was merged into customer {customer.merged_into_id}. Ask for that one."
        raise Problem(410, "Gone", says, merged_into=customer.merged_into_id)
    return customer


def target_named(request: ApiRequest, *, invoice: int | None, item: int | None) -> Invoice | Item:
    """The one thing that a body names: an invoice, or an item of one. Raises `Problem` 422 for both or neither."""
    if (invoice is None) == (item is None):
        raise defect("invoice", "Name an invoice or an item, and not both.")
    if invoice is not None:
        return named(Invoice.objects.filter(creditor=company_of(request)), invoice, place="invoice", what="invoice")
    return named(Item.objects.filter(creditor=company_of(request)), item or 0, place="item", what="item")


def customers_of(request: ApiRequest) -> QuerySet[Customer]:
    """All of the token's company."""
    return Customer.objects.filter(creditor=company_of(request)).select_related("creditor")


def today(request: ApiRequest) -> date:
    """The day it is for the company."""
    return clock.today(request.token.creditor.time_zone)
