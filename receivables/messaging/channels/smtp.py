"""E-mail by SMTP. What the server said at which moment decides what we know. RFC 5321, 4.2 and 4.3.2.

The messages of a batch go over one connection, as long as it holds: a server that ends it between two of them, or says 421 then, has
refused none of them, and a new connection is made. It is kept only after a mail that was taken: nothing of one can hang over to the next.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from receivables import faults
from receivables.core.stopwatch import seconds
from receivables.messaging.channels.mime import UnsafeHeader, ascii_address, compose
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown

BAD_ADDRESS = frozenset({550, 551, 553})  # RFC 5321, 4.2.3: no such mailbox here, try elsewhere, name not allowed
GOODBYE_SECONDS = 2.0
_CLOSING = 421
_POLICY = re.compile(r"^5\.7\.")  # RFC 3463: the server minds us or the content, not the mailbox


class Security(StrEnum):
    """How the connection is encrypted."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """Where the mail server is. Times in seconds."""

    host: str
    port: int = 25
    username: str = ""
    password: str = ""
    security: Security = Security.NONE
    own_name: str = "localhost"  # what we call ourselves in EHLO
    connect_seconds: float = 5.0
    total_seconds: float = 30.0


class Smtp:
    """The same message twice would be two messages, so a lost answer after the content began is `Unknown`."""

    takes_key = False
    batch = 8  # each waits for those before it: a few milliseconds each, and never longer than `Timing.longest_wait`

    def __init__(self, config: SmtpConfig) -> None:
        self._config = config
        self._context = None if config.security is Security.NONE else ssl.create_default_context()

    def send(self, outgoing: Outgoing) -> Outcome:
        with self.conversation() as say:
            return say(outgoing)

    @contextmanager
    def conversation(self) -> Iterator[Callable[[Outgoing], Outcome]]:
        """One connection for all that is said, made when the first message goes."""
        line = _Line(self._config, self._context)
        try:
            yield lambda outgoing: _send(line, outgoing)
        finally:
            line.end()


def _send(line: "_Line", outgoing: Outgoing) -> Outcome:
    try:
        recipient = ascii_address(outgoing.recipient)
    except UnsafeHeader as refusal:
        return Failed(str(refusal), bad_address=True)
    try:
        mail = _Mail(ascii_address(outgoing.return_path or outgoing.sender_address), recipient, compose(outgoing).as_bytes())
    except UnsafeHeader as refusal:
        return Failed(str(refusal))
    return line.send(mail)


@dataclass(frozen=True, slots=True)
class _Mail:
    sender: str
    recipient: str
    content: bytes


class _Line:
    """A connection that is kept from one mail to the next, and made anew where the server has ended it meanwhile."""

    def __init__(self, config: SmtpConfig, context: ssl.SSLContext | None) -> None:
        self._config, self._context = config, context
        self._client: smtplib.SMTP | None = None

    def send(self, mail: _Mail) -> Outcome:
        """Hand one mail over within the total time. Where a kept connection turns out to be at its end, once more by a new one."""
        until = seconds() + self._config.total_seconds
        was_kept = self._client is not None
        outcome = self._try(mail, until=until)
        if was_kept and isinstance(outcome, _Ended) and seconds() + self._config.connect_seconds < until:
            outcome = self._try(mail, until=until)
        return Later(outcome.detail) if isinstance(outcome, _Ended) else outcome

    def end(self) -> None:
        """Say goodbye and hang up; that is not waited for long."""
        client, self._client = self._client, None
        if client is None:
            return
        with _limited(client, min(GOODBYE_SECONDS, self._config.total_seconds)):
            _say_goodbye(client)
        client.close()

    def _try(self, mail: _Mail, *, until: float) -> Outcome:
        client, self._client = self._client or _client(self._config, self._context), None
        try:
            with _limited(client, max(until - seconds(), 0)):
                self._say_hello(client)
                outcome = _converse(client, mail, until=until)
            self._client = client if isinstance(outcome, Accepted) else None
            return outcome
        except smtplib.SMTPResponseException as answer:  # greeting, EHLO, STARTTLS or login: nothing about this message yet
            return Later(f"The mail server refuses us: {_said(answer.smtp_code, answer.smtp_error)}")
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return _Ended(f"The mail server cannot be reached ({type(error).__name__}).")
        finally:
            if self._client is None:
                client.close()

    def _say_hello(self, client: smtplib.SMTP) -> None:
        """Connect, encrypt and log in, unless that is done."""
        if client.sock:
            return
        config = self._config
        code, text = client.connect(config.host, config.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        faults.at("F7")
        _set_timeout(client, config.total_seconds)
        client.ehlo_or_helo_if_needed()
        if config.security is Security.STARTTLS:
            client.starttls(context=self._context)
        if config.username:
            client.login(config.username, config.password)


class _Ended(Later):
    """The connection is at its end, and this mail had not begun to go out."""


@contextmanager
def _limited(client: smtplib.SMTP, limit: float) -> Iterator[None]:
    """Cut the connection when the time is over."""
    timer = threading.Timer(limit, _cut, [client])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _client(config: SmtpConfig, context: ssl.SSLContext | None) -> smtplib.SMTP:
    client: smtplib.SMTP
    if config.security is Security.TLS:
        client = smtplib.SMTP_SSL(local_hostname=config.own_name, timeout=config.connect_seconds, context=context)
    else:
        client = smtplib.SMTP(local_hostname=config.own_name, timeout=config.connect_seconds)
    client._host = config.host  # type: ignore[attr-defined]  # else only known to a client that connects at once: TLS checks this name
    return client


def _converse(client: smtplib.SMTP, mail: _Mail, *, until: float) -> Outcome:
    """MAIL, RCPT and DATA. Until the content begins a lost connection means that nothing left."""
    code, text = client.mail(mail.sender)
    if not 200 <= code < 300:
        return _refusal_before(code, text)
    faults.at("F8")
    code, text = client.rcpt(mail.recipient)
    if not 200 <= code < 300:
        return _refusal_before(code, text, at_recipient=True)
    code, text = client.docmd("DATA")
    if code != 354:
        return _refusal_before(code, text)
    if seconds() > until:
        return Later("The mail server was too slow; nothing was sent.")
    return _send_content(client, mail.content, until=until)


def _send_content(client: smtplib.SMTP, content: bytes, *, until: float) -> Outcome:
    """From the first byte on, only an answer tells whether the message was taken."""
    try:
        client.send(_dotted(content))
        faults.at("F9")
        code, text = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Unknown(f"The connection was lost after the content began ({type(error).__name__}).")
    if seconds() > until:  # the connection was cut, perhaps within the answer
        return Unknown("The mail server took too long to answer after the content.")
    if 400 <= code < 600:
        return _refusal(code, text)
    if not 200 <= code < 300:
        return Unknown(f"The mail server's answer to the content makes no sense: {_said(code, text)}")
    faults.at("F10")
    return Accepted(detail=_said(code, text))


def _refusal_before(code: int, text: bytes, *, at_recipient: bool = False) -> Outcome:
    """421 is about the connection and not about this mail (RFC 5321, 3.8)."""
    refusal = _refusal(code, text, at_recipient=at_recipient)
    return _Ended(refusal.detail) if code == _CLOSING else refusal


def _refusal(code: int, text: bytes, *, at_recipient: bool = False) -> Outcome:
    said = _said(code, text)
    if 400 <= code < 500:
        return Later(f"The mail server says not now: {said}")
    if not 500 <= code < 600:
        return Later(f"The mail server does not speak SMTP: {said}")
    is_dead = at_recipient and code in BAD_ADDRESS and not _POLICY.match(text.decode(errors="replace"))
    return Failed(f"The mail server refuses: {said}", bad_address=is_dead)


def _dotted(content: bytes) -> bytes:
    """RFC 5321, 4.5.2: CRLF line ends, a leading dot doubled, and the dot that ends it all."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    return re.sub(rb"(?m)^\.", b"..", lines).rstrip(b"\r\n") + b"\r\n.\r\n"


def _said(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:200]


def _say_goodbye(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        return  # it is taken; how the server hangs up does not matter


def _set_timeout(client: smtplib.SMTP, limit: float) -> None:
    if client.sock:
        client.sock.settimeout(limit)


def _cut(client: smtplib.SMTP) -> None:
    """End every wait on this connection at once, also where a byte comes each second."""
    try:
        if client.sock:
            client.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already
