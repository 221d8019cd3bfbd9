"""The package of a post batch: a PDF per letter, `addresses.csv` and `manifest.json` in a ZIP. FORMATS.md sections 4.3 and 6.

Pure: the same batch gives the same bytes, so a package can be made again whenever somebody asks for it.
"""

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from receivables.core.archives import harmless, json_bytes, put
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

VERSION = "1"
LINES = 5
_HEAD = ("position", "file", "reference", "name", *(f"line{n}" for n in range(1, LINES + 1)), "country", "pages", "service")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter as the package lists it. `lines` is the postal address without the name; `reference` is the key of its message."""

    position: int
    reference: str
    name: str
    lines: tuple[str, ...]
    country: str
    pages: int
    sha256: str

    @property
    def file(self) -> str:
        """The name of its PDF, in the order of printing."""
        return f"letters/{self.position:04}.pdf"


@dataclass(frozen=True, slots=True)
class Job:
    """A closed batch. `key` is the print job's id for ever."""

    key: str
    creditor: str
    number: int
    closed_on: date
    service: str
    sheets: Sequence[Sheet]

    @property
    def pages(self) -> int:
        return sum(sheet.pages for sheet in self.sheets)


def manifest(job: Job) -> bytes:
    """What the package holds, each file with its SHA-256."""
    table = {"name": "addresses.csv", "sha256": hashlib.sha256(addresses(job)).hexdigest()}
    files = [{"name": sheet.file, "sha256": sheet.sha256, "pages": sheet.pages, "reference": sheet.reference} for sheet in job.sheets]
    return json_bytes(
        {
            "version": VERSION,
            "batch": job.key,
            "number": job.number,
            "creditor": job.creditor,
            "closed_on": job.closed_on.isoformat(),
            "service": job.service,
            "letters": len(job.sheets),
            "pages": job.pages,
            "files": [table, *files],
        }
    )


def addresses(job: Job) -> bytes:
    """One row per letter; UTF-8 with BOM and semicolons, what a spreadsheet in Poland opens as it is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(_HEAD)
    for sheet in job.sheets:
        writer.writerow([harmless(cell) for cell in _row(sheet, job.service)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def write(job: Job, papers: Iterable[bytes], to: IO[bytes]) -> None:
    """Write the ZIP; `papers` in the order of the sheets. Raises `Refused` where a paper is not the one that was closed."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as package:  # PDFs are small already, and zlib has versions
        put(package, "manifest.json", manifest(job))
        put(package, "addresses.csv", addresses(job))
        for sheet, paper in zip(job.sheets, papers, strict=True):
            if hashlib.sha256(paper).hexdigest() != sheet.sha256:
                raise Refused(gettext_noop("The paper of letter %(position)s is not the one that was closed."), position=sheet.position)
            put(package, sheet.file, paper)


def page_count(pdf: bytes) -> int:
    """How many pages a PDF of ours has: page objects lie open or in compressed streams. 0 where none is found."""
    return len(_PAGE.findall(pdf)) + sum(len(_PAGE.findall(_unpacked(stream))) for stream in _STREAM.findall(pdf))


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def _row(sheet: Sheet, service: str) -> list[Any]:
    lines = [*sheet.lines, *[""] * LINES]
    last = ", ".join(line for line in lines[LINES - 1 :] if line)  # nothing of a long address is lost
    shown = [*lines[: LINES - 1], last]
    return [sheet.position, sheet.file, sheet.reference, sheet.name, *shown, sheet.country, sheet.pages or "", service]
