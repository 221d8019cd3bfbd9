"""Folders that other programs put files into: read when they are whole, then moved to `done` or, with the reason beside them, to `refused`.

Nothing is followed out of the folder: no symbolic link, no device, no path in a name. Whoever takes a file must bear getting it twice: a
process may die between the taking and the moving. Knows neither rows nor settings.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

DONE, REFUSED = "done", "refused"
STILL = timedelta(seconds=30)
"""As long nothing has been written to a file that is whole."""
SIDECAR = ".json"
MOST_SIDECAR = 10_000  # bytes
MOST_FILES = 200
"""Of one look; the next one goes on."""
NO_FILE = gettext_noop("This is no ordinary file.")
_UNFINISHED = re.compile(r"(^[.~])|((\.(part|partial|tmp|temp|crdownload|filepart|swp)|~)$)", re.IGNORECASE)
_ODD = re.compile(r"[^\w.()+#,; -]+")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A whole file. `sidecar` is the JSON file of the same name that describes it; empty where there is none."""

    name: str
    content: bytes
    sidecar: bytes = b""
    problem: str = ""  # why it was not read: too big, no ordinary file

    @property
    def shown(self) -> str:
        """Its name without signs that a path or a screen could stumble over."""
        return _ODD.sub("_", self.name)[:150].strip(". ") or "file"


class Folder:
    """One such folder. It may not exist yet; its `done` and `refused` are made when they are needed."""

    def __init__(self, path: Path, *, most_bytes: int, still: timedelta = STILL) -> None:
        self._path, self._most, self._still = path, most_bytes, still

    def files(self, *, now: datetime) -> Iterator[Dropped]:
        """The whole files, by name; those that somebody still writes come another time."""
        if not self._path.is_dir() or self._path.is_symlink():
            return
        with _opened(self._path) as folder:
            names = sorted(name for name in os.listdir(folder) if not _UNFINISHED.search(name) and name not in (DONE, REFUSED))
            described = {f"{name}{SIDECAR}" for name in names} & set(names)
            wanted = (name for name in names if name not in described and not _is_folder(folder, name))
            for name in islice(wanted, MOST_FILES):
                found = self._read(folder, name, described, now)
                if found is not None:
                    yield found

    def done(self, file: Dropped) -> None:
        """Move it away; the same file that lies there already is replaced."""
        self._move(file, DONE)

    def refuse(self, file: Dropped, reason: str) -> None:
        """Move it away, and write beside it why, for whoever looks there."""
        self._move(file, REFUSED, reason)

    # -- below

    def _read(self, folder: int, name: str, described: set[str], now: datetime) -> Dropped | None:
        content = _whole(folder, name, self._most, now - self._still)
        if content is None:
            return None
        if isinstance(content, str):
            return Dropped(name, b"", problem=content)
        if f"{name}{SIDECAR}" not in described:
            return Dropped(name, content)
        beside = _whole(folder, f"{name}{SIDECAR}", MOST_SIDECAR, now - self._still)
        if beside is None:
            return None  # its description is not whole yet
        return Dropped(name, content, problem=beside) if isinstance(beside, str) else Dropped(name, content, beside)

    def _move(self, file: Dropped, where: str, reason: str = "") -> None:
        with _opened(self._path) as folder:
            _make(folder, where)
            with _opened(where, within=folder) as there:
                name = _free_name(there, file)
                for ending in ("", SIDECAR):
                    try:
                        os.rename(f"{file.name}{ending}", f"{name}{ending}", src_dir_fd=folder, dst_dir_fd=there)
                    except FileNotFoundError:
                        continue  # no sidecar; or another look was quicker
                if reason:
                    _write(there, f"{name}.reason.txt", reason)


@contextmanager
def _opened(path: Path | str, *, within: int | None = None) -> Iterator[int]:
    """A folder itself, and no link to one. Raises `Refused` where it cannot be opened."""
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    except OSError as error:
        raise Refused(gettext_noop("The folder %(name)s cannot be used: %(why)s."), name=Path(path).name, why=str(error.strerror)) from None
    try:
        yield folder
    finally:
        os.close(folder)


def _is_folder(folder: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False  # reading it says why


def _whole(folder: int, name: str, most: int, before: datetime) -> bytes | str | None:
    """The bytes of an ordinary file that nobody has written to since; None of one that is still written; a sentence of anything else."""
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            return None if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode) else NO_FILE
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"It cannot be read: {error.strerror}."
    with os.fdopen(handle, "rb") as stream:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            return NO_FILE
        if datetime.fromtimestamp(about.st_mtime, UTC) > before:
            return None
        if about.st_size > most:
            return f"It has more than {most:,} bytes."
        content = stream.read(most + 1)
        after = os.fstat(handle)
    return content if (after.st_size, after.st_mtime_ns) == (about.st_size, about.st_mtime_ns) and len(content) == about.st_size else None


def _make(folder: int, name: str) -> None:
    try:
        os.mkdir(name, 0o750, dir_fd=folder)
    except FileExistsError:
        pass


def _free_name(there: int, file: Dropped) -> str:
    """Its own name; with some signs of its digest where another file has that."""
    stem, dot, ending = file.shown.rpartition(".")
    marked = f"{stem or ending}-{hashlib.sha256(file.content).hexdigest()[:8]}{dot and stem and '.' + ending}"
    return marked if file.shown in os.listdir(there) else file.shown


def _write(there: int, name: str, text: str) -> None:
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640, dir_fd=there)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(f"{text}\n")
