"""What the placeholders of a company's texts stand for, from the facts of a message or paper. Pure; the same facts give the same values."""

from collections.abc import Mapping
from typing import Any

from receivables.core.printed import account_text, amount_text, day_text, days_text, one_line, transfer_title

_PAY_BY = {"pl": ("do dnia %s", "niezwłocznie"), "en": ("by %s", "without delay"), "de": ("bis zum %s", "unverzüglich")}
MOST_DOCUMENTS = 5


def values_of(facts: Mapping[str, Any], language: str) -> dict[str, str]:
    """Each placeholder of `catalogue.NAMES` with its value as text on one line; empty where the facts have none."""
    language = language.partition("-")[0] if language.partition("-")[0] in _PAY_BY else "en"
    firm, customer, items = facts["creditor"], facts["customer"], facts.get("items", ())
    due = [item["due_on"] for item in items if item.get("due_on")]
    late = max((int(item.get("days_late") or 0) for item in items), default=0)
    asks = facts.get("asks")
    return {
        "company": one_line(firm["name"]),
        "customer": one_line(customer["name"]),
        "customer_number": one_line(str(customer["number"])),
        "amount": amount_text(asks, facts["currency"], language) if asks else "",
        "pay_by": _pay_by(facts.get("deadline_on"), language),
        "documents": _documents([one_line(item["label"]) for item in items]),
        "oldest_due": day_text(min(due), language) if due else "",
        "days_late": days_text(late, language) if late > 0 else "",
        "account": account_text(firm.get("bank_account") or ""),
        "transfer_title": transfer_title(facts),
        "portal": one_line(facts.get("portal_url") or ""),
        "phone": one_line(firm.get("phone") or ""),
        "email": one_line(firm.get("email") or ""),
        "date": day_text(facts["on"], language),
    }


def _pay_by(deadline_on: str | None, language: str) -> str:
    by, at_once = _PAY_BY[language]
    return by % day_text(deadline_on, language) if deadline_on else at_once


def _documents(labels: list[str]) -> str:
    return ", ".join(labels[:MOST_DOCUMENTS]) + (" …" if len(labels) > MOST_DOCUMENTS else "")
