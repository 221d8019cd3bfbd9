"""Questions about invoices, and their answers. Whoever listens holds the ladder and tells people, in the same transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from invoices.actions.checks import short_line
from invoices.actions.drafts import issue_draft
from invoices.actions.rows import locked_customer
from invoices.intake.parsed import Asked, Paid, Question
from invoices.ledger import Instalment
from invoices.models import Invoice, InvoiceQuestion, Item
from invoices.signals import questions_changed
from invoices.states import InvoiceState
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

BY_ITSELF = "settled by itself"
"""The answer to what nobody had to answer."""


def ask(invoice: Invoice, asked: Iterable[Asked], *, on: date, by: User | None = None) -> list[InvoiceQuestion]:
    """Store questions about an invoice. Asked again, nothing happens."""
    return ask_all({invoice.pk: list(asked)}, on=on, by=by)


def ask_all(asked: Mapping[int, Collection[Asked]], *, on: date, by: User | None = None) -> list[InvoiceQuestion]:
    """Store questions about many invoices, by their ids, not with a query for each. Asked again, nothing happens."""
    rows = [_row(invoice, one, on=on) for invoice, some in asked.items() for one in some]
    if rows:
        InvoiceQuestion.objects.bulk_create(rows, ignore_conflicts=True)
        questions_changed.send(sender=None, invoices=frozenset(row.invoice_id for row in rows), on=on, by=by)
    return rows


def _row(invoice: int, one: Asked, *, on: date) -> InvoiceQuestion:
    return InvoiceQuestion(
        invoice_id=invoice,
        question=one.question,
        place=one.place[:300],
        said=one.said[:300],
        stops=one.question.stops_the_ladder,
        asked_on=on,
    )


@transaction.atomic
def answer_question(question: InvoiceQuestion, *, answer: str, on: date, by: User | None = None) -> InvoiceQuestion:
    """A person has looked, and says in words what is so. Raises `Refused` where it was answered, or a draft waits for its due dates."""
    locked_customer(question.invoice.customer_id)
    question = InvoiceQuestion.objects.select_related("invoice__creditor").get(pk=question.pk)
    if question.answered_on:
        raise Refused(gettext_noop("This question was answered already."))
    if Question(question.question).makes_a_draft and question.invoice.state == InvoiceState.DRAFT:
        raise Refused(gettext_noop("Say first what is owed by which day: the invoice waits as a draft until then."))
    _close([question], answer=answer, on=on, by=by)
    return question


@transaction.atomic
def settle_due_dates(invoice: Invoice, *, instalments: Sequence[tuple[date, Decimal]], on: date, by: User | None = None) -> Invoice:
    """A person says what is owed by which day: the draft is issued, and what its file says was paid is booked on it. Less than all of it is
    owed only where the buyer had paid more than was asked. Raises `Refused` for any other amount.
    """
    from invoices.actions.papers.writing import book_payments  # noqa: PLC0415 - it asks questions itself

    parts = [Instalment(*part) for part in instalments]
    is_overpaid = invoice.questions.open().filter(question=Question.OVERPAID).exists()
    fits = len(parts) == 1 and (parts[0].amount == invoice.gross or (is_overpaid and parts[0].amount < invoice.gross))
    one = parts[0] if fits else None  # several, and one that does not fit, must add up
    issued = issue_draft(
        invoice, due_on=one.due_on if one else None, instalments=() if one else parts, gross=one.amount if one else None, by=by
    )
    source = getattr(invoice, "source_file", None)
    said = [Paid(Decimal(amount), day and date.fromisoformat(day)) for amount, day in source.facts.get("paid", [])] if source else []
    book_payments(issued, said, form=issued.source, already=Decimal(0), on=on, by=by)
    waiting = [row for row in issued.questions.open() if Question(row.question).makes_a_draft]
    told = ", ".join(f"{part.due_on} {part.amount}" for part in parts)
    _close(waiting, answer=told, on=on, by=by)
    return issued


def close_questions(invoice: Invoice, question: Question, *, answer: str, on: date, by: User | None = None) -> None:
    """End a question that another file has answered. Without one that is open, nothing happens."""
    waiting = list(invoice.questions.open().filter(question=question).select_related("invoice__creditor"))
    if waiting:
        _close(waiting, answer=answer, on=on, by=by)


def end_questions(invoices: Collection[int], *, on: date) -> None:
    """Nobody has to answer what is asked about an invoice that was paid, credited or withdrawn meanwhile."""
    items = Item.objects.filter(invoice=OuterRef("invoice"))
    is_over = Q(invoice__state=InvoiceState.CANCELLED) | Q(Exists(items), ~Exists(items.filter(open_amount__gt=0)))
    settled = InvoiceQuestion.objects.open().filter(is_over, invoice__in=invoices)
    asked = list(settled.values_list("pk", "invoice")) if invoices else []
    if asked:
        InvoiceQuestion.objects.filter(pk__in=[pk for pk, _invoice in asked]).update(answered_on=on, answer=BY_ITSELF)
        questions_changed.send(sender=None, invoices=frozenset(invoice for _pk, invoice in asked), on=on, by=None)


def _close(questions: Sequence[InvoiceQuestion], *, answer: str, on: date, by: User | None) -> None:
    words = short_line(answer, longest=300, what=gettext_noop("The answer"))
    for question in questions:
        question.answered_on, question.answered_by, question.answer = on, by, words
        question.save(update_fields=["answered_on", "answered_by", "answer"])
        record(question.invoice.creditor, "question_answered", question.invoice, by=by, question=question.question, answer=words)
    questions_changed.send(sender=None, invoices=frozenset({question.invoice_id for question in questions}), on=on, by=by)
