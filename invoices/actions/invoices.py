"""Issue invoices, and withdraw them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from invoices.actions.checks import bookable, currency_of, known_currency, once, short_line
from invoices.actions.postings import Cause, post, take_back, tell
from invoices.actions.prepayments import settle_prepayments
from invoices.actions.rows import customer_of, disputed_now, locked_customer, named_items, refreshed
from invoices.ledger import Instalment
from invoices.models import AllocationEntry, Customer, Invoice, Item
from invoices.states import INVOICE_MOVES, DocumentKind, InvoiceState, Outcome
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.core.states import check_move

NUMBER = gettext_noop("The number")


@transaction.atomic
def issue_invoice(
    customer: Customer,
    *,
    number: str,
    gross: Decimal,
    issued_on: date,
    due_on: date | None = None,
    instalments: Sequence[Instalment | tuple[date, Decimal]] = (),
    currency: str | None = None,
    kind: DocumentKind = DocumentKind.INVOICE,
    sale: str = "goods",
    corrects: Invoice | None = None,
    source: str = "",
    source_digest: str = "",
    payment_method: str = "",
    is_subscription: bool | None = None,
    order_number: str = "",
    contract_number: str = "",
    branch: str = "",
    draft: bool = False,
    by: User | None = None,
) -> Invoice:
    """Book an invoice and the items that are owed: one due on `due_on`, or the instalments. A draft, pro-forma or order makes none.

    A number that stands as a draft of the same customer is issued with these values.
    """
    if kind == DocumentKind.CREDIT_NOTE:
        raise Refused(gettext_noop("A credit note is no invoice. Issue it as a credit note."))
    customer = locked_customer(customer)
    currency = known_currency(currency or currency_of(customer))
    bookable(gross, currency, what=gettext_noop("The amount"))
    schedule = _schedule(gross, due_on=due_on, instalments=instalments, currency=currency, kind=DocumentKind(kind), draft=draft)
    invoice = keep_paper(
        customer, number=number, kind=DocumentKind(kind), draft=draft, gross=gross, currency=currency, issued_on=issued_on, sale=sale,
        corrects=corrects, source=source, source_digest=source_digest, payment_method=payment_method, is_subscription=is_subscription,
        order_number=order_number, contract_number=contract_number, branch=branch,
    )  # fmt: skip
    _make_items(invoice, schedule, named_by_part=bool(instalments))
    verb = "draft_invoice" if draft else "issue_invoice"
    record(customer.creditor, verb, invoice, by=by, kind=invoice.kind, amount=gross, currency=currency, items=len(schedule))
    if schedule and order_number:
        settle_prepayments([customer.pk], on=issued_on, by=by)
    if schedule:
        tell(customer.pk, on=issued_on)
    return invoice


@transaction.atomic
def cancel_invoice(invoice: Invoice, *, on: date, by: User | None = None) -> Invoice:
    """Withdraw an invoice. What was paid on it becomes open credit; credit notes made for it stay with it."""
    customer = customer_of(invoice)
    invoice = refreshed(invoice)
    if invoice.kind == DocumentKind.CREDIT_NOTE:
        raise Refused(gettext_noop("%(number)s is a credit note. Take it back with reverse_credit_note."), number=invoice.number)
    if invoice.state == InvoiceState.CANCELLED:
        raise Refused(gettext_noop("%(number)s is withdrawn already."), number=invoice.number)
    check_move(INVOICE_MOVES, invoice.state, InvoiceState.CANCELLED)
    items = named_items(customer, [invoice]) if _has_items(invoice) else []
    if items and not any(item.open_amount for item in items):
        closed = f"{invoice.number} is closed ({items[-1].closed_as}): nothing is left to withdraw."
        raise Refused(gettext_noop("%(closed)s Issue a credit note, or reverse the payment first."), closed=closed)
    take_back(_what_was_paid(invoice, items), items, on=on)
    post({item.pk: item.open_amount for item in items if item.open_amount}, items, cause=Cause.of(None), on=on)
    end_disputes(items, outcome=Outcome.UPHELD, on=on, by=by)
    invoice.state = InvoiceState.CANCELLED
    invoice.save(update_fields=["state"])
    record(customer.creditor, "cancel_invoice", invoice, by=by, on=on)
    tell(customer.pk, on=on)
    return invoice


def keep_paper(customer: Customer, *, number: str, kind: DocumentKind, draft: bool, **values: Any) -> Invoice:
    """The row of a paper: a new one, or the draft of that number, which now gets these values."""
    number = short_line(number, longest=100, what=NUMBER)
    repeated = f"The number {number} was given already. Each number stands once per company."
    known = Invoice.objects.select_for_update(no_key=True).filter(creditor=customer.creditor, number=number).first()
    invoice = known or Invoice(creditor=customer.creditor, customer=customer, number=number)
    if known and (draft or not _is_its_draft(known, customer, kind)):
        raise Refused(repeated)
    for name, value in values.items():
        setattr(invoice, name, value)
    invoice.kind, invoice.state = kind, InvoiceState.DRAFT if draft else InvoiceState.ISSUED
    with once({"invoice_number_once_per_company": repeated}):
        invoice.save()
    return invoice


def end_disputes(items: Sequence[Item], *, outcome: Outcome, on: date, by: User | None) -> None:
    """Nothing is left to dispute on items that are withdrawn or written off."""
    for dispute in disputed_now(items).values():
        dispute.outcome, dispute.resolved_on, dispute.resolved_by = outcome, max(on, dispute.opened_on), by
        dispute.save(update_fields=["outcome", "resolved_on", "resolved_by"])


def _is_its_draft(known: Invoice, customer: Customer, kind: DocumentKind) -> bool:
    same_side = (known.kind == DocumentKind.CREDIT_NOTE) == (kind == DocumentKind.CREDIT_NOTE)
    return known.state == InvoiceState.DRAFT and known.customer_id == customer.pk and same_side


def _has_items(invoice: Invoice) -> bool:
    return invoice.state == InvoiceState.ISSUED and DocumentKind(invoice.kind).is_claim


def _what_was_paid(invoice: Invoice, items: Sequence[Item]) -> list[AllocationEntry]:
    """Money, what was borne with it, and credit that did not belong to this invoice, not yet taken back."""
    entries = AllocationEntry.objects.filter(item__in=list(items), is_reversal=False, reversal=None)
    return [entry for entry in entries.select_related("credit_note").order_by("pk") if _is_of_elsewhere(entry, invoice)]


def _is_of_elsewhere(entry: AllocationEntry, invoice: Invoice) -> bool:
    if entry.credit_note:
        return entry.credit_note.corrects_id != invoice.pk
    return bool(entry.payment_id or entry.exchange_id or entry.allowance_id)


def _schedule(
    gross: Decimal,
    *,
    due_on: date | None,
    instalments: Sequence[Instalment | tuple[date, Decimal]],
    currency: str,
    kind: DocumentKind,
    draft: bool,
) -> list[Instalment]:
    """What is owed by which day, in the order given; nothing for a draft or what is no claim."""
    parts = [Instalment(*part) for part in instalments]
    if parts and due_on:
        raise Refused(gettext_noop("Give a due date or instalments, not both."))
    for part in parts:
        bookable(part.amount, currency, what=gettext_noop("An instalment"))
    if parts and (total := sum(part.amount for part in parts)) != gross:
        raise Refused(
            gettext_noop("The instalments add up to %(total)s, the invoice says %(gross)s. Make them equal."), total=total, gross=gross
        )
    if draft or not kind.is_claim:
        return []
    if not parts and due_on is None:
        raise Refused(gettext_noop("Give a due date, or instalments."))
    return parts or [Instalment(due_on, gross)]  # type: ignore[arg-type]  # one of them is there


def _make_items(invoice: Invoice, schedule: Sequence[Instalment], *, named_by_part: bool) -> None:
    items = [
        Item(
            creditor_id=invoice.creditor_id, customer_id=invoice.customer_id, invoice=invoice,
            position=n, label=f"{invoice.number}#{n}" if named_by_part else invoice.number,
            due_on=part.due_on, currency=invoice.currency, amount=part.amount, open_amount=part.amount,
        )
        for n, part in enumerate(schedule, start=1)
    ]  # fmt: skip
    with once({"item_label_once_per_company": f"An instalment is called {invoice.number} already. Give another number."}):
        Item.objects.bulk_create(items)
