"""The process that takes the XML out of a PDF: `python -m invoices.intake.pdf_child`, the PDF comes in, the XML goes out.

Ends with 0, or with `NO_INVOICE` where nothing of a known name is attached; any other end means that the PDF cannot be read.
"""

import io
import sys
from typing import BinaryIO

from invoices.intake.children import bound

NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
NO_INVOICE = 3
BROKEN = 4
MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 15
MOST_BYTES = 20 * 1024 * 1024


def main(requests: BinaryIO, answers: BinaryIO) -> int:
    """Read a PDF, write its invoice, return the code to end with."""
    try:
        found = invoice_of(requests.read())
    except Exception:  # whatever a hostile file makes of the library: the parent says that it cannot be read
        return BROKEN
    if found is None:
        return NO_INVOICE
    answers.write(found)
    answers.flush()
    return 0


def invoice_of(data: bytes) -> bytes | None:
    """The attachment of a known name, whatever else is attached."""
    from pypdf import PdfReader  # noqa: PLC0415 - only this process needs it

    reader = PdfReader(io.BytesIO(data))
    by_name = {name.lower(): contents for name, contents in reader.attachments.items()}
    for name in NAMES:
        if contents := by_name.get(name):
            return contents[0] if len(contents[0]) <= MOST_BYTES else None
    return None


if __name__ == "__main__":
    bound(memory=MEMORY, cpu_seconds=CPU_SECONDS)
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
