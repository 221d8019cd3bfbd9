"""Rates that a contract agrees: in the law's place, capped by the day's maximum; and when the firm claims compensation."""

from datetime import date
from decimal import Decimal

import pytest

from dunning.terms import AgreedRate, CompensationRules, Terms, no_compensation, with_agreed
from receivables.countries.rates import MissingRate, Rate, RateTable
from receivables.countries.regimes import RateMode, Regime, capped
from receivables.countries.words import Debtor

JAN, MARCH, JULY, END = date(2026, 1, 1), date(2026, 3, 5), date(2026, 7, 1), date(2026, 12, 31)
BEFORE_MARCH = date(2026, 3, 4)
FIRMS = RateTable(
    "PL", "commercial_delay", (Rate(JAN, date(2026, 6, 30), Decimal("14.00"), "M.P. 1"), Rate(JULY, END, Decimal("13.75"), "M.P. 2"))
)
CONSUMERS = RateTable(
    "PL", "kc_delay", (Rate(JAN, BEFORE_MARCH, Decimal("9.50"), "NBP 4.00"), Rate(MARCH, END, Decimal("9.25"), "NBP 3.75"))
)
CEILING = RateTable(
    "PL", "kc_delay_max", (Rate(JAN, BEFORE_MARCH, Decimal("19.00"), "NBP 4.00"), Rate(MARCH, END, Decimal("18.50"), "NBP 3.75"))
)


def agreed(percent: str | None, since: date = JAN, *, of_invoice: bool = False) -> AgreedRate:
    return AgreedRate(since, None if percent is None else Decimal(percent), "umowa 7/2026", of_invoice)


def table(*rates: AgreedRate, law: RateTable = FIRMS, debtor: Debtor = Debtor.BUSINESS, ceiling: RateTable = CEILING) -> RateTable:
    regime = Regime(law, RateMode.HALF_YEAR, "the act")
    percents = {one.percent for one in rates if one.percent is not None}
    return with_agreed(regime, {each: capped(regime, each, ceiling, "art. 481") for each in percents}, rates, debtor).table


def percent(found: RateTable, day: date) -> Decimal:
    return found.on(day).percent


def test_without_a_contract_the_table_is_the_laws_own() -> None:
    assert table() is FIRMS


@pytest.mark.parametrize(
    ("rate", "day", "expected"),
    [
        ("16", JAN, "16"),
        ("18.50", MARCH, "18.50"),
        ("18.51", MARCH, "18.50"),
        ("24", BEFORE_MARCH, "19.00"),
        ("24", MARCH, "18.50"),
        ("12", JAN, "14.00"),
        ("13.75", JULY, "13.75"),
    ],
)
def test_a_firm_owes_the_agreed_rate_between_the_laws_and_the_ceiling_of_the_day(rate: str, day: date, expected: str) -> None:
    assert percent(table(agreed(rate)), day) == Decimal(expected)


def test_a_consumer_may_owe_less_than_the_law_gives_and_never_more_than_the_ceiling() -> None:
    assert percent(table(agreed("5"), law=CONSUMERS, debtor=Debtor.CONSUMER), MARCH) == 5
    assert percent(table(agreed("30"), law=CONSUMERS, debtor=Debtor.CONSUMER), MARCH) == Decimal("18.50")


def test_the_cap_stands_in_the_working() -> None:
    assert table(agreed("24")).on(MARCH).source == "umowa 7/2026: contract, 24 per cent; at most 18.50: NBP 3.75"
    assert table(agreed("3")).on(MARCH).source == "umowa 7/2026 agrees 3 per cent, less than the law gives; M.P. 1"


def test_it_holds_from_its_day_and_may_end() -> None:
    found = table(agreed("16", MARCH), agreed(None, JULY))
    assert [percent(found, day) for day in (BEFORE_MARCH, MARCH, date(2026, 6, 30), JULY)] == [14, 16, 16, Decimal("13.75")]


def test_what_an_invoice_agrees_comes_before_what_its_customer_does() -> None:
    found = table(agreed("15"), agreed("17", MARCH, of_invoice=True), agreed("18", JULY))
    assert [percent(found, day) for day in (JAN, MARCH, JULY)] == [15, 17, 17]


def test_of_one_day_the_newest_counts() -> None:
    assert percent(table(agreed("15"), agreed("16")), JAN) == 16


def test_a_day_whose_ceiling_is_not_known_has_no_rate() -> None:
    with pytest.raises(MissingRate, match="2026-03-05"):
        table(agreed("16"), ceiling=RateTable("PL", "kc_delay_max", CEILING.rates[:1])).on(MARCH)


@pytest.mark.parametrize(
    ("rules", "kept", "amount", "currency", "late", "expected"),
    [
        (CompensationRules(), "", "1.00", "PLN", 1, ("", "")),
        (CompensationRules(claimed=False), "", "900.00", "PLN", 90, ("switched_off", "")),
        (CompensationRules(), "old friend", "900.00", "PLN", 90, ("spared", "old friend")),
        (CompensationRules(True, Decimal("200.00"), "PLN"), "", "199.99", "PLN", 9, ("below_minimum", "200.00 PLN")),
        (CompensationRules(True, Decimal("200.00"), "PLN"), "", "200.00", "PLN", 9, ("", "")),
        (CompensationRules(True, Decimal("200.00"), "PLN"), "", "100.00", "EUR", 9, ("", "")),
        (CompensationRules(minimum_days=7), "", "900.00", "PLN", 6, ("too_few_days", "7")),
        (CompensationRules(minimum_days=7), "", "900.00", "PLN", 7, ("", "")),
    ],
)
def test_why_no_compensation(rules: CompensationRules, kept: str, amount: str, currency: str, late: int, expected: tuple[str, str]) -> None:
    assert no_compensation(Terms(rules, kept), amount=Decimal(amount), currency=currency, days_late=late) == expected
