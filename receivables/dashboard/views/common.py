"""What most views need."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext

from dunning import tasks
from invoices.models import Customer, Invoice, Item
from receivables import clock
from receivables.accounts.models import User
from receivables.dashboard.access import StaffRequest

SETTLED_TOO = "all"


def today(request: StaffRequest) -> date:
    """The business day of the company."""
    return clock.today(request.creditor.time_zone)


def to(name: str, *parts: Any) -> str:
    """The address of a screen."""
    return reverse(f"dashboard:{name}", args=parts)


def open_items(customer: Customer) -> Any:
    """What the customer owes, oldest first, to choose from."""
    return Item.objects.open().filter(customer=customer).order_by("due_on", "pk")


def owed_invoices(customer: Customer) -> Any:
    """Invoices with something open, oldest first, to choose from."""
    owed = Item.objects.open().filter(customer=customer).values("invoice")
    return Invoice.objects.filter(pk__in=owed).order_by("issued_on", "pk")


def staff(request: StaffRequest) -> Any:
    """People of the company, to choose an owner from."""
    return User.objects.filter(memberships__creditor=request.creditor, is_active=True).order_by("username")


def wake_delivery() -> None:
    """There is something to deliver; the worker does it."""
    tasks.wake_delivery()


def items_words(count: int) -> str:
    """1 item, 5 items."""
    return ngettext("%(n)d item", "%(n)d items", count) % {"n": count}


def customers_words(count: int) -> str:
    """1 customer, 5 customers."""
    return ngettext("%(n)d customer", "%(n)d customers", count) % {"n": count}


def head(label: Any, kind: str = "", **more: str) -> dict[str, Any]:
    """A column of components/_table.html."""
    return {"label": label, "kind": kind, **more}
