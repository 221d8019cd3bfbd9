"""What the registers answer, in the shapes they document, about invented businesses."""

import json
from typing import Any
from xml.sax.saxutils import escape

NIP = "1234563218"
SUBJECT = {
    "name": "ZAŻÓŁĆ SPÓŁKA Z O.O.", "nip": NIP, "statusVat": "Czynny", "regon": "123456785", "pesel": None, "krs": "0000123456",
    "residenceAddress": None, "workingAddress": "PROSTA 1, 00-001 WARSZAWA", "representatives": [], "partners": [],
    "registrationLegalDate": "2019-02-01", "removalDate": None, "accountNumbers": ["61109010140000071219812874"],
    "hasVirtualAccounts": False,
}  # fmt: skip
REQUEST_ID = "d2n10-84df1a1"


def listed(**changed: Any) -> str:
    """The white list's answer to a search."""
    return json.dumps({"result": {"subject": SUBJECT | changed, "requestDateTime": "23-11-2026 10:00:00", "requestId": REQUEST_ID}})


NOBODY = json.dumps({"result": {"subject": None, "requestDateTime": "23-11-2026 10:00:00", "requestId": REQUEST_ID}})
LIST_LIMIT = json.dumps({"code": "WL-191", "message": "Przekroczono dopuszczalną liczbę zapytań"})


def assigned(word: str) -> str:
    """The white list's answer about an account."""
    return json.dumps({"result": {"accountAssigned": word, "requestDateTime": "23-11-2026 10:00:00", "requestId": REQUEST_ID}})


def vies(**changed: Any) -> str:
    """VIES about a German number."""
    said = {
        "countryCode": "DE", "vatNumber": "136695976", "requestDate": "2026-11-23T09:00:00Z", "valid": True,
        "requestIdentifier": "WAPIAAAAY1234567", "name": "---", "address": "---",
    }  # fmt: skip
    return json.dumps(said | changed)


def vies_error(code: str) -> str:
    """VIES does not know."""
    return json.dumps({"actionSucceed": False, "errorWrappers": [{"error": code}]})


def soap(verb: str, result: str, *, multipart: bool = True) -> str:
    """An answer of BIR 1.1: an envelope, as a rule the first part of a MIME message."""
    envelope = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Body>'
        f'<{verb}Response xmlns="http://CIS/BIR/PUBL/2014/07"><{verb}Result>{escape(result)}</{verb}Result></{verb}Response>'
        "</s:Body></s:Envelope>"
    )
    if not multipart:
        return envelope
    head = 'Content-ID: <http://tempuri.org/0>\r\nContent-Transfer-Encoding: 8bit\r\nContent-Type: application/xop+xml; charset=utf-8; type="application/soap+xml"'
    return f"\r\n--uuid:5c-1+id=2\r\n{head}\r\n\r\n{envelope}\r\n--uuid:5c-1+id=2--\r\n"


LOGGED_IN = soap("Zaloguj", "g27nve38fj2n4v5c6d7e")
NO_KEY = soap("Zaloguj", "")


def found(*, nip: str = NIP, ended: str = "", multipart: bool = True) -> str:
    """BIR 1.1 about a company."""
    row = (
        f"<dane><Regon>123456785</Regon><Nip>{nip}</Nip><StatusNip/><Nazwa>ZAŻÓŁĆ SPÓŁKA Z O.O.</Nazwa><Wojewodztwo>MAZOWIECKIE</Wojewodztwo>"
        "<Miejscowosc>Warszawa</Miejscowosc><KodPocztowy>00-001</KodPocztowy><Ulica>ul. Prosta</Ulica><NrNieruchomosci>1</NrNieruchomosci>"
        f"<Typ>P</Typ><SilosID>6</SilosID><DataZakonczeniaDzialalnosci>{ended}</DataZakonczeniaDzialalnosci></dane>"
    )
    return soap("DaneSzukajPodmioty", f"<root>{row}</root>", multipart=multipart)


def bir_error(code: str) -> str:
    """BIR 1.1 found nothing, or minds something."""
    row = f"<dane><ErrorCode>{code}</ErrorCode><ErrorMessagePl>x</ErrorMessagePl><ErrorMessageEn>x</ErrorMessageEn><Nip>{NIP}</Nip></dane>"
    return soap("DaneSzukajPodmioty", f"<root>{row}</root>")


SESSION_GONE = soap("DaneSzukajPodmioty", "")
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&b;</s:Body></s:Envelope>'
)
