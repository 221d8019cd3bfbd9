"""Questions about invoices: a task for a person while one is open, and the ladder waits where the answer could change what is owed."""

from collections.abc import Collection
from datetime import date
from typing import Any

from dunning.actions.cases import wake
from dunning.actions.tasks import open_tasks_about, settle_tasks_about
from dunning.states import TaskKind
from invoices.models import Invoice, InvoiceQuestion
from receivables.accounts.models import User


def follow_questions(invoices: Collection[int], *, on: date, by: User | None = None) -> None:
    """Open a task for each invoice with an open question, close it where none is left, and wake its customer. Safe to run twice."""
    asked = set(InvoiceQuestion.objects.open().filter(invoice__in=invoices).values_list("invoice", flat=True))
    rows = list(Invoice.objects.filter(pk__in=invoices).values_list("pk", "customer", "creditor"))
    open_tasks_about([(customer, creditor, about_invoice(pk)) for pk, customer, creditor in rows if pk in asked], _KIND, on=on)
    over = {about_invoice(pk) for pk, _customer, _creditor in rows if pk not in asked}
    customers = sorted({customer for _pk, customer, _creditor in rows})
    settle_tasks_about(customers, over, on=on, result="answered", by=by)
    wake(customers, on=on)


_KIND = TaskKind.CHECK_INVOICE


def about_invoice(pk: int) -> str:
    """How the task about an invoice names it."""
    return f"invoice:{pk}"


def on_questions_changed(sender: Any, *, invoices: Collection[int], on: date, by: User | None, **_: Any) -> None:
    """Receiver of `invoices.questions_changed`."""
    follow_questions(invoices, on=on, by=by)
