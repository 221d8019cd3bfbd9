"""The list of invoices of Fakturownia: newest change first, so that a pull ends at its mark. FORMATS.md 3."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from invoices.pulling.protocol import CannotPull
from invoices.pulling.sweep import PAGE, Listed, Page, asked, key_of, parsed, rows_of
from receivables.outside import Request

NAME = "Fakturownia"


@dataclass(frozen=True, slots=True)
class Fakturownia:
    """`url` is the account's own address, such as https://firma.fakturownia.pl."""

    url: str
    token: str = field(repr=False)
    name = "fakturownia"

    def page(self, number: int) -> Page:
        """A page of all invoices, whatever their period."""
        said = {"order": "updated_at.desc", "period": "all", "page": number, "per_page": PAGE, "api_token": self.token}
        answered = asked(NAME, Request("GET", f"{self.url}/invoices.json?{urlencode(said)}", headers={"Accept": "application/json"}))
        rows = rows_of(NAME, parsed(NAME, answered, list))
        return Page([_listed(row) for row in rows if _is_ours(row)], len(rows) == PAGE)


def _is_ours(row: dict[str, Any]) -> bool:
    """A sale: costs stand in the same list."""
    return str(row.get("income", "1")) not in ("0", "no", "False")


def _listed(row: dict[str, Any]) -> Listed:
    is_open = row.get("status") not in ("paid", "cancelled", "rejected")
    return Listed(key_of(NAME, row, "id"), str(row.get("number") or ""), row, is_open, corrects(row), _changed(row.get("updated_at")))


def corrects(row: dict[str, Any]) -> str:
    """The number of the invoice that a correction names, where it does."""
    return str(row.get("from_invoice_number") or "") if row.get("kind") == "correction" else ""


def _changed(said: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(said).replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CannotPull(f"{NAME} lists an invoice without the moment of its last change.")
    return moment
