"""Rows of customers' moves, and what the database refuses of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from invoices.models import Customer, CustomerMove
from tests.builders import PAID, make_customer

TABLES = {"invoices_customermove"}


def move(**values: Any) -> CustomerMove:
    """One customer merged into another, as a row alone."""
    target = make_customer()
    fields = {"creditor": target.creditor, "source": make_customer(target.creditor), "target": target, "kind": "merge", "reason": "twice"}
    return CustomerMove.objects.create(**{**fields, "on": PAID, "at": datetime(2026, 3, 20, tzinfo=UTC), **values})


def to_itself() -> None:
    customer = make_customer()
    move(creditor=customer.creditor, source=customer, target=customer)


def merged_into_itself() -> None:
    customer = make_customer()
    Customer.objects.filter(pk=customer.pk).update(merged_into=customer)


def over_companies() -> None:
    move(source=make_customer())


BREAKS: dict[str, Callable[[], object]] = {
    "customer_is_not_merged_into_itself": merged_into_itself,
    "customer_move_is_to_another": to_itself,
    "customer_move_says_why": lambda: move(reason=""),
    "undo_names_its_move": lambda: move(kind="undo"),
}
STOPS: dict[str, list[Callable[[], object]]] = {"customer_move_is_stamped": [over_companies]}
SAYS = {"customer_move_is_stamped": "crosses companies"}
