"""What a table that nobody described may mean, and what a profile made of it reads."""

from datetime import date
from typing import Any

import pytest

from invoices.intake.csv_table import parse_profile, read_table, write_profile
from invoices.intake.mapping import ROWS, amount_signs, date_formats, guess, preview, profile_of, see
from receivables.core.errors import Refused

POLISH = """\
Nr faktury;Kontrahent;NIP kontrahenta;Data wystawienia;Termin zapłaty;Wartość brutto;Wpłacono;Handlowiec
FV 1/2026;Sklep Ewa;5252248481;01.02.2026;15.02.2026;1 234,50;0,00;Jan
FV 2/2026;Sklep Ala;;13.02.2026;27.02.2026;12,00;2,50;Jan
""".encode("cp1250")
ON = date(2026, 3, 1)


def described(data: bytes, table: str = "invoices", **changes: Any) -> Any:
    seen = see(data)
    found = guess(seen, table)
    layout = {"dates": found.dates, "decimal": found.decimal, "thousands": found.thousands, "currency": "PLN"}
    return profile_of(seen, table, name="ours", columns=found.columns, **{**layout, **changes})


def test_a_polish_export_is_guessed_whole_and_read() -> None:
    seen = see(POLISH)
    assert (seen.delimiter, seen.headers[0], seen.samples(2), len(seen.rows)) == (";", "Nr faktury", ["5252248481"], 2)
    found = guess(seen, "invoices")
    assert found.columns == {
        "number": "Nr faktury", "customer_name": "Kontrahent", "tax_id": "NIP kontrahenta", "issued_on": "Data wystawienia",
        "due_on": "Termin zapłaty", "gross": "Wartość brutto", "paid_amount": "Wpłacono",
    }  # fmt: skip
    assert (found.dates, found.decimal, found.thousands) == (("%d.%m.%Y",), ",", (" ",))
    profile = described(POLISH)
    assert profile.ignored == ("Handlowiec",) and parse_profile(write_profile(profile)) == profile
    assert [str(row.gross) for row in read_table(POLISH, profile).rows] == ["1234.50", "12.00"]
    rows = preview(POLISH, profile, on=ON)
    assert rows[0].values[rows[0].values.index("1234.50") - 1] == "2026-02-15" and not any(row.problems for row in rows)


def test_the_preview_names_what_cannot_be_read() -> None:
    profile = described(POLISH, dates=("%Y-%m-%d",))
    first, _second = preview(POLISH, profile, on=ON)
    assert {problem.column for problem in first.problems} == {"Data wystawienia", "Termin zapłaty"} and "01.02.2026" in first.values


def test_only_the_first_rows_are_looked_at() -> None:
    rows = "".join(f"F{n},2026-01-01,2026-02-01,{n}.00,A\n" for n in range(1, 500))
    seen = see(f"Number,Issue date,Due date,Gross,Customer\n{rows}".encode())
    assert len(seen.rows) == ROWS and guess(seen, "invoices").columns["customer_name"] == "Customer"


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        (["2026-02-01"], "%Y-%m-%d"),
        (["01.02.2026", "13.02.2026"], "%d.%m.%Y"),
        (["01/02/2026"], "%d/%m/%Y"),
        (["01/02/2026", "02/13/2026"], "%m/%d/%Y"),
        (["31.02.2026"], "%Y-%m-%d"),
        ([], "%Y-%m-%d"),
    ],
)
def test_dates(cells: list[str], written: str) -> None:
    assert date_formats(cells) == (written,)


@pytest.mark.parametrize(
    ("cells", "signs"),
    [
        (["1 234,50", "7,00"], (",", (" ",))),
        (["1.234,50"], (",", (" ", "."))),
        (["1,234.50"], (".", (" ", ","))),
        (["12", "7"], (".", (" ",))),
    ],
)
def test_amounts(cells: list[str], signs: tuple[str, tuple[str, ...]]) -> None:
    assert amount_signs(cells) == signs


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"one\n1\n", "two at least"),
        (b"A;a\n1;2\n", "stands twice"),
        (b"%PDF-1.7", "a PDF"),
        (b'A;B\n"1;2\n', "never closed"),
        (";".join(f"c{n}" for n in range(300)).encode(), "at most 200"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        see(data, delimiter="" if data[:1] != b"A" else ";")


def test_each_kind_of_table_is_guessed_and_previewed() -> None:
    customers = b"Kod klienta;Nazwa;E-mail\nK1;Ewa;e@e.example\n"
    assert preview(customers, described(customers, "customers"), on=ON)[0].values == ("K1", "Ewa", "e@e.example")
    items = b"Numer,Saldo\nF/1,12.50\n"
    assert preview(items, described(items, "open_items"), on=ON)[0].problems == ()
