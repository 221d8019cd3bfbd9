"""Play scenarios with a policy that is not published yet: in a process of its own, for a replay moves the database connection."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from receivables.core.errors import Refused

SECONDS = 45  # below the time that the web server gives a request
WORKER_SECONDS = 80  # below the soft time limit of tasks; the first time a template database is made
SECONDS_TO_TIDY = 5
MOST = 20
_PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Played:
    """How a scenario ended under the policy; it passed when nothing differs."""

    name: str
    title: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all that was expected is so."""
        return not self.differences


def rehearse(policy: str, scenarios: Mapping[str, str], *, seconds: float | None = None) -> list[Played]:
    """Play scenarios (name → text) with this policy in place of their default one, in that order. Nothing of the program's data changes.

    Raises `Refused` where they cannot be played here at all.
    """
    if not scenarios:
        return []
    if len(scenarios) > MOST:
        raise Refused(f"At most {MOST} scenarios are played at once; play the rest with manage.py replay.")
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        files = [_kept(folder, f"{n:03}.yaml", text) for n, text in enumerate(scenarios.values())]
        told = _replayed(_kept(folder, "policy.yaml", policy), files, seconds=seconds or SECONDS)
    return [Played(name, each["scenario"], tuple(each["differences"])) for name, each in zip(scenarios, told, strict=True)]


def _kept(folder: str, name: str, text: str) -> Path:
    path = Path(folder) / name
    path.write_text(text, encoding="utf-8")
    return path


def _replayed(policy: Path, files: Iterable[Path], *, seconds: float) -> list[dict[str, Any]]:
    command: list[str | Path] = [sys.executable, "-m", "manage", "replay", "--json", "--policy", policy, *files]
    with subprocess.Popen(
        command, cwd=_PROJECT, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        said = _said(process, seconds)
    try:
        scenarios: list[dict[str, Any]] = json.loads(said)["scenarios"]
    except (ValueError, KeyError):
        raise Refused("Scenarios cannot be played here: it takes the right to create databases. Use manage.py replay.") from None
    return scenarios


def _environment() -> dict[str, str]:
    """That of this process; the child speaks as the role of replays, where there is one, and so never to the program's own database."""
    quiet = os.environ | {"PYTHONWARNINGS": "ignore", "CLOCK": ""}
    if not settings.REPLAY_DATABASE_URL:
        return quiet
    others = dict.fromkeys(("DATABASE_URL_FILE", "OWNER_DATABASE_URL_FILE"), "")
    return quiet | others | dict.fromkeys(("DATABASE_URL", "OWNER_DATABASE_URL"), settings.REPLAY_DATABASE_URL)


def _said(process: subprocess.Popen[str], seconds: float) -> str:
    """What the process printed. One that takes too long is interrupted, so that it throws its database away, and ended if it does not."""
    try:
        return process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=SECONDS_TO_TIDY)
        process.kill()
        raise Refused(f"The scenarios took longer than {seconds:g} seconds. Play them with manage.py replay.") from None
