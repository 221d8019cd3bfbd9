"""The processes of `up`: each in a session of its own, with a log of its own, started again when it ends unasked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from receivables.embedded import Problem
from receivables.embedded.identity import die_with_parent

STOP_SECONDS = 25  # a worker may finish what it has begun
MOST_STARTS = 5  # within RECENT_SECONDS; after that something is wrong
RECENT_SECONDS = 60


class Child:
    """One part of `receivables.serve`."""

    def __init__(self, part: str, logs: Path) -> None:
        self.part = part
        self.log = logs / f"{part}.log"
        self.log.write_bytes(b"")
        self.starts: list[float] = []
        self.start()

    def start(self) -> None:
        """Ends with us, however we end: the kernel sends it SIGTERM."""
        self.starts = [moment for moment in self.starts if time.monotonic() - moment < RECENT_SECONDS] + [time.monotonic()]
        command = [sys.executable, "-m", "receivables.serve", self.part]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def ended(self) -> bool:
        return self.process.poll() is not None

    def keep_up(self) -> None:
        """Start it again if it ended. Raises `Problem` when it keeps ending."""
        if not self.ended():
            return
        if len(self.starts) >= MOST_STARTS:
            raise Problem(f"{self.part} keeps ending: {self.last_words()}")
        print(f"{self.part} ended with code {self.process.returncode} and is started again: {self.last_words()}", flush=True)
        self.start()

    def last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return f"{lines[-1] if lines else 'it said nothing'} (whole log: {self.log})"

    def end(self, deadline: float) -> None:
        """Wait, then kill it with everything it started."""
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"{self.part} did not end within {STOP_SECONDS} s and is killed", flush=True)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Children:
    """All parts, to be used in a `with`: at its end, however it comes, they are asked to end, waited for, and what is left is killed."""

    def __init__(self, logs: Path) -> None:
        logs.mkdir(exist_ok=True)
        self.logs = logs
        self.parts: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_reason: object) -> None:
        for child in self.parts:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.parts:
            child.end(deadline)

    def start(self, part: str) -> Child:
        self.parts.append(Child(part, self.logs))
        return self.parts[-1]

    def keep_up(self) -> None:
        for child in self.parts:
            child.keep_up()
