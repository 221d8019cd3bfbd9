"""XLSX workbooks: cells as the profile writes them, and what could fill the memory refused before it is read."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.intake.csv_table import builtin_profiles, read_table
from invoices.intake.records import Unreadable
from invoices.intake.workbook import workbook_records
from tests.workbooks import NS, OFFICE, PACKAGE, Cell, sheet, workbook

HEADER = ("Invoice number", "Customer number", "Issued", "Due", "Gross amount")
ROW: tuple[Cell, ...] = ("F/1", "K1", date(2026, 3, 1), date(2026, 3, 15), 100.5)


def lines(data: bytes, *, dates: str = "%Y-%m-%d", decimal: str = ".") -> list[tuple[int, list[str]]]:
    return list(workbook_records(data, dates=dates, decimal=decimal, most_columns=200))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param("F/1", "F/1", id="text"),
        pytest.param("00123", "00123", id="a number kept as text"),
        pytest.param(1001, "1001", id="a whole number"),
        pytest.param(1234.5, "1234,5", id="a fraction, as the profile writes it"),
        pytest.param(0.1 + 0.2, "0,3", id="what a spreadsheet shows of a sum"),
        pytest.param(1e-7, "0,0000001", id="a small one, without an exponent"),
        pytest.param(-2.5, "-2,5", id="a negative one"),
        pytest.param(12345678901234567890, "1,23456789012346e+19", id="one that was shortened"),
        pytest.param(True, "yes", id="true"),
        pytest.param(date(2026, 3, 1), "01.03.2026", id="a day"),
        pytest.param("=1+1", "=1+1", id="a formula stays text"),
    ],
)
def test_a_cell_is_text_as_the_profile_writes_it(cell: Cell, text: str) -> None:
    assert lines(workbook([cell]), dates="%d.%m.%Y", decimal=",") == [(1, [text])]


def test_a_line_is_what_the_spreadsheet_shows() -> None:
    assert lines(workbook([None], [None, "a"], [], [None, "b"])) == [(2, ["", "a"]), (4, ["", "b"])]


def test_a_far_line_that_has_no_cells_is_no_reach() -> None:
    text = sheet(["a"]).replace("</sheetData>", '<row r="1048576" ht="12"/></sheetData>')  # as LibreOffice ends a formatted sheet
    assert lines(one_sheet(text)) == [(1, ["a"])]


def test_what_the_measures_miss_ends_with_the_process_that_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoices.intake.workbook._measure", lambda *_: None)
    for data in (far("XFD1048576", 1048576), far("GR1048576", 1048576), moved("s/sheet1.xml")):
        with pytest.raises(Unreadable, match=r"far too much|too much for one file"):
            lines(data)


def test_the_first_sheet_that_can_be_seen_is_read() -> None:
    assert lines(workbook(["seen"], hidden=True)) == [(1, ["seen"])]


def test_a_formula_without_a_value_is_empty() -> None:
    formula = f'<worksheet {NS}><sheetData><row r="1"><c r="A1"><f>B1*2</f></c><c r="B1"><v>1</v></c></row></sheetData></worksheet>'
    assert lines(workbook(parts={"xl/worksheets/sheet1.xml": formula})) == [(1, ["", "1"])]


def test_invoices_come_from_a_workbook_as_from_a_table() -> None:
    table = read_table(workbook(HEADER, ROW), builtin_profiles()["generic"])
    assert (table.problems, table.format) == ((), "xlsx")
    assert [(row.number, row.issued_on, row.gross, row.line) for row in table.rows] == [("F/1", date(2026, 3, 1), Decimal("100.50"), 2)]


@pytest.mark.parametrize(
    ("title", "cell", "says"),
    [
        pytest.param("Tax ID", 5260250274, "is stored as a number", id="a tax number that may have lost a zero"),
        pytest.param("Postcode", 1067, "is stored as a number", id="a postcode that has"),
        pytest.param("Phone", 4.85001001e25, "has shortened", id="a phone that was shortened"),
        pytest.param("Paid", 10.005, "decimals", id="a fraction of a grosz"),
        pytest.param("Paid on", 46000, "is no date", id="a day that was formatted as a number"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_is_refused_with_its_place(title: str, cell: Cell, says: str) -> None:
    titles = (*HEADER, title) if title != "Paid on" else (*HEADER, title, "Paid")
    values = (*ROW, cell) if title != "Paid on" else (*ROW, cell, 10)
    table = read_table(workbook(titles, values), builtin_profiles()["generic"])
    assert [(problem.line, problem.column) for problem in table.problems if says in problem.reason] == [(2, title)]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w", force_zip64=True) as part:
        for _ in range(420):
            part.write(b" " * 1024 * 1024)
    return out.getvalue()


def lying(data: bytes) -> bytes:
    """The same archive, whose directory says that every part is one byte long."""
    return data.replace(b"PK\x01\x02", b"PK\x01\x03")


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


def one_sheet(text: str) -> bytes:
    return workbook(parts={"xl/worksheets/sheet1.xml": text})


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{place}"><v>1</v></c></row>'


def far(place: str, row: int) -> bytes:
    return one_sheet(f"<worksheet {NS}><sheetData>{FAR.format(place=place, row=row)}</sheetData></worksheet>")


def unplaced(cell: str) -> bytes:
    return one_sheet(f'<worksheet {NS}><sheetData><row r="1048576">{cell}</row></sheetData></worksheet>')


def moved(place: str) -> bytes:
    """A sheet that reaches into the last corner, kept where no spreadsheet program keeps it."""
    text = f"<worksheet {NS}><sheetData>{FAR.format(place='XFD1048576', row=1048576)}</sheetData></worksheet>"
    links = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="{place}"/></Relationships>'
    )
    return workbook(parts={f"xl/{place}": text, "xl/_rels/workbook.xml.rels": links})


def shared_text() -> bytes:
    """Twenty thousand cells that share a text of a megabyte: 20 GB for who copies it into each."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    links = (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    return workbook(
        parts={
            "xl/_rels/workbook.xml.rels": links,
            "xl/sharedStrings.xml": f"<sst {NS}><si><t>{'x' * 1024 * 1024}</t></si></sst>",
            "xl/worksheets/sheet1.xml": f"<worksheet {NS}><sheetData>{cells}</sheetData></worksheet>",
        }
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"PK\x03\x04\x14\x00", "damaged or locked", id="only a beginning"),
        pytest.param(lying(workbook(["a"])), "damaged or locked", id="a broken directory"),
        pytest.param(archive("invoices.csv"), "a ZIP archive, not a table", id="a ZIP of something else"),
        pytest.param(archive("xl/workbook.xml", *(f"{n}.xml" for n in range(600))), "601 parts", id="too many parts"),
        pytest.param(bomb(), "more than 400 MB", id="a bomb"),
        pytest.param(far("XFD1048576", 1048576), "at most 200 columns", id="a cell in the last corner"),
        pytest.param(far("GR1048576", 1048576), "too much for one file", id="a cell in the last line"),
        pytest.param(far("xfd2", 2), "at most 200 columns", id="a column in small letters"),
        pytest.param(unplaced("<c><v>1</v></c>"), "does not say where its cells stand", id="cells without a place"),
        pytest.param(
            unplaced('<c><v>1</v><x r="A1"/></c>'), "does not say where its cells stand", id="cells without a place beside what has one",
        ),
        pytest.param(
            unplaced("""<c t=' r="A1"'><v>1</v></c>"""), "does not say where its cells stand", id="cells with a place in a text",
        ),
        pytest.param(unplaced('<c t="n" r="XFD1"><v>1</v></c>'), "at most 200 columns", id="a place behind another attribute"),
        pytest.param(moved("s/sheet1.xml"), "at most 200 columns", id="a far cell in a part of another name"),
        pytest.param(moved("Worksheets/Sheet1.XML"), "at most 200 columns", id="a far cell in a part of another case"),
        pytest.param(shared_text(), "far too much", id="a long text that many cells share"),
        pytest.param(one_sheet(f'<!DOCTYPE x [<!ENTITY a "b">]>{sheet(["a"])}'), "entities of its own", id="entities"),
        pytest.param(workbook(parts={"xl/worksheets/sheet1.xml": "<work"}), "", id="no XML"),
        pytest.param(workbook(parts={"xl/workbook.xml": f"<workbook {NS}><sheets/></workbook>"}), "no sheet", id="no sheet"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_to_be_read_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        lines(data)
    assert says in refusal.value.reason


@given(st.binary(max_size=300), st.integers(0, 3000), st.integers(0, 300))
def test_no_bytes_at_all_break_the_reader(rest: bytes, at: int, length: int) -> None:
    whole = workbook(HEADER, ROW)
    read_table(b"PK\x03\x04" + rest, builtin_profiles()["generic"])
    read_table(whole[:at] + rest + whole[at + length :], builtin_profiles()["generic"])
