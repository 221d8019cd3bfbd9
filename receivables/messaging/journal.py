"""The send journal: a file outside the database that remembers each hand-over to a real channel before the channel is called.

A database that is restored forgets what it had handed over; this file does not, least of all on another disk. A line holds a key, marks
of the steps, the number of the try, the channel and the moment: nothing about anybody. Lines are added and never changed.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

_TAIL = 65536  # bytes: more than a line ever has


class NotWritten(OSError):
    """The journal could not be written; says why in a few words. Nothing may be handed over."""


@dataclass(frozen=True, slots=True)
class Line:
    """A hand-over: `number` counts the tries of this key; `marks` name the steps it takes, the same whatever they are grouped with."""

    key: str
    number: int
    channel: str
    at: str  # ISO 8601
    marks: tuple[str, ...] = ()


class Journal:
    """One file of JSON lines. Processes and threads may share it; the first line says when it was begun."""

    def __init__(self, path: Path, *, may_make_folder: bool = True) -> None:
        """Without `may_make_folder` a missing folder is an error: a disk that is not there must not be written beside."""
        self._path = path
        self._may_make_folder = may_make_folder

    def begin(self, *, at: datetime) -> None:
        """Make the file where there is none. Raises `NotWritten`."""
        with self._opened(at):
            pass

    def add(self, lines: Sequence[Line], *, at: datetime) -> None:
        """Append the lines and make sure they are on disk, once for all. Raises `NotWritten`: then none counts as handed over."""
        with self._opened(at) as file:
            _append(file, "".join(json.dumps(asdict(line), separators=(",", ":")) + "\n" for line in lines).encode())

    def begun_at(self) -> datetime | None:
        """When it was begun; None where there is none, or it is no journal."""
        try:
            with self._path.open("rb") as file:
                return datetime.fromisoformat(json.loads(file.readline())["begun"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def lines(self) -> Iterator[Line]:
        """All of it, oldest first. What a crash or a bad disk left unreadable is passed over. Raises OSError where there is none."""
        with self._path.open("rb") as file:
            yield from (line for line in map(_read, file) if line)

    def last(self) -> Line | None:
        """The newest line; None where there is none."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(file.seek(0, os.SEEK_END) - _TAIL, 0))
                return next((line for line in map(_read, reversed(file.read().splitlines())) if line), None)
        except OSError:
            return None

    @contextmanager
    def _opened(self, at: datetime) -> Iterator[int]:
        """The file, held by nobody else, with its first line. Any fault of the disk is `NotWritten`."""
        try:
            file = self._open()
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not os.fstat(file).st_size:
                    _append(file, json.dumps({"begun": at.isoformat()}).encode() + b"\n")
                    _sync_folder(self._path.parent)
                yield file
            finally:
                os.close(file)
        except OSError as error:
            raise NotWritten(error.strerror or type(error).__name__) from error

    def _open(self) -> int:
        if self._may_make_folder:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)


def _append(file: int, content: bytes) -> None:
    """A line that a crash cut off is ended first, so that it spoils no other."""
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        content = b"\n" + content
    while content:
        content = content[os.write(file, content) :]
    os.fsync(file)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(line: bytes) -> Line | None:
    try:
        said = json.loads(line)
        return Line(said["key"], int(said["number"]), said["channel"], said["at"], tuple(said["marks"]))
    except (ValueError, KeyError, TypeError):
        return None
