"""A print service for the tests: a real HTTP server on loopback, and every bad habit that such services have."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class PrintServer:
    """What it shall do, and what it got. `at_put`: a status, or "hang" or "reset" after it has taken the job, or "lies" (not HTTP)."""

    url: str = ""
    at_put: str = "201"
    at_get: str = '{"state": "working"}'
    knows_keys: bool = True
    printed: list[str] = field(default_factory=list)  # a key for every time it prints
    bodies: list[bytes] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    plan: PrintServer

    def do_PUT(self) -> None:
        plan, key = self.plan, self.path.rpartition("/")[2]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        plan.tokens.append(self.headers.get("Authorization", ""))
        if plan.knows_keys and key in plan.printed:
            self._answer(409)
            return
        if plan.at_put in ("201", "hang", "reset", "lies") or plan.at_put.startswith("taken"):
            plan.printed.append(key)
            plan.bodies.append(body)
        if plan.at_put == "hang":
            plan.stop.wait(30)
        elif plan.at_put == "lies":
            self.wfile.write(b"SSH-2.0-OpenSSH_9\r\n")
        elif plan.at_put != "reset":
            self._answer(int(plan.at_put.removeprefix("taken ")))

    def do_GET(self) -> None:
        status, _sep, body = self.plan.at_get.rpartition("|")
        self._answer(int(status or 200), body.encode())

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is theirs
        return


@contextmanager
def print_server(**changes: str | bool) -> Iterator[PrintServer]:
    """A print service on a free port while the block runs."""
    plan = PrintServer(**changes)  # type: ignore[arg-type]
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"plan": plan}))
    server.daemon_threads = True
    plan.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield plan
    finally:
        plan.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def state(stage: str, **more: str) -> str:
    """What it answers when asked about a job."""
    return json.dumps({"state": stage, **more})
