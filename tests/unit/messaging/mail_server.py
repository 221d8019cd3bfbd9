"""A mail server for the tests: real sockets on loopback, and every bad habit that mail servers have."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """What it shall do, and what it got."""

    port: int = 0
    greeting: str = "220 ready"
    at_mail: str = "250 ok"
    at_rcpt: str = "250 ok"
    at_data: str = "354 go on"
    at_end: str = "250 taken as 4711"  # or: "hang", "reset", "drip"
    at_quit: str = "221 bye"
    per_connection: int = 0  # takes no more mails by one; 0: any number
    at_limit: str = ""  # what it says to the next one; empty: it hangs up instead of waiting for it
    certificate: str = ""  # a file with key and certificate: offers STARTTLS
    tls: str = "starttls"  # or: "at once", "broken" (says yes to STARTTLS and hangs up), "silent" (says yes and then nothing)
    connections: int = 0
    logins: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        plan: MailServer = self.server.plan  # type: ignore[attr-defined]
        plan.connections, taken = plan.connections + 1, 0
        if (plan.certificate and plan.tls == "at once" and not self._encrypt(plan)) or not self._say(plan.greeting, plan):
            return
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"EHLO":
                self._write("250-here\r\n250-8BITMIME\r\n250 " + self._offers(plan))
            elif word == b"STAR" and plan.certificate:
                self._write("220 go ahead")
                if not self._encrypt(plan):
                    return
            elif word == b"AUTH":
                plan.logins.append(line.decode().strip())
                self._write("235 welcome")
            elif word == b"MAIL":
                if plan.per_connection and taken == plan.per_connection:
                    self._say(plan.at_limit, plan)
                    return
                plan.senders.append(line.decode().strip())
                if not self._say(plan.at_mail, plan):
                    return
            elif word == b"RCPT":
                plan.recipients.append(line.decode().strip())
                if not self._say(plan.at_rcpt, plan):
                    return
            elif word == b"DATA":
                if not self._say(plan.at_data, plan) or (plan.at_data.startswith("354") and not self._take(plan)):
                    return
                taken += 1
                if taken == plan.per_connection and not plan.at_limit:
                    return
            elif word == b"QUIT":
                self._say(plan.at_quit, plan)
                return
            else:
                self._write("250 ok")

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # the encrypted one, where there is one

    def _offers(self, plan: MailServer) -> str:
        if isinstance(self.connection, ssl.SSLSocket):
            return "AUTH PLAIN"
        return "STARTTLS" if plan.certificate else "HELP"

    def _encrypt(self, plan: MailServer) -> bool:
        if plan.tls == "silent":
            plan.stop.wait(30)
        if plan.tls in ("broken", "silent"):
            return False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(plan.certificate)
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        return True

    def _take(self, plan: MailServer) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if self._is_taken(plan):
            plan.taken.append(b"".join(lines))
        return self._say(plan.at_end, plan)

    def _is_taken(self, plan: MailServer) -> bool:
        return not plan.at_end.startswith(("4", "5"))  # whoever hangs or resets may well have taken it

    def _say(self, words: str, plan: MailServer) -> bool:
        if words == "hang":
            plan.stop.wait(30)
            return False
        if words == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            self.connection.close()
            return False
        if words == "drip":
            while not plan.stop.wait(0.05):
                try:
                    self.wfile.write(b"2")
                except OSError:
                    return False
            return False
        self._write(words)
        return True

    def _write(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def mail_server(**habits: str | int) -> Iterator[MailServer]:
    plan = MailServer(**habits)  # type: ignore[arg-type]
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.plan = plan  # type: ignore[attr-defined]
        plan.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield plan
        finally:
            plan.stop.set()
            server.shutdown()
            thread.join()
