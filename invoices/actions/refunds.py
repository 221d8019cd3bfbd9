"""Credit that goes back to its customer: by a transfer that the bank tells, or noted by hand. What was given back is no credit any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices.actions.checks import bookable, not_before, once, short_line
from invoices.actions.credit_entries import contra
from invoices.actions.credit_sources import came_on, check_stands
from invoices.actions.postings import tell
from invoices.actions.rows import locked_customer
from invoices.balances import left_of
from invoices.models import BankLine, CreditEntry, Invoice, Payment
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import Money
from receivables.core.sentences import gettext_noop

REFERENCE = gettext_noop("The reference")


@dataclass(frozen=True, slots=True)
class Back:
    """So much of a payment or credit note."""

    source: Payment | Invoice
    amount: Decimal


@transaction.atomic
def give_back(
    source: Payment | Invoice,
    *,
    amount: Decimal | None = None,
    on: date,
    reference: str | None = None,
    reason: str = "",
    bank_line: BankLine | None = None,
    by: User | None = None,
) -> CreditEntry:
    """Book that open credit went back to the customer: all that is left of a payment or credit note, or `amount` of it.

    The reference is booked once. Raises `Refused` where less is left, and before the day on which the credit came.
    """
    customer = locked_customer(source.customer_id)
    check_stands(source)
    not_before(on, came_on(source), what=gettext_noop("A refund"))
    left = left_of(source)
    amount = left if amount is None else bookable(amount, source.currency, what=gettext_noop("The amount"))
    if not amount or amount > left:
        raise Refused(gettext_noop("Only %(left)s of %(source)s is left to give back."), left=Money(left, source.currency), source=source)
    made_up = f"refund-{source.pk}-{CreditEntry.objects.filter(creditor=customer.creditor).count() + 1}"
    reference = short_line(reference or made_up, longest=140, what=REFERENCE)
    with once({"refund_booked_once": f"A refund with the reference {reference} is booked already. It is not booked twice."}):
        row = CreditEntry.objects.create(
            creditor=customer.creditor, customer=customer, kind=CreditEntry.Kind.REFUND, amount=amount, currency=source.currency, on=on,
            reference=reference, reason=" ".join(reason.split())[:200], bank_line=bank_line, recorded_at=now(), by=by, **_source(source),
        )  # fmt: skip
    record(customer.creditor, "give_back", row, by=by, amount=amount, currency=source.currency, on=on, source=source.pk)
    tell(customer.pk, on=on)
    return row


@transaction.atomic
def undo_refund(refund: CreditEntry, *, on: date, reason: str, by: User | None = None) -> CreditEntry:
    """The money did not go, or came back: it is the customer's credit again. A contra-entry; raises `Refused` the second time."""
    customer = locked_customer(refund.customer_id)
    if refund.kind != CreditEntry.Kind.REFUND or refund.is_reversal:
        raise Refused(gettext_noop("This is no refund that could be taken back."))
    if CreditEntry.objects.filter(reverses=refund).exists():
        raise Refused(gettext_noop("This refund was taken back already."))
    not_before(on, refund.on, what=gettext_noop("A reversal"))
    row = contra(refund, on=on, reason=short_line(reason, longest=200, what=gettext_noop("The reason")), by=by)
    record(customer.creditor, "undo_refund", row, by=by, on=on, refund=refund.pk, amount=refund.amount, reason=row.reason)
    tell(customer.pk, on=on)
    return row


def spread_over(sources: Sequence[Payment | Invoice], amount: Decimal) -> list[Back]:
    """So much of these, the first emptied before the next. Raises `Refused` where they are not enough. Under the customer's lock."""
    found, rest = [], amount
    for source in sources:
        if part := min(rest, left_of(source)):
            found.append(Back(source, part))
            rest -= part
    if rest:
        raise Refused(gettext_noop("The customer has less open credit than that. Look at the line again."))
    return found


def _source(source: Payment | Invoice) -> dict[str, Payment | Invoice]:
    return {"payment": source} if isinstance(source, Payment) else {"credit_note": source}
