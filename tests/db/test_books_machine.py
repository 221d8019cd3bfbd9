"""Anything that may happen to a customer's books, in any order: after each step the entries, the open amounts and the credit agree."""

import os
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from invoices import actions, ledger
from invoices.balances import left_of
from invoices.books import differences
from invoices.models import AllocationEntry, Allowance, CreditEntry, Dispute, Invoice, Item, Payment
from invoices.states import Outcome
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from tests.builders import make_customer

Row = TypeVar("Row", Invoice, Payment, Item, Payment | Invoice, CreditEntry)
FOR_EVER = date(2100, 1, 1)
amounts = st.integers(1, 30_000).map(lambda cents: Decimal(cents) / 100)
pick = st.integers(0, 10**6)


class Books(RuleBasedStateMachine):
    """One customer, time that passes, and a tally of the money that was kept apart from the program."""

    @initialize()
    def open_the_books(self) -> None:
        self.clean = transaction.savepoint()
        self.customer = make_customer()
        actions.set_difference_rule(self.customer.creditor, currency="PLN", most=Decimal(1000), on=date(2026, 1, 1))
        self.on = date(2026, 1, 1)
        self.came = self.claimed = Decimal(0)

    # -- what there is

    def chosen(self, rows: Sequence[Row], number: int) -> Row:
        return rows[number % len(rows)]

    def sources(self) -> list[Payment | Invoice]:
        return [*self.payments(), *self.notes()]

    def invoices(self) -> list[Invoice]:
        return list(self.customer.invoices.filter(currency="PLN").exclude(kind="credit_note").order_by("pk"))

    def notes(self) -> list[Invoice]:
        return list(self.customer.invoices.filter(kind="credit_note").order_by("pk"))

    def payments(self) -> list[Payment]:
        return list(self.customer.payments.filter(reverses=None).order_by("pk"))

    def items(self) -> list[Item]:
        return list(self.customer.items.filter(currency="PLN").order_by("pk"))

    def refunds(self) -> list[CreditEntry]:
        return list(self.customer.credit_entries.filter(kind="refund", is_reversal=False).order_by("pk"))

    def foreign(self) -> list[Item]:
        return list(self.customer.items.filter(currency="EUR").order_by("pk"))

    # -- what happens

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        self.on += timedelta(days)

    @rule(parts=st.lists(amounts, min_size=1, max_size=3), term=st.integers(-30, 30))
    def issue(self, parts: list[Decimal], term: int) -> None:
        due = [(self.on + timedelta(term + 10 * n), part) for n, part in enumerate(parts)]
        number = f"F{Invoice.objects.count()}"
        actions.issue_invoice(self.customer, number=number, gross=sum(parts, Decimal(0)), issued_on=self.on, instalments=due)
        self.claimed += sum(parts, Decimal(0))

    @rule(amount=amounts, unmatched=st.booleans())
    def pay(self, amount: Decimal, unmatched: bool) -> None:
        actions.record_payment(self.customer, amount=amount, booked_on=self.on, unmatched=unmatched)
        self.came += amount

    @precondition(lambda self: self.invoices())
    @rule(amount=amounts, number=pick)
    def pay_one(self, amount: Decimal, number: int) -> None:
        actions.record_payment(self.customer, amount=amount, booked_on=self.on, invoices=[self.chosen(self.invoices(), number)])
        self.came += amount

    @rule(amount=amounts, number=pick, standing=st.booleans())
    def credit(self, amount: Decimal, number: int, standing: bool) -> None:
        invoice = None if standing or not self.invoices() else self.chosen(self.invoices(), number)
        name = f"K{Invoice.objects.count()}"
        actions.issue_credit_note(self.customer, number=name, amount=amount, issued_on=self.on, invoice=invoice)
        self.came += amount

    @precondition(lambda self: self.items() and self.sources())
    @rule(source=pick, number=pick, amount=st.none() | amounts)
    def match(self, source: int, number: int, amount: Decimal | None) -> None:
        self.attempt(actions.allocate, self.chosen(self.sources(), source), [self.chosen(self.items(), number)], amount=amount)

    @precondition(lambda self: self.payments())
    @rule(number=pick)
    def take_payment_back(self, number: int) -> None:
        payment = self.chosen(self.payments(), number)
        if self.attempt(actions.reverse_payment, payment):
            self.came -= payment.amount

    @precondition(lambda self: self.notes())
    @rule(number=pick)
    def take_note_back(self, number: int) -> None:
        note = self.chosen(self.notes(), number)
        if self.attempt(actions.reverse_credit_note, note):
            self.came -= note.gross

    @precondition(lambda self: self.items())
    @rule(number=pick)
    def write_off(self, number: int) -> None:
        self.attempt(actions.write_off, self.chosen(self.items(), number), reason="small")

    @precondition(lambda self: self.invoices())
    @rule(number=pick)
    def cancel(self, number: int) -> None:
        self.attempt(actions.cancel_invoice, self.chosen(self.invoices(), number))

    @precondition(lambda self: self.items() and self.payments())
    @rule(payment=pick, number=pick)
    def bear_the_rest(self, payment: int, number: int) -> None:
        self.attempt_today(actions.bear_difference, self.chosen(self.payments(), payment), self.chosen(self.items(), number))

    @rule(gross=amounts)
    def discounted_and_paid_in_time(self, gross: Decimal) -> None:
        number = f"F{Invoice.objects.count()}"
        invoice = actions.issue_invoice(self.customer, number=number, gross=gross, issued_on=self.on, due_on=self.on)
        self.claimed += gross
        actions.note_early_payment(invoice, percent=Decimal(10), days=5)
        for offer in actions.offers_of(invoice):
            payment = actions.record_payment(self.customer, amount=gross - offer.amount, booked_on=self.on, invoices=[invoice])
            self.came += payment.amount
            actions.grant_discount(payment, invoice.items.get())

    @precondition(lambda self: self.sources())
    @rule(source=pick, amount=st.none() | amounts)
    def give_back(self, source: int, amount: Decimal | None) -> None:
        self.attempt(actions.give_back, self.chosen(self.sources(), source), amount=amount)

    @precondition(lambda self: self.refunds())
    @rule(number=pick)
    def undo_refund(self, number: int) -> None:
        self.attempt(actions.undo_refund, self.chosen(self.refunds(), number), reason="came back")

    @rule(gross=amounts)
    def issue_foreign(self, gross: Decimal) -> None:
        number = f"F{Invoice.objects.count()}"
        actions.issue_invoice(self.customer, number=number, gross=gross, issued_on=self.on, due_on=self.on, currency="EUR")

    @precondition(lambda self: self.foreign() and self.payments())
    @rule(payment=pick, number=pick, paid=amounts, settles=amounts)
    def exchange(self, payment: int, number: int, paid: Decimal, settles: Decimal) -> None:
        of, item = self.chosen(self.payments(), payment), self.chosen(self.foreign(), number)
        self.attempt(actions.settle_in_other_currency, of, item, paid=paid, settles=settles)

    @precondition(lambda self: self.items())
    @rule(number=pick, amount=st.none() | amounts)
    def dispute(self, number: int, amount: Decimal | None) -> None:
        self.attempt(actions.dispute, self.chosen(self.items(), number), amount=amount)

    @precondition(lambda self: Dispute.objects.filter(item__customer=self.customer, resolved_on=None).exists())
    @rule(outcome=st.sampled_from(Outcome))
    def resolve(self, outcome: Outcome) -> None:
        dispute = Dispute.objects.filter(item__customer=self.customer, resolved_on=None).earliest("pk")
        actions.resolve_dispute(dispute.item, outcome=outcome, on=self.on)
        if outcome == Outcome.UPHELD:
            self.came += dispute.amount

    def attempt(self, action: object, *arguments: object, **options: object) -> bool:
        """Whether it was done on this day; what is refused changes nothing."""
        return self.attempt_today(action, *arguments, on=self.on, **options)

    def attempt_today(self, action: object, *arguments: object, **options: object) -> bool:
        """The same of what goes by the days of its rows."""
        before = self.picture()
        try:
            action(*arguments, **options)  # type: ignore[operator]
        except Refused:
            assert self.picture() == before
            return False
        return True

    def picture(self) -> object:
        tables = [Item, Payment, AllocationEntry, Allowance, CreditEntry, Invoice, Dispute]
        return [list(table._default_manager.order_by("pk").values_list()) for table in tables]

    # -- what holds

    @invariant()
    def items_are_what_their_entries_leave(self) -> None:
        if not hasattr(self, "customer"):
            return
        for item in self.customer.items.prefetch_related("entries"):
            entries = [ledger.Entry(entry.on, entry.amount, entry.is_reversal) for entry in item.entries.all()]
            assert item.open_amount == ledger.open_on(item.amount, entries, on=FOR_EVER)
            assert bool(item.closed_as) == (not item.open_amount)

    @invariant()
    def no_money_is_lost_or_made(self) -> None:
        if not hasattr(self, "customer"):
            return
        settled = Decimal(0)
        for entry in AllocationEntry.objects.filter(item__customer=self.customer, source__in=["payment", "credit"], currency="PLN"):
            settled += -entry.amount if entry.is_reversal else entry.amount
        credit = actions.open_credit([self.customer]).get(self.customer.pk, {}).get("PLN", Decimal(0))
        gone = sum((-row.amount if row.is_reversal else row.amount for row in self.customer.credit_entries.all()), Decimal(0))
        assert settled + credit + gone == self.came
        assert all(left_of(source) >= 0 for source in self.sources())

    @invariant()
    def the_database_agrees(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        assert list(differences()) == []

    def teardown(self) -> None:
        if hasattr(self, "customer"):
            assert verify(self.customer.creditor) == []
            transaction.savepoint_rollback(self.clean)


@pytest.mark.django_db
def test_the_books_agree_after_any_sequence_of_actions() -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=100 if os.environ.get("LONG") else 8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
