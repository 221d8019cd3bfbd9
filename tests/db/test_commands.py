"""import_invoices, ageing and check_books as a clerk meets them: what is printed, and with which code they end."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from invoices.models import AllocationEntry, Invoice, Item, Profile
from receivables.accounts.models import Creditor
from tests.builders import make_creditor, make_customer, make_invoice, make_item, table

pytestmark = pytest.mark.django_db

OWN_PROFILE = """
name: ours
dates: ["%d.%m.%Y"]
delimiter: ";"
columns: {number: Nr, customer_name: Kto, issued_on: Od, due_on: Do, gross: Ile}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "invoices.csv"
    path.write_bytes(table({}))
    return path


def run(*arguments: Any) -> tuple[int, str]:
    """The code a command ends with, and what it prints."""
    out = StringIO()
    try:
        call_command(*map(str, arguments), stdout=out)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def load(*arguments: Any, profile: str = "generic") -> tuple[int, str]:
    return run("import_invoices", "--profile", profile, *arguments)


def test_the_first_file_makes_the_default_company(file: Path) -> None:
    assert load(file) == (0, "invoices.csv: 1 new, 0 changed, 0 unchanged.\n")
    assert Creditor.objects.values_list("slug", "currency").get() == ("default", "PLN")
    assert load(file) == (0, "invoices.csv: 0 new, 0 changed, 1 unchanged.\n")


def test_a_dry_run_makes_nothing(file: Path) -> None:
    assert load(file, "--dry-run") == (0, "invoices.csv: 1 would be new, 0 would be changed, 0 unchanged. Nothing was stored.\n")
    assert not Creditor.objects.exists()


def test_the_result_as_json(file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(table({"gross": "-1.00"}))
    code, printed = load(file, broken, "--json")
    assert code == 1
    first, second = json.loads(printed)["files"]
    assert first == {"file": "invoices.csv", "format": "csv", "new": 1, "changed": 0, "unchanged": 0, "refused": 0, "problems": []}
    assert (second["file"], second["new"], second["refused"]) == ("broken.csv", 0, 1)
    assert second["problems"] == [
        {"line": 2, "column": "Gross amount", "reason": second["problems"][0]["reason"]},
    ]
    assert Invoice.objects.count() == 1


def test_a_refused_file_is_told_with_line_and_column(file: Path) -> None:
    file.write_bytes(table({"gross": "-1.00"}))
    code, printed = load(file)
    assert code == 1
    assert printed.startswith("invoices.csv: refused. Nothing of it was stored.\n  line 2, column Gross amount: is negative (-1.00).")


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as hole:
        hole.truncate(200 * 1024 * 1024)
    code, printed = load(huge)
    assert code == 1
    assert "The file has 200.0 MB; at most 50 MB are read. Split it into several files." in printed


def test_a_file_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert load(tmp_path / "nowhere.csv")[0] == 1
    assert "cannot be read: No such file or directory." in load(tmp_path / "nowhere.csv")[1]
    assert "cannot be read: Is a directory." in load(tmp_path)[1]


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(file: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON invoices_item EXECUTE FUNCTION full_disk();"
        )
    code, printed = load(file)
    assert code == 1
    assert "The disk of the database is full. Nothing of the file was stored; make room and load it again." in printed
    assert not Creditor.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--creditor", "x"], "There is no company 'x'. Known: a, b.", id="an unknown company"),
        pytest.param([], "There are several companies. Name one with --creditor: a, b.", id="which company"),
        pytest.param(
            ["--creditor", "a", "--profile", "x"], "There is no profile 'x'. Known: accounts-receivable-sample, ", id="an unknown profile"
        ),
    ],
)
def test_wrong_usage_ends_with_2(file: Path, arguments: list[str], sentence: str) -> None:
    for slug in ("b", "a"):
        make_creditor(slug)
    code, printed = run("import_invoices", file, "--profile", "generic", *arguments)
    assert code == 2
    assert printed.startswith(sentence)


def test_a_companys_own_profile_comes_before_the_built_in_ones(file: Path) -> None:
    creditor = make_creditor()
    Profile.objects.create(creditor=creditor, name="generic", text=OWN_PROFILE)
    file.write_text("Nr;Kto;Od;Do;Ile\n1;Anna;01.03.2026;15.03.2026;12.50\n", encoding="utf-8")
    assert load(file)[0] == 0
    assert Item.objects.values_list("label", "amount").get() == ("1", 12.5)


def test_a_profile_that_cannot_be_read_is_said(file: Path) -> None:
    Profile.objects.create(creditor=make_creditor(), name="ours", text="name: ours\ncolour: red\n")
    code, printed = load(file, profile="ours")
    assert code == 2
    assert "colour" in printed


def test_the_ageing_as_json_and_as_text() -> None:
    customer = make_customer(make_creditor("mine"))
    make_invoice(customer, "5.50")
    code, printed = run("ageing", "--on", "2026-03-16", "--json")
    nothing = {"count": 0, "amount": "0.00"}
    buckets = dict.fromkeys(("not_due", "1-30", "31-60", "61-90", "91-180", "181-365", "365+"), nothing)
    some = {"count": 1, "amount": "5.50"}
    assert code == 0
    assert json.loads(printed) == {
        "on": "2026-03-16",
        "ageing": [{"creditor": "mine", "currency": "PLN", "open": some, "buckets": {**buckets, "1-30": some}}],
    }
    assert "1-30            1             5.50" in run("ageing", "--on", "2026-03-16")[1]


@pytest.mark.parametrize("arguments", [["--on", "2026-02-30"], ["--on", "2026-03-16", "--creditor", "x"], []])
def test_ageing_of_no_day_or_no_company_ends_with_2(arguments: list[str]) -> None:
    assert run("ageing", *arguments)[0] in (1, 2)


def test_the_books_agree() -> None:
    make_item()
    assert run("check_books") == (0, "The books agree: 1 items, 0 entries, 14 checks.\n")


def test_books_that_do_not_agree_are_told() -> None:
    item = make_item(number="F/1")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what was right until now
        cursor.execute("ALTER TABLE invoices_item DISABLE TRIGGER USER")
        Item.objects.filter(pk=item.pk).update(open_amount=40)
        AllocationEntry.objects.create(
            item=item, source="withdrawal", amount=50, currency="PLN", on=item.due_on, recorded_at="2026-03-20T00:00Z"
        )
    code, printed = run("check_books")
    assert code == 1
    assert printed.splitlines() == ["Item F/1 says 40.0000 is open, its entries leave 50.0000.", "1 differences in 1 items and 1 entries."]
