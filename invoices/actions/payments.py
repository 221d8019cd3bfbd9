"""Money that came, what it settles, and money that went back."""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from invoices import ledger
from invoices.actions.checks import bookable, currency_of, known_currency, not_before, once, short_line
from invoices.actions.claims import book_on_claims, interest_on, take_claims_back
from invoices.actions.credit_sources import came_on, check_not_given_back, check_stands
from invoices.actions.postings import Cause, post, take_back, tell
from invoices.actions.rows import Target, debts_of, locked_customer, locked_items, named_items, open_items
from invoices.balances import left_of
from invoices.models import AllocationEntry, BankLine, Customer, Invoice, Item, Payment
from invoices.states import PaidPart
from receivables import faults
from receivables.accounts.models import Allocation, AllocationOrder, Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import Money
from receivables.core.sentences import gettext_noop
from receivables.db.sealing import keyed_hash

REFERENCE = gettext_noop("The reference")
LONGEST_REFERENCE = 140


@transaction.atomic
def record_payment(
    customer: Customer,
    *,
    amount: Decimal,
    booked_on: date,
    currency: str | None = None,
    reference: str | None = None,
    invoices: Sequence[Target] | None = None,
    unmatched: bool = False,
    names: PaidPart | None = None,
    title: str = "",
    payer_name: str = "",
    payer_account: str | None = None,
    bank_line: BankLine | None = None,
    by: User | None = None,
) -> Payment:
    """Book money. It falls on the invoices named, in that order, else as the company wishes on the oldest due first. The rest is credit.

    It settles the principal, and before it the interest posted on the same debt where the company has chosen that order (art. 451
    par. 1 KC). What the debtor names as paid interest falls on posted interest alone.
    """
    customer = locked_customer(customer)
    items = named_items(customer, invoices) if invoices else []
    currency = known_currency(currency or _currency_named(items) or currency_of(customer))
    _check_currency(items, currency)
    bookable(amount, currency, what=gettext_noop("The amount"))
    payment = _book(
        Payment(
            creditor=customer.creditor, customer=customer, amount=amount, currency=currency, booked_on=booked_on,
            title=title[:400], payer_name=payer_name[:200], recorded_by=by, bank_line=bank_line, **_sealed_account(payer_account),
        ),
        reference or made_up_reference(),
    )  # fmt: skip
    faults.at("F16")
    waits = unmatched or (not invoices and customer.creditor.allocation == Allocation.UNMATCHED)
    owed = [] if waits else items if invoices else open_items(customer, currency=currency)
    slices = [] if waits else _slices(customer, owed, currency, named=bool(invoices), part=names)
    spread = ledger.spread(amount, slices)
    post(spread.parts, owed, cause=Cause.of(payment), on=booked_on)
    book_on_claims(payment, spread.claims, on=booked_on, by=by)
    record(
        customer.creditor, "record_payment", payment, by=by, amount=amount, currency=currency, booked_on=booked_on,
        items=spread.parts, credit=spread.rest, **_claims_of(spread),
    )  # fmt: skip
    tell(customer.pk, on=booked_on)
    return payment


@transaction.atomic
def allocate(
    source: Payment | Invoice, invoices: Sequence[Target], *, on: date, amount: Decimal | None = None, by: User | None = None
) -> ledger.Spread:
    """Let what is left of a payment or credit note, or `amount` of it, fall on these invoices in that order; the rest stays credit."""
    customer = locked_customer(source.customer_id)
    check_stands(source)
    items = named_items(customer, invoices)
    _check_currency(items, source.currency)
    not_before(on, came_on(source), what=gettext_noop("An allocation"))
    is_money = isinstance(source, Payment)
    slices = _slices(customer, items, source.currency, named=True) if is_money else ledger.in_order(debts_of(items))
    spread = ledger.spread(_wanted(source, slices, amount), slices)
    post(spread.parts, items, cause=Cause.of(source), on=on)
    if isinstance(source, Payment):
        book_on_claims(source, spread.claims, on=on, by=by)
    record(customer.creditor, "allocate", source, by=by, on=on, items=spread.parts, currency=source.currency, **_claims_of(spread))
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
    reversal = _book(
        Payment(
            creditor=customer.creditor, customer=customer, amount=payment.amount, currency=payment.currency, booked_on=on,
            reverses=payment, bank_line=bank_line, recorded_by=by,
        ),
        reference or _reference_of_reversal(payment),
    )  # fmt: skip
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


def made_up_reference() -> str:
    """Names a payment for which the bank gave no reference."""
    return f"own-{uuid.uuid4()}"


def _book(payment: Payment, reference: str) -> Payment:
    payment.reference = short_line(reference, longest=LONGEST_REFERENCE, what=REFERENCE)
    payment.recorded_at = now()
    with once({"payment_booked_once": f"A payment with the reference {reference} is booked already. It is not booked twice."}):
        payment.save(force_insert=True)
    return payment


def _slices(customer: Customer, items: Sequence[Item], currency: str, *, named: bool, part: PaidPart | None = None) -> list[ledger.Slice]:
    """The debts that money meets: those named in their order, else all the oldest first; each after its interest, where that is the order.

    What is named as interest meets posted interest alone.
    """
    on = [item.pk for item in items] if named else None
    if part is PaidPart.INTEREST:
        return interest_on(customer.pk, currency, on)
    debts = debts_of(items)
    slices = ledger.in_order(debts) if named else ledger.oldest_first(debts)
    if customer.creditor.allocation_order != AllocationOrder.INTEREST_FIRST:
        return slices
    return ledger.interest_first(slices, interest_on(customer.pk, currency, on))


def _claims_of(spread: ledger.Spread) -> dict[str, Any]:
    """What the audit says of claims that money settled; nothing where it settled none."""
    return {"claims": spread.claims} if spread.claims else {}


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


def _currency_named(items: Sequence[Item]) -> str | None:
    return items[0].currency if items else None


def _check_currency(items: Sequence[Item], currency: str) -> None:
    for item in items:
        if item.currency != currency:
            crossed = f"{item.label} is in {item.currency}, not in {currency}."
            raise Refused(
                gettext_noop("%(crossed)s Currencies are never mixed; name invoices in %(currency)s only."),
                crossed=crossed,
                currency=currency,
            )


def _sealed_account(account: str | None) -> dict[str, object]:
    plain = "".join((account or "").split()).upper()
    return {"payer_account": plain, "payer_account_hash": keyed_hash(plain)} if plain else {}


def _reference_of_reversal(payment: Payment) -> str:
    reference = f"{payment.reference}-R"
    return reference if len(reference) <= LONGEST_REFERENCE else made_up_reference()
