"""A real SFTP server in a process of its own: OpenSSH's sshd where the machine has it, and always one made with the library."""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from receivables.messaging.channels.agency_sftp import AgencySftpConfig
from receivables.outside import Reach
from tests.unit.messaging.sftp_process import PASSWORD, USER

ROOT = Path(__file__).parents[3]
SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
KINDS = ["library", "sshd"] if SSHD else ["library"]


@dataclass
class SftpServer:
    """Where it is and what its folder holds."""

    process: subprocess.Popen[str]
    folder: Path
    port: int
    host_key: str
    user_key: str
    username: str = USER
    password: str = PASSWORD

    def config(self, **changes: object) -> AgencySftpConfig:
        """How to reach it; by key, which both kinds of server know."""
        known: dict[str, object] = {
            "host": "127.0.0.1", "port": self.port, "username": self.username, "host_key": self.host_key, "private_key": self.user_key,
            "folder": "in", "reply_folder": "out", "reach": Reach.LOOPBACK_TOO, "does_send": True,
        }  # fmt: skip
        return AgencySftpConfig(**{**known, **changes})  # type: ignore[arg-type]

    def names(self, folder: str = "in") -> list[str]:
        return sorted(file.name for file in (self.folder / folder).iterdir())


def new_key() -> str:
    """A private key as OpenSSH writes it."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def public_line(path: Path) -> str:
    key = paramiko.Ed25519Key(filename=str(path))
    return f"{key.get_name()} {key.get_base64()}"


@contextmanager
def sftp_server(at: Path, kind: str = "library") -> Iterator[SftpServer]:
    """A server with the folders `in` and `out` while the block runs."""
    folder, keys = at / "agency", at / "keys"
    for each in (folder / "in", folder / "out", keys):
        each.mkdir(parents=True, mode=0o700)
    for name in ("host", "user"):
        (keys / name).touch(mode=0o600)
        (keys / name).write_text(new_key())
    host_key, user_key = public_line(keys / "host"), (keys / "user").read_text()
    process, port = _library(folder, keys) if kind == "library" else _sshd(folder, keys)
    username = USER if kind == "library" else pwd.getpwuid(os.getuid()).pw_name
    try:
        yield SftpServer(process, folder, port, host_key, user_key, username)
    finally:
        process.kill()
        process.communicate()


@cache
def shared_server() -> SftpServer:
    """One for all tests of this process that bring a folder of their own; it ends with the process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(sftp_server(Path(stack.enter_context(TemporaryDirectory()))))


def _library(folder: Path, keys: Path) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.unit.messaging.sftp_process", str(folder), str(keys)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def _sshd(folder: Path, keys: Path) -> tuple[subprocess.Popen[str], int]:
    """OpenSSH's own server in the foreground, which serves the folder by key to whoever runs the tests."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (keys / "authorized").write_text(public_line(keys / "user") + "\n")
    settings = keys / "sshd_config"
    settings.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {keys / 'host'}\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {keys / 'authorized'}\nPasswordAuthentication no\nPermitRootLogin yes\n"
        f"Subsystem sftp internal-sftp -d {folder}\n"
    )
    assert SSHD is not None
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(settings)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "listening on" in line:
            break
    return process, port
