"""The book of rates: what ships is whole, rows can be added, what is missing stops with its name."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from receivables.countries.poland_rates import derived_tables
from receivables.countries.rates import MidRate, MissingRate, Rate, RateBook, shipped

BOOK = shipped()
DAY = timedelta(days=1)


def a_rate(first: date, last: date, percent: str = "9.00") -> Rate:
    return Rate(first, last, Decimal(percent), "a test")


@pytest.mark.parametrize("key", BOOK.tables, ids=":".join)
def test_rows_that_ship_follow_each_other_and_name_their_source(key: tuple[str, str]) -> None:
    rates = BOOK.tables[key].rates
    assert all(rate.source and rate.valid_from <= rate.known_until for rate in rates)
    assert all(before.known_until < after.valid_from for before, after in pairwise(rates))
    if key[0] != "SK":  # of some half-years only the first day is known
        assert all(before.known_until + DAY == after.valid_from for before, after in pairwise(rates))


def test_mid_rates_are_of_their_month_without_a_gap() -> None:
    months = [key[1] for key in BOOK.mids]
    assert months == sorted(months) and months[0] == "2015-12" and len(months) == 128
    assert all(f"{mid.on:%Y-%m}" == month for (_, month), mid in BOOK.mids.items())


def test_a_new_row_moves_the_end_of_what_is_known() -> None:
    key, new = ("PL", "kc_delay"), a_rate(date(2026, 8, 26), date(2026, 12, 31))
    book = BOOK.extended({key: [new]}, {})
    assert book.table(*key).on(date(2026, 12, 31)) == new
    assert book.table(*key).on(date(2026, 8, 25)) == BOOK.table(*key).on(date(2026, 8, 25))
    with pytest.raises(MissingRate, match="2026-08-26"):
        BOOK.table(*key).on(date(2026, 8, 26))


def test_a_row_known_for_longer_replaces_the_one_that_begins_on_its_day() -> None:
    key, last = ("PL", "kc_delay"), BOOK.table("PL", "kc_delay").rates[-1]
    book = BOOK.extended({key: [a_rate(last.valid_from, date(2026, 11, 22), "9.25")]}, {})
    assert len(book.table(*key).rates) == len(BOOK.table(*key).rates)
    assert book.table(*key).on(date(2026, 11, 22)).percent == Decimal("9.25")


def test_a_row_ends_the_one_before_it_and_ends_itself_where_the_next_begins() -> None:
    table = RateBook().extended(
        {("XX", "r"): [a_rate(date(2020, 1, 1), date(2020, 12, 31)), a_rate(date(2020, 7, 1), date(2020, 12, 31))]}, {}
    )
    cut = table.extended({("XX", "r"): [a_rate(date(2020, 3, 1), date(2030, 1, 1), "1.00")]}, {}).table("XX", "r")
    assert [(rate.valid_from, rate.known_until) for rate in cut.rates] == [
        (date(2020, 1, 1), date(2020, 2, 29)),
        (date(2020, 3, 1), date(2020, 6, 30)),
        (date(2020, 7, 1), date(2020, 12, 31)),
    ]


def test_a_month_can_be_added_and_what_ships_stays_as_it_is() -> None:
    mid = MidRate(date(2026, 8, 31), Decimal("4.3000"), "168/A/NBP/2026", "a test")
    assert BOOK.extended({}, {"PL": [mid]}).euro_before("PL", date(2026, 9, 15)) == mid
    with pytest.raises(MissingRate, match=r"PL.*2026-08.*2026-09-15"):
        BOOK.euro_before("PL", date(2026, 9, 15))
    assert BOOK.euro_before("PL", date(2026, 1, 1)).on == date(2025, 12, 31)


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(MissingRate, match=r"XX.*kc_delay"):
        BOOK.table("XX", "kc_delay")


@pytest.mark.parametrize("kind", [key[1] for key in BOOK.tables if key[0] == "PL"])
def test_the_polish_tables_follow_from_the_reference_rate(kind: str) -> None:
    derived = derived_tables(BOOK.table("PL", "nbp_reference"))["PL", kind]
    said = [(rate.valid_from, rate.known_until, rate.percent) for rate in BOOK.table("PL", kind).rates]
    assert [(rate.valid_from, rate.known_until, rate.percent) for rate in derived] == said


def test_a_reference_rate_of_new_year_s_day_gives_the_half_year() -> None:
    reference = BOOK.table("PL", "nbp_reference").extended([a_rate(date(2026, 8, 26), date(2027, 1, 1), "3.50")])
    last = derived_tables(reference)["PL", "commercial_delay"][-1]
    assert (last.valid_from, last.known_until, last.percent) == (date(2027, 1, 1), date(2027, 6, 30), Decimal("13.50"))
