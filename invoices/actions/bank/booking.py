"""What became of a bank line: payments of one or several customers, nothing of ours, or a payment that it takes back.

Customers are locked before the line, in the order of their ids; nothing is edited: undone, payments are taken back by new entries.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from django.db import transaction
from django.db.models import QuerySet

from invoices.actions.allowances import bear_difference, grant_discount
from invoices.actions.bank.told import MONEY_OUT
from invoices.actions.checks import short_line
from invoices.actions.exchanges import settle_in_other_currency
from invoices.actions.money_in import NewPayment, record_payments
from invoices.actions.payments import allocate, reverse_payment
from invoices.actions.postings import told_at_the_end
from invoices.actions.rows import Target, lock_in_order, locked_customer
from invoices.exchange import Original, shares
from invoices.matching import Borne, BorneAs
from invoices.models import BankLine, CreditEntry, Customer, Item, Payment, SettlementReport
from invoices.states import PaidPart
from receivables.accounts.models import AllocationOrder, User
from receivables.audit.actions import Event, record, record_all
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.db.copying import set_in

REASON = gettext_noop("The reason")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A customer's share of a line, and the items or invoices that it settles in this order; what is left stays credit.

    Without targets it falls as the company wishes. `open` is what was open on the targets when this was decided, where that matters: said
    without targets, nothing was owed, and the money stays credit.
    `borne` closes items that the money does not reach; then each target gets its own of `parts`. `exchanged`: the targets are in another
    currency, `parts` are in it, and the whole share stands for that original amount.
    """

    customer: Customer
    amount: Decimal
    targets: tuple[Target, ...] = ()
    open: Decimal | None = None
    parts: tuple[Decimal, ...] = ()
    borne: tuple[Borne, ...] = ()
    exchanged: Original | None = None

    @property
    def owes_nothing(self) -> bool:
        """Whether it was decided on books in which the customer owed nothing."""
        return self.open is not None and not self.targets


@dataclass(frozen=True, slots=True)
class Booking:
    """What a line is to become, one share for each customer, and why."""

    line: BankLine
    shares: Sequence[Wanted]
    why: str

    @property
    def is_plain(self) -> bool:
        """Whether it is money on items and nothing beside it."""
        return not any(share.borne or share.exchanged for share in self.shares)


def book_line(line: BankLine, shares: Sequence[Wanted], *, why: str, by: User | None = None) -> list[Payment]:
    """Make payments of a line, one for each customer, with what the company bears beside them. Raises `Refused` where it is not waiting, or
    the shares are not all of it.
    """
    booked = book_lines([Booking(line, shares, why)], by=by)[line.pk]
    if isinstance(booked, Refused):
        raise booked
    return booked


@transaction.atomic
def book_lines(bookings: Sequence[Booking], *, by: User | None = None) -> dict[int, list[Payment] | Refused]:
    """Make payments of lines of one company, in this order, each once. Line id → its payments, or why it was refused, which does not hinder
    the others. A fixed number of statements where all are plain. Raises `Refused` for all where that shows only as they are written.
    """
    lock_in_order({share.customer.pk for booking in bookings for share in booking.shares})
    rows = _locked_lines(booking.line for booking in bookings)
    left = _open_now(bookings)
    results: dict[int, list[Payment] | Refused] = {}
    good = []
    for booking in bookings:
        row = rows[booking.line.pk]
        try:
            _check(row, booking.shares)
            _still_open(booking.shares, left)
        except Refused as refusal:
            results[row.pk] = refusal
        else:
            good.append(Booking(row, booking.shares, booking.why))
    return results | _write(good, by=by)


def _write(bookings: Sequence[Booking], *, by: User | None) -> dict[int, list[Payment] | Refused]:
    """Locked lines that are as they should be."""
    if not bookings:
        return {}
    before = Counter(Payment.objects.filter(bank_line__any=[booking.line.pk for booking in bookings]).values_list("bank_line", flat=True))
    with told_at_the_end():
        payments = iter(record_payments([money for booking in bookings for money in _moneys(booking, before[booking.line.pk])], by=by))
        made = {booking.line.pk: [_with_what_is_beside(next(payments), share, by=by) for share in booking.shares] for booking in bookings}
    _decide_lines(bookings, by=by)
    facts = ((booking, {"why": booking.why, "payments": [payment.pk for payment in made[booking.line.pk]]}) for booking in bookings)
    record_all(bookings[0].line.creditor, [Event("book_bank_line", booking.line, said) for booking, said in facts], by=by)
    return dict(made)


@transaction.atomic
def book_together(lines: Sequence[BankLine], customer: Customer, targets: Sequence[Target], *, why: str, by: User | None) -> list[Payment]:
    """Lines of one customer that pay the same items together: each makes its payment, which falls on what those before it left open.

    The last leaves what is over as credit. Raises `Refused` where one is not waiting, or they differ in company or currency.
    """
    locked_customer(customer)
    _locked_lines(lines)  # all in the order of their ids, before each is taken by its day
    if len({(line.creditor_id, line.currency) for line in lines}) != 1 or len(lines) < 2:
        raise Refused(gettext_noop("Join two or more lines of one company and one currency."))
    ordered = sorted(lines, key=lambda line: (line.booked_on, line.pk))
    return [payment for line in ordered for payment in book_line(line, [_left_over(line, customer, targets)], why=why, by=by)]


def _left_over(line: BankLine, customer: Customer, targets: Sequence[Target]) -> Wanted:
    """A share of all of the line, on the targets of which something is open still; without any it stays credit."""
    owed = [target for target in targets if not isinstance(target, Item) or Item.objects.open().filter(pk=target.pk).exists()]
    return Wanted(customer, line.amount, tuple(owed or targets))


def set_aside(line: BankLine, *, reason: str, by: User) -> BankLine:
    """It is no customer's money. Raises `Refused` where the line is not waiting."""
    with transaction.atomic():
        row = waiting_line(line)
        decide_line(row, BankLine.State.SET_ASIDE, why=short_line(reason, longest=200, what=REASON), by=by)
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
    if row.refunds.filter(is_reversal=False, reversal=None).exists():
        raise Refused(gettext_noop("This line gave credit back. Take the refund back first."))
    if row.sister_money.filter(taken_back_on=None).exists():
        raise Refused(gettext_noop("This money is a sister company's. Take that back on the page of the line."))
    wait_again(row)
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
    if SettlementReport.objects.filter(bank_line=row).exists():
        raise Refused(gettext_noop("This line was split by a settlement report. Take the report back instead."))
    for payment in payments:
        reverse_payment(payment, on=max(on, payment.booked_on), by=by)
    wait_again(row)
    record(row.creditor, "undo_bank_line", row, by=by, payments=[payment.pk for payment in payments])
    return row


@transaction.atomic
def take_back_by(line: BankLine, payment: Payment, *, by: User) -> Payment:
    """The line returns a payment: money went out again. Raises `Refused` where amount, currency or company differ."""
    locked_customer(payment.customer_id)
    row = waiting_line(line)
    if (row.creditor_id, row.currency, -row.amount) != (payment.creditor_id, payment.currency, payment.amount):
        raise Refused(gettext_noop("The line and the payment differ in amount, currency or company."))
    reversal = reverse_payment(payment, on=max(row.booked_on, payment.booked_on), bank_line=row, by=by)
    decide_line(row, BankLine.State.SET_ASIDE, why=f"takes back {payment.reference}"[:200], by=by)
    record(row.creditor, "bank_line_takes_back", row, by=by, payment=payment.pk, reversal=reversal.pk)
    return reversal


def waiting_out(line: BankLine) -> BankLine:
    """A line of money out that nobody has decided, locked: one that waits, or that the import alone has set aside."""
    row = _locked(line)
    is_free = row.state == BankLine.State.WAITING or (row.state == BankLine.State.SET_ASIDE and row.why == MONEY_OUT)
    if not is_free or row.statement.is_held:
        raise Refused(gettext_noop("This line is decided already. Load the page again."))
    if row.amount >= 0:
        raise Refused(gettext_noop("This is money that came in. Only money that went out gives credit back."))
    return row


def settle_by_refund(row: BankLine, customer: str, *, by: User) -> None:
    """Set a line aside that gave credit back. The line is locked."""
    decide_line(row, BankLine.State.SET_ASIDE, why=f"{GAVE_BACK}{customer}", by=by)


GAVE_BACK = "gave credit back to "


def _moneys(booking: Booking, before: int) -> Iterator[NewPayment]:
    """The payments of a line, of which it had so many before."""
    line = booking.line
    is_interest_first = line.creditor.allocation_order == AllocationOrder.INTEREST_FIRST
    name = line.references.get("bank") or line.references.get("bank_transaction") or "bank"
    for number, share in enumerate(booking.shares, start=before + 1):
        in_parts = bool(share.borne or share.exchanged)
        yield NewPayment(
            share.customer,
            amount=share.amount,
            currency=line.currency,
            booked_on=line.booked_on,
            reference=f"{name[:100]}/{line.pk}-{number}",
            invoices=() if in_parts else share.targets,
            unmatched=in_parts or (share.owes_nothing and not is_interest_first),
            names=PaidPart.INTEREST if share.owes_nothing and is_interest_first else None,  # posted interest is no item of the books
            title=line.title,
            payer_name=line.counterparty,
            payer_account=cast(str | None, line.payer_account),  # opened by its field
            bank_line=line,
        )


def _with_what_is_beside(payment: Payment, share: Wanted, *, by: User | None) -> Payment:
    if share.exchanged:
        _exchange(payment, share, share.exchanged, by=by)
    elif share.borne:
        _in_parts(payment, share, by=by)
    return payment


def _in_parts(payment: Payment, share: Wanted, *, by: User | None) -> None:
    """Each item its own part, and what the company bears of it."""
    for target, part in zip(share.targets, share.parts, strict=True):
        allocate(payment, [target], on=payment.booked_on, amount=part, by=by)
    items = {target.pk: target for target in share.targets if isinstance(target, Item)}
    for borne in share.borne:
        if borne.kind is BorneAs.BANK_FEE:
            row = bear_difference(payment, items[borne.item], by=by)
        else:
            row = grant_discount(payment, items[borne.item], late=borne.kind is BorneAs.DISCOUNT_LATE, by=by)
        if row.amount != borne.amount:
            raise Refused(gettext_noop("What is open has changed meanwhile. Look at the line again."))


def _exchange(payment: Payment, share: Wanted, original: Original, *, by: User | None) -> None:
    """At the rate between what the payer's bank was told and what came: the statement states both."""
    paid = shares(payment.amount, share.parts, payment.currency, of=original.amount)
    for target, settles, part in zip(share.targets, share.parts, paid, strict=True):
        if not isinstance(target, Item):
            raise Refused(gettext_noop("Name the items that money of another currency settles."))
        settle_in_other_currency(
            payment, target, paid=part, settles=settles, on=payment.booked_on, told=CreditEntry.Told.STATEMENT,
            note=f"{original.amount} {original.currency}", by=by,
        )  # fmt: skip


def _check(row: BankLine, shares: Sequence[Wanted]) -> None:
    _check_waits(row)
    if row.amount <= 0:
        raise Refused(gettext_noop("This is money that went out. Set it aside, or take back the payment that it returns."))
    if not shares or sum(share.amount for share in shares) != row.amount:
        raise Refused(gettext_noop("The shares must make %(amount)s, all of the line."), amount=row.amount)


def _open_now(bookings: Iterable[Booking]) -> dict[int, Decimal]:
    """Item id → what is open, of those about which something was decided. At most one query."""
    shares = (share for booking in bookings for share in booking.shares if share.open is not None)
    ids = [target.pk for share in shares for target in share.targets if isinstance(target, Item)]
    return dict(Item.objects.filter(pk__any=ids).values_list("pk", "open_amount")) if ids else {}


def _still_open(shares: Sequence[Wanted], left: dict[int, Decimal]) -> None:
    """What was decided on is still so: else a person looks. What these shares take is off `left` afterwards."""
    for share in shares:
        if share.open is None:
            continue
        items = [target.pk for target in share.targets if isinstance(target, Item)]
        if sum((left[pk] for pk in items), Decimal(0)) != share.open:
            raise Refused(gettext_noop("What is open has changed meanwhile. Look at the line again."))
        for pk, amount in (*zip(items, share.parts, strict=False), *((borne.item, borne.amount) for borne in share.borne)):
            left[pk] -= amount


def _standing(line: BankLine) -> QuerySet[Payment]:
    return Payment.objects.filter(bank_line=line, reverses=None, reversal=None)


def _locked(line: BankLine) -> BankLine:
    return _locked_lines([line])[line.pk]


def _locked_lines(lines: Iterable[BankLine]) -> dict[int, BankLine]:
    """Lines as they stand, locked in the order of their ids by one statement."""
    rows = BankLine.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor", "statement")
    return {row.pk: row for row in rows.filter(pk__any=[line.pk for line in lines]).order_by("pk")}


def waiting_line(line: BankLine) -> BankLine:
    """The line as it stands, locked. Raises `Refused` where it is decided or its statement is held."""
    row = _locked(line)
    _check_waits(row)
    return row


def _check_waits(row: BankLine) -> None:
    if row.state != BankLine.State.WAITING:
        raise Refused(gettext_noop("This line is decided already. Load the page again."))
    if row.statement.is_held:
        raise Refused(gettext_noop("The statement of this line does not balance and is held. Release the statement first."))


def _decide_lines(bookings: Sequence[Booking], *, by: User | None) -> None:
    """Write that these locked lines are booked, each for its reason. One statement."""
    rows = [(booking.line.pk, booking.why[:200]) for booking in bookings]
    set_in(BankLine, ["why"], rows, state=BankLine.State.BOOKED, by_id=by and by.pk, decided_at=now())


def decide_line(row: BankLine, state: BankLine.State, *, why: str, by: User | None) -> None:
    """Write what became of a locked line."""
    row.state, row.why, row.by, row.decided_at = state, why[:200], by, now()
    row.save(update_fields=["state", "why", "by", "decided_at"])


def wait_again(row: BankLine) -> None:
    """A locked line waits again."""
    row.state, row.why, row.by, row.decided_at = BankLine.State.WAITING, "", None, None
    row.save(update_fields=["state", "why", "by", "decided_at"])
