"""The story's papers, money and deeds into the books, by the same verbs that people and imports use."""

import csv
import io
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import singledispatchmethod

from django.core.management.base import CommandError

from dunning.actions import change_contact, hold, release_hold
from dunning.actions import debt_sales as sales
from invoices import actions
from invoices.models import Customer, Invoice, Payment
from invoices.states import DocumentKind, Outcome
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.demo import events as told
from receivables.demo.bank import book_statement
from receivables.demo.cast import Buyer
from receivables.messaging.inbound.taking import take_mail

PROFILE = "generic-pl"
_HEADER = "Numer faktury,Rodzaj dokumentu,Numer własny,Numer klienta,Data wystawienia,Termin płatności,Kwota brutto,Waluta".split(",")
_KINDS = {
    "invoice": "faktura",
    "advance": "faktura zaliczkowa",
    "final": "faktura końcowa",
    "correction": "faktura korygująca",
    "debit_note": "nota obciążeniowa",
    "credit_note": "nota uznaniowa",
    "proforma": "pro forma",
}


@dataclass(slots=True)
class Books:
    """One firm's books while its story is played. `invoices` knows what has been issued, by the story's refs."""

    creditor: Creditor
    buyers: Mapping[str, Buyer]
    customers: Mapping[str, Customer]
    clerk: User
    papers: Mapping[str, told.Paper]
    invoices: dict[str, int] = field(default_factory=dict)

    def issue(self, papers: Sequence[told.Paper], *, on: date) -> None:
        """Take in the shop's export of the day; drafts and what is paid by instalments are entered by hand."""
        simple = [paper for paper in papers if not paper.draft and not paper.instalments]
        if simple:
            self._import(simple, on=on)
        for paper in papers:
            if paper not in simple:
                self._enter(paper)
        numbers = {paper.number: paper.ref for paper in papers}
        made = Invoice.objects.filter(creditor=self.creditor, number__in=numbers).values_list("number", "pk")
        self.invoices |= {numbers[number]: pk for number, pk in made}

    def bank(self, lines: Sequence[told.Receipt], *, on: date) -> None:
        """Book the bank's lines."""
        if lines:
            book_statement(
                self.creditor, lines, customers=self.customers, buyers=self.buyers, invoices=self.invoices, on=on, by=self.clerk
            )  # fmt: skip

    @singledispatchmethod
    def do(self, deed: told.Deed) -> None:
        """What a person does, on the deed's day."""
        raise TypeError(f"The demo knows no deed {type(deed).__name__}.")

    @do.register
    def _(self, deed: told.Disputed) -> None:
        actions.dispute(self._invoice(deed.paper), on=deed.on, amount=deed.amount, reason=deed.reason, by=self.clerk)

    @do.register
    def _(self, deed: told.Resolved) -> None:
        actions.resolve_dispute(self._invoice(deed.paper), outcome=Outcome(deed.outcome), on=deed.on, by=self.clerk)

    @do.register
    def _(self, deed: told.Cancelled) -> None:
        actions.cancel_invoice(self._invoice(deed.paper), on=deed.on, by=self.clerk)

    @do.register
    def _(self, deed: told.WrittenOff) -> None:
        actions.write_off(self._invoice(deed.paper), on=deed.on, reason=deed.reason, by=self.clerk)

    @do.register
    def _(self, deed: told.Sold) -> None:
        bill = self._invoice(deed.paper)
        who = sales.Buyer(deed.buyer, tax_id=deed.tax_id, street="Kwiatowa 3", postcode="00-001", city="Warszawa", account=deed.account)
        terms = sales.Terms(price=deed.price, price_due_on=deed.on, sold_on=deed.on, keeps_compensation=False)
        sales.sell_debt(bill.customer, list(bill.items.all()), who, terms, today=deed.on, by=self.clerk)

    @do.register
    def _(self, deed: told.Held) -> None:
        targets = self._invoice(deed.paper).items.all() if deed.paper else [self.customers[deed.buyer]]
        for target in targets:
            hold(target, on=deed.on, until=deed.until, reason=deed.reason, by=self.clerk)

    @do.register
    def _(self, deed: told.Unheld) -> None:
        release_hold(self.customers[deed.buyer], on=deed.on, by=self.clerk)

    @do.register
    def _(self, deed: told.Wrote) -> None:
        take_mail(self._mail(deed), source="file", now=clock.now())

    @do.register
    def _(self, deed: told.ChargedBack) -> None:
        actions.reverse_payment(self._payment(deed.reference), on=deed.on, by=self.clerk)

    @do.register
    def _(self, deed: told.Matched) -> None:
        actions.allocate(self._payment(deed.reference), [self._invoice(deed.paper)], on=deed.on, by=self.clerk)

    @do.register
    def _(self, deed: told.Found) -> None:
        change_contact(self.customers[deed.buyer], on=deed.on, email=deed.email, by=self.clerk)

    def _mail(self, deed: told.Wrote) -> bytes:
        """The mail as it came; to the company's own address."""
        sender = deed.sender or next(reach.email for reach in self.buyers[deed.buyer].reaches if reach.email)
        head = f"From: {sender}\nTo: {self.creditor.email}\nSubject: =?utf-8?b?{b64encode(deed.subject.encode()).decode()}?=\n"
        return f"{head}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{deed.text}\n".encode()

    def _invoice(self, ref: str) -> Invoice:
        return Invoice.objects.select_related("customer__creditor", "creditor").get(pk=self.invoices[ref])

    def _payment(self, reference: str) -> Payment:
        return Payment.objects.get(creditor=self.creditor, reference=reference)

    def _import(self, papers: Sequence[told.Paper], *, on: date) -> None:
        report = actions.import_file(
            self.creditor, name=f"sprzedaz-{on}.csv", data=self._table(papers), profile=actions.profile_named(PROFILE, self.creditor),
            on=on, by=self.clerk,
        )  # fmt: skip
        if report.refused:
            raise CommandError(f"The demo's own export was refused: {report.problems[0]}")

    def _table(self, papers: Iterable[told.Paper]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";")
        writer.writerow(_HEADER)
        for paper in papers:
            corrected = self.papers[paper.corrects].number if paper.corrects else ""
            amount = f"{paper.gross:.2f}".replace(".", ",")
            writer.writerow(
                (paper.number, _KINDS[paper.kind], corrected, paper.buyer, paper.issued_on, paper.due_on or "", amount, paper.currency)
            )
        return text.getvalue().encode()

    def _enter(self, paper: told.Paper) -> None:
        actions.issue_invoice(
            self.customers[paper.buyer], number=paper.number, gross=paper.gross, issued_on=paper.issued_on, instalments=paper.instalments,
            currency=paper.currency, kind=DocumentKind(paper.kind), draft=paper.draft, by=self.clerk,
        )  # fmt: skip
