"""An SFTP server for the tests, run as a process of its own: `python -m tests.unit.messaging.sftp_process FOLDER`.

It prints its port, then serves FOLDER to user "agency" by password or key until its standard input ends.
"""

import contextlib
import os
import socket
import sys
import threading
import time
from pathlib import Path

import paramiko

USER, PASSWORD = "agency", "correct horse"


class _Login(paramiko.ServerInterface):
    def __init__(self, allowed: bytes) -> None:
        self._allowed = allowed

    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL if username == USER and key.asbytes() == self._allowed else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    def __init__(self, file: object, flags: int) -> None:
        super().__init__(flags)
        self.readfile = self.writefile = file

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))  # type: ignore[attr-defined]


class _Files(paramiko.SFTPServerInterface):
    """The folder, and habits: a file named `.habits` holds words of what goes wrong."""

    def __init__(self, server: paramiko.ServerInterface, *, root: Path) -> None:
        super().__init__(server)
        self._root = root

    def _at(self, path: str) -> Path:
        return self._root / self.canonicalize(path).lstrip("/")

    def _habit(self, word: str) -> bool:
        file = self._root / ".habits"
        return file.exists() and word in file.read_text().split()

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            return [paramiko.SFTPAttributes.from_stat(each.stat(), each.name) for each in self._at(path).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self._at(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        if self._habit("full") and flags & (os.O_WRONLY | os.O_RDWR):
            return paramiko.SFTP_FAILURE
        try:
            mode = "rb" if not flags & (os.O_WRONLY | os.O_RDWR) else "r+b"
            return _Handle(os.fdopen(os.open(self._at(path), flags, 0o600), mode), flags)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def remove(self, path: str) -> int:
        try:
            self._at(path).unlink()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return paramiko.SFTP_OK

    def rename(self, oldpath: str, newpath: str) -> int:
        """Like OpenSSH: a link, so that nothing is ever replaced."""
        if self._habit("no-rename"):
            return paramiko.SFTP_PERMISSION_DENIED
        try:
            os.link(self._at(oldpath), self._at(newpath))
            self._at(oldpath).unlink()
        except OSError:
            return paramiko.SFTP_FAILURE
        if self._habit("dies-after-rename"):
            os._exit(1)
        if self._habit("hangs-after-rename"):
            time.sleep(30)
        return paramiko.SFTP_OK


def _serve(plain: socket.socket, host_key: paramiko.PKey, allowed: bytes, root: Path) -> None:
    transport = paramiko.Transport(plain)
    transport.add_server_key(host_key)
    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, root=root)
    with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
        transport.start_server(server=_Login(allowed))


def main(folder: str, keys: str) -> None:
    root, shelf = Path(folder), Path(keys)
    host_key = paramiko.Ed25519Key(filename=str(shelf / "host"))
    allowed = paramiko.Ed25519Key(filename=str(shelf / "user")).asbytes()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=_serve, args=(plain, host_key, allowed, root), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
