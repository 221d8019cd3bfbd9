"""Running parts of the program as processes of their own, in folders of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from receivables.embedded import Places
from tests.servers import ROOT

started: list[subprocess.Popen[str]] = []
PATIENCE = 120  # seconds; never slept through, only waited at most


def without_servers(**variables: str) -> dict[str, str]:
    """The environment of somebody who has set nothing but these."""
    ours = ("DATABASE_URL", "OWNER_DATABASE_URL", "BROKER_URL", "SECRET_KEY", "FIELD_KEYS", "DJANGO_SETTINGS_MODULE", "DATA_DIR")
    plain = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST")}
    return plain | variables


def run(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def start(*words: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    """In a session of its own, so that a test can kill all of it. Ended after the test in any case."""
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    started.append(process)
    return process


def wait_until(happened: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)


def processes_of(folder: Path) -> dict[int, str]:
    """Those whose command line or environment names this DATA_DIR, or its sockets, by number."""
    names = (bytes(folder), Places(folder).digest.encode())
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue  # ended meanwhile, or somebody else's
        if any(name in command for name in names) or b"DATA_DIR=" + bytes(folder) in environment:
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def kill_all(folder: Path) -> None:
    """As the machine losing power would."""
    for number in processes_of(folder):
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait_until(lambda: not processes_of(folder), "the killed processes to be gone")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
