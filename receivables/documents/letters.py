"""The page of a letter, from its facts: templates/documents/<kind>/<language>.html. What it looks like stands in letter.css there."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from receivables.core.errors import RenderError
from receivables.core.printed import country_text, one_line, printed, transfer_title
from receivables.documents.payment_qr import payment_payload, qr_image
from receivables.documents.words_pl import amount_in_words
from receivables.templating import fill, find

_TEMPLATES = {"demand": "demand", "reminder": "reminder", "overdue": "reminder"}


def letter_html(kind: str, *, language: str, facts: Mapping[str, Any], number: str) -> str:
    """The whole page. Raises `RenderError` for a kind without a template or a value that is missing."""
    template = find(f"documents/{_TEMPLATES[kind]}", language, ".html", html=True) if kind in _TEMPLATES else None
    if template is None:
        raise RenderError(f"There is no letter of the kind {kind[:40]!r}.")
    return fill(template, _context(facts, language, number))


def _context(facts: Mapping[str, Any], language: str, number: str) -> dict[str, Any]:
    asks, currency = Decimal(facts["asks"]), facts["currency"]
    payload = payload_of(facts)
    values = printed(facts, language)
    values["customer"]["country_name"] = country_text(facts["customer"]["country"], language)
    return {
        **values,
        "footer_firm": _firm(facts["creditor"], language),
        "footer_seat": _seat(facts["creditor"]),
        "number": number,
        "language": language,
        "asks_in_words": amount_in_words(asks, currency) if language == "pl" else "",
        "qr": qr_image(payload) if payload else "",
        "transfer_title": transfer_title(facts),
    }


def _firm(creditor: Mapping[str, str], language: str) -> str:
    """Name and tax number, as they stand on the foot of each page."""
    tax_id = f"{'NIP' if language == 'pl' else 'Tax no.'} {creditor['tax_id']}" if creditor["tax_id"] else ""
    return " · ".join(part for part in (one_line(creditor["name"], longest=70), one_line(tax_id)) if part)


def _seat(creditor: Mapping[str, str]) -> str:
    place = one_line(f"{creditor['postcode']} {creditor['city']}", longest=70)
    return ", ".join(part for part in (one_line(creditor["street"], longest=60), place) if part)


def payload_of(facts: Mapping[str, Any]) -> str:
    """What the transfer code of a message says; empty where there is none."""
    creditor = facts["creditor"]
    return payment_payload(
        account=creditor["bank_account"],
        name=creditor["name"],
        tax_id=creditor["tax_id"],
        amount=Decimal(facts["asks"]),
        currency=facts["currency"],
        title=transfer_title(facts),
    )
