"""The private Valkey: the broker and cache, on a Unix socket only, append-only so that queued work survives a kill."""

import signal
import socket
import subprocess
import time

from receivables.embedded import binaries
from receivables.embedded.identity import die_with_parent
from receivables.embedded.places import Places
from receivables.embedded.problems import did_not_start

START_SECONDS = 20


class Valkey:
    """One server of one DATA_DIR. Only the supervisor uses it."""

    name = "valkey"

    def __init__(self, places: Places) -> None:
        self.places = places
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers. Raises `Problem`."""
        self.places.valkey.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.places.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.places.valkey_socket),
            "unixsocketperm": "700",
            "dir": str(self.places.valkey),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        command = [binaries.valkey_server(), *(word for name, value in options.items() for word in (f"--{name}", value))]
        self.process = subprocess.Popen(command, preexec_fn=die_with_parent(signal.SIGTERM))
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(self.places):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise did_not_start("Valkey", self.places.supervisor_log)
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self.process = None


def is_ready(places: Places) -> bool:
    """It answers PING with PONG, not with a note that it is still loading."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(places.valkey_socket))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False
