"""Which ways to pay a policy offers: exact sums and days, and what is never offered."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.offers import Allowed, Owed, Part, month_after, offered, split
from dunning.states import NoDiscount, OfferBar, OfferKind
from receivables.core.calendar import EveryDay
from receivables.countries.rules import calendar_of

ON = date(2026, 5, 11)  # a Monday
DUE = date(2026, 5, 1)
DAY = timedelta(days=1)
ALL = Allowed(
    most_sum=Decimal(5000),
    instalments=3,
    smallest=Decimal(100),
    deferral_days=30,
    discount_percent=Decimal(3),
    discount_until=30,
    credit_percent=Decimal(2),
    credit_days=14,
)


def owed(amount: str = "1000.00", item: int = 1, due_on: date = DUE, **fields: object) -> Owed:
    return Owed(item, f"FV/{item}", due_on - timedelta(days=30), due_on, Decimal(amount), **fields)  # type: ignore[arg-type]


def keys(*rows: Owed, allowed: Allowed | None = ALL, running: str = "0", on: date = ON) -> list[str]:
    found = offered(allowed, rows, currency="PLN", calendar=calendar_of("PL"), on=on, running=Decimal(running))
    return [offer.key for offer in found.offers]


def one(key: str, *rows: Owed, allowed: Allowed = ALL, currency: str = "PLN") -> tuple[Part, ...]:
    offer = offered(allowed, rows, currency=currency, calendar=calendar_of("PL"), on=ON).find(key)
    assert offer is not None
    return offer.parts


def test_all_that_the_policy_allows_is_offered_what_is_cheapest_for_the_customer_first() -> None:
    assert keys(owed(of_whole=1)) == ["discount", "credit", "deferral", "instalments-2", "instalments-3"]


def test_instalments_are_a_month_apart_on_working_days_and_the_last_bears_the_remainder() -> None:
    assert one("instalments-3", owed("1000.00")) == (
        Part(date(2026, 5, 18), Decimal("333.33")),
        Part(date(2026, 6, 18), Decimal("333.33")),
        Part(date(2026, 7, 20), Decimal("333.34")),  # 18 July is a Saturday
    )


def test_a_deferral_ends_on_the_last_working_day_within_its_days() -> None:
    assert one("deferral", owed()) == (Part(date(2026, 6, 10), Decimal(1000)),)
    assert one("deferral", owed(), allowed=replace(ALL, deferral_days=33)) == (Part(date(2026, 6, 12), Decimal(1000)),)


def test_a_discount_is_of_the_gross_amount_by_the_last_working_day_after_the_due_date() -> None:
    found = offered(ALL, [owed("999.99", of_whole=1)], currency="PLN", calendar=calendar_of("PL"), on=ON).find("discount")
    assert found is not None
    assert (found.gain, found.parts) == (Decimal("30.00"), (Part(date(2026, 5, 29), Decimal("969.99")),))  # 31 May is a Sunday
    assert found.discounts[0].days == (date(2026, 5, 29) - date(2026, 4, 1)).days


def test_a_discount_is_only_for_invoices_of_which_nothing_is_settled() -> None:
    found = offered(ALL, [owed(item=1), owed(item=2, of_whole=1)], currency="PLN", calendar=EveryDay(), on=ON)
    assert [offer.items for offer in found.offers if offer.kind is OfferKind.DISCOUNT] == [(2,)]
    assert [offer.items for offer in found.offers if offer.kind is OfferKind.DEFERRAL] == [(1, 2)]


@pytest.mark.parametrize(
    ("days_late", "stands"),
    [pytest.param(4, False, id="a day early"), pytest.param(5, True, id="from its first day"), pytest.param(29, True, id="until the eve"),
     pytest.param(30, False, id="on the last day nothing is gained by a promise")],
)  # fmt: skip
def test_a_discount_has_its_days(days_late: int, stands: bool) -> None:
    allowed = Allowed(most_sum=Decimal(5000), discount_percent=Decimal(3), discount_from=5, discount_until=30)
    found = offered(allowed, [owed(of_whole=1)], currency="PLN", calendar=EveryDay(), on=DUE + timedelta(days=days_late))
    assert bool(found.offers) is stands


def test_a_discount_whose_last_day_another_one_of_the_invoice_has_is_not_offered() -> None:
    taken = frozenset({(date(2026, 5, 29) - date(2026, 4, 1)).days})
    assert "discount" not in keys(owed(of_whole=1, terms=taken))


def part(amount: str, item: int, *, of: int = 2, due_on: date = DUE) -> Owed:
    """An instalment of invoice 7, issued on 1 April like all others here."""
    return replace(owed(amount, item, due_on, of_whole=of, invoice=7), issued_on=date(2026, 4, 1))


def test_an_invoice_in_instalments_is_lowered_as_a_whole_on_its_last_one() -> None:
    rows = [part("333.33", 3), part("666.67", 4, due_on=date(2026, 5, 5)), owed("100.00", item=1, of_whole=1, due_on=date(2026, 5, 4))]
    found = offered(ALL, rows, currency="PLN", calendar=EveryDay(), on=ON).find("discount")
    assert found is not None and (found.items, found.total) == ((3, 1, 4), Decimal("1067.00"))
    lowered = {each.item: (each.amount, each.days) for each in found.discounts}
    assert lowered == {4: (Decimal("30.00"), 63), 1: (Decimal("3.00"), 60)}  # by 3 June, thirty days after the earliest of the last days


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param([part("500.00", 3)], NoDiscount.NOT_ALL, id="the other instalment is not overdue"),
        pytest.param([part("500.00", 3, of=0), part("300.00", 4, of=0)], NoDiscount.IN_PART, id="something is settled"),
        pytest.param([part("970.00", 3), part("30.00", 4)], NoDiscount.DOES_NOT_FIT, id="the last one is no more than the discount"),
        pytest.param(
            [part("500.00", 3, due_on=DUE - 60 * DAY), part("500.00", 4, due_on=DUE - 30 * DAY)], NoDiscount.NOT_NOW, id="too late"
        ),
    ],
)
def test_what_is_left_out_of_the_discount_says_why(rows: list[Owed], why: NoDiscount) -> None:
    found = offered(ALL, rows, currency="PLN", calendar=EveryDay(), on=ON)
    assert found.find("discount") is None
    assert dict(found.undiscounted) == {each.item: why for each in rows}


def test_the_last_instalment_bears_a_discount_that_is_a_grosz_less() -> None:
    found = offered(ALL, [part("969.99", 3), part("30.01", 4)], currency="PLN", calendar=EveryDay(), on=ON).find("discount")
    assert found is not None and (found.total, found.discounts[0].item) == (Decimal("970.00"), 4)


def test_what_a_discount_does_not_fit_is_left_out_of_it_alone() -> None:
    rows = [owed(item=1, of_whole=1), owed("0.01", item=2, of_whole=1), owed(item=3, of_whole=1, due_on=date(2026, 5, 5))]
    found = offered(ALL, rows, currency="PLN", calendar=EveryDay(), on=ON).find("discount")
    assert found is not None and (found.items, found.total) == ((1, 3), Decimal(1940))
    taken = frozenset({(date(2026, 5, 31) - date(2026, 4, 1)).days})
    found = offered(ALL, [replace(rows[0], terms=taken), rows[2]], currency="PLN", calendar=EveryDay(), on=ON).find("discount")
    assert found is not None and (found.items, found.last_on) == ((3,), date(2026, 6, 4))


@pytest.mark.parametrize(
    ("amount", "running", "stands"),
    [("5000.00", "0", True), ("5000.01", "0", False), ("4000.00", "1000.00", True), ("4000.00", "1000.01", False)],
)
def test_above_the_sum_that_needs_no_asking_nothing_stands_and_one_may_ask(amount: str, running: str, stands: bool) -> None:
    found = offered(ALL, [owed(amount)], currency="PLN", calendar=EveryDay(), on=ON, running=Decimal(running))
    assert (bool(found.offers), found.may_ask) == (stands, True)


@pytest.mark.parametrize("bar", [bar for bar in OfferBar if bar is not OfferBar.HAD_ONE])
def test_of_what_is_barred_nothing_is_offered_and_nothing_may_be_asked(bar: OfferBar) -> None:
    found = offered(ALL, [owed(bar=bar)], currency="PLN", calendar=EveryDay(), on=ON)
    assert (found.offers, found.may_ask, dict(found.barred)) == ((), False, {1: bar})


def test_who_had_an_offer_may_ask_a_person() -> None:
    found = offered(ALL, [owed(bar=OfferBar.HAD_ONE)], currency="PLN", calendar=EveryDay(), on=ON)
    assert (found.offers, found.may_ask) == ((), True)


def test_one_may_ask_about_what_is_free_or_had_an_offer_and_nothing_else() -> None:
    bars = [None, OfferBar.HAD_ONE, *(bar for bar in OfferBar if bar is not OfferBar.HAD_ONE)]
    rows = [owed(f"{10**n}.00", item=n, bar=bar) for n, bar in enumerate(bars)]
    assert offered(ALL, rows, currency="PLN", calendar=EveryDay(), on=ON).askable == 11


def test_on_the_due_date_itself_nothing_is_offered_yet() -> None:
    assert keys(owed(), on=DUE) == []
    assert keys(owed(), on=DUE + timedelta(days=1)) != []


def test_without_a_policy_one_may_only_ask() -> None:
    found = offered(None, [owed()], currency="PLN", calendar=EveryDay(), on=ON)
    assert (found.offers, found.may_ask) == ((), True)


def test_no_rate_is_below_the_smallest() -> None:
    assert keys(owed("299.99"), allowed=replace(ALL, deferral_days=0, credit_percent=Decimal(0))) == ["instalments-2"]
    assert keys(owed("199.99"), allowed=replace(ALL, deferral_days=0, credit_percent=Decimal(0))) == []


def test_a_currency_without_small_units_is_split_in_whole_ones() -> None:
    assert split(Decimal(1000), 3, "JPY") == (Decimal(333), Decimal(333), Decimal(334))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [(date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 11, 30), 3, date(2027, 2, 28)), (date(2026, 12, 5), 1, date(2027, 1, 5))],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, expected: date) -> None:
    assert month_after(day, months) == expected


amounts = st.integers(min_value=1, max_value=9_999_999).map(lambda grosze: Decimal(grosze).scaleb(-2))
rows = st.lists(
    st.builds(
        lambda item, amount, late, whole: owed(str(amount), item, ON - timedelta(days=late), of_whole=int(whole)),
        st.integers(1, 1000), amounts, st.integers(0, 120), st.booleans(),
    ),
    min_size=1, max_size=8, unique_by=lambda each: each.item,
)  # fmt: skip
policies = st.builds(
    Allowed, most_sum=st.just(Decimal(10**9)), instalments=st.integers(0, 24), smallest=amounts, first_days=st.integers(1, 60),
    deferral_days=st.integers(0, 180), discount_percent=st.integers(0, 20).map(Decimal), discount_until=st.integers(0, 90),
    credit_percent=st.integers(0, 20).map(Decimal), credit_days=st.integers(0, 180),
)  # fmt: skip


@given(policies, rows, st.randoms())
def test_whatever_is_owed_the_sums_are_exact_and_the_order_does_not_matter(allowed: Allowed, rows: list[Owed], luck: object) -> None:
    found = offered(allowed, rows, currency="PLN", calendar=calendar_of("PL"), on=ON)
    by_item = {each.item: each.open for each in rows}
    for offer in found.offers:
        lowered = offer.gain if offer.kind is OfferKind.DISCOUNT else Decimal(0)
        assert offer.total + lowered == sum(by_item[item] for item in offer.items)
        assert all(part.amount > 0 and part.amount == round(part.amount, 2) for part in offer.parts)
        assert [part.due_on for part in offer.parts] == sorted({part.due_on for part in offer.parts})
        assert all(part.due_on > ON and calendar_of("PL").is_working_day(part.due_on) for part in offer.parts)
        if offer.kind is OfferKind.INSTALMENTS:
            assert min(part.amount for part in offer.parts) >= allowed.smallest
    luck.shuffle(rows)  # type: ignore[attr-defined]
    again = offered(allowed, rows, currency="PLN", calendar=calendar_of("PL"), on=ON)
    assert [offer.seal for offer in again.offers] == [offer.seal for offer in found.offers]


@given(amounts, st.integers(2, 24))
def test_rates_add_up_and_only_the_last_is_larger_by_less_than_a_grosz_each(total: Decimal, count: int) -> None:
    rates = split(total, count, "PLN")
    assert sum(rates) == total and len(rates) == count
    assert len(set(rates[:-1])) == 1 and 0 <= rates[-1] - rates[0] < count * Decimal("0.01")
