"""Time that passes, for leases and time-outs. Never what day it is: see `receivables.clock`."""

import time


def seconds() -> float:
    """A clock that nobody sets, and that goes on while this process is stopped or the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
