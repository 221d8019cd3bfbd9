"""File formats of agencies as data: which columns, in which order, how dates and amounts are written, which words. Pure.

A mapping is a YAML file in `mappings/`. `is_verified: false` says that nobody has checked it against what the agency takes: what is public
of these formats is little, so such a file is a proposal to agree with the agency.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from importlib.resources import files
from typing import Any

from receivables.core import fields
from receivables.core.archives import harmless
from receivables.core.errors import DomainError
from receivables.core.fields import Place, Reader, made

NEUTRAL = "neutral"
_PHONES = re.compile(r"\+[0-9]{6,15}(, \+[0-9]{6,15})*")
ENCODINGS = ("utf-8", "utf-8-sig", "windows-1250", "iso-8859-2")
FORMS = ("text", "date", "amount", "days")
ROWS = ("document", "case")


class MappingError(DomainError):
    """A mapping that cannot be read, or does not fit."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a field of `case.json` (`debtor.name`, `document.number`) or a fixed text."""

    title: str
    field: str = ""
    value: str = ""
    form: str = "text"
    words: tuple[tuple[str, str], ...] = ()  # what stands for what; all else stays
    longest: int = 250


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A file format. `dates` is a `strftime` pattern, `rows` what makes a line: each document, or the case as a whole."""

    name: str
    is_verified: bool
    source: str
    file: str
    encoding: str
    delimiter: str
    dates: str
    decimal: str
    rows: str
    columns: tuple[Column, ...]
    header: bool = True


def mapping_of(slug: str) -> FileFormat:
    """The mapping of that name. Raises `MappingError` for one that does not come with the program."""
    if slug not in known_mappings():
        raise MappingError(f"No file format {slug!r}. Known: {', '.join(known_mappings())}.")
    return _read(slug)


@cache
def known_mappings() -> tuple[str, ...]:
    """The names of all, `neutral` first."""
    folder = files(__package__).joinpath("mappings")
    names = sorted(each.name.removesuffix(".yaml") for each in folder.iterdir() if each.name.endswith(".yaml"))
    return (NEUTRAL, *(name for name in names if name != NEUTRAL))


@cache
def _read(slug: str) -> FileFormat:
    text = files(__package__).joinpath("mappings", f"{slug}.yaml").read_text(encoding="utf-8")
    return parse_mapping(text)


def parse_mapping(text: str) -> FileFormat:
    """The mapping that a text says. Raises `MappingError` naming line and what is allowed."""
    at = fields.place(text, error=MappingError, what="the file format")
    return made(FileFormat, _READERS, at)


def _column(at: Place) -> Column:
    return made(Column, _COLUMN, at)


def _words(at: Place) -> tuple[tuple[str, str], ...]:
    return tuple((key, fields.text(part)) for key, part in at.entries().items())


_COLUMN: dict[str, Reader[Any]] = {
    "title": fields.text,
    "field": fields.text,
    "value": fields.text,
    "form": fields.one_of(FORMS),
    "words": _words,
    "longest": partial(fields.whole, lowest=1, highest=10_000),
}
_READERS: dict[str, Reader[Any]] = {
    "name": fields.text,
    "is_verified": fields.flag,
    "source": fields.text,
    "file": fields.text,
    "encoding": fields.one_of(ENCODINGS),
    "delimiter": fields.one_of((";", ",", "|", "tab")),
    "dates": fields.text,
    "decimal": fields.one_of((",", ".")),
    "rows": fields.one_of(ROWS),
    "columns": fields.listed(_column),
    "header": fields.flag,
}


def file_of(mapping: FileFormat, case: Mapping[str, Any]) -> tuple[str, bytes]:
    """Name and bytes of the agency's own file. A sign that its encoding lacks becomes a question mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t" if mapping.delimiter == "tab" else mapping.delimiter)
    if mapping.header:
        writer.writerow([column.title for column in mapping.columns])
    for row in _rows(mapping, case):
        writer.writerow([_cell(column, row, mapping) for column in mapping.columns])
    return mapping.file, text.getvalue().encode(mapping.encoding, errors="replace")


def _rows(mapping: FileFormat, case: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if mapping.rows == "case":
        yield case
        return
    for number, document in enumerate(case["documents"], start=1):
        yield {**case, "document": document, "line": number}


def _cell(column: Column, row: Mapping[str, Any], mapping: FileFormat) -> str:
    value = column.value or _at(row, column.field)
    match column.form:
        case "date":
            return date.fromisoformat(value).strftime(mapping.dates) if value else ""
        case "amount":
            return str(value).replace(".", mapping.decimal)
        case _:
            text = dict(column.words).get(str(value), str(value))
            return _harmless(" ".join(text.split())[: column.longest])


def _at(row: Mapping[str, Any], path: str) -> Any:
    """The value at `a.b`; of a list its members in one line, empty where there is none."""
    value: Any = row
    for part in path.split(".") if path else ():
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None or path == "" else value


def _harmless(text: str) -> str:
    """A cell that a spreadsheet could take for a formula gets a leading quote; phone numbers are none."""
    return text if _PHONES.fullmatch(text) else harmless(text)
