"""All letters of a batch in one PDF, in the order of printing: one press of the button instead of one for each letter. Pure."""

from collections.abc import Iterable
from io import BytesIO
from typing import IO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError


class NotMerged(Exception):
    """A paper that cannot be read as a PDF."""


def merge(papers: Iterable[bytes], to: IO[bytes]) -> int:
    """Write the papers one behind the other; returns the pages. The same papers give the same bytes.

    One with an odd number of pages gets an empty last one, so that a printer that prints on both sides begins each letter on a sheet of
    its own. Raises `NotMerged`.
    """
    writer = PdfWriter()
    for paper in papers:
        try:
            reader = PdfReader(BytesIO(paper))
            for page in reader.pages:
                writer.add_page(page)
        except PyPdfError as error:
            raise NotMerged from error
        if len(reader.pages) % 2:
            writer.add_blank_page()
    writer.write(to)
    return len(writer.pages)
