"""What the placeholders of a company's texts stand for, from the facts of a message or paper. Pure; the same facts give the same values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from receivables.core.printed import account_text, amount_text, day_text, days_text, one_line, transfer_title

_PAY_BY = {"pl": ("do dnia %s", "niezwłocznie"), "en": ("by %s", "without delay"), "de": ("bis zum %s", "unverzüglich")}
MOST_DOCUMENTS = 5
_OFFERED = {
    "pl": {
        "instalments": "w %(count)s ratach po %(amount)s, ostatnia %(last)s, pierwsza do dnia %(first_on)s, następne co miesiąc",
        "deferral": "%(total)s do dnia %(last_on)s",
        "discount": "%(total)s zamiast %(full)s, jeśli wpłynie do dnia %(last_on)s",
        "credit": "%(total)s do dnia %(last_on)s, a po zapłacie %(gain)s na następny zakup",
    },
    "en": {
        "instalments": "in %(count)s instalments of %(amount)s, the last %(last)s, the first by %(first_on)s, the others a month apart",
        "deferral": "%(total)s by %(last_on)s",
        "discount": "%(total)s instead of %(full)s, if it comes by %(last_on)s",
        "credit": "%(total)s by %(last_on)s, and once it is paid %(gain)s for the next purchase",
    },
    "de": {
        "instalments": "in %(count)s Raten von %(amount)s, die letzte %(last)s, die erste bis zum %(first_on)s, die weiteren monatlich",
        "deferral": "%(total)s bis zum %(last_on)s",
        "discount": "%(total)s statt %(full)s, wenn es bis zum %(last_on)s eingeht",
        "credit": "%(total)s bis zum %(last_on)s, und nach der Zahlung %(gain)s für den nächsten Einkauf",
    },
}
_VALID = {"pl": "propozycja ważna do dnia %s", "en": "valid until %s", "de": "gültig bis zum %s"}


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
        "offers": "; ".join(_offer(each, facts["currency"], language) for each in facts.get("offers", ())),
    }


def _pay_by(deadline_on: str | None, language: str) -> str:
    by, at_once = _PAY_BY[language]
    return by % day_text(deadline_on, language) if deadline_on else at_once


def _offer(offer: Mapping[str, Any], currency: str, language: str) -> str:
    """A way to pay with its sums and days, as facts state it: kind, parts with day and amount, gain, last day to accept it."""
    parts, gain = offer["parts"], Decimal(offer["gain"])
    total = sum((Decimal(part["amount"]) for part in parts), Decimal(0))
    words = {
        "count": len(parts),
        "amount": amount_text(parts[0]["amount"], currency, language),
        "last": amount_text(parts[-1]["amount"], currency, language),
        "first_on": day_text(parts[0]["due_on"], language),
        "last_on": day_text(parts[-1]["due_on"], language),
        "total": amount_text(total, currency, language),
        "full": amount_text(total + gain, currency, language),
        "gain": amount_text(gain, currency, language),
    }
    said = _OFFERED[language][offer["kind"]] % words
    return f"{said} ({_VALID[language] % day_text(offer['until'], language)})" if offer.get("until") else said


def _documents(labels: list[str]) -> str:
    return ", ".join(labels[:MOST_DOCUMENTS]) + (" …" if len(labels) > MOST_DOCUMENTS else "")
