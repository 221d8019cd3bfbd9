"""Daily mid rates for bookings in other currencies: which are needed, what is asked and kept, and how a booking takes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.test import override_settings

from invoices import actions as books
from invoices.actions.day_rates import needed_days
from invoices.models import AllocationEntry, Payment
from invoices.tasks import take_exchange_rates
from receivables.core.errors import Refused
from receivables.outside import Reach
from receivables.rates.models import DayRate
from receivables.rates.sources import Nbp
from tests.builders import make_creditor, make_customer, make_invoice, pay
from tests.db.rates.test_updating import Stub, asking
from tests.db.test_commands import run
from tests.unit.rates.answers import table_a

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
ISSUED, PAID = date(2026, 10, 20), date(2026, 11, 16)  # a Tuesday, and a Monday: the table of the Friday before counts
TABLES = {"EUR": (("203/A/NBP/2026", "2026-10-19", "4.2500"), ("220/A/NBP/2026", "2026-11-13", "4.3000"))}


class Bank(Stub):
    """Answers by currency the days of table A that were asked for, and 404 where there are none of them."""

    tables: dict[str, tuple[tuple[str, str, str], ...]]

    def do_GET(self) -> None:  # noqa: N802 - so the standard library names it
        self.asked.append(self.path)
        code, first, last = self.path.split("/")[2:5]
        days = [day for day in self.tables.get(code.upper(), ()) if first <= day[1] <= last]
        self.send_response(200 if days else 404)
        self.end_headers()
        if days:
            self.wfile.write(table_a(*days, code=code.upper()))


@contextmanager
def nbp(tables: dict[str, tuple[tuple[str, str, str], ...]] = TABLES) -> Iterator[list[str]]:
    """A bank on loopback instead of the real one; what it was asked."""
    bank = type("One", (Bank,), {"tables": tables, "asked": []})
    server = HTTPServer(("127.0.0.1", 0), bank)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with asking(Nbp(table_a=f"http://127.0.0.1:{server.server_port}/a/{{code}}/{{first}}/{{last}}", reach=Reach.LOOPBACK_TOO)):
            yield bank.asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with override_settings(CLOCK=NOW, EXCHANGE_RATES=True):
        yield


def in_euros(amount: str = "1000.00", **company: Any) -> AllocationEntry:
    """Euros that settle an invoice in euros."""
    customer = make_customer(make_creditor(**company))
    invoice = make_invoice(customer, amount, currency="EUR", issued_on=ISSUED, due_on=PAID)
    payment: Payment = pay(customer, amount, invoice, currency="EUR", booked_on=PAID)
    return payment.entries.get()


def kept() -> list[tuple[str, str, str, str]]:
    rows = DayRate.objects.order_by("on", "currency")
    return [(row.currency, f"{row.on:%m-%d}", f"{row.price.normalize():f}", row.table_number) for row in rows]


def test_what_the_books_need_is_asked_once_and_kept_with_its_table() -> None:
    in_euros()
    with nbp() as asked:
        take_exchange_rates()
        take_exchange_rates()
    assert asked == ["/a/eur/2026-10-12/2026-11-13"]
    assert kept() == [("EUR", "10-19", "4.25", "203/A/NBP/2026"), ("EUR", "11-13", "4.3", "220/A/NBP/2026")]
    assert run("update_exchange_rates") == (0, "Nothing new.\n")


def test_nobody_is_asked_where_the_setting_is_off_or_no_other_currency_is_in_use() -> None:
    with nbp() as asked:
        take_exchange_rates()
        in_euros()
        with override_settings(EXCHANGE_RATES=False):
            take_exchange_rates()
    assert asked == [] and DayRate.objects.count() == 0


def test_only_currencies_and_days_in_use_are_needed() -> None:
    entry = in_euros()
    make_invoice(entry.item.customer, "5.00", number="CZ", currency="CZK", issued_on=date(2026, 11, 3), due_on=PAID)
    make_invoice(entry.item.customer, "5.00", number="PL", currency="PLN", issued_on=date(2026, 11, 4), due_on=PAID)
    in_euros(currency="EUR", name="Euro firm")
    assert needed_days() == {"EUR": {date(2026, 10, 19), date(2026, 11, 13)}, "CZK": {date(2026, 11, 2)}}
    books.book_exchange_difference(
        entry, source="x", received=(Decimal("4.3"), date(2026, 11, 13)), settled=(Decimal("4.2"), date(2026, 10, 19))
    )
    assert set(needed_days()) == {"CZK"}


def test_a_day_without_a_table_steps_back_to_the_one_before() -> None:
    entry = in_euros()
    with nbp({"EUR": (TABLES["EUR"][0], ("219/A/NBP/2026", "2026-11-12", "4.2900"))}):
        take_exchange_rates()
    assert [str(row.table_on) for row in DayRate.objects.order_by("on")] == ["2026-10-19", "2026-11-12"]
    made = books.book_exchange_difference(entry)
    assert (made.received_on, made.received_rate, made.amount) == (date(2026, 11, 12), Decimal("4.29"), Decimal("40.00"))
    assert made.source == "NBP, table 219/A/NBP/2026; NBP, table 203/A/NBP/2026"


def test_what_is_not_over_is_not_asked_for_and_what_has_no_table_is_told() -> None:
    customer = make_customer(make_creditor())
    make_invoice(customer, "5.00", number="Z", currency="XAF", issued_on=date(2026, 11, 4), due_on=PAID)
    make_invoice(customer, "5.00", number="I", currency="IDR", issued_on=date(2026, 11, 4), due_on=PAID)
    make_invoice(customer, "5.00", number="T", currency="EUR", issued_on=date(2026, 12, 1), due_on=date(2026, 12, 9))
    with nbp({"IDR": (("1", "2026-11-03", "0.00021962"),)}) as asked:
        code, printed = run("update_exchange_rates")
    assert code == 0 and "XAF: there is no table of 2026-11-03" in printed and "more decimals" in printed
    assert len(asked) == 2 and kept() == []


def test_a_bank_that_does_not_answer_leaves_all_as_it_was() -> None:
    in_euros()
    with asking(Nbp(table_a="http://127.0.0.1:9/a/{code}/{first}/{last}", reach=Reach.LOOPBACK_TOO)):
        code, printed = run("update_exchange_rates")
        take_exchange_rates()
    assert code == 1 and "Try again later" in printed and kept() == []


def test_what_a_person_states_counts_whatever_was_fetched() -> None:
    entry = in_euros()
    with nbp():
        take_exchange_rates()
    made = books.book_exchange_difference(entry, source="ECB", received=(Decimal("4.4"), date(2026, 11, 13)))
    assert (made.received_rate, made.settled_rate, made.source) == (Decimal("4.4"), Decimal("4.25"), "ECB; NBP, table 203/A/NBP/2026")
    with nbp({"EUR": tuple((no, day, "1.0000") for no, day, _mid in TABLES["EUR"])}):
        take_exchange_rates()
    made.refresh_from_db()
    assert made.received_rate == Decimal("4.4") and ("EUR", "10-19", "4.25", "203/A/NBP/2026") in kept()


def test_without_a_table_and_without_a_person_nothing_is_booked() -> None:
    with pytest.raises(Refused, match="Give the mid rate"):
        books.book_exchange_difference(in_euros())
