"""Insured debts by people's deeds: what each books, on which day, and what it refuses; nothing of the books moves."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoices.models import Item
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.credit.actions import notify_insurer, set_insurance, set_limit, take_back_notice
from receivables.credit.insured import insured_lines, policies_of
from receivables.credit.models import InsuranceNotice, InsurancePolicy
from receivables.credit.states import LimitKind
from tests.builders import audited, make_creditor, make_customer, make_invoice, pay

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DUE, TODAY = date(2026, 3, 15), date(2026, 4, 10)
TERMS: dict[str, Any] = {
    "insurer": "Ubezpieczyciel", "number": "P/1", "notify_days": 30, "percent": Decimal(90), "since": date(2025, 1, 1), "until": None,
    "today": TODAY,
}  # fmt: skip


def limited(creditor: Creditor, amount: str = "500", **invoice: Any) -> Item:
    """An overdue item over 800 of a customer with an insured limit."""
    customer = make_customer(creditor)
    item = make_invoice(customer, "800.00", **{"due_on": DUE, **invoice}).items.get()
    said = {"kind": LimitKind.INSURED, "amount": Decimal(amount), "currency": "PLN", "reason": "x", "on": DUE, "source": "P/1 dec. 7"}
    set_limit(customer, **said)
    return item


def insured() -> Item:
    creditor = make_creditor()
    set_insurance(creditor, **TERMS)
    return limited(creditor)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"notify_days": 1}, ""),
        ({"notify_days": 730}, ""),
        ({"percent": Decimal("0.01")}, ""),
        ({"percent": Decimal(100)}, ""),
        ({"until": date(2025, 1, 1)}, ""),
        ({"notify_days": 0}, "1 to 730"),
        ({"notify_days": 731}, "1 to 730"),
        ({"percent": Decimal(0)}, "at most 100"),
        ({"percent": Decimal("100.01")}, "at most 100"),
        ({"until": date(2024, 12, 31)}, "before it begins"),
        ({"insurer": "  "}, "insurer is empty"),
        ({"number": ""}, "number of the policy is empty"),
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_refused(changes: dict[str, Any], says: str) -> None:
    creditor = make_creditor()
    if not says:
        set_insurance(creditor, **TERMS | changes)
        assert audited(creditor) == ["insurance_set"]
        return
    with pytest.raises(Refused, match=says):
        set_insurance(creditor, **TERMS | changes)
    assert not InsurancePolicy.objects.exists() and audited(creditor) == []


def test_the_same_number_again_stands_instead_and_another_beside() -> None:
    creditor = make_creditor()
    for changes in ({}, {"notify_days": 60}, {"number": "P/2"}):
        set_insurance(creditor, **TERMS | changes)
    assert [(policy.number, policy.notify_days) for policy in policies_of(creditor)] == [("P/1", 60), ("P/2", 30)]


def test_a_notice_is_booked_once_and_moves_nothing_in_the_books() -> None:
    item = insured()
    before = item.open_amount
    [line] = insured_lines(item.creditor, on=TODAY)
    assert (line.cover.covered, line.cover.notify_by, line.is_due) == (Decimal("450.00"), DUE + 30 * DAY, True)
    notice = notify_insurer(item, on=DUE + DAY, today=TODAY, reference=" Z/7 ")
    with pytest.raises(Refused, match="already"):
        notify_insurer(item, on=TODAY, today=TODAY)
    [line] = insured_lines(item.creditor, on=TODAY)
    item.refresh_from_db()
    assert (line.notice, line.is_due, item.open_amount) == (notice, False, before)
    assert (notice.reference, notice.on, notice.recorded_on) == ("Z/7", DUE + DAY, TODAY)
    assert audited(item.creditor)[-1] == "insurer_notified"


@pytest.mark.parametrize(
    ("on", "says"),
    [(DUE, "before it was overdue"), (DUE + DAY, ""), (TODAY, ""), (TODAY + DAY, "lie in the future")],
    ids=["the due date", "the day after", "today", "tomorrow"],
)
def test_the_day_of_a_notice(on: date, says: str) -> None:
    item = insured()
    if says:
        with pytest.raises(Refused, match=says):
            notify_insurer(item, on=on, today=TODAY)
    else:
        notify_insurer(item, on=on, today=TODAY)
    assert InsuranceNotice.objects.count() == (not says)


def _without_terms() -> Item:
    return limited(make_creditor())


def _without_limit() -> Item:
    creditor = make_creditor()
    set_insurance(creditor, **TERMS)
    return make_invoice(make_customer(creditor), due_on=DUE).items.get()


def _of_a_limit_of_nought() -> Item:
    creditor = make_creditor()
    set_insurance(creditor, **TERMS)
    return limited(creditor, "0")


def _paid() -> Item:
    item = insured()
    pay(item.customer, "800.00", item)
    return item


def _not_overdue() -> Item:
    creditor = make_creditor()
    set_insurance(creditor, **TERMS)
    return limited(creditor, due_on=TODAY)


def _terms_of_others() -> Item:
    set_insurance(make_creditor(), **TERMS)
    return limited(make_creditor())


@pytest.mark.parametrize(
    "make", [_without_terms, _without_limit, _of_a_limit_of_nought, _paid, _not_overdue, _terms_of_others], ids=lambda make: make.__name__
)
def test_what_is_not_insured_is_not_notified(make: Any) -> None:
    item = make()
    with pytest.raises(Refused, match="not insured"):
        notify_insurer(item, on=TODAY, today=TODAY)
    assert not InsuranceNotice.objects.exists()


def test_a_notice_is_taken_back_once_with_a_reason_and_may_be_noted_anew() -> None:
    item = insured()
    notice = notify_insurer(item, on=TODAY, today=TODAY)
    with pytest.raises(Refused, match="reason is empty"):
        take_back_notice(notice, reason=" ", today=TODAY)
    back = take_back_notice(notice, reason="wrong invoice", today=TODAY)
    for row in (notice, back):
        with pytest.raises(Refused, match="taken back already"):
            take_back_notice(row, reason="again", today=TODAY)
    [line] = insured_lines(item.creditor, on=TODAY)
    assert (line.notice, line.is_due) == (None, True)
    notify_insurer(item, on=TODAY, today=TODAY)
    assert audited(item.creditor)[-3:] == ["insurer_notified", "insurer_notice_taken_back", "insurer_notified"]
