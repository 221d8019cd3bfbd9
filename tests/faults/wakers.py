"""Celery in the loop: a worker and two beats at once, killed and started anew, so that redelivery and doubled wake-ups are real."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from receivables.embedded.identity import die_with_parent
from tests.faults.arena import ROOT, Arena

APP = ["-m", "celery", "--app", "tests.faults.celery_app", "--quiet"]
WORKER = [*APP, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
BEAT = [*APP, "beat", "--scheduler", "celery.beat:Scheduler", "--loglevel", "WARNING"]
"""Celery's own scheduler: it takes no lock, so two of them really tick."""


@dataclass
class Wakers:
    """Lives until its worker has been killed so many times; with none it never begins."""

    arena: Arena
    kills: int
    chance: random.Random
    killed: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    until: float = 0.0

    @property
    def is_done(self) -> bool:
        return self.killed >= self.kills

    def tend(self) -> None:
        """Kill the worker when its time has come, and start what is not there."""
        if self.is_done:
            self.end()
            return
        if not self.processes:
            self.processes = [self._start(WORKER), self._start(BEAT), self._start(BEAT)]
            self.until = time.monotonic() + self.chance.uniform(10, 20)
        elif time.monotonic() > self.until:
            _kill(self.processes[0])
            self.killed += 1
            self.processes[0] = self._start(WORKER)
            self.until = time.monotonic() + self.chance.uniform(10, 20)

    def end(self) -> None:
        for process in self.processes:
            _kill(process)
        self.processes = []

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self.arena.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With all its children, at once."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
