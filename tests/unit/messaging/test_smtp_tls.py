"""E-mail over TLS: with a good certificate password and message go, with a bad one neither does."""

import base64
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from receivables.messaging.channels.smtp import Security, Smtp, SmtpConfig
from receivables.messaging.outgoing import Accepted, Later
from tests.unit.messaging.mail_server import MailServer, mail_server
from tests.unit.messaging.test_channel_contract import MAIL

HERE, ELSEWHERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("mail.example.com")


@dataclass(frozen=True)
class Files:
    """A server's key and certificate, and what who trusts it has to know."""

    server: str
    trusted: str


def certificate(folder: Path, *, name: x509.GeneralName = HERE, days: int = 1) -> Files:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server of the tests")])
    until = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(until - timedelta(days=30)).not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(secret + pem)
    (folder / "trusted.pem").write_bytes(pem)
    return Files(str(folder / "server.pem"), str(folder / "trusted.pem"))


def client(server: MailServer, security: Security) -> Smtp:
    config = SmtpConfig("127.0.0.1", server.port, "user", "password", security, connect_seconds=2.0, total_seconds=2.0)
    return Smtp(config)


WAYS = [(Security.STARTTLS, "starttls"), (Security.TLS, "at once")]


@pytest.mark.parametrize(("security", "tls"), WAYS)
def test_with_a_good_certificate_it_logs_in_and_sends(
    security: Security, tls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", files.trusted)
    with mail_server(certificate=files.server, tls=tls) as server:
        assert isinstance(client(server, security).send(MAIL), Accepted)
    assert len(server.taken) == 1
    assert [base64.b64decode(line.split()[2]) for line in server.logins] == [b"\0user\0password"]


@pytest.mark.parametrize(("security", "tls"), WAYS)
@pytest.mark.parametrize("fault", ["nobody vouches for it", "of another server", "too old"])
def test_with_a_bad_certificate_neither_password_nor_message_goes(
    security: Security, tls: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate(tmp_path, name=ELSEWHERE if fault == "of another server" else HERE, days=-1 if fault == "too old" else 1)
    if fault != "nobody vouches for it":
        monkeypatch.setenv("SSL_CERT_FILE", files.trusted)
    with mail_server(certificate=files.server, tls=tls) as server:
        answer = client(server, security).send(MAIL)
    assert answer == Later("The mail server cannot be reached (SSLCertVerificationError).")
    assert (server.logins, server.senders, server.taken) == ([], [], [])


@pytest.mark.parametrize("tls", ["broken", "silent"])
def test_a_server_that_breaks_off_at_starttls_gets_nothing(tls: str, tmp_path: Path) -> None:
    with mail_server(certificate=certificate(tmp_path).server, tls=tls) as server:
        assert isinstance(client(server, Security.STARTTLS).send(MAIL), Later)
    assert (server.logins, server.senders, server.taken) == ([], [], [])
