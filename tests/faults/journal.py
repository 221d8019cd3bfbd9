"""What a process saw, one JSON line each, on disk before anybody is answered. Standard library only: the sinks know nothing of the program."""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Appends whole lines. Several processes may share the file: a line is one write to a file opened for appending."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def write(self, *, sync: bool = True, **line: Any) -> None:
        """Add a line with the present time; returns when it is on disk."""
        with self._lock:
            os.write(self._file, json.dumps({"at": time.time(), **line}, ensure_ascii=False).encode() + b"\n")
            if sync:
                os.fsync(self._file)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """What stands in a journal; nothing where there is none. A last line without its end was never answered for."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n")[:-1]:
        yield json.loads(line)
