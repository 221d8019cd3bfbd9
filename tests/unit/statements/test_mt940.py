"""MT940 and MT942: signs, dates, pages, dialects, and what is odd in one entry costs no other."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.statements.mt940 import read
from invoices.statements.parsed import UnreadableStatement

FRAME = ":20:ST\n:25:PL61109010140000071219812874\n:28C:1/1\n:60F:C260501PLN{opening}\n{entries}\n:62F:C260531PLN{closing}\n-\n"


def statement(entries: str, opening: str = "100,00", closing: str = "100,00"):
    (found,) = read(FRAME.format(opening=opening, entries=entries, closing=closing).encode())
    return found


def only(entries: str):
    (line,) = statement(entries).lines
    return line


@pytest.mark.parametrize(
    ("mark", "effect", "is_reversal"),
    [("C", 1, False), ("D", -1, False), ("RC", -1, True), ("RD", 1, True), ("CN", 1, False), ("DN", -1, False), ("CR", 1, False)],
)
def test_the_mark_says_the_effect(mark, effect, is_reversal):
    line = only(f":61:2605040504{mark}50,00NTRFNONREF//B1")
    assert (line.amount, line.is_reversal) == (Decimal(50) * effect, is_reversal)


def test_a_reversal_of_a_credit_balances_against_it():
    found = statement(":61:2605040504C50,00NTRFNONREF\n:61:2605050505RC50,00NTRFNONREF")
    assert (found.credits, found.debits, found.is_balanced) == (Decimal(50), Decimal(50), True)


@pytest.mark.parametrize(
    ("written", "amount"), [("1234,", "1234"), (",50", "0.50"), ("1234", "1234"), ("000000002535,03", "2535.03"), ("0,01", "0.01")]
)
def test_amounts_as_banks_write_them(written, amount):
    assert only(f":61:260504C{written}NTRFNONREF").amount == Decimal(amount)


@pytest.mark.parametrize(
    ("value", "entry", "booked"),
    [("260101", "1231", date(2025, 12, 31)), ("251231", "0102", date(2026, 1, 2)), ("260504", "0505", date(2026, 5, 5))],
)
def test_the_entry_date_takes_its_year_from_the_value_date(value, entry, booked):
    assert only(f":61:{value}{entry}C1,00NTRFNONREF").booked_on == booked


def test_an_entry_that_cannot_be_read_costs_no_other():
    found = statement(":61:260504C12,x4NTRFNONREF\n:61:260504C5,00NTRFNONREF//OK", closing="105,00")
    assert [line.amount for line in found.lines] == [None, Decimal(5)]
    assert found.is_balanced
    assert "line 5" in str(found.problems[0])


def test_what_does_not_balance_is_said_and_not_dropped():
    found = statement(":61:260504C5,00NTRFNONREF", closing="200,00")
    assert found.is_balanced is False
    assert "opening 100.00 and its entries give 105.00, but it says 200.00" in str(found.problems[-1])


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_every_kind_of_line_end(ends):
    text = FRAME.format(opening="1,00", entries=":61:260504C5,00NTRFNONREF\n:86:Zażółć gęślą jaźń", closing="6,00")
    (found,) = read(text.replace("\n", ends).encode())
    assert found.is_balanced
    assert found.lines[0].title == "Zażółć gęślą jaźń"


@pytest.mark.parametrize("page", ["cp1250", "iso-8859-2", "cp852", "utf-8"])
def test_the_code_page_is_found_by_its_letters(page):
    text = FRAME.format(opening="1,00", entries=":61:260504C5,00NTRFNONREF\n:86:020~00X\n~20ZAPŁATA ZA FAKTURĘ ŻÓŁĆ", closing="6,00")
    (found,) = read(text.encode(page))
    assert found.lines[0].title == "ZAPŁATA ZA FAKTURĘ ŻÓŁĆ"


def test_a_title_may_begin_with_a_dash():
    assert only(":61:260504C5,00NTRFNONREF\n:86:ZAPLATA\n-FV 7/2026").title == "ZAPLATA -FV 7/2026"


def test_a_full_part_of_the_title_goes_on_without_a_space():
    first, rest = "ZAPLATA ZA FAKTURE NUMER FV", "/2026/05/17"
    assert len(first) == 27
    assert only(f":61:260504C5,00NTRFNONREF\n:86:020~00X\n~20{first}\n~21{rest}\n~22DZIEKUJEMY").title == f"{first}{rest} DZIEKUJEMY"


def test_ing_writes_two_texts_of_which_the_second_counts():
    line = only(":61:260504C5,00NTRFNONREF\n:86:020\n:86:020~00IBCG\n~20FV 1/2026\n~29PL61109010140000071219812874\n~32ALFA SP. Z O.O.")
    assert (line.title, line.account, line.counterparty) == ("FV 1/2026", "PL61109010140000071219812874", "ALFA SP. Z O.O.")


def test_millennium_writes_its_subfields_with_less_than():
    line = only(":61:260504C5,00NTRFNONREF\n:86:020<00PRZELEW<20FV 1/2026<3010901014<310000071219812874<32ALFA")
    assert (line.title, line.counterparty) == ("FV 1/2026", "ALFA")
    assert line.account == "PL61109010140000071219812874"


def test_a_day_report_is_pending():
    text = (
        ":20:ST\n:25:PL61109010140000071219812874\n:28C:1/1\n:34F:PLN0\n:13D:2605041815+0100\n:61:260504C5,00NTRFNONREF\n:90C:1PLN5,00\n-\n"
    )
    (found,) = read(text.encode())
    assert found.is_pending
    assert found.is_balanced is None
    assert found.lines[0].currency == "PLN"


@pytest.mark.parametrize("text", ["", "hello", ":20:x\n:61:260504C5,00NTRF\n-"])
def test_what_is_no_statement_is_refused(text):
    with pytest.raises(UnreadableStatement, match="no MT940"):
        read(text.encode())
