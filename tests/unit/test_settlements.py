"""Settlement reports as text and sums: what is read, what is refused with its place, and which line of the bank pays one out."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.intake.csv_table import builtin_profiles
from invoices.intake.settlement_table import Settled, read_settlement
from invoices.settlements import Payout, Sums, is_from, objections, payout_for, sums_of

D = Decimal
PROFILE = builtin_profiles()["settlement-pl"]
HEAD = "Numer zamówienia;Kwota;Prowizja;Do wypłaty;Data wpłaty;Numer wypłaty\n"


def read(*lines: str):
    return read_settlement((HEAD + "\n".join(lines)).encode(), PROFILE, currency="PLN")


def settled(number: str, gross: str, fee: str = "0") -> Settled:
    return Settled(number, D(gross), D(fee), "PLN")


def test_lines_are_read_with_what_is_left_of_each() -> None:
    found = read("1001;100,00;2,50;97,50;04.05.2026;WYP/1", "1002;50,00;;48,00;05.05.2026;WYP/1", ";0;3,00;;;WYP/1", "1001;-20,00;;;;WYP/1")
    assert found.problems == ()
    assert [(row.number, row.gross, row.fee, row.net) for row in found.rows] == [
        ("1001", D("100.00"), D("2.50"), D("97.50")), ("1002", D("50.00"), D("2.00"), D("48.00")),
        ("", D(0), D("3.00"), D("-3.00")), ("1001", D("-20.00"), D(0), D("-20.00")),
    ]  # fmt: skip
    assert found.rows[0].paid_on == date(2026, 5, 4) and found.rows[0].payout == "WYP/1"
    assert sums_of(found.rows) == Sums(D("150.00"), D("20.00"), D("7.50")) and sums_of(found.rows).net == D("122.50")


@pytest.mark.parametrize(
    ("line", "says"),
    [("1001;100,00;2,50;99,00;;", "less a fee"), (";5,00;;;;", "is empty"), ("1001;x;;;;", "is no amount"), ("1001;;1,00;;;", "is empty")],
)
def test_a_line_that_does_not_agree_is_refused_with_its_place(line: str, says: str) -> None:
    found = read("1000;1,00;;;;", line)
    assert [(problem.line, says in problem.reason) for problem in found.problems] == [(3, True)]


def test_the_line_of_the_very_sum_pays_it_out_and_of_several_the_one_that_names_it() -> None:
    sums = Sums(D("150.00"), D("20.00"), D("7.50"))
    one, other = (Payout(pk, D("122.50"), "PLN", date(2026, 5, 6), text) for pk, text in ((1, "KURIER WYP/1"), (2, "KURIER WYP/2")))
    odd = Payout(3, D("122.51"), "PLN", date(2026, 5, 6), "KURIER WYP/1")
    assert payout_for(sums, "PLN", "", [one, odd]) == one
    assert payout_for(sums, "PLN", "wyp/2", [one, other]) == other
    assert payout_for(sums, "PLN", "", [one, other]) is None and payout_for(sums, "EUR", "", [one]) is None
    assert payout_for(sums, "PLN", "WYP/1", [odd]) is None
    assert (
        payout_for(sums, "PLN", "WYP/9", [one], is_shared=True) is None and payout_for(sums, "PLN", "WYP/1", [one], is_shared=True) == one
    )


def test_a_partner_is_known_by_its_words() -> None:
    assert is_from("Kurier  EXPRESS sp. z o.o. pobrania 05/2026", "kurier express")
    assert not is_from("Kurier", "kurier express") and not is_from("cokolwiek", "  ")


def test_what_holds_a_report_is_said_in_words() -> None:
    rows = [settled("A", "10.00"), settled("B", "5.00")]
    assert objections(rows, {"A", "B"}) == [] and "B" in objections(rows, {"A"})[0]
    assert "pays nothing out" in objections([settled("A", "1.00", "2.00")], {"A"})[0]
    assert "EUR, PLN" in objections([*rows, Settled("C", D(1), D(0), "EUR")], {"A", "B", "C"})[0]
