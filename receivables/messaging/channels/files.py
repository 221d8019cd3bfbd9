"""Writing files that are whole or not there, once per key, and still there after a power cut."""

import fcntl
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from receivables.messaging.outgoing import Later

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def not_written(error: OSError) -> Later:
    """The answer of a channel whose disk is full or gone. Nothing is half there, so trying again later is safe."""
    return Later(f"It could not be written to disk: {error.strerror or type(error).__name__}.")


def name_of(key: str) -> str:
    """A file name for a key, the same whenever asked; a key that is no plain name is hashed."""
    return key if _PLAIN.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:40]


def write_once(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet; False where it is. Nobody ever sees half of it."""
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{uuid4().hex}")
    try:
        _write(draft, content)
        os.link(draft, path)  # like O_EXCL: fails where the name is taken
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)
    return True


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Journal:
    """JSON lines, one per key, in the order taken. Processes and threads may share the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: set[str] = set()
        self._read_up_to = 0
        self._lock = threading.Lock()

    def add(self, key: str, record: Mapping[str, Any]) -> bool:
        """Append the record with its key and make sure it is on disk; False where the key stands there already."""
        with self._lock, self._locked_file() as file:
            self._catch_up(file)
            if key in self._keys:
                return False
            line = json.dumps({"key": key, **record}, ensure_ascii=False).encode() + b"\n"
            os.pwrite(file, line, self._read_up_to)
            os.fsync(file)
            self._keys.add(key)
            self._read_up_to += len(line)
            return True

    @contextmanager
    def _locked_file(self) -> Iterator[int]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _catch_up(self, file: int) -> None:
        """Read the keys others have added. A last line without its end was cut off by a crash and never answered for: it is taken away."""
        size = os.fstat(file).st_size
        if size < self._read_up_to:
            self._keys, self._read_up_to = set(), 0
        whole, _, torn = os.pread(file, size - self._read_up_to, self._read_up_to).rpartition(b"\n")
        if torn:
            os.ftruncate(file, size - len(torn))
        self._keys.update(json.loads(line)["key"] for line in whole.splitlines())
        self._read_up_to = size - len(torn)
