"""A stand-in for Debitura's Customer API: a real HTTP server on loopback that keeps cases by reference, with every bad habit."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "key-of-the-firm"


@dataclass
class CaseServer:
    """What it shall do at a call, by "METHOD what" ("POST cases", "POST files", "GET case", "GET files"): a status, "hang" or "reset",
    the latter two with "taken " before them where it does what was asked first. What is not named goes well."""

    habits: dict[str, str] = field(default_factory=dict)
    url: str = ""
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)  # by our reference
    opened: int = 0
    files: dict[str, list[str]] = field(default_factory=dict)
    descriptions: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    idempotency_keys: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    plan: CaseServer

    def do_GET(self) -> None:
        if found := re.fullmatch("/cases/by-creditor-reference/(.+)", self.path):
            self._run("GET case", lambda: self._case(found[1]))
        elif found := re.fullmatch("/cases/([^/]+)", self.path):
            self._run("GET by id", lambda: self._by_id(found[1]))
        elif found := re.fullmatch("/cases/(.+)/files", self.path):
            self._run("GET files", lambda: (200, [{"fileName": name} for name in self.plan.files.get(found[1], [])]))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.plan.idempotency_keys.append(self.headers.get("Idempotency-Key", ""))
        if self.path == "/cases":
            self._run("POST cases", lambda: self._open(json.loads(body)))
        elif found := re.fullmatch("/cases/(.+)/files", self.path):
            self._run("POST files", lambda: self._keep(found[1], body))

    def _run(self, call: str, do: Any) -> None:
        self.plan.calls.append(call)
        if self.headers.get("XApiKey") != KEY:
            return self._answer(401, {})
        habit = self.plan.habits.get(call, "")
        if not habit:
            return self._answer(*do())
        if habit.startswith("taken "):
            do()
        habit = habit.removeprefix("taken ")
        if habit == "hang":
            self.plan.stop.wait(30)
        elif habit != "reset":
            self._answer(int(habit), {})
        return None

    def _case(self, reference: str) -> tuple[int, Any]:
        case = self.plan.cases.get(reference)
        return (200, case) if case else (404, {})

    def _by_id(self, case_id: str) -> tuple[int, Any]:
        case = next((each for each in self.plan.cases.values() if each["id"] == case_id), None)
        return (200, case) if case else (404, {})

    def _open(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["creditorReference"] in self.plan.cases:
            return 400, {"errors": [{"type": "DuplicateReference"}]}
        self.plan.opened += 1
        case = {**body, "id": f"case-{self.plan.opened}"}
        self.plan.cases[body["creditorReference"]] = case
        return 201, case

    def _keep(self, case_id: str, body: bytes) -> tuple[int, Any]:
        text = body.decode("latin-1")
        self.plan.files.setdefault(case_id, []).append(re.findall('filename="(.+?)"', text)[0])
        self.plan.descriptions.append(re.findall('name="Description"\r\n\r\n(.*?)\r\n', text)[0])
        return 201, {}

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is theirs
        return


@contextmanager
def case_server(**habits: str) -> Iterator[CaseServer]:
    """A server on a free port while the block runs."""
    plan = CaseServer({name.replace("_", " "): habit for name, habit in habits.items()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"plan": plan}))
    server.daemon_threads = True
    plan.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield plan
    finally:
        plan.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
