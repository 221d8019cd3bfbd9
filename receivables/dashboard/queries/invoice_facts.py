"""What is known of an invoice besides its money: what is asked about it, how it was delivered, which papers belong to it."""

from dataclasses import dataclass

from invoices.intake.parsed import Question
from invoices.models import Delivery, Invoice, InvoicePaper, InvoiceQuestion


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """A question; `is_of_dates`: it ends when a person says what is owed by which day."""

    row: InvoiceQuestion
    is_of_dates: bool


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    asked: list[QuestionShown]
    answered: list[InvoiceQuestion]
    deliveries: list[Delivery]
    papers: list[InvoicePaper]


def invoice_facts(invoice: Invoice) -> InvoiceFacts:
    """All of them, the newest first. Three queries."""
    questions = list(invoice.questions.select_related("answered_by").order_by("pk"))
    is_draft = invoice.state == "draft"
    return InvoiceFacts(
        asked=[QuestionShown(row, is_draft and Question(row.question).makes_a_draft) for row in questions if row.answered_on is None],
        answered=[row for row in questions if row.answered_on],
        deliveries=list(invoice.deliveries.select_related("recorded_by").order_by("-pk")),
        papers=list(invoice.papers.select_related("document", "attached_by").defer("document__content").order_by("-pk")),
    )
