"""Sales invoices from KSeF by its API v2, with a token of KSeF that may read invoices. FORMATS.md 2.1.

The order is the Ministry's: a challenge, the token encrypted with its public key, short-lived access. Metadata are asked by the day of
permanent storage and only up to the high-water mark that the answer names, so that nothing can appear behind it later.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate

from invoices.pulling.protocol import CannotPull, Known, Pulled, PulledFile
from receivables.core.identifiers import check
from receivables.outside import Answered, Bounds, Reach, Request, Unreachable, ask

MOST_FILES = 60
"""Of one pull: KSeF gives 64 single invoices an hour."""
MOST_PAGES = 5
"""Of one pull: KSeF answers 20 queries an hour."""
PAGE = 100
LONGEST_SPAN = timedelta(days=90)
TRIES = 10  # until the login is done
TOKEN_USE = "KsefTokenEncryption"  # noqa: S105 - what a certificate is for
DONE, WAITS = 200, 100


@dataclass(frozen=True, slots=True)
class KsefConfig:
    """Whose sales, and where: `https://api.ksef.mf.gov.pl/v2` is the real one. The test environment is public: no real data go there."""

    url: str
    nip: str
    token: str = field(repr=False)
    bounds: Bounds = field(default_factory=lambda: Bounds(total_seconds=30.0, most_bytes=20_000_000))


class Ksef:
    """Pulls what the company sold. `wait` is between the tries of the login."""

    name = "ksef"
    form = "ksef"
    first_look = timedelta(days=30)

    def __init__(self, config: KsefConfig, *, wait: Callable[[float], None] = time.sleep) -> None:
        self._url, self._nip, self._token, self._bounds = config.url.rstrip("/"), config.nip, config.token, config.bounds
        self._wait = wait

    def pull(self, mark: str, *, known: Known) -> Pulled:
        """New invoices since the mark, a moment in ISO 8601, as far as the limits of KSeF allow."""
        access = self._log_in()
        try:
            rows, end, is_whole = self._rows(mark, access)
            keys = [number for number, _stored in rows]
            there = set(known(keys))
            wanted = [(number, stored) for number, stored in rows if number not in there]
            files, retry_after = self._fetched([number for number, _stored in wanted[:MOST_FILES]], access)
        finally:
            self._log_out(access)
        is_cut = len(files) < len(wanted)
        if is_cut:
            end = wanted[len(files)][1]  # the first that was not fetched
        return Pulled(end, files, is_cut or not is_whole, retry_after, known=len(rows) - len(wanted))

    # -- login

    def _log_in(self) -> str:
        challenge = self._post("/auth/challenge", None)
        secret = f"{self._token}|{_whole(challenge, 'timestampMs') or _milliseconds(_text(challenge, 'timestamp'))}"
        asked = {
            "challenge": _text(challenge, "challenge"),
            "contextIdentifier": {"type": "Nip", "value": self._nip},
            "encryptedToken": base64.b64encode(self._encrypted(secret.encode())).decode(),
        }
        begun = self._post("/auth/ksef-token", asked)
        operation = _text(_object(begun, "authenticationToken"), "token")
        self._until_done(_text(begun, "referenceNumber"), operation)
        return _text(_object(self._post("/auth/token/redeem", None, bearer=operation), "accessToken"), "token")

    def _encrypted(self, secret: bytes) -> bytes:
        for row in self._get("/security/public-key-certificates", list):
            if isinstance(row, dict) and TOKEN_USE in (row.get("usage") or []):
                key = _public_key(_text(row, "certificate"))
                return key.encrypt(secret, OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None))
        raise CannotPull("KSeF names no key to encrypt its token with.")

    def _until_done(self, reference: str, bearer: str) -> None:
        for _try in range(TRIES):
            status = _object(self._get(f"/auth/{quote(reference, safe='')}", dict, bearer=bearer), "status")
            code = _whole(status, "code")
            if code == DONE:
                return
            if code != WAITS:
                raise CannotPull(f"KSeF does not accept the token: {str(status.get('description'))[:200]} ({code}).")
            self._wait(1.0)
        raise CannotPull("KSeF did not finish the login in time. It is tried again.")

    def _log_out(self, access: str) -> None:
        """End the session; that it ends by itself is good enough."""
        try:
            self._asked("DELETE", "/auth/sessions/current", None, access)
        except CannotPull:
            pass

    # -- invoices

    def _rows(self, mark: str, access: str) -> tuple[list[tuple[str, str]], str, bool]:
        """Number and moment of storage of each invoice since the mark, where the next pull begins, and whether that is all there is."""
        found: dict[str, str] = {}
        end, has_more, start = mark, True, mark
        for page in range(MOST_PAGES):
            answer = self._post(f"/invoices/query/metadata?pageOffset={page}&pageSize={PAGE}&sortOrder=Asc", _filters(start), bearer=access)
            if page == 0:
                end = str(answer.get("permanentStorageHwmDate") or mark)
            found.update(_metadata(answer))
            has_more = answer.get("hasMore") is True or answer.get("isTruncated") is True
            if not has_more or answer.get("isTruncated") is True:
                break
        if has_more and found:
            end = max(found.values())
        elif _moment(end) > (last := _moment(start) + LONGEST_SPAN):
            end = last.isoformat()  # three months at once, and there are more
        return sorted(found.items(), key=lambda row: row[1]), end, not has_more

    def _fetched(self, numbers: list[str], access: str) -> tuple[tuple[PulledFile, ...], int]:
        """The invoices in order, up to the first that the limits keep back, and the seconds to wait for it."""
        files: list[PulledFile] = []
        for number in numbers:
            try:
                answered = self._asked("GET", f"/invoices/ksef/{quote(number, safe='')}", None, access)
            except CannotPull as refusal:
                if not files and not refusal.retry_after:
                    raise
                return tuple(files), refusal.retry_after
            files.append(PulledFile(number, f"{number}.xml", answered.body))
        return tuple(files), 0

    # -- the wire

    def _post(self, path: str, body: Mapping[str, Any] | None, *, bearer: str = "") -> dict[str, Any]:
        return _json(self._asked("POST", path, body, bearer), dict)

    def _get(self, path: str, kind: type, *, bearer: str = "") -> Any:
        return _json(self._asked("GET", path, None, bearer), kind)

    def _asked(self, method: str, path: str, body: Mapping[str, Any] | None, bearer: str) -> Answered:
        headers = {"Accept": "application/json, application/xml"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            answered = ask(Request(method, self._url + path, content, headers), reach=Reach.CHOSEN, bounds=self._bounds)
        except Unreachable as refusal:
            raise CannotPull(f"KSeF does not answer. {refusal}") from refusal
        if answered.status == 429:
            raise CannotPull("KSeF has answered often enough for now.", retry_after=max(answered.retry_after, 60))
        if not 200 <= answered.status < 300:
            raise CannotPull(f"KSeF refuses with {answered.status} at {path.partition('?')[0]}.")
        return answered


def _filters(start: str) -> dict[str, Any]:
    """What we sold, by the day of permanent storage, at most three months at once."""
    until = (_moment(start) + LONGEST_SPAN).isoformat()
    span = {"dateType": "PermanentStorage", "from": start, "to": until, "restrictToPermanentStorageHwmDate": True}
    return {"subjectType": "Subject1", "dateRange": span}


def _moment(said: str) -> datetime:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CannotPull(f"{said[:40]!r} is no moment with its zone, such as 2026-02-01T00:00:00+00:00.")
    return moment


def _metadata(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for row in _list(answer, "invoices"):
        number = _text(row, "ksefNumber")
        if not check("ksef", number).is_valid:
            raise CannotPull(f"KSeF names an invoice {number[:40]!r}, which is no KSeF number.")
        yield number, _text(row, "permanentStorageDate")


def _public_key(certificate: str) -> RSAPublicKey:
    try:
        key = load_der_x509_certificate(base64.b64decode(certificate, validate=True)).public_key()
    except ValueError as error:
        raise CannotPull("KSeF's certificate cannot be read.") from error
    if not isinstance(key, RSAPublicKey):
        raise CannotPull("KSeF's key is of a kind that is not known here.")
    return key


def _json(answered: Answered, kind: type) -> Any:
    try:
        value = json.loads(answered.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise CannotPull("KSeF answers what cannot be read.")
    return value


def _object(value: Any, name: str) -> dict[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise CannotPull(f"KSeF's answer lacks {name}.")
    return found


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    if not isinstance(found, list):
        raise CannotPull(f"KSeF's answer lacks {name}.")
    return found


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, str) or not found:
        raise CannotPull(f"KSeF's answer lacks {name}.")
    return found


def _whole(value: Mapping[str, Any], name: str) -> int:
    found = value.get(name)
    return found if isinstance(found, int) else 0


def _milliseconds(moment: str) -> int:
    try:
        return int(datetime.fromisoformat(moment).timestamp() * 1000)
    except ValueError:
        raise CannotPull("KSeF's challenge names no moment.") from None
