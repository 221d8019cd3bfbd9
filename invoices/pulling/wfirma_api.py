"""The list of invoices of wFirma. Whether a question succeeded stands in `status.code` of the body, not in that of HTTP. FORMATS.md 3."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from invoices.pulling.protocol import CannotPull
from invoices.pulling.sweep import PAGE, Listed, Page, asked, key_of, parsed
from receivables.outside import Request

NAME = "wFirma"
AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Wfirma:
    """One company of an account; `company_id` only where the account has several."""

    url: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    app_key: str = field(repr=False)
    company_id: str = ""
    name = "wfirma"

    def page(self, number: int) -> Page:
        """A page, asked by POST with its number in the body."""
        address = f"{self.url}/invoices/find?inputFormat=json&outputFormat=json" + (
            f"&company_id={self.company_id}" if self.company_id else ""
        )
        body = json.dumps({"invoices": {"parameters": {"page": number, "limit": PAGE}}}).encode()
        headers = {
            "accessKey": self.access_key, "secretKey": self.secret_key, "appKey": self.app_key,
            "Content-Type": "application/json", "Accept": "application/json",
        }  # fmt: skip
        answer = parsed(NAME, asked(NAME, Request("POST", address, body, headers)), dict)
        _judge(answer)
        rows = list(_rows(answer.get("invoices")))
        return Page([_listed(row) for row in rows], len(rows) == PAGE)


def _judge(answer: dict[str, Any]) -> None:
    status = answer.get("status")
    code = str(status.get("code") if isinstance(status, dict) else "")[:60]
    if code in ("OK", "NOT FOUND"):
        return
    if "LIMIT EXCEEDED" in code:
        raise CannotPull(f"{NAME} has answered often enough for now ({code}).", retry_after=AN_HOUR)
    if code.startswith(("AUTH", "DENIED")):
        raise CannotPull(f"{NAME} does not accept the keys ({code}).")
    raise CannotPull(f"{NAME} refuses: {code or 'without a reason'}.")


def _rows(found: Any) -> Iterator[dict[str, Any]]:
    """Rows stand under their numbers as keys, beside the parameters; of none, an empty list."""
    if isinstance(found, list) and not found:
        return
    if not isinstance(found, dict):
        raise CannotPull(f"{NAME} answers what cannot be read.")
    for key, part in found.items():
        if key == "parameters":
            continue
        row = part.get("invoice") if isinstance(part, dict) else None
        if not isinstance(row, dict):
            raise CannotPull(f"{NAME} answers what cannot be read.")
        yield row


def _listed(row: dict[str, Any]) -> Listed:
    return Listed(
        key_of(NAME, row, "id"),
        str(row.get("fullnumber") or ""),
        row,
        row.get("paymentstate") != "paid",
        str(row.get("corrected_fullnumber") or ""),
    )
