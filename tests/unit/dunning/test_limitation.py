"""Until when a debt may be enforced, after what happened to it; dates at their edges."""

from datetime import date, timedelta

import pytest

from dunning.limitation import Happened, barred_from, running, standing
from dunning.states import LimitationKind
from receivables.countries.law import PACKS
from receivables.countries.words import Debtor, Sale

POLAND = PACKS["PL"]
DAY = timedelta(days=1)
ACK, SUIT, ENFORCEMENT = LimitationKind.ACKNOWLEDGEMENT, LimitationKind.SUIT, LimitationKind.ENFORCEMENT
JUDGMENT, MEDIATION = LimitationKind.JUDGMENT, LimitationKind.MEDIATION
DUE = date(2024, 3, 15)


def last_day(due_on: date, *happened: Happened, sale: Sale = Sale.GOODS) -> date | None:
    return standing(POLAND, Debtor.BUSINESS, sale, due_on=due_on, happened=happened).last_day


@pytest.mark.parametrize(
    ("due_on", "sale", "expected"),
    [
        pytest.param(date(2024, 2, 29), Sale.GOODS, date(2026, 12, 31), id="leap day"),
        pytest.param(date(2024, 1, 31), Sale.SERVICES, date(2027, 12, 31), id="month's end, services"),
        pytest.param(date(2023, 12, 30), Sale.GOODS, date(2025, 12, 31), id="the day before the last of the year"),
        pytest.param(date(2023, 12, 31), Sale.GOODS, date(2025, 12, 31), id="due on 31 December: the earlier reading"),
        pytest.param(date(2024, 1, 1), Sale.GOODS, date(2026, 12, 31), id="due on 1 January"),
    ],
)
def test_a_debt_runs_out_at_the_end_of_a_year(due_on: date, sale: Sale, expected: date) -> None:
    assert last_day(due_on, sale=sale) == expected


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        pytest.param([Happened(ACK, date(2026, 12, 31))], date(2028, 12, 31), id="acknowledged on the last day"),
        pytest.param([Happened(ACK, date(2027, 1, 1))], date(2026, 12, 31), id="acknowledged a day too late"),
        pytest.param([Happened(ACK, DUE)], date(2026, 12, 31), id="acknowledged on the due date"),
        pytest.param([Happened(ACK, date(2023, 5, 1))], date(2026, 12, 31), id="acknowledged before it was due: nothing"),
        pytest.param([Happened(ACK, date(2025, 2, 28)), Happened(ACK, date(2026, 2, 28))], date(2028, 12, 31), id="twice"),
        pytest.param([Happened(SUIT, date(2025, 6, 1))], None, id="a suit that is pending"),
        pytest.param([Happened(SUIT, date(2025, 6, 1), date(2026, 6, 1))], date(2028, 12, 31), id="a suit that ended without a title"),
        pytest.param([Happened(SUIT, date(2024, 1, 1), date(2024, 6, 1))], date(2026, 12, 31), id="sued before it was due"),
        pytest.param([Happened(JUDGMENT, date(2025, 7, 1))], date(2031, 12, 31), id="a judgment: six years"),
        pytest.param([Happened(SUIT, date(2025, 1, 1)), Happened(JUDGMENT, date(2025, 7, 1))], date(2031, 12, 31), id="suit, judgment"),
        pytest.param([Happened(JUDGMENT, date(2025, 7, 1)), Happened(ENFORCEMENT, date(2026, 1, 1))], None, id="enforcement of a judgment"),
        pytest.param(
            [Happened(JUDGMENT, date(2025, 7, 1)), Happened(ENFORCEMENT, date(2026, 1, 1), date(2027, 2, 28))],
            date(2033, 12, 31),
            id="enforcement of a judgment, ended",
        ),
        pytest.param([Happened(MEDIATION, date(2025, 1, 1), date(2025, 3, 1))], date(2026, 12, 31), id="mediation: not relied on"),
    ],
)
def test_what_happened_moves_the_last_day(happened: list[Happened], expected: date | None) -> None:
    assert last_day(DUE, *happened) == expected


def test_time_that_stood_still_is_added_in_the_literal_reading() -> None:
    found = standing(POLAND, Debtor.BUSINESS, Sale.GOODS, due_on=DUE, happened=[Happened(MEDIATION, date(2025, 1, 1), date(2025, 1, 31))])
    assert found.limitation.literal_after_events == date(2026, 12, 31) + 31 * DAY


def test_a_judgment_counts_even_where_the_old_term_is_not_worked_out() -> None:
    assert last_day(date(2018, 1, 1)) is None
    assert last_day(date(2018, 1, 1), Happened(JUDGMENT, date(2020, 1, 1))) == date(2026, 12, 31)


def test_what_is_asked_after_a_judgment_is_the_title() -> None:
    found = running(Sale.GOODS, due_on=DUE, happened=[Happened(ACK, date(2025, 1, 1)), Happened(JUDGMENT, date(2025, 7, 1))])
    assert (found.sale, found.since, found.events) == (Sale.TITLE, date(2025, 7, 1), ())


@pytest.mark.parametrize(
    ("on", "alert", "is_past"),
    [
        (date(2026, 6, 29), 0, False),
        (date(2026, 6, 30), 6, False),
        (date(2026, 9, 29), 6, False),
        (date(2026, 9, 30), 3, False),
        (date(2026, 11, 29), 3, False),
        (date(2026, 11, 30), 1, False),
        (date(2026, 12, 31), 1, False),
        (date(2027, 1, 1), 1, True),
    ],
)
def test_alerts_go_off_six_three_and_one_month_before(on: date, alert: int, is_past: bool) -> None:
    found = standing(POLAND, Debtor.BUSINESS, Sale.GOODS, due_on=DUE)
    assert (found.alert(on=on), found.is_past(on=on)) == (alert, is_past)


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([], date(2027, 1, 1)),
        ([Happened(ACK, date(2026, 5, 1))], date(2029, 1, 1)),
        ([Happened(SUIT, date(2026, 5, 1))], None),
        ([Happened(JUDGMENT, date(2026, 5, 1))], date(2033, 1, 1)),
    ],
)
def test_a_consumer_is_barred_the_day_after(happened: list[Happened], expected: date | None) -> None:
    assert barred_from(POLAND, Debtor.CONSUMER, Sale.GOODS, due_on=DUE, happened=happened) == expected
    assert barred_from(POLAND, Debtor.BUSINESS, Sale.GOODS, due_on=DUE, happened=happened) is None
