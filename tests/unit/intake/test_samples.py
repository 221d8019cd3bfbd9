"""Every shared invoice gives what an independent reader found in it; the broken ones are refused with the path of the defect."""

import json
from decimal import Decimal
from typing import Any

import pytest

from invoices.intake.parsed import ParsedInvoice, Question, UnreadableInvoice
from invoices.intake.reading import format_of, read_invoices
from tests.shared_files import SHARED, needs_shared

pytestmark = needs_shared

INDEX = json.loads((SHARED / "samples" / "expected.json").read_text()) if SHARED.is_dir() else []
FOLDERS = {"ksef_fa2": "ksef", "ksef_fa3": "ksef", "ubl": "ubl", "cii": "cii", "ksef_fa3_errors": "ksef"}
TEMPLATE = "pef_pl_template.xml"


def entries(*forms: str) -> list[Any]:
    return [
        pytest.param(e["format"], e["file"], e["expected"], id=e["file"]) for e in INDEX if e["format"] in forms and e["file"] != TEMPLATE
    ]


def sample(form: str, file: str) -> bytes:
    return (SHARED / "samples" / form / file).read_bytes()


def read(form: str, file: str) -> ParsedInvoice:
    [found] = read_invoices(sample(form, file), name=file)
    return found


def decimal(said: str | None) -> Decimal:
    return Decimal(said or "0")


@pytest.mark.parametrize(("form", "file", "_"), entries(*FOLDERS))
def test_the_format_is_recognised_by_the_content(form, file, _):
    assert format_of(sample(form, file)) == ("pdf" if file.endswith(".pdf") else FOLDERS[form])


@pytest.mark.parametrize(("form", "file", "e"), entries("ksef_fa2", "ksef_fa3"))
def test_ksef(form, file, e):
    found = read(form, file)
    terms, paid = (
        e.get("terms", []),
        [Decimal(part) for part in e.get("part", [])] or ([decimal(e.get("doz", e["P_15"]))] if e.get("zap") == "1" else []),
    )
    assert found.form == form
    assert (found.number, str(found.issued_on), found.currency) == (e["P_2"], e["P_1"], e["cur"])
    assert (found.total, found.to_pay) == (decimal(e["P_15"]), decimal(e.get("doz", e["P_15"])))
    assert (found.seller.tax_id, found.buyer.tax_id.lstrip("DE")) == (e["seller"], e["buyer"])
    assert len(found.lines) == e["n"]
    assert [str(day) for day in found.due] == terms
    assert found.due_text == "; ".join(e.get("termdesc", []))
    assert [part.amount for part in found.paid] == paid
    assert list(found.accounts) == e.get("acc", [])
    assert list(found.factor_accounts) == e.get("fact", [])
    assert found.payment_method == ("transfer" if e.get("forma") else "")
    asked = {one.question for one in found.asked}
    assert (Question.FACTOR in asked) == bool(e.get("fact"))
    assert (Question.SEVERAL_DUE_DATES in asked) == (len(terms) > 1)
    assert (Question.TEXTUAL_DUE_DATE in asked) == bool(e.get("termdesc"))
    assert Question.AMOUNTS_DIFFER not in asked


DEFECTS = {
    "01-missing-p15.xml": "Faktura/Fa/P_15",
    "03-typo-in-element-name.xml": "Faktura/Podmiot1/DaneIdentyfikacyjne/Nazw",
    "07-polish-nip-in-nrvatue.xml": "Faktura/Podmiot2/DaneIdentyfikacyjne/NrVatUE",
    "09-excessive-decimal-places.xml": "Faktura/Fa/P_15",
    "11-currency-inconsistency.xml": "Faktura/Fa/WalutaUmowna",
    "13-malformed-xml.xml": None,
    "15-payment-date-errors.xml": "Faktura/Fa/Platnosc/TerminPlatnosci",
    "18-missing-namespace.xml": "Faktura",
    "20-invalid-dates.xml": "Faktura/Fa/P_6",
}
ODD = {
    "05-jst1-without-podmiot3.xml": (Question.NO_RECIPIENT_UNIT, "Faktura/Podmiot2/JST"),
    "21-wrong-tax-calculation.xml": (Question.AMOUNTS_DIFFER, "Faktura/Fa/P_14_1"),
    "23-missing-bank-account-validation.xml": (Question.WRONG_ACCOUNT, "account"),
}


@pytest.mark.parametrize(("form", "file", "e"), entries("ksef_fa3_errors"))
def test_a_broken_ksef_invoice(form, file, e):
    if e.get("valid"):
        asked = [(one.question, one.place) for one in read(form, file).asked]
        assert ODD[file] in asked
        return
    with pytest.raises(UnreadableInvoice) as refused:
        read(form, file)
    assert DEFECTS[file] in [problem.column for problem in refused.value.problems]
    assert all(problem.line and problem.reason.endswith(".") for problem in refused.value.problems)


@pytest.mark.parametrize(("form", "file", "e"), entries("ubl"))
def test_ubl(form, file, e):
    found = read(form, file)
    sign = -1 if e["doc"] == "CreditNote" else 1
    assert (found.number, str(found.issued_on), found.currency) == (e["id"], e["issue"], e["currency"])
    assert (found.total, found.to_pay) == (sign * decimal(e["tax_inclusive"]), sign * decimal(e["payable"]))
    assert found.prepaid == decimal(e.get("prepaid"))
    assert (found.seller.tax_id, found.buyer.tax_id, len(found.lines)) == (e["seller"], e["buyer"], e["lines"])
    assert [str(day) for day in found.due] == ([e["due"]] if e.get("due") else [])
    assert list(found.accounts) == ([e["iban"]] if e.get("iban") else [])
    assert list(found.corrects)[:1] == ([e["billing_ref"]] if e.get("billing_ref") else [])


@pytest.mark.parametrize(("form", "file", "e"), entries("cii"))
def test_cii(form, file, e):
    found = read(form, file)
    sign = -1 if e["type"] == "381" else 1
    assert (found.number, found.issued_on.strftime("%Y%m%d"), found.currency) == (e["id"], e["issue"], e["currency"])
    assert (found.total, found.to_pay) == (sign * decimal(e["grand_total"]), sign * decimal(e["payable"] or e["grand_total"]))
    assert [day.strftime("%Y%m%d") for day in found.due] == ([e["due"]] if e["due"] else [])
    assert e["seller"] in (found.seller.tax_id, *found.seller.other_ids)
    assert found.buyer.tax_id == "".join((e["buyer"] or "").split())
    assert len(found.lines) == e["lines"]
    assert list(found.accounts) == ["".join(e["iban"].split())] if e["iban"] else not found.accounts


def test_placeholders_are_refused_each_with_its_place():
    with pytest.raises(UnreadableInvoice) as refused:
        read("ubl", TEMPLATE)
    assert {problem.column for problem in refused.value.problems} >= {"Invoice/ID", "Invoice/IssueDate", "Invoice/DueDate"}
    assert all("placeholder" in problem.reason for problem in refused.value.problems)
