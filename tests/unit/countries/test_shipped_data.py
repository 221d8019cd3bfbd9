"""The tables that ship, held against the team's reference data."""

import csv
from datetime import date
from decimal import Decimal

import pytest

from receivables.countries.rates import shipped
from tests.shared_files import SHARED, needs_shared

pytestmark = needs_shared
BOOK = shipped()


def rows(name: str) -> list[dict[str, str]]:
    """A file of reference data."""
    with (SHARED / "reference" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_polish_tables_are_those_of_the_reference() -> None:
    said = {(row["kind"], date.fromisoformat(row["valid_from"])): Decimal(row["rate_percent"]) for row in rows("pl_statutory_interest.csv")}
    tables = {name: table for (country, name), table in BOOK.tables.items() if country == "PL"}
    assert {(name, rate.valid_from): rate.percent for name, table in tables.items() for rate in table.rates} == said


def test_the_mid_rates_of_the_euro_are_those_of_the_reference() -> None:
    said = [(row["month"], row["rate_date"], row["eur_pln_mid"], row["nbp_table_no"]) for row in rows("nbp_eur_midrates.csv")]
    assert [(month, str(mid.on), str(mid.price), mid.table) for (_, month), mid in BOOK.mids.items()] == said


@pytest.mark.parametrize(
    ("file", "country", "regime", "points"),
    [
        ("ecb_reference_rate.csv", "EU", "commercial_delay", "8"),
        ("ecb_reference_rate.csv", "FR", "commercial_delay", "10"),
        ("ecb_reference_rate.csv", "IT", "commercial_delay", "8"),
        ("ecb_reference_rate.csv", "ES", "commercial_delay", "8"),
        ("ecb_reference_rate.csv", "NL", "commercial_delay", "8"),
        ("de_base_rate.csv", "DE", "commercial_delay", "9"),
        ("de_base_rate.csv", "DE", "consumer_delay", "5"),
        ("uk_reference_rate.csv", "GB", "commercial_delay", "8"),
    ],
)
def test_a_table_is_its_reference_and_so_many_points(file: str, country: str, regime: str, points: str) -> None:
    said = [(date.fromisoformat(row["valid_from"]), Decimal(row["rate_percent"]) + Decimal(points)) for row in rows(file)]
    found = [(rate.valid_from, rate.percent) for rate in BOOK.table(country, regime).rates]
    assert found and found == said[-len(found) :]
    assert BOOK.table(country, regime).known_until() == date(2026, 12, 31)


@pytest.mark.parametrize(("regime", "points"), [("commercial_delay", "9"), ("consumer_delay", "5")])
def test_the_slovak_rate_is_the_ecb_s_on_each_day_of_the_reference_that_is_known(regime: str, points: str) -> None:
    table, known = BOOK.table("SK", regime), 0
    for row in rows("ecb_reference_rate.csv"):
        day = date.fromisoformat(row["valid_from"])
        assert table.on(day).percent == Decimal(row["rate_percent"]) + Decimal(points)
        known += 1
    assert known == 22


def test_each_country_of_the_rules_has_its_margins() -> None:
    newest = {row["country"]: row for row in rows("late_payment_rules.csv")}
    ecb, bank = Decimal("2.40"), {"DE": Decimal("1.52"), "GB": Decimal("3.75"), "CZ": Decimal("3.75"), "PL": Decimal("3.75")}
    for country, row in newest.items():
        for regime, margin in (("commercial_delay", row["b2b_margin_pp"]), ("consumer_delay", row["b2c_margin_pp"])):
            if margin and (country, regime) in BOOK.tables:
                table = BOOK.table(country, regime)
                assert table.on(date(2026, 7, 1)).percent == bank.get(country, ecb) + Decimal(margin), (country, regime)
