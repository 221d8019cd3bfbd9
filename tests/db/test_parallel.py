"""Two sessions at once. Each waits for the other, and the books agree afterwards."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from invoices import actions
from invoices.actions.bank import match_lines
from invoices.books import differences
from invoices.models import AllocationEntry, BankLine, Customer, Invoice, Item, Payment
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from tests.builders import PAID, credit_of, make_creditor, make_customer, make_invoice, make_item, pay
from tests.db.test_bank import ACCOUNT, mt940, take

pytestmark = pytest.mark.django_db(transaction=True)


def together(*deeds: Callable[[], object]) -> list[str]:
    """Let the deeds begin at the same moment, each in a session of its own. Returns what became of each, sorted."""
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> str:
        try:
            barrier.wait(timeout=10)
            deed()
        except (Refused, IntegrityError) as refusal:
            return type(refusal).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


def test_the_same_payment_is_allocated_once() -> None:
    customer = make_customer()
    invoices = [make_invoice(customer), make_invoice(customer)]
    money = pay(customer, 100, unmatched=True)
    outcome = together(*[lambda invoice=invoice: actions.allocate(money, [invoice], on=PAID) for invoice in invoices])
    assert outcome == ["Refused", "done"]
    assert sum(item.open_amount for item in Item.objects.all()) == 100
    assert (credit_of(customer), list(differences())) == ({}, [])


def test_past_the_actions_the_database_itself_lets_only_one_have_the_money() -> None:
    customer = make_customer()
    items = [make_item(customer), make_item(customer)]
    money = pay(customer, 100, unmatched=True)

    def take(item: Item) -> None:
        with transaction.atomic():
            AllocationEntry.objects.create(
                item=item, source="payment", payment=money, amount=Decimal(100), currency="PLN", on=PAID, recorded_at=timezone.now()
            )
            Item.objects.filter(pk=item.pk).update(open_amount=0, closed_as="paid", closed_on=PAID)

    assert together(*[lambda item=item: take(item) for item in items]) == ["IntegrityError", "done"]
    assert list(differences()) == []


def test_many_payments_at_once_pay_each_debt_once() -> None:
    customer = make_customer()
    for _ in range(3):
        make_invoice(customer, 100)
    assert together(*[lambda: pay(customer, 70) for _ in range(6)]) == ["done"] * 6
    assert sum(item.open_amount for item in Item.objects.all()) == 0
    assert (credit_of(customer), list(differences())) == ({"PLN": 120}, [])


def test_a_payment_is_taken_back_once() -> None:
    customer = make_customer()
    money = pay(customer, 100, make_invoice(customer))
    assert together(*[lambda: actions.reverse_payment(money, on=PAID)] * 2) == ["Refused", "done"]
    assert (Payment.objects.count(), list(differences())) == (2, [])


def test_a_number_is_given_to_one_of_two_customers() -> None:
    creditor = make_creditor()
    customers = [make_customer(creditor), make_customer(creditor)]
    outcome = together(*[lambda customer=customer: make_invoice(customer, number="F/1") for customer in customers])
    assert outcome == ["Refused", "done"]
    assert Invoice.objects.count() == 1


def test_the_same_reference_is_booked_once() -> None:
    creditor = make_creditor()
    customers = [make_customer(creditor), make_customer(creditor)]
    outcome = together(*[lambda customer=customer: pay(customer, reference="2026/1") for customer in customers])
    assert outcome == ["Refused", "done"]
    assert (Payment.objects.count(), Customer.objects.count()) == (1, 2)


def test_two_workers_that_match_the_same_lines_book_each_once() -> None:
    company = make_creditor(bank_account=ACCOUNT)
    customer = make_customer(company)
    for n in range(6):
        make_invoice(customer, number=f"FV/{n}/2026")
    take(company, mt940(*(f"100,00|FV/{n}/2026|R{n}" for n in range(6))))
    assert together(*[lambda: match_lines(company)] * 2) == ["done", "done"]
    assert (Payment.objects.count(), BankLine.objects.filter(state="booked").count()) == (6, 6)
    assert (credit_of(customer), list(differences()), verify(company)) == ({}, [], [])
