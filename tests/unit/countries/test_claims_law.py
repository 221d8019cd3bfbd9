"""Interest, compensation and limitation as a country's pack gives them: the corners, and what holds for every principal and day."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.countries.interest import DAYS_IN_YEAR, Interest, Stand, amount_of, late_interest
from receivables.countries.law import NoPack, pack_of
from receivables.countries.rates import MissingRate, shipped
from receivables.countries.words import Debtor, Sale

DAY = timedelta(days=1)
BOOK = shipped()
KC, COMMERCIAL = BOOK.table("PL", "kc_delay"), BOOK.table("PL", "commercial_delay")
PL = pack_of("PL", on=date(2026, 1, 1))
days = st.dates(date(2016, 1, 1), date(2026, 8, 25))
principals = st.decimals("0.01", "1000000", places=2)


def interest(principal: str | Decimal, first: date, last: date, table: object = COMMERCIAL) -> Interest:
    return late_interest([Stand(date.min, Decimal(principal))], table, first_on=first, last_on=last, currency="PLN")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("last", "amount"),
    [
        pytest.param(date(2026, 2, 16), "0", id="the due date itself"),
        pytest.param(date(2026, 2, 17), "4.76", id="the day after"),
        pytest.param(date(2026, 4, 1), "209.27", id="published: 44 days at 14 %"),
    ],
)
def test_interest_begins_the_day_after_the_due_date_and_counts_the_last_day(last: date, amount: str) -> None:
    assert interest("12400.00", date(2026, 2, 17), last).total == Decimal(amount)


def test_half_a_grosz_is_rounded_up() -> None:
    assert amount_of(Decimal("0.50"), Decimal("365.00"), 1, "PLN") == Decimal("0.01")
    assert amount_of(Decimal("0.49"), Decimal("365.00"), 1, "PLN") == Decimal("0.00")


def test_a_payment_lowers_the_principal_from_the_day_after_it() -> None:
    stands = [Stand(date.min, Decimal("1000.00")), Stand(date(2026, 3, 11), Decimal("400.00"))]
    found = late_interest(stands, COMMERCIAL, first_on=date(2026, 3, 1), last_on=date(2026, 3, 20), currency="PLN")
    assert [(period.days, period.principal) for period in found.periods] == [(10, Decimal("1000.00")), (10, Decimal("400.00"))]


def test_days_on_which_nothing_is_open_bear_nothing_and_need_no_rate() -> None:
    stands = [Stand(date.min, Decimal("1000.00")), Stand(date(2026, 12, 31), Decimal(0))]
    found = late_interest(stands, COMMERCIAL, first_on=date(2026, 12, 30), last_on=date(2027, 3, 1), currency="PLN")
    assert [period.last_on for period in found.periods] == [date(2026, 12, 30)]


@pytest.mark.parametrize(
    ("regime", "day"),
    [("kc_delay", date(2015, 12, 31)), ("kc_delay", date(2026, 8, 26)), ("commercial_delay", date(2027, 1, 1))],
)
def test_a_rate_that_is_not_known_is_no_guess_but_an_error_with_its_name(regime: str, day: date) -> None:
    with pytest.raises(MissingRate, match=rf"PL.*{regime}.*{day}"):
        interest("100.00", day if day.year < 2016 else day - 3 * DAY, day + 3 * DAY, BOOK.table("PL", regime))


def test_a_country_or_a_month_without_data_says_so() -> None:
    with pytest.raises(NoPack, match="XX"):
        pack_of("XX", on=date(2026, 1, 1))
    with pytest.raises(MissingRate, match="2026-08"):
        PL.compensation(Debtor.BUSINESS, Decimal(100), "PLN", due_on=date(2026, 8, 31), rates=BOOK)


@pytest.mark.parametrize(
    ("debtor", "amount", "euro"),
    [
        (Debtor.BUSINESS, "5000.00", 40),
        (Debtor.BUSINESS, "5000.01", 70),
        (Debtor.PUBLIC, "49999.99", 70),
        (Debtor.BUSINESS, "50000.00", 100),
        (Debtor.CONSUMER, "50000.00", None),
    ],
)
def test_the_brackets_of_the_compensation(debtor: Debtor, amount: str, euro: int | None) -> None:
    found = PL.compensation(debtor, Decimal(amount), "PLN", due_on=date(2026, 3, 16), rates=BOOK)
    assert (found.euro if found else None) == euro


@pytest.mark.parametrize(
    ("due", "euro", "rate_on"),
    [
        pytest.param(date(2026, 3, 30), 70, date(2026, 2, 27), id="late from the last day of March: the rate of February"),
        pytest.param(date(2026, 3, 31), 70, date(2026, 3, 31), id="late from 1 April: the rate of March"),
        pytest.param(date(2019, 12, 30), 40, date(2019, 11, 29), id="late in 2019: one bracket"),
        pytest.param(date(2019, 12, 31), 70, date(2019, 12, 31), id="late in 2020: three"),
        pytest.param(date(2026, 1, 15), 70, date(2025, 12, 31), id="the month before is in another year"),
    ],
)
def test_the_day_the_claim_fell_due_decides(due: date, euro: int, rate_on: date) -> None:
    found = PL.compensation(Debtor.BUSINESS, Decimal("6000.00"), "PLN", due_on=due, rates=BOOK)
    assert found is not None and (found.euro, found.rate_on) == (euro, rate_on)


def test_an_invoice_in_euro_is_ranked_in_zloty_and_pays_in_euro() -> None:
    found = PL.compensation(Debtor.BUSINESS, Decimal("1184.00"), "EUR", due_on=date(2026, 3, 16), rates=BOOK)  # 5 000.39 PLN
    assert found is not None and (found.amount, found.currency) == (Decimal("70.00"), "EUR")
    assert PL.compensation(Debtor.BUSINESS, Decimal("9000.00"), "USD", due_on=date(2026, 3, 16), rates=BOOK) is None


@pytest.mark.parametrize(
    ("debtor", "sale", "barred"),
    [
        (Debtor.CONSUMER, Sale.GOODS, date(2027, 1, 1)),
        (Debtor.CONSUMER, Sale.SERVICES, date(2028, 1, 1)),
        (Debtor.BUSINESS, Sale.GOODS, None),
        (Debtor.PUBLIC, Sale.SERVICES, None),
    ],
)
def test_limitation(debtor: Debtor, sale: Sale, barred: date | None) -> None:
    for due in (date(2024, 1, 1), date(2024, 12, 31)):
        assert PL.barred_from(debtor, sale, due_on=due) == barred
    if barred:
        assert date(2024, 12, 31) < PL.barred_at_most_before(barred)


# -- what holds for every principal and day


@given(principals, days, days)
def test_interest_never_falls_as_days_go_by(principal: Decimal, one: date, other: date) -> None:
    first, last = sorted((one, other))
    assert interest(principal, first, last - DAY, KC).total <= interest(principal, first, last, KC).total


@given(principals, principals, days, days)
def test_a_higher_principal_never_bears_less(one: Decimal, other: Decimal, first: date, last: date) -> None:
    low, high = sorted((one, other))
    assert interest(low, first, last).total <= interest(high, first, last).total


@given(principals, days, days, days)
def test_a_period_split_in_two_differs_by_rounding_alone(principal: Decimal, one: date, other: date, third: date) -> None:
    first, middle, last = sorted((one, other, third))
    whole, parts = interest(principal, first, last), [interest(principal, first, middle), interest(principal, middle + DAY, last)]
    split = sum(part.total for part in parts)
    most = Decimal("0.005") * (len(whole.periods) + sum(len(part.periods) for part in parts))
    assert abs(whole.total - split) <= most
    assert sum(period.days for part in parts for period in part.periods) == (last - first).days + 1


@given(principals, days, days)
def test_periods_follow_each_other_and_each_is_rounded_by_itself(principal: Decimal, one: date, other: date) -> None:
    first, last = sorted((one, other))
    periods = interest(principal, first, last, KC).periods
    assert [period.first_on for period in periods] == [first, *(period.last_on + DAY for period in periods[:-1])]
    assert periods[-1].last_on == last
    for period in periods:
        exact = principal * period.rate_percent * period.days / 100 / DAYS_IN_YEAR
        assert abs(period.amount - exact) <= Decimal("0.005")


@given(days, days)
def test_neighbouring_periods_differ_in_rate(one: date, other: date) -> None:
    first, last = sorted((one, other))
    periods = interest("1000.00", first, last).periods
    assert all(before.rate_percent != after.rate_percent for before, after in pairwise(periods))
