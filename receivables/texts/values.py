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
_DECIDED = {
    "pl": {
        "upheld": "Mają Państwo rację: wystawimy korektę na tę kwotę i nie trzeba jej płacić. Przepraszamy za pomyłkę.",
        "rejected": "Sprawdziliśmy i nie znaleźliśmy błędu: kwota jest do zapłaty zgodnie z fakturą.",
        "missed": "Nie widzimy wpłaty z umowy, dlatego wygasła. Faktury, które obejmowała, są znów wymagalne na dawnych zasadach.",
        "ended": "Umowa została zakończona. Faktury, które obejmowała, są znów wymagalne na dawnych zasadach.",
        "complaint_accepted": "Uznajemy Państwa reklamację.",
        "complaint_partly": "Uznajemy Państwa reklamację w części.",
        "complaint_rejected": "Rozpatrzyliśmy Państwa reklamację i nie możemy jej uznać.",
    },
    "en": {
        "upheld": "You are right: you will get a credit note over this amount, and it need not be paid. We apologise for the mistake.",
        "rejected": "We have checked it and could not find a mistake: the amount is due as invoiced.",
        "missed": "A payment of the agreement has not arrived, and so it has ended. Its invoices are due as they were before.",
        "ended": "The agreement has been ended. The invoices that it covered are due as they were before.",
        "complaint_accepted": "We accept your complaint.",
        "complaint_partly": "We accept your complaint in part.",
        "complaint_rejected": "We have looked into your complaint and cannot accept it.",
    },
    "de": {
        "upheld": "Sie haben recht: Sie erhalten eine Gutschrift und brauchen den Betrag nicht zu zahlen. Wir bitten um Entschuldigung.",
        "rejected": "Wir haben geprüft und keinen Fehler gefunden: Der Betrag ist wie berechnet fällig.",
        "missed": "Eine Zahlung der Vereinbarung ist nicht eingegangen, daher ist sie beendet. Ihre Rechnungen sind fällig wie zuvor.",
        "ended": "Die Vereinbarung ist beendet. Ihre Rechnungen sind fällig wie zuvor.",
        "complaint_accepted": "Wir erkennen Ihre Reklamation an.",
        "complaint_partly": "Wir erkennen Ihre Reklamation teilweise an.",
        "complaint_rejected": "Wir haben Ihre Reklamation geprüft und können sie nicht anerkennen.",
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
        "documents": _documents([one_line(item["label"]) for item in items]) or one_line(str(facts.get("labels") or "")),
        "oldest_due": day_text(min(due), language) if due else "",
        "days_late": days_text(late, language) if late > 0 else "",
        "account": account_text(firm.get("bank_account") or ""),
        "transfer_title": transfer_title(facts),
        "portal": one_line(facts.get("portal_url") or ""),
        "phone": one_line(firm.get("phone") or ""),
        "email": one_line(firm.get("email") or ""),
        "date": day_text(facts["on"], language),
        **_of_answer(facts, language),
        "offers": "; ".join(_offer(each, facts["currency"], language) for each in facts.get("offers", ())),
    }


def _of_answer(facts: Mapping[str, Any], language: str) -> dict[str, str]:
    """What only answers to customers say."""
    days = {"paid_on": "booked_on", "promised_by": "by_on", "received_on": "received_on", "answer_by": "answer_on"}
    rates = (f"{day_text(rate['due_on'], language)}: {amount_text(rate['amount'], facts['currency'], language)}" for rate in _rates(facts))
    return {
        "sum": amount_text(facts["amount"], facts["currency"], language) if facts.get("amount") else "",
        **{name: day_text(facts[of], language) if facts.get(of) else "" for name, of in days.items()},
        "agreement": one_line(str(facts.get("label") or "")),
        "rates": "; ".join(rates),
        "answer": one_line(str(facts.get("answer") or "")),
        "decision": _DECIDED[language].get(_decided(facts), ""),
    }


def _rates(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of an agreement that has begun; a paper has some, too, which it sets as a table of its own."""
    return [rate for rate in facts.get("rates") or () if isinstance(rate, Mapping)]


def _decided(facts: Mapping[str, Any]) -> str:
    """What was decided, or has happened: of an objection, an agreement, a complaint."""
    if "upheld" in facts:
        return "upheld" if facts["upheld"] else "rejected"
    if "missed" in facts:
        return "missed" if facts["missed"] else "ended"
    return f"complaint_{facts['outcome']}" if "outcome" in facts else ""


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
