"""One question to another machine by HTTP, and its answer. The name is resolved once, no redirect is followed, size and time are bounded.

Who may be asked is a `Reach`. No proxy and no netrc of the environment is used, nothing is decompressed, and nothing is logged.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import SplitResult, urlsplit

from receivables.core.errors import DomainError
from receivables.core.stopwatch import seconds

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address within


class Reach(Enum):
    """Whom an address may lead to."""

    PUBLIC = "public"  # by https, and only to addresses that everybody on the internet has
    LOOPBACK_TOO = "loopback_too"  # besides, this very machine, also by http: to try things out
    CHOSEN = "chosen"  # the operator wrote it into the environment: by https wherever it leads, by http on this machine


class Unreachable(DomainError):
    """No whole answer came. The sentence names no address."""


class Unanswered(Unreachable):
    """The question may have reached the other side, in part or whole; what it did about it nobody knows."""


class NotAllowed(Unreachable):
    """The address may not be asked at all; no connection was made."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. The address is complete, with its query string."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how much."""

    connect_seconds: float = 3.0
    total_seconds: float = 8.0
    most_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer. Redirects are answers too."""

    status: int
    media_type: str
    body: bytes
    retry_after: int = 0  # seconds, where a header says so


def ask(request: Request, *, reach: Reach, bounds: Bounds = Bounds()) -> Answered:
    """Ask once. Raises `NotAllowed` before any connection, `Unreachable` where no whole answer came in time.

    `Unanswered` is raised from the first byte of the question on; any other `Unreachable` means that nothing was asked.
    """
    parts = allowed_url(request.url, reach=reach)
    addresses = _resolved(parts, reach=reach)
    until = seconds() + bounds.total_seconds
    with _named(Unreachable), _connected(parts, addresses[0], bounds) as connection, _named(Unanswered):
        answered = _exchanged(connection, parts, request, bounds)
    if seconds() >= until:  # the connection was cut, and what broke off may look whole
        raise Unanswered("It did not answer in time.")
    return answered


@contextmanager
def _named(kind: type[Unreachable]) -> Iterator[None]:
    """What goes wrong on the wire, as `kind` and in a sentence."""
    try:
        yield
    except TimeoutError as error:
        raise kind("It did not answer in time.") from error
    except (OSError, http.client.HTTPException) as error:
        raise kind(f"It cannot be reached ({type(error).__name__}).") from error


def allowed_url(url: str, *, reach: Reach) -> SplitResult:
    """The parts of an address that may be asked as far as its text tells. Raises `NotAllowed` with a sentence."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed("This is no address of the web.") from None
    if not parts.hostname or parts.username is not None or parts.password is not None or port == 0 or not url.isascii() or " " in url:
        raise NotAllowed("Write the address as https://example.com/path, without a user name.")
    if parts.scheme == "https" or (parts.scheme == "http" and reach is not Reach.PUBLIC and _is_loopback_name(parts.hostname)):
        return parts
    raise NotAllowed("The address must begin with https://.")


def is_public(address: Address) -> bool:
    """Whether everybody on the internet has the same machine behind this address, also where an IPv4 address is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def addresses_of(host: str, port: int, *, reach: Reach) -> list[str]:
    """The addresses behind a name. Raises `NotAllowed` where a single one may not be asked, `Unreachable` where there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("Its name is not known.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if reach is not Reach.CHOSEN and not (is_public(address) or (reach is Reach.LOOPBACK_TOO and address.is_loopback)):
            raise NotAllowed("The address leads into a private network.")
    if not addresses:
        raise Unreachable("Its name is not known.")
    return addresses


def _resolved(parts: SplitResult, *, reach: Reach) -> list[str]:
    """The addresses behind the name, all of them allowed; without encryption only those of this machine are."""
    addresses = addresses_of(parts.hostname or "", _port(parts), reach=reach)
    if parts.scheme == "http" and not all(ipaddress.ip_address(text.partition("%")[0]).is_loopback for text in addresses):
        raise NotAllowed("The address must begin with https://.")
    return addresses


@contextmanager
def _connected(parts: SplitResult, address: str, bounds: Bounds) -> Iterator[http.client.HTTPConnection]:
    """A connection to exactly this address, encrypted for the name, and cut when the total time is over."""
    plain = socket.create_connection((address, _port(parts)), timeout=bounds.connect_seconds)
    limit = threading.Timer(bounds.total_seconds, _cut, [plain])
    limit.daemon = True
    limit.start()
    try:
        plain.settimeout(bounds.total_seconds)
        connection = http.client.HTTPConnection(parts.hostname or "", _port(parts))
        context = ssl.create_default_context() if parts.scheme == "https" else None
        connection.sock = context.wrap_socket(plain, server_hostname=parts.hostname) if context else plain
        try:
            yield connection
        finally:
            connection.close()
    finally:
        limit.cancel()
        plain.close()


def _exchanged(connection: http.client.HTTPConnection, parts: SplitResult, request: Request, bounds: Bounds) -> Answered:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "receivables", **request.headers}
    connection.request(request.method, target, body=request.body, headers=headers)
    answer = connection.getresponse()
    body = answer.read(bounds.most_bytes + 1)
    if len(body) > bounds.most_bytes:
        raise Unanswered("Its answer is too big.")
    if answer.length:  # of what the answer said it would be, so much has not come
        raise Unanswered("Its answer broke off.")
    return Answered(answer.status, answer.headers.get_content_type(), body, _seconds(answer.headers.get("Retry-After", "")))


def _seconds(said: str) -> int:
    return int(said) if re.fullmatch("[0-9]{1,6}", said) else 0  # a date is as good as nothing


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _is_loopback_name(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def _cut(plain: socket.socket) -> None:
    """End every wait on this connection at once, also where a byte comes each second."""
    try:
        plain.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already
