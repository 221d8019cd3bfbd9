"""Invoices as online invoicing services tell them, in JSON: Fakturownia, inFakt, wFirma, iFirma. FORMATS.md 3.

A file holds one invoice as its service told it, and whose account that was: `{"service", "seller_tax_id", "invoice"}`. Pure.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from invoices.intake.cells import Problem
from invoices.intake.parsed import ParsedInvoice, Party, UnreadableInvoice
from invoices.intake.quality import checked
from invoices.intake.services import fakturownia, ifirma, infakt, wfirma
from invoices.intake.services.fields import Fields

INVOICES: Mapping[str, Callable[[Fields, Party], ParsedInvoice]] = {
    "fakturownia": fakturownia.invoice,
    "infakt": infakt.invoice,
    "wfirma": wfirma.invoice,
    "ifirma": ifirma.invoice,
}


def written(service: str, seller_tax_id: str, invoice: Mapping[str, Any]) -> bytes:
    """The file of one invoice. Numbers are texts by now: no figure of a service ever becomes a float."""
    return json.dumps({"service": service, "seller_tax_id": seller_tax_id, "invoice": invoice}, ensure_ascii=False, sort_keys=True).encode()


def service_of(data: bytes) -> str:
    """The service that a file names; empty where it is none of `written`."""
    try:
        said = _object(data) if data.lstrip()[:1] == b"{" else {}
    except UnreadableInvoice:
        return ""
    service = said.get("service")
    return service if isinstance(service, str) and service in INVOICES else ""


def read(data: bytes) -> list[ParsedInvoice]:
    """The invoice. Raises `UnreadableInvoice` with the names of what is missing or unreadable, and for what is no invoice of a sale."""
    said = _object(data)
    service, told = said.get("service"), said.get("invoice")
    if not isinstance(service, str) or service not in INVOICES or not isinstance(told, dict):
        raise UnreadableInvoice(Problem(0, None, f"This is no invoice of a service that is known: {', '.join(INVOICES)}."))
    fields = Fields(told)
    found = INVOICES[service](fields, Party(tax_id=str(said.get("seller_tax_id") or ""), country="PL"))
    fields.finish()
    return [checked(replace(found, form=service))]


def _object(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise UnreadableInvoice(Problem(0, None, "This is no JSON object."))
    return said
