"""REGON, the register of the Central Statistical Office (GUS), by its SOAP interface BIR 1.1: log in, then search.

The answer is XML within XML, alone or as the first part of a MIME message (MTOM). No document type is read, so there are no entities.
"""

import email
import email.policy
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from receivables.credit.registers.protocol import Answer, Question, Verdict, Why, unknown
from receivables.credit.registers.talking import talk, text_of, without_empty
from receivables.outside import Answered, Bounds, Request

BIR = "http://CIS/BIR/PUBL/2014/07"
ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:ns="{bir}" xmlns:dat="{bir}/DataContract">'
    '<soap:Header xmlns:wsa="http://www.w3.org/2005/08/addressing"><wsa:Action>{bir}/IUslugaBIRzewnPubl/{verb}</wsa:Action>'
    "<wsa:To>{url}</wsa:To></soap:Header><soap:Body><ns:{verb}>{arguments}</ns:{verb}></soap:Body></soap:Envelope>"
)
NOT_FOUND, SESSION_OVER = "4", "7"


@dataclass(frozen=True, slots=True)
class RegonConfig:
    """Where it is (`https://wyszukiwarkaregon.stat.gov.pl/wsBIR/UslugaBIRzewnPubl.svc`) and the key that GUS has given."""

    url: str
    key: str
    bounds: Bounds = field(default_factory=Bounds)


class Garbled(Exception):
    """Not what the register documents."""


class Regon:
    """Knows today only. A session lasts an hour; it is kept in this process and made anew once it is over."""

    knows_past_days = False

    def __init__(self, config: RegonConfig) -> None:
        self._config = config
        self._session = ""

    def serves(self, question: Question) -> bool:
        """Polish numbers; accounts are none of its business."""
        return question.country == "PL" and not question.account

    def ask(self, question: Question) -> Answer:
        """The business of a NIP, and whether it has ended."""
        try:
            for _attempt in range(2):
                answer = self._searched(question)
                if answer is not None:
                    return answer
                self._session = ""
        except Garbled:
            return unknown(Why.GARBLED)
        return unknown(Why.REFUSED)

    def _searched(self, question: Question) -> Answer | None:
        """None where the session is over."""
        if not self._session:
            logged_in = self._call("Zaloguj", f"<ns:pKluczUzytkownika>{escape(self._config.key)}</ns:pKluczUzytkownika>")
            if isinstance(logged_in, Answer):
                return logged_in
            session = _result(logged_in, "ZalogujResult")
            if not session:
                return unknown(Why.REFUSED)
            if not (session.isascii() and session.isprintable()):
                raise Garbled
            self._session = session
        arguments = f"<ns:pParametryWyszukiwania><dat:Nip>{escape(question.number)}</dat:Nip></ns:pParametryWyszukiwania>"
        answered = self._call("DaneSzukajPodmioty", arguments)
        return answered if isinstance(answered, Answer) else _verdict(answered, question)

    def _call(self, verb: str, arguments: str) -> Answered | Answer:
        body = ENVELOPE.format(bir=BIR, verb=verb, url=escape(self._config.url), arguments=arguments).encode()
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
        if self._session:
            headers["sid"] = self._session
        return talk(Request("POST", self._config.url, body, headers), self._config.bounds)


def _verdict(answered: Answered, question: Question) -> Answer | None:
    inner = _result(answered, "DaneSzukajPodmiotyResult")
    if not inner:
        return None
    rows = [{field.tag: (field.text or "").strip() for field in row} for row in _parsed(inner.encode()).iter("dane")]
    if not rows:
        raise Garbled
    codes = {row["ErrorCode"] for row in rows if "ErrorCode" in row}
    if SESSION_OVER in codes:
        return None
    if codes:
        return Answer(Verdict.NOT_LISTED, raw=answered.body) if codes == {NOT_FOUND} else unknown(Why.REFUSED, answered.body)
    if any(row.get("Nip") != question.number for row in rows):
        return unknown(Why.OTHER_NUMBER, answered.body)
    return _business(rows, answered)


def _business(rows: list[dict[str, str]], answered: Answered) -> Answer:
    """The one that goes on; of several that have ended, the first."""
    standing = [row for row in rows if not row.get("DataZakonczeniaDzialalnosci")]
    row = (standing or rows)[0]
    address = " ".join(
        part for part in (row.get("Ulica"), row.get("NrNieruchomosci"), row.get("KodPocztowy"), row.get("Miejscowosc")) if part
    )
    facts = without_empty(
        name=text_of(row.get("Nazwa")),
        regon=text_of(row.get("Regon")),
        address=text_of(address),
        ended_on=text_of(row.get("DataZakonczeniaDzialalnosci")),
    )
    return Answer(Verdict.ACTIVE if standing else Verdict.ENDED, facts=facts, raw=answered.body)


def _result(answered: Answered, name: str) -> str:
    """The text of a result element; empty where the register left it so. Raises `Garbled` where there is none."""
    for element in _parsed(_envelope(answered.body)).iter(f"{{{BIR}}}{name}"):
        return (element.text or "").strip()
    raise Garbled


def _envelope(body: bytes) -> bytes:
    """The XML of an answer: all of it, or the first part of a MIME message, whose boundary is its first line."""
    if not body.lstrip().startswith(b"--"):
        return body
    boundary = body.lstrip().split(b"\n", 1)[0].strip()[2:].decode("ascii", "replace").replace('"', "")
    message = email.message_from_bytes(
        f'Content-Type: multipart/related; boundary="{boundary}"\r\n\r\n'.encode() + body.lstrip(), policy=email.policy.default
    )
    part = next(iter(message.iter_parts()), None)
    return bytes(part.get_payload(decode=True) or b"") if part is not None else b""


def _parsed(octets: bytes) -> ElementTree.Element:
    """Read as UTF-8 whatever it declares, so that no other encoding hides a document type."""
    try:
        text = octets.decode()
        if "<!DOCTYPE" in text.upper():
            raise Garbled
        return ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entities; at most a megabyte
    except (ElementTree.ParseError, ValueError) as error:
        raise Garbled from error
