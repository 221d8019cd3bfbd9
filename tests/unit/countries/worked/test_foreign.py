"""Cases under other laws, reckoned by hand. ECB rate 2.15 from July 2025, 2.40 from July 2026; Bank Rate 3.75 for all of 2026."""

from typing import Any

import pytest

from tests.unit.countries.worked.asking import foreign


def claim(country: str, currency: str = "EUR", **fields: Any) -> dict[str, Any]:
    """10 000 in the country's currency, due on 15 December 2025, as of 31 July 2026: 198 days to 30 June from the 15th, then 31."""
    return foreign(country, **{"amount": "10000.00", "currency": currency, "due_date": "2025-12-15", "as_of": "2026-07-31", **fields})


@pytest.mark.parametrize(
    ("country", "debtor", "expected", "interest", "fixed"),
    [
        ("DE", "public", [(197, "10.27", "554.30"), (31, "10.52", "89.35")], "643.65", "40"),
        ("FR", "business", [(197, "12.15", "655.77"), (31, "12.40", "105.32")], "761.09", "40"),
        ("IT", "business", [(197, "10.15", "547.82"), (31, "10.40", "88.33")], "636.15", "40"),
        ("ES", "business", [(197, "10.15", "547.82"), (31, "10.40", "88.33")], "636.15", "40"),
        ("NL", "business", [(197, "10.15", "547.82"), (31, "10.40", "88.33")], "636.15", "40"),
        ("EU", "public", [(197, "10.15", "547.82"), (31, "10.40", "88.33")], "636.15", "40"),
        ("AT", "consumer", [(228, "4.00", "249.86")], "249.86", None),
    ],
)
def test_rates_that_float_by_half_years(country: str, debtor: str, expected: list[Any], interest: str, fixed: str | None) -> None:
    case = claim(country, debtor=debtor)
    assert [(row["days"], row["rate_percent"], row["interest"]) for row in case["periods"]] == expected
    assert (case["interest"], case["fixed_sum"]) == (interest, fixed)
    assert "rate_percent" not in case and "days" not in case and case["debtor"] == debtor


def test_a_member_of_the_euro_area_without_a_pack_has_the_floor() -> None:
    case, floor = claim("BE"), claim("EU")
    assert (case["country"], case["interest"], case["fixed_sum"]) == ("BE", floor["interest"], "40")


def test_italian_private_debts_bear_the_legal_rate_of_their_year() -> None:
    case = claim("IT", debtor="consumer", due_date="2025-12-31", as_of="2026-12-31")
    assert (case["periods"], case["fixed_sum"]) == ([{"days": 365, "rate_percent": "1.60", "interest": "160.00"}], None)


@pytest.mark.parametrize(
    ("country", "currency", "debtor", "day", "percent", "days", "interest", "fixed"),
    [
        ("CZ", "CZK", "business", "2026-06-30", "11.75", 31, "99.79", "1200 CZK"),
        ("CZ", "CZK", "consumer", "2026-06-30", "11.75", 31, "99.79", None),
        ("SK", "EUR", "business", "2026-06-15", "11.15", 46, "140.52", "40"),
        ("SK", "EUR", "business", "2026-06-16", "11.40", 45, "140.55", "40"),
        ("SK", "EUR", "business", "2026-06-30", "11.40", 31, "96.82", "40"),
        ("SK", "EUR", "consumer", "2025-07-30", "7.15", 366, "716.96", None),
        ("GB", "GBP", "business", "2025-06-29", "12.75", 397, "1386.78", "100"),
        ("GB", "GBP", "business", "2025-06-30", "12.25", 396, "1329.04", "100"),
        ("GB", "GBP", "public", "2025-12-31", "11.75", 212, "682.47", "100"),
    ],
)
def test_rates_that_are_fixed_where_the_delay_began(
    country: str, currency: str, debtor: str, day: str, percent: str, days: int, interest: str, fixed: str | None
) -> None:
    case = claim(country, currency, debtor=debtor, due_date=day)
    assert (case["rate_percent"], case["days"], case["interest"], case["fixed_sum"]) == (percent, days, interest, fixed)
    assert "periods" not in case


@pytest.mark.parametrize(("amount", "fixed"), [("999.99", "40"), ("1000.00", "70"), ("9999.99", "70"), ("10000.00", "100")])
def test_british_brackets(amount: str, fixed: str) -> None:
    case = foreign("GB", amount=amount, currency="GBP", relevant_day="2026-08-31", as_of="2026-09-01")
    assert (case["fixed_sum"], case["days"], case["relevant_day"], "due_date" in case) == (fixed, 1, "2026-08-31", False)


@pytest.mark.parametrize("country", ["DE", "GB"])
def test_on_the_due_date_and_before_nothing_is_owed(country: str) -> None:
    for as_of in ("2026-07-15", "2026-07-14"):
        case = claim(country, "GBP" if country == "GB" else "EUR", due_date="2026-07-15", as_of=as_of)
        assert (case["interest"], case["fixed_sum"]) == ("0.00", None)
        assert case.get("periods", []) == [] and case.get("days", 0) == 0
    later = claim(country, "GBP" if country == "GB" else "EUR", due_date="2026-07-15", as_of="2026-07-16")
    assert later["fixed_sum"] and later["interest"] != "0.00"


def test_a_due_date_on_a_sunday_stays_there_abroad() -> None:
    assert sum(row["days"] for row in claim("DE", due_date="2026-07-26", as_of="2026-07-27")["periods"]) == 1


def test_dutch_interest_bears_interest_from_its_anniversary() -> None:
    case = claim("NL", due_date="2024-07-15", as_of="2025-08-14")
    assert [(row["days"], row["rate_percent"], row["interest"]) for row in case["periods"]] == [
        (169, "12.25", "567.19"),
        (181, "11.15", "552.92"),
        (15, "10.15", "41.71"),
        (30, "10.15", "93.12"),  # on 11 161.82
    ]
    assert case["interest"] == "1254.94" and "11161.82" in case["formula"]


@pytest.mark.parametrize(
    ("principal", "costs"),
    [
        ("0.01", "40.00"),
        ("266.66", "40.00"),
        ("266.67", "40.00"),
        ("266.70", "40.01"),
        ("2499.99", "375.00"),
        ("2500.00", "375.00"),
        ("2500.01", "375.00"),
        ("2500.05", "375.01"),
        ("4999.99", "625.00"),
        ("5000.00", "625.00"),
        ("5000.01", "625.00"),
        ("5000.10", "625.01"),
        ("9999.99", "875.00"),
        ("10000.00", "875.00"),
        ("10000.01", "875.00"),
        ("10000.50", "875.01"),
        ("199999.99", "2775.00"),
        ("200000.00", "2775.00"),
        ("200001.00", "2775.01"),
        ("999999.99", "6775.00"),
        ("1000000.00", "6775.00"),
        ("1000000.01", "6775.00"),
        ("5000000.00", "6775.00"),
    ],
)
def test_the_dutch_scale_at_its_boundaries(principal: str, costs: str) -> None:
    case = foreign("NL", principal=principal, currency="EUR", debtor="consumer")
    assert case["collection_cost_excl_vat"] == costs
    assert set(case) == {"id", "country", "principal", "currency", "collection_cost_excl_vat", "formula", "debtor"}


def test_the_currency_of_the_country_stands_where_none_is_said() -> None:
    case = foreign("CZ", amount="100.00", due_date="2026-07-31", as_of="2026-08-31")
    assert case["currency"] == "CZK"
