"""Rows of what settles beside money, and what the database refuses of them."""

from collections.abc import Callable
from copy import copy
from decimal import Decimal
from typing import Any

from django.utils import timezone

from invoices import actions
from invoices.models import (
    AllocationEntry,
    Allowance,
    CollectiveId,
    CreditEntry,
    DifferenceRule,
    EarlyPayment,
    ExchangeDifference,
    Invoice,
    Item,
    Payment,
    Prepayment,
)
from tests.builders import ISSUED, PAID, credit, make_creditor, make_customer, make_invoice, make_item, pay
from tests.db.bank_rows import line

TABLES = {
    "invoices_allowance", "invoices_creditentry", "invoices_exchangedifference", "invoices_earlypayment", "invoices_differencerule",
    "invoices_collectiveid",
}  # fmt: skip


def again(row: Any, **values: Any) -> None:
    twin = copy(row)
    twin._state = copy(row._state)
    twin.pk, twin._state.adding = None, True
    for name, value in values.items():
        setattr(twin, name, value)
    twin.save()


def allowance(amount: str = "2.00", **values: Any) -> Allowance:
    item = make_item()
    payment = pay(item.customer, "98.00", item)
    values = {"item": item, "payment": payment, "kind": "discount", "currency": "PLN", "reason": "2 %", "on": PAID, **values}
    return Allowance.objects.create(amount=Decimal(amount), recorded_at=timezone.now(), **values)


def settled(row: Allowance, **values: Any) -> AllocationEntry:
    values = {"item": row.item, "source": "allowance", "allowance": row, "amount": row.amount, "currency": "PLN", "on": PAID, **values}
    return AllocationEntry.objects.create(recorded_at=timezone.now(), **values)


def on_credit(source: Payment | Invoice | None = None, amount: str = "10.00", **values: Any) -> CreditEntry:
    source = source or pay(make_customer(), unmatched=True)
    named = {"payment": source} if isinstance(source, Payment) else {"credit_note": source}
    values = {"kind": "refund", "currency": source.currency, "on": PAID, "customer": source.customer, "creditor": source.creditor, **values}
    return CreditEntry.objects.create(amount=Decimal(amount), recorded_at=timezone.now(), **{"reference": "R", **named, **values})


def exchanged() -> AllocationEntry:
    customer = make_customer()
    item = make_item(customer, currency="EUR")
    money = pay(customer, "425.00", currency="PLN", unmatched=True)
    return actions.settle_in_other_currency(money, item, paid=Decimal(425), settles=Decimal(100), on=PAID)


def difference(**values: Any) -> ExchangeDifference:
    fields = {
        "amount": Decimal(5), "is_gain": False, "currency": "PLN", "on": PAID, "received": Decimal(425), "settled": Decimal(430),
        "settled_rate": Decimal("4.3"), "settled_on": ISSUED, "source": "NBP", **values,
    }  # fmt: skip
    return ExchangeDifference.objects.create(entry=exchanged(), recorded_at=timezone.now(), **fields)


def terms(**values: Any) -> EarlyPayment:
    return EarlyPayment.objects.create(invoice=make_invoice(), recorded_at=timezone.now(), **{"percent": Decimal(2), "days": 7, **values})


def rule(most: str, **values: Any) -> DifferenceRule:
    values = {"creditor": make_creditor(), "currency": "PLN", "since": PAID, **values}
    return DifferenceRule.objects.create(most=Decimal(most), recorded_at=timezone.now(), **values)


def collective(number: str = "ZBIOR-12345") -> CollectiveId:
    invoice = make_invoice()
    return CollectiveId.objects.create(creditor=invoice.creditor, invoice=invoice, number=number, recorded_at=timezone.now())


def prepayment(**values: Any) -> Prepayment:
    payment = pay(make_customer(), unmatched=True)
    values = {"creditor": payment.creditor, "customer": payment.customer, "order_number": "Z/1", **values}
    return Prepayment.objects.create(payment=payment, noted_on=PAID, **values)


def more_than_the_payment() -> None:
    payment = pay(make_customer(), unmatched=True)
    on_credit(payment, "60.00")
    on_credit(payment, "40.01", reference="S")


def credit_and_items() -> None:
    customer = make_customer()
    payment = pay(customer, unmatched=True)
    on_credit(payment, "60.00")
    actions.allocate(payment, [make_item(customer, "30.00")], on=PAID)
    AllocationEntry.objects.create(
        item=make_item(customer), source="payment", payment=payment, amount=Decimal("10.01"), currency="PLN", on=PAID,
        recorded_at=timezone.now(),
    )  # fmt: skip


def more_than_the_note() -> None:
    note = credit(make_customer())
    on_credit(note, "60.00")
    on_credit(note, "40.01", reference="S")


def credit_of_another_customer() -> None:
    on_credit(pay(make_customer()), customer=make_customer())


def credit_over_less_taken_back() -> None:
    first = on_credit()
    again(first, reverses=first, is_reversal=True, amount=Decimal("9.99"))


def more_than_went_out() -> None:
    out = line(amount=Decimal("-5.00"))
    payment = pay(make_customer(out.creditor), unmatched=True)
    on_credit(payment, "5.01", bank_line=out)


def an_allowance_of_another_item() -> None:
    row = allowance()
    settled(row, item=make_item(row.item.customer))


def an_allowance_over_more() -> None:
    settled(allowance(), amount=Decimal("1.99"))


def a_reversal_that_leaves_an_allowance() -> None:
    item = make_item()
    payment = pay(item.customer, "98.00", unmatched=True)
    row = allowance(item=item, payment=payment)
    settled(row)
    changed_open(item, "98.00")
    again(payment, reference="X", reverses=payment)


def changed_open(item: Item, amount: str) -> None:
    Item.objects.filter(pk=item.pk).update(open_amount=Decimal(amount))


def a_reversal_that_leaves_a_refund() -> None:
    payment = pay(make_customer(), unmatched=True)
    on_credit(payment)
    again(payment, reference="X", reverses=payment)


def one_of_each() -> None:
    allowance(), on_credit(), difference(), terms(), rule("1.00"), collective()


BREAKS: dict[str, Callable[[], object]] = {
    "allowance_amount_positive": lambda: allowance("0"),
    "allowance_amount_fits_currency": lambda: allowance("0.001"),
    "allowance_says_why": lambda: allowance(reason=""),
    "credit_entry_positive": lambda: on_credit(amount="0"),
    "credit_entry_fits_currency": lambda: on_credit(amount="0.001"),
    "refund_booked_once": lambda: again(on_credit()),
    "credit_entry_has_one_source": lambda: on_credit(payment=None),
    "credit_contra_names_its_entry": lambda: on_credit(is_reversal=True),
    "exchange_has_its_rate": lambda: on_credit(kind="exchange"),
    "exchange_difference_not_negative": lambda: difference(amount=Decimal(-5), is_gain=True),
    "exchange_difference_fits_currency": lambda: difference(amount=Decimal("5.001"), received=Decimal("424.999")),
    "exchange_difference_is_what_was_received_less_what_was_settled": lambda: difference(amount=Decimal(4)),
    "exchange_difference_has_its_rates": lambda: difference(settled_rate=None),
    "exchange_difference_has_its_source": lambda: difference(source=""),
    "early_payment_once_per_term": lambda: again(terms()),
    "early_payment_is_a_discount": lambda: terms(percent=Decimal(21)),
    "small_difference_within_bounds": lambda: rule("-1"),
    "small_difference_fits_currency": lambda: rule("1.001"),
    "collective_id_once_per_invoice": lambda: again(collective()),
    "collective_id_is_one_word": lambda: collective("two words"),
    "prepayment_waits_for_one_thing": lambda: again(prepayment()),
    "prepayment_says_what_it_is_for": lambda: prepayment(order_number=""),
    "prepayment_ends_after_it_begins": lambda: prepayment(ended_on=ISSUED),
}
STOPS = {
    "credit_entries_agree": [credit_of_another_customer, credit_over_less_taken_back, more_than_went_out],
    "credit_stays_within_payment": [more_than_the_payment, credit_and_items],
    "credit_stays_within_note": [more_than_the_note],
    "settling_agrees": [an_allowance_of_another_item, an_allowance_over_more],
    "reversal_undoes_what_went_with_it": [a_reversal_that_leaves_a_refund, a_reversal_that_leaves_an_allowance],
}
SAYS = {
    "credit_entries_agree": "crosses currencies|differs from what it takes back|than went out",
    "credit_stays_within_payment": "more is used than there was",
    "credit_stays_within_note": "more is used than it says",
    "settling_agrees": "of another item, customer, amount or currency",
    "reversal_undoes_what_went_with_it": "leaves something that went with",
}
