"""What can go wrong with the private servers, in words for the person at the terminal."""

import errno
from collections.abc import Sequence
from pathlib import Path

NO_SPACE = "No space left on device"


class Problem(Exception):
    """A plain sentence; the command that meets it prints it and exits 2."""


def did_not_start(server: str, log: Path) -> Problem:
    """With the most likely reason, if the server's own words give it away."""
    if NO_SPACE in log.read_text(errors="replace")[-4000:]:
        return Problem(f"The disk is full: the private {server} could not start below {log.parents[1]}. Free some space and try again.")
    return Problem(f"The private {server} did not start. Its own words are in {log}.")


def cannot_be_ended(processes: Sequence[int], data: Path) -> Problem:
    """What the former server has left of itself waits within the kernel, where no signal reaches it: usually for a disk."""
    numbers = ", ".join(map(str, sorted(processes)))
    return Problem(
        f"Processes of the former private PostgreSQL cannot be ended: {numbers}. They work in {data} and most likely wait for its disk. "
        "Look at that disk, then start again; if they are still there, restart the machine."
    )


def disk_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
