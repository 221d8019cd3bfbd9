"""XLSX workbooks to the same records as CSV: the first visible sheet, values only. What could fill the memory is refused before it is read.

A workbook is a ZIP of XML. Its packed size says nothing, so each part is unpacked once in pieces and measured: how many bytes, no
entities, and how far the cells reach, for the reader lays out the whole rectangle. What measures cannot see, a text of a megabyte that a
thousand cells share, ends with the bounded process that does the reading.
"""

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from invoices.intake.children import answer_of
from invoices.intake.records import Numbered, Unreadable
from invoices.intake.workbook_child import MOST_CELLS, UNREADABLE

MOST_PARTS = 500
MOST_UNPACKED = 400 * 1024 * 1024  # bytes of all parts
SECONDS = 90.0
_PIECE = 1024 * 1024
_LIST = 128 * 1024
_OVERLAP = 200
_CELL = re.compile(rb"""<(?:[^\s<>/:="']+:)?c[\s/>]""")
# A cell that says where it stands: its own attribute r, after whole attributes of other names, and no text that only looks so.
_PLACED = re.compile(
    rb"""<(?:[^\s<>/:="']+:)?c(?:\s+(?!r[\s=])[^\s<>/="']+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s+r\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']"""
)
_SHEET = re.compile(rb"""<(?:[^\s<>/:="']+:)?sheetData[\s/>]""")
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
    return _read(data, dates, decimal)


def _read(data: bytes, dates: str, decimal: str) -> Iterator[Numbered]:
    """What the process wrote: a record a line, as [line, cells], a figure as a list of its own."""
    try:
        code, answer = answer_of("invoices.intake.workbook_child", dates, decimal, data=data, seconds=SECONDS)
    except TimeoutError:
        raise Unreadable(1, "The workbook could not be read in time. Split it, or save the sheet as CSV.") from None
    if code == UNREADABLE:
        raise Unreadable(*json.loads(answer[answer.rfind(b"\n") + 1 :]))
    if code:
        raise Unreadable(1, "The workbook cannot be read: it is broken, or unpacks to far too much. Save the sheet as CSV and try again.")
    return _records(io.BytesIO(answer))


def _records(answer: io.BytesIO) -> Iterator[Numbered]:
    for record in answer:
        line, cells = json.loads(record)
        yield line, [cell if isinstance(cell, str) else Figure(cell[0]) for cell in cells]


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
    reach = _Reach(most_columns)
    before = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise Unreadable(1, f"Unpacked, it has more than {MOST_UNPACKED // 1024 // 1024} MB. Split it, or save it as CSV.")
            seen = before + piece
            if _ENTITIES.search(seen):
                raise Unreadable(1, "The workbook defines entities of its own, which no spreadsheet program does. It is not read.")
            reach.is_sheet = reach.is_sheet or bool(_SHEET.search(seen))
            before = reach.look(seen) if reach.is_sheet else seen[-_OVERLAP:]
    reach.judge()
    return left


class _Reach:
    """How far the cells of a part reach: their last row and column. Cells that do not say where they stand are counted.

    A sheet is what holds sheet data, under whatever name it is kept. Lines and their numbers alone lay out nothing.
    """

    def __init__(self, most_columns: int) -> None:
        self.most_columns = most_columns
        self.is_sheet = False
        self.row = self.column = self.cells = self.placed = 0

    def look(self, text: bytes) -> bytes:
        """Look through a piece; returns the end of it, from its last whole tag on, to be looked at with the next one."""
        end = text.rfind(b">") + 1
        text, rest = text[:end], text[end:]
        if len(rest) > _PIECE:
            raise Unreadable(1, "The workbook has a tag without an end. It is not read.")
        places = _PLACED.findall(text)
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
