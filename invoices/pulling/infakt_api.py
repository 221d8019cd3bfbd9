"""The list of invoices of inFakt. It names no change, so each sweep reads all of it. FORMATS.md 3."""

from dataclasses import dataclass, field
from typing import Any

from invoices.pulling.sweep import PAGE, Listed, Page, asked, key_of, parsed, rows_of
from receivables.outside import Request

NAME = "inFakt"


@dataclass(frozen=True, slots=True)
class Infakt:
    """One account, by its key."""

    url: str
    key: str = field(repr=False)
    name = "infakt"

    def page(self, number: int) -> Page:
        """A page; `metainfo` says how many there are."""
        address = f"{self.url}/api/v3/invoices.json?limit={PAGE}&offset={(number - 1) * PAGE}"
        answer = parsed(
            NAME, asked(NAME, Request("GET", address, headers={"X-inFakt-ApiKey": self.key, "Accept": "application/json"})), dict
        )
        rows = rows_of(NAME, answer.get("entities"))
        return Page([_listed(row) for row in rows if row.get("status") != "draft"], _total(answer) > number * PAGE and bool(rows))


def _total(answer: dict[str, Any]) -> int:
    about = answer.get("metainfo")
    total = about.get("total_count") if isinstance(about, dict) else None
    return total if isinstance(total, int) else 0


def _listed(row: dict[str, Any]) -> Listed:
    return Listed(
        key_of(NAME, row, "id"),
        str(row.get("number") or ""),
        row,
        row.get("status") != "paid",
        str(row.get("corrected_invoice_number") or ""),
    )
