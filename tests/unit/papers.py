"""Facts of a message as `dunning` stores them, ordinary and hostile."""

from decimal import Decimal
from typing import Any

HOSTILE_NAME = "<script>alert(1)</script>\r\nBcc: x@example.com \u202eEVIL\u202c {{ settings.SECRET_KEY }} " + "Długa" * 40 + " 😀 & Söhne"


def facts(items: int = 1, **changes: Any) -> dict[str, Any]:
    """A demand over so many invoices; each has an amount of its own."""
    lines = [
        {
            "label": f"FV/2026/{number:04}",
            "issued_on": "2026-03-12",
            "due_on": "2026-03-26",
            "days_late": 38,
            "amount": f"{1000 + number}.10",
            "open": f"{900 + number}.25",
            "disputed": "0.00",
        }
        for number in range(1, items + 1)
    ]
    total = sum((Decimal(str(line["open"])) for line in lines), Decimal(0))
    return {
        "creditor": {
            "name": "Żółta Łódź sp. z o.o.", "street": "ul. Świętojańska 17", "postcode": "81-368", "city": "Gdynia", "tax_id": "5261040828",
            "email": "pay@zolta-lodz.example", "phone": "+48 58 555 01 23", "bank_account": "PL61109010140000071219812874",
            "bank_name": "Bank Testowy", "country": "PL",
        },
        "customer": {
            "number": "K-417", "name": "Grzegorz Brzęczyszczykiewicz", "street": "ul. Gęsia 1", "postcode": "00-950", "city": "Warszawa",
            "country": "PL", "tax_id": "1132191233", "kind": "business",
        },
        "reference": "K-417",
        "step": "demand",
        "on": "2026-05-03",
        "deadline_on": "2026-05-10",
        "is_overdue": True,
        "currency": "PLN",
        "items": lines,
        "principal": str(total),
        "credit": "0.00",
        "interest": "0.00",
        "compensation": "0.00",
        "fees": "0.00",
        "claims": [],
        "asks": str(total),
        "document": "demand",
        "portal_url": "https://pay.zolta-lodz.example/portal/",
        **changes,
    }  # fmt: skip


def claiming(**changes: Any) -> dict[str, Any]:
    """A demand with late interest over a change of the rate, compensation, a new fee and one of an earlier message."""
    said = facts(1)
    label = said["items"][0]["label"]
    period = {"principal": "901.25", "source": "M.P."}
    periods = [
        {**period, "first_on": "2026-03-27", "last_on": "2026-06-30", "days": 96, "rate_percent": "14.00", "amount": "33.19"},
        {**period, "first_on": "2026-07-01", "last_on": "2026-07-10", "days": 10, "rate_percent": "13.75", "amount": "3.40"},
    ]
    claims: list[dict[str, Any]] = [
        {"kind": "interest", "amount": "36.59", "regime": "commercial_delay", "periods": periods},
        {"kind": "compensation", "amount": "168.93", "euro": "40.00", "rate": "4.2233", "rate_on": "2026-02-27", "table": "040/A/NBP/2026"},
        {"kind": "fee", "amount": "10.00", "is_new": False},
        {"kind": "fee", "amount": "135.19", "percent": "15", "principal": "901.25"},
    ]
    sums = {
        "interest": "36.59",
        "compensation": "168.93",
        "fees": "145.19",
        "asks": "1251.96",
        "on": "2026-07-10",
        "deadline_on": "2026-07-17",
    }
    return {**said, **sums, "claims": [{"label": label, "step": "demand", **claim} for claim in claims], **changes}


def hostile() -> dict[str, Any]:
    """Everything that a customer or a clerk may write is as bad as it can be."""
    found = facts(2)
    for part in (found["creditor"], found["customer"]):
        part["name"], part["city"] = HOSTILE_NAME, "</td><img src=http://evil.example/x.png>"
    found["customer"]["street"] = "x" * 200
    found["items"][0]["label"] = "FV/" + "DŁUGINUMER" * 12 + "\n<b>"
    found["items"][1]["disputed"] = "123.00"
    found["credit"], found["asks"] = "100.00", str(Decimal(found["principal"]) - 100)
    return found
