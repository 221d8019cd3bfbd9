"""XLSX workbooks made by hand, as small as spreadsheet programs accept them, and as broken as nobody would save them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
Cell = str | int | float | bool | date | None


def workbook(*rows: Sequence[Cell], parts: Mapping[str, str] | None = None, hidden: bool = False) -> bytes:
    """A workbook of one sheet; with `hidden` a first, hidden one before it. `parts` replace or join the parts by name."""
    state = '<sheet name="old" sheetId="2" state="hidden" r:id="r3"/>' if hidden else ""
    made = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": _relations(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook {NS} xmlns:r="{OFFICE}"><sheets>{state}<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            ("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "styles", "styles.xml"), ("r3", "worksheet", "worksheets/sheet2.xml")
        ),
        "xl/styles.xml": f'<styleSheet {NS}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet(*rows),
        "xl/worksheets/sheet2.xml": sheet(["hidden"]),
        **(parts or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in made.items():
            archive.writestr(name, text)
    return out.getvalue()


def sheet(*rows: Sequence[Cell]) -> str:
    """The XML of a sheet whose rows begin in A1; None leaves a cell out."""
    lines = [
        f'<row r="{n}">{"".join(_cell(f"{_column(at)}{n}", value) for at, value in enumerate(row, start=1) if value is not None)}</row>'
        for n, row in enumerate(rows, start=1)
    ]
    return f"<worksheet {NS}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def _cell(place: str, value: Cell) -> str:
    match value:
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case date():
            return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def _column(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _relations(*made: tuple[str, str, str]) -> str:
    links = "".join(f'<Relationship Id="{pk}" Type="{OFFICE}/{kind}" Target="{target}"/>' for pk, kind, target in made)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
