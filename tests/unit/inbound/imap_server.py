"""A mailbox behind a socket of this machine: as much of IMAP as a reader needs, and some ways to misbehave."""

import re
import socketserver
import threading
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass
class Mailbox:
    """What the server holds: mails by UID. `breaks_at`: at the fetch of that UID the line goes dead. `came`: on which day, lately if not told."""

    mails: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    password: str = "secret"
    breaks_at: int = 0
    tells_next: bool = True  # UIDNEXT, which old servers leave out
    came: dict[int, date] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> "Mailbox":
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                mailbox._serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, line: socketserver.StreamRequestHandler) -> None:
        line.wfile.write(b"* OK ready\r\n")
        for raw in line.rfile:
            tag, _space, command = raw.decode().strip().partition(" ")
            self.commands.append(re.sub(r"LOGIN .*", "LOGIN", command))
            answer = self._answer(command)
            if answer is None:
                return
            line.wfile.write(answer[0] + f"{tag} {answer[1]}\r\n".encode())
            if command == "LOGOUT":
                return

    def _answer(self, command: str) -> tuple[bytes, str] | None:
        if command.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4REV1\r\n", "OK done"
        if command.startswith("LOGIN"):
            return (b"", "OK in") if self.password in command else (b"", "NO wrong")
        if command.startswith("EXAMINE"):
            end = f"* OK [UIDNEXT {max(self.mails, default=0) + 1}] x\r\n" if self.tells_next else ""
            return f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] x\r\n{end}".encode(), "OK [READ-ONLY] done"
        if found := re.fullmatch(r"UID SEARCH UID (\d+):\*(?: SINCE (\S+))?", command):
            behind = [uid for uid in self.mails if uid >= int(found[1])] or sorted(self.mails)[-1:]  # as RFC 3501 wants it
            since = datetime.strptime(found[2], "%d-%b-%Y").date() if found[2] else date.min
            behind = [uid for uid in behind if self.came.get(uid, date.max) >= since]
            return f"* SEARCH {' '.join(map(str, behind))}\r\n".encode(), "OK done"
        if found := re.fullmatch(r"UID FETCH (\d+) \((.+)\)", command):
            return self._fetched(int(found[1]), found[2])
        return (b"* BYE bye\r\n", "OK done") if command == "LOGOUT" else (b"", "BAD what")

    def _fetched(self, uid: int, what: str) -> tuple[bytes, str] | None:
        mail = self.mails[uid]
        if what == "RFC822.SIZE":
            return f"* 1 FETCH (UID {uid} RFC822.SIZE {len(mail)})\r\n".encode(), "OK done"
        if uid == self.breaks_at:
            return None
        part = mail[:1_000_000] if "<0." in what else mail
        return f"* 1 FETCH (UID {uid} BODY[] {{{len(part)}}}\r\n".encode() + part + b")\r\n", "OK done"
