"""The process that makes PDFs: `python -m receivables.documents.pdf_child`, kept and talked to by `pdf.py`. No Django, no network.

A request is a length and that much HTML; an answer is one sign ("+" a PDF, "-" a reason in words), a length and that much content.
WeasyPrint may crash the interpreter or eat memory on a bad page; here that harms nobody.
"""

import os
import resource
import struct
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "documents"
MEMORY = 1024 * 1024 * 1024
LENGTH = struct.Struct(">Q")


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the parent closes the pipe."""
    typeset = _typesetter()
    while head := requests.read(LENGTH.size):
        html = requests.read(LENGTH.unpack(head)[0]).decode()
        sign, content = _answer(typeset, html)
        answers.write(sign + LENGTH.pack(len(content)) + content)
        answers.flush()


def _typesetter() -> Callable[[str], bytes]:
    """Load WeasyPrint; where it cannot be loaded, every letter is answered with the reason."""
    try:
        from receivables.documents.typesetting import typeset  # noqa: PLC0415 - only here, after the limits are set
    except OSError as error:
        reason = f"a system library is missing ({str(error).splitlines()[0][:200]}); install libpango-1.0-0, libpangoft2-1.0-0 and fonts"
        return partial(_refuse, reason)
    return partial(typeset, folder=FOLDER)


def _refuse(reason: str, _html: str) -> bytes:
    raise RuntimeError(reason)


def _answer(typeset: Callable[[str], bytes], html: str) -> tuple[bytes, bytes]:
    try:
        return b"+", typeset(html)
    except MemoryError:
        return b"-", b"it needs too much memory"
    except Exception as error:  # whatever is wrong with a letter, it is said to the parent
        return b"-", str(error).encode()[:1000]


def die_with(parent: int) -> None:
    """End within a second of the parent, however it ended: another process may still hold the pipe open."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=die_with, args=(os.getppid(),), daemon=True).start()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not get between the answers
    serve(sys.stdin.buffer, answers)
