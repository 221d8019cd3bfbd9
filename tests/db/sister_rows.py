"""Money of sister companies as rows, and what the database refuses of it."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from invoices.models import SisterBooking, SisterMoney
from tests.builders import make_creditor, make_customer
from tests.db.bank_rows import DAY, line

TABLES = {"invoices_sisterbooking"}


def money(**values: Any) -> SisterMoney:
    of, customer = line(), make_customer()
    fields = {"creditor": of.creditor, "receiver": customer.creditor, "customer": customer, "bank_line": of, "reason": "x"}
    return SisterMoney.objects.create(**{**fields, **values})


def booking(**values: Any) -> SisterBooking:
    of = money()
    fields = {"money": of, "creditor": of.creditor, "kind": "received", "amount": of.bank_line.amount, "currency": "PLN"}
    return SisterBooking.objects.create(**{**fields, "on": DAY, "at": timezone.now(), **values})


def to_itself() -> None:
    creditor = make_creditor()
    money(creditor=creditor, receiver=creditor)


def twice() -> None:
    money(bank_line=money().bank_line)


BREAKS: dict[str, Callable[[], object]] = {
    "sister_money_is_of_another_company": to_itself,
    "bank_line_for_one_sister": twice,
    "sister_booking_positive": lambda: booking(amount=0),
    "sister_booking_fits_currency": lambda: booking(amount="1.001"),
    "passed_on_is_a_payment_there": lambda: booking(kind="passed_on"),
}
STOPS: dict[str, list[Callable[[], object]]] = {"sister_bookings_agree": [lambda: booking(amount=1), lambda: booking(currency="EUR")]}
SAYS = {"sister_bookings_agree": "sister company differs"}
