"""A day's bank statement into the books: all lines in one transaction, with one audit entry and one piece of news.

The rows are those that `record_payment` writes, made of the same parts; one by one they would take most of the demo's time.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from invoices import ledger
from invoices.actions.postings import Cause, keep, lower, tell
from invoices.actions.rows import locked_items
from invoices.models import AllocationEntry, Customer, Item, Payment
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.db.sealing import keyed_hash
from receivables.demo.cast import Buyer
from receivables.demo.events import Receipt

Invoices = Mapping[str, int]  # ref of a paper → id of its invoice


@transaction.atomic
def book_statement(
    creditor: Creditor, lines: Sequence[Receipt], *, customers: Mapping[str, Customer], buyers: Mapping[str, Buyer], invoices: Invoices,
    on: date, by: User,
) -> list[Payment]:  # fmt: skip
    """Book these lines. What names an invoice settles it, the oldest instalment first; the rest is credit that waits to be matched."""
    touched = sorted({customers[line.buyer].pk for line in lines})
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=touched).order_by("pk").values_list("pk"))
    items = _items_of({invoices[ref] for line in lines for ref in line.pays})
    rows = [_payment(line, customers[line.buyer], buyers[line.buyer], by) for line in lines]
    payments = Payment.objects.bulk_create(rows)
    paid = [(payment, [item for ref in line.pays for item in items[invoices[ref]]]) for line, payment in zip(lines, payments, strict=True)]
    entries = [entry for payment, owed in paid for entry in _entries(payment, owed)]
    keep(entries, list({entry.item_id: entry.item for entry in entries}.values()))
    rows_digest = digest_of_rows((payment.reference, payment.amount, payment.currency) for payment in payments)
    record(creditor, "book_statement", f"bank:{on}", by=by, payments=len(payments), rows=rows_digest)
    tell(*touched, on=on)
    return payments


def _items_of(invoices: set[int]) -> dict[int, list[Item]]:
    """By invoice, the oldest due first; locked."""
    found: dict[int, list[Item]] = {pk: [] for pk in invoices}
    for item in sorted(locked_items(Item.objects.filter(invoice__in=invoices)), key=lambda item: (item.due_on, item.position)):
        found[item.invoice_id].append(item)
    return found


def _payment(line: Receipt, customer: Customer, buyer: Buyer, by: User) -> Payment:
    sealed = {"payer_account": buyer.account, "payer_account_hash": keyed_hash(buyer.account)} if buyer.account else {}
    return Payment(
        creditor_id=customer.creditor_id, customer=customer, amount=line.amount, currency=line.currency, booked_on=line.on,
        reference=line.reference, title=line.title, payer_name=customer.name, recorded_at=clock.now(), recorded_by=by, **sealed,
    )  # fmt: skip


def _entries(payment: Payment, owed: Sequence[Item]) -> list[AllocationEntry]:
    by_id = {item.pk: item for item in owed}
    parts = ledger.spread(payment.amount, [ledger.Slice(item.pk, item.open_amount) for item in owed]).parts
    return [lower(by_id[pk], part, cause=Cause.of(payment), on=payment.booked_on) for pk, part in parts.items()]
