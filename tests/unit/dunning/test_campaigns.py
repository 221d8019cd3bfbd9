"""Whose balance is to be confirmed, when, and what the answers come to."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dunning.campaigns import (
    Account,
    Answer,
    Asked,
    LeftOut,
    check_days,
    first_day,
    last_day,
    summed,
    usual_day,
    usual_deadline,
    year_end_near,
)
from dunning.policy import Channel
from invoices.states import Kind
from receivables.core.errors import Refused

D = Decimal
YEAR = date(2026, 12, 31)


def account(**changes: Any) -> Account:
    """A firm that owes a hundred and can be written to."""
    return Account(**{"kind": Kind.BUSINESS, "owed": D(100), "has_address": True, **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({}, None, id="a firm that owes"),
        pytest.param({"kind": Kind.PUBLIC}, None, id="a public body keeps books"),
        pytest.param({"owed": D(0), "credit": D(5)}, None, id="only credit"),
        pytest.param({"disputed": D(30)}, None, id="a part is disputed: the rest is confirmed"),
        pytest.param({"owed": D(100), "credit": D(100)}, LeftOut.NO_BALANCE, id="even, with lines on both sides"),
        pytest.param({"owed": D(0)}, LeftOut.NO_BALANCE, id="nothing open"),
        pytest.param({"owed": D(0), "kind": Kind.CONSUMER}, LeftOut.NO_BALANCE, id="nothing open comes first"),
        pytest.param({"owed": D(0), "disputed": D(30)}, LeftOut.DISPUTED, id="all is disputed"),
        pytest.param({"kind": Kind.CONSUMER}, LeftOut.CONSUMER, id="a consumer"),
        pytest.param({"kind": Kind.UNKNOWN}, LeftOut.CONSUMER, id="nobody knows that it is a firm"),
        pytest.param({"keeps_no_books": True}, LeftOut.NO_BOOKS, id="a firm without books"),
        pytest.param({"waits_for_release": True}, LeftOut.NOT_RELEASED, id="nobody may write yet"),
        pytest.param({"is_stopped": True}, LeftOut.STOPPED, id="bankrupt"),
        pytest.param({"in_court": D(30)}, None, id="an item is in court: the rest is confirmed"),
        pytest.param({"owed": D(0), "in_court": D(30), "disputed": D(5)}, LeftOut.IN_COURT, id="all is in court"),
        pytest.param({"has_address": False}, LeftOut.UNREACHABLE, id="no way"),
        pytest.param({"has_address": False, "has_email": True}, LeftOut.UNREACHABLE, id="e-mail was not agreed"),
        pytest.param({"has_address": False, "agreed_to_email": True}, LeftOut.UNREACHABLE, id="agreed, without an address"),
    ],
)
def test_who_is_left_out_and_why(changes: dict[str, Any], reason: LeftOut | None) -> None:
    assert account(**changes).left_out == reason


def test_by_email_only_where_that_was_agreed() -> None:
    assert account(has_email=True).way is Channel.LETTER
    assert account(has_email=True, agreed_to_email=True).way is Channel.EMAIL
    assert account(agreed_to_email=True).way is Channel.LETTER


def test_the_days_of_a_year() -> None:
    assert (first_day(YEAR), last_day(YEAR)) == (date(2026, 10, 1), date(2027, 1, 15))
    assert (first_day(date(2026, 6, 30)), last_day(date(2026, 6, 30))) == (date(2026, 4, 1), date(2026, 7, 15))
    assert usual_deadline(YEAR, on=date(2026, 11, 2)) == date(2026, 11, 16)
    assert usual_deadline(YEAR, on=date(2027, 1, 10)) == date(2027, 1, 15)
    assert (year_end_near(date(2027, 1, 14)), year_end_near(date(2027, 1, 15))) == (YEAR, date(2027, 12, 31))


@pytest.mark.parametrize(
    ("on", "day"),
    [
        (date(2026, 10, 7), date(2026, 10, 31)),  # too early: it says so
        (date(2026, 11, 1), date(2026, 10, 31)),
        (date(2026, 12, 31), date(2026, 11, 30)),
        (date(2027, 1, 2), YEAR),
    ],
)
def test_the_day_that_is_proposed_is_the_end_of_a_month(on: date, day: date) -> None:
    assert usual_day(YEAR, on=on) == day


def asks(on: date, **changes: date) -> None:
    check_days(**{"as_of_on": date(2026, 10, 31), "year_ends_on": YEAR, "deadline_on": date(2027, 1, 15), **changes}, on=on)


@pytest.mark.parametrize(
    ("on", "changes", "says"),
    [
        pytest.param(date(2026, 9, 30), {}, "may be confirmed from", id="a day too early"),
        pytest.param(date(2027, 1, 15), {}, "may be confirmed from", id="a day too late"),
        pytest.param(date(2026, 11, 1), {"as_of_on": date(2026, 9, 30)}, "has to be of a day", id="of a day too early"),
        pytest.param(date(2027, 1, 5), {"as_of_on": date(2027, 1, 1)}, "has to be of a day", id="of the next year"),
        pytest.param(date(2026, 10, 30), {}, "known through today", id="of a day to come"),
        pytest.param(date(2026, 11, 1), {"deadline_on": date(2026, 10, 31)}, "Answers have to be in", id="to answer by yesterday"),
        pytest.param(date(2026, 11, 1), {"deadline_on": date(2026, 11, 1)}, "Answers have to be in", id="to answer the same day"),
        pytest.param(date(2026, 11, 1), {"deadline_on": date(2027, 1, 16)}, "Answers have to be in", id="to answer too late"),
    ],
)
def test_days_on_which_there_is_no_campaign(on: date, changes: dict[str, date], says: str) -> None:
    with pytest.raises(Refused, match=says):
        asks(on, **changes)


@pytest.mark.parametrize("on", [date(2026, 10, 31), date(2026, 12, 31), date(2027, 1, 14)])
def test_days_on_which_there_may_be_one(on: date) -> None:
    asks(on)


def test_answers_are_counted_and_summed_by_currency_and_silence_is_its_own_line() -> None:
    found = summed(
        [
            Asked("PLN", D(100), Answer.AGREES),
            Asked("PLN", D(-30), Answer.AGREES),
            Asked("PLN", D(50), Answer.DIFFERS, D(-10)),
            Asked("PLN", D(40), Answer.DIFFERS),
            Asked("PLN", D(70)),
            Asked("EUR", D(7)),
        ]
    )
    agreed, differs = found["PLN", Answer.AGREES], found["PLN", Answer.DIFFERS]
    assert (agreed.count, agreed.owed_to_us, agreed.owed_by_us) == (2, D(100), D(30))
    assert (differs.count, differs.owed_to_us, differs.difference) == (2, D(90), D(60))
    assert found["PLN", None].owed_to_us == D(70) and found["EUR", None].count == 1
