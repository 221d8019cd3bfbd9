"""Which format a file of invoices is in, and its invoices. Neither the name of the file nor what a sender says of it decides."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from invoices.intake import archive, attached, cii, jpk_fa, ksef, services, ubl, workbook
from invoices.intake.cells import Problem
from invoices.intake.parsed import ParsedInvoice, UnreadableInvoice
from receivables.core.identifiers import check

MAX_BYTES = 50 * 1024 * 1024
_KSEF_NUMBER = re.compile(r"[0-9]{10}-[0-9]{8}-[0-9A-F]{12}-[0-9A-F]{2}")

READERS: Mapping[str, Callable[[bytes], list[ParsedInvoice]]] = {
    "ksef": lambda data: [ksef.read(data)],
    "ubl": lambda data: [ubl.read(data)],
    "cii": lambda data: [cii.read(data)],
    "jpk_fa": jpk_fa.read,
    "pdf": lambda data: [_of_pdf(data)],
    **dict.fromkeys(services.INVOICES, services.read),
}
TABLES = ("csv", "xlsx")
FORMATS = ("auto", *TABLES, "zip", *READERS)


def format_of(data: bytes) -> str:
    """The format by the content: xlsx, zip, pdf, one of XML, or csv where it is none of them."""
    if workbook.looks_like(data):
        return "xlsx"
    if archive.looks_like(data):
        return "zip"
    if attached.looks_like(data):
        return "pdf"
    if service := services.service_of(data):
        return service
    plain = _ascii(data)
    for name, looks_like in (("ubl", ubl.looks_like), ("cii", cii.looks_like), ("jpk_fa", jpk_fa.looks_like), ("ksef", ksef.looks_like)):
        if looks_like(plain):
            return name
    return "ksef" if plain.lstrip()[:1] == b"<" else "csv"


def _ascii(data: bytes) -> bytes:
    """The beginning as one byte a letter: XML may come as UTF-16, with or without its mark."""
    start = data[:32768].removeprefix(b"\xef\xbb\xbf")
    return start.replace(b"\x00", b"").lstrip(b"\xff\xfe") if start[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<") else start


def read_invoices(data: bytes, *, name: str = "", form: str = "auto") -> list[ParsedInvoice]:
    """The invoices of a file. Raises `UnreadableInvoice`, whose problems say where and why, for anything that cannot be taken whole."""
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1024 / 1024:.1f}"
        raise UnreadableInvoice(Problem(0, None, f"The file has {size} MB; at most {MAX_BYTES // 1024 // 1024} MB are read."))
    if not data.strip():
        raise UnreadableInvoice(Problem(0, None, "The file is empty."))
    form = format_of(data) if form == "auto" else form
    if form == "zip":
        return list(_of_archive(data))
    if form not in READERS:
        raise UnreadableInvoice(
            Problem(0, None, "This is no invoice: neither XML nor PDF nor a ZIP archive of them. A table needs a profile.")
        )
    return [_numbered(found, name) for found in READERS[form](data)]


_NO_INVOICE = "This is no invoice: neither XML nor PDF nor a ZIP archive of them. A table needs a profile."


def _of_archive(data: bytes) -> Iterator[ParsedInvoice]:
    for member in archive.members(data):
        try:
            form = format_of(member.data)
            if form == "zip":
                raise UnreadableInvoice(Problem(0, None, "is an archive within an archive. Unpack it first."))
            yield from (replace(found, place=member.name) for found in read_invoices(member.data, name=member.name, form=form))
        except UnreadableInvoice as refusal:
            raise UnreadableInvoice(*(_within(member.name, problem) for problem in refusal.problems)) from None


def _within(name: str, problem: Problem) -> Problem:
    return replace(problem, column=f"{name}: {problem.column}" if problem.column else name)


def _of_pdf(data: bytes) -> ParsedInvoice:
    """The invoice within; the PDF itself is its paper."""
    inside = attached.invoice_in(data)
    form = format_of(inside)
    if form not in ("cii", "ubl"):
        raise UnreadableInvoice(Problem(0, None, "The PDF carries XML that is no invoice of Factur-X, ZUGFeRD or XRechnung."))
    return replace(READERS[form](inside)[0], source=data)


def _numbered(found: ParsedInvoice, name: str) -> ParsedInvoice:
    """With the KSeF number that stands in the file's name, as exports of KSeF have it, where it is one of this seller."""
    if not found.form.startswith("ksef"):
        return found
    said = _KSEF_NUMBER.search(PurePosixPath(name).name)
    if said is None or not check("ksef", said[0]).is_valid or not said[0].startswith(found.seller.tax_id):
        return found
    return replace(found, ksef_number=said[0])
