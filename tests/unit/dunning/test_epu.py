"""The claim in EPU: fee, three years, findings, and what the files say."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dunning.epu import Debt, Fault, Party, Proof, ProofKind, Sheet, Span, fee_of, file_by, sheet, value_of
from dunning.epu_files import HEADS, NAMESPACE, UNVERIFIED, csv_of, street_parts, stretches, xml_of
from receivables.core.errors import Refused

D = Decimal
FILING = date(2026, 11, 20)
CREDITOR = Party(
    "Sprzedawca sp. z o.o.", "Prosta 1", "00-001", "Warszawa", tax_id="1234563218", bank_account="PL61109010140000071219812874"
)
DEBTOR = Party("Dłużnik sp. z o.o.", "Krzywa 12A/3", "30-002", "Kraków", tax_id="5265877635")
PERSON = replace(DEBTOR, name="Jan Nowak", tax_id="", pesel="44051401359", is_person=True)
SPANS = (
    Span(date(2026, 3, 17), date(2026, 6, 30), D("1000.00"), D("14.00"), D("40.66"), "M.P."),
    Span(date(2026, 7, 1), FILING, D("1000.00"), D("13.75"), D("53.87"), "M.P."),
    Span(FILING + timedelta(days=1), None, D("1000.00")),
)
DEBT = Debt("F/1", date(2026, 3, 1), date(2026, 3, 15), date(2026, 3, 16), "PLN", D("1000.00"), spans=SPANS, regime="commercial_delay")
PROOFS = (
    Proof(ProofKind.INVOICE, "faktura F/1", date(2026, 3, 1), "kwota i termin płatności", "F/1"),
    Proof(ProofKind.OTHER, "wezwanie W/2026/0001", date(2026, 6, 1), "wezwanie do zapłaty"),
)


def made(*debts: Debt, creditor: Party = CREDITOR, debtor: Party = DEBTOR, proofs: Any = PROOFS, **more: Any) -> Sheet:
    said = {"kind_is_known": True, "is_protected": False, "attempt": "wezwanie z 1.06.2026", "filing_on": FILING, **more}
    return sheet(creditor, debtor, debts or (DEBT,), proofs, **said)


@pytest.mark.parametrize(
    ("value", "ladder", "to_pay"),
    [
        ("1", "30", "30"),
        ("500", "30", "30"),
        ("1500", "30", "30"),
        ("1501", "50", "50"),
        ("4000", "50", "50"),
        ("4001", "100", "100"),
        ("7500", "100", "100"),
        ("10000", "125", "125"),
        ("10001", "187.50", "188"),
        ("15000", "187.50", "188"),
        ("20000", "250", "250"),
        ("20001", "250.0125", "251"),
        ("100000", "1250", "1250"),
        ("4000001", "50000", "50000"),
    ],
)
def test_the_fee_climbs_the_ladder(value: str, ladder: str, to_pay: str) -> None:
    fee = fee_of(D(value))
    assert (fee.ladder, fee.to_pay) == (D(ladder), D(to_pay))


@given(st.integers(1, 10**8), st.integers(1, 10**8))
def test_a_higher_value_never_costs_less(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert fee_of(D(low)).to_pay <= fee_of(D(high)).to_pay


def test_the_value_is_principal_and_compensation_in_full_zloty() -> None:
    assert value_of([D("1000.00"), D("169.10")]) == D(1170)
    found = made(replace(DEBT, compensation=D("169.10"), compensation_working="40 EUR"))
    assert [(claim.number, claim.kind, claim.value) for claim in found.claims] == [
        (1, "principal", D("1000.00")),
        (2, "compensation", D("169.10")),
    ]
    assert (found.value, found.principal, found.compensation, found.interest) == (D(1170), D("1000.00"), D("169.10"), D("94.53"))
    assert found.fee.to_pay == 30


def test_a_claim_falls_due_the_day_after_its_moved_due_date() -> None:
    (claim,) = made().claims
    assert (claim.became_due_on, claim.file_by, claim.evidence) == (date(2026, 3, 17), date(2029, 3, 15), (1, 2))


@pytest.mark.parametrize(
    ("due_on", "last"), [(date(2024, 2, 29), date(2027, 2, 28)), (date(2023, 11, 20), FILING), (date(2023, 12, 31), date(2026, 12, 31))]
)
def test_three_years(due_on: date, last: date) -> None:
    assert file_by(due_on) == last
    for day, expected in ((last, [Fault.SOON]), (last + timedelta(days=1), [Fault.TOO_OLD])):
        debt = replace(DEBT, due_on=due_on, effective_due_on=due_on)
        assert [one.fault for one in made(debt, filing_on=day).findings] == expected


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"debts": replace(DEBT, currency="EUR")}, Fault.CURRENCY),
        ({"debtor": replace(DEBTOR, country="DE")}, Fault.FOREIGN),
        ({"debtor": replace(DEBTOR, street="")}, Fault.ADDRESS),
        ({"debtor": replace(DEBTOR, tax_id="1234563219")}, Fault.IDENTITY),
        ({"debtor": replace(PERSON, pesel="")}, Fault.IDENTITY),
        ({"debtor": replace(DEBTOR, tax_id="", pesel="44051401359")}, Fault.IDENTITY),  # a company has no PESEL
        ({"creditor": replace(CREDITOR, tax_id="")}, Fault.CREDITOR),
        ({"kind_is_known": False}, Fault.KIND),
        ({"debts": replace(DEBT, effective_due_on=FILING)}, Fault.NOT_DUE),
        ({"debts": replace(DEBT, is_barred=True), "is_protected": True}, Fault.BARRED),
        ({"debts": replace(DEBT, open=D(100_000_001))}, Fault.TOO_MUCH),
        ({"debts": replace(DEBT, open=D(0))}, Fault.NOTHING),
    ],
)
def test_what_cannot_be_filed(changes: dict[str, Any], fault: Fault) -> None:
    debt = changes.pop("debts", DEBT)
    found = made(debt, **changes)
    assert ([one.fault for one in found.findings if one.fault.stops], found.may_be_filed) == ([fault], False)
    with pytest.raises(Refused, match="stands against"):
        xml_of(found, reference="S/1")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"debts": replace(DEBT, is_barred=True)}, Fault.OBJECTION),
        ({"debts": replace(DEBT, disputed=D(1))}, Fault.DISPUTED),
        ({"attempt": "  "}, Fault.ATTEMPT),
        ({"debts": replace(DEBT, settled_interest=D(10))}, Fault.SETTLED),
        ({"debts": replace(DEBT, regime="contract")}, Fault.CONTRACT),
        ({"debts": replace(DEBT, lacks_rate=True)}, Fault.RATE),
    ],
)
def test_what_is_only_worth_a_look(changes: dict[str, Any], fault: Fault) -> None:
    found = made(changes.pop("debts", DEBT), **changes)
    assert ([one.fault for one in found.findings], found.may_be_filed) == ([fault], True)


def test_a_person_is_known_by_pesel_alone() -> None:
    assert made(debtor=PERSON).findings == ()


def test_a_company_is_known_by_krs_alone_which_stands_in_table_and_grounds() -> None:
    debtor = replace(DEBTOR, tax_id="", krs="0000123456", regon="123456785", checked_on=date(2026, 11, 2))
    found = made(debtor=debtor)
    assert found.findings == ()
    assert [one.fault for one in made(debtor=replace(debtor, krs="123456")).findings] == [Fault.IDENTITY]
    assert [one.fault for one in made(debtor=replace(PERSON, pesel="", krs="0000123456")).findings] == [Fault.IDENTITY]
    row = next(csv.DictReader(io.StringIO(csv_of(found).decode("utf-8-sig")), delimiter=";"))
    names = ("KRS pozwanego", "REGON pozwanego", "sprawdzono w rejestrze", "NIP powoda")
    assert [row[name] for name in names] == ["0000123456", "123456785", "2026-11-02", CREDITOR.tax_id]
    assert "Numer w KRS: pozwanego 0000123456." in xml_of(found, reference="S/1").content.decode()


def test_no_pesel_stands_in_the_table() -> None:
    assert PERSON.pesel not in csv_of(made(debtor=PERSON)).decode()


def test_settled_interest_is_taken_off_and_kept_out_of_the_file() -> None:
    found = made(replace(DEBT, settled_interest=D("40.66")))
    assert found.interest == D("53.87")
    with pytest.raises(Refused, match="by hand"):
        xml_of(found, reference="S/1")


def test_the_table_has_a_row_for_each_span() -> None:
    text = csv_of(made(replace(DEBT, label="=F/1", compensation=D("169.10")))).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert tuple(rows[0]) == HEADS
    assert [(row["odsetki od"], row["odsetki do"], row["kwota odsetek"]) for row in rows] == [
        ("2026-03-17", "2026-06-30", "40.66"),
        ("2026-07-01", "2026-11-20", "53.87"),
        ("2026-11-21", "do dnia zapłaty", ""),
        ("", "", ""),
    ]
    assert (rows[0]["dokument"], rows[0]["data wymagalności"], rows[0]["rodzaj odsetek"]) == (
        "'=F/1", "2026-03-17", "ustawowe za opóźnienie w transakcjach handlowych",
    )  # fmt: skip


def test_days_of_one_principal_are_one_stretch() -> None:
    spans = (*SPANS[:2], Span(FILING + timedelta(days=1), None, D("400.00")))
    assert [(one.first_on, one.last_on, one.principal) for one in stretches(spans)] == [
        (date(2026, 3, 17), FILING, D("1000.00")),
        (FILING + timedelta(days=1), None, D("400.00")),
    ]


@pytest.mark.parametrize(
    ("street", "parts"),
    [
        ("Prosta 12A/3", ("Prosta", "12A", "3")),
        ("al. 3 Maja 5", ("al. 3 Maja", "5", "")),
        ("Rynek", ("Rynek", "", "")),
        ("Stary Rynek", ("Stary Rynek", "", "")),
        ("", ("", "", "")),
    ],
)
def test_street_parts(street: str, parts: tuple[str, str, str]) -> None:
    assert street_parts(street) == parts


def _find(content: bytes, path: str) -> Any:
    return etree.fromstring(content).find(path, {"e": NAMESPACE})


def test_without_a_schema_the_file_says_that_nobody_has_verified_it() -> None:
    made_xml = xml_of(made(replace(DEBT, compensation=D("169.10")), debtor=PERSON), reference="S/1")
    assert made_xml.verified_by == ""
    assert UNVERIFIED in made_xml.content.decode()
    root = etree.fromstring(made_xml.content)
    assert (etree.QName(root).localname, root.get("OznaczeniePaczki")) == ("Pozwy", "S/1")
    person = _find(made_xml.content, ".//e:Pozwany/e:OsobaFizyczna")
    assert (person.get("Imie"), person.get("Nazwisko"), person.get("PESEL")) == ("Jan", "Nowak", "44051401359")
    assert _find(made_xml.content, ".//e:OplataSadowa").get("wartosc") == "30.00"
    claim = _find(made_xml.content, ".//e:Roszczenie")
    assert (claim.get("wartosc"), claim.get("dataWymagalnosci")) == ("1000.00", "2026-03-17")
    (period,) = root.findall(".//e:OkresOdsetkowy", {"e": NAMESPACE})
    assert (period.get("dataOd"), period.get("dataDo"), period.get("doZaplaty")) == ("2026-03-17", None, "1")


SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:epu" elementFormDefault="qualified">
  <xs:element name="Pozwy"><xs:complexType><xs:sequence><xs:any processContents="skip" maxOccurs="{most}"/></xs:sequence>
  <xs:attribute name="OznaczeniePaczki" use="required"/></xs:complexType></xs:element></xs:schema>"""


def test_a_schema_verifies_the_file_or_refuses_it(tmp_path: Path) -> None:
    good, bad, none = tmp_path / "good.xsd", tmp_path / "bad.xsd", tmp_path / "none.xsd"
    good.write_text(SCHEMA.format(most="1"))
    bad.write_text(SCHEMA.format(most="1").replace('name="Pozwy"', 'name="Inne"'))
    none.write_text("no schema")
    found = xml_of(made(), reference="S/1", schema=good)
    assert found.verified_by.startswith("good.xsd (")
    assert b"urn:epu" in found.content
    assert UNVERIFIED not in found.content.decode()
    with pytest.raises(Refused, match="does not allow this file"):
        xml_of(made(), reference="S/1", schema=bad)
    for path in (none, tmp_path / "missing.xsd"):
        with pytest.raises(Refused, match="cannot be used"):
            xml_of(made(), reference="S/1", schema=path)


def test_what_xml_cannot_hold_is_left_out() -> None:
    found = xml_of(made(debtor=replace(DEBTOR, name="Zła\x0b <firma> & co")), reference="S/1")
    assert _find(found.content, ".//e:Pozwany/e:Instytucja").get("Nazwa") == "Zła <firma> & co"
