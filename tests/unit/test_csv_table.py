"""Tables of invoices: what is read, and every way in which a file is refused with line, column and reason."""

import csv
import dataclasses
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.intake.csv_table import (
    MAX_BYTES,
    ColumnProfile,
    Dispute,
    InvoiceRow,
    Payment,
    Problem,
    Table,
    builtin_profiles,
    check_size,
    read_table,
)
from invoices.states import DocumentKind, Kind
from receivables.core.errors import Refused
from tests.shared_files import SHARED, needs_shared

GENERIC = builtin_profiles()["generic"]
POLISH = builtin_profiles()["generic-pl"]
SAMPLE = builtin_profiles()["accounts-receivable-sample"]

HEADER = "Invoice number,Customer number,Issued,Due,Gross amount,Currency\n"
ROW = "F/1,C1,2026-02-01,2026-02-15,1234.50,PLN\n"
FIRST = InvoiceRow("F/1", date(2026, 2, 1), date(2026, 2, 15), Decimal("1234.50"), "PLN", customer_number="C1")


def read(text: str, profile: ColumnProfile = GENERIC) -> Table:
    return read_table(text.encode(), profile)


def row(text: str, profile: ColumnProfile = GENERIC) -> InvoiceRow:
    """The only row of a table."""
    table = read(text, profile)
    assert table.problems == ()
    (only,) = table.rows
    return only


def with_column(title: str, cell: str) -> str:
    return f"{HEADER.strip()},{title}\n{ROW.strip()},{cell}\n"


def test_a_plain_row() -> None:
    table = read(HEADER + ROW)
    assert table.rows == (FIRST,)
    assert (table.rows[0].line, table.encoding, table.problem_count) == (2, "utf-8", 0)
    assert table.fields == {"number", "customer_number", "issued_on", "due_on", "gross", "currency"}


def test_a_full_polish_row() -> None:
    text = (
        "Numer faktury;Rodzaj dokumentu;Numer własny;Numer klienta;Nabywca;Rodzaj nabywcy;NIP;E-mail;Telefon;Ulica;Kod pocztowy;"
        "Miejscowość;Kraj;Język;Data wystawienia;Termin płatności;Kwota brutto;Waluta;"
        "Przedmiot sprzedaży;Zapłacono;Data zapłaty;Sporna;Spór zakończono;Uwagi\n"
        'FV/1/2026;Faktura;Z-7;K1;"Żółw; i ""Spółka"" sp.\nz o.o.";Firma;526-00-01-246;ksiegowa@example.com;+48 500 100 100;ul. Łąkowa 1;'
        "00-001;Łódź;PL;pl;01.02.2026;2026-02-15;12 345,60;PLN;usługi;1 000,00;3.2.2026;Tak;;=1+1\n"
    )
    assert row(text, POLISH) == InvoiceRow(
        number="FV/1/2026",
        issued_on=date(2026, 2, 1),
        due_on=date(2026, 2, 15),
        gross=Decimal("12345.60"),
        currency="PLN",
        kind=DocumentKind.INVOICE,
        sale="services",
        reference="Z-7",
        customer_number="K1",
        customer_name='Żółw; i "Spółka" sp. z o.o.',
        customer_kind=Kind.BUSINESS,
        tax_id="526-00-01-246",
        email="ksiegowa@example.com",
        phone="+48 500 100 100",
        street="ul. Łąkowa 1",
        postcode="00-001",
        city="Łódź",
        country="PL",
        language="pl",
        payment=Payment(Decimal("1000.00"), date(2026, 2, 3)),
        dispute=Dispute(None),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
def test_the_encoding_is_recognised(encoding: str) -> None:
    text = "Numer faktury;Nabywca;Data wystawienia;Termin płatności;Kwota brutto\n1;PÓŁNOC ŻÓŁW „Ćma”;01.02.2026;15.02.2026;1,00\n"
    table = read_table(text.encode(encoding), POLISH)
    assert (table.problems, table.rows[0].customer_name, table.encoding) == ((), "PÓŁNOC ŻÓŁW „Ćma”", encoding.removesuffix("-sig"))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_line_ends_of_all_systems(ends: str) -> None:
    table = read_table((HEADER + "\n" + ROW + ",,,,,\n" + ROW.replace("F/1", "F/2")).replace("\n", ends).encode(), GENERIC)
    assert (table.problems, [row.line for row in table.rows]) == ((), [3, 5])


def test_a_line_is_where_its_record_begins() -> None:
    text = 'Invoice number,Customer,Issued,Due,Gross amount\nF/1,"A\nB\nC",2026-02-01,2026-02-15,1.00\nF/2,D,2026-02-01,2026-02-15,x\n'
    table = read(text)
    assert (table.rows[0].customer_name, table.rows[0].line, table.problems[0].line) == ("A B C", 2, 5)


@pytest.mark.parametrize(
    ("title", "cell", "field", "value"),
    [
        pytest.param(
            "Customer", '"=HYPERLINK(""http://x"",""y"")"', "customer_name", '=HYPERLINK("http://x","y")', id="a formula stays text"
        ),
        pytest.param("Customer", "+48 Sp. z o.o.", "customer_name", "+48 Sp. z o.o.", id="a name that looks like a formula"),
        pytest.param("Customer", "\u00a0 Ą\u00a0sp.  ", "customer_name", "Ą\u00a0sp.", id="spaces around a name"),
        pytest.param("Tax ID", "0000001234", "tax_id", "0000001234", id="leading zeros"),
        pytest.param("Customer kind", "b2c", "customer_kind", Kind.CONSUMER, id="a word of the profile in another case"),
        pytest.param("Customer kind", "public", "customer_kind", Kind.PUBLIC, id="our own word"),
        pytest.param("Customer kind", "", "customer_kind", Kind.UNKNOWN, id="nothing said about the kind"),
        pytest.param("Document kind", "Credit note", "kind", DocumentKind.CREDIT_NOTE, id="a credit note"),
        pytest.param("Paid", "34.50", "payment", Payment(Decimal("34.50"), None), id="paid in part, nobody knows when"),
        pytest.param("Paid", "1234.50", "payment", Payment(Decimal("1234.50"), None), id="paid in full"),
        pytest.param("Paid", "0.00", "payment", None, id="nothing paid"),
        pytest.param("Paid", "", "payment", None, id="nothing said about payment"),
        pytest.param("Disputed", "YES", "dispute", Dispute(None), id="disputed"),
        pytest.param("Disputed", "no", "dispute", None, id="not disputed"),
        pytest.param("Country", "DE", "country", "DE", id="a country"),
    ],
)
def test_a_cell_is_read(title: str, cell: str, field: str, value: object) -> None:
    assert getattr(row(with_column(title, cell)), field) == value


@pytest.mark.parametrize(
    ("profile", "cell", "amount"),
    [
        pytest.param(POLISH, "1234,5", "1234.50", id="one decimal"),
        pytest.param(POLISH, "1234", "1234.00", id="no decimals"),
        pytest.param(POLISH, "1 234 567,89", "1234567.89", id="groups with spaces"),
        pytest.param(POLISH, "1\u00a0234,00", "1234.00", id="groups with hard spaces"),
        pytest.param(POLISH, "1\u202f234,00", "1234.00", id="groups with narrow spaces"),
        pytest.param(dataclasses.replace(POLISH, thousands=(".", "'")), "1.234.567,89", "1234567.89", id="groups with points"),
        pytest.param(dataclasses.replace(POLISH, thousands=(".", "'")), "1'234,00", "1234.00", id="groups with apostrophes"),
        pytest.param(dataclasses.replace(POLISH, decimal=".", thousands=(",",)), "1,234.50", "1234.50", id="groups with commas"),
    ],
)
def test_an_amount_is_read_with_the_separators_of_the_profile(profile: ColumnProfile, cell: str, amount: str) -> None:
    assert read_polish(profile, cell).rows[0].gross == Decimal(amount)


def read_polish(profile: ColumnProfile, gross: str) -> Table:
    return read(f"Numer faktury;Nabywca;Data wystawienia;Termin płatności;Kwota brutto\n1;A;01.02.2026;15.02.2026;{gross}\n", profile)


@pytest.mark.parametrize(
    "cell",
    ["1.234,50", "1,234.50", "1 23,00", "12 34,00", "1  234,00", "1,234", "0,005", "1,", ",5", "1.5",
     "--5", "+5", "5-", "(5,00)", "5,00 zł", "5,00 PLN", "1e3", "1_000", "0x10",
     "NaN", "-Infinity", "1e400", "٥", "1\u00bd", "=1+1", "9" * 15, "1 000.00", "tak"],
)  # fmt: skip
def test_an_amount_that_could_mean_something_else_is_refused(cell: str) -> None:
    (problem,) = read_polish(POLISH, cell).problems
    assert (problem.line, problem.column) == (2, "Kwota brutto")


def test_a_credit_note_needs_no_day_of_payment() -> None:
    text = "Invoice number,Document kind,Customer,Issued,Due,Gross amount\nK/1,credit note,A,2026-02-01,,5.00\n"
    assert (row(text).kind, row(text).due_on) == (DocumentKind.CREDIT_NOTE, None)


def test_a_row_without_a_currency_has_that_of_the_company_else_of_the_profile() -> None:
    text = "Invoice number,Customer,Issued,Due,Gross amount\nF/1,A,2026-02-01,2026-02-15,5.00\n"
    assert [read_table(text.encode(), GENERIC, currency=code).rows[0].currency for code in (None, "EUR")] == ["PLN", "EUR"]


def test_a_constant_of_the_profile_fills_what_the_file_does_not_say() -> None:
    profile = dataclasses.replace(GENERIC, columns={k: v for k, v in GENERIC.columns.items() if k != "customer_kind"}, optional=())
    profile = dataclasses.replace(
        profile, optional=tuple(k for k in GENERIC.optional if k != "customer_kind"), constants={"customer_kind": "public"}
    )
    table = read(HEADER + ROW, profile)
    assert table.rows[0].customer_kind is Kind.PUBLIC
    assert "customer_kind" in table.fields


def test_a_row_that_comes_again_word_for_word_counts_once() -> None:
    table = read(HEADER + ROW + ROW.replace("1234.50", "1234.5") + ROW)
    assert (table.rows, table.problems, table.repeated) == ((FIRST,), (), 2)


def test_a_table_without_rows_has_none() -> None:
    assert read(HEADER) == Table(
        fields=frozenset({"number", "customer_number", "issued_on", "due_on", "gross", "currency"}), encoding="utf-8"
    )


def test_an_unnamed_column_may_stand_there_empty() -> None:
    assert read(HEADER.strip() + ",\n" + ROW.strip() + ",\n").rows == (FIRST,)


def test_headers_are_the_same_whatever_their_case_and_spaces() -> None:
    assert read(" INVOICE  number ,customer number,issued,DUE,Gross amount,currency\n" + ROW).rows == (FIRST,)


# -- refusals


def changed(**cells: str) -> str:
    """The plain table with other cells in its row, by header."""
    titles = HEADER.strip().split(",")
    row = dict(zip(titles, ROW.strip().split(","), strict=True)) | {name.replace("_", " "): cell for name, cell in cells.items()}
    return HEADER + ",".join(row.values()) + "\n"


BROKEN = [
    pytest.param(b"", 1, None, "The file is empty", id="an empty file"),
    pytest.param(b" \r\n\r\n", 1, None, "The file is empty", id="a file of empty lines"),
    pytest.param(b"%PDF-1.7\n...", 1, None, "This is a PDF", id="a PDF"),
    pytest.param(b"PK\x03\x04\x14\x00", 1, None, "an XLSX workbook or a ZIP", id="a workbook"),
    pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1", 1, None, "old Excel workbook", id="an old workbook"),
    pytest.param(b"\x89PNG\r\n", 1, None, "a picture", id="a picture"),
    pytest.param(b"\xef\xbb\xbf<?xml version='1.0'?>", 1, None, "an XML or HTML page", id="an XML document"),
    pytest.param(b'{"invoices": []}', 1, None, "JSON", id="a JSON document"),
    pytest.param((HEADER + ROW).encode() + b"F/2\0", 3, None, "zero bytes", id="a zero byte"),
    pytest.param((HEADER + ROW).encode("utf-16-le"), 1, None, "zero bytes", id="UTF-16 without its mark"),
    pytest.param(bytes(range(1, 256)) * 20, 3, None, "is no character in CP1250", id="binary"),
    pytest.param((HEADER + "Łódź,ąę,\n").encode() + b"\xc5,x\n", 3, None, "The byte 0xC5 is no character in UTF-8", id="a broken letter"),
    pytest.param(b"Numer\n\x81\n", 2, None, "no character in CP1250", id="a byte that no encoding has"),
    pytest.param(b"hello world\n", 1, "hello world", "is unknown to the profile generic", id="no table at all"),
    pytest.param(HEADER.replace("Issued", "Isued") + ROW, 1, "Isued", "did you mean Issued?", id="a slip in a header"),
    pytest.param(
        HEADER.replace(",Due", "") + ROW, 1, "Due", "is missing. The file has these columns: Invoice number", id="a missing column"
    ),
    pytest.param(
        HEADER.replace("Customer number", "Notes") + ROW, 1, "Customer number", "one column must name the customer", id="no customer"
    ),
    pytest.param(HEADER.replace("Due", "Issued") + ROW, 1, "Issued", "stands twice in the header: columns 3 and 4", id="a header twice"),
    pytest.param(HEADER.replace("Due", "issued ") + ROW, 1, "issued", "stands twice", id="a header twice, in another case"),
    pytest.param(
        (HEADER + ROW).replace(",", ";"), 1, None, "separated by a semicolon; the profile generic expects a comma", id="another separator"
    ),
    pytest.param((HEADER + ROW).replace(",", "\t"), 1, None, "separated by a tab", id="tabs"),
    pytest.param("a," * 1_000_000 + "\n", 1, None, "The header has 1,000,001 columns; at most 200", id="a million columns"),
    pytest.param(HEADER + "x," * 1_000_000 + "\n", 2, None, "The line has 1,000,001 cells, the header 6", id="a million cells"),
    pytest.param(HEADER + ROW.replace(",PLN", ""), 2, None, "The line has 5 cells, the header 6", id="a cell too few"),
    pytest.param(HEADER + ROW + ROW.replace("PLN", "PLN,x"), 3, None, "The line has 7 cells, the header 6", id="a cell too many"),
    pytest.param(HEADER.strip() + ",\n" + ROW.strip() + ",x\n", 2, None, "column without a header", id="a cell without a header"),
    pytest.param(HEADER + ROW + '"F/2,C1\n' + ROW * 3, 3, None, "is never closed", id="a quotation mark that is never closed"),
    pytest.param(HEADER + ROW + '"' + "x" * 200_000, 3, None, "far too long", id="a quotation mark and a long rest"),
    pytest.param(
        HEADER + '"F/1"x,C1,2026-02-01,2026-02-15,1.00,PLN\n', 2, None, "closes in the middle of a cell", id="a quotation mark within"
    ),
    pytest.param(changed(Invoice_number=""), 2, "Invoice number", "is empty; it must be filled in", id="no number"),
    pytest.param(changed(Customer_number=" "), 2, "Customer number", "is empty; it must be filled in", id="no customer number"),
    pytest.param(changed(Issued=""), 2, "Issued", "is empty", id="no day of issue"),
    pytest.param(changed(Due=""), 2, "Due", "is empty", id="no day of payment"),
    pytest.param(changed(Gross_amount=""), 2, "Gross amount", "is empty", id="no total"),
    pytest.param(changed(Currency=""), 2, "Currency", "is empty", id="a currency column without a currency"),
    pytest.param(changed(Due="2026-02-31"), 2, "Due", "no date of the calendar written 2026-12-31", id="31 February"),
    pytest.param(changed(Due="15.02.2026"), 2, "Due", "no date of the calendar", id="another date format"),
    pytest.param(changed(Due="2026-02-15 00:00"), 2, "Due", "no date of the calendar", id="a time of day"),
    pytest.param(changed(Due="46068"), 2, "Due", "no date of the calendar", id="a day number of Excel"),
    pytest.param(changed(Issued="0206-02-01"), 2, "Issued", "outside the years 1990 to 2100", id="a slip in the year"),
    pytest.param(changed(Issued="٢٠٢٦-02-01"), 2, "Issued", "no date of the calendar", id="Arabic digits"),
    pytest.param(changed(Due="2026-01-31"), 2, "Due", "2026-01-31 lies before the day of issue, 2026-02-01", id="due before issue"),
    pytest.param(changed(Currency="PLZ"), 2, "Currency", "'PLZ' is no currency code of ISO 4217", id="an unknown currency"),
    pytest.param(changed(Currency="pln"), 2, "Currency", "did you mean PLN?", id="a currency in small letters"),
    pytest.param(changed(Currency="zł"), 2, "Currency", "'zł' is no currency code", id="a sign for a currency"),
    pytest.param(changed(Gross_amount="-5.00"), 2, "Gross amount", "is negative (-5.00). A total must be positive", id="a negative total"),
    pytest.param(changed(Gross_amount="\u22125.00"), 2, "Gross amount", "is negative", id="a negative total with a typographic minus"),
    pytest.param(changed(Gross_amount="0.00"), 2, "Gross amount", "is zero", id="a total of zero"),
    pytest.param(changed(Gross_amount="5.001"), 2, "Gross amount", "more decimals than PLN knows (2)", id="too many decimals"),
    pytest.param(changed(Gross_amount="5.5", Currency="JPY"), 2, "Gross amount", "more decimals than JPY knows (0)", id="half a yen"),
    pytest.param(changed(Gross_amount="NaN"), 2, "Gross amount", "'NaN' is no amount; write it like 1234.50", id="not a number"),
    pytest.param(changed(Gross_amount="1e400"), 2, "Gross amount", "is no amount", id="an exponent"),
    pytest.param(changed(Gross_amount="100000000000000"), 2, "Gross amount", "no amount that can be booked", id="more money than there is"),
    pytest.param(changed(Gross_amount='"1,234.50"'), 2, "Gross amount", "is no amount", id="a separator that the profile does not know"),
    pytest.param(
        changed(Customer_number="1.23E+25"), 2, "Customer number", "a number that a spreadsheet has shortened", id="a shortened number"
    ),
    pytest.param(changed(Invoice_number='"F\n1"'), 2, "Invoice number", "line break or a tab", id="a number over two lines"),
    pytest.param(changed(Invoice_number="F" * 101), 2, "Invoice number", "has 101 characters; at most 100", id="a long number"),
    pytest.param(
        changed(Invoice_number="F" * 10_001), 2, "Invoice number", "has 10,001 characters; a cell may have 10,000", id="a huge cell"
    ),
    pytest.param(changed(Invoice_number="F\x07"), 2, "Invoice number", "cannot be seen (U+0007)", id="a bell"),
    pytest.param(changed(Invoice_number="F\u202e1"), 2, "Invoice number", "cannot be seen (U+202E)", id="writing turned round"),
    pytest.param(
        HEADER + ROW + ROW.replace("1234.50", "99.00"), 3, "Invoice number", "'F/1' stands on line 2 and on line 3", id="a number twice"
    ),
    pytest.param(with_column("Paid", "-1.00"), 2, "Paid", "-1.00 is negative", id="a negative payment"),
    pytest.param(with_column("Paid", "1234.51"), 2, "Paid", "1234.51 is more than the total", id="more paid than owed"),
    pytest.param(with_column("Paid", "yes"), 2, "Paid", "'yes' is no amount", id="a word for an amount"),
    pytest.param(with_column("Paid,Paid on", ",2026-02-03"), 2, "Paid on", "says when, but not how much", id="a day of payment alone"),
    pytest.param(with_column("Disputed", "maybe"), 2, "Disputed", "'maybe' is unknown. Allowed: yes, no", id="perhaps disputed"),
    pytest.param(with_column("Customer kind", "frim"), 2, "Customer kind", "'frim' is unknown", id="an unknown kind of customer"),
    pytest.param(with_column("Document kind", "invioce"), 2, "Document kind", "did you mean invoice?", id="a slip in the kind of document"),
    pytest.param(with_column("Country", "Poland"), 2, "Country", "'Poland' is no code", id="a country in words"),
    pytest.param(with_column("Language", "PL"), 2, "Language", "write two letters such as pl", id="a language in capitals"),
]


@pytest.mark.parametrize(("data", "line", "column", "says"), BROKEN)
def test_a_broken_file_is_refused_with_line_column_and_reason(data: bytes | str, line: int, column: str | None, says: str) -> None:
    table = read_table(data if isinstance(data, bytes) else data.encode(), GENERIC)
    assert [(problem.line, problem.column) for problem in table.problems if says in problem.reason] == [(line, column)]
    assert len(table.rows) < 2


def test_all_that_is_wrong_with_a_row_is_told_at_once() -> None:
    table = read(changed(Invoice_number="", Due="soon", Gross_amount="-1", Currency="EUR"))
    assert [problem.column for problem in table.problems] == ["Invoice number", "Due", "Gross amount"]


def test_good_rows_are_read_beside_broken_ones() -> None:
    table = read(HEADER + ROW + ROW.replace("F/1", "F/2").replace("PLN", "x") + ROW.replace("F/1", "F/3"))
    assert ([row.number for row in table.rows], [problem.line for problem in table.problems]) == (["F/1", "F/3"], [3])


def test_a_settlement_that_contradicts_the_payment_is_refused() -> None:
    columns = {
        "number": "No",
        "customer_name": "Name",
        "issued_on": "Issued",
        "due_on": "Due",
        "gross": "Total",
        "settled_on": "Settled",
        "paid_amount": "Paid",
    }
    profile = ColumnProfile("settled", columns)
    text = "No,Name,Issued,Due,Total,Settled,Paid\n1,A,2026-02-01,2026-02-15,5.00,2026-02-10,{}\n"
    assert row(text.format("5.00"), profile).payment == Payment(Decimal("5.00"), date(2026, 2, 10))
    assert row(text.format(""), profile).payment == Payment(Decimal("5.00"), date(2026, 2, 10))
    (problem,) = read(text.format("4.00"), profile).problems
    assert problem == Problem(2, "Paid", "4.00 is not the total, yet the invoice is said to be settled on 2026-02-10.")


def test_a_hundred_problems_are_told_and_the_rest_counted() -> None:
    table = read(HEADER + "x\n" * 123)
    assert (len(table.problems), table.problem_count) == (101, 123)
    assert table.problems[-1] == Problem(102, None, "and 23 more, from this line on.")


def test_a_file_of_nothing_but_faults_is_not_read_to_its_end() -> None:
    table = read(HEADER + "x\n" * 1_000_000)
    assert table.problem_count == 10_000
    assert table.problems[-1] == Problem(102, None, "and 9,900 more; the file was not read to its end.")


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    check_size(MAX_BYTES)
    with pytest.raises(Refused, match=r"The file has 200\.0 MB; at most 50 MB are read"):
        check_size(200 * 1024 * 1024)


# -- whatever is written comes back

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=40)
texts = words.map(str.strip).filter(bool)
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@st.composite
def rows(draw: st.DrawFn) -> InvoiceRow:
    issued_on, due_on = sorted([draw(days), draw(days)])
    gross = draw(st.decimals("0.01", 10**9, places=2))
    paid = draw(st.none() | st.decimals("0.01", gross, places=2))
    return InvoiceRow(
        number=draw(texts),
        issued_on=issued_on,
        due_on=due_on,
        gross=gross,
        currency=draw(st.sampled_from(["PLN", "EUR", "USD"])),
        kind=draw(st.sampled_from(DocumentKind)),
        customer_number=draw(texts),
        customer_name=draw(texts),
        customer_kind=draw(st.sampled_from(Kind)),
        payment=Payment(paid, draw(st.none() | days)) if paid else None,
        dispute=draw(st.none() | st.just(Dispute(None))),
    )


def as_csv(rows: list[InvoiceRow], *, delimiter: str, decimal: str) -> str:
    file = io.StringIO(newline="")
    titles = ["Numer faktury", "Rodzaj dokumentu", "Numer klienta", "Nabywca", "Rodzaj nabywcy", "Data wystawienia", "Termin płatności"]
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow([*titles, "Kwota brutto", "Waluta", "Zapłacono", "Data zapłaty", "Sporna"])
    for row in rows:
        payment = row.payment or Payment(Decimal(0), None)
        amounts = [str(amount).replace(".", decimal) for amount in (row.gross, payment.amount)]
        who = (row.customer_number, row.customer_name, row.customer_kind)
        what = (row.issued_on, f"{row.due_on:%d.%m.%Y}", amounts[0], row.currency, amounts[1], payment.on or "")
        writer.writerow([row.number, row.kind, *who, *what, "tak" if row.dispute else "nie"])
    return file.getvalue()


@given(st.lists(rows(), max_size=5, unique_by=lambda row: row.number), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(",."))
def test_rows_that_are_written_come_back_the_same(rows: list[InvoiceRow], delimiter: str, decimal: str) -> None:
    profile = dataclasses.replace(POLISH, delimiter=delimiter, decimal=decimal)
    table = read(as_csv(rows, delimiter=delimiter, decimal=decimal), profile)
    assert (list(table.rows), table.problems) == (rows, ())


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: (HEADER + ROW).encode() + rest))
def test_no_bytes_at_all_break_the_reader(data: bytes) -> None:
    table = read_table(data, GENERIC)
    assert table.rows or table.problems or data.startswith(HEADER.encode())


# -- the ledger that we share (its README gives the totals)


@needs_shared
def test_the_sample_ledger_has_the_totals_of_its_readme() -> None:
    table = read_table((SHARED / "samples/ledger/accounts_receivable_2012_2013.csv").read_bytes(), SAMPLE)
    late = [row for row in table.rows if row.payment and row.payment.on and row.due_on and row.payment.on > row.due_on]
    assert (table.problems, len(table.rows), table.repeated) == ((), 2466, 0)
    assert sum(row.gross for row in table.rows) == Decimal("147703.18")
    assert len({row.customer_number for row in table.rows}) == 100
    assert sum(row.dispute is not None for row in table.rows) == 561
    assert (len(late), sum(row.gross for row in late)) == (877, Decimal("53960.78"))
    assert min(row.issued_on for row in table.rows) == date(2012, 1, 3)
    assert max(row.payment.on for row in table.rows if row.payment and row.payment.on) == date(2014, 1, 9)


@needs_shared
@pytest.mark.parametrize(
    ("day", "open_", "overdue"),
    [
        pytest.param(date(2012, 12, 31), (99, "5725.06"), (13, "788.74"), id="at the end of 2012"),
        pytest.param(date(2013, 12, 31), (13, "761.90"), (10, "555.65"), id="at the end of 2013"),
    ],
)
def test_the_sample_ledger_was_open_as_its_readme_says(day: date, open_: tuple[int, str], overdue: tuple[int, str]) -> None:
    table = read_table((SHARED / "samples/ledger/accounts_receivable_2012_2013.csv").read_bytes(), SAMPLE)
    rows = [row for row in table.rows if row.issued_on <= day and row.payment and row.payment.on and row.payment.on > day]
    late = [row for row in rows if row.due_on and row.due_on < day]
    assert (len(rows), sum(row.gross for row in rows)) == (open_[0], Decimal(open_[1]))
    assert (len(late), sum(row.gross for row in late)) == (overdue[0], Decimal(overdue[1]))


def test_a_settled_and_disputed_row_of_the_sample_kind() -> None:
    text = (
        "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,PaperlessBill,DaysToSettle,DaysLate\n"
        "406,8976-AMJEO,3/3/2012,0007900770,1/26/2013,2/25/2013,61.74,Yes,3/3/2013,Electronic,36,6\n"
        "391,0379-NEVHP,4/6/2013,0000611365,1/2/2013,2/1/2013,55.94,No,,Paper,13,0\n"
    )
    table = read(text, SAMPLE)
    assert table.problems == ()
    settled, unsettled = table.rows
    assert (settled.payment, settled.dispute) == (Payment(Decimal("61.74"), date(2013, 3, 3)), Dispute(date(2013, 3, 3)))
    assert (settled.number, settled.customer_number, settled.customer_kind, settled.currency) == (
        "0007900770",
        "8976-AMJEO",
        Kind.BUSINESS,
        "PLN",
    )
    assert (unsettled.payment, unsettled.dispute) == (None, None)


# -- what segments ask for


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        pytest.param("vip", ("vip",), id="one"),
        pytest.param('"vip, late payer;vip"', ("vip", "late payer"), id="several, each once, in their order"),
        pytest.param("a|b", ("a", "b"), id="with bars"),
        pytest.param("", (), id="none"),
        pytest.param('" , "', (), id="only separators"),
    ],
)
def test_tags_are_words_of_one_cell(cell: str, tags: tuple[str, ...]) -> None:
    assert row(with_column("Tags", cell)).tags == tags


@pytest.mark.parametrize(("cell", "says"), [("yes", True), ("NO", False), ("", None)])
def test_yes_no_or_nothing(cell: str, says: bool | None) -> None:
    assert row(with_column("Subscription", cell)).is_subscription is says
    assert row(with_column("Insured", cell)).is_insured is says


def test_polish_words_for_them() -> None:
    titles = "Numer faktury;Numer klienta;Data wystawienia;Termin płatności;Kwota brutto;Forma płatności;Abonament;Znaczniki;Ubezpieczony"
    read_so = row(f'{titles}\nF/1;C1;01.02.2026;15.02.2026;1,00;karta;tak;"vip; stały";nie\n', POLISH)
    assert (read_so.payment_method, read_so.is_subscription, read_so.tags, read_so.is_insured) == ("karta", True, ("vip", "stały"), False)


@pytest.mark.parametrize(
    ("title", "cell", "says"),
    [
        pytest.param("Subscription", "maybe", "'maybe' is unknown", id="no word of ours"),
        pytest.param("Insured", "1", "'1' is unknown", id="no figure"),
        pytest.param("Payment method", "x" * 41, "41 characters; at most 40", id="a long method"),
        pytest.param("Tags", "x" * 41, "41 characters; a tag may have 40", id="a long tag"),
        pytest.param("Tags", "|".join(map(str, range(21))), "21 words; at most 20", id="many tags"),
        pytest.param("Tags", "a\u200bb", "cannot be seen (U+200B)", id="a hidden character"),
    ],
)
def test_what_segments_could_not_use_is_refused_with_its_place(title: str, cell: str, says: str) -> None:
    (problem,) = read(with_column(title, cell)).problems
    assert (problem.line, problem.column) == (2, title) and says in problem.reason
