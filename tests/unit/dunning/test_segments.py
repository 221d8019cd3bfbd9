"""Rules are tried in order, all conditions must be known to hold, and a rule nobody can reach is found."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.segments import (
    Between,
    CustomerProfile,
    InvoiceProfile,
    Profile,
    Rule,
    choose,
    conditions_from,
    never_applies,
    written_conditions,
)
from receivables.core.errors import Refused


def rule(name: str, **conditions: Any) -> Rule:
    return Rule(name, len(name), conditions_from(conditions))


def profile(**facts: Any) -> Profile:
    of_invoice = {name: facts.pop(name) for name in InvoiceProfile.__slots__ if name in facts}
    return Profile(CustomerProfile(**{"kind": "business", **facts}), InvoiceProfile(**of_invoice))


def names(*rules: Rule) -> list[str]:
    return [complaint.rule.name for complaint in never_applies(rules)]


# -- choosing

FIRST_SLIP = rule("first slip", late_invoices={"at_most": 0}, relation_days={"at_least": 365})
CHRONIC = rule("chronic", late_invoices={"at_least": 5})


def test_the_first_rule_that_applies_is_chosen() -> None:
    rules = [rule("big", amount={"at_least": "1000"}), rule("business", kind=["business"])]
    assert choose(rules, profile(amount=Decimal(1000))) is rules[0]
    assert choose(rules, profile(amount=Decimal("999.99"))) is rules[1]
    assert choose(rules, profile(kind="consumer", amount=Decimal(5))) is None


@pytest.mark.parametrize(
    ("late", "days", "chosen"),
    [(0, 365, "first slip"), (0, 364, None), (1, 400, None), (4, 400, None), (5, 400, "chronic"), (6, 0, "chronic")],
)
def test_soft_for_a_good_customer_and_firm_for_a_chronic_late_payer(late: int, days: int, chosen: str | None) -> None:
    found = choose([FIRST_SLIP, CHRONIC], profile(late_invoices=late, relation_days=days))
    assert (found.name if found else None) == chosen


@pytest.mark.parametrize(
    ("conditions", "holds", "fails"),
    [
        ({"kind": ["business", "public"]}, {"kind": "public"}, {"kind": "consumer"}),
        ({"country": ["PL"]}, {"country": "PL"}, {"country": "DE"}),
        ({"language": ["pl"]}, {"language": "pl"}, {"language": "en"}),
        ({"tags": ["vip", "key"]}, {"tags": frozenset({"key", "old"})}, {"tags": frozenset({"old"})}),
        ({"source": ["shop"]}, {"source": "shop"}, {"source": "erp"}),
        ({"payment_method": ["card"]}, {"payment_method": "card"}, {"payment_method": "transfer"}),
        ({"balance": {"at_least": "10"}}, {"balance": Decimal(10)}, {"balance": Decimal("9.99")}),
        ({"rating": {"at_most": "50"}}, {"rating": Decimal(50)}, {"rating": Decimal("50.1")}),
        ({"turnover": {"at_least": "1", "at_most": "2"}}, {"turnover": Decimal(2)}, {"turnover": Decimal(3)}),
        ({"purchases": {"at_least": "2"}}, {"purchases": 2}, {"purchases": 1}),
        ({"subscription": True}, {"subscription": True}, {"subscription": False}),
        ({"insured": False}, {"insured": False}, {"insured": True}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_each_fact_is_judged(conditions: dict[str, Any], holds: dict[str, Any], fails: dict[str, Any]) -> None:
    assert rule("r", **conditions).applies(profile(**holds))
    assert not rule("r", **conditions).applies(profile(**fails))


@pytest.mark.parametrize(
    "conditions",
    [
        {"country": ["PL"]}, {"source": ["shop"]}, {"payment_method": ["card"]}, {"balance": {"at_most": "100"}}, {"balance": {"at_least": "0"}},
        {"rating": {"at_least": "0"}}, {"rating": {"at_most": "100"}}, {"turnover": {"at_least": "0"}}, {"amount": {"at_most": "5"}},
        {"subscription": False}, {"insured": False}, {"insured": True},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_known_fails_every_condition_on_it(conditions: dict[str, Any]) -> None:
    assert not rule("r", **conditions).applies(profile())


# -- reading and writing


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"colour": ["red"]}, "'colour'"),
        ({"kind": ["martian"]}, "martian"),
        ({"kind": []}, "kind"),
        ({"kind": "business"}, "kind"),
        ({"kind": [""]}, "kind"),
        ({"balance": {}}, "balance"),
        ({"balance": {"over": "1"}}, "balance"),
        ({"balance": {"at_least": "NaN"}}, "NaN"),
        ({"balance": {"at_least": "1e400"}}, "1e400"),
        ({"balance": {"at_least": None}}, "None"),
        ({"late_invoices": {"at_least": "1.5"}}, "whole"),
        ({"insured": "yes"}, "insured"),
        ({"insured": {"at_least": "1"}}, "insured"),
    ],
    ids=str,
)
def test_a_condition_that_cannot_be_is_refused_by_name(conditions: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        conditions_from(conditions)


def test_conditions_are_written_in_a_fixed_order_and_as_they_were() -> None:
    stored = {"insured": True, "amount": {"at_least": "10.50"}, "kind": ["public", "business"]}
    written = written_conditions(conditions_from(stored))
    assert list(written) == ["kind", "amount", "insured"]
    assert written == {"kind": ["business", "public"], "amount": {"at_least": "10.50"}, "insured": True}


# -- rules that can never apply


def test_rules_that_differ_are_not_complained_about() -> None:
    assert names(FIRST_SLIP, CHRONIC, rule("rest")) == []
    assert names() == []


@pytest.mark.parametrize(
    ("conditions", "facts"),
    [
        ({"balance": {"at_least": "10", "at_most": "9.99"}}, ("balance",)),
        ({"balance": {"at_most": "-1"}}, ("balance",)),
        ({"rating": {"at_least": "100.01"}}, ("rating",)),
        ({"late_invoices": {"at_least": "4", "at_most": "3"}, "kind": ["business"]}, ("late_invoices",)),
    ],
    ids=["upside down", "below zero", "above a hundred", "beside another"],
)
def test_a_range_that_no_number_meets_is_reported(conditions: dict[str, Any], facts: tuple[str, ...]) -> None:
    (complaint,) = never_applies([rule("r", **conditions)])
    assert (complaint.facts, complaint.shadowed_by) == (facts, ())


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({}, {"kind": ["business"]}),
        ({}, {}),
        ({"kind": ["business", "public"]}, {"kind": ["public"]}),
        ({"kind": ["business"]}, {"kind": ["business"], "tags": ["vip"]}),
        ({"late_invoices": {"at_least": "3"}}, {"late_invoices": {"at_least": "5"}}),
        ({"late_invoices": {"at_least": "0"}}, {}),
        ({"kind": ["business", "public", "consumer", "unknown"]}, {"country": ["PL"]}),
        ({"tags": ["a", "b"]}, {"tags": ["b"], "balance": {"at_most": "5"}}),
    ],
    ids=str,
)
def test_a_rule_below_a_wider_one_is_reported_with_it(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    wide, narrow = rule("wide", **earlier), rule("narrow", **later)
    (complaint,) = never_applies([wide, narrow])
    assert (complaint.rule, complaint.shadowed_by) == (narrow, (wide,))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"kind": ["public"]}, {"kind": ["business", "public"]}),
        ({"rating": {"at_least": "0"}}, {}),
        ({"tags": ["b"]}, {"tags": ["a", "b"]}),
        ({"late_invoices": {"at_least": "3"}}, {"late_invoices": {"at_least": "2"}}),
        ({"insured": True}, {"insured": False}),
        ({"country": ["PL"]}, {"country": ["DE"]}),
    ],
    ids=str,
)
def test_a_rule_that_reaches_further_than_the_one_above_is_not(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    assert names(rule("first", **earlier), rule("second", **later)) == []


def test_several_rules_may_take_everything_together() -> None:
    few, many = rule("few", late_invoices={"at_most": "2"}), rule("many", late_invoices={"at_least": "3"})
    idle = rule("idle", country=["DE"])
    (complaint,) = never_applies([few, idle, many, rule("rest")])
    assert complaint.rule.name == "rest"
    assert complaint.shadowed_by == (few, many)


def test_what_is_not_known_is_left_for_a_later_rule() -> None:
    good, bad = rule("good", rating={"at_least": "50"}), rule("bad", rating={"at_most": "50"})
    assert names(good, bad, rule("not rated yet")) == []
    assert names(good, bad, rule("rated", rating={"at_least": "0"})) == ["rated"]


# -- all of a small world

KINDS = ["business", "consumer", "public", "unknown"]
TAGS = [frozenset[str](), frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})]
RATINGS = [None, *(Decimal(n) / 2 for n in (0, 1, 49, 50, 51, 99, 100, 101, 150, 199, 200))]
WORLD = [
    profile(kind=kind, tags=tags, late_invoices=late, rating=rating, insured=insured)
    for kind, tags, late, rating, insured in product(KINDS, TAGS, range(5), RATINGS, (None, True, False))
]
ENDS = {"late_invoices": st.integers(0, 4).map(str), "rating": st.sampled_from(["0", "25", "50", "100"])}


def ranges(name: str) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(["at_least", "at_most"]), ENDS[name], min_size=1)


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
        "tags": st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True),
        "late_invoices": ranges("late_invoices"),
        "rating": ranges("rating"),
        "insured": st.booleans(),
    },
)


@given(st.lists(CONDITIONS, max_size=5))
def test_the_rules_reported_are_exactly_those_that_nobody_in_the_world_reaches(written: list[dict[str, Any]]) -> None:
    rules = [rule(f"rule {n}", **conditions) for n, conditions in enumerate(written)]
    reached = {found.name for one in WORLD if (found := choose(rules, one))}
    assert set(names(*rules)) == {one.name for one in rules} - reached


@given(CONDITIONS)
def test_conditions_read_back_as_they_were_written(written: dict[str, Any]) -> None:
    conditions = conditions_from(written)
    assert conditions_from(written_conditions(conditions)) == conditions


def test_many_rules_are_judged_in_good_time() -> None:
    rules = [
        rule(f"r{n}", tags=[f"t{n}", f"t{n + 1}"], late_invoices={"at_least": str(n)}, balance={"at_most": str(n * 10)}) for n in range(60)
    ]
    assert len(never_applies([*rules, rule("rest")])) < len(rules)


def test_a_range_counts_both_ends() -> None:
    assert [Between(Decimal(1), Decimal(2)).holds(n) for n in (0, 1, 2, 3)] == [False, True, True, False]
