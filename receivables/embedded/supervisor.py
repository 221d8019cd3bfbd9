"""The process that keeps the private servers: `python -m receivables.embedded.supervisor DATA_DIR`. Started by `hold`, never by hand.

It ends by itself when nobody has needed a server for a while; at SIGTERM it does not wait that while. It never stops a server in use.
"""

import argparse
import fcntl
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO

from receivables.embedded.places import Places
from receivables.embedded.postgres import Postgres
from receivables.embedded.problems import Problem, disk_full
from receivables.embedded.valkey import Valkey

LINGER_SECONDS = 10.0
_LOOK_SECONDS = 0.25
_LONGEST_LOG = 1_000_000  # bytes


class Kept:
    """One server, with the lock file that says whether somebody needs it."""

    def __init__(self, server: Postgres | Valkey, in_use: Path) -> None:
        self.server = server
        self.lock: IO[bytes] = in_use.open("ab")
        self.last_needed = time.monotonic()

    def look(self, linger: float) -> bool:
        """Start what is needed and not running, stop what nobody needs. Says whether the server is still wanted."""
        if self._take():
            try:
                return self._idle(linger)
            finally:
                fcntl.flock(self.lock, fcntl.LOCK_UN)
        self.last_needed = time.monotonic()
        if not self.is_running():
            self.server.start()
        return True

    def is_running(self) -> bool:
        return self.server.process is not None and self.server.process.poll() is None

    def _take(self) -> bool:
        """Holding the lock alone keeps everybody from starting to use a server that is about to stop."""
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _idle(self, linger: float) -> bool:
        if time.monotonic() - self.last_needed < linger:
            return True
        self.server.stop()
        return False


class Impatience:
    """SIGTERM: stop as soon as nobody needs the servers."""

    def __init__(self, linger: float) -> None:
        self.linger = linger
        signal.signal(signal.SIGTERM, self.heed)

    def heed(self, _number: int, _frame: object) -> None:
        self.linger = 0.0


def keep(servers: list[Kept], linger: float) -> None:
    """Returns when no server is wanted any more."""
    patience = Impatience(linger)
    while True:
        wanted = [server.look(patience.linger) for server in servers]
        if not any(wanted):
            return
        time.sleep(_LOOK_SECONDS)


def main() -> int:
    """One supervisor per DATA_DIR; a second one ends at once with code 0."""
    options = _options()
    places = Places(options.data.resolve())
    with places.supervisor_lock.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        if places.supervisor_log.exists() and places.supervisor_log.stat().st_size > _LONGEST_LOG:
            os.truncate(places.supervisor_log, 0)
        return _supervise(places, options)


def _supervise(places: Places, options: argparse.Namespace) -> int:
    servers = [
        Kept(Valkey(places), places.in_use("valkey")),
        Kept(Postgres(places, fsync=not options.no_fsync), places.in_use("postgres")),
    ]
    try:
        keep(servers, options.linger)
    except Problem as problem:
        print(f"PROBLEM {problem}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        if not disk_full(error):
            raise
        print(f"PROBLEM The disk is full: nothing can be written to {places.data}.", file=sys.stderr, flush=True)
        return 1
    finally:
        for kept in servers:
            kept.server.stop()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--no-fsync", action="store_true")
    parser.add_argument("--linger", type=float, default=LINGER_SECONDS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
