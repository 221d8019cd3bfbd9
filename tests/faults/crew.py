"""The processes of a campaign: forked from one that has the program loaded, each in a session of its own, killed and started anew."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.faults.forks import fork
from tests.faults.workers import Work, toil

REACHES = {
    "planner": ("F1", "F2"),
    "deliverer": ("F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", "F17", "F18", "F19"),
    "feeder": ("F15",),
    "debtor": ("F16", "F21"),
    "approver": ("F20",),
    "reporter": ("F13", "F14"),
}
"""Who passes which point. F22 is passed by `migrate` alone, before the crew begins."""
RARE = frozenset({"F1", "F2", "F15", "F16", "F17", "F18", "F19", "F20"})
"""Points that a process passes seldom: it dies at the first passing, and several may wait for it at once."""


@dataclass(slots=True)
class Man:
    role: str
    point: str  # where it is to die; empty: nowhere
    since: float = field(default_factory=time.monotonic)


@dataclass
class Crew:
    """Keeps so many of each role at work. `quota` is how many kills each point gets."""

    work: Work
    roles: Sequence[str]
    quota: int
    chance: random.Random
    points: Sequence[str] = tuple(name for points in REACHES.values() for name in points)
    men: dict[int, Man] = field(default_factory=dict)
    deaths: Counter[str] = field(default_factory=Counter)  # by point; "random" and "celery" besides
    is_dangerous: bool = True

    def muster(self) -> None:
        """Start whoever is missing, and count the dead."""
        self._bury()
        missing = Counter(self.roles) - Counter(man.role for man in self.men.values())
        for role in missing.elements():
            self._start(role)

    def _bury(self) -> None:
        for pid in list(self.men):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            man = self.men.pop(pid)
            if os.WIFSIGNALED(status) and man.point:
                self.deaths[man.point] += 1
            elif os.WIFSIGNALED(status) or os.WEXITSTATUS(status):
                self.deaths["by themselves"] += 1

    def _start(self, role: str) -> None:
        point = self._next_point(role)
        nth = self.chance.randint(1, 1 if point in RARE else 6)
        pid = fork(partial(self._become, role), fault=f"{point}:#{nth}" if point else "")
        self.men[pid] = Man(role, point)

    def _next_point(self, role: str) -> str:
        """The one that lacks most, those for which somebody is armed already left aside."""
        if not self.is_dangerous:
            return ""
        armed = Counter(man.point for man in self.men.values() if man.point not in RARE)
        lacking = {name: self.quota - self.deaths[name] - armed[name] for name in REACHES.get(role, ()) if name in self.points}
        most = max(lacking.values(), default=0)
        return self.chance.choice([name for name, lack in lacking.items() if lack == most]) if most > 0 else ""

    def _become(self, role: str) -> None:
        os.setsid()
        log = os.open(self.work.arena.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 2)
        toil(role, self.work)

    def kill_somebody(self) -> bool:
        """kill -9 from outside at whatever it is doing. One that is to die at a point is left to it; first come those who could."""
        lacking = self.lacking()
        loose = [pid for pid, man in self.men.items() if not man.point]
        loose = [pid for pid in loose if lacking.keys() & set(REACHES.get(self.men[pid].role, ()))] or loose
        if not loose:
            return False
        pid = self.chance.choice(loose)
        os.kill(pid, signal.SIGKILL)
        del self.men[pid]
        os.waitpid(pid, 0)
        self.deaths["random"] += 1
        return True

    def lacking(self) -> dict[str, int]:
        """How many kills the points still want."""
        return {name: self.quota - self.deaths[name] for name in self.points if self.deaths[name] < self.quota}

    def disarm(self) -> None:
        """Nobody is to die any more: whoever is armed is replaced."""
        self.is_dangerous = False
        for pid in [pid for pid, man in self.men.items() if man.point]:
            os.kill(pid, signal.SIGTERM)

    def dismiss(self) -> None:
        """End all, waiting for what they have begun; whoever does not end is killed."""
        for pid in self.men:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while self.men and time.monotonic() < deadline:
            self._bury()
            time.sleep(0.02)
        for pid in self.men:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.men.clear()
