"""Money that came and what it settles: many payments at once, or one."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from invoices import ledger
from invoices.actions.checks import bookable, currency_of, known_currency, once, short_line
from invoices.actions.claims import book_on_claims, interest_of
from invoices.actions.postings import Cause, keep, lower, tell, told_at_the_end
from invoices.actions.rows import Owed, Target, check_named, debts_of, disputed_now, locked, locked_customers, of_targets
from invoices.models import AllocationEntry, BankLine, Customer, Dispute, Item, Payment
from invoices.states import PaidPart
from receivables import faults
from receivables.accounts.models import Allocation, AllocationOrder, User
from receivables.audit.actions import Event, record_all
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.db.copying import store
from receivables.db.sealing import keyed_hash

REFERENCE = gettext_noop("The reference")
LONGEST_REFERENCE = 140


@dataclass(frozen=True, slots=True)
class NewPayment:
    """Money that reached the bank. It falls on the invoices named, in that order, else as the company wishes on the oldest due first; the
    rest is credit, and all of it where it is `unmatched`.

    It settles the principal, and before it the interest posted on the same debt where the company has chosen that order (art. 451
    par. 1 KC). What the debtor `names` as paid interest falls on posted interest alone.
    """

    customer: Customer
    amount: Decimal
    booked_on: date
    currency: str | None = None
    reference: str | None = None
    invoices: Sequence[Target] = ()
    unmatched: bool = False
    names: PaidPart | None = None
    title: str = ""
    payer_name: str = ""
    payer_account: str | None = None
    bank_line: BankLine | None = None


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
    """Book money: one `NewPayment`."""
    money = NewPayment(
        customer, amount, booked_on, currency, reference, tuple(invoices or ()), unmatched, names, title, payer_name, payer_account,
        bank_line,
    )  # fmt: skip
    (payment,) = record_payments([money], by=by)
    return payment


@transaction.atomic
def record_payments(moneys: Sequence[NewPayment], *, by: User | None = None) -> list[Payment]:
    """Book money of customers of one company, each on what those before it left open. A fixed number of statements, but for posted claims
    that are paid. All or none: raises `Refused` for the first that cannot be.
    """
    if not moneys:
        return []
    customers = locked_customers(money.customer.pk for money in moneys)
    (creditor,) = {customer.creditor for customer in customers.values()}
    debts = _debts_of(customers, moneys)
    payments = [_payment(money, customers[money.customer.pk], debts, by=by) for money in moneys]
    store_payments(payments)
    faults.at("F16")
    spreads = [debts.settle(payment, money) for payment, money in zip(payments, moneys, strict=True)]
    keep(debts.entries, list(debts.touched))
    for payment, spread in zip(payments, spreads, strict=True):
        book_on_claims(payment, spread.claims, on=payment.booked_on, by=by)
    record_all(creditor, [_said(payment, spread) for payment, spread in zip(payments, spreads, strict=True)], by=by)
    with told_at_the_end():
        for payment in payments:
            tell(payment.customer_id, on=payment.booked_on)
    return payments


def store_payments(payments: Sequence[Payment]) -> None:
    """Store new rows. Raises `Refused` where a reference is known."""
    which = f"A payment with the reference {payments[0].reference}" if len(payments) == 1 else "One of these payments"
    with once({"payment_booked_once": f"{which} is booked already. It is not booked twice."}):
        store(payments)


def named_once(reference: str) -> str:
    """A reference as it is kept."""
    return short_line(reference, longest=LONGEST_REFERENCE, what=REFERENCE)


def made_up_reference() -> str:
    """Names a payment for which the bank gave no reference."""
    return f"own-{uuid.uuid4()}"


def check_currency(items: Iterable[Item], currency: str) -> None:
    """Raises `Refused` for an item in another currency."""
    for item in items:
        if item.currency != currency:
            crossed = f"{item.label} is in {item.currency}, not in {currency}."
            raise Refused(
                gettext_noop("%(crossed)s Currencies are never mixed; name invoices in %(currency)s only."),
                crossed=crossed,
                currency=currency,
            )


def claims_said(spread: ledger.Spread) -> dict[str, Any]:
    """What the audit says of claims that money settled; nothing where it settled none."""
    return {"claims": spread.claims} if spread.claims else {}


# -- below


@dataclass(slots=True)
class _Debts:
    """What the customers of some money owe, locked, and the entries by which it falls on that."""

    owed: Owed
    disputes: Mapping[int, Dispute]
    interest: dict[tuple[int, str], list[ledger.Slice]]
    entries: list[AllocationEntry] = field(default_factory=list)
    touched: dict[Item, None] = field(default_factory=dict)

    def settle(self, payment: Payment, money: NewPayment) -> ledger.Spread:
        """Let a stored payment fall, in memory, on what is open now."""
        waits = _waits(money, payment.customer)
        items = [] if waits else self._met_by(payment, money)
        spread = ledger.spread(payment.amount, () if waits else self._slices(payment, money, items))
        cause = Cause.of(payment)
        for item in items:
            if item.pk in spread.parts:
                self.entries.append(lower(item, spread.parts[item.pk], cause=cause, on=payment.booked_on))
                self.touched[item] = None
        self._take_interest(payment, spread.claims)
        return spread

    def _met_by(self, payment: Payment, money: NewPayment) -> list[Item]:
        if money.invoices:
            return self.owed.named(money.invoices)
        mine = (payment.customer_id, payment.currency)
        return [item for item in self.owed.items if item.open_amount and (item.customer_id, item.currency) == mine]

    def _slices(self, payment: Payment, money: NewPayment, items: Sequence[Item]) -> list[ledger.Slice]:
        """The debts that money meets: those named in their order, else all the oldest first; each after its interest, where that is the
        order. What is named as interest meets posted interest alone.
        """
        ids = {item.pk for item in items} if money.invoices else None
        interest = [each for each in self.interest.get((payment.customer_id, payment.currency), []) if ids is None or each.item in ids]
        if money.names is PaidPart.INTEREST:
            return interest
        debts = debts_of(items, self.disputes)
        slices = ledger.in_order(debts) if money.invoices else ledger.oldest_first(debts)
        return ledger.interest_first(slices, interest) if _is_interest_first(payment.customer) else slices

    def _take_interest(self, payment: Payment, paid: Mapping[int, Decimal]) -> None:
        if paid:
            whose = payment.customer_id, payment.currency
            left = (each._replace(amount=each.amount - paid.get(each.claim, ledger.ZERO)) for each in self.interest[whose])
            self.interest[whose] = [each for each in left if each.amount]


def _debts_of(customers: Mapping[int, Customer], moneys: Sequence[NewPayment]) -> _Debts:
    """At most four queries, whatever the number."""
    named = [(customers[money.customer.pk], target) for money in moneys for target in money.invoices]
    check_named(named)
    free = {money.customer.pk for money in moneys if not money.invoices and not _waits(money, customers[money.customer.pk])}
    meant = of_targets(target for _customer, target in named)
    meant = meant | Q(open_amount__gt=0, customer__any=free) if free else meant
    owed = Owed(locked(Item.objects.filter(meant)) if named or free else ())
    return _Debts(owed, disputed_now(owed.items) if free else {}, interest_of(list(_with_interest(customers, moneys))))


def _with_interest(customers: Mapping[int, Customer], moneys: Iterable[NewPayment]) -> Iterator[int]:
    for money in moneys:
        customer = customers[money.customer.pk]
        if not _waits(money, customer) and (money.names is PaidPart.INTEREST or _is_interest_first(customer)):
            yield customer.pk


def _waits(money: NewPayment, customer: Customer) -> bool:
    """Whether nothing of it falls by itself."""
    return money.unmatched or (not money.invoices and customer.creditor.allocation == Allocation.UNMATCHED)


def _is_interest_first(customer: Customer) -> bool:
    return bool(customer.creditor.allocation_order == AllocationOrder.INTEREST_FIRST)


def _payment(money: NewPayment, customer: Customer, debts: _Debts, *, by: User | None) -> Payment:
    items = debts.owed.named(money.invoices)
    currency = known_currency(money.currency or (items[0].currency if items else currency_of(customer)))
    check_currency(items, currency)
    return Payment(
        creditor=customer.creditor, customer=customer, amount=bookable(money.amount, currency, what=gettext_noop("The amount")),
        currency=currency, booked_on=money.booked_on, reference=named_once(money.reference or made_up_reference()),
        title=money.title[:400], payer_name=money.payer_name[:200], recorded_at=now(), recorded_by=by, bank_line=money.bank_line,
        **_sealed_account(money.payer_account),
    )  # fmt: skip


def _sealed_account(account: str | None) -> dict[str, object]:
    plain = "".join((account or "").split()).upper()
    return {"payer_account": plain, "payer_account_hash": keyed_hash(plain)} if plain else {}


def _said(payment: Payment, spread: ledger.Spread) -> Event:
    facts = {"amount": payment.amount, "currency": payment.currency, "booked_on": payment.booked_on, "items": spread.parts}
    return Event("record_payment", payment, facts | {"credit": spread.rest} | claims_said(spread))
