"""Rows of the first day: what was done about an invoice, each with its own day, and what cannot be refused with its place."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.intake.opening_table import AtAgency, AtCourt, Held, LastStep, Planned, Promised, read_opening
from invoices.intake.profile import builtin_profiles
from invoices.states import ClaimKind
from tests.opening_rows import opening

PROFILE = builtin_profiles()["opening"]
ON = date(2026, 4, 1)


def problems(**cells: str) -> list[tuple[str | None, str]]:
    table = read_opening(opening(cells), PROFILE, on=ON)
    assert all(problem.line == 2 for problem in table.problems)
    return [(problem.column, problem.reason) for problem in table.problems]


def test_an_invoice_with_all_that_was_done_about_it() -> None:
    (row,) = read_opening(
        opening(
            {
                "step": "overdue_1", "step_on": "2026-03-20", "step_channel": "post", "proof": "R123", "deadline_on": "2026-03-27",
                "claimed_interest": "1.20", "claimed_compensation": "0", "claimed_fee": "3.00", "hold_until": "2026-04-05",
                "hold_reason": "is away", "promised_by": "2026-04-10", "promised_amount": "50.00", "plan": "U/1",
                "plan_rates": "2026-04-15 60.00 | 2026-05-15: 40.00", "agency_reference": "A/7", "court_reference": "I C 5/26",
                "court_on": "2026-03-30",
            }
        ),
        PROFILE,
        on=ON,
    ).rows  # fmt: skip
    claims = ((ClaimKind.INTEREST, Decimal("1.20")), (ClaimKind.FEE, Decimal("3.00")))
    assert row.step == LastStep("overdue_1", date(2026, 3, 20), "letter", "R123", date(2026, 3, 27), claims)
    assert row.held == Held(date(2026, 4, 5), "is away")
    assert row.promised == Promised(date(2026, 4, 10), Decimal("50.00"), None)
    assert row.planned == Planned("U/1", ((date(2026, 4, 15), Decimal("60.00")), (date(2026, 5, 15), Decimal("40.00"))), None)
    assert row.agency == AtAgency("A/7", "", date(2026, 3, 20))
    assert row.court == AtCourt("I C 5/26", date(2026, 3, 30))


def test_age_alone_says_nothing_was_done() -> None:
    (row,) = read_opening(opening({"issued_on": "2020-01-01", "due_on": "2020-01-15"}), PROFILE, on=ON).rows
    assert not any(row.done)


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        pytest.param(
            {"step": "a", "step_on": "2026-02-28"}, "Step on", "lies before the invoice, which was issued on 2026-03-01", id="before"
        ),
        pytest.param({"step": "a", "step_on": "2026-04-02"}, "Step on", "lies in the future", id="to come"),
        pytest.param({"step": "a"}, "Step on", "say on which day", id="without a day"),
        pytest.param({"step": "a", "step_on": "soon"}, "Step on", "no date of the calendar", id="no date"),
        pytest.param({"step_on": "2026-03-20"}, "Last step", "names no step", id="a day without a step"),
        pytest.param({"claimed_fee": "1.00"}, "Last step", "names no step", id="a claim without a step"),
        pytest.param(
            {"step": "a", "step_on": "2026-03-20", "deadline_on": "2026-03-19"},
            "Deadline named",
            "lies before the step",
            id="an early deadline",
        ),
        pytest.param({"step": "a", "step_on": "2026-03-20", "claimed_fee": "-1"}, "Fee claimed", "negative", id="a negative claim"),
        pytest.param({"step": "a", "step_on": "2026-03-20", "step_channel": "fax"}, "Sent by", "is unknown", id="an unknown way"),
        pytest.param({"hold_until": "2026-03-31"}, "Held until", "is over", id="a hold that is over"),
        pytest.param({"held": "no", "hold_reason": "x"}, "Held", "says that it is not held", id="held and not held"),
        pytest.param({"promised_amount": "5.00"}, "Promised by", "by which day", id="a promise without a day"),
        pytest.param({"promised_by": "2026-04-02", "promised_amount": "0"}, "Promised", "above zero", id="a promise of nothing"),
        pytest.param(
            {"promised_by": "2026-03-10", "promised_on": "2026-03-11"},
            "Promised by",
            "before the day of the promise",
            id="a promise back in time",
        ),
        pytest.param({"plan_rates": "2026-05-01 1.00"}, "Plan", "give the number", id="rates without a plan"),
        pytest.param({"plan": "U/1", "plan_rates": "2026-05-01"}, "Plan rates", "is no rate", id="a rate without an amount"),
        pytest.param({"plan": "U/1", "plan_rates": "2026-05-01 1.005"}, "Plan rates", "decimals", id="a rate of half a grosz"),
        pytest.param({"plan": "U/1", "plan_rates": "2026-05-01 0"}, "Plan rates", "above zero", id="a rate of nothing"),
        pytest.param({"plan": "U/1", "plan_rates": "2026-03-01 5"}, "Plan rates", "is past", id="a rate that is past"),
        pytest.param({"agency": "fast"}, "Agency reference", "agency's number", id="an agency without a number"),
        pytest.param({"agency_reference": "A/1"}, "Handed over on", "on which day", id="a hand-over without a day"),
        pytest.param({"agency_reference": "A/1", "agency_on": "2026-03-20"}, "Last step", "name the step", id="a hand-over without a step"),
        pytest.param({"court_on": "2026-03-20"}, "Court reference", "court's number", id="a court without a number"),
        pytest.param({"kind": "credit note", "hold_reason": "x"}, "Document kind", "no claim that could be chased", id="a credit note"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(cells: dict[str, str], column: str, says: str) -> None:
    assert [found for found, reason in problems(**cells) if says in reason] == [column]


def test_what_is_wrong_with_the_invoice_is_told_as_ever() -> None:
    assert [column for column, _ in problems(gross="-5", step="a", step_on="2026-03-20")] == ["Gross amount"]
