"""Questions about invoices: a task for a person while one is open, and the ladder waits where the answer could change what is owed."""

from collections.abc import Collection
from datetime import date
from typing import Any

from dunning.actions.cases import wake
from dunning.actions.tasks import open_task, settle_tasks
from dunning.models import Task
from dunning.states import TaskKind
from invoices.actions.papers import answer_question
from invoices.models import Invoice, InvoiceQuestion
from receivables.accounts.models import User


def follow_questions(invoices: Collection[int], *, on: date, by: User | None = None) -> None:
    """Open a task for each invoice with an open question, close it where none is left, and wake its customer. Safe to run twice."""
    asked = set(InvoiceQuestion.objects.open().filter(invoice__in=invoices).values_list("invoice", flat=True))
    rows = list(Invoice.objects.filter(pk__in=invoices).select_related("customer"))
    for invoice in rows:
        if invoice.pk in asked:
            open_task(invoice.customer, TaskKind.CHECK_INVOICE, on=on, about=about_invoice(invoice.pk))
        else:
            settle_tasks(invoice.customer, about_invoice(invoice.pk), on=on, result="answered", by=by)
    wake(sorted({invoice.customer_id for invoice in rows}), on=on)


def about_invoice(pk: int) -> str:
    """How the task about an invoice names it."""
    return f"invoice:{pk}"


def answer_all(task: Task, *, answer: str, on: date, by: User | None = None) -> int:
    """Close the task of an invoice: what stands in `answer` is the answer to each of its open questions. Returns how many there were."""
    asked = list(InvoiceQuestion.objects.open().filter(invoice=int(task.about.partition(":")[2])).select_related("invoice"))
    for question in asked:
        answer_question(question, answer=answer, on=on, by=by)
    return len(asked)


def on_questions_changed(sender: Any, *, invoices: Collection[int], on: date, by: User | None, **_: Any) -> None:
    """Receiver of `invoices.questions_changed`."""
    follow_questions(invoices, on=on, by=by)
