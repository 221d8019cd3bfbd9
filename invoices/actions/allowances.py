"""What the company bears of an item together with a payment: a discount for paying early, or a small difference within its rule.

Each is a booking of its own beside the money, and falls with the payment. A discount lowers the tax base, so it asks for a correction
invoice; when that comes, it takes the discount's place.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from invoices.actions.checks import bookable
from invoices.actions.early_payment import offers_of
from invoices.actions.postings import Cause, post, take_back, tell
from invoices.actions.rows import locked_customer, locked_items
from invoices.early_payment import Offer, granted, missed
from invoices.models import AllocationEntry, Allowance, Customer, DifferenceRule, Invoice, Item, Payment
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import Money
from receivables.core.sentences import gettext_noop

DEFAULT_TOLERANCE = {"PLN": Decimal(5), "EUR": Decimal(15)}
"""How much less than open may be a bank's fee, where a company has set nothing. Such money is suggested, never booked alone."""


def tolerance_of(creditor: Creditor | int, *, on: date) -> dict[str, tuple[Decimal, Decimal]]:
    """Currency → how much less than open the company bears: at most this amount, and at most so many per cent. One query."""
    default = {currency: (most, Decimal(100)) for currency, most in DEFAULT_TOLERANCE.items()}
    return default | {code: (row.most, row.most_percent) for code, row in DifferenceRule.objects.in_force(creditor, on=on).items()}


@transaction.atomic
def grant_discount(payment: Payment, item: Item, *, late: bool = False, by: User | None = None) -> Allowance:
    """Book what an invoice's terms grant to who has paid in time: the open rest of it, exactly, which lies on this item alone. `late`: a
    person grants it though the money came too late. Raises `Refused` where no terms explain the rest.
    """
    _customer, row = _locked(payment, item)
    if standing_discounts(Item.objects.filter(invoice=row.invoice_id)).exists():
        raise Refused(
            gettext_noop("A discount of %(number)s was granted already. Take that payment back first."), number=row.invoice.number
        )
    if Item.objects.open().filter(invoice=row.invoice_id).exclude(pk=row.pk).exists():
        raise Refused(
            gettext_noop("A discount is for who pays all of %(number)s, and another part of it is open still."), number=row.invoice.number
        )
    offered, rest = offers_of(row.invoice), row.open_amount
    offer = granted(offered, short=rest, paid_on=payment.booked_on)
    if offer is None and late:
        offer = missed(offered, short=rest, paid_on=payment.booked_on)
    if offer is None:
        raise Refused(
            gettext_noop("No discount of %(number)s is %(rest)s for money of %(day)s. Look at its terms."),
            number=row.invoice.number,
            rest=Money(rest, row.currency),
            day=payment.booked_on,
        )
    return _keep(payment, row, Allowance.Kind.DISCOUNT, _words(offer, late=payment.booked_on > offer.until), by=by)


@transaction.atomic
def bear_difference(payment: Payment, item: Item, *, by: User | None = None) -> Allowance:
    """Book the open rest of an item as a small difference, such as a bank's fee. Raises `Refused` beyond what the company bears."""
    customer, row = _locked(payment, item)
    most, percent = tolerance_of(customer.creditor_id, on=payment.booked_on).get(row.currency, (Decimal(0), Decimal(100)))
    whole = row.open_amount + _of_payment(payment, row)
    if row.open_amount > most or row.open_amount * 100 > percent * whole:
        raise Refused(
            gettext_noop("%(rest)s is more than the company bears (%(most)s, at most %(percent)s %%). Write it off instead."),
            rest=Money(row.open_amount, row.currency),
            most=Money(most, row.currency),
            percent=f"{percent.normalize():f}",
        )
    return _keep(payment, row, Allowance.Kind.BANK_FEE, f"at most {Money(most, row.currency)}", by=by)


def replace_discounts(items: Sequence[Item], amount: Decimal, *, on: date) -> list[Item]:
    """A correction invoice over exactly a discount that stands on these items comes in its place: the discount is taken back.

    Call it under the lock of the customer, with locked items. Returns those that opened.
    """
    first = standing_discounts(items).filter(amount=amount).order_by("pk").first()
    if first is None:
        return []
    opened = [item for item in items if item.pk == first.item_id]
    take_back([first], opened, on=max(on, first.on))
    return opened


def standing_discounts(items: Iterable[Item]) -> QuerySet[AllocationEntry]:
    """The entries of discounts on these items that were not taken back."""
    kind = Allowance.Kind.DISCOUNT
    return AllocationEntry.objects.filter(item__in=list(items), allowance__kind=kind, is_reversal=False, reversal=None)


def replaced_by(note: Invoice) -> Allowance | None:
    """The discount whose place this credit note took, while the payment that it came with settles the item: the last entry on the item
    before the note's own takes it back, and the payment's is older still. None if the note took none's place.
    """
    for entry in note.entries.filter(is_reversal=False, reversal=None, amount=note.gross):
        before = AllocationEntry.objects.filter(item=entry.item_id, pk__lt=entry.pk).select_related("allowance").order_by("-pk").first()
        discount = before.allowance if before is not None and before.is_reversal and before.amount == note.gross else None
        if before is None or discount is None or discount.kind != Allowance.Kind.DISCOUNT:
            continue
        paid = discount.payment.entries.filter(item=entry.item_id, is_reversal=False, reversal=None, pk__lt=before.pk)
        if paid.exists():
            return discount
    return None


def grant_again(discount: Allowance, items: Sequence[Item], *, on: date, by: User | None = None) -> None:
    """Book a discount anew after the credit note in its place was taken back, on that one's item among these locked ones that opened."""
    for item in items:
        if item.pk == discount.item_id and item.open_amount >= discount.amount:
            _store(discount.payment, item, Allowance.Kind.DISCOUNT, discount.reason, discount.amount, on=max(on, discount.on), by=by)


def _locked(payment: Payment, item: Item) -> tuple[Customer, Item]:
    customer = locked_customer(payment.customer_id)
    (row,) = locked_items(Item.objects.filter(pk=item.pk))
    if row.customer_id != customer.pk or row.currency != payment.currency:
        raise Refused(gettext_noop("The payment and the item differ in customer or currency."))
    if payment.reverses_id or Payment.objects.filter(reverses=payment).exists() or not _of_payment(payment, row):
        raise Refused(gettext_noop("Nothing of this payment settles %(item)s."), item=row.label)
    if not row.open_amount:
        raise Refused(gettext_noop("Nothing is open on %(item)s any more."), item=row.label)
    return customer, row


def _of_payment(payment: Payment, item: Item) -> Decimal:
    entries = payment.entries.filter(item=item, is_reversal=False, reversal=None)
    return sum(entries.values_list("amount", flat=True), Decimal(0))


def _words(offer: Offer, *, late: bool) -> str:
    words = f"{offer.percent.normalize():f} % in {offer.days} days, by {offer.until}"
    return f"{words}; granted though it came later" if late else words


def _keep(payment: Payment, item: Item, kind: Allowance.Kind, reason: str, *, by: User | None) -> Allowance:
    row = _store(payment, item, kind, reason, item.open_amount, on=_last_day(payment, item), by=by)
    tell(item.customer_id, on=row.on)
    return row


def _store(payment: Payment, item: Item, kind: Allowance.Kind, reason: str, amount: Decimal, *, on: date, by: User | None) -> Allowance:
    bookable(amount, item.currency, what=gettext_noop("The amount"))
    row = Allowance.objects.create(
        item=item, payment=payment, kind=kind, amount=amount, currency=item.currency, on=on, reason=reason[:200],
        needs_correction=kind == Allowance.Kind.DISCOUNT, recorded_at=now(), by=by,
    )  # fmt: skip
    post({item.pk: amount}, [item], cause=Cause.of(row), on=on)
    record(item.creditor, f"allow_{kind}", row, by=by, item=item.pk, payment=payment.pk, amount=amount, currency=item.currency, on=on)
    return row


def _last_day(payment: Payment, item: Item) -> date:
    """The day of the newest entry of the payment on the item: the rest did not go before the money came."""
    return max(payment.entries.filter(item=item, is_reversal=False).values_list("on", flat=True))
