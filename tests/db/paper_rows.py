"""Rows of invoices that came as files, past the actions: what the database refuses of them."""

from collections.abc import Callable
from datetime import date

from django.utils import timezone

from invoices.models import InvoiceQuestion, InvoiceSource
from tests.builders import make_creditor, make_customer, make_invoice


def two_of_a_ksef_number() -> None:
    customer = make_customer(make_creditor())
    for number in ("A", "B"):
        invoice = make_invoice(customer, number=number)
        InvoiceSource.objects.create(invoice=invoice, creditor=customer.creditor, form="ksef_fa3", ksef_number="X", at=timezone.now())


def question(**values: object) -> InvoiceQuestion:
    invoice = InvoiceQuestion.objects.first()
    known = {"invoice": invoice.invoice if invoice else make_invoice(), "question": "factor", "stops": True, "asked_on": date(2026, 3, 1)}
    return InvoiceQuestion.objects.create(**{**known, **values})


def the_same_question_twice() -> None:
    question()
    question()


BREAKS: dict[str, Callable[[], object]] = {
    "ksef_number_once_per_company": two_of_a_ksef_number,
    "question_asked_once_per_place": the_same_question_twice,
    "question_answered_in_words": lambda: question(answered_on=date(2026, 3, 2)),
}
