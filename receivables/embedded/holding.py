"""How a command gets the private servers and keeps them as long as it runs."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from receivables.embedded import postgres, valkey
from receivables.embedded.places import Places
from receivables.embedded.problems import Problem, disk_full

WAIT_SECONDS = 90.0
ROOT = Path(__file__).resolve().parents[2]
_READY = {"postgres": postgres.is_ready, "valkey": valkey.is_ready}
_held: list[int] = []  # files that stay open, and so locked, until this process ends


def hold(places: Places, servers: Iterable[str] = ("postgres", "valkey"), *, fsync: bool = True, linger: float | None = None) -> None:
    """Returns when these servers answer; they stay until this process (or what it turns into by exec) has ended.

    Raises `Problem`. `fsync` and `linger` matter only where this call starts the supervisor.
    """
    wanted = list(servers)
    _take_places(places, wanted)
    command = [sys.executable, "-m", "receivables.embedded.supervisor", str(places.data)]
    command += [] if fsync else ["--no-fsync"]
    command += [] if linger is None else ["--linger", str(linger)]
    _wait(places, wanted, command)


def let_go(places: Places) -> None:
    """Give the servers back; they stop now instead of lingering, unless another command needs them. Takes 5 s at most."""
    while _held:
        os.close(_held.pop())
    if not places.run.exists() or not _is_supervised(places):
        return
    deadline = time.monotonic() + 5
    if pid := places.supervisor_lock.read_text().strip():
        os.kill(int(pid), signal.SIGTERM)
    while _is_supervised(places) and time.monotonic() < deadline:
        time.sleep(0.05)


def _take_places(places: Places, servers: list[str]) -> None:
    """Make the folders, where missing, and take the locks."""
    try:
        places.data.mkdir(parents=True, exist_ok=True)
        for folder in (places.run, places.sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
            _refuse_foreign(folder)
        _held.extend(_shared(places.in_use(server)) for server in servers)
    except OSError as error:
        if disk_full(error):
            raise Problem(f"The disk is full: nothing can be written to {places.data}. Free some space and try again.") from error
        raise Problem(f"{error.filename}: {error.strerror}. Set DATA_DIR to a folder that you may write.") from error


def _refuse_foreign(folder: Path) -> None:
    """Each user needs a DATA_DIR of their own; and in /tmp somebody else could have made our folder first."""
    found = folder.lstat()
    of_nobody = os.geteuid() == 0 and folder.parent == Path("/run")  # see identity.py
    if folder.is_symlink() or found.st_mode & 0o077 or (found.st_uid != os.geteuid() and not of_nobody):
        raise Problem(
            f"{folder} belongs to another user or is open to others. Run this as its owner, or set DATA_DIR to a folder of your own."
        )


def _shared(path: Path) -> int:
    """Lock the file shared. Waits while the supervisor is just stopping that server."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(file, fcntl.LOCK_SH)
    os.set_inheritable(file, True)  # kept over exec; subprocess closes it in children
    return file


def _wait(places: Places, servers: list[str], command: list[str]) -> None:
    """Until all answer, starting a supervisor whenever there is none."""
    deadline = time.monotonic() + WAIT_SECONDS
    started: subprocess.Popen[bytes] | None = None
    while not all(_READY[server](places) for server in servers):
        if started and started.poll():
            raise Problem(_reason(places))
        if time.monotonic() > deadline:
            raise Problem(f"The private servers did not answer within {WAIT_SECONDS:.0f} s; see {places.supervisor_log}.")
        if not _is_supervised(places) and (started is None or started.poll() is not None):
            started = _start(places, command)
        time.sleep(0.03)
    if started:
        started.returncode = 0  # it outlives us on purpose; without this Python warns


def _start(places: Places, command: list[str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C in the terminal does not reach the servers."""
    with places.supervisor_log.open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def _is_supervised(places: Places) -> bool:
    with places.supervisor_lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _reason(places: Places) -> str:
    """What the supervisor said last."""
    lines = places.supervisor_log.read_text(errors="replace").splitlines()
    said = [line.removeprefix("PROBLEM ") for line in lines if line.startswith("PROBLEM ")]
    return said[-1] if said else f"The private servers ended unexpectedly; see {places.supervisor_log}."
