"""Customers from files: whole or not at all, a second time without effect, and nobody new is contacted before a person says so."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from invoices.actions import FileReport, import_customers
from invoices.intake.profile import builtin_profiles
from invoices.models import Contact, Customer, ImportedFile
from invoices.signals import balance_changed
from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from receivables.clock import now
from receivables.documents.models import Document
from tests.builders import make_creditor, make_customer
from tests.db.test_commands import run
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db
ON = date(2026, 4, 1)
FULL = {
    "Customer number": "K1", "Customer": "Nowak sp. z o.o.", "Customer kind": "B2B", "Tax ID": "526-025-02-74", "E-mail": "a@nowak.example",
    "Phone": "500 100 100", "Contact": "Anna", "Street": "Polna 1", "Postcode": "00-001", "City": "Warszawa", "Country": "PL",
    "Language": "pl", "Currency": "EUR", "Tags": "gold; export", "Insured": "yes", "Preferred channel": "e-mail", "Virtual account": "V1",
}  # fmt: skip


def csv(*rows: dict[str, str]) -> bytes:
    titles = list(dict.fromkeys(title for row in rows for title in row))
    return "".join(",".join(line) + "\n" for line in (titles, *([row.get(title, "") for title in titles] for row in rows))).encode()


def load(creditor: Creditor, *rows: dict[str, str], **options: Any) -> FileReport:
    return import_customers(creditor, name="k.csv", data=csv(*rows), profile=builtin_profiles()["customers"], on=ON, **options)


def figures(report: FileReport) -> tuple[int, int, int]:
    assert not report.problems
    return report.new, report.changed, report.unchanged


def test_a_new_customer_stands_in_the_books_and_waits_to_be_contacted() -> None:
    creditor = make_creditor()
    assert figures(load(creditor, FULL)) == (1, 0, 0)
    row = Customer.objects.get()
    said = (row.name, row.kind, row.tax_id, row.street, row.currency, row.tags, row.is_insured, row.preferred_channel, row.virtual_account)
    assert said == ("Nowak sp. z o.o.", "business", "5260250274", "Polna 1", "EUR", ["gold", "export"], True, "email", "V1")
    assert Contact.objects.values_list("name", "email", "phone").get() == ("Anna", "a@nowak.example", "+48500100100")
    assert row.waits_for_release
    assert ImportedFile.objects.values_list("kind", "new").get() == ("customers", 1)
    assert Entry.objects.filter(verb="import_customers").count() == 1


def test_a_second_time_changes_nothing() -> None:
    creditor = make_creditor()
    load(creditor, FULL)
    before = list(Customer.objects.values_list()), list(Contact.objects.values_list()), Entry.objects.count()
    assert figures(load(creditor, FULL, FULL)) == (0, 0, 2)
    assert (list(Customer.objects.values_list()), list(Contact.objects.values_list()), Entry.objects.count()) == before


def test_a_known_customer_takes_over_what_the_file_says_and_keeps_the_rest() -> None:
    creditor = make_creditor()
    known = make_customer(creditor, number="K1", street="Stara 2", city="Kielce", tags=["old"], email="old@nowak.example")
    heard: list[object] = []
    balance_changed.connect(lambda **news: heard.append(news["customers"]), weak=False, dispatch_uid="heard")
    row = {"Customer number": "K1", "Customer": "Nowak", "Street": "Nowa 3", "City": "", "Tags": "gold", "E-mail": "new@nowak.example"}
    assert figures(load(creditor, row)) == (0, 1, 0)
    balance_changed.disconnect(dispatch_uid="heard")
    known.refresh_from_db()
    assert (known.name, known.street, known.city, known.tags, known.waits_for_release) == ("Nowak", "Nowa 3", "Kielce", ["gold"], False)
    assert list(known.contacts.values_list("email", flat=True)) == ["old@nowak.example", "new@nowak.example"]
    assert heard == [{known.pk}]


BASE = {"Customer number": "K1", "Customer": "Nowak"}
NIP = "5260250274"
TAXED = {**BASE, "Tax ID": "PL 526-025-02-74"}


def test_whom_an_intake_made_from_the_tax_number_gets_the_number_of_the_file() -> None:
    creditor = make_creditor()
    known = make_customer(creditor, number=NIP, tax_id=NIP, name="Old", virtual_account="V1")
    assert figures(load(creditor, {**TAXED, "Virtual account": "V1"}, dry_run=True)) == (0, 1, 0)
    assert figures(load(creditor, {**TAXED, "Virtual account": "V1"})) == (0, 1, 0)
    assert list(Customer.objects.values_list("pk", "number", "tax_id", "name")) == [(known.pk, "K1", NIP, "Nowak")]
    assert figures(load(creditor, {**TAXED, "Virtual account": "V1"})) == (0, 0, 1)


@pytest.mark.parametrize(
    ("known", "rows", "says"),
    [
        pytest.param(["K7"], [TAXED], "is the tax number of the customer K7 already, not of K1", id="a number given by a person"),
        pytest.param(["K7", "K8"], [TAXED], "is the tax number of 2 customers: K7, K8, none of them K1", id="several"),
        pytest.param(
            [NIP], [TAXED, {**TAXED, "Customer number": "K2"}], f"of the customer {NIP} already, not of K2", id="two lines mean one"
        ),
        pytest.param([NIP], [TAXED, {**BASE, "Customer number": NIP}], f"of the customer {NIP} already, not of K1", id="whom a line names"),
    ],
)
def test_a_tax_number_that_another_customer_has_keeps_the_file_out(known: list[str], rows: list[dict[str, str]], says: str) -> None:
    creditor = make_creditor()
    for number in known:
        make_customer(creditor, number=number, tax_id=NIP)
    report = load(creditor, *rows)
    assert [problem.column for problem in report.problems if says in problem.reason] == ["Tax ID"]
    assert set(Customer.objects.values_list("number", flat=True)) == set(known)


def test_who_was_sent_a_paper_keeps_the_number_that_stands_on_it() -> None:
    creditor = make_creditor()
    make_customer(creditor, number=NIP, tax_id=NIP)
    facts = {"customer": {"number": NIP}}
    Document.objects.create(creditor=creditor, kind="interest_note", name="n.pdf", content=b"", sha256="", facts=facts, created_at=now())
    assert f"of the customer {NIP} already, not of K1" in load(creditor, TAXED).problems[0].reason


def test_two_customers_of_one_tax_number_come_in_with_a_warning_and_another_company_is_not_looked_at() -> None:
    creditor = make_creditor()
    make_customer(make_creditor(slug="other"), number=NIP, tax_id=NIP)
    report = load(creditor, TAXED, {**TAXED, "Customer number": "K2"})
    assert [(warning.line, warning.column) for warning in report.warnings if "cannot be told apart" in warning.reason] == [
        (2, "Tax ID"), (3, "Tax ID"),
    ]  # fmt: skip
    assert figures(report) == (2, 0, 0)
    again = load(creditor, TAXED, {**TAXED, "Customer number": "K2"})
    assert (figures(again), again.warnings) == ((0, 0, 2), ())


@pytest.mark.parametrize(
    ("rows", "line", "column", "says"),
    [
        pytest.param([{**BASE, "Customer": ""}], 2, "Customer", "is empty", id="no name"),
        pytest.param([{**BASE, "Customer kind": "firm?"}], 2, "Customer kind", "is unknown", id="an unknown kind"),
        pytest.param([{**BASE, "Currency": "ZŁ"}], 2, "Currency", "no currency code", id="an unknown currency"),
        pytest.param([BASE, {**BASE, "Customer": "Kowal"}], 3, "Customer number", "stands on line 2 and on line 3", id="two names"),
        pytest.param(
            [{**BASE, "Virtual account": "V1"}, {"Customer number": "K2", "Customer": "B", "Virtual account": "V1"}],
            3, "Virtual account", "belongs to the customer K1", id="one account for two",
        ),
        pytest.param([{**BASE, "Gross amount": "1"}], 1, "Gross amount", "is unknown to the profile customers", id="a foreign column"),
    ],
)  # fmt: skip
def test_a_file_with_a_broken_line_is_refused_whole(rows: list[dict[str, str]], line: int, column: str, says: str) -> None:
    report = load(make_creditor(), *rows)
    assert [(problem.line, problem.column) for problem in report.problems if says in problem.reason] == [(line, column)]
    assert not Customer.objects.exists() and not ImportedFile.objects.exists()


def test_what_reaches_nobody_is_left_out_with_a_warning() -> None:
    report = load(make_creditor(), {**BASE, "E-mail": "nowhere", "Phone": "12", "Tax ID": "123"})
    assert [warning.column for warning in report.warnings] == ["E-mail", "Phone", "Tax ID"]
    assert not Contact.objects.exists() and Customer.objects.get().tax_id == "123"


def test_the_command_makes_the_company_reads_a_workbook_and_says_it_as_json(tmp_path: Path) -> None:
    file = tmp_path / "k.xlsx"
    file.write_bytes(workbook(["Customer number", "Customer"], [1001, "Nowak"]))
    assert run("import_customers", file, "--profile", "customers", "--dry-run")[1].endswith("Nothing was stored.\n")
    assert not Creditor.objects.exists()
    code, said = run("import_customers", file, "--profile", "customers", "--json")
    assert code == 0
    assert json.loads(said) == {
        "files": [{"file": "k.xlsx", "format": "xlsx", "new": 1, "changed": 0, "unchanged": 0, "refused": 0, "problems": []}]
    }
    assert Customer.objects.values_list("number", "creditor__slug").get() == ("1001", "default")


def test_a_profile_of_another_table_is_wrong_usage(tmp_path: Path) -> None:
    code, said = run("import_customers", tmp_path / "x", "--profile", "generic")
    assert code == 2
    assert said == "The profile generic reads a table of invoices, not of customers. Known for customers: customers, customers-pl."


def test_numbers_in_registers_are_taken_over_and_a_wrong_one_is_left_out() -> None:
    creditor = make_creditor()
    assert figures(load(creditor, {**FULL, "REGON": "123-456-785", "KRS": "0000123456"})) == (1, 0, 0)
    again = load(creditor, {**FULL, "REGON": "123456784", "KRS": "0000654321"})
    assert figures(again) == (0, 1, 0) and "is no REGON number" in again.warnings[0].reason
    assert Customer.objects.values_list("regon", "krs").get() == ("123456785", "0000654321")
