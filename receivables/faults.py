"""Named points at which the fault campaign kills this process, to prove that no message doubles or gets lost. See docs/reliability.md.

Nothing happens unless FAULT names points: `FAULT=F5:0.1,F9:#3` dies at every tenth passing of F5 and at the third of F9.
receivables/checks.py refuses FAULT outside a campaign. Points where a feature is missing are listed, so that they are not forgotten.
"""

import os
import random
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

MARKER = "fault-campaign"
"""The file in DATA_DIR that a campaign makes; without it FAULT is refused."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where the process dies. `exists`: the program has such a step; `in_campaign`: it is killed there, else by a test of its own."""

    dies: str
    exists: bool = True
    in_campaign: bool = True


POINTS: Mapping[str, Point] = {
    "F1": Point("a batch of the day is planned and released, not committed"),
    "F2": Point("a batch of the day is committed"),
    "F3": Point("messages are claimed, not committed"),
    "F4": Point("the claim is committed"),
    "F5": Point("the guard has let messages pass and they are marked handed, not committed"),
    "F6": Point("the hand-over is committed, nothing was called"),
    "F7": Point("the connection to the mail server is open"),
    "F8": Point("the mail server has taken MAIL FROM"),
    "F9": Point("the content went out, the mail server has not answered"),
    "F10": Point("the mail server has taken the message"),
    "F11": Point("the answer is settled, not committed"),
    "F12": Point("the answer is committed"),
    "F13": Point("a delivery report is stored, not committed"),
    "F14": Point("a delivery report is committed, not applied"),
    "F15": Point("some rows of a file are written, others not"),
    "F16": Point("a payment is stored, nothing of it allocated"),
    "F17": Point("the page of a letter is set, its row is not stored"),
    "F18": Point("the package for an agency is on disk, nobody was told"),
    "F19": Point("the agency has the package, its hand-over is not recorded"),
    "F20": Point("a notice is approved and sent, not committed"),
    "F21": Point("an audit entry is appended, the head of its chain is not moved"),
    "F22": Point("a migration has made some of its changes"),
}


class Trigger:
    """When a point kills: each time with a probability, or the nth time it is passed."""

    def __init__(self, *, probability: float = 0.0, nth: int = 0) -> None:
        self.probability, self.nth = probability, nth
        self._passed = count(1)

    def fires(self) -> bool:
        """Whether this passing is one to die of."""
        if self.nth:
            return next(self._passed) == self.nth
        return random.random() < self.probability  # noqa: S311 - no secret hangs on it


def parse(text: str) -> dict[str, Trigger]:
    """The points that FAULT names. Raises `ImproperlyConfigured` for a point that is not known, not built yet, or makes no sense."""
    return dict(_entry(entry) for entry in text.split(",") if entry.strip())


def _entry(entry: str) -> tuple[str, Trigger]:
    found = re.fullmatch(r"\s*(F\d+):(?:#([1-9]\d*)|(0?\.\d+|1(?:\.0+)?))\s*", entry)
    if found is None:
        raise ImproperlyConfigured(f"FAULT: {entry.strip()!r} is neither F5:0.1 nor F5:#3.")
    name, nth, probability = found.groups()
    if name not in POINTS or not POINTS[name].exists:
        raise ImproperlyConfigured(f"FAULT: there is no point {name}.")
    return name, Trigger(nth=int(nth)) if nth else Trigger(probability=float(probability))


_armed = parse(os.environ.get("FAULT", ""))


def at(name: str) -> None:
    """Die here, if FAULT says so."""
    if name in _armed and _armed[name].fires():
        _die(name)


def are_armed() -> bool:
    """Whether FAULT names any point."""
    return bool(_armed)


def is_campaign(data: Path) -> bool:
    """Whether the campaign has marked this DATA_DIR as its own."""
    return (data / MARKER).exists()


def _die(name: str) -> None:
    """Note the point and the process in FAULT_LOG, so that it counts, and die at once, as by a power cut."""
    if log := os.environ.get("FAULT_LOG", ""):
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, f"{name} {os.getpid()}\n".encode())
        os.fsync(file)
    os.kill(os.getpid(), signal.SIGKILL)
