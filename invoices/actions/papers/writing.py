"""New invoices into the books: claims with their payments, corrections as differences, drafts where a person has to say what is owed."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max

from invoices.actions.credits import issue_credit_note
from invoices.actions.early_payment import keep_terms
from invoices.actions.imports.buyers import make_customers
from invoices.actions.imports.files import lock_customers
from invoices.actions.invoices import issue_invoice
from invoices.actions.money_in import LONGEST_REFERENCE, record_payment
from invoices.actions.papers.asking import ask, close_questions
from invoices.actions.papers.sorting import JPK, Sorting, booked_on, digest_of
from invoices.actions.payments import allocate
from invoices.balances import left_of
from invoices.intake.parsed import Asked, Paid, ParsedInvoice, Question
from invoices.models import Customer, Delivery, Invoice, InvoiceSource, Payment
from invoices.states import Delivered, DocumentKind, InvoiceState
from receivables.accounts.models import Creditor, User
from receivables.core.identifiers import check
from receivables.documents.actions import store

ASSUMED_TERM = timedelta(days=30)
"""Where an invoice names no due date. Interest runs from the 31st day at the latest (act of 8 March 2013, art. 5 and 6): nobody is reminded
too early, and a person looks before.
"""


@dataclass(frozen=True, slots=True)
class Load:
    """One file on its way into the books. `on` is the business day of the import."""

    creditor: Creditor
    name: str
    on: date
    moment: datetime
    by: User | None


def write(sorting: Sorting, load: Load) -> None:
    """Store what is new, invoices before what corrects them, and book what was paid since. Locks all customers concerned first: the
    chain of the audit comes after them for everybody.
    """
    known = [invoice.customer_id for _one, invoice in (*sorting.paid_more, *sorting.completed)]
    lock_customers([*known, *(sorting.buyers[one.number].pk for one in sorting.new)])
    numbers = make_customers([sorting.rows[one.number] for one in sorting.new], sorting.buyers, load.creditor)
    customers = Customer.objects.select_related("creditor").in_bulk({numbers[sorting.buyers[one.number].number] for one in sorting.new})
    for one in sorted(sorting.new, key=lambda one: (one.is_credit, bool(one.corrects), one.issued_on)):
        customer = customers[numbers[sorting.buyers[one.number].number]]
        invoice, asked = _credit(one, customer, load) if one.is_credit else _claim(one, customer, load)
        _keep_source(invoice, one, load)
        ask(invoice, (*one.asked, *asked, *_whose(one, load.creditor)), on=load.on, by=load.by)
    for one, invoice in sorting.completed:
        _complete(invoice, one, load)
    for one, invoice in sorting.paid_more:
        book_payments(invoice, one.paid, form=one.form, already=booked_on(invoice), on=load.on, by=load.by)


def _whose(one: ParsedInvoice, creditor: Creditor) -> list[Asked]:
    """Whether it is a sale at all, nobody can tell while the company's own tax number is not known."""
    return [] if creditor.tax_id else [Asked(Question.NO_OWN_TAX_ID, "seller", f"{one.seller.name} {one.seller.tax_id}".strip()[:300])]


def _complete(invoice: Invoice, one: ParsedInvoice, load: Load) -> None:
    """What the file says besides, of an invoice that the books know: from a table, or from a file without its KSeF number."""
    source = getattr(invoice, "source_file", None)
    if one.kind.is_claim:
        keep_terms(invoice, one.discounts, by=load.by)
    if source is None or source.form == JPK:
        _settle_due_date(invoice, one, load)
        _keep_source(invoice, one, load)
        ask(invoice, (asked for asked in one.asked if asked.question not in _SAID_BY_TABLES), on=load.on, by=load.by)
        return
    source.ksef_number = one.ksef_number
    source.save(update_fields=["ksef_number"])
    _note_delivery(invoice, one, load)


def _settle_due_date(invoice: Invoice, one: ParsedInvoice, load: Load) -> None:
    """The due date that was assumed is known now. A later one than assumed still has to be looked at: reminders would come too early."""
    last = invoice.items.aggregate(day=Max("due_on"))["day"]
    if len(one.due) == 1 and last is not None and one.due[0] <= last:
        close_questions(invoice, Question.NO_DUE_DATE, answer=f"{one.due[0]}, {one.form}", on=load.on, by=load.by)
    elif len(one.due) == 1:
        invoice.questions.open().filter(question=Question.NO_DUE_DATE).update(said=f"{one.due[0]}, {one.form}"[:300])


_SAID_BY_TABLES = (Question.SEVERAL_DUE_DATES, Question.TEXTUAL_DUE_DATE, Question.NO_DUE_DATE)


def _claim(one: ParsedInvoice, customer: Customer, load: Load) -> tuple[Invoice, Sequence[Asked]]:
    """An invoice with one item, or a draft where nobody can say what is owed by which day."""
    corrected = _corrected(one, customer)
    draft = one.makes_a_draft
    is_claim = one.kind.is_claim and not draft
    invoice = issue_invoice(
        customer, number=one.number, gross=one.to_pay, currency=one.currency, issued_on=one.issued_on, kind=one.kind, draft=draft,
        due_on=(one.due[0] if one.due else one.issued_on + ASSUMED_TERM) if is_claim else None,
        corrects=corrected[0] if corrected else None, source=one.form, source_digest=digest_of(one), payment_method=one.payment_method[:40],
        order_number=one.order_number, contract_number=one.contract_number, by=load.by,
    )  # fmt: skip
    if one.kind.is_claim:
        keep_terms(invoice, one.discounts, by=load.by)
    if is_claim:
        _take_money_that_waits(invoice, one.paid, load)
        book_payments(invoice, one.paid, form=one.form, already=booked_on(invoice), on=load.on, by=load.by)
    said = ", ".join(one.corrects)[:300]
    if one.corrects and not corrected:
        return invoice, [Asked(Question.CORRECTS_UNKNOWN, "corrects", said)]
    is_doubtful = (
        corrected and one.kind == DocumentKind.CORRECTION and one.form not in ("ksef_fa3", "ksef_fa2", JPK)
    )  # the difference, or all of it anew
    return invoice, [Asked(Question.AMOUNTS_DIFFER, "corrects", f"{one.to_pay}; {said}")] if is_doubtful else []


_AROUND = timedelta(days=3)  # the bank's day and the seller's


def _take_money_that_waits(invoice: Invoice, paid: Iterable[Paid], load: Load) -> None:
    """What the file says was paid, as an advance invoice does, may be in the books already: from the bank, exactly so much, not allocated.

    It is the same money, and is not booked a second time.
    """
    for part in paid:
        came = Payment.objects.filter(
            customer=invoice.customer_id,
            currency=invoice.currency,
            amount=part.amount,
            bank_line__isnull=False,
            reverses=None,
            reversal=None,
        )  # fmt: skip
        if part.on:
            came = came.filter(booked_on__range=(part.on - _AROUND, part.on + _AROUND))
        waiting = next((payment for payment in came.order_by("booked_on", "pk") if left_of(payment) == payment.amount), None)
        if waiting and invoice.items.filter(open_amount__gt=0).exists():
            allocate(waiting, [invoice], on=max(waiting.booked_on, invoice.issued_on), by=load.by)


def _credit(one: ParsedInvoice, customer: Customer, load: Load) -> tuple[Invoice, Sequence[Asked]]:
    """A credit note over the difference. It settles the invoice that it corrects; of many, each in turn; without one it is open credit."""
    corrected = _corrected(one, customer)
    note = issue_credit_note(
        customer, number=one.number, amount=-one.to_pay, issued_on=one.issued_on, currency=one.currency,
        invoice=corrected[0] if len(corrected) == 1 else None, source=one.form, source_digest=digest_of(one), by=load.by,
    )  # fmt: skip
    owing = [invoice for invoice in corrected if invoice.items.filter(open_amount__gt=0).exists()]
    if len(corrected) > 1 and owing:
        allocate(note, owing, on=load.on, by=load.by)
    if one.corrects and not corrected:
        return note, [Asked(Question.CORRECTS_UNKNOWN, "corrects", ", ".join(one.corrects)[:300])]
    return note, []


def _corrected(one: ParsedInvoice, customer: Customer) -> list[Invoice]:
    """The invoices that it corrects, as the books know them, of the same customer and currency."""
    if not (one.corrects or one.corrects_ksef):
        return []
    claims = Invoice.objects.filter(customer=customer, currency=one.currency, state=InvoiceState.ISSUED).exclude(
        kind__in=[DocumentKind.CREDIT_NOTE, DocumentKind.PROFORMA, DocumentKind.ORDER]
    )
    by_key = claims.filter(source_file__ksef_number__in=one.corrects_ksef) if one.corrects_ksef else claims.none()
    return list((by_key or claims.filter(number__in=one.corrects)).order_by("issued_on", "pk"))


def book_payments(invoice: Invoice, paid: Iterable[Paid], *, form: str, already: Decimal, on: date, by: User | None) -> None:
    """Book what a file says was paid on an invoice, beyond what the books have of it. The same file finds its payments again."""
    so_far = Decimal(0)
    for part in paid:
        so_far += part.amount
        missing = min(part.amount, so_far - already)
        if missing <= 0:
            continue
        reference = f"{form}:{invoice.number}:{so_far}"
        if len(reference) > LONGEST_REFERENCE:
            reference = f"{form}:{hashlib.sha256(reference.encode()).hexdigest()}"
        record_payment(
            invoice.customer, amount=missing, currency=invoice.currency, booked_on=part.on or on, reference=reference, invoices=[invoice],
            title=invoice.number, by=by,
        )  # fmt: skip


def _keep_source(invoice: Invoice, one: ParsedInvoice, load: Load) -> None:
    """What the file says besides, and the file itself as the paper of the invoice. A JPK is no paper of any one invoice."""
    digest = hashlib.sha256(one.source).hexdigest() if one.source else ""
    said = {
        "form": one.form, "ksef_number": one.ksef_number, "payment_id": one.payment_id[:60],
        "accounts": [account[:60] for account in one.accounts], "facts": _facts(one), "name": (one.place or load.name)[-255:],
        "sha256": digest, "at": load.moment,
    }  # fmt: skip
    InvoiceSource.objects.update_or_create(invoice=invoice, defaults={"creditor": load.creditor, **said})
    _note_delivery(invoice, one, load)
    if one.source:
        is_pdf = b"%PDF-" in one.source[:1024]
        invoice.document = store(
            load.creditor, kind="invoice", name=_file_name(one, is_pdf=is_pdf), content=one.source, facts={"form": one.form},
            media_type="application/pdf" if is_pdf else "application/xml", key=f"intake:{digest[:57]}", now=load.moment,
        )  # fmt: skip
        invoice.save(update_fields=["document"])


def _note_delivery(invoice: Invoice, one: ParsedInvoice, load: Load) -> None:
    """KSeF delivers to those with a Polish NIP; consumers and buyers abroad are sent their invoice another way (VAT act, art. 106gb)."""
    nip = one.buyer.tax_id.removeprefix("PL")
    if one.ksef_number and not one.is_credit and one.buyer.country in ("", "PL") and check("nip", nip).is_valid:
        day = datetime.strptime(one.ksef_number[11:19], "%Y%m%d").date()  # noqa: DTZ007 - the day within the number
        Delivery.objects.create(
            invoice=invoice, how=Delivered.KSEF, on=day, note=one.ksef_number, recorded_at=load.moment, recorded_by=load.by
        )


def _file_name(one: ParsedInvoice, *, is_pdf: bool) -> str:
    plain = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in one.ksef_number or one.number)
    return f"{plain[:110]}.{'pdf' if is_pdf else 'xml'}"


def _facts(one: ParsedInvoice) -> dict[str, Any]:
    """What the books have no column for. Amounts are text."""
    return {
        "digest": digest_of(one),
        "total": str(one.total),
        "to_pay": str(one.to_pay),
        "prepaid": str(one.prepaid),
        "supplied_on": one.supplied_on and str(one.supplied_on),
        "due": [str(day) for day in one.due],
        "due_text": one.due_text[:500],
        "paid": [[str(part.amount), part.on and str(part.on)] for part in one.paid],
        "seller": {"name": one.seller.name, "tax_id": one.seller.tax_id},
        "factor_accounts": list(one.factor_accounts),
        "corrects": list(one.corrects)[:100],
        "split_payment": one.is_split_payment,
        "vat": [[part.rate, str(part.net), str(part.tax)] for part in one.vat],
        "lines": [_line(line.name, line.quantity, line.unit, line.price, line.net, line.rate) for line in one.lines[:MOST_LINES]],
        "line_count": len(one.lines),
    }


MOST_LINES = 500
"""Kept of one invoice; the paper has all."""


def _line(*parts: object) -> list[str]:
    return ["" if part is None else str(part) for part in parts]
