"""Many debts at once give what each gives alone: the same periods, amounts, sources and refusals."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.interest import measure
from receivables.core.errors import DomainError
from receivables.countries.bulk import Reckoner
from receivables.countries.interest import Interest, Stand, delay_interest
from receivables.countries.law import PACKS
from receivables.countries.rates import Rate, RateBook, RateTable, shipped
from receivables.countries.regimes import RateMode, Regime
from receivables.countries.words import Debtor

BOOK = shipped()
DAY = timedelta(days=1)
REGIMES = [
    (PACKS[country].regime(debtor, rates=BOOK), PACKS[country].currency)
    for country, debtor in (
        ("PL", Debtor.CONSUMER),
        ("PL", Debtor.BUSINESS),
        ("PL", Debtor.PUBLIC_HEALTH),
        ("DE", Debtor.BUSINESS),
        ("SK", Debtor.BUSINESS),
        ("NL", Debtor.BUSINESS),
        ("GB", Debtor.BUSINESS),
    )
] + [
    (PACKS["PL"].contract_regime(Debtor.BUSINESS, Decimal("18.7525"), rates=BOOK), "PLN"),
    (PACKS["PL"].regime(Debtor.CONSUMER, rates=BOOK), "JPY"),
]
RECKONERS = [Reckoner(regime, currency) for regime, currency in REGIMES]
days = st.dates(date(2015, 12, 1), date(2027, 1, 31))
principals = st.one_of(st.just(Decimal(0)), st.just(Decimal(500)), st.integers(1, 10**9).map(Decimal))


def same(reckoner: Reckoner, stands: list[Stand], first: date, last: date) -> None:
    """Holds the bulk against the plain reckoning."""
    try:
        expected: Interest | str = delay_interest(reckoner.regime, stands, first_on=first, last_on=last, currency=reckoner.currency)
    except DomainError as error:
        expected = str(error)
    try:
        found: Interest | str = reckoner.interest(stands, first_on=first, last_on=last)
        total: Decimal | str = reckoner.total(stands, first_on=first, last_on=last)
    except DomainError as error:
        found = total = str(error)
    assert found == expected
    assert total == (expected.total if isinstance(expected, Interest) else expected)
    if isinstance(found, Interest) and isinstance(expected, Interest):
        assert [str(period.amount) for period in found.periods] == [str(period.amount) for period in expected.periods]


@given(
    st.sampled_from(RECKONERS), st.lists(st.tuples(days, principals), min_size=1, max_size=5, unique_by=lambda stand: stand[0]), days, days
)
@example(RECKONERS[0], [(date(2020, 1, 1), Decimal(500)), (date(2020, 3, 18), Decimal(500))], date(2020, 1, 1), date(2021, 1, 1))
@example(RECKONERS[0], [(date(2020, 1, 1), Decimal(500)), (date(2020, 3, 1), Decimal(0))], date(2020, 1, 1), date(2027, 1, 1))
@example(RECKONERS[4], [(date(2024, 1, 1), Decimal(500))], date(2024, 1, 2), date(2024, 2, 1))
@example(RECKONERS[5], [(date(2024, 1, 1), Decimal(10**6))], date(2024, 1, 1), date(2026, 6, 1))
@example(RECKONERS[0], [(date(2024, 1, 1), Decimal(500))], date(2024, 1, 1), date(2023, 12, 31))
def test_bulk_is_what_each_debt_gives_alone(reckoner: Reckoner, stands: list[tuple[date, Decimal]], first: date, last: date) -> None:
    same(reckoner, [Stand(since, principal) for since, principal in sorted(stands)], first, last)


def rate(first: date, last: date, percent: str) -> Rate:
    return Rate(first, last, Decimal(percent), f"from {first}")


GAPPED = RateTable(
    "XX",
    "gapped",
    (
        rate(date(2020, 1, 1), date(2020, 3, 31), "7.00"),
        rate(date(2020, 4, 1), date(2020, 6, 30), "7.0"),
        rate(date(2020, 7, 10), date(2020, 9, 30), "7.00"),
        rate(date(2020, 10, 1), date(2020, 12, 31), "0.125"),
        rate(date(2021, 1, 1), date(2021, 12, 31), "12"),
    ),
)


@pytest.mark.parametrize("mode", RateMode)
@given(
    st.dates(date(2019, 12, 25), date(2022, 1, 5)),
    st.dates(date(2019, 12, 25), date(2022, 1, 5)),
    st.integers(1, 10**7).map(lambda n: Decimal(n).scaleb(-2)),
)
def test_gaps_in_a_table_are_named_as_they_are_one_by_one(mode: RateMode, first: date, last: date, principal: Decimal) -> None:
    reckoner = Reckoner(Regime(GAPPED, mode, "a test"), "EUR")
    same(reckoner, [Stand(date.min, principal), Stand(date(2020, 11, 1), principal / 2 if principal % 2 == 0 else principal)], first, last)


def test_an_empty_table_knows_nothing() -> None:
    empty = Regime(replace(GAPPED, rates=()), RateMode.DAILY, "a test")
    same(Reckoner(empty, "EUR"), [Stand(date.min, Decimal(1))], date(2020, 1, 1), date(2020, 1, 2))


def test_rows_added_to_the_book_count() -> None:
    book: RateBook = BOOK.extended({("PL", "kc_delay"): [rate(date(2026, 8, 26), date(2027, 6, 30), "9.00")]}, {})
    reckoner = Reckoner(PACKS["PL"].regime(Debtor.CONSUMER, rates=book), "PLN")
    same(reckoner, [Stand(date.min, Decimal("99.99"))], date(2026, 8, 1), date(2027, 1, 31))
    assert len(reckoner.interest([Stand(date.min, Decimal(1))], first_on=date(2026, 8, 25), last_on=date(2026, 8, 26)).periods) == 2


def test_the_benchmark_holds_bulk_against_the_loop_and_counts() -> None:
    line = measure(40)
    assert (line["workload"], line["n"]) == ("interest", 40) and line["periods"] > 400
