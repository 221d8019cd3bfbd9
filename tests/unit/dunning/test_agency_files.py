"""The package of a hand-over, the files of agencies as data, and what an agency's scale gives."""

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dunning.agencies.commission import Line, commission_on
from dunning.agencies.dossier import Dossier, Paper
from dunning.agencies.mapping import MappingError, file_of, known_mappings, mapping_of, parse_mapping
from dunning.agencies.package import case_of, package_of, with_pesel
from receivables.core.archives import sha256_of, zip_bytes

GOLDEN = Path(__file__).parents[2] / "golden" / "agencies"
KEY = "0123456789abcdef" * 4
ITEM = {"case": 1, "days_late": 60, "disputed": "0.00"}
FACTS: dict[str, Any] = {
    "agency": {"slug": "fast", "name": "Fast", "mapping": "neutral", "delivery": "file"},
    "creditor": {"name": "Sklep Łódź", "tax_id": "5260001246"},
    "customer": {
        "number": "K1", "name": "=Żółw & Syn; \"Sp.\" z o.o.", "street": "Prosta 1/2", "postcode": "00-001", "city": "Łódź", "country": "PL",
        "tax_id": "1234563218", "kind": "business",
    },
    "on": "2026-06-30",
    "currency": "PLN",
    "items": [
        {**ITEM, "label": "FV/1", "issued_on": "2026-04-17", "due_on": "2026-05-01", "amount": "1230.50", "open": "1000.50"},
        {**ITEM, "label": "FV/2#1", "issued_on": "2026-04-20", "due_on": "2026-05-04", "amount": "200.00", "open": "200.00"},
    ],
    "principal": "1200.50",
    "asks": "1200.50",
    "reason": "Milczy",
}  # fmt: skip
KNOWN = Dossier(
    debtor={"emails": ["a@example.com", "b@example.com"], "phones": ["+48500100100"]},
    items={"FV/1": {"kind": "invoice", "ksef_number": "5265877635-20250826-0100001AF629-AF", "contract_number": "U/7", "order_number": ""}},
    history=({"on": "2026-05-20", "channel": "letter"},),
    last_payment_on="2026-05-10",
    papers=(Paper("documents/001-FV-1.pdf", b"%PDF-1.7"),),
)


@pytest.mark.parametrize("slug", known_mappings())
def test_the_file_of_an_agency_is_as_it_was(slug: str) -> None:
    _, content = file_of(mapping_of(slug), case_of(KEY, FACTS, KNOWN))
    assert content == (GOLDEN / f"{slug}.csv").read_bytes()


def test_what_nobody_knows_of_a_format_is_said() -> None:
    assert {slug for slug in known_mappings() if mapping_of(slug).is_verified} == {"neutral", "generic-csv"}
    assert {"kaczmarski", "vindicat", "big-infomonitor", "smeo"} <= set(known_mappings())
    assert known_mappings()[0] == "neutral"


def test_a_mapping_that_is_wrong_is_refused_with_its_line() -> None:
    with pytest.raises(MappingError, match=r"line 1.*colums"):
        parse_mapping("{name: X, colums: []}")
    with pytest.raises(MappingError, match="Known: neutral"):
        mapping_of("../x")


def test_the_same_facts_give_the_same_bytes_and_the_manifest_names_all() -> None:
    facts = FACTS | {"agency": FACTS["agency"] | {"mapping": "vindicat"}}
    name, content = package_of(KEY, facts, KNOWN)
    assert (name, content) == package_of(KEY, facts, KNOWN)
    files = zipfile.ZipFile(io.BytesIO(content))
    assert set(json.loads(files.read("manifest.json"))["sha256"]) == set(files.namelist()) - {"manifest.json"}
    assert files.namelist() == ["case.json", "cases.csv", "agency/vindicat.csv", "documents/001-FV-1.pdf", "manifest.json"]
    case = json.loads(files.read("case.json"))
    assert (case["case_id"], case["paid_total"], case["is_disputed"], case["documents"][0]["contract_number"]) == (
        KEY,
        "230.00",
        False,
        "U/7",
    )


def test_a_later_word_keeps_the_case_and_has_its_own_message() -> None:
    later = FACTS | {"case_id": "first", "action": "payment", "paid_total": "10.00"}
    name, content = package_of(KEY, later, KNOWN)
    case = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("case.json"))
    assert (name, case["case_id"], case["message_id"], case["action"]) == ("payment-0123456789ab.zip", "first", KEY, "payment")


def test_what_is_settled_of_a_document_and_the_euro_of_its_claim_stand_in_the_case() -> None:
    claims = [{"kind": "compensation", "euro": "70", "table": "nbp"}, {"kind": "compensation", "euro": "40", "table": "nbp"}]
    case = case_of(KEY, FACTS | {"claims": claims}, KNOWN)
    assert ([paper["paid"] for paper in case["documents"]], case["compensation_eur"]) == (["230.00", "0.00"], "110.00")
    own = [{"kind": "compensation", "euro": "40", "table": ""}]
    assert [case_of(KEY, FACTS | {"claims": own, "currency": code}, KNOWN)["compensation_eur"] for code in ("GBP", "EUR")] == ["", "40.00"]


def test_a_pesel_joins_a_package_of_any_version_and_its_manifest() -> None:
    _, content = package_of(KEY, FACTS, KNOWN)
    named = with_pesel(content, "44051401359")
    assert named == with_pesel(content, "44051401359") != content
    before, after = (zipfile.ZipFile(io.BytesIO(each)) for each in (content, named))
    assert before.namelist() == after.namelist()
    case = json.loads(after.read("case.json"))
    assert case["debtor"].pop("pesel") == "44051401359" and case == json.loads(before.read("case.json"))
    digests = json.loads(after.read("manifest.json"))["sha256"]
    assert digests == {name: sha256_of(after.read(name)) for name in after.namelist() if name != "manifest.json"}
    assert with_pesel(zip_bytes({"handover.txt": b"x"}), "44051401359") == zip_bytes({"handover.txt": b"x"})


SCALE = [Line(0, Decimal(0), Decimal("8.5")), Line(0, Decimal(1000), Decimal(7)), Line(180, Decimal(0), Decimal(12))]


@pytest.mark.parametrize(
    ("placed", "age", "given"),
    [
        ("999.99", 179, "8.50"),
        ("1000.00", 0, "7.00"),
        ("5000.00", 180, "12.00"),
    ],
)
def test_the_scale_goes_by_age_and_then_by_sum(placed: str, age: int, given: str) -> None:
    assert commission_on(SCALE, Decimal(100), placed=Decimal(placed), age_days=age, currency="PLN") == Decimal(given)


def test_a_commission_is_rounded_once_and_none_without_a_line() -> None:
    assert commission_on(SCALE, Decimal("0.10"), placed=Decimal(1), age_days=0, currency="PLN") == Decimal("0.01")
    assert commission_on([Line(30, Decimal(0), Decimal(5))], Decimal(100), placed=Decimal(1), age_days=29, currency="PLN") is None
