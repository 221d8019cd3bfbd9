"""A web server on this machine that answers what a test tells it to, well or badly, and keeps what it was asked."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Handler"], None]


@dataclass(slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Stub:
    """`replies` are given in turn, the last one for ever."""

    url: str
    replies: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def answers(self, *replies: Reply) -> None:
        """From now on."""
        self.replies = list(replies)


class Handler(BaseHTTPRequestHandler):
    stub: Stub
    released: threading.Event

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.stub.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
        reply = self.stub.replies.pop(0) if len(self.stub.replies) > 1 else self.stub.replies[0]
        reply(self)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - so the standard library names them

    def log_message(self, *_arguments: Any) -> None:
        """Quiet."""


def reply(body: bytes | str = b"", *, status: int = 200, media_type: str = "application/json", **headers: str) -> Reply:
    """An ordinary answer."""
    content = body.encode() if isinstance(body, str) else body

    def give(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", media_type)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return give


def truncated(body: str) -> Reply:
    """An answer that breaks off half-way."""

    def give(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2].encode())
        handler.close_connection = True

    return give


def silent(handler: Handler) -> None:
    """No answer at all, until the test is over."""
    handler.released.wait(20)


def dripping(handler: Handler) -> None:
    """A byte now and then, never the end."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    try:
        while not handler.released.wait(0.05):
            handler.wfile.write(b"X-A: b\r\n")
            handler.wfile.flush()
    except OSError:
        return  # they hung up


def hangs_up(handler: Handler) -> None:
    """The connection is closed without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


@contextmanager
def serving(*replies: Reply) -> Iterator[Stub]:
    """The server, while the block runs."""
    released = threading.Event()
    handler = type("Bound", (Handler,), {"released": released})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    stub = Stub(f"http://127.0.0.1:{server.server_address[1]}", list(replies))
    handler.stub = stub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join()
