"""XLSX workbooks to the same records as CSV: the first visible sheet, values only. What could fill the memory is refused before it is read.

A workbook is a ZIP of XML. Its packed size says nothing, so each part is unpacked once in pieces and measured: how many bytes, no
entities, and how far the cells reach, for the reader lays out the whole rectangle.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from invoices.intake.records import Numbered, Unreadable

MOST_PARTS = 500
MOST_UNPACKED = 400 * 1024 * 1024  # bytes of all parts
MOST_CELLS = 6_000_000  # rows times columns: 100,000 rows of 60 columns
_PIECE = 1024 * 1024
_LIST = 128 * 1024
_OVERLAP = 200
_PLACE = re.compile(rb"""[\s]r\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_CELL = re.compile(rb"<(?:[A-Za-z0-9]+:)?c[\s/>]")
# What `zipfile` raises for bytes that are no sound archive, passwords and unknown packings among them.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, IndexError)
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class Figure(str):
    """The text of a cell that the workbook holds as a number."""

    __slots__ = ()


def looks_like(data: bytes) -> bool:
    """Whether an archive is a workbook, by the list of its parts, which stands at its end."""
    return data.startswith(b"PK\x03\x04") and data.rfind(b"xl/workbook.xml", max(len(data) - _LIST, 0)) >= 0


def workbook_records(data: bytes, *, dates: str, decimal: str, most_columns: int) -> Iterator[Numbered]:
    """The rows of the first visible sheet, with the numbers that a spreadsheet shows; empty ones left out. Raises `Unreadable`.

    `dates` and `decimal` are how the profile writes days and amounts: cells that hold them are written so, and read by it again.
    """
    _measure(data, most_columns)
    return _rows(*_first_sheet(data), dates, decimal)


def _rows(top: int, left: int, rows: list[list[Any]], dates: str, decimal: str) -> Iterator[Numbered]:
    for line, row in enumerate(rows, start=top + 1):
        cells = [cell_text(value, dates, decimal) for value in row]
        if any(cell.strip() for cell in cells):
            yield line, [""] * left + cells


def cell_text(value: Any, dates: str, decimal: str) -> str:
    """What a cell says, as the profile writes it. A number shows the 15 digits that a spreadsheet knows; a moment is its day."""
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case datetime() | date():
            return value.strftime(dates)
        case int() | float():
            return Figure(_digits(float(value)).replace(".", decimal))
    return str(value)


def _digits(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if abs(value) >= 1e15:
        return f"{value:.15g}"  # told as what it is: shortened
    return f"{Decimal(f'{value:.15g}'):f}"


def _first_sheet(data: bytes) -> tuple[int, int, list[list[Any]]]:
    """Line and column in which the filled rectangle of the sheet begins, both from 0, and its rows."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in book.sheets_metadata:
            if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible:
                sheet = book.get_sheet_by_name(meta.name)
                return *(sheet.start or (0, 0)), sheet.to_python(skip_empty_area=True)
    except PasswordError:
        raise Unreadable(1, "The workbook is locked with a password. Save it without one.") from None
    except (CalamineError, ValueError, OSError) as fault:
        raise Unreadable(1, f"The workbook cannot be read: {fault}. Open it in a spreadsheet program and save it again.") from None
    raise Unreadable(1, "The workbook has no sheet that can be seen.")


def _measure(data: bytes, most_columns: int) -> None:
    """Unpack each part once, in pieces that are thrown away, and refuse what is too much."""
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise Unreadable(1, "This is a ZIP archive, not a table. Unpack it, or save the sheet as XLSX or CSV.")
            if len(parts) > MOST_PARTS:
                raise Unreadable(1, f"The workbook has {len(parts):,} parts; at most {MOST_PARTS} are read.")
            for part in parts:
                left = _measure_part(archive, part, left, most_columns)
    except _DAMAGED:
        raise Unreadable(1, "This is an XLSX workbook or a ZIP archive, but a damaged or locked one. Open it and save it again.") from None


def _measure_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, most_columns: int) -> int:
    """What is left of the bytes allowed after this part."""
    reach = _Reach(most_columns) if part.filename.startswith("xl/worksheets/") else None
    before = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise Unreadable(1, f"Unpacked, it has more than {MOST_UNPACKED // 1024 // 1024} MB. Split it, or save it as CSV.")
            seen = before + piece
            if _ENTITIES.search(seen):
                raise Unreadable(1, "The workbook defines entities of its own, which no spreadsheet program does. It is not read.")
            before = reach.look(seen) if reach else seen[-_OVERLAP:]
    if reach:
        reach.judge()
    return left


class _Reach:
    """How far the cells of a sheet reach: their last row and column. Cells that do not say where they stand are counted."""

    def __init__(self, most_columns: int) -> None:
        self.most_columns = most_columns
        self.row = self.column = self.cells = self.placed = 0

    def look(self, text: bytes) -> bytes:
        """Look through a piece; returns the end of it, from its last whole tag on, to be looked at with the next one."""
        end = text.rfind(b">") + 1
        text, rest = text[:end], text[end:]
        if len(rest) > _PIECE:
            raise Unreadable(1, "The workbook has a tag without an end. It is not read.")
        places = _PLACE.findall(text)
        self.cells += len(_CELL.findall(text))
        self.placed += len(places)
        if places:
            self.row = max(self.row, max(int(row) for _, row in places))
            self.column = max(self.column, *(_number_of(column) for column in {column for column, _ in places}))
        return rest

    def judge(self) -> None:
        """Raise `Unreadable` where the rectangle is too large to be laid out."""
        if self.placed < self.cells:
            raise Unreadable(1, "The workbook does not say where its cells stand. Open it in a spreadsheet program and save it again.")
        if self.column > self.most_columns:
            raise Unreadable(1, f"A cell stands in column {self.column:,}; at most {self.most_columns} columns are read.")
        if self.row * self.column > MOST_CELLS:
            raise Unreadable(self.row, f"The sheet reaches to line {self.row:,} in {self.column} columns: too much for one file. Split it.")


def _number_of(column: bytes) -> int:
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - 64
    return number
