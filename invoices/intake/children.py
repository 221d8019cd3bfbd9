"""Processes that read what strangers have made: they may hang, crash or eat memory without harm to us. Pure."""

import resource
import subprocess
import sys
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]


def answer_of(module: str, *words: str, data: bytes, seconds: float) -> tuple[int, bytes]:
    """Run `python -m module words` on the data; the code it ended with, negative for a signal, and what it wrote.

    Raises `TimeoutError` where it took longer than `seconds`; it has been ended then.
    """
    command = [sys.executable, "-m", module, *words]
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=seconds, cwd=_PROJECT, check=False)
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return child.returncode, child.stdout


def bound(*, memory: int, cpu_seconds: int) -> None:
    """What this process may use at most from now on, memory in bytes of address space; a crash leaves no image of it behind."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
