"""A private PostgreSQL and Valkey under DATA_DIR, for `dev.py up`, the commands and the tests. Never used in production.

Whoever needs a server calls `hold`: it takes a shared lock on that server's `in-use` file and waits until the server answers.
One supervisor per DATA_DIR (`supervisor.py`) runs the servers while somebody holds the lock, and ten seconds longer.
"""

from receivables.embedded.holding import hold
from receivables.embedded.places import Places
from receivables.embedded.problems import Problem

__all__ = ["Places", "Problem", "hold"]
