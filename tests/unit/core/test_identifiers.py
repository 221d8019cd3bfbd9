"""Numbers that identify: official and published examples, each single wrong digit, and what is said about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.core.errors import Refused
from receivables.core.identifiers import IDENTIFIERS, check, check_tax_id, crc8

VALID = [
    pytest.param("nip", "123-456-32-18", "1234563218", id="a NIP with dashes"),
    pytest.param("nip", "PL 123 456 32 18", "1234563218", id="a NIP with its country"),
    pytest.param("regon", "123456785", "123456785", id="a REGON of nine"),
    pytest.param("regon", "12345678512347", "12345678512347", id="a REGON of fourteen"),
    pytest.param("pesel", "44051401359", "44051401359", id="a PESEL of 1944"),
    pytest.param("pesel", "02270803624", "02270803624", id="a PESEL of 2002"),
    pytest.param("krs", "0000 123456", "0000123456", id="a KRS number"),
    pytest.param("iban", "61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874", id="an NRB"),
    pytest.param("iban", "PL61109010140000071219812874", "PL61109010140000071219812874", id="a Polish IBAN"),
    pytest.param("iban", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", id="a German IBAN"),
    pytest.param("eu_vat", "PL1234563218", "PL1234563218", id="a Polish VAT number"),
    pytest.param("eu_vat", "DE 136 695 976", "DE136695976", id="a German VAT number"),
    pytest.param("eu_vat", "EL094259216", "EL094259216", id="a Greek VAT number"),
    pytest.param("ksef", "5265877635-20250826-0100001AF629-AF", "5265877635-20250826-0100001AF629-AF", id="the Ministry's KSeF number"),
    pytest.param("ksef", "5265877635-20250826-0100001af629-af", "5265877635-20250826-0100001AF629-AF", id="in small letters"),
]

WRONG = [
    ("nip", "1234563219", "The check digit is wrong: the last digit of 1234563219 should be 8."),
    ("nip", "123456321", "It has 9 characters instead of 10."),
    ("nip", "12345632AB", "It may hold digits only."),
    ("nip", "1234567890", "No NIP begins with 123456789: its check digit would be 10."),
    ("nip", "", "It may hold digits only."),
    ("nip", "١٢٣٤٥٦٣٢١٨", "It may hold digits only."),
    ("regon", "123456784", "The check digit is wrong: the last digit of 123456784 should be 5."),
    ("regon", "12345678512346", "The check digit is wrong: the last digit of 12345678512346 should be 7."),
    ("regon", "1234567851", "It has 10 characters instead of 9/14."),
    ("pesel", "44051401358", "The check digit is wrong: the last digit of 44051401358 should be 9."),
    ("pesel", "44133201354", "441332 is no day of the calendar."),
    ("krs", "123456", "It has 6 characters instead of 10."),
    ("iban", "PL62109010140000071219812874", "The check digits are wrong: PL62109010140000071219812874 should begin with PL61."),
    ("iban", "PL6110901014000007121981287", "It has 27 characters instead of 28."),
    ("iban", "PL61X09010140000071219812874", "It may hold digits only."),
    ("iban", "hello", "It is not written as PL61 1090 1014 0000 0712 1981 2874."),
    ("iban", "", "It is not written as PL61 1090 1014 0000 0712 1981 2874."),
    ("eu_vat", "1234563218", "A VAT number begins with the code of its country, such as PL or DE."),
    ("eu_vat", "DE136695970", "It is no valid VAT number of DE."),
    ("eu_vat", "PL1234563219", "The check digit is wrong: the last digit of 1234563219 should be 8."),
    ("ksef", "5265877635-20250826-0100001AF629-AE",
     "The checksum is wrong: the last two characters of 5265877635-20250826-0100001AF629-AE should be AF."),
    ("ksef", "5265877635-20250826-0100001AF629", "It is not written as 5265877635-20250826-0100001AF629-AF."),
    ("ksef", "5265877635-20250826-0100001AFGHI-AF", "It is not written as 5265877635-20250826-0100001AF629-AF."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "plain"), VALID)
def test_a_right_number_is_taken_however_it_is_written(kind: str, text: str, plain: str) -> None:
    checked = check(kind, text)
    assert (checked.plain, checked.problem) == (plain, None)


@pytest.mark.parametrize(("kind", "text", "says"), WRONG)
def test_what_is_wrong_is_said(kind: str, text: str, says: str) -> None:
    assert str(check(kind, text).problem) == says


def test_a_wrong_day_in_a_ksef_number_is_noticed_though_its_checksum_fits() -> None:
    body = "5265877635-20251326-0100001AF629"
    assert str(check("ksef", f"{body}-{crc8(body.encode()):02X}").problem) == "20251326 is no day of the calendar."


def test_the_bank_part_of_a_polish_account_has_a_check_digit_of_its_own() -> None:
    assert check("iban", "PL61109010140000071219812874").parts == {"bank": "10901014"}
    said = str(check("iban", "PL36109010150000071219812874").problem)
    assert said == "The check digit of the bank's number 10901015 is wrong: it should end with 4."


@given(st.sampled_from([(kind, plain) for kind, _, plain in (case.values for case in VALID) if kind in ("nip", "iban", "ksef")]),
       st.integers(0, 40), st.integers(1, 9))  # fmt: skip
def test_any_single_wrong_digit_is_noticed(case: tuple[str, str], place: int, by: int) -> None:
    kind, plain = case
    places = [index for index, sign in enumerate(plain) if sign.isdigit()]
    index = places[place % len(places)]
    other = plain[:index] + str((int(plain[index]) + by) % 10) + plain[index + 1 :]
    assert not check(kind, other).is_valid


@given(st.sampled_from(IDENTIFIERS.names()), st.text(max_size=40))
def test_no_text_whatever_makes_a_check_fail(kind: str, text: str) -> None:
    checked = check(kind, text)
    assert checked.is_valid or str(checked.problem)
    assert check(kind, checked.plain).problem == checked.problem


@pytest.mark.parametrize(("country", "text", "kind"), [("PL", "1234563218", "nip"), ("GR", "094259216", "eu_vat"), ("US", "1", "tax_id")])
def test_a_tax_number_is_checked_by_its_country(country: str, text: str, kind: str) -> None:
    checked = check_tax_id(country, text)
    assert (checked.kind, checked.is_valid) == (kind, True)


def test_another_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refused, match="Known: eu_vat, gb_vat, iban, krs, ksef, nip, pesel, regon"):
        check("isbn", "1")
