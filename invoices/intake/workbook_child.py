"""The process that reads a workbook: `python -m invoices.intake.workbook_child DATES DECIMAL`, the XLSX comes in, JSON lines go out.

One line is one record: its line in the sheet and its cells, a number as a list of its one text. Ends with 0, or with `UNREADABLE` and
[line, reason] where it can say what is wrong; any other end means that the workbook cannot be read.
"""

import io
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from invoices.intake.children import bound
from invoices.intake.records import Unreadable

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

UNREADABLE = 3
MOST_CELLS = 6_000_000  # rows times columns: 100,000 rows of 60 columns
MOST_WRITTEN = 128 * 1024 * 1024  # bytes, held by the process that asked; a table as CSV may have 50 MB
MEMORY = 704 * 1024 * 1024  # of address space: six million cells need 450 MB of it, and a container has little more than this
CPU_SECONDS = 60
Written = str | list[str]


def main(requests: BinaryIO, answers: BinaryIO, dates: str, decimal: str) -> int:
    """Read a workbook, write its records, return the code to end with."""
    left = MOST_WRITTEN
    try:
        for line, cells in records(requests.read(), dates, decimal):
            record = json.dumps([line, cells], ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            left -= len(record)
            if left < 0:
                raise Unreadable(line, f"Its texts have more than {MOST_WRITTEN // 1024 // 1024} MB. Split it, or save it as CSV.")
            answers.write(record)
    except Unreadable as fault:
        answers.write(json.dumps([fault.line, fault.reason]).encode())  # the last line of what was written
        return UNREADABLE
    finally:
        answers.flush()
    return 0


def records(data: bytes, dates: str, decimal: str) -> Iterator[tuple[int, list[Written]]]:
    """The rows of the first visible sheet with their lines, empty ones left out. Raises `Unreadable`."""
    top, left, rows = _first_sheet(data)
    for line, row in enumerate(rows, start=top + 1):
        cells = [_written(value, dates, decimal) for value in row]
        if any(cell if isinstance(cell, list) else cell.strip() for cell in cells):
            yield line, [*([""] * left), *cells]


def _written(value: Any, dates: str, decimal: str) -> Written:
    """What a cell says, as the profile writes it. A number shows the 15 digits that a spreadsheet knows; a moment is its day."""
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case datetime() | date():
            return value.strftime(dates)
        case int() | float():
            return [_digits(float(value)).replace(".", decimal)]
    return str(value)


def _digits(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if abs(value) >= 1e15:
        return f"{value:.15g}"  # told as what it is: shortened
    return f"{Decimal(f'{value:.15g}'):f}"


def _first_sheet(data: bytes) -> tuple[int, int, Iterator[list[Any]]]:
    """Line and column in which the filled rectangle of the sheet begins, both from 0, and its rows."""
    # Only this process loads what reads them.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in book.sheets_metadata:
            if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible:
                return _rectangle(book.get_sheet_by_name(meta.name))
    except PasswordError:
        raise Unreadable(1, "The workbook is locked with a password. Save it without one.") from None
    except (CalamineError, ValueError, OSError) as fault:
        raise Unreadable(1, f"The workbook cannot be read: {fault}. Open it in a spreadsheet program and save it again.") from None
    raise Unreadable(1, "The workbook has no sheet that can be seen.")


def _rectangle(sheet: "CalamineSheet") -> tuple[int, int, Iterator[list[Any]]]:
    if sheet.height * sheet.width > MOST_CELLS:
        raise Unreadable(sheet.total_height, "The sheet is too much for one file. Split it.")
    top, left = sheet.start or (0, 0)
    return top, left, islice(sheet.iter_rows(), top, None)


if __name__ == "__main__":
    bound(memory=MEMORY, cpu_seconds=CPU_SECONDS)
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer, *sys.argv[1:]))
