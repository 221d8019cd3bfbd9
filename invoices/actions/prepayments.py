"""Money that came before its invoice: what it waits for, and what happens when that comes.

A person, or the title of the money, names a pro-forma or an order; the invoice that carries the same order number, or names the pro-forma,
is settled by what is left of the money as soon as it is issued.
"""

from collections.abc import Collection
from datetime import date

from django.db import transaction

from invoices import ledger
from invoices.actions.checks import not_before, once, short_line
from invoices.actions.credit_sources import check_stands
from invoices.actions.postings import Cause, post, tell
from invoices.actions.rows import debts_of, locked_customer, named_items
from invoices.balances import left_of
from invoices.models import Invoice, Payment, Prepayment
from invoices.states import DocumentKind, InvoiceState
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

WAITING_FOR = (DocumentKind.PROFORMA, DocumentKind.ORDER)


@transaction.atomic
def note_prepayment(
    payment: Payment, *, paper: Invoice | None = None, order_number: str = "", on: date, by: User | None = None
) -> Prepayment:
    """Say what money that is not allocated waits for: a pro-forma or order of the books, or an order number. An invoice of it that is there
    already is settled at once. Raises `Refused` where nothing is left of the money, or it waits for something already.
    """
    customer = locked_customer(payment.customer_id)
    check_stands(payment)
    not_before(on, payment.booked_on, what=gettext_noop("A prepayment"))
    if not left_of(payment):
        raise Refused(gettext_noop("Nothing is left of %(source)s to allocate."), source=payment)
    if paper is not None and (paper.customer_id != customer.pk or paper.kind not in WAITING_FOR):
        raise Refused(gettext_noop("%(number)s is no pro-forma and no order of this customer."), number=paper.number)
    if paper is None:
        order_number = short_line(order_number, longest=100, what=gettext_noop("The order number"))
    with once({"prepayment_waits_for_one_thing": "This money waits for something already. Call that off first."}):
        row = Prepayment.objects.create(
            creditor=customer.creditor,
            customer=customer,
            payment=payment,
            paper=paper,
            order_number=order_number.strip(),
            noted_on=on,
            by=by,
        )  # fmt: skip
    record(customer.creditor, "note_prepayment", row, by=by, payment=payment.pk, paper=paper and paper.pk, order_number=row.order_number)
    settle_prepayments([customer.pk], on=on, by=by)
    return row


@transaction.atomic
def call_prepayment_off(prepayment: Prepayment, *, on: date, by: User | None = None) -> Prepayment:
    """The money waits for nothing any more and is open credit like any other."""
    customer = locked_customer(prepayment.customer_id)
    row = Prepayment.objects.get(pk=prepayment.pk)
    if row.ended_on is not None:
        raise Refused(gettext_noop("This money waits for nothing any more."))
    _end(row, on=max(on, row.noted_on))
    record(customer.creditor, "call_prepayment_off", row, by=by, payment=row.payment_id)
    return row


def settle_prepayments(customers: Collection[int], *, on: date, by: User | None = None) -> None:
    """Let money that waits settle the invoices that have come for it. Call it with the customers locked; safe to run twice."""
    waiting = Prepayment.objects.standing().filter(customer__any=list(customers)).select_related("payment", "paper", "customer__creditor")
    for row in waiting.order_by("payment__booked_on", "pk"):
        for invoice in _come_for(row):
            if left_of(row.payment):
                _settle(row, invoice, on=max(on, row.payment.booked_on), by=by)
        if not left_of(row.payment):
            _end(row, on=max(on, row.noted_on))


def _come_for(row: Prepayment) -> list[Invoice]:
    """Open claims that carry the order number, or the number of the pro-forma, in their order number. The oldest first."""
    names = {row.order_number, row.paper.number if row.paper else "", row.paper.order_number if row.paper else ""} - {""}
    wanted = {_plain(name) for name in names}
    claims = Invoice.objects.filter(
        customer=row.customer_id, currency=row.payment.currency, state=InvoiceState.ISSUED, items__open_amount__gt=0
    ).exclude(order_number="")
    return [invoice for invoice in claims.distinct().order_by("issued_on", "pk") if _plain(invoice.order_number) in wanted]


def _plain(number: str) -> str:
    return "".join(number.split()).casefold()


def _settle(row: Prepayment, invoice: Invoice, *, on: date, by: User | None) -> None:
    items = [item for item in named_items(row.customer, [invoice]) if item.open_amount]
    parts = ledger.spread(left_of(row.payment), ledger.in_order(debts_of(items))).parts
    post(parts, items, cause=Cause.of(row.payment), on=on)
    record(row.customer.creditor, "settle_prepayment", row, by=by, on=on, payment=row.payment_id, invoice=invoice.pk, items=parts)
    tell(row.customer_id, on=on)


def _end(row: Prepayment, *, on: date) -> None:
    row.ended_on = on
    row.save(update_fields=["ended_on"])
