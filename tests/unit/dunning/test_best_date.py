"""The best hand-over date: a worked example, and what holds whatever the past and the prices are."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunning.agencies.best_date import (
    LEAST_AT_RISK,
    LEAST_CLOSED,
    Advice,
    Curve,
    Line,
    NoCurve,
    Owed,
    PriceList,
    Watched,
    advise,
    curve_of,
    percent_at,
)

TODAY = date(2026, 11, 28)
D = Decimal


def paid_in(week: int) -> Watched:
    return Watched(weeks=week, paid=((week, D(1)),), is_ended=True)


def given_up_after(weeks: int) -> Watched:
    return Watched(weeks=weeks, is_ended=True)


# The example of docs/agency-delivery.md. 100 items: 20 paid in week 1, 16 in week 2, 6 in week 3, 2 in week 4, the rest never within 4 weeks.
PAST = [paid_in(1)] * 20 + [paid_in(2)] * 16 + [paid_in(3)] * 6 + [paid_in(4)] * 2 + [given_up_after(4)] * 56
PRICES = PriceList(commission=(Line(0, D(15)), Line(30, D(25))), success=(Line(0, D(60)), Line(30, D(50))))


def test_the_curve_of_the_example() -> None:
    curve = curve_of(PAST)
    assert curve is not None
    assert [round(share, 10) for share in curve.left] == [D(1), D("0.80"), D("0.64"), D("0.58"), D("0.56")]
    assert (curve.closed, curve.watched, curve.weeks) == (100, 100, 4)


def test_the_example_worked_by_hand() -> None:
    """1,000 PLN, 14 days overdue: what is open then is 0.64 of the beginning.

    now      own 0                           left 1,000.00   x 60 % x 85 % = 510.00   net 510.00
    1 week   own 1000 x (1 - 0.58/0.64) = 93.75   left 906.25   x 60 % x 85 % = 462.19   net 555.94
    2 weeks  own 1000 x (1 - 0.56/0.64) = 125.00  left 875.00   x 60 % x 85 % = 446.25   net 571.25 (28 days: the dear line begins at 30)
    """
    advice = advise([Owed(D(1000), TODAY - timedelta(days=14))], curve_of(PAST), PRICES, currency="PLN", on=TODAY)
    assert isinstance(advice, Advice)
    assert [(row.weeks, row.own, row.left, row.from_agency, row.net) for row in advice.rows] == [
        (0, D("0.00"), D("1000.00"), D("510.00"), D("510.00")),
        (1, D("93.75"), D("906.25"), D("462.19"), D("555.94")),
        (2, D("125.00"), D("875.00"), D("446.25"), D("571.25")),
    ]
    assert (advice.best.weeks, advice.best.on) == (2, date(2026, 12, 12))


def test_a_dearer_age_ends_the_waiting() -> None:
    """16 days overdue: in two weeks the debt is 30 days old, and of 875.00 only 50 % x 75 % come: 328.13 + 125.00 = 453.13."""
    advice = advise([Owed(D(1000), TODAY - timedelta(days=16))], curve_of(PAST), PRICES, currency="PLN", on=TODAY)
    assert isinstance(advice, Advice)
    assert [row.net for row in advice.rows] == [D("510.00"), D("555.94"), D("453.13")]
    assert advice.best.weeks == 1


def test_several_items_have_an_age_each_and_share_the_price_of_the_oldest() -> None:
    debt = [Owed(D(1000), TODAY - timedelta(days=14)), Owed(D(500), TODAY)]
    advice = advise(debt, curve_of(PAST), PRICES, currency="PLN", on=TODAY)
    assert isinstance(advice, Advice)
    # after a week: 1000 x 0.58/0.64 + 500 x 0.80
    assert advice.rows[1].left == D("1306.25")
    assert advice.rows[1].net == D("1500") - D("1306.25") + D("666.19")


def test_an_item_handed_over_or_still_open_counts_while_it_was_watched() -> None:
    """50 paid in week 1, 50 handed over after one week, 50 seen to stay open for three: the 50 say nothing of week 2."""
    past = [paid_in(1)] * 50 + [given_up_after(1)] * 50 + [Watched(weeks=3)] * 50
    curve = curve_of(past)
    assert curve is not None
    assert [round(share, 6) for share in curve.left] == [D(1), D("0.666667"), D("0.666667"), D("0.666667")]
    assert (curve.closed, curve.watched) == (100, 150)


def test_a_part_paid_is_a_part() -> None:
    half = Watched(weeks=2, paid=((1, D("0.5")),), is_ended=True)
    curve = curve_of([half] * 40)
    assert curve is not None and curve.left == (D(1), D("0.5"), D("0.5"))


def test_too_few_of_the_past_make_no_curve() -> None:
    assert curve_of([paid_in(1)] * (LEAST_CLOSED - 1) + [Watched(weeks=9)] * 500) is None
    assert curve_of([paid_in(1)] * LEAST_CLOSED) is not None
    assert advise([Owed(D(1), TODAY)], None, PRICES, currency="PLN", on=TODAY) is NoCurve.TOO_FEW


def test_a_curve_ends_where_too_few_were_watched() -> None:
    curve = curve_of([paid_in(1)] * 40 + [Watched(weeks=8)] * (LEAST_AT_RISK - 1))
    assert curve is not None and curve.weeks == 1


@pytest.mark.parametrize(
    ("prices", "days", "why"),
    [
        (PRICES, 5 * 7, NoCurve.TOO_OLD),
        (PriceList((), PRICES.success), 14, NoCurve.NO_PRICE),
        (PriceList(PRICES.commission, ()), 14, NoCurve.NO_SUCCESS),
        (PriceList(PRICES.commission, PRICES.success, min_amount=D(2000)), 14, NoCurve.TOO_SMALL),
        (PriceList((Line(90, D(15)),), PRICES.success), 14, NoCurve.NO_PRICE),
    ],
)
def test_what_is_not_known_is_not_guessed(prices: PriceList, days: int, why: NoCurve) -> None:
    assert advise([Owed(D(1000), TODAY - timedelta(days=days))], curve_of(PAST), prices, currency="PLN", on=TODAY) is why


def test_weeks_in_which_the_agency_does_not_take_it_are_left_out() -> None:
    late = PriceList(PRICES.commission, PRICES.success, min_days=21)
    advice = advise([Owed(D(1000), TODAY - timedelta(days=14))], curve_of(PAST), late, currency="PLN", on=TODAY)
    assert isinstance(advice, Advice) and [row.weeks for row in advice.rows] == [1, 2]


def test_nothing_is_told_past_the_last_day() -> None:
    advice = advise(
        [Owed(D(1000), TODAY - timedelta(days=14))], curve_of(PAST), PRICES, currency="PLN", on=TODAY, until=TODAY + timedelta(days=8)
    )
    assert isinstance(advice, Advice) and [row.weeks for row in advice.rows] == [0, 1]


def test_the_line_of_a_scale_that_fits_best() -> None:
    lines = [Line(0, D(20)), Line(0, D(10), D(10_000)), Line(90, D(30)), Line(90, D(25), D(10_000))]
    told = [percent_at(lines, days=days, amount=D(amount)) for days, amount in ((0, 5), (89, 10_000), (90, 9_999), (90, 10_000))]
    assert told == [D(20), D(10), D(30), D(25)]
    assert percent_at([Line(30, D(1))], days=29, amount=D(1)) is None


SHARES = st.decimals(0, 1, places=3)
PERCENTS = st.decimals(0, 100, places=2)
ITEMS = st.builds(
    lambda weeks, at, share, ended: Watched(weeks, ((min(at, weeks), share),) if weeks and share else (), is_ended=ended),
    st.integers(0, 12), st.integers(1, 12), SHARES, st.booleans(),
)  # fmt: skip
CURVES = st.lists(st.decimals("0.2", 1, places=3), min_size=1, max_size=12).map(
    lambda keeps: Curve((D(1), *[_product(keeps[: n + 1]) for n in range(len(keeps))]), 100, 100)
)


def _product(factors: list[Decimal]) -> Decimal:
    product = D(1)
    for factor in factors:
        product *= factor
    return product


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEMS, min_size=30, max_size=60))
def test_a_curve_falls_from_one_and_stays_a_share(past: list[Watched]) -> None:
    curve = curve_of(past)
    if curve is None:
        assert sum(item.is_ended for item in past) < LEAST_CLOSED
        return
    assert curve.left[0] == 1
    assert all(0 <= later <= earlier for earlier, later in zip(curve.left, curve.left[1:], strict=False))


@settings(max_examples=80, deadline=None)
@given(CURVES, PERCENTS, PERCENTS, st.decimals("0.01", 100_000, places=2), st.integers(0, 30))
def test_money_is_neither_made_nor_lost(curve: Curve, commission: Decimal, success: Decimal, amount: Decimal, days: int) -> None:
    prices = PriceList((Line(0, commission),), (Line(0, success),))
    advice = advise([Owed(amount, TODAY - timedelta(days=days))], curve, prices, currency="PLN", on=TODAY)
    if not isinstance(advice, Advice):
        assert days // 7 > curve.weeks
        return
    cent = D("0.01")
    for row in advice.rows:
        assert abs(row.own + row.left - amount) <= cent
        assert abs(row.own + row.from_agency - row.net) <= cent
        assert 0 <= row.net <= amount + cent
    assert advice.best.net == max(row.net for row in advice.rows)
    # at one price for every age waiting never costs: what comes in meanwhile is kept whole
    assert [row.net for row in advice.rows] == sorted(row.net for row in advice.rows)


@settings(max_examples=40, deadline=None)
@given(CURVES, st.decimals("0.01", 100_000, places=2))
def test_an_agency_that_takes_nothing_and_recovers_all_is_asked_at_once(curve: Curve, amount: Decimal) -> None:
    advice = advise([Owed(amount, TODAY)], curve, PriceList((Line(0, D(0)),), (Line(0, D(100)),)), currency="PLN", on=TODAY)
    assert isinstance(advice, Advice) and advice.best.weeks == 0


@settings(max_examples=40, deadline=None)
@given(CURVES, PERCENTS, PERCENTS, st.decimals("1", 100_000, places=2))
def test_a_dearer_list_never_brings_more(curve: Curve, cheap: Decimal, dear: Decimal, amount: Decimal) -> None:
    cheap, dear = sorted((cheap, dear))
    nets = []
    for commission in (cheap, dear):
        advice = advise([Owed(amount, TODAY)], curve, PriceList((Line(0, commission),), (Line(0, D(50)),)), currency="PLN", on=TODAY)
        assert isinstance(advice, Advice)
        nets.append([row.net for row in advice.rows])
    assert all(more >= less for more, less in zip(*nets, strict=True))
