"""What a message claims for its items, each at its own step. The due date is day 0: 1 May 2026."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.claims import NO_CLAIMS, Bearer, Claims, claims_of
from dunning.decide import ItemFacts, Span
from dunning.grouping import with_claims
from dunning.policy import Fee, Policy
from invoices.ledger import Entry
from receivables.core.errors import DomainError
from receivables.countries.rates import shipped
from receivables.countries.words import Debtor
from tests.unit.dunning.known import day, item, judged, policy, rules, step

FIXED, PERCENT = Fee(fixed=Decimal("10.00")), Fee(percent=Decimal(15))
LADDER = policy(step("a", 1, fee=FIXED), step("b", 5, interest=True, fee=PERCENT), step("c", 10, compensation=True), step("d", 15))


def owed(amount: str = "1000.00", *, ladder: Policy = LADDER, **others: Any) -> ItemFacts:
    """An item of a firm, whole and undisputed."""
    known = {"invoice_amount": Decimal(amount), "debtor": Debtor.BUSINESS, **others}
    return replace(item(amount=amount, policy=ladder, **known), amount=Decimal(amount))


def claims(*bearers: tuple[ItemFacts, int], at: int | None = None, on: int = 20, country: str = "PL") -> Claims:
    """Of a message that bears the highest step among its items."""
    position = at or max(position for _, position in bearers)
    bearing = bearers[0][0].policy.steps[position - 1]
    return claims_of([Bearer(*bearer) for bearer in bearers], bearing, position, country=country, rates=shipped(), on=day(on))


@pytest.mark.parametrize(
    ("position", "interest", "compensation", "fees"),
    [
        pytest.param(1, "0", "0", "10.00", id="before any of the flags: its own fixed fee"),
        pytest.param(2, "7.67", "0", "150.00", id="the step with interest, and its fee per cent"),
        pytest.param(3, "7.67", "170.36", "0", id="interest goes on, compensation begins"),
        pytest.param(4, "7.67", "170.36", "0", id="and both go on"),
    ],
)
def test_claims_begin_with_the_first_step_that_has_the_flag(position: int, interest: str, compensation: str, fees: str) -> None:
    found = claims((owed(), position))
    assert (found.interest, found.compensation, found.fees) == (Decimal(interest), Decimal(compensation), Decimal(fees))
    assert found.total == Decimal(interest) + Decimal(compensation) + Decimal(fees)


@pytest.mark.parametrize(("on", "late"), [(-1, False), (0, False), (1, True)])
def test_nothing_is_late_on_the_due_date(on: int, late: bool) -> None:
    found = claims((owed(), 4), on=on)
    assert (bool(found.interest), bool(found.compensation)) == (late, late)


def test_each_item_claims_by_its_own_step_and_only_the_message_s_step_has_a_fee() -> None:
    low, high = owed(case=1), owed("500.00", case=2)
    found = claims((low, 1), (high, 2))
    assert {(line.kind, line.case) for line in found.lines} == {("interest", 2), ("fee", 2)}
    assert found.fees == Decimal("75.00")


def test_a_fixed_fee_is_taken_once_on_the_oldest_item_at_the_step() -> None:
    young, old, above = owed(case=1, due=3), owed(case=2, due=2), owed(case=3, due=-9, ladder=LADDER)
    assert [line.case for line in claims((young, 1), (old, 1)).lines] == [2]
    assert claims((young, 1), (old, 1), (above, 4)).fees == 0, "the message bears a step without a fee"


def test_a_fixed_fee_is_in_the_policy_s_currency_a_percentage_in_any() -> None:
    euro = owed(currency="EUR")
    assert claims((euro, 1)).fees == 0
    assert claims((euro, 2)).fees == Decimal("150.00")


def test_a_fee_is_claimed_once_for_an_item_and_a_step_and_stated_again() -> None:
    known = owed(fees={"a": Decimal("10.00"), "b": Decimal("77.00")})
    found = claims((known, 2))
    assert [(line.step, line.amount, line.is_new) for line in found.lines if line.kind == "fee"] == [
        ("a", Decimal("10.00"), False),
        ("b", Decimal("77.00"), False),
    ]


def test_a_percentage_is_of_what_the_message_states_and_rounded_half_up() -> None:
    assert claims((owed("0.10"), 2)).fees == Decimal("0.02")  # 0.015
    assert claims((owed("1000.00", disputed=Decimal("400.00")), 2)).fees == Decimal("90.00")


def test_instalments_of_one_invoice_owe_its_compensation_once() -> None:
    part = {"invoice": 7, "invoice_amount": Decimal("6000.00")}
    first, second = owed(case=1, label="F/1#1", **part), owed(case=2, label="F/1#2", due=5, **part)
    found = [line for line in claims((second, 3), (first, 4)).lines if line.kind == "compensation"]
    assert [(line.case, line.label, line.amount) for line in found] == [(1, "F/1", Decimal("298.12"))]
    assert claims((first, 2), (second, 3), at=3).compensation == Decimal("298.12"), "one of them has reached the step"


def test_compensation_stays_as_it_was_first_claimed() -> None:
    late = owed(due=40, compensated_from=day(0))
    assert claims((late, 3), on=60).compensation == Decimal("170.36")
    assert claims((owed(due=40), 3), on=60).compensation == Decimal("169.29")  # the rate of May


@pytest.mark.parametrize(("debtor", "interest", "compensation"), [("consumer", "5.07", "0"), ("public", "7.67", "170.36")])
def test_consumers_owe_the_civil_code_s_interest_and_no_compensation(debtor: str, interest: str, compensation: str) -> None:
    found = claims((owed(debtor=Debtor(debtor)), 4))
    assert (found.interest, found.compensation) == (Decimal(interest), Decimal(compensation))


@pytest.mark.parametrize(
    ("entries", "principals"),
    [
        pytest.param([], ["1000.00"], id="nothing paid"),
        pytest.param([(-3, "400.00")], ["600.00"], id="paid before the due date"),
        pytest.param([(0, "400.00")], ["600.00"], id="paid on the due date"),
        pytest.param([(1, "400.00")], ["1000.00", "600.00"], id="the day of payment still bears interest on all of it"),
        pytest.param([(5, "400.00"), (8, "-400.00")], ["1000.00", "600.00", "1000.00"], id="taken back"),
        pytest.param([(5, "400.00"), (5, "-400.00")], ["1000.00"], id="taken back the same day"),
        pytest.param([(20, "400.00")], ["1000.00"], id="paid on the day of the message"),
    ],
)
def test_interest_follows_the_principal_open_at_the_start_of_each_day(entries: Sequence[tuple[int, str]], principals: list[str]) -> None:
    settled = tuple(Entry(day(on), abs(Decimal(amount)), Decimal(amount) < 0) for on, amount in entries)
    (line,) = [line for line in claims((owed(entries=settled), 2)).lines if line.kind == "interest"]
    assert [period["principal"] for period in line.detail["periods"]] == principals


def test_what_is_disputed_bears_no_interest_while_it_waits() -> None:
    assert claims((owed(disputed=Decimal("400.00")), 2)).interest == claims((owed("600.00"), 2)).interest


def test_no_claim_is_worked_out_where_no_step_asks_for_one() -> None:
    plain = owed(ladder=policy(step("a", 1)))
    assert claims((plain, 1), country="XX") == NO_CLAIMS


def test_a_country_without_rules_is_an_error_with_its_name() -> None:
    with pytest.raises(DomainError, match="XX"):
        claims((owed(), 2), country="XX")


def test_a_judgement_is_given_its_claims_afterwards() -> None:
    plain = judged(owed(), on=1, credit={"PLN": "5.00"})
    (group,) = with_claims(plain, rules(), on=day(1)).groups
    assert (plain.groups[0].asks, group.asks) == (Decimal("995.00"), Decimal("1005.00"))


def test_what_is_time_barred_is_in_no_message_and_counts_for_no_minimum() -> None:
    ladder = policy(step("a", 1, minimum=Decimal("1500.00")))
    barred, other = owed(case=1, ladder=ladder, barred_from=day(3)), owed(case=2, ladder=ladder)
    assert len(judged(barred, other, on=2).groups) == 1
    result = judged(barred, other, on=3)
    assert result.groups == () and result.barred == {1} and [look.item.case for look in result.looks] == [2]


amounts = st.decimals("0.01", "99999", places=2)


@given(st.lists(st.tuples(amounts, st.integers(1, 4), st.integers(-30, 30)), min_size=1, max_size=5), st.integers(0, 80))
def test_the_parts_add_up_and_each_item_claims_a_kind_once(bearers: list[tuple[Decimal, int, int]], on: int) -> None:
    items = [(owed(str(amount), case=n, due=due), position) for n, (amount, position, due) in enumerate(bearers)]
    found = claims(*items, on=on)
    assert found.total == found.interest + found.compensation + found.fees == sum(line.amount for line in found.lines)
    assert len({(line.kind, line.case) for line in found.lines}) == len(found.lines)
    assert all(line.amount > 0 and line.amount == line.amount.quantize(Decimal("0.01")) for line in found.lines)


@pytest.mark.parametrize(
    ("waived", "days"),
    [
        pytest.param([], [(1, 20, "1000.00")], id="nothing waived"),
        pytest.param([(5, 9)], [(1, 4, "1000.00"), (10, 20, "1000.00")], id="days in the middle"),
        pytest.param([(-3, 9)], [(10, 20, "1000.00")], id="from before the due date"),
        pytest.param([(5, 40)], [(1, 4, "1000.00")], id="the last day is still to come"),
        pytest.param([(3, 4), (8, 8)], [(1, 2, "1000.00"), (5, 7, "1000.00"), (9, 20, "1000.00")], id="twice"),
    ],
)
def test_days_that_are_waived_bear_no_interest(waived: list[tuple[int, int]], days: list[tuple[int, int, str]]) -> None:
    spans = tuple(Span(day(first), day(last)) for first, last in waived)
    (line,) = claims((owed(waived=spans), 2)).lines[:1]
    told = [(period["first_on"], period["last_on"], period["principal"]) for period in line.detail["periods"]]
    assert told == [(day(first).isoformat(), day(last).isoformat(), principal) for first, last, principal in days]


def test_what_is_paid_while_interest_is_waived_bears_none_afterwards() -> None:
    paid = (Entry(day(6), Decimal("400.00")),)
    (line,) = claims((owed(waived=(Span(day(5), day(9)),), entries=paid), 2)).lines[:1]
    assert [(period["days"], period["principal"]) for period in line.detail["periods"]] == [(4, "1000.00"), (11, "600.00")]
