"""Orders of our own, in the shape that the shops document: none of theirs on account is public."""

from typing import Any


def woo(**changes: Any) -> dict[str, Any]:
    """On account, 120.50 PLN, of a registered buyer with a NIP; nobody has paid."""
    billing = {
        "first_name": "Jan", "last_name": "Nowak", "company": "Łąka sp. z o.o.", "address_1": "Polna 1", "address_2": "", "city": "Łódź",
        "postcode": "90-001", "country": "PL", "email": "jan@laka.example", "phone": "500 100 100",
    }  # fmt: skip
    order = {
        "id": 727, "number": "727", "status": "on-hold", "currency": "PLN", "date_created_gmt": "2026-11-20T23:30:00",
        "date_modified_gmt": "2026-11-20T23:30:00", "date_paid_gmt": None, "total": "120.50", "customer_id": 25, "payment_method": "bacs",
        "billing": billing, "meta_data": [{"id": 1, "key": "_billing_nip", "value": "123-456-32-18"}], "refunds": [],
    }  # fmt: skip
    return {**order, **changes}


def guest(**changes: Any) -> dict[str, Any]:
    """A guest with no NIP and no company."""
    billing = {**woo()["billing"], "company": "", **changes.pop("billing", {})}
    return woo(customer_id=0, meta_data=[], billing=billing, **changes)


def shopify(**changes: Any) -> dict[str, Any]:
    """Net terms of two schedules over 200.00 EUR."""
    schedules = [
        {"amount": "150.00", "due_at": "2026-12-20T12:00:00+01:00", "completed_at": None},
        {"amount": "50.00", "due_at": "2026-12-10T12:00:00+01:00", "completed_at": None},
    ]
    order = {
        "id": 450, "name": "#1001", "financial_status": "pending", "cancelled_at": None, "currency": "EUR", "gateway": "", "total_price": "200.00",
        "created_at": "2026-11-20T23:30:00+01:00", "updated_at": "2026-11-20T23:30:00+01:00", "email": "ann@example.com",
        "payment_terms": {"payment_terms_type": "NET", "due_in_days": 30, "payment_schedules": schedules}, "refunds": [],
        "customer": {"id": None, "verified_email": True, "first_name": "Ann", "last_name": "Lee"}, "note_attributes": [],
        "billing_address": {"name": "Ann Lee", "company": None, "address1": "Hauptstr. 1", "city": "Berlin", "zip": "10115", "country_code": "DE"},
    }  # fmt: skip
    return {**order, **changes}
