"""Poland beside interest and compensation: moved due dates, terms, limitation with events, register, tax relief, words on papers."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from receivables.countries.law import PACKS
from receivables.countries.limitation import Event, EventKind, Limitation
from receivables.countries.papers import Content, Permit
from receivables.countries.poland import Poland
from receivables.countries.rates import shipped
from receivables.countries.readings import FellDue, Readings
from receivables.countries.regimes import NoInterest
from receivables.countries.terms import PaymentTerm, TermFault
from receivables.countries.words import Debtor, Sale

DAY = timedelta(days=1)
PL, BOOK = PACKS["PL"], shipped()


@pytest.mark.parametrize(
    ("stated", "moved"),
    [
        pytest.param(date(2016, 12, 24), date(2016, 12, 24), id="a Saturday before 2017"),
        pytest.param(date(2016, 12, 31), date(2016, 12, 31), id="the last Saturday before 2017"),
        pytest.param(date(2016, 12, 25), date(2016, 12, 27), id="Sunday and a holiday before 2017"),
        pytest.param(date(2017, 1, 7), date(2017, 1, 9), id="the first Saturday since 2017"),
        pytest.param(date(2024, 12, 24), date(2024, 12, 24), id="24 December before 2025"),
        pytest.param(date(2025, 12, 24), date(2025, 12, 29), id="24 December since 2025, then Christmas and a week-end"),
        pytest.param(date(2018, 11, 10), date(2018, 11, 13), id="the day off of 12 November 2018"),
        pytest.param(date(2026, 5, 1), date(2026, 5, 4), id="1 to 3 May"),
        pytest.param(date(2026, 4, 5), date(2026, 4, 7), id="Easter"),
        pytest.param(date(2026, 6, 4), date(2026, 6, 5), id="Corpus Christi"),
        pytest.param(date(2026, 7, 15), date(2026, 7, 15), id="a Wednesday"),
    ],
)
def test_a_due_date_moves_to_the_next_day_on_which_a_term_may_end(stated: date, moved: date) -> None:
    assert PL.due_on(stated) == moved
    off = [stated + n * DAY for n in range((moved - stated).days)]
    assert all(PL.day_off(day) for day in off) and PL.day_off(moved) == ""


@pytest.mark.parametrize(
    ("debtor", "days", "known", "fault", "lawful"),
    [
        pytest.param(Debtor.BUSINESS, 60, {}, None, 0, id="sixty days"),
        pytest.param(Debtor.BUSINESS, 61, {}, TermFault.MAY_BE_TOO_LONG, 60, id="more, nothing known"),
        pytest.param(Debtor.BUSINESS, 61, {"is_express": True}, TermFault.MAY_BE_TOO_LONG, 60, id="express, sizes not known"),
        pytest.param(Debtor.BUSINESS, 61, {"is_express": True, "debtor_is_large": False}, None, 0, id="express, buyer not large"),
        pytest.param(Debtor.BUSINESS, 61, {"is_express": True, "creditor_is_large": True}, None, 0, id="express, seller large"),
        pytest.param(
            Debtor.BUSINESS,
            61,
            {"is_express": True, "debtor_is_large": True, "creditor_is_large": False},
            TermFault.LARGE_TOO_LONG,
            60,
            id="large buyer, smaller seller",
        ),
        pytest.param(Debtor.PUBLIC, 30, {}, None, 0, id="public, thirty"),
        pytest.param(Debtor.PUBLIC, 31, {"is_express": True}, TermFault.PUBLIC_TOO_LONG, 30, id="public, more"),
        pytest.param(Debtor.PUBLIC_HEALTH, 60, {}, None, 0, id="public medical, sixty"),
        pytest.param(Debtor.PUBLIC_HEALTH, 61, {}, TermFault.PUBLIC_TOO_LONG, 60, id="public medical, more"),
        pytest.param(Debtor.CONSUMER, 400, {}, None, 0, id="consumer"),
    ],
)
def test_term_warnings(debtor: Debtor, days: int, known: dict[str, bool], fault: TermFault | None, lawful: int) -> None:
    received = date(2026, 3, 2)
    found = PL.term_warnings(PaymentTerm(debtor, received, received + days * DAY, **known))
    assert [(warning.fault, warning.lawful_until) for warning in found] == ([(fault, received + lawful * DAY)] if fault else [])


def test_beyond_120_days_a_smaller_seller_may_end_the_contract() -> None:
    large = {"debtor_is_large": True, "creditor_is_large": False}
    for days, faults in ((120, [TermFault.LARGE_TOO_LONG]), (121, [TermFault.LARGE_TOO_LONG, TermFault.MAY_END_CONTRACT])):
        term = PaymentTerm(Debtor.BUSINESS, date(2026, 3, 2), date(2026, 3, 2) + days * DAY, **large)
        assert [warning.fault for warning in PL.term_warnings(term)] == faults


@pytest.mark.parametrize(
    ("sale", "due", "act_before", "literal"),
    [
        (Sale.GOODS, date(2025, 3, 15), date(2027, 12, 31), date(2027, 12, 31)),
        (Sale.WORK, date(2025, 3, 15), date(2027, 12, 31), date(2027, 12, 31)),
        (Sale.MANDATE, date(2025, 3, 15), date(2027, 12, 31), date(2027, 12, 31)),
        (Sale.SERVICES, date(2025, 3, 15), date(2028, 12, 31), date(2028, 12, 31)),
        (Sale.PRIVATE, date(2025, 3, 15), date(2031, 12, 31), date(2031, 12, 31)),
        (Sale.TITLE, date(2025, 3, 15), date(2031, 12, 31), date(2031, 12, 31)),
        (Sale.CARRIAGE, date(2025, 3, 14), date(2026, 3, 14), date(2026, 3, 15)),
        (Sale.GOODS, date(2025, 12, 30), date(2027, 12, 31), date(2027, 12, 31)),
        (Sale.GOODS, date(2025, 12, 31), date(2027, 12, 31), date(2028, 12, 31)),
        (Sale.GOODS, date(2023, 12, 30), date(2025, 12, 31), date(2026, 12, 31)),
        (Sale.GOODS, date(2018, 7, 9), date(2020, 12, 31), date(2020, 12, 31)),
        (Sale.GOODS, date(2018, 7, 8), None, None),
    ],
)
def test_limitation_in_both_readings(sale: Sale, due: date, act_before: date | None, literal: date | None) -> None:
    found = PL.limitation(Debtor.BUSINESS, sale, due_on=due)
    assert (found.act_before, found.literal, found.readings_agree) == (act_before, literal, act_before == literal)


def limitation(*events: Event) -> Limitation:
    """Of goods due on 15 May 2023: act before the end of 2025."""
    return PL.limitation(Debtor.CONSUMER, Sale.GOODS, due_on=date(2023, 5, 15), events=events)


ACKNOWLEDGED = Event(EventKind.ACKNOWLEDGEMENT, date(2025, 10, 10))


@pytest.mark.parametrize(
    ("events", "current", "literal"),
    [
        pytest.param([], date(2025, 12, 31), None, id="nothing happened"),
        pytest.param([ACKNOWLEDGED], date(2027, 12, 31), date(2027, 12, 31), id="acknowledged"),
        pytest.param([Event(EventKind.ACKNOWLEDGEMENT, date(2025, 12, 31))], date(2027, 12, 31), date(2027, 12, 31), id="on the last day"),
        pytest.param([Event(EventKind.ACKNOWLEDGEMENT, date(2026, 1, 1))], date(2025, 12, 31), None, id="a day too late"),
        pytest.param(
            [Event(EventKind.ACKNOWLEDGEMENT, date(2027, 3, 1)), ACKNOWLEDGED], date(2029, 12, 31), date(2029, 12, 31), id="twice, in any order"
        ),
        pytest.param([Event(EventKind.SUIT, date(2025, 11, 3))], None, None, id="a suit is pending"),
        pytest.param([Event(EventKind.SUIT, date(2025, 11, 3), date(2026, 2, 1))], date(2028, 12, 31), date(2028, 12, 31), id="a suit ended"),
        pytest.param(
            [Event(EventKind.MEDIATION, date(2025, 11, 1), date(2025, 11, 30))], date(2025, 12, 31), date(2026, 1, 30), id="mediation: thirty days"
        ),
        pytest.param([Event(EventKind.SETTLEMENT_SUMMONS, date(2025, 11, 1))], date(2025, 12, 31), None, id="a summons without an end"),
    ],
)  # fmt: skip
def test_events_let_the_time_begin_anew_or_stand_still(events: list[Event], current: date | None, literal: date | None) -> None:
    found = limitation(*events)
    assert (found.current, found.literal_after_events) == (current, literal)
    assert found.act_before == date(2025, 12, 31)
    barred = PL.barred_from(Debtor.CONSUMER, Sale.GOODS, due_on=date(2023, 5, 15), events=events)
    assert barred == (current + DAY if current else None)


def test_alerts_come_six_three_and_one_month_before() -> None:
    assert limitation().alerts == (date(2025, 6, 30), date(2025, 9, 30), date(2025, 11, 30))
    assert limitation(Event(EventKind.SUIT, date(2025, 11, 3))).alerts == ()


@pytest.mark.parametrize(
    ("debtor", "outstanding", "warned", "eligible"),
    [
        pytest.param(Debtor.CONSUMER, "200.00", date(2026, 1, 31), date(2026, 3, 1), id="a month from 31 January"),
        pytest.param(Debtor.CONSUMER, "199.99", date(2026, 1, 31), None, id="below a consumer's threshold"),
        pytest.param(Debtor.BUSINESS, "500.00", date(2025, 12, 16), date(2026, 1, 17), id="a firm"),
        pytest.param(Debtor.BUSINESS, "499.99", date(2025, 12, 16), None, id="below a firm's threshold"),
        pytest.param(Debtor.PUBLIC, "500.00", date(2025, 11, 1), date(2026, 1, 15), id="31 days overdue come later"),
        pytest.param(Debtor.CONSUMER, "200.00", None, None, id="no letter"),
        pytest.param(Debtor.CONSUMER, "200.00", date(2031, 11, 13), date(2031, 12, 14), id="the last day within six years"),
        pytest.param(Debtor.CONSUMER, "200.00", date(2031, 11, 14), None, id="six years since due"),
    ],
)
def test_the_register_opens(debtor: Debtor, outstanding: str, warned: date | None, eligible: date | None) -> None:
    register, due = PL.register(debtor), date(2025, 12, 15)
    assert register is not None
    found = register.opening(Decimal(outstanding), due_on=due, effective_due_on=due, warned_on=warned)
    assert found.eligible_from == eligible and bool(found.reason) == (eligible is None)
    assert register.update_by(date(2026, 2, 20)) == date(2026, 3, 6)


def test_tax_relief_on_day_90_within_three_years_of_the_invoice_s_year() -> None:
    found = PL.tax_relief(Debtor.BUSINESS, due_on=date(2026, 1, 15), issued_on=date(2026, 1, 1))
    assert found is not None
    assert (found.day_90, found.month, found.window_until) == (date(2026, 4, 15), date(2026, 4, 1), date(2029, 12, 31))
    assert found.reversed_in(date(2026, 9, 17)) == date(2026, 9, 1) and not found.needs_proof
    old = PL.tax_relief(Debtor.CONSUMER, due_on=date(2021, 10, 14), issued_on=date(2021, 9, 30))
    assert old is not None and old.window_until == date(2023, 12, 31) and old.needs_proof


@pytest.mark.parametrize(
    ("text", "debtor", "permits", "broken"),
    [
        ("Po tym terminie sprawę przejmie komornik.", Debtor.BUSINESS, (), ["bailiff"]),
        ("Po tym terminie sprawę przejmie komornik.", Debtor.BUSINESS, (Permit.TITLE,), []),
        ("Naliczymy karę umowną.", Debtor.BUSINESS, (), ["penalty"]),
        ("Zawiadomimy prokuraturę i pracodawcę.", Debtor.CONSUMER, (), ["crime", "third_parties"]),
        ("Żądamy rekompensaty.", Debtor.CONSUMER, (), ["compensation"]),
        ("Żądamy rekompensaty.", Debtor.BUSINESS, (), []),
        ("Prosimy o wpłatę do 15 maja. Potem możemy skierować sprawę do sądu.", Debtor.CONSUMER, (), []),
    ],
)  # fmt: skip
def test_words_that_a_paper_may_not_say(text: str, debtor: Debtor, permits: tuple[Permit, ...], broken: list[str]) -> None:
    assert [rule.key for rule, _ in PL.paper_rules().faults(text, debtor, permits=permits)] == broken


def test_what_a_demand_and_a_register_s_warning_must_say() -> None:
    rules = PL.paper_rules()
    assert Content.COMPENSATION in rules.contents("demand", Debtor.BUSINESS)
    assert Content.COMPENSATION not in rules.contents("demand", Debtor.CONSUMER)
    assert Content.REGISTER_OBJECTION in rules.contents("register_warning", Debtor.CONSUMER)


def test_a_contract_rate_is_cut_to_the_maximum_of_each_day() -> None:
    for debtor, percent, expected in (
        (Debtor.CONSUMER, "24.00", ["19.00", "18.50"]),
        (Debtor.BUSINESS, "18.75", ["18.75", "18.50"]),
        (Debtor.BUSINESS, "12.00", ["12.00", "12.00"]),
    ):
        table = PL.contract_regime(debtor, Decimal(percent), rates=BOOK).table
        assert [str(table.on(day).percent) for day in (date(2026, 3, 4), date(2026, 3, 5))] == expected


def test_whether_the_maximum_binds_firms_is_a_reading() -> None:
    free = PL.reading(Readings(caps_firms_contract_rate=False))
    for debtor, percent in ((Debtor.BUSINESS, "24.00"), (Debtor.CONSUMER, "18.50")):
        assert str(free.contract_regime(debtor, Decimal("24.00"), rates=BOOK).table.on(date(2026, 3, 5)).percent) == percent


def test_whether_services_are_mandate_is_a_reading() -> None:
    mandate = PL.reading(Readings(services_are_mandate=True))
    assert [pack.limitation(Debtor.BUSINESS, Sale.SERVICES, due_on=date(2025, 3, 3)).years for pack in (PL, mandate)] == [3, 2]
    assert mandate.barred_from(Debtor.CONSUMER, Sale.SERVICES, due_on=date(2025, 3, 3)) == date(2028, 1, 1)


def test_interest_of_the_other_kind_of_debtor_is_refused() -> None:
    with pytest.raises(NoInterest, match=r"commercial_delay.*consumer"):
        PL.regime(Debtor.CONSUMER, rates=BOOK, name="commercial_delay")
    with pytest.raises(NoInterest, match=r"kc_delay.*business"):
        PL.regime(Debtor.BUSINESS, rates=BOOK, name="kc_delay")


def test_the_month_of_the_euro_s_rate_is_a_reading() -> None:
    due = date(2026, 3, 31)
    amounts = [
        Poland(Readings(fell_due=reading)).compensation(Debtor.BUSINESS, Decimal(7380), "PLN", due_on=due, rates=BOOK)
        for reading in FellDue
    ]
    assert [str(found.amount) for found in amounts if found] == ["300.26", "295.63"]
