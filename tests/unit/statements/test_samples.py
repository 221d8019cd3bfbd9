"""Every shared bank file gives the totals that an independent reader computed."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from invoices.statements.parsed import Balance, Statement
from invoices.statements.reading import format_of, read_statements
from tests.shared_files import SHARED, needs_shared

FOLDERS = {"mt940": "mt940", "camt053": "camt", "ofx": "ofx", "csv_bank": "csv"}
INDEX = json.loads((SHARED / "samples" / "expected.json").read_text()) if SHARED.is_dir() else []
FILES = [(entry["format"], entry["file"], entry["expected"]) for entry in INDEX if entry["format"] in FOLDERS]

pytestmark = needs_shared


def files(form: str) -> list:
    return [pytest.param(file, expected, id=file) for kind, file, expected in FILES if kind == form]


def sample(form: str, file: str) -> bytes:
    return Path(SHARED / "samples" / form / file).read_bytes()


def amount(balance: Balance | None) -> Decimal | None:
    return balance.amount if balance else None


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(("form", "file"), [(form, file) for form, file, _ in FILES])
def test_the_format_is_recognised_by_the_content(form, file):
    assert format_of(sample(form, file)) == FOLDERS[form]


@pytest.mark.parametrize(("file", "expected"), files("mt940"))
def test_mt940(file, expected):
    found = read_statements(sample("mt940", file))
    assert [row_of_mt940(statement) for statement in found] == [
        (
            e["account"], e["number"], decimal(e["opening"]), decimal(e["closing"]), e["entries"], decimal(e["credits"]),
            decimal(e["debits"]), e["balances"],
        )
        for e in expected
    ]  # fmt: skip


def row_of_mt940(found: Statement) -> tuple:
    return (
        found.account, found.number, amount(found.opening), amount(found.closing), len(found.entries), found.credits, found.debits,
        found.is_balanced,
    )  # fmt: skip


@pytest.mark.parametrize(("file", "expected"), files("camt053"))
def test_camt(file, expected):
    found = read_statements(sample("camt053", file))
    assert [row_of_camt(statement) for statement in found] == [
        (
            e["account"], e["opening"], e["closing"], e["entries"], e["transactions"], decimal(e["credits"]), decimal(e["debits"]),
            e["balances"],
        )
        for e in expected
    ]  # fmt: skip


def row_of_camt(found: Statement) -> tuple:
    opening, closing = (f"{each.amount} {each.currency}" if each else None for each in (found.opening, found.closing))
    details = sum(len(entry.details) for entry in found.entries)
    return (found.account, opening, closing, len(found.entries), details, found.credits, found.debits, found.is_balanced)


@pytest.mark.parametrize(("file", "expected"), files("ofx"))
def test_ofx(file, expected):
    found = read_statements(sample("ofx", file))
    assert sum(len(statement.entries) for statement in found) == expected["entries"]
    assert sum(line.amount is None for statement in found for line in statement.lines) == expected["unreadable_amounts"]
    assert sum(statement.credits for statement in found) == decimal(expected["credits"])
    assert sum(statement.debits for statement in found) == decimal(expected["debits"])
    assert [str(statement.closing.amount) for statement in found if statement.closing] == expected["ledger"]
    assert [statement.account for statement in found] == expected["account"]


@pytest.mark.parametrize(("file", "expected"), files("csv_bank"))
def test_csv(file, expected):
    (found,) = read_statements(sample("csv_bank", file))
    assert len(found.entries) == expected["rows"]
    assert (found.credits, found.debits) == (decimal(expected["credits"]), decimal(expected["debits"]))
    assert amount(found.opening) == decimal(expected.get("opening"))
    assert amount(found.closing) == decimal(expected.get("closing"))
    assert found.is_balanced is (True if expected.get("opening") else None)
