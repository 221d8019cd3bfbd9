"""Daily tables: which are asked for, which counts on a day, and what of an answer is taken."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from receivables.rates.days import BACK, LONGEST, counting, windows
from receivables.rates.formats import read_days
from receivables.rates.words import DayRow, Unreadable
from tests.unit.rates.answers import table_a


def row(day: str, price: str = "4.30") -> DayRow:
    return DayRow("x", "EUR", date.fromisoformat(day), Decimal(price), "1", "NBP, table A")


def test_few_ranges_hold_all_days_and_none_is_longer_than_the_bank_answers() -> None:
    first = date(2026, 1, 7)
    days = [first, first + timedelta(85), first + timedelta(86), first + timedelta(400)]
    found = list(windows(reversed(days)))
    assert [(begin + BACK, end) for begin, end in found] == [(days[0], days[1]), (days[2], days[2]), (days[3], days[3])]
    assert all(end - begin < LONGEST for begin, end in found) and list(windows([])) == []


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        pytest.param("2018-11-09", "2018-11-09", id="its own table"),
        pytest.param("2018-11-12", "2018-11-09", id="a day off that no calendar knew: the table before"),
        pytest.param("2018-11-16", "2018-11-09", id="a week later"),
        pytest.param("2018-11-17", None, id="more than a week later"),
        pytest.param("2018-11-08", None, id="never a later table"),
    ],
)
def test_a_day_without_a_table_steps_back(day: str, counts: str | None) -> None:
    found = counting([row("2018-11-09"), row("2018-10-31")], date.fromisoformat(day))
    assert (found and found.table_on.isoformat()) == counts


def test_an_answer_keeps_all_decimals_as_the_bank_wrote_them() -> None:
    found = read_days(table_a(("224/A/NBP/2026", "2026-11-19", "0.010987"), code="HUF"), currency="HUF", name="h")
    assert found == (DayRow("h, rate 1", "HUF", date(2026, 11, 19), Decimal("0.010987"), "224/A/NBP/2026", "NBP, table A"),)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(table_a(("1", "2026-11-19", "4.3")), "not NBP's answer for HUF", id="another currency"),
        pytest.param(table_a(code="HUF"), "holds no rate", id="nothing"),
        pytest.param(table_a(("1", "2026-11-19", "0"), code="HUF"), "no rate of one unit", id="nothing for it"),
        pytest.param(table_a(("1", "2026-11-19", "-1"), code="HUF"), "no rate of one unit", id="below nothing"),
        pytest.param(table_a(("1", "2026-11-19", "NaN"), code="HUF"), "is no number", id="no number"),
        pytest.param(table_a(("1", "19.11.2026", "1"), code="HUF"), "is no date", id="no date"),
        pytest.param(b"<html>", "no JSON", id="a page"),
        pytest.param(b"\xff", "not UTF-8", id="no text"),
    ],
)
def test_what_is_not_wholly_understood_is_not_taken(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_days(data, currency="HUF", name="h")
