"""Ratings: known answers worked out by hand, and what holds for any customer."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.rating import FEWEST, HALF, WINDOW, Figures, Letter, Part, Rating, Trend, known_percent, letter_of, rate

ON = date(2026, 11, 23)  # a Monday
DAY = timedelta(days=1)


def part(item: int, amount: str, *, late: int, ago: int = 10, currency: str = "PLN") -> Part:
    """Paid `ago` days before, `late` days after its due date."""
    paid_on = ON - ago * DAY
    return Part(item, currency, Decimal(amount), paid_on - late * DAY, paid_on)


def overdue(item: int, amount: str, days: int, currency: str = "PLN") -> Part:
    return Part(item, currency, Decimal(amount), ON - days * DAY, ON, is_open=True)


def known(rating: Rating) -> Figures:
    assert rating.figures is not None
    return rating.figures


def test_the_delay_is_weighted_by_amounts() -> None:
    """(100 × 0 + 300 × 20 + 600 × -5) / 1000 = 3; 700 of 1000 in time; two of three items."""
    rating = rate([part(1, "100", late=0), part(2, "300", late=20), part(3, "600", late=-5)], on=ON)
    figures = known(rating)
    assert (figures.delay, figures.in_time_percent) == (Decimal(3), Decimal(70))
    assert (figures.items, figures.items_in_time) == (3, 2)
    assert rating.letter == Letter.C  # the delay alone would be an A; 70 % in time is below the 75 of a B


def test_what_is_overdue_counts_to_the_day_and_what_is_paid_in_parts_by_its_parts() -> None:
    """(50 × 10 + 50 × 30 + 100 × 40) / 200 = 30; nothing in time."""
    figures = known(rate([part(1, "50", late=10), part(1, "50", late=30), overdue(2, "100", 40)], on=ON))
    assert (figures.delay, figures.in_time_percent, figures.items) == (Decimal(30), Decimal(0), 2)


def test_a_due_date_on_a_day_off_moves_to_the_next_working_day() -> None:
    saturday = date(2026, 11, 14)
    weekend = [Part(item, "PLN", Decimal(100), saturday, saturday + 2 * DAY) for item in (1, 2, 3)]
    assert (known(rate(weekend, on=ON)).delay, rate(weekend, on=ON).letter) == (0, Letter.A)
    late = [Part(item, "PLN", Decimal(100), saturday, saturday + 3 * DAY) for item in (1, 2, 3)]
    assert known(rate(late, on=ON)).delay == 3 and known(rate(late, on=ON)).items_in_time == 0


@pytest.mark.parametrize(
    ("delay", "in_time", "letter"),
    [
        ("3", "90", "A"), ("3.01", "90", "B"), ("3", "89.99", "B"), ("10", "75", "B"), ("10.01", "75", "C"), ("10", "74.99", "C"),
        ("30", "50", "C"), ("30.01", "50", "D"), ("30", "49.99", "D"), ("60", "25", "D"), ("60.01", "25", "E"), ("60", "24.99", "E"),
        ("-20", "100", "A"),
    ],
)  # fmt: skip
def test_both_thresholds_of_a_letter_are_met(delay: str, in_time: str, letter: str) -> None:
    assert letter_of(Figures("PLN", 3, 3, Decimal(100), Decimal(in_time), 100 * Decimal(delay))) == letter


def test_with_too_few_items_there_is_no_letter() -> None:
    assert rate([], on=ON) == Rating()
    few = [part(number, "100", late=0) for number in range(FEWEST - 1)]
    assert rate(few, on=ON).letter is None
    assert rate([*few, part(9, "1", late=0)], on=ON).letter == Letter.A
    assert (known_percent(2, 2), known_percent(2, 3)) == (None, Decimal(200) / 3)


def test_twelve_months_count() -> None:
    inside, outside = part(1, "100", late=0, ago=WINDOW.days - 1), part(2, "100", late=99, ago=WINDOW.days)
    assert known(rate([inside, outside], on=ON)).items == 1
    assert known(rate([overdue(3, "100", 900)], on=ON)).delay == 900  # what is overdue counts however old it is


@pytest.mark.parametrize(("before", "now", "trend"), [(10, 14, "worse"), (10, 13, "steady"), (10, 7, "steady"), (10, 6, "better")])
def test_the_trend_is_a_change_of_more_than_three_days(before: int, now: int, trend: str) -> None:
    old = [part(number, "100", late=before, ago=HALF.days) for number in (1, 2)]
    new = [part(number, "100", late=now, ago=HALF.days - 1) for number in (3, 4)]
    rating = rate(old + new, on=ON)
    assert rating.trend == Trend(trend)
    assert rating.earlier is not None and rating.recent is not None
    assert (rating.earlier.delay, rating.recent.delay) == (before, now)
    assert rate(old + new[:1], on=ON).trend is None


def test_currencies_are_never_added() -> None:
    zloty = [part(number, "100", late=0) for number in (1, 2, 3)]
    euro = [part(number, "1000", late=100, currency="EUR") for number in (4, 5)]
    rating = rate(zloty + euro, on=ON, own="EUR")
    assert known(rating).currency == "PLN" and rating.letter == Letter.A
    assert [(one.currency, one.delay) for one in rating.others] == [("EUR", 100)]
    tied = [*euro, part(6, "1", late=0, currency="EUR")]
    assert known(rate(zloty + tied, on=ON, own="PLN")).currency == "PLN"
    assert known(rate(zloty + tied, on=ON, own="EUR")).currency == "EUR"


parts = st.lists(
    st.builds(
        part,
        st.integers(1, 6),
        st.decimals("0.01", "100000", places=2).map(str),
        late=st.integers(-30, 200),
        ago=st.integers(0, 364),
        currency=st.sampled_from(["PLN", "EUR"]),
    ),
    min_size=1,
)


@given(parts)
def test_who_pays_on_the_due_date_has_no_delay(found: list[Part]) -> None:
    exact = [Part(one.item, one.currency, one.amount, one.settled_on, one.settled_on) for one in found]
    figures = known(rate(exact, on=ON))
    assert (figures.delay, figures.in_time_percent, figures.items_in_time_percent) == (0, 100, 100)


@given(parts, st.integers(2, 1000))
def test_larger_amounts_change_nothing(found: list[Part], factor: int) -> None:
    larger = [Part(one.item, one.currency, one.amount * factor, one.due_on, one.settled_on) for one in found]
    one, other = rate(found, on=ON), rate(larger, on=ON)
    assert (one.letter, one.trend, known(one).delay) == (other.letter, other.trend, known(other).delay)
    assert known(one).in_time_percent == known(other).in_time_percent


@given(parts, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(found: list[Part], chance: object) -> None:
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert rate(found, on=ON) == rate(mixed, on=ON)


@given(parts)
def test_the_delay_lies_between_the_shortest_and_the_longest(found: list[Part]) -> None:
    figures = known(rate(found, on=ON))
    delays = [one.delay for one in found if one.currency == figures.currency]
    assert min(delays) <= figures.delay <= max(delays)
