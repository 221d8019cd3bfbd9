"""What a source says held against what is known: new, confirmed, agreed or contradicted; and what cannot be at all."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.core.calendar import Calendar
from receivables.countries.rates import MidRate, Rate, shipped
from receivables.countries.rules import calendar_of
from receivables.rates.formats import read
from receivables.rates.judging import compare_mids, compare_rates, last_working_day, month_ends, refuse_odd
from receivables.rates.words import RateRow, Read, Unreadable
from tests.unit.rates.answers import LATE, archive, mids_csv, rates_csv, table_a

TODAY = date(2026, 11, 28)
KNOWN = {("PL", "nbp_reference"): shipped().table("PL", "nbp_reference").rates}
POLAND: Calendar = calendar_of("PL")


def compare(*changes: tuple[str, str], as_of: date | None = TODAY, known: dict[tuple[str, str], tuple[Rate, ...]] = KNOWN):  # type: ignore[no-untyped-def]
    found = compare_rates(read(archive(*changes), name="a").rates, known, as_of=as_of)
    new = [(str(row.valid_from), str(row.known_until), str(row.percent)) for row in found.new_rates]
    confirmed = [(str(row.valid_from), str(row.known_until), str(row.percent)) for row in found.confirmed]
    return new, confirmed, found.contradictions


def test_an_unchanged_rate_is_confirmed_through_the_day_of_the_source() -> None:
    assert compare(*LATE) == ([], [("2026-03-05", "2026-11-28", "3.75")], [])


def test_a_file_of_an_unknown_day_confirms_nothing_beyond_its_last_row() -> None:
    assert compare(*LATE, as_of=None) == ([], [], [])


def test_a_file_of_a_day_that_is_known_already_confirms_nothing() -> None:
    assert compare(*LATE, as_of=date(2026, 8, 25)) == ([], [], [])


def test_a_change_is_new_and_the_rate_before_it_is_confirmed_to_its_eve() -> None:
    new, confirmed, odd = compare(*LATE, ("2026-09-10", "3,50"), ("2026-10-08", "3,25"))
    assert new == [("2026-09-10", "2026-10-07", "3.50"), ("2026-10-08", "2026-11-28", "3.25")]
    assert confirmed == [("2026-03-05", "2026-09-09", "3.75")]
    assert odd == []


def test_a_repeated_rate_is_no_change() -> None:
    assert compare(*LATE, ("2026-09-10", "3,75")) == ([], [("2026-03-05", "2026-11-28", "3.75")], [])


def test_a_gap_between_known_rates_is_closed_only_by_what_the_source_says() -> None:
    known = {("PL", "nbp_reference"): (*KNOWN["PL", "nbp_reference"], Rate(date(2026, 10, 8), date(2026, 10, 20), Decimal("3.25"), "x"))}
    _new, confirmed, odd = compare(*LATE, ("2026-10-08", "3,25"), known=known)
    assert confirmed == [("2026-03-05", "2026-10-07", "3.75"), ("2026-10-08", "2026-11-28", "3.25")]
    assert odd == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param((("2025-12-04", "4,00"), ("2026-03-05", "3,50")), id="another rate on the day"),
        pytest.param((("2025-12-04", "4,00"), ("2026-03-06", "3,75")), id="a day later"),
        pytest.param((("2025-12-04", "4,00"), ("2026-03-05", "3,75"), ("2026-08-25", "3,50")), id="within the days that are known"),
    ],
)
def test_what_differs_on_a_known_day_contradicts(changes: tuple[tuple[str, str], ...]) -> None:
    _new, confirmed, odd = compare(*changes)
    assert len(odd) == 1
    assert "known is" in odd[0] and odd[0].startswith("a, change ") and "NBP archive" in odd[0]
    assert ("2026-03-05", "2026-11-28", "3.75") not in confirmed


def test_days_before_the_first_known_rate_are_left_alone() -> None:
    assert compare(("1998-02-26", "24,00"), ("2001-12-01", "19,50"), ("2015-03-05", "1,50"), as_of=None) == ([], [], [])


def test_a_derived_rate_is_compared_and_never_taken() -> None:
    known = {("PL", "kc_delay"): shipped().table("PL", "kc_delay").rates}
    rows = rates_csv("PL,kc_delay,2026-03-05,2026-11-28,9.25,x", "PL,kc_delay,2026-11-29,2026-12-31,9.00,x")
    found = compare_rates(read(rows, name="a").rates, known, as_of=None)
    assert (found.new_rates, found.confirmed, found.agreed) == ([], [], 1)
    assert found.contradictions == ["a, line 3: kc_delay follows from the country's reference rate; only that is taken."]


def test_a_jump_from_what_is_known_is_not_taken() -> None:
    new, _confirmed, odd = compare(("2026-09-10", "9,00"))
    assert new == [] and odd == ["a, change 1: 9.00 per cent after 3.75 cannot be."]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        pytest.param(archive(*LATE, ("2026-11-29", "3,50")), "change 3: valid from 2026-11-29, which is to come", id="tomorrow"),
        pytest.param(archive(("2026-03-05", "-0,25")), "change 1: -0.25 per cent cannot be", id="below nothing"),
        pytest.param(archive(("2026-03-05", "51,00")), "change 1: 51.00 per cent cannot be", id="out of range"),
        pytest.param(archive(("2026-03-05", "3,75"), ("2026-04-02", "8,76")), "change 2: from 3.75 to 8.76 per cent at once", id="a jump"),
        pytest.param(archive(*reversed(LATE)), "change 2: 2025-12-04 comes after 2026-03-05", id="out of order"),
        pytest.param(archive(LATE[0], LATE[0]), "change 2: 2025-12-04 comes after 2025-12-04", id="twice"),
        pytest.param(rates_csv("PL,x,2026-03-05,2026-03-04,3.75,N"), "line 2: known until 2026-03-04, before it begins", id="ends before"),
        pytest.param(table_a(("1", "2026-11-30", "4.3")), "rate 1: of 2026-11-30, which is to come", id="a table of the future"),
        pytest.param(table_a(("1", "2026-07-31", "0")), "rate 1: a price of 0 cannot be", id="for nothing"),
        pytest.param(
            table_a(("1", "2026-07-31", "4.3"), ("2", "2026-07-30", "4.3")), "rate 2: 2026-07-30 comes after", id="tables out of order"
        ),
        pytest.param(
            table_a(("1", "2026-07-30", "4.3"), ("2", "2026-07-31", "43.0")), "rate 2: from 4.3 to 43.0 at once", id="a slipped comma"
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(data: bytes, complaint: str) -> None:
    with pytest.raises(Unreadable, match=f"Nothing is taken: file, {complaint}"):
        refuse_odd(read(data, name="file"), on=TODAY)


def test_a_rate_of_today_and_the_largest_step_can_be() -> None:
    refuse_odd(read(archive(("2026-10-01", "3,75"), ("2026-11-28", "8,75")), name="a"), on=TODAY)


def test_many_odd_rows_are_counted() -> None:
    rows = tuple(RateRow(f"line {n}", "PL", "x", date(2026, 1, n), None, Decimal(99), "x") for n in range(1, 13))
    with pytest.raises(Unreadable, match="and 2 more"):
        refuse_odd(Read(rates=rows), on=TODAY)


def test_the_table_of_the_last_working_day_is_that_of_the_month() -> None:
    days = [
        ("1", "2026-08-28", "4.30"),
        ("2", "2026-08-31", "4.31"),
        ("3", "2026-09-01", "4.32"),
        ("4", "2026-09-29", "4.33"),
        ("5", "2026-11-27", "4.2"),
    ]
    taken, lacking = month_ends(read(table_a(*days), name="a").mids, POLAND, on=TODAY)
    assert [(row.rate_on, str(row.price)) for row in taken] == [(date(2026, 8, 31), "4.31")]
    assert lacking == ["a, rate 4: the last table of 2026-09 is that of 2026-09-29, its last working day was 2026-09-30. Not taken."]


def test_every_shipped_mid_rate_stands_on_the_last_working_day_of_its_month() -> None:
    mids = {month: mid for (country, month), mid in shipped().mids.items() if country == "PL"}
    assert len(mids) > 100
    assert {month: mid.on for month, mid in mids.items()} == {
        month: last_working_day(mid.on.replace(day=1), POLAND) for month, mid in mids.items()
    }


def test_a_mid_rate_that_a_demonstration_invented_is_no_match_for_the_known_one() -> None:
    known = {("PL", "2026-01"): MidRate(date(2026, 1, 30), Decimal("4.2131"), "020/A/NBP/2026", "NBP")}
    rows = read(mids_csv("2026-01,2026-01-30,4.2815,020/A/NBP/2026,demo", "2026-02,2026-02-27,4.2,1,N"), name="a").mids
    found = compare_mids(rows, known)
    assert found.contradictions == ["a, line 2: 1 EUR = 4.2815 on 2026-01-30; known for that month is 4.2131 on 2026-01-30 (NBP)."]
    assert [row.rate_on for row in found.new_mids] == [date(2026, 2, 27)]


changes = st.lists(st.tuples(st.integers(1, 40), st.integers(-8, 8)), max_size=4)


@given(changes, st.integers(0, 60))
def test_once_taken_a_source_has_nothing_more_to_say_and_leaves_no_day_open(steps: list[tuple[int, int]], later: int) -> None:
    day, percent, said = date(2026, 8, 25), Decimal("3.75"), list(LATE)
    for days, quarters in steps:
        day, percent = day + timedelta(days), max(percent + Decimal(quarters) / 4, Decimal(0))
        said.append((str(day), str(percent).replace(".", ",")))
    as_of = day + timedelta(later)
    rows = read(archive(*said), name="a").rates
    found = compare_rates(rows, KNOWN, as_of=as_of)
    taken = [Rate(row.valid_from, row.known_until or as_of, row.percent, row.source) for row in (*found.new_rates, *found.confirmed)]
    table = shipped().table("PL", "nbp_reference").extended(taken)
    again = compare_rates(rows, {("PL", "nbp_reference"): table.rates}, as_of=as_of)
    assert (again.new_rates, again.confirmed, again.contradictions) == ([], [], [])
    for number in range((as_of - date(2026, 3, 5)).days + 1):
        on = date(2026, 3, 5) + timedelta(number)
        last = [row for row in rows if row.valid_from <= on][-1]
        assert table.on(on).percent == last.percent
