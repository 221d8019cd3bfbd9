"""Rows of invoices that came as files, past the actions: what the database refuses of them."""

from collections.abc import Callable
from datetime import date

from django.utils import timezone

from invoices.models import Delivery, InvoicePaper, InvoiceQuestion, InvoiceSource, NotTaken, Profile, ProfileVersion, PullMark
from receivables.documents.actions import store
from tests.builders import make_creditor, make_customer, make_invoice
from tests.db.messaging.conftest import planned


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


def delivery(**values: object) -> Delivery:
    known = {"invoice": make_invoice(), "how": "by_hand", "on": date(2026, 3, 2), "recorded_at": timezone.now()}
    return Delivery.objects.create(**{**known, **values})


def paper(times: int = 1) -> None:
    invoice = make_invoice()
    document = store(invoice.creditor, kind="attachment", name="x.pdf", content=b"x", facts={}, now=timezone.now())
    for _ in range(times):
        InvoicePaper.objects.create(invoice=invoice, kind="order", document=document, attached_at=timezone.now())


BREAKS |= {
    "delivery_has_its_day": lambda: delivery(on=None),
    "delivery_override_says_why": lambda: delivery(how="override", on=None),
    "paper_attached_once": lambda: paper(2),
}


def not_taken(times: int = 1) -> None:
    creditor = make_creditor()
    document = store(creditor, kind="not_taken", name="x.xml", content=b"x", facts={}, now=timezone.now())
    for _ in range(times):
        NotTaken.objects.create(creditor=creditor, service="ksef", key="X", document=document, since=timezone.now())


def two_marks() -> None:
    creditor = make_creditor()
    for mark in ("a", "b"):
        PullMark.objects.create(creditor=creditor, service="ksef", mark=mark)


BREAKS |= {"one_pull_mark_per_service": two_marks, "not_taken_once_per_key": lambda: not_taken(2)}


def two_versions_of_a_number() -> None:
    profile = Profile.objects.create(creditor=make_creditor(), name="p", text="x")
    for _ in range(2):
        ProfileVersion.objects.create(profile=profile, number=1, text="x", at=timezone.now())


BREAKS |= {"profile_version_numbered_once": two_versions_of_a_number}


def mailed_twice() -> None:
    invoice = make_invoice()
    (message,) = planned(creditor=invoice.creditor)
    for _ in range(2):
        Delivery.objects.create(invoice=invoice, how="email", on=date(2026, 3, 2), message=message, recorded_at=timezone.now())


BREAKS |= {"a_mail_delivers_an_invoice_once": mailed_twice}

TABLES = frozenset({"invoices_delivery", "invoices_invoicepaper"})
