"""Processes forked from the one that has the program loaded: no cold start, and as mortal as any other."""

import os
import signal
import sys
import traceback
from collections.abc import Callable

from django.db import connections

from receivables import faults
from receivables.checks import refuse_unsafe_settings
from receivables.embedded.identity import die_with_parent


def fork(task: Callable[[], None], *, fault: str = "") -> int:
    """Do the task in a process of its own, which dies where `fault` says; returns its number. Connections stay with nobody."""
    connections.close_all()
    sys.stdout.flush()
    tie = die_with_parent(signal.SIGKILL)
    pid = os.fork()
    if pid == 0:
        _become(task, fault, tie)
    return pid


def exit_code(pid: int) -> int:
    """Waits for its end; minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _become(task: Callable[[], None], fault: str, tie: Callable[[], None]) -> None:
    code = 1
    try:
        tie()
        faults._armed = faults.parse(fault)  # what FAULT does in a process that begins by itself
        refuse_unsafe_settings()
        task()
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)
