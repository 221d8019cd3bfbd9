"""A bank's table that nobody described: where its movements begin, what its columns may be, and what a layout made of it reads."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoices.statements.bank_csv import head_of, read
from invoices.statements.csv_profile import BankProfile, builtin_bank_profiles, parse_bank_profile, write_bank_profile
from invoices.statements.mapping import guess, layout_of, preview, see, skipped_rows
from invoices.statements.parsed import UnknownLayout
from invoices.statements.reading import check_layout
from receivables.core.errors import ProfileError, Refused

SPOLDZIELCZY = """\
Bank Spółdzielczy w Zgierzu;Historia rachunku
Okres;01.05.2026 - 31.05.2026

Dzień;Wpłynęło;Wypłynęło;Kto;Za co;Nr ref.
04.05.2026;1 234,50;;BETA S.A.;FV 7/2026;X1
06.05.2026;;-34,50;GAMMA;czynsz;X2
razem;1 234,50;34,50;;;
""".encode("cp1250")
CHOSEN = {0: "booked_on", 1: "credit", 2: "debit", 3: "counterparty", 4: "title", 5: "reference"}
BARE = b"2026-05-04,10.00,BETA,FV 1\n2026-05-05,-2.50,GAMMA,fee\n"


def described(data: bytes, columns: Mapping[int, str], **changes: Any) -> BankProfile:
    seen = see(data, **{name: changes.pop(name) for name in ("above", "is_named") if name in changes})
    _columns, found = guess(seen)
    decimal = "comma" if found.decimal == "," else "point"
    layout = {"dates": found.dates, "decimal": decimal, "currency": "PLN", "skipped": skipped_rows(data, seen)}
    return layout_of(seen, columns, name="ours", **{**layout, **changes})


def test_the_header_is_found_below_a_preamble_and_the_layout_reads_the_file_as_it_is_shown() -> None:
    seen = see(SPOLDZIELCZY)
    assert (seen.above, seen.is_named, seen.delimiter, seen.headers[1]) == (4, True, ";", "Wpłynęło")
    layout = described(SPOLDZIELCZY, CHOSEN, dates=("%d.%m.%Y",), decimal="comma")
    assert parse_bank_profile(write_bank_profile(layout)) == layout
    (found,) = read(SPOLDZIELCZY, layout)
    assert [(line.booked_on, line.amount, line.currency, line.counterparty, line.title) for line in found.lines] == [
        (date(2026, 5, 4), Decimal("1234.50"), "PLN", "BETA S.A.", "FV 7/2026"),
        (date(2026, 5, 6), Decimal("-34.50"), "PLN", "GAMMA", "czynsz"),
    ]
    shown = preview(SPOLDZIELCZY, layout, above=seen.above)
    assert shown.rows[0].values == ("2026-05-04", "1234.50", "PLN", "BETA S.A.", "", "FV 7/2026", "X1")
    assert [row.line for row in shown.rows] == [5, 6] and shown.passed_over == (7,)
    assert not any(row.problems for row in shown.rows)


def test_names_that_banks_use_are_guessed_with_their_formats() -> None:
    columns, found = guess(see(b"Data;Kwota;Opis\n13.05.2026;1.234,50;FV 1\n"))
    assert columns == {0: "booked_on", 1: "amount", 2: "title"} and (found.dates, found.decimal) == (("%d.%m.%Y",), ",")


def test_the_preview_says_of_each_line_what_is_wrong() -> None:
    shown = preview(SPOLDZIELCZY, described(SPOLDZIELCZY, CHOSEN, dates=("%Y-%m-%d",), decimal="comma"), above=4)
    assert [problem.reason for problem in shown.rows[0].problems] == ["'04.05.2026' is no day of the calendar."]
    without = preview(SPOLDZIELCZY, described(SPOLDZIELCZY, CHOSEN, dates=("%d.%m.%Y",), currency=""), above=4)
    assert "no currency" in without.rows[1].problems[0].reason


def test_without_a_header_columns_go_by_their_place_and_the_first_movement_is_one() -> None:
    seen = see(BARE)
    assert (seen.above, seen.is_named, seen.headers) == (0, False, ("1", "2", "3", "4"))
    layout = described(BARE, {0: "booked_on", 1: "amount", 2: "counterparty", 3: "title"})
    assert parse_bank_profile(write_bank_profile(layout)) == layout and layout.skipped == 0
    assert [line.amount for line in read(BARE, layout)[0].lines] == [Decimal("10.00"), Decimal("-2.50")]


def test_a_line_about_the_statement_itself_is_no_movement() -> None:
    data = b"2026-05-31,61109010140000071219812874,ALFA,1000.00\n" + BARE
    layout = described(data, {0: "booked_on", 1: "amount", 2: "counterparty", 3: "title"}, above=1, is_named=False)
    assert layout.skipped == 1 and len(read(data, layout)[0].lines) == 2


def test_of_two_columns_of_one_name_the_second_cannot_be_had_by_name() -> None:
    data = b"Data;Kwota;Tekst;Tekst\n2026-05-04;1.00;a;b\n"
    described(data, {0: "booked_on", 1: "amount", 2: "title"})
    with pytest.raises(ProfileError, match="stands twice"):
        described(data, {0: "booked_on", 1: "amount", 3: "title"})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"PK\x03\x04", "workbook"),
        (b":20:ST\n:25:PL61\n:28C:1/1\n:60F:C261121PLN0,00\n:62F:C261121PLN0,00\n-\n", "MT940"),
        (b"one;two\n1;2\n", "three columns"),
        (b"a\0b;c;d\n", "zero bytes"),
    ],
)
def test_what_needs_no_description_or_cannot_have_one_is_said(data: bytes, says: str) -> None:
    with pytest.raises(Refused) as refusal:
        see(data)
    assert says in refusal.value.text % refusal.value.facts


def test_a_table_without_a_layout_is_told_from_its_beginning() -> None:
    check_layout("Data;Kwota;Tytuł\n2026-05-04;1.00;a\n".encode())
    with pytest.raises(UnknownLayout):
        check_layout(SPOLDZIELCZY)
    with pytest.raises(UnknownLayout):
        check_layout(SPOLDZIELCZY, builtin_bank_profiles()["mbank"])


def test_the_beginning_of_a_long_file_is_never_cut_within_a_letter() -> None:
    data = ("ż" * 60 + "\n").encode() * 2_000
    assert set(head_of(data)) == {"ż", "\n"}


@pytest.mark.parametrize("name", builtin_bank_profiles())
def test_every_profile_is_written_as_it_is_read(name: str) -> None:
    profile = builtin_bank_profiles()[name]
    assert parse_bank_profile(write_bank_profile(profile)) == profile
