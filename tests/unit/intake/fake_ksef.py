"""KSeF as its API v2 answers, on this machine: it checks what a client owes it and keeps what it was asked."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.x509.oid import NameOID

from receivables.core.identifiers import crc8
from tests.loopback import Handler, Stub, reply, serving

TOKEN, ACCESS, OPERATION = "ksef-token", "access-token", "operation-token"
TIMESTAMP = 1_767_225_600_000
HWM = "2026-02-20T10:00:00+00:00"


@lru_cache(maxsize=1)
def _keys() -> tuple[rsa.RSAPrivateKey, str]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "KSeF of the tests")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(begins).not_valid_after(begins + timedelta(days=3650)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return key, base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


def number(n: int, *, seller: str = "5265877635") -> str:
    """A KSeF number with its checksum."""
    start = f"{seller}-20260215-{n:012X}-"
    return f"{start}{crc8(start[:32].encode()):02X}"


@dataclass
class FakeKsef:
    """`invoices`: number → moment of storage and XML. `waits` logins are unfinished; after `allowed` invoices it asks to wait."""

    invoices: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    waits: int = 0
    allowed: int = 1000
    page: int = 100
    login_code: int = 200
    garbled: str = ""  # a path that answers rubbish
    url: str = ""
    asked: list[str] = field(default_factory=list)
    queries: list[dict] = field(default_factory=list)

    def answer(self, handler: Handler) -> None:
        """One request, answered as KSeF would."""
        path, query = urlsplit(handler.path).path, parse_qs(urlsplit(handler.path).query)
        self.asked.append(f"{handler.command} {path}")
        body = handler.stub.asked[-1].body
        if self.garbled and self.garbled in path:
            return reply("<html>")(handler)
        given = {
            "/auth/challenge": self._challenge,
            "/security/public-key-certificates": self._certificates,
            "/auth/token/redeem": self._redeem,
        }
        if path in given:
            return given[path](handler)
        if path == "/auth/ksef-token":
            return self._token(handler, json.loads(body))
        if path == "/auth/sessions/current":
            return reply(status=204)(handler)
        if path.startswith("/auth/"):
            return self._status(handler)
        if handler.headers.get("Authorization") != f"Bearer {ACCESS}":
            return reply("{}", status=401)(handler)
        if path == "/invoices/query/metadata":
            return self._metadata(handler, json.loads(body), int(query["pageOffset"][0]))
        return self._invoice(handler, path.rpartition("/")[2])

    def _challenge(self, handler: Handler) -> None:
        reply(json.dumps({"challenge": "20260101-CR-1", "timestamp": "2026-01-01T00:00:00+00:00", "timestampMs": TIMESTAMP}))(handler)

    def _certificates(self, handler: Handler) -> None:
        rows = [{"certificate": "AAAA", "usage": ["SymmetricKeyEncryption"]}, {"certificate": _keys()[1], "usage": ["KsefTokenEncryption"]}]
        reply(json.dumps(rows))(handler)

    def _token(self, handler: Handler, said: dict) -> None:
        sealed = base64.b64decode(said["encryptedToken"])
        secret = _keys()[0].decrypt(sealed, OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)).decode()
        if secret != f"{TOKEN}|{TIMESTAMP}" or said["contextIdentifier"] != {"type": "Nip", "value": "5265877635"}:
            return reply("{}", status=400)(handler)
        return reply(json.dumps({"referenceNumber": "R-1", "authenticationToken": {"token": OPERATION}}), status=202)(handler)

    def _status(self, handler: Handler) -> None:
        self.waits -= 1
        code = 100 if self.waits >= 0 else self.login_code
        reply(json.dumps({"status": {"code": code, "description": "Token odwołany" if code > 200 else ""}}))(handler)

    def _redeem(self, handler: Handler) -> None:
        reply(json.dumps({"accessToken": {"token": ACCESS}, "refreshToken": {"token": "x"}}))(handler)

    def _metadata(self, handler: Handler, said: dict, offset: int) -> None:
        self.queries.append(said)
        span = said["dateRange"]
        rows = sorted((stored, key) for key, (stored, _xml) in self.invoices.items() if span["from"] <= stored <= min(span["to"], HWM))
        shown = rows[offset * self.page : (offset + 1) * self.page]
        has_more = len(rows) > (offset + 1) * self.page
        told = [{"ksefNumber": key, "permanentStorageDate": stored} for stored, key in shown]
        reply(json.dumps({"invoices": told, "hasMore": has_more, "isTruncated": False, "permanentStorageHwmDate": HWM}))(handler)

    def _invoice(self, handler: Handler, key: str) -> None:
        self.allowed -= 1
        if self.allowed < 0:
            return reply("{}", status=429, **{"Retry-After": "1800"})(handler)
        return reply(self.invoices[key][1], media_type="application/xml")(handler)


@contextmanager
def ksef_serving(fake: FakeKsef) -> Iterator[Stub]:
    """The server, while the block runs."""
    with serving(fake.answer) as stub:
        fake.url = stub.url
        yield stub
