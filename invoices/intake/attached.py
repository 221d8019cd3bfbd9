"""The invoice that a PDF/A-3 carries as XML: Factur-X, ZUGFeRD, XRechnung. The PDF is opened in a process of its own: it may hang, crash or
eat memory without harm to us.
"""

from invoices.intake.cells import Problem
from invoices.intake.children import answer_of
from invoices.intake.parsed import UnreadableInvoice
from invoices.intake.pdf_child import NO_INVOICE

SECONDS = 20.0
MOST_BYTES = 20 * 1024 * 1024


def looks_like(data: bytes) -> bool:
    """Whether it begins as a PDF does; some put a few bytes before it."""
    return b"%PDF-" in data[:1024]


def invoice_in(data: bytes) -> bytes:
    """The XML. Raises `UnreadableInvoice` for a PDF without one, or one that cannot be read."""
    if len(data) > MOST_BYTES:
        raise _refused(f"The PDF has more than {MOST_BYTES // 1024 // 1024} MB.")
    try:
        code, xml = answer_of("invoices.intake.pdf_child", data=data, seconds=SECONDS)
    except TimeoutError:
        raise _refused("The PDF could not be read in time.") from None
    if code == NO_INVOICE:
        raise _refused("This PDF carries no invoice as XML (Factur-X, ZUGFeRD, XRechnung). Enter it by hand, or load the XML.")
    if code:
        raise _refused("This PDF cannot be read; it is broken, locked or far too big.")
    return xml


def _refused(reason: str) -> UnreadableInvoice:
    return UnreadableInvoice(Problem(0, None, reason))
