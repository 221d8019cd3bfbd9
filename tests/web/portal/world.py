"""Two companies and their customers, seen through the portal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from dunning.actions import begin, hold, set_offers
from dunning.models import BalanceCampaign, BalanceRequest, Notice, PolicyVersion, Run, Written
from invoices.models import Contact, Customer, Invoice
from invoices.states import Kind
from receivables.accounts.models import Creditor
from receivables.documents.models import Document
from receivables.messaging.models import Message
from tests.builders import credit, dispute, make_creditor, make_customer, make_invoice, parts, pay

ACCOUNT = "PL61109010140000071219812874"
PDF = b"%PDF-1.7\n% a paper\n%%EOF\n"


@dataclass
class World:
    """`mine` is who signs in; everything of `theirs` is another customer's, everything of `foreign` another company's."""

    on: date
    mine: Customer
    theirs: Customer
    foreign: Customer

    @property
    def email(self) -> str:
        return self.contact.email

    @property
    def contact(self) -> Contact:
        return self.mine.contacts.get()


def make_world(on: date) -> World:
    """A customer in every plight, and two others with a little of everything."""
    shop = make_company("sklep-zolw", "Sklep Żółw sp. z o.o.", on)
    other = make_company("hurtownia", "Hurtownia Gęś S.A.", on)
    mine = make_customer(shop, name="Zażółć Gęślą Jaźń sp. j.", kind=Kind.BUSINESS, email="ksiegowosc@example.com", number="K-0001")
    in_every_plight(mine, on)
    theirs = make_customer(shop, name="Anna Nowak", kind=Kind.CONSUMER, email="anna@example.com")
    foreign = make_customer(other, name="Zażółć Gęślą Jaźń sp. j.", email="biuro@example.com")
    for customer in (theirs, foreign):
        a_little_of_everything(customer, on)
    for customer in (mine, theirs, foreign):
        asked_to_confirm(customer, on, "1730.50")
    return World(on, mine, theirs, foreign)


def make_company(slug: str, name: str, on: date) -> Creditor:
    creditor = make_creditor(
        slug,
        name=name,
        street="Żabia 7",
        postcode="00-001",
        city="Warszawa",
        tax_id="5265877635",
        email=f"faktury@{slug}.example",
        phone="+48 22 000 00 00",
        bank_account=ACCOUNT,
        bank_name="Bank Przykładowy",
    )
    begin(creditor, now=at_noon(on))
    for kind in (Kind.BUSINESS, Kind.CONSUMER):
        set_offers(creditor, kind, "PLN", now=at_noon(on), most_sum=Decimal(5000), instalments=3, deferral_days=30)
    return creditor


def in_every_plight(customer: Customer, on: date) -> None:
    """Overdue, partly paid, disputed, held, in euro, in instalments, not due, paid, credited, and money not assigned."""

    def issued(days: int, gross: str, **fields: object) -> Invoice:
        due_on = on + timedelta(days=days)
        return make_invoice(customer, gross, issued_on=min(due_on - timedelta(days=14), on), due_on=due_on, **fields)

    issued(-40, "1230.00", number="FV/2026/09/0117")
    pay(customer, "430.00", issued(-25, "930.50", number="FV/2026/10/0031"), booked_on=on - timedelta(days=5))
    dispute(issued(-12, "410.00", number="FV/2026/10/0058"), "110.00", on=on)
    dispute(issued(-11, "99.00", number="FV/2026/10/0060"), on=on)
    hold(
        issued(-4, "250.00", number="FV/2026/11/0002").items.get(),
        on=on,
        until=on + timedelta(days=9),
        reason="internal: friend of the boss",
    )
    issued(-3, "120.00", number="FV/2026/11/0005/EUR", currency="EUR")
    issued(0, "75.00", number="FV/2026/11/0010")
    issued(9, "2460.00", number="FV/2026/11/0015")
    schedule = parts("100.00", "100.00", "100.00", first_due=on + timedelta(days=20))
    make_invoice(customer, "300.00", issued_on=on, instalments=schedule, number="FV/2026/11/0016")
    paid = issued(-30, "615.00", number="FV/2026/10/0020")
    pay(customer, "615.00", paid, booked_on=on - timedelta(days=20))
    credit(customer, "50.00", issued(-20, "50.00", number="FV/2026/10/0044"), issued_on=on - timedelta(days=9))
    with_paper(paid)
    letter_to(customer, on - timedelta(days=15), "reminder", "email", "930.50")
    letter_to(customer, on - timedelta(days=8), "demand", "letter", "1730.50", number="W/2026/0004")


def a_little_of_everything(customer: Customer, on: date) -> None:
    with_paper(make_invoice(customer, "333.33", issued_on=on - timedelta(days=30), due_on=on - timedelta(days=16)))
    pay(customer, "12.34", booked_on=on - timedelta(days=2))
    letter_to(customer, on - timedelta(days=3), "demand", "letter", "333.33", number=f"W/2026/1{customer.pk:03}")


def with_paper(invoice: Invoice) -> Invoice:
    """Give an invoice its PDF."""
    invoice.document = paper_of(invoice.creditor, kind="invoice", name=f"{invoice.number}.pdf")
    invoice.save(update_fields=["document"])
    return invoice


def paper_of(creditor: Creditor, *, kind: str, name: str, number: str = "", media_type: str = "application/pdf") -> Document:
    content = PDF + name.encode()
    return Document.objects.create(
        creditor=creditor, kind=kind, number=number, name=name, media_type=media_type, content=content,
        sha256=sha256(content).hexdigest(), created_at=datetime.now(UTC),
    )  # fmt: skip


def letter_to(customer: Customer, on: date, template: str, channel: str, asks: str, *, number: str = "", state: str = "accepted") -> Notice:
    """A message of the ladder that arrived, with a paper where it has a number."""
    creditor = customer.creditor
    document = paper_of(creditor, kind=template, number=number, name=f"{number.replace('/', '-')}.pdf") if number else None
    key = sha256(f"{customer.pk} {on} {template} {channel} {state} {number}".encode()).hexdigest()
    message = Message.objects.create(
        creditor=creditor, key=key, purpose="dunning", channel=channel, recipient="x@example.com", language="pl",
        template=template, facts={},
        facts_digest="", state=state, not_before=at_noon(on), message_id=f"<{key}@example.com>", created_at=at_noon(on), document=document,
        captured=True,
    )  # fmt: skip
    return Notice.objects.create(
        run=Run.objects.create(creditor=creditor, on=on, started_at=at_noon(on)), creditor=creditor, customer=customer,
        version=PolicyVersion.objects.filter(policy__creditor=creditor).first(), step=template, position=2, channel=channel, currency="PLN",
        is_overdue=True, approval=False, state="released", on=on, principal=Decimal(asks), message=message,
    )  # fmt: skip


def asked_to_confirm(customer: Customer, on: date, balance: str) -> BalanceRequest:
    """A balance of an open campaign whose paper has arrived."""
    days = {"as_of_on": on - timedelta(days=9), "year_ends_on": on + timedelta(days=30), "opened_on": on - timedelta(days=5)}
    campaign, _made = BalanceCampaign.objects.get_or_create(creditor=customer.creditor, deadline_on=on + timedelta(days=9), **days)
    paper = paper_of(customer.creditor, kind="balance_confirmation", number=f"PS/2026/{customer.pk:04}", name="PS.pdf")
    key = sha256(f"balance {customer.pk}".encode()).hexdigest()
    message = Message.objects.create(
        creditor=customer.creditor, key=key, purpose="written", channel="letter", recipient="x", language="pl", template="paper_balance",
        facts={"is_paper": True}, facts_digest="", state="accepted", not_before=at_noon(on), message_id=f"<{key}@example.com>",
        created_at=at_noon(on), document=paper, captured=True,
    )  # fmt: skip
    written = Written.objects.create(
        creditor=customer.creditor, customer=customer, message=message, form=uuid4(), kind="paper", paper=paper, written_at=at_noon(on)
    )
    return BalanceRequest.objects.create(
        creditor=customer.creditor, campaign=campaign, customer=customer, currency="PLN", balance=Decimal(balance), written=written
    )


def at_noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 11, tzinfo=UTC)
