"""Long tables on their way in: a worker takes them, and the page that waits shows how far it is and may stop it.

What the two know of each other lies beside the kept file, since nothing of an import can be seen in the database before all of it is there:
the file itself, whose removal claims it for one side, `.state` of the worker and `.stop` of the person.
"""

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from invoices.actions.imports import FileReport
from invoices.intake.cells import Problem

LONG = 5_000  # rows; what is shorter is there before a page could say how far it is
LONG_BYTES = 1_000_000  # the same of statements, whose lines nobody has counted
SILENT = 10 * 60  # seconds without a word, after which it is looked whether anybody still works on a file
_TOLD_EVERY = 1.0  # seconds


class Now(StrEnum):
    """What becomes of a long file."""

    WAITING = "waiting"
    RUNNING = "running"
    TAKEN = "taken"
    REFUSED = "refused"
    STOPPED = "stopped"
    BROKEN = "broken"


ENDED = (Now.TAKEN, Now.REFUSED, Now.STOPPED, Now.BROKEN)


class Stopped(Exception):
    """A person has stopped the import; it takes back what it has done."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a long file is."""

    now: Now
    rows: int = 0  # that there are to do
    done: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: tuple[tuple[int, str | None, str], ...] = ()

    @property
    def report(self) -> FileReport:
        """What became of it, for the page that tells."""
        problems = tuple(Problem(line, column, reason) for line, column, reason in self.problems)
        return FileReport("", new=self.new, changed=self.changed, unchanged=self.unchanged, refused=self.refused, problems=problems)


def begin(file: Path, *, rows: int) -> None:
    """A kept file waits for a worker."""
    _write(file, Standing(Now.WAITING, rows))


def standing(file: Path) -> Standing | None:
    """Where it is; None where nobody knows of it. One of which nothing was heard for long, and which nobody holds, has broken off."""
    try:
        said, at = json.loads(_state(file).read_text()), _state(file).stat().st_mtime
    except FileNotFoundError:
        return None
    known = Standing(**{**said, "now": Now(said["now"]), "problems": tuple(tuple(one) for one in said["problems"])})
    is_silent = known.now == Now.RUNNING and time.time() - at > SILENT
    return Standing(Now.BROKEN, known.rows, known.done) if is_silent and not _is_held(file) else known


def stop(file: Path) -> None:
    """Stop it: at once where it still waits, else at the next portion."""
    try:
        file.unlink()
    except FileNotFoundError:
        _stop(file).touch(mode=0o600)
    else:
        _write(file, Standing(Now.STOPPED))


def is_stopping(file: Path) -> bool:
    """Whether somebody has asked for it."""
    return _stop(file).exists()


def withdraw(file: Path) -> None:
    """No worker could be told of it."""
    _state(file).unlink(missing_ok=True)


def forget(file: Path) -> None:
    """Nothing of it is kept any more, but what a worker is at."""
    known = standing(file)
    if known is None or known.now != Now.RUNNING:
        for path in (file, _claimed(file), _state(file), _stop(file)):
            path.unlink(missing_ok=True)


def work(file: Path, take: "Take", *, then: Callable[[], object] = lambda: None) -> None:
    """Take a waiting file, as a worker. One whose worker died before is taken anew; one that another is at, or that was stopped, never.

    Once its rows are in the books, be it by an earlier worker, `then` follows, by one worker at a time, even where the page has forgotten
    the file meanwhile. What takes long is a task of its own: a worker that dies in it is followed only as long as the file is kept.
    """
    with suppress(FileNotFoundError):
        file.rename(_claimed(file))
    with _alone(_claimed(file)) as data:
        known = standing(file)
        if data is not None and known is not None:
            ended = known if known.now in ENDED else _work(file, data, known.rows, take)
            if ended.now == Now.TAKEN:
                then()


@contextmanager
def _alone(claimed: Path) -> Iterator[bytes | None]:
    """What a file holds while nobody else is at it; else None. Whoever dies gives it back."""
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(claimed.open("rb"))
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (FileNotFoundError, BlockingIOError):
            yield None
        else:
            yield stream.read()


def _is_held(file: Path) -> bool:
    """Whether a worker has it in hand, be it in one long statement: it may commit yet."""
    try:
        with _claimed(file).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def _work(file: Path, data: bytes, rows: int, take: "Take") -> Standing:
    told = Teller(file, rows)
    try:
        told(0)
        ended = _ended(take(data, told), told.rows)
    except Stopped:
        ended = Standing(Now.STOPPED)
    except BaseException:
        _write(file, Standing(Now.BROKEN, told.rows))
        raise
    _write(file, ended)
    return ended


def _ended(report: FileReport, rows: int) -> Standing:
    problems = tuple((problem.line, problem.column, problem.reason) for problem in report.problems)
    now = Now.REFUSED if report.refused else Now.TAKEN
    return Standing(now, rows, rows, report.new, report.changed, report.unchanged, report.refused, problems)


class Teller:
    """Says how far it is, once a second; raises `Stopped` where somebody has asked for it."""

    def __init__(self, file: Path, rows: int) -> None:
        self.file, self.rows, self.at = file, rows, 0.0

    def expect(self, rows: int) -> None:
        """There are more rows, or fewer, than was known."""
        self.rows = rows

    def __call__(self, done: int) -> None:
        if is_stopping(self.file):
            raise Stopped
        if time.monotonic() - self.at >= _TOLD_EVERY:
            _write(self.file, Standing(Now.RUNNING, self.rows, done))
            self.at = time.monotonic()


Take = Callable[[bytes, Teller], FileReport]


def _write(file: Path, known: Standing) -> None:
    """Whole or not at all, for somebody may be reading."""
    said: dict[str, Any] = asdict(known)
    half = _state(file).with_suffix(".half")
    half.touch(mode=0o600)
    half.write_text(json.dumps(said))
    half.replace(_state(file))


def _claimed(file: Path) -> Path:
    return file.with_suffix(".claimed")


def _state(file: Path) -> Path:
    return file.with_suffix(".state")


def _stop(file: Path) -> Path:
    return file.with_suffix(".stop")
