"""Hand-overs by SFTP: written under a name that no reader takes, then renamed to a name that follows from the key.

A plain rename never replaces a file (draft-ietf-secsh-filexfer-02, 6.5), so a key has one file for ever: the same bytes there mean that it
was handed over before, others that somebody else took the name. Nothing is handed to a server whose key is not the pinned one.
"""

import base64
import binascii
import hashlib
import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from stat import S_ISREG
from uuid import uuid4

import paramiko

from receivables.core.errors import Refused, gettext_noop
from receivables.core.stopwatch import seconds
from receivables.messaging.channels.agency_file import package_of
from receivables.messaging.channels.files import name_of
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown, fingerprint
from receivables.outside import Reach, Unreachable, addresses_of

NOT_SENDING = "Sending to this agency is off, so nothing was handed over. Switch it on, or hand the package over by hand."
OTHER_KEY = gettext_noop("The server shows another key than the pinned one, so nothing was sent. Ask the agency why.")
NOT_LET_IN = gettext_noop("The agency's server does not let us in. Check user name, password or key.")
NO_FOLDER = gettext_noop("A folder that is set cannot be opened there. Ask the agency for its name, and whether we may use it.")
MOST_BYTES = 100_000_000
TRY_SECONDS = 10.0  # a person waits for it
_PART = ".part"
_KINDS = {"ssh-ed25519": ("ssh-ed25519",), "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")} | {
    curve: (curve,) for curve in ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
}
_KEYS: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class AgencySftpConfig:
    """The agency's server. `host_key` is a line of known_hosts without the name: kind and key. A password, or a private key as text."""

    host: str
    username: str
    host_key: str
    port: int = 22
    password: str = ""
    private_key: str = ""
    folder: str = "."
    reply_folder: str = ""  # where the agency puts its reports; empty: nothing is fetched
    reach: Reach = Reach.PUBLIC
    does_send: bool = False  # until somebody says so, nothing is connected
    connect_seconds: float = 5.0
    total_seconds: float = 25.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file of the reply folder as it came."""

    name: str
    content: bytes
    stamp: str = ""  # name, size and time: another file under the same name is another report
    is_too_big: bool = False  # then nothing of it was read


class NotConnected(Exception):
    """No session came about; nothing was handed over. The sentence names no address and no secret."""


class AgencySftp:
    """One package, one session."""

    takes_key = True
    batch = 1

    def __init__(self, config: AgencySftpConfig) -> None:
        self._config = config

    @property
    def account(self) -> str:
        """By server, account and folder: there the names are kept."""
        config = self._config
        return "sftp:" + fingerprint(config.host, str(config.port), config.username, config.folder)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand a package over. A name that cannot be resolved, or a wrong server key, means that nothing was."""
        if not self._config.does_send:
            return Later(NOT_SENDING)
        content = package_of(outgoing)
        if len(content) > MOST_BYTES:
            return Failed("The package is too big to be handed over.")
        try:
            with session(self._config) as sftp:
                return _Upload(sftp, self._config.folder, f"{name_of(outgoing.key)}.zip", content).run()
        except NotConnected as refusal:
            return Later(str(refusal))

    def look(self) -> None:
        """Log in and go to the folders, and nothing else; whether sending is on is not asked. Raises `NotConnected`."""
        config = replace(self._config, total_seconds=TRY_SECONDS)
        try:
            with session(config) as sftp:
                for folder in filter(None, (config.folder, config.reply_folder)):
                    home = sftp.normalize(".")
                    sftp.chdir(folder)
                    sftp.chdir(home)
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise NotConnected(NO_FOLDER) from error

    def fetch(self, *, known: frozenset[str] = frozenset(), most: int = 50, most_bytes: int = 5_000_000) -> list[Fetched]:
        """Files of the reply folder whose stamps are not known yet, oldest first. They stay there. Raises `NotConnected`."""
        config = self._config
        if not (config.does_send and config.reply_folder):
            return []
        try:
            with session(config) as sftp:
                sftp.chdir(config.reply_folder)
                entries = sorted(sftp.listdir_attr("."), key=lambda each: (each.st_mtime or 0, each.filename))
                wanted = [each for each in entries if _is_report(each) and _stamp(each) not in known]
                return [_fetched(sftp, each, most_bytes) for each in wanted[:most]]
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise NotConnected(f"The reply folder cannot be read ({type(error).__name__}).") from error


def read_host_key(line: str) -> tuple[str, bytes]:
    """Kind and key of a pinned host key. Raises `Refused` for what is none."""
    words = line.split()
    try:
        kind, key = words[0], base64.b64decode(words[1], validate=True)
        if kind not in _KINDS or key[4 : 4 + int.from_bytes(key[:4], "big")].decode() != kind:
            raise ValueError(kind)
    except (IndexError, ValueError, binascii.Error):
        raise Refused(
            gettext_noop("This is no host key. Paste kind and key as ssh-keyscan prints them, without the name: ssh-ed25519 AAAA…")
        ) from None
    return kind, key


def print_of(host_key: str) -> str:
    """The fingerprint as SSH programs show it: SHA256:…"""
    digest = hashlib.sha256(read_host_key(host_key)[1]).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def read_private_key(text: str) -> paramiko.PKey:
    """A private key without passphrase. Raises `Refused` for what is none."""
    for kind in _KEYS:
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text))
    raise Refused(gettext_noop("This is no private key that can be used: OpenSSH format, without a passphrase."))


@contextmanager
def session(config: AgencySftpConfig) -> Iterator[paramiko.SFTPClient]:
    """An SFTP session with the very server that is pinned, cut when the total time is over. Raises `NotConnected` where there is none."""
    until = seconds() + config.total_seconds
    transport = _transport(config)
    limit = threading.Timer(max(until - seconds(), 0), transport.close)
    limit.daemon = True
    limit.start()
    try:
        yield _logged_in(transport, config)
    finally:
        limit.cancel()
        transport.close()


def _transport(config: AgencySftpConfig) -> paramiko.Transport:
    try:
        address = addresses_of(config.host, config.port, reach=config.reach)[0]
        plain = socket.create_connection((address, config.port), timeout=config.connect_seconds)
    except Unreachable as refusal:
        raise NotConnected(f"The agency's server was not asked: {refusal}") from refusal
    except OSError as error:
        raise NotConnected(f"The agency's server cannot be reached ({type(error).__name__}).") from error
    return paramiko.Transport(plain)


def _logged_in(transport: paramiko.Transport, config: AgencySftpConfig) -> paramiko.SFTPClient:
    try:
        kind, key = read_host_key(config.host_key)
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = config.connect_seconds
        transport.get_security_options().key_types = _KINDS[kind]
        transport.start_client(timeout=config.connect_seconds)
        if transport.get_remote_server_key().asbytes() != key:
            raise NotConnected(OTHER_KEY)
        _log_in(transport, config)
        sftp = paramiko.SFTPClient.from_transport(transport)
    except paramiko.AuthenticationException as refusal:
        raise NotConnected(NOT_LET_IN) from refusal
    except Refused as refusal:
        raise NotConnected(str(refusal)) from refusal
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise NotConnected(
            f"No session came about ({type(error).__name__}); the server's key may be another than the pinned one."
        ) from error
    if sftp is None:
        raise NotConnected(gettext_noop("The agency's server offers no SFTP."))
    channel = sftp.get_channel()
    if channel is not None:
        channel.settimeout(config.total_seconds)
    return sftp


def _log_in(transport: paramiko.Transport, config: AgencySftpConfig) -> None:
    if config.private_key:
        transport.auth_publickey(config.username, read_private_key(config.private_key))
    else:
        transport.auth_password(config.username, config.password)


class _Upload:
    """A package on its way to its name. Until the rename is asked for, nothing of it counts there."""

    def __init__(self, sftp: paramiko.SFTPClient, folder: str, name: str, content: bytes) -> None:
        self._sftp, self._folder, self._name, self._content = sftp, folder, name, content
        self._part = f"{name}.{uuid4().hex}{_PART}"

    def run(self) -> Outcome:
        try:
            self._sftp.chdir(self._folder)
            if (there := self._there()) is not None:
                return there
            self._sftp.putfo(io.BytesIO(self._content), self._part, file_size=len(self._content), confirm=True)
        except (OSError, EOFError, paramiko.SSHException) as error:
            self._tidy()
            return Later(f"The package could not be written at the agency ({_why(error)}); nothing of it counts there.")
        return self._renamed()

    def _renamed(self) -> Outcome:
        try:
            self._sftp.rename(self._part, self._name)
        except (OSError, EOFError, paramiko.SSHException) as error:
            return self._after(error)
        self._tidy()
        return Accepted(reference=self._name)

    def _after(self, error: Exception) -> Outcome:
        """The rename was refused, or nobody heard an answer: what is there now decides."""
        try:
            there = self._there()
        except (OSError, EOFError, paramiko.SSHException):
            return Unknown(f"The connection was lost as the package got its name ({_why(error)}).")
        self._tidy()
        return there if there is not None else Later(f"The agency's server does not let the package have its name ({_why(error)}).")

    def _there(self) -> Outcome | None:
        """What the name says: handed over before, taken by something else, or None where it is free."""
        try:
            size = self._sftp.stat(self._name).st_size
        except FileNotFoundError:
            return None
        if size == len(self._content) and _read(self._sftp, self._name, MOST_BYTES) == self._content:
            self._tidy()
            return Accepted(reference=self._name, detail="The package was there already.")
        return Failed("The agency has another file under the name of this package. Ask there before anything is sent again.")

    def _tidy(self) -> None:
        """Take away what tries of this package left behind. Whoever still writes one finds the package under its name."""
        with suppress(OSError, EOFError, paramiko.SSHException):
            for name in self._sftp.listdir("."):
                if name.startswith(f"{self._name}.") and name.endswith(_PART):
                    self._sftp.remove(name)


def _is_report(entry: paramiko.SFTPAttributes) -> bool:
    name = entry.filename
    return S_ISREG(entry.st_mode or 0) and name.isprintable() and not name.startswith(".") and not name.endswith(_PART)


def _stamp(entry: paramiko.SFTPAttributes) -> str:
    return f"{entry.filename}|{entry.st_size}|{entry.st_mtime}"[:400]


def _fetched(sftp: paramiko.SFTPClient, entry: paramiko.SFTPAttributes, most: int) -> Fetched:
    content = _read(sftp, entry.filename, most)
    return Fetched(entry.filename, content or b"", _stamp(entry), is_too_big=content is None)


def _read(sftp: paramiko.SFTPClient, name: str, most: int) -> bytes | None:
    """The file; None where it is bigger than that, by what the server says before anything is read, or by what comes then."""
    with sftp.open(name, "rb") as file:
        size = file.stat().st_size
        if size is not None and size > most:
            return None
        if size is not None:
            file.prefetch(size)
        content = file.read(most + 1)
    return content if len(content) <= most else None


def _why(error: Exception) -> str:
    return type(error).__name__
