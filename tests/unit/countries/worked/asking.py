"""Cases to ask for, in the words of the schema."""

from typing import Any

from receivables.countries.rates import shipped
from receivables.countries.worked.document import completed

FIRM = {"debtor": "business", "claim_kind": "sale", "amount": "10000.00", "due_date": "2026-03-16", "as_of": "2026-06-30"}
CONSUMER = {"debtor": "consumer", "claim_kind": "sale", "amount": "1000.00", "due_date": "2026-02-16", "as_of": "2026-06-30"}


def polish(base: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A Polish case, completed; `base` is a firm's debt of 10 000 PLN due on Monday 16 March 2026."""
    return completed({"examples": [{"id": "X", **(FIRM if base is None else base), **fields}]}, shipped())["examples"][0]


def foreign(country: str, **fields: Any) -> dict[str, Any]:
    """A case under another law, completed."""
    known = {"id": "X", "country": country, "debtor": "business", **fields}
    return completed({"foreign_examples": [known]}, shipped())["foreign_examples"][0]


def paid(*payments: tuple[str, str]) -> list[dict[str, str]]:
    """Payments by day and amount."""
    return [{"date": day, "amount": amount} for day, amount in payments]


def spread(case: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What each payment did."""
    names = ("to_interest", "to_principal", "surplus", "principal_after", "interest_outstanding_after", "on_time")
    return [tuple(payment[name] for name in names) for payment in case["payments"]]


def periods(case: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Days, rate, principal and interest of each period."""
    return [tuple(period[name] for name in ("days", "rate_percent", "principal", "interest")) for period in case["interest_periods"]]
