"""Tables as CSV for spreadsheets: no cell is read as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from django.http import StreamingHttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")  # RELIABILITY.md section 5, 1.2.10


def safe(cell: object) -> str:
    """The cell as text; with a leading quote where a spreadsheet would take it for a formula. NUL is left out, a number stays one."""
    if isinstance(cell, Decimal):
        return _written(cell)
    if isinstance(cell, int):
        return str(cell)
    text = "" if cell is None else str(cell)
    return (f"'{text}" if text.startswith(_FORMULA) else text).replace("\0", "")


def _written(number: Decimal) -> str:
    """As it is written, without the noughts that the database adds to an amount: 45000.00, not 45000.0000."""
    whole, point, decimals = f"{number:f}".partition(".")
    return whole + point + decimals[:2] + decimals[2:].rstrip("0")


def csv_response(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A download written while it is read, in UTF-8 with a mark that spreadsheets look for."""
    response = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _lines(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "\ufeff"
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in chain([head], rows):
        writer.writerow([safe(cell) for cell in row])
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
