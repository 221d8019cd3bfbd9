"""HTML to PDF in a process of its own, started when first needed and kept. It may crash, hang or eat memory without harm to us."""

import atexit
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, cast

from receivables.core.errors import RenderError
from receivables.documents.pdf_child import LENGTH

SECONDS_PER_LETTER = 30.0
SECONDS_TO_START = 60.0
LETTERS_PER_CHILD = 500  # WeasyPrint grows slowly; LIBRARIES.md section 3
_PROJECT = Path(__file__).resolve().parents[2]


def render_pdf(html: str, *, seconds: float = SECONDS_PER_LETTER) -> bytes:
    """The page as PDF; letters of one process queue up for its one child. Raises `RenderError`; the next call starts anew."""
    with _lock:
        return _fresh_child().render(html, seconds=seconds)


class Child:
    """One child process and the pipes to it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "receivables.documents.pdf_child"]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, bufsize=0, cwd=_PROJECT)
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self.letters = 0

    @property
    def is_usable(self) -> bool:
        """Alive, and not yet due to be replaced."""
        return self._process.poll() is None and self.letters < LETTERS_PER_CHILD

    def render(self, html: str, *, seconds: float) -> bytes:
        """One letter, within so many seconds; the first one may take longer, for the child is still loading."""
        limit = threading.Timer(seconds if self.letters else max(seconds, SECONDS_TO_START), self._process.kill)
        limit.start()
        self.letters += 1
        try:
            sign, content = self._ask(html.encode())
        except (OSError, EOFError):
            raise RenderError(self._why(limit)) from None
        finally:
            limit.cancel()
        if sign != b"+":
            raise RenderError(f"The letter could not be made: {content.decode()}.")
        return content

    def _ask(self, page: bytes) -> tuple[bytes, bytes]:
        _write(self._requests, LENGTH.pack(len(page)) + page)
        head = _read(self._answers, 1 + LENGTH.size)
        return head[:1], _read(self._answers, LENGTH.unpack(head[1:])[0])

    def _why(self, limit: threading.Timer) -> str:
        in_time = limit.is_alive()
        self.stop()
        if not in_time:
            return "The letter could not be made: it took too long."
        return f"The letter could not be made: the PDF process ended (code {self._process.returncode}). Are fonts and Pango installed?"

    def stop(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        self._process.wait()
        self.forget()

    def forget(self) -> None:
        """Close our ends of the pipes."""
        self._requests.close()
        self._answers.close()


_lock = threading.Lock()
_child: Child | None = None


def _fresh_child() -> Child:
    global _child
    if _child is None or not _child.is_usable:
        if _child is not None:
            _child.stop()
        _child = Child()
    return _child


def _write(pipe: IO[bytes], content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[pipe.write(rest) :]


def _read(pipe: IO[bytes], length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        part = pipe.read(length - len(content))
        if not part:
            raise EOFError
        content += part
    return bytes(content)


def _after_fork() -> None:
    """A forked process must not talk into its parent's child: it starts its own."""
    global _child, _lock
    _lock = threading.Lock()
    if _child is not None:
        _child.forget()
        _child = None


def _at_exit() -> None:
    if _child is not None:
        _child.stop()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
