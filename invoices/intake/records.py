"""Bytes of a CSV file to records: what it is not, in which encoding it is, and where its quotation marks go wrong."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

Numbered = tuple[int, list[str]]  # the line on which it begins, and its cells


class Unreadable(Exception):
    """The file cannot be read from this line on. The reader of tables turns it into a problem."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


_SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "an XLSX workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"7z\xbc\xaf", "a compressed file (7z)"),
    (b"Rar!", "a compressed file (RAR)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "an RTF document"),
    (b"<", "an XML or HTML page"),
    (b"{", "JSON"),
)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")


def is_workbook(data: bytes) -> bool:
    """Whether the bytes begin as an XLSX workbook does."""
    return data.startswith(b"PK\x03\x04")


def records(data: bytes, *, encoding: str, delimiter: str) -> tuple[str, Iterator[Numbered]]:
    """The encoding that was found, and the records, empty ones left out. Both raise `Unreadable`, the records while they are read."""
    _refuse_other_formats(data)
    text, found = _decoded(data, encoding)
    if "\0" in text:
        raise Unreadable(
            _line_at(text[: text.index("\0")]), "This is no text: it contains zero bytes. Save the sheet as CSV and try again."
        )
    return found, _parsed(text, delimiter)


def _refuse_other_formats(data: bytes) -> None:
    if not data.strip():
        raise Unreadable(1, "The file is empty.")
    start = data[:1024].removeprefix(codecs.BOM_UTF8).lstrip()
    what = next((what for signature, what in _SIGNATURES if start.startswith(signature)), None)
    if what:
        raise Unreadable(1, f"This is {what}, not a CSV table. Save the sheet as CSV and try again.")


def _decoded(data: bytes, encoding: str) -> tuple[str, str]:
    """The text and the encoding in which it was read; `auto` tries UTF-16 with its mark, UTF-8 and Windows-1250, in this order."""
    if encoding == "auto":
        encoding = _recognised(data)
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding
    except UnicodeDecodeError as broken:
        reason = f"The byte 0x{data[broken.start]:02X} is no character in {encoding.upper()}. Name the right encoding in the profile."
        raise Unreadable(_line_at(data[: broken.start].decode("latin-1")), reason) from None


def _recognised(data: bytes) -> str:
    if data.startswith(_UTF16):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8" if _is_broken_utf8(data) else "cp1250"
    return "utf-8"


def _is_broken_utf8(data: bytes) -> bool:
    """Whether half or more of what is not ASCII is UTF-8: a few bytes are broken, and Windows-1250 would spoil every letter."""
    rest, characters = _UTF8_CHARACTER.subn(b"", data)
    return characters > 0 and characters >= len(_HIGH_BYTE.findall(rest))


def _line_at(before: str) -> int:
    return before.count("\n") + before.count("\r") - before.count("\r\n") + 1


_FAULTS = (
    ("unexpected end of data", "A quotation mark opens in this record and is never closed."),
    ("field larger than field limit", "A cell is far too long; perhaps a quotation mark opens in this record and is never closed."),
    ("expected after", "A quotation mark closes in the middle of a cell. Inside quotes it must be doubled."),
    ("new-line character", "Different kinds of line ends are mixed."),
)


def _parsed(text: str, delimiter: str) -> Iterator[Numbered]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            reason = next((says for word, says in _FAULTS if word in str(fault)), f"This is not CSV: {fault}.")
            raise Unreadable(line, reason) from None
        if any(cell.strip() for cell in cells):
            yield line, cells
