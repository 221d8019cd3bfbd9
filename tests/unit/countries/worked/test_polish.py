"""Polish cases with hard edges, reckoned by hand. 16 March 2026 is a Monday; commercial interest is 14 % in H1 2026 and 13.75 % in H2."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.countries.worked.asking import CONSUMER, paid, periods, polish, spread

THIRTY_DAYS = "115.07"  # 10 000 x 14 % x 30 / 365 = 115.0685, 17 March to 15 April


def test_two_payments_of_one_day_are_spread_as_they_come() -> None:
    case = polish(payments=paid(("2026-04-15", "100.00"), ("2026-04-15", "5000.00")))
    assert spread(case) == [
        ("100.00", "0.00", "0.00", "10000.00", "15.07", False),
        ("15.07", "4984.93", "0.00", "5015.07", "0.00", False),
    ]
    assert periods(case) == [(30, "14.00", "10000.00", THIRTY_DAYS), (76, "14.00", "5015.07", "146.19")]
    swapped = polish(payments=paid(("2026-04-15", "5000.00"), ("2026-04-15", "100.00")))
    totals = ("interest_total", "interest_paid", "principal_outstanding", "surplus")
    assert [swapped[name] for name in totals] == [case[name] for name in totals] == ["261.26", THIRTY_DAYS, "5015.07", "0.00"]


def test_a_payment_below_the_interest_ends_a_period_and_leaves_the_principal() -> None:
    case = polish(payments=paid(("2026-04-15", "50.00")))
    assert spread(case) == [("50.00", "0.00", "0.00", "10000.00", "65.07", False)]
    assert periods(case) == [(30, "14.00", "10000.00", THIRTY_DAYS), (76, "14.00", "10000.00", "291.51")]
    assert (case["interest_total"], case["interest_outstanding"]) == ("406.58", "356.58")


@pytest.mark.parametrize(
    ("amount", "expected", "later"),
    [
        pytest.param("115.06", ("115.06", "0.00", "0.00", "10000.00", "0.01", False), 1, id="a grosz below the interest"),
        pytest.param("115.07", ("115.07", "0.00", "0.00", "10000.00", "0.00", False), 1, id="the interest"),
        pytest.param("115.08", ("115.07", "0.01", "0.00", "9999.99", "0.00", False), 1, id="a grosz above it"),
        pytest.param("10115.06", ("115.07", "9999.99", "0.00", "0.01", "0.00", False), 1, id="a grosz below all"),
        pytest.param("10115.07", ("115.07", "10000.00", "0.00", "0.00", "0.00", False), 0, id="all"),
        pytest.param("10115.08", ("115.07", "10000.00", "0.01", "0.00", "0.00", False), 0, id="a grosz above all"),
    ],
)
def test_a_payment_around_interest_and_principal(amount: str, expected: tuple[Any, ...], later: int) -> None:
    case = polish(payments=paid(("2026-04-15", amount)))
    assert spread(case) == [expected]
    assert len(case["interest_periods"]) == 1 + later


def test_principal_first_leaves_interest_that_bears_none_and_then_a_surplus() -> None:
    payments = paid(("2026-04-15", "10000.00"), ("2026-05-20", "100.00"), ("2026-05-21", "25.00"))
    case = polish(payments=payments, allocation_policy="principal_first")
    assert spread(case) == [
        ("0.00", "10000.00", "0.00", "0.00", THIRTY_DAYS, False),
        ("100.00", "0.00", "0.00", "0.00", "15.07", False),
        ("15.07", "0.00", "9.93", "0.00", "0.00", False),
    ]
    assert periods(case) == [(30, "14.00", "10000.00", THIRTY_DAYS)]
    assert (case["surplus"], case["interest_paid"], case["interest_outstanding"]) == ("9.93", THIRTY_DAYS, "0.00")


def test_payments_out_of_order_are_spread_by_day_and_told_as_given() -> None:
    one, two = ("2026-04-15", "5000.00"), ("2026-05-15", "1000.00")
    ordered, swapped = polish(payments=paid(one, two)), polish(payments=paid(two, one))
    assert swapped["payments"] == ordered["payments"][::-1]
    assert {**swapped, "payments": ()} == {**ordered, "payments": ()}
    assert spread(ordered)[1] == ("58.86", "941.14", "0.00", "4173.93", "0.00", False)  # 5 115.07 x 14 % x 30 / 365 = 58.8583


def test_a_payment_on_the_day_of_a_new_rate_bears_that_rate_on_its_day() -> None:
    case = polish(CONSUMER, payments=paid(("2026-03-05", "500.00")), as_of="2026-03-10")
    assert periods(case) == [
        (16, "9.50", "1000.00", "4.16"),  # 17 February to 4 March: 4.1644
        (1, "9.25", "1000.00", "0.25"),  # 5 March: 0.2534
        (5, "9.25", "504.41", "0.64"),  # 0.6391
    ]
    assert spread(case) == [("4.41", "495.59", "0.00", "504.41", "0.00", False)]


def test_a_payment_on_the_last_day_of_the_statement_counts() -> None:
    case = polish(payments=paid(("2026-04-15", "115.07")), as_of="2026-04-15")
    assert (len(case["interest_periods"]), case["interest_outstanding"]) == (1, "0.00")


@pytest.mark.parametrize(
    ("day", "expected", "interest"),
    [
        pytest.param("2026-05-04", ("0", "400.00", "0.00", "600.00", "0", True), [], id="weeks before"),
        pytest.param("2026-06-06", ("0", "400.00", "0.00", "600.00", "0", True), [], id="on the stated Saturday"),
        pytest.param("2026-06-07", ("0", "400.00", "0.00", "600.00", "0", True), [], id="on the Sunday"),
        pytest.param("2026-06-08", ("0", "400.00", "0.00", "600.00", "0", True), [], id="on the Monday to which it moves"),
        pytest.param(
            "2026-06-09", ("0.25", "399.75", "0.00", "600.25", "0.00", False), [(1, "9.25", "1000.00", "0.25")], id="the day after"
        ),
    ],
)
def test_payments_around_a_due_date_on_a_saturday(day: str, expected: tuple[Any, ...], interest: list[Any]) -> None:
    for order in ("interest_first", "principal_first") if expected[-1] else ("interest_first",):
        case = polish(CONSUMER, due_date="2026-06-06", as_of="2026-06-09", payments=paid((day, "400.00")), allocation_policy=order)
        assert spread(case) == [expected]
        rest = [] if interest else [(1, "9.25", "600.00", "0.15")]
        assert periods(case) == interest + rest


def test_paid_too_much_in_time_and_again_late() -> None:
    case = polish(payments=paid(("2026-03-10", "10000.50"), ("2026-04-15", "7.00")))
    assert spread(case) == [("0", "10000.00", "0.50", "0.00", "0", True), ("0", "0.00", "7.00", "0.00", "0", False)]
    assert (case["surplus"], case["interest_total"], case["recompense"]["due"]) == ("7.50", "0.00", False)


@pytest.mark.parametrize("as_of", ["2026-03-10", "2026-03-16"])
def test_before_the_end_of_the_due_date_nothing_is_owed_beside_the_principal(as_of: str) -> None:
    case = polish(as_of=as_of)
    assert (case["interest_periods"], case["interest_total"], case["principal_outstanding"]) == ([], "0.00", "10000.00")
    assert case["interest_total_if_split_at_every_half_year"] == "0.00"
    assert case["recompense"]["due"] is False and case["recompense"]["reason"]


def test_one_day_late_owes_a_day_and_the_whole_compensation() -> None:
    case = polish(as_of="2026-03-17")
    assert periods(case) == [(1, "14.00", "10000.00", "3.84")]
    assert (case["recompense"]["eur"], case["recompense"]["pln"]) == (70, "295.63")


def test_compensation_looks_at_the_whole_invoice_also_after_a_part_in_time() -> None:
    case = polish(amount="50000.00", payments=paid(("2026-03-16", "49000.00")))
    assert (case["recompense"]["eur"], case["recompense"]["pln"], case["interest_periods"][0]["principal"]) == (100, "422.33", "1000.00")


@pytest.mark.parametrize(
    ("due", "eur", "day_after", "on_due", "pln"),
    [
        pytest.param("2025-12-31", 70, "2025-12-31", "2025-11-28", None, id="the last day of December"),
        pytest.param("2026-01-30", 70, "2025-12-31", "2025-12-31", None, id="Friday 30 January: late from Saturday the 31st"),
        pytest.param("2026-01-31", 70, "2026-01-30", "2026-01-30", "294.92", id="Saturday 31 January moves to Monday 2 February"),
        pytest.param("2026-02-27", 70, "2026-01-30", "2026-01-30", "294.92", id="Friday 27 February: late from Saturday the 28th"),
        pytest.param("2024-02-29", 70, "2024-02-29", "2024-01-31", None, id="the leap day"),
        pytest.param("2024-02-28", 70, "2024-01-31", "2024-01-31", "304.04", id="the day before the leap day"),
        pytest.param("2019-12-31", 70, "2019-12-31", "2019-11-29", None, id="late from 1 January 2020: three brackets"),
        pytest.param("2019-12-30", 40, "2019-11-29", "2019-11-29", None, id="late from 31 December 2019: one"),
        pytest.param("2026-01-01", 70, "2025-12-31", "2025-12-31", None, id="New Year moves to 2 January"),
    ],
)
def test_the_months_of_the_euro_s_rate(due: str, eur: int, day_after: str, on_due: str, pln: str | None) -> None:
    as_of = f"{int(due[:4]) + 1}-01-31" if due < "2026" else "2026-03-31"
    found = polish(amount="7380.00", due_date=due, as_of=as_of)["recompense"]
    bases = (found["basis_month_of_day_after_effective_due_date"], found["basis_month_of_effective_due_date"])
    assert (found["eur"], *(basis["rate_date"] for basis in bases)) == (eur, day_after, on_due)
    assert found["bases_agree"] is (day_after == on_due) and ("note" in found) is (day_after != on_due)
    assert found["pln"] == bases[0]["pln"] and pln in (None, found["pln"])


@pytest.mark.parametrize(
    ("debtor", "stated", "expected", "percent"),
    [
        ("business", None, "commercial_delay", "14.00"),
        ("public", None, "commercial_delay", "14.00"),
        ("public", "commercial_delay_public_health", "commercial_delay_public_health", "12.00"),
        ("business", "commercial_delay_public_health", "commercial_delay_public_health", "12.00"),
        ("public_health", None, "commercial_delay_public_health", "12.00"),
        ("consumer", None, "kc_delay", "9.25"),
        (None, "kc_delay", "kc_delay", "9.25"),
        (None, "commercial_delay", "commercial_delay", "14.00"),
    ],
)
def test_the_regime_follows_from_the_debtor_and_the_debtor_from_the_regime(
    debtor: str | None, stated: str | None, expected: str, percent: str
) -> None:
    known = {"debtor": debtor, "regime": stated}
    given: dict[str, Any] = {name: value for name, value in known.items() if value or name == "debtor"}
    case = polish(**given)
    assert (case["regime"], case["interest_periods"][0]["rate_percent"]) == (expected, percent)
    assert case["debtor"] == (debtor or ("consumer" if stated == "kc_delay" else "business"))
    assert case["recompense"]["due"] is (case["debtor"] != "consumer")
    assert ("interest_total_if_split_at_every_half_year" in case) is (expected != "kc_delay")


@pytest.mark.parametrize(
    ("debtor", "contract", "expected"),
    [
        pytest.param("consumer", "24.00", [(16, "19.00"), (26, "18.50")], id="above the maximum, which falls"),
        pytest.param("consumer", "18.75", [(16, "18.75"), (26, "18.50")], id="between the two maxima"),
        pytest.param("consumer", "18.50", [(42, "18.50")], id="at the lower maximum"),
        pytest.param("consumer", "5", [(42, "5.00")], id="below the statutory rate"),
        pytest.param("business", "24.00", [(16, "19.00"), (26, "18.50")], id="a firm: the same maximum, day by day"),
        pytest.param("business", "12.125", [(42, "12.125")], id="a firm, three decimals"),
    ],
)
def test_a_contract_rate_is_at_most_the_maximum_of_each_day(debtor: str, contract: str, expected: list[tuple[int, str]]) -> None:
    case = polish(CONSUMER, debtor=debtor, contract_rate_percent=contract, as_of="2026-03-30")
    assert [(days, percent) for days, percent, *_ in periods(case)] == expected
    assert case["contract_rate_percent"] == contract


def test_a_half_year_is_a_period_of_its_own_only_in_the_other_total() -> None:
    case = polish(due_date="2022-12-30", as_of="2024-01-01", amount="333.33")
    assert periods(case) == [(1, "16.00", "333.33", "0.15"), (365, "16.75", "333.33", "55.83"), (1, "15.75", "333.33", "0.14")]
    assert (case["interest_total"], case["interest_total_if_split_at_every_half_year"]) == ("56.12", "56.13")  # 27.69 + 28.15


@pytest.mark.parametrize(
    ("due", "kind", "years", "conservative", "literal"),
    [
        ("2026-03-16", "general", 6, "2032-12-31", "2032-12-31"),
        ("2026-03-16", "sale", 2, "2028-12-31", "2028-12-31"),
        ("2026-03-16", "service_business", 3, "2029-12-31", "2029-12-31"),
        ("2025-12-30", "sale", 2, "2027-12-31", "2027-12-31"),
        ("2025-12-31", "sale", 2, "2027-12-31", "2028-12-31"),
        ("2023-12-30", "service_business", 3, "2026-12-31", "2027-12-31"),
        ("2018-07-09", "sale", 2, "2020-12-31", "2020-12-31"),
    ],
)
def test_limitation(due: str, kind: str, years: int, conservative: str, literal: str) -> None:
    found = polish(CONSUMER, due_date=due, claim_kind=kind)["limitation"]
    assert found == {
        "years": years,
        "act_before_conservative": conservative,
        "literal_from_first_day_of_delay": literal,
        "readings_agree": conservative == literal,
    }


def test_what_fell_due_before_the_reform_of_2018_has_no_date_but_a_reason() -> None:
    found = polish(CONSUMER, due_date="2018-07-08")["limitation"]
    assert (found.pop("reason") != "", found) == (True, {"years": None, "act_before_conservative": None})


@pytest.mark.parametrize(
    ("acknowledged", "after"),
    [
        pytest.param("2025-10-10", "2027-12-31", id="in time"),
        pytest.param("2025-12-31", "2027-12-31", id="on the last day"),
        pytest.param("2026-01-01", None, id="a day late"),
        pytest.param("2022-12-01", "2025-12-31", id="before it was due"),
    ],
)
def test_an_acknowledgement(acknowledged: str, after: str | None) -> None:
    found = polish(CONSUMER, due_date="2023-05-15", acknowledged_on=acknowledged)["limitation"]
    assert (found["acknowledged_on"], found["after_acknowledgement"], "reason" in found) == (acknowledged, after, after is None)
    assert found["act_before_conservative"] == "2025-12-31"


@pytest.mark.parametrize(
    ("debtor", "left", "eligible"),
    [("consumer", "200.00", True), ("consumer", "199.99", False), ("business", "500.00", True), ("business", "499.99", False), ("public", "500.00", True)],
)  # fmt: skip
def test_the_register_looks_at_the_principal_that_payments_left(debtor: str, left: str, eligible: bool) -> None:
    first = str(Decimal(1000) - Decimal(left))
    case = polish(CONSUMER, debtor=debtor, payments=paid(("2026-02-16", first)), warning_sent="2026-03-31")
    assert case["big"].pop("reason", None) == (None if eligible else "outstanding principal below the threshold")
    assert case["big"] == {
        "warning_sent": "2026-03-31",
        "threshold_pln": "200" if debtor == "consumer" else "500",
        "principal_outstanding": left,
        "first_day_after_30_days_overdue": "2026-03-19",
        "first_day_after_one_month_from_warning": "2026-05-01",
        "eligible_from": "2026-05-01" if eligible else None,
    }


@pytest.mark.parametrize(
    ("warned", "eligible"),
    [
        ("2026-01-28", "2026-03-19"),
        ("2026-02-17", "2026-03-19"),
        ("2026-02-18", "2026-03-19"),
        ("2026-02-19", "2026-03-20"),
        ("2026-03-30", "2026-05-01"),
        ("2026-05-29", "2026-06-30"),
    ],
)
def test_the_register_opens_on_the_later_of_two_days(warned: str, eligible: str) -> None:
    assert polish(CONSUMER, warning_sent=warned)["big"]["eligible_from"] == eligible


@pytest.mark.parametrize(
    ("due", "effective", "names"),
    [
        ("2024-12-24", "2024-12-24", 0),
        ("2025-12-24", "2025-12-29", 5),
        ("2016-06-04", "2016-06-04", 0),
        ("2016-12-25", "2016-12-27", 2),
        ("2017-01-07", "2017-01-09", 2),
        ("2024-02-29", "2024-02-29", 0),
    ],
)
def test_a_due_date_is_moved_and_says_from_which_days(due: str, effective: str, names: int) -> None:
    case = polish(CONSUMER, due_date=due, as_of="2026-02-20")
    assert (case["effective_due_date"], len(case["due_date_shift"])) == (effective, names)


def test_what_is_given_is_kept_as_it_is() -> None:
    given: dict[str, Any] = {
        "country": "PL",
        "title": "Ł",
        "note": "n",
        "published_check": "p",
        "amount": "10000",
        "allocation_policy": None,
        "payments": None,
    }
    case = polish(**given)
    assert {name: case[name] for name in ("country", "title", "note", "published_check", "amount", "allocation_policy")} == {
        name: given[name] for name in ("country", "title", "note", "published_check", "amount", "allocation_policy")
    }
    assert (case["payments"], case["principal_outstanding"], case["currency"]) == ([], "10000.00", "PLN")
    named = polish(allocation_policy="principal_first")
    assert named["allocation_policy"] == "principal_first"
    assert "big" not in case and "contract_rate_percent" not in case
