"""The invoice that a PDF/A-3 carries as XML: Factur-X, ZUGFeRD, XRechnung. The PDF is opened in a process of its own: it may hang, crash or
eat memory without harm to us.
"""

import subprocess
import sys
from pathlib import Path

from invoices.intake.cells import Problem
from invoices.intake.parsed import UnreadableInvoice
from invoices.intake.pdf_child import NO_INVOICE

SECONDS = 20.0
MOST_BYTES = 20 * 1024 * 1024
_PROJECT = Path(__file__).resolve().parents[2]


def looks_like(data: bytes) -> bool:
    """Whether it begins as a PDF does; some put a few bytes before it."""
    return b"%PDF-" in data[:1024]


def invoice_in(data: bytes) -> bytes:
    """The XML. Raises `UnreadableInvoice` for a PDF without one, or one that cannot be read."""
    if len(data) > MOST_BYTES:
        raise _refused(f"The PDF has more than {MOST_BYTES // 1024 // 1024} MB.")
    command = [sys.executable, "-m", "invoices.intake.pdf_child"]
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, cwd=_PROJECT, check=False)
    except subprocess.TimeoutExpired:
        raise _refused("The PDF could not be read in time.") from None
    if child.returncode == NO_INVOICE:
        raise _refused("This PDF carries no invoice as XML (Factur-X, ZUGFeRD, XRechnung). Enter it by hand, or load the XML.")
    if child.returncode:
        raise _refused("This PDF cannot be read; it is broken, locked or far too big.")
    return child.stdout


def _refused(reason: str) -> UnreadableInvoice:
    return UnreadableInvoice(Problem(0, None, reason))
