"""The list of invoices of iFirma. Each question is signed; answers say in `response.Kod` whether they succeeded. FORMATS.md 3."""

import hashlib
import hmac
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from invoices.pulling.protocol import CannotPull
from invoices.pulling.sweep import PAGE, Listed, Page, asked, key_of, parsed, rows_of
from receivables.outside import Request

NAME = "iFirma"
KEY_NAME = "faktura"


def signature(url: str, *, login: str, key: str, body: str = "", key_name: str = KEY_NAME) -> str:
    """HMAC-SHA1 over the address without its query, login, name of the key and body. Raises `CannotPull` where the key is no hex."""
    try:
        secret = bytes.fromhex(key)
    except ValueError:
        raise CannotPull(f"The key of {NAME} is no hexadecimal number.") from None
    said = f"{url.partition('?')[0]}{login}{key_name}{body}"
    return hmac.new(secret, said.encode(), hashlib.sha1).hexdigest()


@dataclass(frozen=True, slots=True)
class Ifirma:
    """One account: its login, and its key named "faktura"."""

    url: str
    login: str
    key: str = field(repr=False)
    name = "ifirma"

    def page(self, number: int) -> Page:
        """A page of domestic and foreign invoices."""
        address = f"{self.url}/iapi/faktury.json?strona={number}&iloscNaStronie={PAGE}"
        signed = signature(address, login=self.login, key=self.key)
        headers = {"Authentication": f"IAPIS user={self.login}, hmac-sha1={signed}", "Accept": "application/json"}
        answer = parsed(NAME, asked(NAME, Request("GET", address, headers=headers)), dict).get("response")
        if not isinstance(answer, dict):
            raise CannotPull(f"{NAME} answers what cannot be read.")
        if answer.get("Kod") != 0:
            raise CannotPull(f"{NAME} refuses: {str(answer.get('Informacja') or '')[:200]} ({str(answer.get('Kod'))[:10]}).")
        rows = rows_of(NAME, answer.get("Wynik") or [])
        return Page([_listed(row) for row in rows], len(rows) == PAGE)


def _listed(row: dict[str, Any]) -> Listed:
    """A row. What is credited is settled from the other side: -20.00 of -50.00."""
    number, gross, paid = str(row.get("PelnyNumer") or ""), _amount(row.get("Brutto")), _amount(row.get("Zaplacono"))
    return Listed(key_of(NAME, row, "FakturaId"), number, row, abs(paid) < abs(gross), str(row.get("NumerFakturyKorygowanej") or ""))


def _amount(said: Any) -> Decimal:
    """An amount for the question whether it is paid; what is none counts as nothing paid, and the reader refuses it."""
    try:
        return Decimal(str(said or 0))
    except InvalidOperation:
        return Decimal(0)
