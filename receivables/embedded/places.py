"""Where the private servers keep their files, and how they are reached. Computed from DATA_DIR alone, so every process agrees."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

DATABASE = "receivables"
SUPERUSER = "postgres"
OWNER = "receivables_owner"  # owns the schema, runs migrations, may create databases
APPLICATION = "receivables"  # what the program itself is

_LONGEST_SOCKET_FOLDER = 88  # a Unix socket's whole path must stay under 108 bytes


@dataclass(frozen=True, slots=True)
class Places:
    """The files below one DATA_DIR."""

    data: Path

    @property
    def run(self) -> Path:
        """Locks and the supervisor's log."""
        return self.data / "run"

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        return self.data / "valkey"

    @property
    def digest(self) -> str:
        return hashlib.sha256(bytes(self.data)).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """Short enough for a socket. For root outside DATA_DIR: user nobody may have to run the server, and must get in."""
        if os.geteuid() == 0:
            return Path(f"/run/receivables-{self.digest}")
        if len(bytes(self.run)) <= _LONGEST_SOCKET_FOLDER:
            return self.run
        return Path(f"/tmp/receivables-{os.geteuid()}-{self.digest}")  # noqa: S108 - owner and mode are checked before use

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def supervisor_lock(self) -> Path:
        return self.run / "supervisor.lock"

    @property
    def supervisor_log(self) -> Path:
        return self.run / "supervisor.log"

    def in_use(self, server: str) -> Path:
        """Held shared by whoever needs this server ("postgres" or "valkey")."""
        return self.run / f"{server}.in-use"

    def database_url(self, role: str = APPLICATION) -> str:
        """The folder is not percent-encoded: django-environ would not decode it."""
        return f"postgres://{role}@/{self.sockets}/{DATABASE}"

    def broker_url(self) -> str:
        return f"redis+socket://{self.valkey_socket}"
