from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoices import actions
from receivables.reporting.ageing import Ageing, Figure, ageing, ageing_now, ageing_of_customer
from tests.builders import DUE, ISSUED, PAID, credit, make_creditor, make_customer, make_invoice, parts, pay

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOTHING = Figure()


def one(amount: int) -> Figure:
    return Figure(1, Decimal(amount))


def standing(line: Ageing) -> dict[str, Figure]:
    """The buckets that hold something."""
    return {name: figure for name, figure in line.buckets.items() if figure != NOTHING}


def test_an_item_is_open_from_its_issue_until_the_day_it_was_paid() -> None:
    customer = make_customer()
    pay(customer, 100, make_invoice(customer, 100))
    seen = {day: standing(ageing([customer.creditor], on=day)[0]) for day in (ISSUED - DAY, ISSUED, DUE, DUE + DAY, PAID - DAY, PAID)}
    assert seen == {
        ISSUED - DAY: {},
        ISSUED: {"not_due": one(100)},
        DUE: {"not_due": one(100)},
        DUE + DAY: {"1-30": one(100)},
        PAID - DAY: {"1-30": one(100)},
        PAID: {},
    }


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, "not_due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (61, "61-90"),
        (91, "91-180"),
        (181, "181-365"),
        (365, "181-365"),
        (366, "365+"),
    ],
)
def test_the_database_and_the_ledger_agree_on_the_buckets(days: int, bucket: str) -> None:
    customer = make_customer()
    make_invoice(customer, 100)
    on = DUE + days * DAY
    for [line] in (ageing([customer.creditor], on=on), ageing_now(customer.creditor, on=on), ageing_of_customer(customer, on=on)):
        assert standing(line) == {bucket: one(100)}
        assert list(line.buckets) == ["not_due", "1-30", "31-60", "61-90", "91-180", "181-365", "365+"]


def test_what_was_taken_back_counts_again_from_that_day() -> None:
    customer = make_customer()
    money = pay(customer, 60, make_invoice(customer, 100))
    actions.reverse_payment(money, on=PAID + 5 * DAY)
    amounts = [ageing([customer.creditor], on=PAID + n * DAY)[0].open.amount for n in (-1, 0, 4, 5)]
    assert amounts == [100, 40, 40, 100]


def test_credit_write_offs_and_withdrawals_count_from_their_day() -> None:
    customer = make_customer()
    first, second, third = (make_invoice(customer, 100) for _ in range(3))
    credit(customer, 30, first)
    actions.write_off(second, on=PAID + DAY, reason="small")
    actions.cancel_invoice(third, on=PAID + 2 * DAY)
    amounts = [ageing([customer.creditor], on=PAID + n * DAY)[0].open.amount for n in (-1, 0, 1, 2)]
    assert amounts == [300, 270, 170, 70]
    assert ageing_now(customer.creditor, on=PAID)[0].open == one(70)


def test_instalments_age_by_themselves() -> None:
    customer = make_customer()
    make_invoice(customer, 100, instalments=parts(60, 40))
    line = ageing([customer.creditor], on=DUE + DAY)[0]
    assert standing(line) == {"not_due": one(40), "1-30": one(60)}
    assert (line.open, line.overdue) == (Figure(2, Decimal(100)), one(60))


def test_currencies_and_companies_stand_apart() -> None:
    mine, theirs = make_creditor("b"), make_creditor("a", currency="EUR")
    customer = make_customer(mine)
    make_invoice(customer, 100)
    make_invoice(customer, 100, currency="JPY")
    lines = ageing([mine, theirs], on=DUE)
    assert [(line.creditor, line.currency, line.open.count) for line in lines] == [("a", "EUR", 0), ("b", "JPY", 1), ("b", "PLN", 1)]
    assert [line.as_json()["open"]["amount"] for line in lines] == ["0.00", "100", "100.00"]
    assert [line.currency for line in ageing([theirs], on=DUE)] == ["EUR"]


def test_drafts_and_proformas_are_not_owed() -> None:
    customer = make_customer()
    make_invoice(customer, draft=True)
    make_invoice(customer, kind="proforma", due_on=None)
    assert standing(ageing([customer.creditor], on=DUE)[0]) == {}


def test_each_takes_one_query(django_assert_num_queries: Any) -> None:
    customer = make_customer()
    for look in (lambda: ageing([customer.creditor], on=DUE), lambda: ageing_now(customer.creditor, on=DUE)):
        with django_assert_num_queries(1):
            look()
