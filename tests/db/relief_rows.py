"""Rows of VAT relief that nobody checked, and those that the database has to refuse."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from invoices.models import Relief, ReliefLine, VatLine, VatStatement
from tests.builders import make_item

JUNE = date(2026, 6, 1)


def relief(**values: Any) -> Relief:
    """Taken of 10.00 of an item over 100.00."""
    item = values.pop("item", None) or make_item()
    fields = {"creditor_id": item.creditor_id, "customer_id": item.customer_id, "kind": "taken", "period": JUNE, "part": Decimal(10)}
    return Relief.objects.create(item=item, **{**fields, "currency": "PLN", "recorded_at": timezone.now(), **values})


def given_back(of: Relief, **values: Any) -> Relief:
    return relief(item=of.item, kind="given_back", of=of, paid_on=JUNE, **values)


def relief_line(**values: Any) -> ReliefLine:
    return ReliefLine.objects.create(**{"relief": values.pop("relief", None) or relief(), **_line(values)})


def vat_line(**values: Any) -> VatLine:
    statement = values.pop("statement", None)
    if statement is None:
        invoice = make_item().invoice
        statement = VatStatement.objects.create(creditor=invoice.creditor, invoice=invoice, recorded_at=timezone.now())
    return VatLine.objects.create(statement=statement, **_line(values))


def _line(values: dict[str, Any]) -> dict[str, Any]:
    return {"rate_percent": Decimal(23), "net": Decimal(10), "vat": Decimal("2.30"), "currency": "PLN", **values}


def itself() -> None:
    last = Relief.objects.aggregate(last=models.Max("pk"))["last"] or 0
    relief(pk=last + 1000, reverses_id=last + 1000, reason="x")


BREAKS: dict[str, Callable[[], object]] = {
    "vat_rate_once_per_statement": lambda: vat_line(statement=vat_line().statement),
    "vat_rate_is_a_rate": lambda: vat_line(rate_percent=100),
    "vat_amounts_not_negative": lambda: vat_line(net=0),
    "vat_amounts_fit_currency": lambda: vat_line(net=Decimal("0.001")),
    "relief_part_positive": lambda: relief(part=0),
    "relief_part_fits_currency": lambda: relief(part=Decimal("0.001")),
    "relief_period_is_a_month": lambda: relief(period=date(2026, 6, 2)),
    "relief_given_back_names_what_was_taken": lambda: relief(kind="given_back"),
    "relief_contra_row_has_a_reason": lambda: relief(reverses=relief()),
    "relief_does_not_take_itself_back": itself,
    "relief_rate_once": lambda: relief_line(relief=relief_line().relief),
    "relief_amounts_not_negative": lambda: relief_line(vat=-1),
    "relief_amounts_fit_currency": lambda: relief_line(vat=Decimal("0.001")),
}
STOPS: list[Callable[[], object]] = [
    lambda: relief(part=Decimal("100.01")),
    lambda: relief(currency="EUR"),
    lambda: given_back(relief(), part=Decimal("10.01")),
    lambda: given_back(given_back(relief())),
    lambda: relief(reverses=relief(), reason="x"),
]
SAYS = "more than the item|crosses|more relief is given back|does not fit"
TABLES = ("invoices_vatstatement", "invoices_vatline", "invoices_relief", "invoices_reliefline")
