"""Money received for a sister company: booked apart, the customer's items there held, then passed on as two bookings that name each other.

Who does it may change the books of both companies. The customer is locked before the line, and the audits of both after it, in one order.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, override

from dunning.actions.cases import wake
from dunning.actions.holds import hold
from dunning.models import Hold
from invoices.actions import record_payment, reverse_payment
from invoices.actions.bank.booking import set_aside, wait_again, waiting_line
from invoices.actions.checks import not_before, short_line
from invoices.actions.rows import locked_customer, named_items
from invoices.models import BankLine, Customer, Invoice, Payment, SisterBooking, SisterMoney
from receivables.accounts.models import Creditor, User
from receivables.accounts.permissions import deeds_of
from receivables.audit.actions import lock_chains, record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

Kind = SisterBooking.Kind
HELD_FOR = gettext_noop("paid to a sister company, the money is on its way")
PAID_MEANWHILE = gettext_noop(
    "Nothing is open on these invoices any more. Look whether the money is booked there already;"
    " if so, take this back and set the line aside."
)
ON_THE_LINE = gettext_noop("received for a sister company")


@transaction.atomic
def receive_for_sister(line: BankLine, invoices: Sequence[Invoice], *, reason: str, on: date, by: User) -> SisterMoney:
    """The line is a sister company's money, for these invoices of one customer there, whose open items are held from today.

    No customer of the line's company gets anything. Raises `Refused` where the line is not waiting, a currency differs, the invoices are of
    several customers, none of them is open, or the person may not change both books.
    """
    number = _one_customer(invoices)
    _check_both(by, (line.creditor, invoices[0].creditor))
    customer = locked_customer(number)
    if customer.creditor_id == line.creditor_id:
        raise Refused(gettext_noop("These invoices are of this company. Book the line to them."))
    items = named_items(customer, list(invoices))
    if any(item.currency != line.currency for item in items):
        raise Refused(gettext_noop("The invoices are not in %(currency)s, the currency of the line."), currency=line.currency)
    if line.amount <= 0:
        raise Refused(gettext_noop("This is money that went out. Set it aside, or take back the payment that it returns."))
    owed = [item for item in items if item.open_amount]
    if not owed:
        raise Refused(gettext_noop("Nothing is open on these invoices. Name those that the money is for."))
    waiting_line(line)
    lock_chains(line.creditor, customer.creditor)
    row = set_aside(line, reason=ON_THE_LINE, by=by)
    money = SisterMoney.objects.create(
        creditor=row.creditor, receiver=customer.creditor, customer=customer, bank_line=row,
        reason=short_line(reason, longest=200, what=gettext_noop("The reason")),
    )  # fmt: skip
    money.items.set(items)
    with override(customer.creditor.language):
        why = gettext(HELD_FOR)
    money.holds = [hold(item, on=on, reason=why, by=by).pk for item in owed]
    money.save(update_fields=["holds"])
    _book(money, Kind.RECEIVED, on=row.booked_on, by=by)
    _record(money, "received_for_sister", by=by)
    return money


@transaction.atomic
def pass_on_to_sister(money: SisterMoney, *, on: date, by: User) -> Payment:
    """The money goes to the other company: out here, and there a payment for the items named. The same again changes nothing.

    Raises `Refused` where nothing is open on the items any more: the transfer itself may be booked there already, as a bank line.
    """
    money = _locked(money, by=by)
    standing = _standing(money, Kind.PASSED_ON)
    if standing is not None and standing.payment is not None:
        return standing.payment
    if not money.items.filter(open_amount__gt=0).exists():
        raise Refused(PAID_MEANWHILE)
    line = money.bank_line
    not_before(on, line.booked_on, what=gettext_noop("Passing it on"))
    customer = Customer.objects.select_related("creditor").get(pk=money.customer_id)
    tries = SisterBooking.objects.filter(money=money, kind=Kind.PASSED_ON, reverses=None).count() + 1
    payment = record_payment(
        customer, amount=line.amount, currency=line.currency, booked_on=on, reference=f"sister-{money.pk}-{tries}",
        invoices=list(money.items.order_by("due_on", "pk")) or None, title=line.title, payer_name=line.counterparty, by=by,
    )  # fmt: skip
    _book(money, Kind.PASSED_ON, on=on, payment=payment, by=by)
    _release(money, on=on, by=by)
    _record(money, "passed_on_to_sister", by=by, payment=payment.pk)
    return payment


@transaction.atomic
def take_back_sister(money: SisterMoney, *, on: date, by: User) -> SisterMoney:
    """It was not the sister's, or did not go: contra-entries for all that was booked, the holds end, and the line waits again."""
    money = _locked(money, by=by)
    for kind in (Kind.PASSED_ON, Kind.RECEIVED):
        if (booking := _standing(money, kind)) is not None:
            day = max(on, booking.on)
            if booking.payment is not None and not Payment.objects.filter(reverses=booking.payment).exists():
                reverse_payment(booking.payment, on=day, by=by)
            _contra(booking, on=day, by=by)
    _release(money, on=on, by=by)
    money.taken_back_on = on
    money.save(update_fields=["taken_back_on"])
    wait_again(money.bank_line)
    _record(money, "sister_money_taken_back", by=by)
    return money


def _one_customer(invoices: Collection[Invoice]) -> int:
    customers = {invoice.customer_id for invoice in invoices}
    if len(customers) != 1:
        raise Refused(gettext_noop("Name invoices of one customer of the sister company."))
    return customers.pop()


def _check_both(by: User, creditors: Collection[Creditor]) -> None:
    if not all("change_books" in deeds_of(by, creditor) for creditor in creditors):
        raise Refused(gettext_noop("Only who may change the books of both companies can do this."))


def _locked(money: SisterMoney, *, by: User) -> SisterMoney:
    """The row as it stands now, behind its customer and its line."""
    rows = SisterMoney.objects.select_related("creditor", "receiver", "bank_line")
    row = rows.get(pk=money.pk)
    _check_both(by, (row.creditor, row.receiver))
    customer = locked_customer(row.customer_id)
    BankLine.objects.select_for_update(no_key=True).get(pk=row.bank_line_id)
    row = rows.select_for_update(no_key=True, of=("self",)).get(pk=money.pk)
    if row.customer_id != customer.pk:
        raise Refused(gettext_noop("The customer was merged or split meanwhile. Load the page again."))
    if row.taken_back_on is not None:
        raise Refused(gettext_noop("This was taken back already."))
    lock_chains(row.creditor, row.receiver)
    return row


def _standing(money: SisterMoney, kind: Kind) -> SisterBooking | None:
    rows = SisterBooking.objects.filter(money=money, kind=kind, reverses=None, reversal=None)
    return rows.select_related("payment").order_by("-pk").first()


def _book(money: SisterMoney, kind: Kind, *, on: date, by: User, payment: Payment | None = None) -> SisterBooking:
    line = money.bank_line
    return SisterBooking.objects.create(
        money=money, creditor_id=money.creditor_id, kind=kind, amount=line.amount, currency=line.currency, on=on, payment=payment,
        at=now(), by=by,
    )  # fmt: skip


def _contra(booking: SisterBooking, *, on: date, by: User) -> None:
    reversal = booking.payment.reversal if booking.payment is not None else None
    SisterBooking.objects.create(
        money=booking.money, creditor_id=booking.creditor_id, kind=booking.kind, amount=booking.amount, currency=booking.currency, on=on,
        payment=reversal, reverses=booking, at=now(), by=by,
    )  # fmt: skip


def _release(money: SisterMoney, *, on: date, by: User) -> None:
    """End the holds that it put there, and no others."""
    Hold.objects.filter(pk__in=money.holds, released_on=None).update(released_on=on, released_by=by)
    wake([money.customer_id], on=on)


def _record(money: SisterMoney, verb: str, *, by: User, **facts: Any) -> None:
    """In the audit of both; the chain of the company where the money came does not name the other's customer."""
    line = money.bank_line
    mine = {"line": line.pk, "amount": line.amount, "currency": line.currency}
    theirs = {"customer": money.customer_id, "amount": line.amount, "currency": line.currency, **facts}
    for creditor, said in ((money.creditor, mine), (money.receiver, theirs)):
        record(creditor, verb, money, by=by, **said)
