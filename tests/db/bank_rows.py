"""Bank lines, statements and files as rows, and what the database refuses of them."""

from collections.abc import Callable
from copy import copy
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from invoices.models import (
    BankAccount,
    BankLine,
    BankStatement,
    Customer,
    Matching,
    Payment,
    PendingItem,
    PendingLine,
    StatementArrival,
    StatementFile,
    StatementMailbox,
)
from receivables.accounts.models import Creditor
from tests.builders import make_creditor, make_customer, make_item, make_user

DAY = date(2026, 5, 4)
TABLES = {"invoices_statementfile"}


def file(creditor: Creditor | None = None) -> StatementFile:
    return StatementFile.objects.create(creditor=creditor or make_creditor(), name="x.sta", sha256="a", content=b"x", at=timezone.now())


def account() -> BankAccount:
    return BankAccount.objects.create(creditor=make_creditor(), number="PL1")


def statement(**values: Any) -> BankStatement:
    own = account()
    return BankStatement.objects.create(creditor=own.creditor, account=own, file=file(own.creditor), entries=1, **values)


def line(**values: Any) -> BankLine:
    of = statement()
    values = {"key": "k", "booked_on": DAY, "amount": Decimal(100), "currency": "PLN", **values}
    return BankLine.objects.create(creditor=of.creditor, account=of.account, statement=of, **values)


def pending(**values: Any) -> PendingLine:
    own = account()
    values = {"key": "k", "booked_on": DAY, "seen_on": DAY, "amount": Decimal(100), "currency": "PLN", **values}
    return PendingLine.objects.create(creditor=own.creditor, account=own, file=file(own.creditor), **values)


def pending_item() -> PendingItem:
    of = pending()
    return PendingItem.objects.create(line=of, item=make_item(make_customer(of.creditor)))


def arrival(**values: Any) -> StatementArrival:
    return StatementArrival.objects.create(creditor=make_creditor(), way="folder", key="a", name="x.sta", at=timezone.now(), **values)


def mailbox() -> StatementMailbox:
    return StatementMailbox.objects.create(creditor=make_creditor(), name="u@host/INBOX")


def again(row: Any, **values: Any) -> None:
    twin = copy(row)
    twin._state = copy(row._state)
    twin.pk, twin._state.adding = None, True
    for name, value in values.items():
        setattr(twin, name, value)
    twin.save()


def two_with_one_virtual_account() -> None:
    customer = make_customer()
    for each in (customer, make_customer(customer.creditor)):
        Customer.objects.filter(pk=each.pk).update(virtual_account="XX1")


def money(of: BankLine, amount: str, **values: Any) -> Payment:
    values = {"creditor": of.creditor, "currency": of.currency, "reference": f"r{amount}", **values}
    customer = make_customer(values["creditor"])
    return Payment.objects.create(
        customer=customer, amount=Decimal(amount), booked_on=DAY, recorded_at=timezone.now(), bank_line=of, **values
    )


def more_than_the_line() -> None:
    of = line()
    money(of, "60.00")
    money(of, "40.01")


def money_of_another_company() -> None:
    money(line(), "10.00", creditor=make_creditor())


def money_in_another_currency() -> None:
    money(line(), "10.00", currency="EUR")


def another_title() -> None:
    BankLine.objects.filter(pk=line().pk).update(title="x")


def no_line_at_all() -> None:
    BankLine.objects.filter(pk=line().pk).delete()


def matching_of_more_than_there_are() -> None:
    Matching.objects.create(creditor=make_creditor(), lines=4, done=5, began_at=timezone.now(), told_at=timezone.now())


BREAKS: dict[str, Callable[[], object]] = {
    "virtual_account_of_one_customer": two_with_one_virtual_account,
    "bank_account_once_per_company": lambda: again(account()),
    "statement_file_taken_once": lambda: again(file()),
    "statement_is_released_by_a_person_with_a_reason": lambda: statement(released_at=timezone.now(), released_by=make_user()),
    "statement_arrival_once": lambda: again(arrival()),
    "statement_arrival_is_seen_by_a_person": lambda: arrival(seen_at=timezone.now()),
    "statement_mailbox_once_per_company": lambda: again(mailbox()),
    "bank_line_taken_once": lambda: again(line()),
    "pending_line_seen_once": lambda: again(pending()),
    "pending_line_is_money_in": lambda: pending(amount=Decimal(-1)),
    "pending_line_ends_as_what_was_booked": lambda: pending(ended_as="booked"),
    "pending_item_once": lambda: again(pending_item()),
    "matching_books_of_what_it_went_through": matching_of_more_than_there_are,
    "bank_line_moves_money": lambda: line(amount=Decimal(0)),
    "only_money_in_becomes_payments": lambda: line(amount=Decimal(-1), state="booked", why="x"),
    "bank_line_decided_with_a_reason": lambda: line(state="set_aside"),
}
STOPS = {
    "payments_stay_within_their_bank_line": [more_than_the_line, money_of_another_company, money_in_another_currency],
    "bank_line_words_kept": [another_title],
    "bank_line_not_deleted": [no_line_at_all],
}
SAYS = {
    "payments_stay_within_their_bank_line": "exceed it|differ in company or currency",
    "bank_line_words_kept": "never edited",
    "bank_line_not_deleted": "never edited",
}
