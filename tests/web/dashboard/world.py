"""Two companies with one of everything, and people of every role: what the staff screens show."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from typing import Any
from unittest.mock import patch

from django.test import Client
from pypdf import PdfWriter

from dunning import actions as process
from dunning.day import plan_day
from dunning.models import (
    Agency,
    AgencyDelivery,
    AgencyReportFile,
    Agreement,
    AwaitedCredit,
    BalanceRequest,
    Commission,
    CommissionRate,
    Complaint,
    Hold,
    LadderRules,
    LimitationEvent,
    Notice,
    PackageCall,
    PlacedItem,
    Placement,
    Policy,
    RegisterEntry,
    RegisterWarning,
    Reply,
    Run,
    StopFact,
    Task,
    WarningSign,
)
from dunning.states import (
    AwaitedKind,
    ComplaintAbout,
    LimitationKind,
    NoticeState,
    ProofKind,
    SignKind,
    StopKind,
    TaskKind,
    WarningWay,
    WhyUnpaid,
)
from invoices import actions as books
from invoices.actions.bank import import_statement
from invoices.actions.settlements import import_settlement
from invoices.models import (
    BankLine,
    BankStatement,
    Claim,
    CreditEntry,
    Customer,
    CustomerMove,
    Invoice,
    InvoicePaper,
    InvoiceQuestion,
    NotTaken,
    Payment,
    PayoutPartner,
    Prepayment,
    Relief,
    SettlementReport,
    SisterMoney,
    SparedCustomer,
    StatementArrival,
)
from invoices.states import ClaimKind, Delivered
from invoices.vat import Taxed
from receivables.accounts.models import Creditor, Membership, Role, User
from receivables.countries.taxes import TaxRelief
from receivables.documents.actions import store
from receivables.documents.models import Document
from receivables.messaging import actions as messaging
from receivables.messaging.inbound.taking import take_mail
from receivables.messaging.models import Brake, Enclosure, Message, PostBatch, Suppression, TrialAddress
from receivables.messaging.outbox import NewMessage, plan
from receivables.messaging.post import closing
from receivables.messaging.post.posting import note_numbers
from receivables.texts.models import CompanyText
from tests.builders import make_creditor, make_customer, make_invoice, make_user, pay
from tests.web.dashboard.campaign_rows import a_balance, another
from tests.web.dashboard.court_rows import CourtRows, court_rows

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
OTHER_LETTERS = "Zażółć Gęślą Jaźń sp. z o.o."


def _a_pdf() -> bytes:
    writer, file = PdfWriter(), BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(file)
    return file.getvalue()


A_PDF = _a_pdf()
ATTACK = "<script>alert('x')</script>"


@dataclass(slots=True)
class Company:
    """A company with one of everything."""

    creditor: Creditor
    customer: Customer
    invoice: Invoice  # overdue, disputed in part, with a document
    payment: Payment  # with money left
    note: Invoice  # a credit note, with something left of it
    refund: CreditEntry  # of a part of it
    prepayment: Prepayment  # the payment waits for an order
    paper: Document  # made by hand
    balance: BalanceRequest  # of an open campaign, which differs, with part B
    pack: Document  # of evidence
    policy_paper: Document  # the payment policy
    hold: Hold
    sister: SisterMoney  # for a company of its own
    move: CustomerMove  # a merge of two others
    stop: StopFact  # of a customer of its own, with a document
    complaint: Complaint
    reply: Reply  # unread, about a message
    stranger: Reply  # of whom nobody knows whom it is about
    sign: WarningSign
    awaited: AwaitedCredit
    call: Task  # that waits
    task: Task
    run: Run
    proposed: Notice
    released: Notice
    message: Message  # with a page and a paper
    policy: Policy
    agreement: Agreement
    suit: LimitationEvent  # pending, about the one invoice
    warning: RegisterWarning  # with a paper
    entry: RegisterEntry  # and paid in part since
    relief: Relief  # taken for an invoice of March, and half of it paid since
    spared: SparedCustomer
    batch: PostBatch  # closed, with one letter and a paper
    claim: Claim
    dead: Suppression  # an address of its own
    brake: Brake  # that was released
    guest: TrialAddress  # of a trial that is over
    arrival: StatementArrival  # refused, and nobody has seen it
    report: SettlementReport  # held: one of its numbers is not known
    line: BankLine  # money in that waits, and something suggests itself
    held: BankStatement  # that does not balance
    question: InvoiceQuestion  # about the invoice; it stops nothing
    attached: InvoicePaper
    refused: NotTaken
    court: CourtRows
    mailed: PackageCall  # to an agency, with a password that nobody has seen
    at_agency: Commission  # of a hand-over that the agency has, with a package and a document about the agency


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


def a_letterhead(creditor: Creditor) -> None:
    """Published, and used by nothing that is released here."""
    logo = store(creditor, kind="logo", name="logo.png", content=b"PNG", media_type="image/png", facts={}, now=NOW)
    CompanyText.objects.create(
        creditor=creditor, place="letterhead", kind="letterhead", version=1, edition=1, parts={"logo": logo.sha256, "foot": "KRS 0000123456"},
        reason="nowe logo", published_at=NOW,
    )  # fmt: skip


def make_company(slug: str) -> Company:
    creditor = make_creditor(slug, bank_account="PL61109010140000071219812874")
    process.begin(creditor, now=NOW)
    add_rule_and_scenario(creditor)
    process.set_offers(creditor, "business", "PLN", now=NOW, most_sum=Decimal(5000), instalments=3, deferral_days=30)
    a_letterhead(creditor)
    LadderRules.objects.filter(creditor=creditor).update(first_run_waits=False, register="Biuro Przykładowe S.A., Gdańsk")
    author = make_user(f"{slug}-author")
    customer = make_customer(creditor, name=OTHER_LETTERS, number=f"{slug}-1")
    released, call = first_message(creditor, author), a_call(creditor)
    invoice = make_invoice(customer, "500.00", number=f"{slug}/1", issued_on=TODAY - 60 * DAY, due_on=TODAY - 40 * DAY)
    walked(invoice, to="second", position=3)
    books.dispute(invoice, on=TODAY - 5 * DAY, amount=Decimal(100), reason="Za drogo", by=author)
    Invoice.objects.filter(pk=invoice.pk).update(document=make_paper(creditor, "faktura.pdf"))
    payment = pay(make_customer(creditor, number=f"{slug}-2"), "75.00", booked_on=TODAY - DAY, title="przelew")
    note = books.issue_credit_note(
        make_customer(creditor, number=f"{slug}-7"), number=f"KOR/{slug}", amount=Decimal(30), issued_on=TODAY - DAY
    )
    run = plan_day(creditor, on=TODAY, now=NOW, by=author)
    return Company(
        creditor=creditor,
        customer=customer,
        invoice=Invoice.objects.get(pk=invoice.pk),
        payment=payment,
        note=note,
        refund=books.give_back(note, amount=Decimal(5), on=TODAY - DAY, reference=f"zwrot {ATTACK}", reason=ATTACK, by=author),
        prepayment=books.note_prepayment(payment, order_number=f"Z/7 {ATTACK}"[:100], on=TODAY, by=author),
        paper=a_paper(customer),
        balance=a_balance(payment.customer, make_paper(creditor, "b.pdf"), author, now=NOW, said=f"Brak wpłaty {ATTACK}"),
        pack=a_pack(customer),
        move=a_merge(creditor, author),
        policy_paper=store(creditor, kind="payment_policy", name="PP.pdf", number="PP/2025/0001", content=A_PDF, facts={}, now=NOW),
        sister=for_a_sister(creditor),
        hold=process.hold(payment.customer, on=TODAY, reason="Rozmowy", by=author),
        stop=a_stop(creditor, author),
        complaint=a_complaint(creditor, author),
        dead=Suppression.objects.create(creditor=creditor, channel="email", address="dead@example.com", reason="it bounced", since=NOW),
        reply=a_reply(creditor),
        stranger=a_strangers_mail(creditor),
        sign=process.note_sign(customer, kind=SignKind.LONGER_TERMS, on=TODAY, source=f"List {ATTACK}", today=TODAY, by=author),
        awaited=an_awaited_credit(creditor, author),
        call=call,
        task=Task.objects.create(creditor=creditor, customer=customer, kind=TaskKind.REVIEW, opened_on=TODAY),
        run=run,
        proposed=run.notices.get(state=NoticeState.PROPOSED),
        released=released,
        message=released.message,  # type: ignore[arg-type]
        policy=creditor.policy_set.order_by("pk")[0],
        agreement=first_agreement(creditor, author),
        suit=a_suit(invoice, author),
        relief=a_relief(creditor, author),
        warning=a_warning(creditor, author),
        entry=an_entry(creditor, author),
        spared=books.spare_customer(payment.customer, reason=f"Stały klient {ATTACK}", on=TODAY, by=author),
        batch=a_batch(creditor, author),
        line=a_line(creditor, author),
        report=a_report(creditor, author),
        arrival=StatementArrival.objects.create(
            creditor=creditor,
            way="mailbox",
            key=slug,
            name=f"Wyciąg {ATTACK}",
            sender="alerts@example.net",
            at=NOW,
            problems=[[ATTACK, ATTACK]],
        ),
        held=BankStatement.objects.get(creditor=creditor, is_held=True),
        question=a_question(invoice, author),
        refused=NotTaken.objects.create(
            creditor=creditor, service="ksef", key=f"{slug}-K", reasons=[ATTACK], document=make_paper(creditor, "ksef.xml"), since=NOW
        ),
        attached=books.attach_paper(
            invoice,
            kind="proof",
            name=f"WZ {slug}.pdf",
            content=b"%PDF-1.7 " + slug.encode(),
            media_type="application/pdf",
            now=NOW,
            by=author,
        ),
        claim=process.post_claimable(customer, kinds=[ClaimKind.INTEREST], on=TODAY - DAY, by=author)[0],
        brake=a_brake(creditor, author),
        court=court_rows(creditor, author, today=TODAY, paper=make_paper, said=ATTACK),
        guest=messaging.name_guest(creditor, "anna@example.com", by=author, now=NOW),
        mailed=a_mailed_package(creditor),
        at_agency=a_hand_over(creditor, author),
    )


def a_mailed_package(creditor: Creditor) -> PackageCall:
    """At an agency of former days that got its packages by mail, and has reported twice: once what could be taken, once not."""
    agency = Agency.objects.create(
        creditor=creditor, slug="agencja", name=f"Agencja {OTHER_LETTERS}"[:60], delivery="mail", is_active=False
    )
    AgencyDelivery.objects.create(agency=agency, address="sprawy@agencja.example.com", last_problem=ATTACK)
    CommissionRate.objects.create(agency=agency, percent=15)
    known = {"agency": agency, "content": b"", "at": NOW}
    AgencyReportFile.objects.create(**known, source="upload", name=f"raport {ATTACK}", sha256="1" * 64, taken=3)
    AgencyReportFile.objects.create(**known, source="sftp", name="raport.csv", sha256="2" * 64, problems=[f"line 2: {ATTACK}"])
    message = Message.objects.filter(creditor=creditor).order_by("pk")[0]
    account = f"mail:{agency.pk}"
    return PackageCall.objects.create(
        message=message, agency=agency, account=account, began_at=NOW, is_open=False, is_taken=True, password="abcde-fghjk-mnpqr-stuvw"
    )


def for_a_sister(creditor: Creditor) -> SisterMoney:
    """Money of a line that another company's customer paid, noted by somebody who works for both."""
    sister, account = make_creditor(f"z-sister-{creditor.slug}"), f"PL00{creditor.pk:024}"
    said = f":20:ST\n:25:{account}\n:28C:9/1\n:60F:C261120PLN0,00\n:61:2611201120C33,00NTRFNONREF//9\n:86:020~00X\n~20x\n:62F:C261120PLN33,00\n-\n"
    boss = make_user(f"oboje-{creditor.slug}", is_superuser=True)
    import_statement(creditor, name="siostra.sta", data=said.encode(), on=TODAY, account=account, by=boss)
    invoice = make_invoice(make_customer(sister), "33.00", issued_on=TODAY - 10 * DAY, due_on=TODAY)
    line = BankLine.objects.get(creditor=creditor, amount=33)
    return process.receive_for_sister(line, [invoice], reason=f"Złe konto {ATTACK}", on=TODAY, by=boss)


def a_merge(creditor: Creditor, author: User) -> CustomerMove:
    """A customer that was there twice."""
    twice, once = make_customer(creditor, name=f"Podwójny {ATTACK}"), make_customer(creditor, name="Podwójny")
    return process.merge_customers(twice, once, reason=f"Dwa razy {ATTACK}", on=TODAY, now=NOW, by=author)


def a_hand_over(creditor: Creditor, author: User) -> Commission:
    """An agency without a contract, with a document, that has a debt and has reported money."""
    agency = process.save_agency(
        creditor,
        {"slug": "szybka", "name": f"Szybka {ATTACK}", "mapping": "vindicat"},
        rates=[process.Rate(0, Decimal(0), Decimal(8))],
        by=author,
    )
    process.add_agency_paper(agency, kind="contract", name="umowa.pdf", content=b"%PDF-1.7", on=TODAY, now=NOW, by=author)
    item = make_invoice(make_customer(creditor), "80.00", issued_on=TODAY - 90 * DAY, due_on=TODAY - 70 * DAY).items.get()
    placement = Placement.objects.create(
        creditor=creditor, customer=item.customer, agency=agency, currency="PLN", state="received", sent_on=TODAY - 9 * DAY,
        package=make_paper(creditor, "handover.zip"), case_key=f"{creditor.slug}-case", reason=f"Milczy {ATTACK}",
    )  # fmt: skip
    PlacedItem.objects.create(placement=placement, item=item, principal=item.open_amount)
    process.collect(placement, amount=Decimal(20), on=TODAY, by=author)
    return process.book_commission(placement, amount=Decimal(2), on=TODAY, reference=f"P {ATTACK}"[:80], by=author)


def a_batch(creditor: Creditor, author: User) -> PostBatch:
    """One letter, closed as if the system were live, with the stamped list of the post."""
    plan([
        NewMessage(
            creditor=creditor, key=f"{creditor.slug}-letter", purpose=Message.Purpose.PORTAL, channel="letter", recipient=f"{ATTACK}\nProsta 1",
            recipient_name=ATTACK, language="pl", template="demand", facts={}, not_before=NOW,
        )
    ])  # fmt: skip
    paper = make_paper(creditor, "list.pdf")
    Message.objects.filter(key=f"{creditor.slug}-letter").update(rendered_at=NOW, document=paper, subject=f"Wezwanie {ATTACK}")
    with patch.object(closing, "obstacle", str):
        batch = closing.close(creditor, service="registered", on=TODAY, now=NOW, by=author).batch
    return note_numbers(batch, tracking={1: f"R 1 {ATTACK}"[:40]}, evidence=make_paper(creditor, "lista.pdf").pk, by=author)


def a_brake(creditor: Creditor, author: User) -> Brake:
    """Letters were stopped for a while."""
    brake = messaging.halt_part(creditor=creditor, channel="letter", reason=f"Zły papier {ATTACK}", by=author)
    messaging.release_brake(brake, by=author, reason="Nowy papier")
    return brake


def a_question(invoice: Invoice, author: User) -> InvoiceQuestion:
    """One that is open and stops nothing, beside one that was answered; and how the invoice was delivered."""
    books.record_delivery(invoice, how=Delivered.BY_HAND, delivered_on=TODAY - 50 * DAY, note=ATTACK, on=TODAY, now=NOW, by=author)
    known = {"invoice": invoice, "stops": False, "asked_on": TODAY}
    InvoiceQuestion.objects.create(**known, question="long_term", said=ATTACK, answered_on=TODAY, answered_by=author, answer=ATTACK)
    return InvoiceQuestion.objects.create(**known, question="no_contact", said=ATTACK)


def a_report(creditor: Creditor, author: User) -> SettlementReport:
    """Of a courier, with a number that nobody knows."""
    partner = PayoutPartner.objects.create(
        creditor=creditor, slug="kurier", name=f"Kurier {ATTACK}", kind="courier", payer="kurier express", profile="settlement-pl"
    )
    data = f"Numer zamówienia;Kwota;Prowizja\n{creditor.slug}-X;10,00;1,00\n".encode()
    found = import_settlement(partner, name=f"r {ATTACK}.csv", data=data, by=author).report
    assert found is not None
    return found


def a_line(creditor: Creditor, author: User) -> BankLine:
    """Of a statement that balances; a second one beside it is held."""
    text = ":20:ST\n:25:{account}\n:28C:{n}/1\n:60F:C261120PLN0,00\n:61:2611201120C{amount}NTRFNONREF//{n}\n:86:020~00X\n~20{title}\n~32{name}\n:62F:C261120PLN75,00\n-\n"
    for n, amount in ((1, "75,00"), (2, "60,00")):
        said = text.format(account=creditor.bank_account, n=n, amount=amount, title=f"za {ATTACK}", name=OTHER_LETTERS)
        import_statement(creditor, name=f"maj-{n}.sta", data=said.encode(), on=TODAY, by=author)
    return BankLine.objects.get(creditor=creditor, amount=75)


def a_warning(creditor: Creditor, author: User) -> RegisterWarning:
    """About an old debt, with the paper of the post."""
    item = make_invoice(make_customer(creditor), "900.00", issued_on=TODAY - 90 * DAY, due_on=TODAY - 60 * DAY).items.get()
    return process.record_warning(
        item.customer, [item], register="BIG InfoMonitor, Warszawa", sent_on=TODAY - 40 * DAY, way=WarningWay.REGISTERED_LETTER,
        proof=f"R 123 {ATTACK}", today=TODAY, document=make_paper(creditor, "nadanie.pdf"), by=author,
    )  # fmt: skip


def an_entry(creditor: Creditor, author: User) -> RegisterEntry:
    """Made last week, and paid in part since."""
    item = make_invoice(make_customer(creditor), "700.00", issued_on=TODAY - 90 * DAY, due_on=TODAY - 60 * DAY).items.get()
    entry = process.record_entry(
        item.customer, [item], register="KRD, Wrocław", entered_on=TODAY - 7 * DAY, amount=Decimal(700), today=TODAY, by=author
    )
    pay(item.customer, "100.00", item, booked_on=TODAY - DAY)
    return entry


def a_relief(creditor: Creditor, author: User) -> Relief:
    """Of an old debt; half of it was paid after the relief was noted."""
    invoice = make_invoice(make_customer(creditor), "123.00", issued_on=date(2026, 3, 1), due_on=date(2026, 3, 15))
    books.state_vat(invoice, [Taxed(Decimal(23), Decimal(100), Decimal(23))], by=author)
    days = TaxRelief(date(2026, 6, 13), date(2029, 12, 31), needs_proof=False, fields=(), source="")
    row = books.take_relief(invoice.items.get(), days=days, period=date(2026, 6, 1), today=TODAY, by=author)
    pay(invoice.customer, "61.50", invoice, booked_on=TODAY - DAY)
    return row


def a_suit(invoice: Invoice, author: User) -> LimitationEvent:
    """Brought last week, with the paper of the court."""
    return process.note_event(
        invoice, kind=LimitationKind.SUIT, on=TODAY - 7 * DAY, proof=ProofKind.COURT_PAPER, source=f"I C 1/26 {ATTACK}", today=TODAY,
        document=make_paper(invoice.creditor, "pozew.pdf"), by=author,
    )  # fmt: skip


def first_agreement(creditor: Creditor, author: User) -> Agreement:
    """Two rates over one invoice."""
    customer = make_customer(creditor)
    invoice = make_invoice(customer, "90.00", issued_on=TODAY - 10 * DAY, due_on=TODAY + DAY)
    rates = [(TODAY + 30 * DAY, Decimal(50)), (TODAY + 60 * DAY, Decimal(40))]
    return process.agree(customer, label="U/1", items=[invoice], rates=rates, on=TODAY, by_user=author)


def add_rule_and_scenario(creditor: Creditor) -> None:
    """A rule that nobody here meets, and a scenario of the first policy."""
    policy = creditor.policy_set.order_by("pk")[0]
    process.save_segment(creditor, name="Duże faktury", policy=policy, conditions={"amount": {"at_least": "1000000"}})
    process.attach_scenario(policy, name="Cisza", text=SILENCE)
    process.save_draft(creditor, policy.versions.get().text.replace("after_due: 3", "after_due: 4", 1), now=NOW)


SILENCE = """\
scenario: Nobody is chased before the due date
policy: {name: P, steps: []}
customers: [{ref: C1, kind: business, email: c1@example.com}]
timeline:
  - on: 2026-04-01
    do: [{invoice: {number: I1, customer: C1, amount: "100.00", due: 2026-05-01}}, run]
    expect: {notices: []}
"""


def a_stop(creditor: Creditor, author: User) -> StopFact:
    """Somebody has died, says a letter."""
    customer, paper = make_customer(creditor), make_paper(creditor, "akt.pdf")
    return process.record_stop(
        customer, kind=StopKind.DEATH, since=TODAY - DAY, source="List rodziny", on=TODAY, now=NOW, document=paper, by=author
    )


def a_complaint(creditor: Creditor, author: User) -> Complaint:
    """A week old, about the one invoice of its customer."""
    invoice = make_invoice(make_customer(creditor), "30.00", issued_on=TODAY - 10 * DAY, due_on=TODAY + 20 * DAY)
    return process.record_complaint(
        invoice, about=ComplaintAbout.GOODS, text=f"Zepsute {ATTACK}", received_on=TODAY - 7 * DAY, on=TODAY - 7 * DAY, owner=author
    )


def a_reply(creditor: Creditor) -> Reply:
    """From the contact of a customer of its own, with an attack in all that is shown."""
    customer = make_customer(creditor)
    make_invoice(customer, "80.00", issued_on=TODAY - 10 * DAY, due_on=TODAY + 20 * DAY)
    text = f"Zapłacę 80 zł jutro {ATTACK} https://zla.example/?x=1"
    return _come(creditor, customer.contacts.get().email, text, f"Subject: Odp: {ATTACK}\n", file=f"{ATTACK}.html")


def a_strangers_mail(creditor: Creditor) -> Reply:
    """From an address that nobody has, to the company's own."""
    return _come(creditor, f"obcy@{creditor.slug}.example", f"Nie zapłacę {ATTACK}", "Subject: ?\n")


def _come(creditor: Creditor, sender: str, text: str, headers: str, *, file: str = "") -> Reply:
    Creditor.objects.filter(pk=creditor.pk).update(email=f"windykacja@{creditor.slug}.example")
    head = f"From: {sender}\nTo: windykacja@{creditor.slug}.example\n{headers}"
    words = f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    if file:
        enclosed = f"Content-Type: text/html\nContent-Disposition: attachment; filename={json.dumps(file)}\n\n{ATTACK}\n"
        words = f"Content-Type: multipart/mixed; boundary=part\n\n--part\n{words}--part\n{enclosed}--part--\n"
    return Reply.objects.get(mail=take_mail(f"{head}{words}".encode(), source="file", now=NOW).mail)


def an_awaited_credit(creditor: Creditor, author: User) -> AwaitedCredit:
    """A return of goods worth five, announced for next week."""
    invoice = make_invoice(make_customer(creditor), "30.00", issued_on=TODAY - 10 * DAY, due_on=TODAY + 20 * DAY)
    rows = process.await_credit(invoice, kind=AwaitedKind.RETURN, amount=Decimal(5), until=TODAY + 7 * DAY, on=TODAY, by=author)
    return rows[0]


def a_call(creditor: Creditor) -> Task:
    """Somebody is to be called about a debt, by a policy of its own."""
    customer = make_customer(creditor)
    version = process.publish(creditor, "name: Calls\nsteps: [{key: call, after_due: 1, channel: [call]}]", now=NOW)
    process.assign(creditor, version.policy, customer=customer)
    make_invoice(customer, "90.00", issued_on=TODAY - 40 * DAY, due_on=TODAY - 10 * DAY)
    plan_day(creditor, on=TODAY - 3 * DAY, now=NOW - 3 * DAY)
    return Task.objects.select_related("creditor").get(customer=customer, kind=TaskKind.CALL)


def first_message(creditor: Creditor, author: User) -> Notice:
    """A reminder that a run of last Friday released, as if it had been captured."""
    customer = make_customer(creditor)
    make_invoice(customer, "80.00", issued_on=TODAY - 10 * DAY, due_on=TODAY)
    run = plan_day(creditor, on=TODAY - 3 * DAY, now=NOW - 3 * DAY, by=author)
    notice = run.notices.get(state=NoticeState.RELEASED)
    Message.objects.filter(pk=notice.message_id).update(
        subject="Przypomnienie", text=f"Prosimy o wpłatę {ATTACK}", html=f"<p>Prosimy {ATTACK}</p>", document=make_paper(creditor, "w.pdf")
    )
    Enclosure.objects.create(message_id=notice.message_id, document=make_paper(creditor, "fv.pdf"), position=1)
    return Notice.objects.select_related("message").get(pk=notice.pk)


def walked(invoice: Invoice, *, to: str, position: int) -> None:
    """Its case has taken the steps up to this one, three weeks ago."""
    invoice.items.get().case.__class__.objects.filter(item__invoice=invoice).update(
        step=to, position=position, completed_on=TODAY - 21 * DAY, look_again_on=TODAY
    )


def make_paper(creditor: Creditor, name: str) -> Document:
    content = A_PDF
    digest = sha256(content).hexdigest()
    return Document.objects.create(creditor=creditor, kind="invoice", name=name, content=content, sha256=digest, created_at=NOW)


def a_pack(customer: Customer) -> Document:
    """As if somebody had made a pack of evidence."""
    facts = {"customer": {"number": customer.number}, "invoices": [f"FV/1 {ATTACK}"], "digest": "0" * 64}
    return store(
        customer.creditor, kind=process.PACK, name="ZD-2026-0001.zip", content=b"PK", facts=facts, now=NOW, media_type="application/zip"
    )


def a_paper(customer: Customer) -> Document:
    """A statement that somebody made."""
    facts = {"customer": {"number": customer.number}}
    return store(customer.creditor, kind="statement", name="WK.pdf", content=b"%PDF-1.7", number="WK/2026/0900", facts=facts, now=NOW)


def more_rows(company: Company, number: int) -> None:
    """More of everything that lists show."""
    for n in range(number):
        Suppression.objects.create(creditor=company.creditor, channel="sms", address=f"+4850000000{n}", reason="wrong", since=NOW)
        customer = make_customer(company.creditor, name=f"Klient {n}")
        make_invoice(customer, "60.00", issued_on=TODAY - 50 * DAY, due_on=TODAY - 30 * DAY)
        invoice = make_invoice(customer, "70.00", issued_on=TODAY - 50 * DAY, due_on=TODAY - 25 * DAY)
        walked(invoice, to="second", position=3)
        pay(customer, "10.00", booked_on=TODAY - DAY)
        another(company.balance.campaign, customer)
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
        process.note_sign(customer, kind=SignKind.SILENCE, on=TODAY, source=f"telefon {n}", today=TODAY)
        process.record_reason(company.invoice, reason=WhyUnpaid.FORGOT, on=TODAY)
        _come(company.creditor, customer.contacts.get().email, f"Czekam {n}", "")
        process.record_complaint(customer, about=ComplaintAbout.CONDUCT, text="x", received_on=TODAY, on=TODAY)
        process.record_complaint(company.invoice, about=ComplaintAbout.GOODS, text="x", received_on=TODAY, on=TODAY)
    process.release_hold(customer, on=TODAY)
    for _ in range(2):
        process.hold(customer, on=TODAY, until=TODAY + DAY)


OF_BANK_LINE = (
    "bank_line",
    "bank_line_book",
    "bank_line_split",
    "bank_line_aside",
    "bank_line_back",
    "bank_line_return",
    "bank_line_refund",
)


OF_PAYMENT = ("payment_reverse", "payment_give_back", "payment_rest", "payment_exchange", "payment_difference", "payment_prepaid")


def of(company: Company) -> dict[str, Any]:
    """The id that each address takes for this company's object."""
    return {
        **company.court.ids(),
        "task_close": company.task.pk,
        "task_call": company.call.pk,
        "customer": company.customer.pk,
        "customer_coming": company.customer.pk,
        **dict.fromkeys(("customer_merge", "customer_split"), company.customer.pk),
        "move_undo": company.move.pk,
        **dict.fromkeys(("sister_pass_on", "sister_take_back"), company.sister.pk),
        "bank_line_sister": company.line.pk,
        "customer_hold": company.customer.pk,
        **dict.fromkeys(("customer_contact", "customer_numbers", "customer_pesel"), company.customer.pk),
        "customer_agency": company.customer.pk,
        "customer_best_date": company.customer.pk,
        **dict.fromkeys(
            ("agency_reports", "agency_report_new", "agency_record_new", "agency_way", "agency_way_try"), company.mailed.agency_id
        ),
        "package_password": company.mailed.pk,
        "customer_payment": company.customer.pk,
        "customer_agency_paid": company.customer.pk,
        "customer_promise": company.customer.pk,
        "customer_policy": company.customer.pk,
        "invoice_policy": company.invoice.pk,
        "customer_agreement": company.customer.pk,
        "customer_claims": company.customer.pk,
        **dict.fromkeys(("claims_post", "claims_rerun", "customer_kind"), company.customer.pk),
        "invoice_claims_post": company.invoice.pk,
        **dict.fromkeys(("claim", "claim_waive", "claim_reverse"), company.claim.pk),
        "customer_spare": company.customer.pk,
        "customer_rate": company.customer.pk,
        "invoice_rate": company.invoice.pk,
        "spared_end": company.spared.pk,
        "customer_deferral": company.customer.pk,
        "customer_offers": company.customer.pk,
        **dict.fromkeys(("agreement_end", "agreement_signed"), company.agreement.pk),
        "limitation_note": company.invoice.pk,
        "register_warning": company.customer.pk,
        "register_entry": company.customer.pk,
        "register_update": company.entry.pk,
        **dict.fromkeys(("register_warning_take_back", "register_document"), company.warning.pk),
        "invoice_vat": company.invoice.pk,
        "relief_take": company.invoice.items.get().pk,
        **dict.fromkeys(("relief_give_back", "relief_take_back"), company.relief.pk),
        **dict.fromkeys(("limitation_end", "limitation_take_back", "limitation_document"), company.suit.pk),
        "address_again": company.dead.pk,
        **dict.fromkeys(OF_BATCH, company.batch.pk),
        "post_take_out": company.batch.letters.get().pk,
        "message_outcome": company.message.pk,
        **dict.fromkeys(("message_again", "message_undo", "message_withdraw"), company.message.pk),
        "customer_write": company.customer.pk,
        "customer_call": company.customer.pk,
        "contact_salutation": company.customer.contacts.first().pk,  # type: ignore[union-attr]
        **dict.fromkeys(("customer_papers", "customer_paper_terms"), company.customer.pk),
        **dict.fromkeys(("campaign", "campaign_export", "campaign_remind", "campaign_close"), company.balance.campaign_id),
        **dict.fromkeys(("balance_answer", "balance_document"), company.balance.pk),
        "customer_demand": company.payment.customer_id,  # of whom nothing can be demanded, whatever else is added
        **dict.fromkeys(("agreement_paper", "assignment_paper", "order_paper"), company.customer.pk),
        "paper_document": company.paper.pk,
        "customer_packs": company.customer.pk,
        "pack_document": company.pack.pk,
        "company_paper": company.policy_paper.pk,
        "hold_release": company.hold.pk,
        "customer_stop": company.customer.pk,
        "customer_complaint": company.customer.pk,
        "customer_reason": company.customer.pk,
        "customer_limit": company.customer.pk,
        "customer_credit": company.customer.pk,
        "customer_credit_history": company.customer.pk,
        "credit_end": company.customer.pk,
        "customer_sign": company.customer.pk,
        "sign_dismiss": company.sign.pk,
        "complaint": company.complaint.pk,
        "reply": company.reply.pk,
        **dict.fromkeys(("reply_kind", "reply_done", "reply_document"), company.reply.pk),
        "reply_assign": company.stranger.pk,
        "complaint_answer": company.complaint.pk,
        "invoice_awaited": company.invoice.pk,
        "awaited_call_off": company.awaited.pk,
        "stop_end": company.stop.pk,
        "stop_answer": company.stop.pk,
        "stop_document": company.stop.pk,
        "invoice": company.invoice.pk,
        "invoice_document": company.invoice.pk,
        "not_taken_again": company.refused.pk,
        "invoice_question": company.question.pk,
        "invoice_due_dates": company.invoice.pk,
        "invoice_delivery": company.invoice.pk,
        "invoice_paper": company.invoice.pk,
        "invoice_paper_document": company.attached.pk,
        "invoice_cap": company.invoice.pk,
        "invoice_dispute": company.invoice.pk,
        "dispute_resolve": company.invoice.pk,
        "invoice_write_off": company.invoice.pk,
        "payment": company.payment.pk,
        "brake_release": company.brake.pk,
        "trial_guest_dismiss": company.guest.pk,
        **dict.fromkeys(OF_BANK_LINE, company.line.pk),
        "statement_release": company.held.pk,
        **dict.fromkeys(("settlement", "settlement_book", "settlement_undo", "settlement_discard"), company.report.pk),
        "bank_arrival_seen": company.arrival.pk,
        "settlement_line": company.report.lines.get().pk,
        "payment_allocate": company.payment.pk,
        **dict.fromkeys(OF_PAYMENT, company.payment.pk),
        "invoice_discount": company.invoice.pk,
        "credit_note_give_back": company.note.pk,
        "refund_undo": company.refund.pk,
        "prepayment_end": company.prepayment.pk,
        "run": company.run.pk,
        "run_answer": company.run.pk,
        "notice": company.proposed.pk,
        "notice_edit": company.proposed.pk,
        "message": company.message.pk,
        "message_html": company.message.pk,
        "message_document": company.message.pk,
        "enclosure_document": company.message.enclosures.get().pk,
        **dict.fromkeys(OF_POLICY, company.policy.pk),
        "policy_move": company.policy.versions.get(state="published").pk,
        "scenario_detach": company.policy.scenarios.get().pk,
        **dict.fromkeys(("segment", "segment_move", "segment_delete"), company.creditor.segments.get().pk),
        **dict.fromkeys(("text_restore", "letterhead_document"), company.creditor.texts.first().pk),
        "customer_hand_over": company.customer.pk,
        **dict.fromkeys(OF_HAND_OVER, company.at_agency.placement_id),
        **dict.fromkeys(("agency", "agency_change", "agency_paper"), company.at_agency.placement.agency_id),
        "agency_document": company.at_agency.placement.agency.papers.get().pk,
        "commission_take_back": company.at_agency.pk,
    }


OF_HAND_OVER = (
    "placement", "placement_package", "placement_approve", "placement_refuse", "placement_receive", "placement_reject", "placement_status",
    "placement_collect", "placement_commission", "placement_recall", "placement_return", "placement_close",
)  # fmt: skip
OF_POLICY = (
    "policy", "policy_export", "policy_diff", "policy_draft", "policy_discard", "policy_publish", "policy_retire", "policy_scenarios",
    "policy_play",
)  # fmt: skip
OF_BATCH = ("post_batch", "post_list", "post_package", "post_merged_package", "post_evidence", "post_posted", "post_numbers", "post_cancel")
