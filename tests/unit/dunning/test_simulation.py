"""A day in memory: what a run and its deliveries do to a customer, told in a few lines each."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dunning.policy import Policy
from dunning.simulation.account import Account
from dunning.simulation.books import Books
from dunning.simulation.days import NOBODY, UNWILLING, Outage, People, Sent, advance
from dunning.simulation.events import Enter
from invoices.ledger import Instalment
from receivables.core.money import Money
from tests.unit.dunning.known import AGENCY, CALL, EMAIL, EVERYBODY, LADDER, LETTER, SMS, Week, customer, day, item, policy, rules, step


def account(*items: Any, **others: Any) -> Account:
    return Account.of(customer(*items, **others), on=day(-60))


def days(known: Account, first: int, last: int, **others: Any) -> list[tuple[int, str, str]]:
    """Day, step and channel of all that is sent."""
    people = others.pop("people", People())
    found = [sent for n in range(first, last + 1) for sent in advance(known, rules(**others), on=day(n), people=people)]
    return [((sent.on - day(0)).days, sent.step, str(sent.channel)) for sent in found]


def test_an_item_climbs_the_whole_ladder_on_its_days() -> None:
    assert days(account(item()), -10, 60) == [
        (-3, "reminder", "email"), (4, "overdue", "email"), (10, "second", "sms"), (21, "demand", "letter"), (30, "last", "letter"),
    ]  # fmt: skip


def test_a_message_says_what_and_how_much() -> None:
    known = account(item(), item(case=2, amount="50.00"), credit={"PLN": "30.00"})
    (sent,) = advance(known, rules(), on=day(4))
    assert (sent.customer, sent.step, sent.channel) == (1, "overdue", EMAIL)
    assert sent.principal == Money(Decimal("150.00"), "PLN") and sent.asks == Money(Decimal("120.00"), "PLN")
    assert [(line.label, line.step, line.principal.amount) for line in sent.lines] == [
        ("I1", "overdue", Decimal("100.00")),
        ("I2", "overdue", Decimal("50.00")),
    ]


def test_each_item_completes_its_own_step_and_the_deadline_binds_all() -> None:
    ladder = policy(step("one", 1), step("two", 5, deadline_days=7))
    known = account(item(policy=ladder, position=1, completed_on=day(1)), item(case=2, due=4, policy=ladder))
    assert days(known, 5, 5) == [(5, "two", "email")]
    assert {case: (one.position, one.completed_on, one.deadline_on) for case, one in known.standing.items()} == {
        1: (2, day(5), day(12)),
        2: (1, day(5), day(12)),
    }
    assert days(known, 6, 30) == [(13, "two", "email")]


def test_what_nobody_approves_is_planned_every_day_and_never_goes() -> None:
    ladder = policy(step("one", 1, approval=True), step("two", 2))
    known = account(item(policy=ladder))
    assert days(known, 0, 20, people=UNWILLING) == []
    assert known.standing[1].proposed and known.standing[1].position == 0


def test_what_is_approved_on_a_day_off_goes_on_the_next_contact_day() -> None:
    ladder = policy(step("one", 2, approval=True))
    assert days(account(item(policy=ladder)), 0, 9, calendar=Week()) == [(3, "one", "email")]


def test_an_agency_has_the_item_once_its_receipt_is_in_and_the_others_wait() -> None:
    ladder = policy(step("hand over", 1, AGENCY), step("after", 2))
    known = account(item(policy=ladder), item(case=2, due=5))
    assert days(known, 0, 20) == [(1, "hand over", "agency")]
    assert known.standing[1].with_agency and known.facts().with_agency


def test_without_a_receipt_the_hand_over_is_out_and_the_others_go_on() -> None:
    ladder = policy(step("hand over", 1, AGENCY), step("after", 2))
    known = account(item(policy=ladder), item(case=2, due=5, policy=policy(step("x", 0))))
    assert days(known, 0, 20, people=People(receipt=False)) == [(1, "hand over", "agency"), (5, "x", "email")]


def test_parallel_channels_go_along_as_far_as_the_cap_has_room() -> None:
    ladder = policy(step("one", 1, also=(SMS, LETTER, EMAIL)))
    assert days(account(item(policy=ladder)), 1, 1) == [(1, "one", "email"), (1, "one", "sms"), (1, "one", "letter")]
    assert days(account(item(policy=ladder)), 1, 1, cap_messages=2, cap_days=7) == [(1, "one", "email"), (1, "one", "sms")]


def test_a_call_reaches_somebody_and_what_goes_along_goes_the_same_day() -> None:
    ladder = policy(step("ring", 1, CALL, also=(EMAIL,)), step("next", 2))
    assert days(account(item(policy=ladder)), 1, 3) == [(1, "ring", "call"), (1, "ring", "email"), (2, "next", "email")]


def test_what_had_left_unconfirmed_stays_so_and_what_failed_is_sent_again() -> None:
    assert days(account(item(in_flight=True)), 4, 20) == []
    assert days(account(item(in_flight=True, retry=True)), 4, 4) == [(4, "overdue", "email")]


@pytest.mark.parametrize("out", [Outage(busy=frozenset({EMAIL})), Outage(refusing=frozenset({EMAIL}))], ids=["busy", "refusing"])
def test_what_no_channel_took_goes_with_the_next_run_as_if_it_had_never_been_planned(out: Outage) -> None:
    known, capped = account(item(), credit={"PLN": "30.00"}), rules(cap_messages=1, cap_days=7)
    assert [advance(known, capped, on=day(n), out=out) for n in (4, 4, 5)] == [[], [], []]
    (sent,) = advance(known, capped, on=day(5))
    assert (sent.step, sent.asks) == ("overdue", Money(Decimal("70.00"), "PLN"))
    assert known.contacts == [day(5)] and advance(known, capped, on=day(5)) == []


def test_a_run_for_the_second_time_adds_nothing() -> None:
    known = account(item())
    assert days(known, 4, 4) and not days(known, 4, 4)


def test_where_nobody_does_anything_a_call_stays_open() -> None:
    ladder = policy(step("ring", 1, CALL), step("next", 2))
    assert days(account(item(policy=ladder)), 1, 9, people=NOBODY) == [(1, "ring", "call")]


# -- books in memory


def books(ladder: Policy = LADDER) -> Books:
    known = Books(Account(1, EVERYBODY))
    known.invoice("I1", [Instalment(day(0), Decimal("100.00"))], policy=ladder)
    return known


def sent_on(known: Books, number: int) -> list[Sent]:
    return advance(known.account, rules(), on=day(number))


def test_money_closes_an_item_and_a_chargeback_brings_it_back_for_a_person_to_see() -> None:
    known = books()
    payment = known.pay(Decimal("120.00"), on=day(1))
    assert sent_on(known, 4) == [] and known.account.credit == {"PLN": Decimal("20.00")}
    known.reverse(payment, on=day(5))
    (sent,) = sent_on(known, 5)
    assert sent.approval and sent.step == "overdue" and known.account.credit == {"PLN": Decimal("0.00")}


def test_a_promise_waits_until_its_day_or_until_the_money_is_there() -> None:
    broken, kept = books(), books()
    for one in (broken, kept):
        one.promise([1], Decimal("40.00"), day(8), on=day(3))
        assert sent_on(one, 4) == []
    kept.pay(Decimal("40.00"), on=day(5))
    assert [sent.asks.amount for sent in sent_on(kept, 5)] == [Decimal("60.00")]
    assert sent_on(broken, 8) == [] and len(sent_on(broken, 9)) == 1


def test_a_plan_chases_its_rates_before_their_day_and_ends_the_day_after_a_missed_one() -> None:
    known = books()
    known.plan([1], [Instalment(day(10), Decimal("40.00")), Instalment(day(20), Decimal("60.00"))], policy=LADDER)
    assert [(sent.step, sent.lines[0].principal.amount) for n in range(4, 11) for sent in sent_on(known, n)] == [
        ("reminder", Decimal("40.00"))
    ]
    known.pay(Decimal("40.00"), on=day(10), cases=[1])
    assert [sent.step for n in range(11, 21) for sent in sent_on(known, n)] == ["reminder"]
    (sent,) = sent_on(known, 21)
    assert (sent.step, sent.lines[0].label, sent.principal.amount) == ("overdue", "I1", Decimal("60.00"))


def test_an_item_that_comes_settled_is_chased_only_when_it_opens() -> None:
    known = Account(1, EVERYBODY)
    known.take(Enter(replace(item(), open=Decimal(0))))
    assert advance(known, rules(), on=day(0) + timedelta(5)) == []


def rates_of(known: Books) -> list[Decimal]:
    """What is open of each rate, in order."""
    items = {**known.account.standing, **known.account.closed}
    return [items[case].open for case in sorted(items) if items[case].is_rate]


def test_all_that_is_paid_on_a_plan_fills_its_rates_and_what_is_taken_back_opens_them() -> None:
    known = books()
    known.plan([1], [Instalment(day(10), Decimal("40.00")), Instalment(day(20), Decimal("60.00"))], policy=LADDER)
    known.pay(Decimal("25.00"), on=day(4), cases=[1])
    assert rates_of(known) == [Decimal("15.00"), Decimal("60.00")]
    second = known.pay(Decimal("25.00"), on=day(5), cases=[1])
    assert rates_of(known) == [Decimal("0.00"), Decimal("50.00")]
    known.reverse(second, on=day(6))
    assert rates_of(known) == [Decimal("15.00"), Decimal("60.00")]
    assert [rate.wants_approval for rate in known.account.standing.values() if rate.is_rate] == [True, False]
    known.credit(Decimal("15.00"), on=day(7), case=1)
    assert [sent.step for n in range(11, 20) for sent in sent_on(known, n)] == ["reminder"]  # of the second: the plan stands


def test_money_matched_later_counts_once_towards_a_promise() -> None:
    known = books()
    known.promise([1], Decimal("60.00"), day(8), on=day(3))
    money = known.pay(Decimal("40.00"), on=day(3), unmatched=True)
    known.match(money, 1, on=day(4))
    assert sent_on(known, 4) == []


def test_older_money_taken_back_does_not_count_against_a_promise() -> None:
    known = books()
    older = known.pay(Decimal("40.00"), on=day(1), cases=[1])
    known.promise([1], Decimal("50.00"), day(8), on=day(3))
    known.reverse(older, on=day(3))
    assert sent_on(known, 4) == []
    known.pay(Decimal("50.00"), on=day(4), cases=[1])
    assert [sent.asks.amount for sent in sent_on(known, 4)] == [Decimal("50.00")]


def test_credit_that_reaches_a_rate_saves_its_plan_whatever_else_is_open() -> None:
    known = books()
    known.plan([1], [Instalment(day(5), Decimal("50.00")), Instalment(day(6), Decimal("50.00"))], policy=LADDER)
    known.pay(Decimal("60.00"), on=day(5), unmatched=True)
    assert sent_on(known, 9) == [] and known.account.is_on_plan(1)
