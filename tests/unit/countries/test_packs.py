"""One contract for the packs of all countries, and what tells them apart."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from receivables.core.errors import DomainError
from receivables.core.money import quantum
from receivables.countries.interest import Stand, delay_interest
from receivables.countries.law import PACKS, NoPack, Pack, pack_of
from receivables.countries.limitation import Event, EventKind
from receivables.countries.netherlands import letter_ends
from receivables.countries.papers import Content
from receivables.countries.rates import MissingRate, shipped
from receivables.countries.readings import FellDue, Readings
from receivables.countries.regimes import NoInterest, RateMode
from receivables.countries.terms import PaymentTerm, TermFault
from receivables.countries.words import Debtor, Order, Sale

BOOK = shipped()
DAY = timedelta(days=1)
DUE = date(2026, 7, 15)  # a Wednesday
every_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
every_debtor = pytest.mark.parametrize("debtor", Debtor)


@every_pack
@every_debtor
def test_a_regime_belongs_to_its_debtor_or_there_is_none(pack: Pack, debtor: Debtor) -> None:
    for name in pack.regimes(debtor):
        if (pack.code, name) in BOOK.tables:
            regime = pack.regime(debtor, rates=BOOK, name=name)
            assert (regime.name, regime.table.country, regime.days_in_year) == (name, pack.code, 365) and regime.source
        else:
            with pytest.raises(MissingRate, match=f"{pack.code}.*{name}"):
                pack.regime(debtor, rates=BOOK, name=name)
    with pytest.raises(NoInterest, match=pack.code):
        pack.regime(debtor, rates=BOOK, name="none")
    if not pack.regimes(debtor):
        with pytest.raises(NoInterest, match=f"{pack.code}.*{debtor}"):
            pack.regime(debtor, rates=BOOK)


@every_pack
@every_debtor
def test_interest_begins_the_day_after_the_due_date_and_is_never_negative(pack: Pack, debtor: Debtor) -> None:
    try:
        regime = pack.regime(debtor, rates=BOOK)
    except DomainError:
        return
    stands, first = [Stand(date.min, Decimal("1000.00"))], pack.due_on(DUE) + DAY
    totals = [delay_interest(regime, stands, first_on=first, last_on=DUE + n * DAY, currency=pack.currency).total for n in range(40)]
    assert totals[0] == 0 < totals[1] and totals == sorted(totals)


@every_pack
@every_debtor
def test_compensation_is_a_positive_sum_in_the_invoice_s_currency_and_never_of_consumers(pack: Pack, debtor: Debtor) -> None:
    for amount in ("0.01", "999.99", "1000.00", "5000.00", "5000.01", "50000.00"):
        found = pack.compensation(debtor, Decimal(amount), pack.currency, due_on=DUE, rates=BOOK)
        if debtor is Debtor.CONSUMER:
            assert found is None
        elif found:
            assert found.currency == pack.currency and found.claimed_from == DUE + DAY and found.source
            assert found.amount > 0 and found.amount == found.amount.quantize(quantum(pack.currency))
    assert pack.compensation(debtor, Decimal(100), "JPY", due_on=DUE, rates=BOOK) is None


@every_pack
@every_debtor
@pytest.mark.parametrize("sale", Sale)
def test_limitation_is_careful_and_an_acknowledgement_only_lengthens_it(pack: Pack, debtor: Debtor, sale: Sale) -> None:
    found = pack.limitation(debtor, sale, due_on=DUE)
    if found.years is None:
        assert found.reason and found.current is None and found.alerts == ()
        return
    assert found.act_before and found.literal and DUE < found.act_before <= found.literal
    assert list(found.alerts) == sorted(found.alerts) and found.alerts[-1] < found.act_before
    again = pack.limitation(debtor, sale, due_on=DUE, events=[Event(EventKind.ACKNOWLEDGEMENT, DUE + 200 * DAY)])
    assert again.act_before == found.act_before and again.current and again.current >= found.act_before
    barred = pack.barred_from(debtor, sale, due_on=DUE)
    assert barred is None or (barred == found.act_before + DAY and pack.barred_at_most_before(barred) > DUE)


@every_pack
def test_a_pack_answers_everything_else_it_is_asked(pack: Pack) -> None:
    assert isinstance(pack.order, Order) and pack.readings and pack.paper_rules()
    assert pack.due_on(DUE) == DUE and pack.day_off(DUE) == ""
    assert pack.calendar().is_working_day(DUE) and not pack.calendar().is_contact_day(date(2026, 7, 19))
    assert pack.hours("call").within(pack.hours("email"))
    other = Readings(fell_due=FellDue.DUE_DATE)
    assert pack.reading(other).readings is other and pack.reading(other).code == pack.code
    short = PaymentTerm(Debtor.BUSINESS, DUE, DUE + 30 * DAY)
    assert pack.term_warnings(short) == ()
    long = PaymentTerm(Debtor.BUSINESS, DUE, DUE + 61 * DAY)
    assert [warning.fault for warning in pack.term_warnings(long)] == [TermFault.MAY_BE_TOO_LONG]
    assert pack.term_warnings(PaymentTerm(Debtor.CONSUMER, DUE, DUE + 500 * DAY)) == ()
    register, relief = pack.register(Debtor.BUSINESS), pack.tax_relief(Debtor.BUSINESS, due_on=DUE, issued_on=DUE)
    assert (register is None) == (relief is None) == (pack.code != "PL")


def test_members_of_the_euro_area_without_a_pack_get_the_floor_and_others_nothing() -> None:
    assert pack_of("BE", on=DUE) is PACKS["EU"]
    for country in ("SE", "US", "XX"):
        with pytest.raises(NoPack, match=country):
            pack_of(country, on=DUE)


@pytest.mark.parametrize(
    ("country", "debtor", "first", "mode", "percent"),
    [
        ("PL", Debtor.CONSUMER, date(2026, 3, 5), RateMode.DAILY, "9.25"),
        ("PL", Debtor.PUBLIC, date(2025, 7, 3), RateMode.HALF_YEAR, "15.25"),
        ("PL", Debtor.PUBLIC_HEALTH, date(2026, 7, 1), RateMode.HALF_YEAR, "11.75"),
        ("DE", Debtor.BUSINESS, date(2026, 7, 1), RateMode.HALF_YEAR, "10.52"),
        ("DE", Debtor.CONSUMER, date(2022, 7, 1), RateMode.HALF_YEAR, "4.12"),
        ("AT", Debtor.CONSUMER, date(2026, 7, 1), RateMode.DAILY, "4.00"),
        ("CZ", Debtor.BUSINESS, date(2026, 8, 1), RateMode.FIXED, "11.75"),
        ("SK", Debtor.BUSINESS, date(2026, 2, 1), RateMode.FIXED, "11.15"),
        ("SK", Debtor.CONSUMER, date(2024, 7, 1), RateMode.FIXED, "9.25"),
        ("FR", Debtor.BUSINESS, date(2026, 7, 1), RateMode.HALF_YEAR, "12.40"),
        ("IT", Debtor.BUSINESS, date(2026, 1, 1), RateMode.HALF_YEAR, "10.15"),
        ("IT", Debtor.CONSUMER, date(2026, 12, 31), RateMode.DAILY, "1.60"),
        ("ES", Debtor.BUSINESS, date(2026, 7, 1), RateMode.HALF_YEAR, "10.40"),
        ("NL", Debtor.BUSINESS, date(2026, 7, 1), RateMode.HALF_YEAR, "10.40"),
        ("GB", Debtor.BUSINESS, date(2026, 6, 30), RateMode.FIXED, "11.75"),
        ("EU", Debtor.PUBLIC, date(2023, 12, 31), RateMode.HALF_YEAR, "12.00"),
    ],
)
def test_the_rate_of_a_day(country: str, debtor: Debtor, first: date, mode: RateMode, percent: str) -> None:
    regime = pack_of(country, on=first).regime(debtor, rates=BOOK)
    assert (regime.mode, str(regime.table.on(first).percent)) == (mode, percent)


@pytest.mark.parametrize(
    ("country", "debtor", "first"),
    [
        pytest.param("SK", Debtor.BUSINESS, date(2024, 7, 2), id="the ECB's rate changed in that half-year"),
        pytest.param("SK", Debtor.BUSINESS, date(2022, 7, 27), id="the ECB's first rise"),
        pytest.param("SK", Debtor.BUSINESS, date(2026, 11, 23), id="the ECB's rate after the newest known"),
        pytest.param("CZ", Debtor.BUSINESS, date(2026, 6, 30), id="the CNB's rate of an earlier half-year"),
        pytest.param("IT", Debtor.CONSUMER, date(2025, 12, 31), id="the legal rate of another year"),
        pytest.param("GB", Debtor.BUSINESS, date(2027, 1, 1), id="the next half-year"),
    ],
)
def test_a_day_without_data_is_refused(country: str, debtor: Debtor, first: date) -> None:
    regime = pack_of(country, on=first).regime(debtor, rates=BOOK)
    with pytest.raises(MissingRate, match=f"{country}.*{first}"):
        delay_interest(regime, [Stand(date.min, Decimal(1))], first_on=first, last_on=first, currency="EUR")


def test_a_rate_fixed_at_the_start_outlives_its_half_year() -> None:
    regime = PACKS["GB"].regime(Debtor.BUSINESS, rates=BOOK)
    found = delay_interest(regime, [Stand(date.min, Decimal(12000))], first_on=date(2025, 9, 2), last_on=date(2026, 10, 8), currency="GBP")
    assert [(period.days, str(period.rate_percent)) for period in found.periods] == [(402, "12.25")]
    assert str(found.total) == "1619.01"


def test_dutch_interest_bears_interest_after_a_year() -> None:
    regime = PACKS["NL"].regime(Debtor.BUSINESS, rates=BOOK)
    first, stands = date(2024, 7, 16), [Stand(date.min, Decimal("10000.00"))]
    found = delay_interest(regime, stands, first_on=first, last_on=date(2025, 8, 14), currency="EUR")
    assert [(str(period.principal), period.days, str(period.rate_percent), str(period.amount)) for period in found.periods] == [
        ("10000.00", 169, "12.25", "567.19"),
        ("10000.00", 181, "11.15", "552.92"),
        ("10000.00", 15, "10.15", "41.71"),
        ("11161.82", 30, "10.15", "93.12"),
    ]


def test_the_dutch_letter_gives_fourteen_days_from_the_day_after_its_receipt() -> None:
    assert letter_ends(date(2026, 2, 15)) == date(2026, 3, 1)
    assert PACKS["NL"].paper_rules().contents("collection_costs_letter", Debtor.CONSUMER)[1] is Content.EXACT_COSTS
    assert PACKS["NL"].paper_rules().contents("collection_costs_letter", Debtor.BUSINESS) == ()


def test_a_large_dutch_buyer_of_a_smaller_seller_has_thirty_days() -> None:
    faults = []
    for days in (30, 31):
        term = PaymentTerm(Debtor.BUSINESS, DUE, DUE + days * DAY, is_express=True, debtor_is_large=True, creditor_is_large=False)
        faults.append([(warning.fault, warning.lawful_until) for warning in PACKS["NL"].term_warnings(term)])
    assert faults == [[], [(TermFault.LARGE_TOO_LONG, DUE + 30 * DAY)]]


@pytest.mark.parametrize(
    ("country", "debtor", "sale", "years", "to_year_end"),
    [
        ("DE", Debtor.BUSINESS, Sale.GOODS, 3, True),
        ("AT", Debtor.CONSUMER, Sale.SERVICES, 3, False),
        ("CZ", Debtor.BUSINESS, Sale.GOODS, 3, False),
        ("SK", Debtor.BUSINESS, Sale.GOODS, 4, False),
        ("SK", Debtor.CONSUMER, Sale.GOODS, 3, False),
        ("FR", Debtor.PUBLIC, Sale.GOODS, 5, False),
        ("FR", Debtor.CONSUMER, Sale.GOODS, 2, False),
        ("IT", Debtor.CONSUMER, Sale.SERVICES, 1, False),
        ("ES", Debtor.CONSUMER, Sale.GOODS, 3, False),
        ("ES", Debtor.CONSUMER, Sale.SERVICES, 5, False),
        ("NL", Debtor.CONSUMER, Sale.GOODS, 2, False),
        ("NL", Debtor.CONSUMER, Sale.SERVICES, 5, False),
        ("GB", Debtor.BUSINESS, Sale.GOODS, 5, False),
    ],
)
def test_limitation_abroad_is_the_shortest_that_may_apply(country: str, debtor: Debtor, sale: Sale, years: int, to_year_end: bool) -> None:
    found = PACKS[country].limitation(debtor, sale, due_on=DUE)
    assert (found.years, found.act_before) == (years, date(DUE.year + years, 12, 31) if to_year_end else DUE.replace(year=DUE.year + years))
