"""Two companies with one of everything, and people of every role: what the staff screens show."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from dunning import actions as process
from dunning.day import plan_day
from dunning.models import Hold, LadderRules, Notice, Policy, Run, Task
from dunning.states import NoticeState, TaskKind
from invoices import actions as books
from invoices.models import Customer, Invoice, Payment
from receivables.accounts.models import Creditor, Membership, Role, User
from receivables.documents.models import Document
from receivables.messaging.models import Message
from tests.builders import make_creditor, make_customer, make_invoice, make_user, pay

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
OTHER_LETTERS = "Zażółć Gęślą Jaźń sp. z o.o."
ATTACK = "<script>alert('x')</script>"


@dataclass(slots=True)
class Company:
    """A company with one of everything."""

    creditor: Creditor
    customer: Customer
    invoice: Invoice  # overdue, disputed in part, with a document
    payment: Payment  # with money left
    hold: Hold
    task: Task
    run: Run
    proposed: Notice
    released: Notice
    message: Message  # with a page and a paper
    policy: Policy


@dataclass(slots=True)
class World:
    """Ours is the company that everybody here works for; nobody but `both` may see theirs."""

    ours: Company
    theirs: Company
    people: dict[str, User]

    def client(self, role: str) -> Client:
        """A browser in which that person is signed in; "" is nobody."""
        client = Client()
        if role:
            client.force_login(self.people[role])
        return client


def make_world() -> World:
    ours, theirs = make_company("nasza"), make_company("obca")
    people = {str(role): make_user(str(role), role=role, creditor=ours.creditor) for role in Role}
    people["both"] = make_user("both", role=Role.MANAGER, creditor=ours.creditor)
    Membership.objects.create(user=people["both"], creditor=theirs.creditor, role=Role.VIEWER)
    people["nobody"] = make_user("nobody")
    return World(ours, theirs, people)


def make_company(slug: str) -> Company:
    creditor = make_creditor(slug, bank_account="PL61109010140000071219812874")
    process.begin(creditor, now=NOW)
    LadderRules.objects.filter(creditor=creditor).update(first_run_waits=False)
    author = make_user(f"{slug}-author")
    customer = make_customer(creditor, name=OTHER_LETTERS, number=f"{slug}-1")
    released = first_message(creditor, author)
    invoice = make_invoice(customer, "500.00", number=f"{slug}/1", issued_on=TODAY - 60 * DAY, due_on=TODAY - 40 * DAY)
    walked(invoice, to="second", position=3)
    books.dispute(invoice, on=TODAY - 5 * DAY, amount=Decimal(100), reason="Za drogo", by=author)
    Invoice.objects.filter(pk=invoice.pk).update(document=make_paper(creditor, "faktura.pdf"))
    payment = pay(make_customer(creditor, number=f"{slug}-2"), "75.00", booked_on=TODAY - DAY, title="przelew")
    run = plan_day(creditor, on=TODAY, now=NOW, by=author)
    return Company(
        creditor=creditor,
        customer=customer,
        invoice=Invoice.objects.get(pk=invoice.pk),
        payment=payment,
        hold=process.hold(payment.customer, on=TODAY, reason="Rozmowy", by=author),
        task=Task.objects.create(creditor=creditor, customer=customer, kind=TaskKind.REVIEW, opened_on=TODAY),
        run=run,
        proposed=run.notices.get(state=NoticeState.PROPOSED),
        released=released,
        message=released.message,  # type: ignore[arg-type]
        policy=creditor.policy_set.order_by("pk")[0],
    )


def first_message(creditor: Creditor, author: User) -> Notice:
    """A reminder that a run of last Friday released, as if it had been captured."""
    customer = make_customer(creditor)
    make_invoice(customer, "80.00", issued_on=TODAY - 10 * DAY, due_on=TODAY)
    run = plan_day(creditor, on=TODAY - 3 * DAY, now=NOW - 3 * DAY, by=author)
    notice = run.notices.get(state=NoticeState.RELEASED)
    Message.objects.filter(pk=notice.message_id).update(
        subject="Przypomnienie", text=f"Prosimy o wpłatę {ATTACK}", html=f"<p>Prosimy {ATTACK}</p>", document=make_paper(creditor, "w.pdf")
    )
    return Notice.objects.select_related("message").get(pk=notice.pk)


def walked(invoice: Invoice, *, to: str, position: int) -> None:
    """Its case has taken the steps up to this one, three weeks ago."""
    invoice.items.get().case.__class__.objects.filter(item__invoice=invoice).update(
        step=to, position=position, completed_on=TODAY - 21 * DAY, look_again_on=TODAY
    )


def make_paper(creditor: Creditor, name: str) -> Document:
    return Document.objects.create(creditor=creditor, kind="invoice", name=name, content=b"%PDF-1.7", sha256="0" * 64, created_at=NOW)


def more_rows(company: Company, number: int) -> None:
    """More of everything that lists show."""
    for n in range(number):
        customer = make_customer(company.creditor, name=f"Klient {n}")
        make_invoice(customer, "60.00", issued_on=TODAY - 50 * DAY, due_on=TODAY - 30 * DAY)
        invoice = make_invoice(customer, "70.00", issued_on=TODAY - 50 * DAY, due_on=TODAY - 25 * DAY)
        walked(invoice, to="second", position=3)
        pay(customer, "10.00", booked_on=TODAY - DAY)
        process.hold(customer, on=TODAY, until=TODAY, by=None)
        Task.objects.create(creditor=company.creditor, customer=customer, kind=TaskKind.BAD_CONTACT, opened_on=TODAY)
    Hold.objects.filter(customer__name__startswith="Klient").update(released_on=TODAY)
    plan_day(company.creditor, on=TODAY, now=NOW)


def more_of_customer(company: Company, number: int) -> None:
    """More of everything that the page of a customer and of an invoice shows."""
    customer = company.customer
    for n in range(number):
        make_invoice(customer, "60.00", issued_on=TODAY - 50 * DAY, due_on=TODAY - (30 + n) * DAY)
        books.record_payment(customer, amount=Decimal(1), booked_on=TODAY, invoices=[company.invoice])
        Task.objects.create(creditor=company.creditor, customer=customer, kind=TaskKind.CALL, step=str(n), opened_on=TODAY)
        process.hold(customer, on=TODAY, until=TODAY + DAY)
    process.release_hold(customer, on=TODAY)
    for _ in range(2):
        process.hold(customer, on=TODAY, until=TODAY + DAY)


def of(company: Company) -> dict[str, Any]:
    """The id that each address takes for this company's object."""
    return {
        "task_close": company.task.pk,
        "customer": company.customer.pk,
        "customer_hold": company.customer.pk,
        "customer_contact": company.customer.pk,
        "customer_agency": company.customer.pk,
        "customer_payment": company.customer.pk,
        "hold_release": company.hold.pk,
        "invoice": company.invoice.pk,
        "invoice_document": company.invoice.pk,
        "invoice_dispute": company.invoice.pk,
        "dispute_resolve": company.invoice.pk,
        "invoice_write_off": company.invoice.pk,
        "payment": company.payment.pk,
        "payment_allocate": company.payment.pk,
        "payment_reverse": company.payment.pk,
        "run": company.run.pk,
        "run_answer": company.run.pk,
        "notice": company.proposed.pk,
        "notice_edit": company.proposed.pk,
        "message": company.message.pk,
        "message_html": company.message.pk,
        "message_document": company.message.pk,
        "policy": company.policy.pk,
    }
