"""The rules of credit as a table: the day before, the day, the day after."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.core.money import Money
from receivables.credit.judging import DAY, Exposure, Facts, Limit, Override, Rules, judge_credit, room_under
from receivables.credit.states import Cause, CreditState, LimitKind

ON = date(2026, 6, 30)
OPEN, PREPAYMENT, STOP = CreditState.OPEN, CreditState.PREPAYMENT, CreditState.STOP


def owes(amount: int = 100, *, days: int = 0, credit: int = 0, currency: str = "PLN") -> Exposure:
    """So much, late since so many days."""
    late = Decimal(amount if days > 0 else 0)
    return Exposure(currency, Decimal(amount), late, Decimal(credit), late, ON - days * DAY)


def limit(amount: int, until: date | None = None, kind: LimitKind = LimitKind.OWN) -> dict[LimitKind, Limit]:
    return {kind: Limit(kind, Decimal(amount), "PLN", until)}


ALLOWED = Override(OPEN, ON, "Zarząd")


@pytest.mark.parametrize(
    ("facts", "state", "cause"),
    [
        pytest.param(Facts(), OPEN, Cause.NOTHING, id="nothing is known"),
        pytest.param(Facts([owes(days=30)]), OPEN, Cause.NOTHING, id="as late as is allowed"),
        pytest.param(Facts([owes(days=31)]), PREPAYMENT, Cause.OVERDUE, id="a day later"),
        pytest.param(Facts([owes(days=60)]), PREPAYMENT, Cause.OVERDUE, id="not long overdue yet"),
        pytest.param(Facts([owes(days=61)]), STOP, Cause.LONG_OVERDUE, id="long overdue"),
        pytest.param(Facts([owes(days=61, credit=100)]), OPEN, Cause.NOTHING, id="late, but paid without naming it"),
        pytest.param(Facts([owes(days=61, credit=99)]), STOP, Cause.LONG_OVERDUE, id="late, and not paid in full"),
        pytest.param(Facts([owes(days=1, credit=100), owes(days=31, currency="EUR")]), PREPAYMENT, Cause.OVERDUE, id="money of another currency covers nothing"),
        pytest.param(Facts([owes(100)], limit(100)), OPEN, Cause.NOTHING, id="exactly at the limit"),
        pytest.param(Facts([owes(101)], limit(100)), PREPAYMENT, Cause.OVER_LIMIT, id="over the limit"),
        pytest.param(Facts([owes(101, credit=1)], limit(100)), OPEN, Cause.NOTHING, id="over the limit, but for what is paid"),
        pytest.param(Facts([owes(101)], limit(100, ON)), PREPAYMENT, Cause.OVER_LIMIT, id="the limit's last day"),
        pytest.param(Facts([owes(101)], limit(100, ON - DAY)), OPEN, Cause.NOTHING, id="the limit is over"),
        pytest.param(Facts([owes(101, currency="EUR")], limit(100)), OPEN, Cause.NOTHING, id="a limit in another currency"),
        pytest.param(Facts([owes(101)], limit(100, kind=LimitKind.INSURED)), OPEN, Cause.NOTHING, id="an insured limit is no rule"),
        pytest.param(Facts(limits=limit(0)), OPEN, Cause.NOTHING, id="a limit of nothing, and nothing open"),
        pytest.param(Facts(broken_promise_on=ON), PREPAYMENT, Cause.BROKEN_PROMISE, id="a broken promise"),
        pytest.param(Facts(with_agency=True), STOP, Cause.WITH_AGENCY, id="with the agency"),
        pytest.param(Facts(stop_fact="bankruptcy"), STOP, Cause.STOP_FACT, id="bankrupt"),
        pytest.param(Facts(rating="E"), OPEN, Cause.NOTHING, id="a bad rating alone is no rule"),
        pytest.param(Facts([owes(days=31)], override=ALLOWED), OPEN, Cause.PERSON, id="a decision on its last day"),
        pytest.param(Facts([owes(days=31)], override=Override(OPEN, ON - DAY, "x")), PREPAYMENT, Cause.OVERDUE, id="a decision that is over"),
        pytest.param(Facts(override=Override(STOP, ON, "x")), STOP, Cause.PERSON, id="a person stops who owes nothing"),
        pytest.param(Facts([owes(days=31)], with_agency=True), STOP, Cause.WITH_AGENCY, id="the strictest counts"),
    ],
)  # fmt: skip
def test_what_leads_to_which_state(facts: Facts, state: CreditState, cause: Cause) -> None:
    judgement = judge_credit(facts, Rules(), on=ON)
    assert (judgement.state, judgement.cause) == (state, cause)
    assert all(str(reason.words) for reason in judgement.reasons)


@pytest.mark.parametrize(("letter", "state"), [("", OPEN), ("D", OPEN), ("E", PREPAYMENT)])
def test_a_rating_counts_where_the_company_says_so(letter: str, state: CreditState) -> None:
    assert judge_credit(Facts(rating=letter), Rules(rating=PREPAYMENT), on=ON).state == state


def test_a_rule_can_be_switched_off() -> None:
    rules = Rules(overdue=OPEN, long_overdue=OPEN)
    assert judge_credit(Facts([owes(days=400)]), rules, on=ON).state == OPEN


def test_all_reasons_stand_behind_the_deciding_one() -> None:
    facts = Facts([owes(days=61)], limit(50), broken_promise_on=ON)
    causes = [reason.cause for reason in judge_credit(facts, Rules(), on=ON).reasons]
    assert causes == [Cause.LONG_OVERDUE, Cause.OVERDUE, Cause.BROKEN_PROMISE, Cause.OVER_LIMIT]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(Facts(), None, id="time changes nothing"),
        pytest.param(Facts([owes(days=-10)]), ON + 11 * DAY, id="the day after the due date"),
        pytest.param(Facts([owes(days=10)]), ON + 21 * DAY, id="31 days late"),
        pytest.param(Facts([owes(days=40)]), ON + 21 * DAY, id="61 days late"),
        pytest.param(Facts([owes(days=400)]), None, id="it cannot get worse"),
        pytest.param(Facts(limits=limit(1, ON)), ON + DAY, id="after a limit's last day"),
        pytest.param(Facts(override=Override(OPEN, ON + 3 * DAY, "x")), ON + 4 * DAY, id="after a decision's last day"),
    ],
)
def test_when_to_look_again(facts: Facts, expected: date | None) -> None:
    assert judge_credit(facts, Rules(), on=ON).look_again_on == expected


@given(st.lists(st.tuples(st.integers(-90, 90), st.sampled_from(["PLN", "EUR"])), max_size=3), st.integers(0, 60), st.integers(1, 120))
def test_nothing_changes_before_the_day_to_look_again(debts: list[tuple[int, str]], valid: int, wait: int) -> None:
    """Facts that stay as they are lead to the same state on every day before."""
    due = {currency: ON - days * DAY for days, currency in debts}

    def known(on: date) -> Facts:
        rows = [Exposure(code, Decimal(9), Decimal(9) if day < on else Decimal(0), late=Decimal(9) if day < on else Decimal(0), late_since=day)
                for code, day in due.items()]  # fmt: skip
        return Facts(rows, limit(5, ON + valid * DAY), override=Override(OPEN, ON + valid // 2 * DAY, "x") if valid % 2 else None)

    first = judge_credit(known(ON), Rules(), on=ON)
    later = ON + timedelta(days=wait)
    if first.look_again_on is None or later < first.look_again_on:
        assert judge_credit(known(later), Rules(), on=later).state == first.state


def test_room_is_what_is_left_of_a_limit() -> None:
    assert room_under(Facts([owes(30)], limit(100)), LimitKind.OWN, on=ON) == Money(Decimal(70), "PLN")
    assert room_under(Facts([owes(130)], limit(100)), LimitKind.OWN, on=ON) == Money(Decimal(0), "PLN")
    assert room_under(Facts([owes(30)]), LimitKind.OWN, on=ON) is None
