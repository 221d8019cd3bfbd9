"""Complaints: what they concern is held until somebody has answered, and the day for the answer is watched."""

from datetime import date

from django.db import transaction

from dunning.actions.cases import wake
from dunning.actions.courtesy import give_answer
from dunning.actions.holds import locked
from dunning.actions.tasks import open_task, settle_tasks
from dunning.facts import rules_of
from dunning.models import Complaint
from dunning.states import ComplaintAbout, ComplaintOutcome, CourtesyKind, TaskKind
from invoices.models import Customer, Invoice
from invoices.states import Kind
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.clocks import alerts_of, answer_due


@transaction.atomic
def record_complaint(
    target: Customer | Invoice,
    *,
    about: ComplaintAbout,
    text: str,
    received_on: date,
    on: date,
    owner: User | None = None,
    by: User | None = None,
) -> Complaint:
    """Hold an invoice, or all of a customer, until `answer_complaint`; the country says by when this kind of customer is answered."""
    invoice = target if isinstance(target, Invoice) else None
    customer = locked(invoice.customer_id if invoice else target.pk)
    if received_on > on:
        raise Refused(gettext_noop("A complaint cannot have come in the future (%(received_on)s)."), received_on=received_on)
    if not text.strip():
        raise Refused(gettext_noop("Write down what the customer says."))
    complaint = Complaint.objects.create(
        creditor_id=customer.creditor_id,
        customer=customer,
        invoice=invoice,
        about=about,
        text=text.strip(),
        received_on=received_on,
        answer_by=answer_due(customer.country, received_on, is_consumer=Kind(customer.kind).is_protected),
        owner=owner,
        author=by,
    )
    wake([customer.pk], on=on)
    open_task(customer, TaskKind.COMPLAINT, on=on, about=named(complaint), due_on=complaint.answer_by)
    facts = {"customer": customer.pk, "invoice": invoice and invoice.pk, "about": str(about), "answer_by": complaint.answer_by}
    record(customer.creditor, "complaint_recorded", complaint, by=by, **facts)
    said = {"received_on": received_on.isoformat(), "answer_on": complaint.answer_by.isoformat()}
    give_answer(customer, CourtesyKind.COMPLAINT_RECEIVED, about=named(complaint), said={**said, **_of_invoice(invoice)}, on=on)
    return complaint


@transaction.atomic
def answer_complaint(complaint: Complaint, *, outcome: ComplaintOutcome, answer: str, on: date, by: User | None = None) -> Complaint:
    """Say what the customer was told; the hold ends. Money is credited by a credit note of its own."""
    locked(complaint.customer_id)
    complaint = Complaint.objects.select_related("customer__creditor", "creditor", "invoice").get(pk=complaint.pk)
    if complaint.answered_on is not None:
        raise Refused(gettext_noop("This complaint is answered already."))
    if not answer.strip():
        raise Refused(gettext_noop("Write down the answer that the customer gets."))
    if on < complaint.received_on:
        raise Refused(gettext_noop("An answer cannot be older than the complaint."))
    complaint.answered_on, complaint.answered_by, complaint.answer, complaint.outcome = on, by, answer.strip(), outcome
    complaint.save(update_fields=["answered_on", "answered_by", "answer", "outcome"])
    for about in (named(complaint), *(f"{named(complaint)}:{n}" for n in range(1, complaint.alerts + 1))):
        settle_tasks(complaint.customer, about, on=on, result="the complaint is answered", by=by)
    wake([complaint.customer_id], on=on)
    record(complaint.creditor, "complaint_answered", complaint, by=by, customer=complaint.customer_id, outcome=str(outcome))
    said = {"received_on": complaint.received_on.isoformat(), "outcome": str(outcome), "answer": complaint.answer}
    said |= _of_invoice(complaint.invoice)
    give_answer(complaint.customer, CourtesyKind.COMPLAINT_DECIDED, about=named(complaint), said=said, on=on)
    return complaint


def _of_invoice(invoice: Invoice | None) -> dict[str, str]:
    return {"labels": invoice.number if invoice else ""}


def named(complaint: Complaint) -> str:
    """How its tasks name it."""
    return f"complaint:{complaint.pk}"


def alert_complaints(creditor: Creditor, *, on: date) -> int:
    """Open a task for each complaint whose next alert has come; returns how many. Safe to run twice."""
    waiting = list(Complaint.objects.filter(creditor=creditor, answered_on=None).order_by("pk"))
    if not waiting:
        return 0
    calendar = rules_of(creditor).calendar
    due = {one.pk: sum(day <= on for day in alerts_of(one.received_on, calendar)) for one in waiting}
    return sum(_alert(one, due[one.pk], on=on) for one in waiting if due[one.pk] > one.alerts)


@transaction.atomic
def _alert(complaint: Complaint, number: int, *, on: date) -> bool:
    customer = locked(complaint.customer_id)
    told = Complaint.objects.filter(pk=complaint.pk, answered_on=None, alerts__lt=number).update(alerts=number)
    if told:
        open_task(customer, TaskKind.COMPLAINT_ALERT, on=on, about=f"{named(complaint)}:{number}", due_on=complaint.answer_by)
        record(customer.creditor, "complaint_alert", complaint, customer=customer.pk, alert=number, answer_by=complaint.answer_by)
    return bool(told)
