"""Providers for the tests, on loopback: SMSAPI, Twilio and Postmark, with every bad habit. Also a process of its own:

    python -m tests.unit.messaging.sms_server FILE [--port N] [--seed N] [--habit NAME=SHARE …]

prints its port, and writes each message it took as a JSON line into FILE, on disk before it answers. Habits then come by chance.
"""

import argparse
import json
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HABITS = {
    "answers": "takes it and says so",
    "time-out, taken": "takes it and never answers",
    "time-out, not taken": "never answers and takes nothing",
    "reset, taken": "takes it and hangs up",
    "reset, not taken": "hangs up",
    "drips, taken": "takes it and answers a byte now and then",
    "429": "says that we ask too often",
    "500": "breaks down without taking it",
    "503, taken": "breaks down after taking it",
    "200, error": "an error in a good answer",
    "200, unreadable, taken": "takes it and answers what is no JSON",
    "200, unreadable, not taken": "answers what is no JSON",
    "200, empty, taken": "takes it and answers with nothing in it",
    "409": "says that it knows the key, and does",
    "401": "does not know us",
    "404": "has nothing there",
    "302": "sends us elsewhere",
}
_STATUS = {"429": 429, "500": 500, "503, taken": 503, "409": 409, "401": 401, "404": 404, "302": 302}


@dataclass
class Providers:
    """What they shall do, in turn, the last for ever; and what they were asked and took."""

    url: str = ""
    habits: list[str] = field(default_factory=lambda: ["answers"])
    error: dict[str, Any] = field(default_factory=lambda: {"error": 201, "message": "Internal error"})
    status: int = 0  # of the answer with `error`; 0: 200, or 400 where the provider answers so
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # provider and fields
    headers: list[dict[str, str]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # keys, each time one is taken
    idx: set[str] = field(default_factory=set)  # what SMSAPI remembers
    file: Path | None = None
    chance: Callable[[], str] | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def does(self, *habits: str) -> None:
        """From now on."""
        self.habits = list(habits)

    def next_habit(self) -> str:
        if self.chance:
            return self.chance()
        return self.habits.pop(0) if len(self.habits) > 1 else self.habits[0]

    def take(self, provider: str, key: str, fields: dict[str, Any], *, habit: str = "answers") -> str:
        """Take a message; on disk before anybody hears of it. Returns the id it gets here; empty where SMSAPI knows its key already.

        Looking and taking are one step: of two calls at once with the same key one is taken.
        """
        with self.lock:
            if self.knows(provider, key, fields):
                return ""
            self.taken.append(key)
            self.idx.add(key)
            number = len(self.taken)
            if self.file:
                said = {"at": time.time(), "provider": provider, "key": key, "number": number, "habit": habit, "fields": fields}
                handle = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(handle, json.dumps(said).encode() + b"\n")
                    os.fsync(handle)
                finally:
                    os.close(handle)
        return f"{provider}-{number}"

    def knows(self, provider: str, key: str, fields: dict[str, Any]) -> bool:
        """Whether this is a key of SMSAPI that was taken, and that is asked about."""
        return provider == "smsapi" and bool(fields.get("check_idx")) and key in self.idx


class _Handler(BaseHTTPRequestHandler):
    @property
    def plan(self) -> Providers:
        return self.server.plan  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # they died while they spoke: nobody was asked anything
            self.close_connection = True
            return
        provider, fields, key = self._read(body)
        with self.plan.lock:
            self.plan.asked.append((provider, fields))
            self.plan.headers.append(dict(self.headers.items()))
            habit = self.plan.next_habit()
        if habit in ("answers", "409") and self.plan.knows(provider, key, fields):
            self._say_known(habit)
            return
        self._behave(habit, provider, key, fields)

    def _say_known(self, habit: str) -> None:
        self._say(409 if habit == "409" else 200, {"error": 53, "message": "Not unique idx value"})

    def _behave(self, habit: str, provider: str, key: str, fields: dict[str, Any]) -> None:
        """However badly it answers, SMSAPI takes a key it knows no second time."""
        name = ""
        if fields.get("test") != "1" and (habit == "answers" or habit.endswith(", taken")):
            name = self.plan.take(provider, key, fields, habit=habit)
            if not name and habit == "answers":  # another call took it since it was looked for
                self._say_known(habit)
                return
        if habit.startswith("time-out"):
            self.plan.stop.wait(60)
            self.close_connection = True
        elif habit.startswith("reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            self.connection.close()
            self.close_connection = True
        elif habit.startswith("drips"):
            self._drip()
        elif habit in _STATUS:
            self._say(_STATUS[habit], {"message": "no"})
        elif habit == "200, error":
            self._say(self.plan.status or (200 if provider == "smsapi" else 422 if provider == "postmark" else 400), self.plan.error)
        elif habit.startswith("200, unreadable"):
            self._say(200, b"<html>Bad gateway</html>")
        elif habit.startswith("200, empty"):
            self._say(200, {})
        else:
            self._say(201 if provider == "twilio" else 200, _answer(provider, name, fields))

    def _read(self, body: bytes) -> tuple[str, dict[str, Any], str]:
        path = urlsplit(self.path).path
        if path == "/sms.do":
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            return "smsapi", form, form.get("idx", "")
        if path.startswith("/2010-04-01/Accounts/"):
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            return "twilio", form, form.get("StatusCallback", "").rstrip("/").rpartition("/")[2]
        mail = json.loads(body)
        return "postmark", mail, mail.get("Metadata", {}).get("key", "")

    def _say(self, status: int, body: dict[str, Any] | bytes) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 302:
            self.send_header("Location", f"{self.plan.url}/elsewhere")
        self.end_headers()
        self.wfile.write(content)

    def _drip(self) -> None:
        try:
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
            while not self.plan.stop.wait(0.05):
                self.wfile.write(b"X-A: b\r\n")
        except OSError:
            return  # they hung up
        finally:
            self.close_connection = True

    def log_message(self, *_arguments: Any) -> None:
        """Quiet."""


def _answer(provider: str, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    if provider == "smsapi":
        one = {"id": name, "points": 0.16, "number": fields["to"], "status": "QUEUE", "error": None, "idx": fields.get("idx")}
        return {"count": 1, "list": [one], "parts": 1}
    if provider == "twilio":
        return {"sid": name, "status": "queued", "error_code": None, "num_segments": "1"}
    return {"To": fields["To"], "SubmittedAt": "2026-05-04T10:00:00Z", "MessageID": name, "ErrorCode": 0, "Message": "OK"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


def _start(plan: Providers, port: int = 0) -> _Server:
    server = _Server(("127.0.0.1", port), _Handler)
    server.plan = plan  # type: ignore[attr-defined]
    plan.url = f"http://127.0.0.1:{server.server_address[1]}"
    return server


@contextmanager
def providers(*habits: str) -> Iterator[Providers]:
    """The servers, while the block runs."""
    plan = Providers(habits=list(habits) or ["answers"])
    server = _start(plan)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield plan
    finally:
        plan.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def by_chance(shares: dict[str, float], seed: int) -> Callable[[], str]:
    """A habit by its share, else `answers`; the same ones for the same seed."""
    dice = random.Random(seed)

    def one() -> str:
        drawn = dice.random()
        for habit, share in shares.items():
            drawn -= share
            if drawn < 0:
                return habit
        return "answers"

    return one


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--habit", action="append", default=[], help=f"NAME=SHARE; one of: {'; '.join(HABITS)}")
    options = parser.parse_args()
    shares = {name: float(share) for name, _, share in (habit.rpartition("=") for habit in options.habit)}
    if unknown := set(shares) - set(HABITS):
        parser.error(f"no such habit: {', '.join(sorted(unknown))}")
    plan = Providers(file=options.file, chance=by_chance(shares, options.seed))
    server = _start(plan, options.port)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
