"""What became of a bank line: payments of one or several customers, nothing of ours, or a payment that it takes back.

Customers are locked before the line, in the order of their ids; nothing is edited: undone, payments are taken back by new entries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from django.db import transaction
from django.db.models import QuerySet

from invoices.actions.checks import short_line
from invoices.actions.payments import record_payment, reverse_payment
from invoices.actions.rows import Target, locked_customer
from invoices.models import BankLine, Customer, Item, Payment
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

REASON = gettext_noop("The reason")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A customer's share of a line, and the items or invoices that it settles in this order; what is left stays credit.

    Without targets it falls as the company wishes. `open` is what was open on the targets when this was decided, where that matters.
    """

    customer: Customer
    amount: Decimal
    targets: tuple[Target, ...] = ()
    open: Decimal | None = None


@transaction.atomic
def book_line(line: BankLine, shares: Sequence[Wanted], *, why: str, by: User | None = None) -> list[Payment]:
    """Make payments of a line, one for each customer. Raises `Refused` where it is not waiting, or the shares are not all of it."""
    for customer in sorted({share.customer.pk for share in shares}):
        locked_customer(customer)
    row = _waiting(line)
    if row.amount <= 0:
        raise Refused(gettext_noop("This is money that went out. Set it aside, or take back the payment that it returns."))
    if not shares or sum(share.amount for share in shares) != row.amount:
        raise Refused(gettext_noop("The shares must make %(amount)s, all of the line."), amount=row.amount)
    before = Payment.objects.filter(bank_line=row).count()
    payments = [_pay(row, share, number=before + n, by=by) for n, share in enumerate(shares, start=1)]
    _decide(row, BankLine.State.BOOKED, why=why, by=by)
    record(row.creditor, "book_bank_line", row, by=by, why=why, payments=[payment.pk for payment in payments])
    return payments


def set_aside(line: BankLine, *, reason: str, by: User) -> BankLine:
    """It is no customer's money. Raises `Refused` where the line is not waiting."""
    with transaction.atomic():
        row = _waiting(line)
        _decide(row, BankLine.State.SET_ASIDE, why=short_line(reason, longest=200, what=REASON), by=by)
        record(row.creditor, "set_bank_line_aside", row, by=by, reason=row.why)
        return row


@transaction.atomic
def put_back(line: BankLine, *, by: User) -> BankLine:
    """A line that was set aside waits again."""
    row = _locked(line)
    if row.state != BankLine.State.SET_ASIDE:
        raise Refused(gettext_noop("This line was not set aside."))
    if row.payments.exclude(reverses=None).exists():
        raise Refused(gettext_noop("This line has taken a payment back. Book the money anew if that was wrong."))
    _wait_again(row)
    record(row.creditor, "put_bank_line_back", row, by=by)
    return row


@transaction.atomic
def undo_line(line: BankLine, *, on: date, by: User) -> BankLine:
    """Take back what a line was booked as; it waits again. What was paid by it opens."""
    payments = list(_standing(line).select_related("customer").order_by("customer", "pk"))
    for payment in payments:
        locked_customer(payment.customer_id)
    row = _locked(line)
    if row.state != BankLine.State.BOOKED:
        raise Refused(gettext_noop("This line is not booked."))
    for payment in payments:
        reverse_payment(payment, on=max(on, payment.booked_on), by=by)
    _wait_again(row)
    record(row.creditor, "undo_bank_line", row, by=by, payments=[payment.pk for payment in payments])
    return row


@transaction.atomic
def take_back_by(line: BankLine, payment: Payment, *, by: User) -> Payment:
    """The line returns a payment: money went out again. Raises `Refused` where amount, currency or company differ."""
    locked_customer(payment.customer_id)
    row = _waiting(line)
    if (row.creditor_id, row.currency, -row.amount) != (payment.creditor_id, payment.currency, payment.amount):
        raise Refused(gettext_noop("The line and the payment differ in amount, currency or company."))
    reversal = reverse_payment(payment, on=max(row.booked_on, payment.booked_on), bank_line=row, by=by)
    _decide(row, BankLine.State.SET_ASIDE, why=f"takes back {payment.reference}"[:200], by=by)
    record(row.creditor, "bank_line_takes_back", row, by=by, payment=payment.pk, reversal=reversal.pk)
    return reversal


def _pay(line: BankLine, share: Wanted, *, number: int, by: User | None) -> Payment:
    if share.open is not None:
        _still_open(share)
    name = line.references.get("bank") or line.references.get("bank_transaction") or "bank"
    return record_payment(
        share.customer,
        amount=share.amount,
        currency=line.currency,
        booked_on=line.booked_on,
        reference=f"{name[:100]}/{line.pk}-{number}",
        invoices=share.targets or None,
        title=line.title,
        payer_name=line.counterparty,
        payer_account=cast(str | None, line.payer_account),  # opened by its field
        bank_line=line,
        by=by,
    )


def _still_open(share: Wanted) -> None:
    """What was decided on is still so: else a person looks."""
    ids = [target.pk for target in share.targets if isinstance(target, Item)]
    amounts = Item.objects.filter(pk__in=ids).values_list("open_amount", flat=True)
    if sum(amounts, Decimal(0)) != share.open:
        raise Refused(gettext_noop("What is open has changed meanwhile. Look at the line again."))


def _standing(line: BankLine) -> QuerySet[Payment]:
    return Payment.objects.filter(bank_line=line, reverses=None, reversal=None)


def _locked(line: BankLine) -> BankLine:
    return BankLine.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor", "statement").get(pk=line.pk)


def _waiting(line: BankLine) -> BankLine:
    row = _locked(line)
    if row.state != BankLine.State.WAITING:
        raise Refused(gettext_noop("This line is decided already. Load the page again."))
    if row.statement.is_held:
        raise Refused(gettext_noop("The statement of this line does not balance and is held. Release the statement first."))
    return row


def _decide(row: BankLine, state: BankLine.State, *, why: str, by: User | None) -> None:
    row.state, row.why, row.by, row.decided_at = state, why[:200], by, now()
    row.save(update_fields=["state", "why", "by", "decided_at"])


def _wait_again(row: BankLine) -> None:
    row.state, row.why, row.by, row.decided_at = BankLine.State.WAITING, "", None, None
    row.save(update_fields=["state", "why", "by", "decided_at"])
