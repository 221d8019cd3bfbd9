"""What a law derives from one published rate, beyond what is published already (test_rates.py): ends, gaps, sources."""

from datetime import date
from decimal import Decimal

import pytest

from receivables.countries.derived import floats, is_derived
from receivables.countries.poland_rates import derived_tables
from receivables.countries.rates import Rate, RateTable


def rate(day: str, percent: str, until: str) -> Rate:
    return Rate(date.fromisoformat(day), date.fromisoformat(until), Decimal(percent), "NBP")


def derived(*rates: Rate) -> dict[str, list[tuple[str, str, str]]]:
    tables = derived_tables(RateTable("PL", "nbp_reference", rates))
    return {
        regime: [(str(one.valid_from), str(one.known_until), str(one.percent)) for one in made]
        for (_country, regime), made in tables.items()
    }


@pytest.mark.parametrize(
    ("until", "halves"),
    [
        pytest.param("2026-12-31", [], id="known to the day before the half-year"),
        pytest.param("2027-01-01", [("2027-01-01", "2027-06-30", "13.75")], id="known on its first day"),
        pytest.param("2027-06-30", [("2027-01-01", "2027-06-30", "13.75")], id="known to its end"),
        pytest.param(
            "2027-07-01", [("2027-01-01", "2027-06-30", "13.75"), ("2027-07-01", "2027-12-31", "13.75")], id="known into the next"
        ),
    ],
)
def test_a_half_year_has_the_rate_of_its_first_day_and_none_before_that_is_known(until: str, halves: list[tuple[str, str, str]]) -> None:
    assert derived(rate("2026-09-01", "3.75", until))["commercial_delay"] == halves


def test_a_half_year_that_begins_in_a_gap_has_none() -> None:
    found = derived(rate("2026-03-05", "3.75", "2026-08-25"), rate("2027-02-10", "3.50", "2027-07-31"))
    assert found["commercial_delay"] == [("2026-07-01", "2026-12-31", "13.75"), ("2027-07-01", "2027-12-31", "13.50")]
    assert found["kc_delay"] == [("2026-03-05", "2026-08-25", "9.25"), ("2027-02-10", "2027-07-31", "9.00")]


def test_a_change_within_a_half_year_changes_only_what_floats() -> None:
    found = derived(rate("2027-01-01", "3.75", "2027-02-09"), rate("2027-02-10", "3.50", "2027-03-31"))
    assert [percent for _first, _last, percent in found["commercial_delay"]] == ["13.75"]
    assert [percent for _first, _last, percent in found["kc_delay"]] == ["9.25", "9.00"]


def test_each_rate_says_its_formula_its_article_and_where_its_base_was_read() -> None:
    tables = derived_tables(RateTable("PL", "nbp_reference", (rate("2027-01-01", "3.75", "2027-01-01"),)))
    sources = {regime: made[0].source for (_country, regime), made in tables.items()}
    assert sources["commercial_delay"] == "NBP reference on 2027-01-01 + 10 pp, art. 4 pkt 3 and art. 11b act of 8 March 2013; NBP"
    assert sources["kc_delay"] == "NBP reference + 5.5 pp, art. 481 par. 2 KC; NBP"
    assert sources["kc_delay_max"] == "2 × (NBP reference + 5.5 pp), art. 481 par. 2(1) KC; NBP"


def test_only_the_base_is_entered_and_what_floats_is_known_until_today_at_most() -> None:
    assert is_derived("PL", "kc_delay") and not is_derived("PL", "nbp_reference") and not is_derived("DE", "kc_delay")
    assert floats("PL", "nbp_reference") and floats("PL", "kc_capital") and not floats("PL", "commercial_delay") and not floats("DE", "x")
