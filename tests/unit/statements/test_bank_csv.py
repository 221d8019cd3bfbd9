"""Bank exports in CSV: the header is found, amounts are read as they are meant, what does not lead from balance to balance is said."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.statements.bank_csv import read, recognised
from invoices.statements.csv_profile import builtin_bank_profiles, parse_bank_profile
from invoices.statements.parsed import UnreadableStatement
from receivables.core.errors import ProfileError

MBANK = """mBank S.A. Bankowość Detaliczna;
#Klient;ALFA SP. Z O.O.;
#Za okres;01.05.2026;31.05.2026;

#Data operacji;#Data księgowania;#Opis operacji;#Tytuł;#Nadawca/Odbiorca;#Numer konta;#Kwota;#Saldo po operacji;
2026-05-04;2026-05-05;PRZELEW ZEWNĘTRZNY PRZYCHODZĄCY;"FV 7/2026";"BETA S.A.";'61109010140000071219812874';1 234,50;2 234,50;
2026-05-06;2026-05-06;PRZELEW;"CZYNSZ";"GAMMA";'';−234,50;2 000,00;
;;;;;;#Saldo końcowe;2 000,00 PLN;
"""
ING = """"Lista transakcji";
"Data transakcji";"Data księgowania";"Dane kontrahenta";"Tytuł";"Nr rachunku";"Nazwa banku";"Szczegóły";"Nr transakcji";"Kwota transakcji (waluta rachunku)";"Waluta";"Kwota blokady/zwolnienie blokady";"Waluta";"Kwota płatności w walucie";"Waluta";"Konto";"Saldo po transakcji";"Waluta"
2026-05-06;2026-05-06;"BETA";"FV 8";'61109010140000071219812874';;;"T2";10,00;PLN;;;;;"K";110,00;PLN
2026-05-05;;"SKLEP";"BLOKADA";;;;"";;;5,00;PLN;;;"K";;
2026-05-04;2026-05-04;"GAMMA";"FV 7";'';;;"T1";-5,00;PLN;;;;;"K";100,00;PLN
"""


def test_mbank_behind_its_preamble():
    (found,) = read(MBANK.encode("cp1250", errors="replace").replace(b"?234", b"-234"))
    assert recognised(MBANK.encode()).name == "mbank"
    first = found.lines[0]
    assert (first.booked_on, first.value_on, first.amount) == (date(2026, 5, 5), date(2026, 5, 4), Decimal("1234.50"))
    assert (first.counterparty, first.account, first.title) == ("BETA S.A.", "PL61109010140000071219812874", "FV 7/2026")
    assert (found.opening.amount, found.closing.amount, found.is_balanced) == (Decimal("1000.00"), Decimal("2000.00"), True)


def test_ing_newest_first_with_a_blocked_row():
    (found,) = read(ING.encode("cp1250"))
    assert [line.amount for line in found.lines] == [Decimal("-5.00"), Decimal("10.00")]
    assert {line.currency for line in found.lines} == {"PLN"}
    assert (found.opening.amount, found.closing.amount) == (Decimal("105.00"), Decimal("110.00"))
    assert found.is_balanced is True


def test_a_row_that_is_missing_shows_in_the_balances():
    (found,) = read(b"Data;Kwota;Tytul;Saldo\n2026-05-04;10,00;A;110,00\n2026-05-05;5,00;B;125,00\n")
    assert found.is_balanced is False
    assert "does not balance" in str(found.problems[-1])


@pytest.mark.parametrize(
    ("written", "amount"),
    [("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1 234,56", "1234.56"), ("−45,90 PLN", "-45.90"), ("12", "12"), ("-0,5", "-0.5")],
)
def test_amounts_whichever_way_they_are_written(written, amount):
    (found,) = read(f"Data;Kwota;Tytuł\n2026-05-04;{written};FV 1\n".encode())
    assert found.lines[0].amount == Decimal(amount)


@pytest.mark.parametrize("written", ["1.234", "12..34", "$120", "1,2,3", "NaN", "1e5", "--5"])
def test_an_amount_that_could_mean_two_things_or_none_is_a_problem(written):
    (found,) = read(f"Data;Kwota;Tytuł\n2026-05-04;{written};FV 1\n".encode())
    assert found.lines[0].amount is None
    assert str(found.problems[0]).startswith("line 2: The amount")


def test_the_balance_is_believed_where_the_sign_of_an_amount_is_not():
    (found,) = read("Data;Kwota;Tytuł;Saldo\n2026-05-04;10,00;A;110,00\n2026-05-05;5,00;B;105,00\n".encode())
    assert [line.amount for line in found.lines] == [Decimal("10.00"), Decimal("-5.00")]


def test_santander_has_no_header_and_goes_by_its_name():
    text = '2026-05-31,01-05-2026,\'61109010140000071219812874\',ALFA,PLN,"1000,00","1010,00",1,\n04-05-2026,04-05-2026,FV 1,BETA,\'\',"10,00","1010,00",1,\n'
    (found,) = read(text.encode(), builtin_bank_profiles()["santander"])
    assert [(line.booked_on, line.amount) for line in found.lines] == [(date(2026, 5, 4), Decimal("10.00"))]


@pytest.mark.parametrize("data", [b"", b"a;b;c\n1;2;3\n", b"\xff\xfe", b"Data;Kwota\n2026-05-04;1,00\n"])
def test_what_no_profile_fits_is_refused(data):
    with pytest.raises(UnreadableStatement):
        read(data)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: x\ncolumns: {amount: [Kwota]}", "booked_on is missing"),
        ("name: x\ncolumns: {booked_on: [Data]}", "amount is missing"),
        ("name: x\ncolumns: {booked_on: [Data], amount: [K]}\npositions: {booked_on: 1, amount: 2}", "exclude each other"),
        ("name: x\npositions: {booked_on: 1, amount: 2}", "width is missing"),
        ('name: x\ncolumns: {booked_on: [Data], amount: [K]}\ndates: ["%y"]', "no format"),
        ("name: x\ncolums: {}", "unknown"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(text, says):
    with pytest.raises(ProfileError, match=says):
        parse_bank_profile(text)
