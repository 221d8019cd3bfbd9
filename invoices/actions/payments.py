"""What is left of money that came, and money that went back."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet

from invoices import ledger
from invoices.actions.checks import bookable, not_before
from invoices.actions.claims import book_on_claims, interest_on, take_claims_back
from invoices.actions.credit_sources import came_on, check_not_given_back, check_stands
from invoices.actions.money_in import LONGEST_REFERENCE, check_currency, claims_said, made_up_reference, named_once, store_payments
from invoices.actions.postings import Cause, post, take_back, tell
from invoices.actions.rows import Target, debts_of, locked_customer, locked_items, named_items
from invoices.balances import left_of
from invoices.models import AllocationEntry, BankLine, Invoice, Item, Payment
from receivables.accounts.models import AllocationOrder, Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import Money
from receivables.core.sentences import gettext_noop
from receivables.db.sealing import keyed_hash


@transaction.atomic
def allocate(
    source: Payment | Invoice, invoices: Sequence[Target], *, on: date, amount: Decimal | None = None, by: User | None = None
) -> ledger.Spread:
    """Let what is left of a payment or credit note, or `amount` of it, fall on these invoices in that order; the rest stays credit."""
    customer = locked_customer(source.customer_id)
    check_stands(source)
    items = named_items(customer, invoices)
    check_currency(items, source.currency)
    not_before(on, came_on(source), what=gettext_noop("An allocation"))
    is_money = isinstance(source, Payment)
    slices = ledger.in_order(debts_of(items))
    if is_money and customer.creditor.allocation_order == AllocationOrder.INTEREST_FIRST:
        slices = ledger.interest_first(slices, interest_on(customer.pk, source.currency, [item.pk for item in items]))
    spread = ledger.spread(_wanted(source, slices, amount), slices)
    post(spread.parts, items, cause=Cause.of(source), on=on)
    if isinstance(source, Payment):
        book_on_claims(source, spread.claims, on=on, by=by)
    record(customer.creditor, "allocate", source, by=by, on=on, items=spread.parts, currency=source.currency, **claims_said(spread))
    tell(customer.pk, on=on)
    return spread


@transaction.atomic
def reverse_payment(
    payment: Payment, *, on: date, reference: str | None = None, bank_line: BankLine | None = None, by: User | None = None
) -> Payment:
    """A refund or chargeback: a payment of its own that takes the other back. Returns it; what was settled opens again.

    `bank_line` is the line by which the money went back.
    """
    customer = locked_customer(payment.customer_id)
    if payment.reverses_id:
        raise Refused(
            gettext_noop("%(reference)s is itself a reversal. Record the money as a new payment instead."), reference=payment.reference
        )
    if Payment.objects.filter(reverses=payment).exists():
        raise Refused(gettext_noop("Payment %(reference)s was taken back already."), reference=payment.reference)
    check_not_given_back(payment)
    not_before(on, payment.booked_on, what=gettext_noop("A reversal"))
    reversal = Payment(
        creditor=customer.creditor, customer=customer, amount=payment.amount, currency=payment.currency, booked_on=on, reverses=payment,
        bank_line=bank_line, recorded_by=by, reference=named_once(reference or _reference_of_reversal(payment)), recorded_at=now(),
    )  # fmt: skip
    store_payments([reversal])
    items = undo_entries(_went_with(payment), on=on)
    take_claims_back(payment, on=on, by=by)
    opened = [item.pk for item in items]
    record(customer.creditor, "reverse_payment", reversal, by=by, on=on, payment=payment.pk, amount=payment.amount, items=opened)
    tell(customer.pk, on=on)
    return reversal


def undo_entries(entries: QuerySet[AllocationEntry], *, on: date) -> list[Item]:
    """Take back all that stands of these entries. Returns the items that opened."""
    standing = list(entries.filter(is_reversal=False, reversal=None).order_by("pk"))
    items = locked_items(Item.objects.filter(pk__in={entry.item_id for entry in standing}))
    for entry in standing:
        not_before(on, entry.on, what=gettext_noop("A reversal"))
    take_back(standing, items, on=on)
    return items


def _went_with(payment: Payment) -> QuerySet[AllocationEntry]:
    """What it settled, also in another currency, and what the company bore with it."""
    return AllocationEntry.objects.filter(Q(payment=payment) | Q(allowance__payment=payment) | Q(exchange__payment=payment))


def payments_from_account(creditor: Creditor, account: str) -> QuerySet[Payment]:
    """The company's payments from exactly this account; a part of a number finds nothing."""
    return Payment.objects.filter(creditor=creditor, payer_account_hash=keyed_hash(account))


def _wanted(source: Payment | Invoice, slices: Sequence[ledger.Slice], amount: Decimal | None) -> Decimal:
    """How much to allocate; never more than is left of the source or open on the items."""
    left, owed = left_of(source), sum((part.amount for part in slices), ledger.ZERO)
    if not left:
        raise Refused(gettext_noop("Nothing is left of %(source)s to allocate."), source=source)
    if not owed:
        raise Refused(gettext_noop("Nothing is open on the invoices named."))
    if amount is None:
        return left
    bookable(amount, source.currency, what=gettext_noop("The amount"))
    if amount > left:
        raise Refused(
            gettext_noop("Only %(money)s of %(source)s is left; %(amount)s cannot be allocated."),
            money=Money(left, source.currency),
            source=source,
            amount=amount,
        )
    if amount > owed:
        raise Refused(
            gettext_noop("Only %(money)s is open on the invoices named; %(amount)s cannot be allocated."),
            money=Money(owed, source.currency),
            amount=amount,
        )
    return amount


def _reference_of_reversal(payment: Payment) -> str:
    reference = f"{payment.reference}-R"
    return reference if len(reference) <= LONGEST_REFERENCE else made_up_reference()
