"""The coming days: what would go, what `explain` says of a day to come, and that the real runs then do just that."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dunning.actions import agree, bank_seen, hold, promise
from dunning.ahead import coming, last_day
from dunning.explain import explain_customer
from dunning.models import Notice
from tests.builders import credit, dispute
from tests.db.dunning.firm import APPROVED, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db

Told = list[tuple[date, str, str, tuple[str, ...], Decimal]]


def told(firm: Firm, customer: Any, on: int, **others: Any) -> Told:
    firm.noon(on)
    return [(one.on, one.step, str(one.channel), one.items, one.asks.amount) for one in coming(customer, on=day(on), **others)]


def test_the_next_ninety_days_of_one_customer(firm: Firm) -> None:
    item = firm.owes()
    assert told(firm, item.customer, 0) == [
        (day(1), "first", "email", (item.label,), Decimal("100.00")),
        (day(5), "second", "sms", (item.label,), Decimal("100.00")),
        (day(9), "third", "email", (item.label,), Decimal("100.00")),
    ]
    assert len(told(firm, item.customer, 0, within=5)) == 1 and len(told(firm, item.customer, 0, within=6)) == 2
    assert last_day(day(0)) == day(89)


def test_what_went_today_does_not_come_again(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    assert [one[1] for one in told(firm, item.customer, 1)] == ["second", "third"]


def test_holds_end_disputes_do_not_and_credit_is_netted_every_time(firm: Firm) -> None:
    customer = firm.customer()
    held, disputed = firm.owes(customer), firm.owes(customer)
    hold(held, on=day(0), until=day(3))
    dispute(disputed, on=day(0))
    credit(customer, "20.00", issued_on=day(0))
    assert [(one[0], one[1], one[4]) for one in told(firm, customer, 0)] == [
        (day(4), "first", Decimal("80.00")),
        (day(5), "second", Decimal("80.00")),
        (day(9), "third", Decimal("80.00")),
    ]


def test_a_missed_rate_of_a_day_to_come_ends_its_agreement_and_a_promise_its_wait(firm: Firm) -> None:
    planned, promised = firm.owes(), firm.owes()
    agree(planned.customer, label="U1", items=[planned], rates=[(day(3), Decimal(40)), (day(9), Decimal(60))], on=day(0))
    promise(promised.customer, amount=Decimal(50), by=day(2), on=day(0))
    first = told(firm, promised.customer, 0)[0]
    assert (first[0], first[1], first[4]) == (day(3), "first", Decimal(100))
    foretold = told(firm, planned.customer, 0)
    assert foretold[0] == (day(4), "first", "email", (planned.label,), Decimal("100.00"))
    explained = explain_customer(planned.customer, on=day(3), today=day(0))[planned.pk]
    assert explained.waits == "on_plan"
    assert explain_customer(planned.customer, on=day(4), today=day(0))[planned.pk].waits is None
    for on in range(30):
        firm.run(on)
    sent = Notice.objects.filter(customer=planned.customer, message__state="accepted").order_by("on", "pk")
    assert [one[:2] for one in foretold] == [(one.on, one.step) for one in sent]


def test_what_a_person_has_to_release_is_said(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    item = firm.owes()
    assert [(one.step, one.needs_approval) for one in coming(item.customer, on=day(0))] == [("first", True), ("second", False)]


def test_old_bank_data_do_not_empty_the_preview(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder, bank_freshness_days=2)
    item = firm.owes()
    bank_seen(firm.creditor, until=day(-9), on=day(-9))
    assert len(told(firm, item.customer, 0)) == 3


def test_the_runs_of_the_coming_days_do_what_was_foretold(firm: Firm) -> None:
    customer = firm.customer()
    for due in (0, 2, 3):
        firm.owes(customer, due=due)
    foretold = told(firm, customer, 0)
    for on in range(30):
        firm.run(on)
    sent = Notice.objects.filter(customer=customer, message__state="accepted").order_by("on", "pk")
    lines = [
        (
            one.on,
            one.step,
            one.channel,
            tuple(one.taken.order_by("case__item__due_on").values_list("case__item__label", flat=True)),
            one.asks,
        )
        for one in sent
    ]
    assert sorted(foretold) == sorted(lines)


def test_a_coming_day_is_explained_as_its_run_will_find_it(firm: Firm) -> None:
    item = firm.owes()
    firm.noon(0)

    def at(on: int) -> tuple[str | None, str | None, str | None, date | None]:
        one = explain_customer(item.customer, on=day(on), today=day(0))[item.pk]
        return one.step, one.next_step, one.waits, one.next

    assert at(0) == (None, "first", "too_early", day(1))
    assert at(1) == (None, "first", None, day(1))
    assert at(2) == ("first", "second", "too_early", day(5))
    assert at(5) == ("first", "second", None, day(5))
    assert at(10) == ("third", None, "ladder_ended", None)


def test_the_command_tells_a_coming_day_with_its_gates_and_writes_nothing(firm: Firm) -> None:
    item = firm.owes()
    firm.noon(0)
    out = StringIO()
    with CaptureQueriesContext(connection) as queries:
        call_command("explain", item.label, "--on", str(day(4)), "--json", stdout=out)
    (one,) = json.loads(out.getvalue())["items"]
    assert (one["step"], one["waits"], one["next"]) == ("first", "too_early", str(day(5)))
    assert [gate["gate"] for gate in one["gates"] if not gate["passed"]] == ["too_early"]
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    out = StringIO()
    call_command("explain", item.label, "--on", str(day(4)), stdout=out)
    assert f"next: {day(5)}" in out.getvalue()


def test_looking_ahead_costs_the_same_whatever_is_owed(firm: Firm) -> None:
    customer = firm.customer()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            coming(customer, on=day(0))
        return len(queries)

    firm.owes(customer)
    one = cost()
    for due in range(5):
        firm.owes(customer, due=due)
    assert cost() == one
