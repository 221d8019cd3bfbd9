"""A structured invoice as a page that people read: made when it is asked for. The file itself stays the invoice."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from invoices.models import Invoice, InvoiceSource
from receivables.core.errors import RenderError
from receivables.core.printed import account_text, amount_text, one_line, short_day_text
from receivables.documents.actions import made_for, store
from receivables.documents.models import Document
from receivables.documents.pdf import render_pdf
from receivables.templating import fill, find

VISUAL = "invoice_visual"
"""The kind of document that shows an invoice."""
LABELS: Mapping[str, Mapping[str, str]] = {
    "pl": {
        "title": "Faktura", "issued": "Data wystawienia", "supplied": "Data dostawy", "seller": "Sprzedawca", "buyer": "Nabywca",
        "tax_id": "NIP",
        "line": "Nazwa", "quantity": "Ilość", "price": "Cena", "net": "Netto", "rate": "VAT", "tax": "Podatek", "total": "Razem brutto",
        "to_pay": "Do zapłaty", "due": "Termin płatności", "account": "Rachunek", "payment_id": "W tytule przelewu", "ksef": "Numer KSeF",
        "split": "mechanizm podzielonej płatności", "more": "Dalsze pozycje są w pliku faktury.",
        "note": "Wizualizacja faktury ustrukturyzowanej. Wiążący jest plik, z którego powstała.",
    },
    "en": {
        "title": "Invoice", "issued": "Issued on", "supplied": "Supplied on", "seller": "Seller", "buyer": "Buyer", "tax_id": "Tax number",
        "line": "Name", "quantity": "Quantity", "price": "Price", "net": "Net", "rate": "VAT", "tax": "Tax", "total": "Total",
        "to_pay": "To pay", "due": "Due on", "account": "Account", "payment_id": "Reference", "ksef": "KSeF number",
        "split": "split payment mechanism", "more": "Further lines are in the file of the invoice.",
        "note": "This page shows a structured invoice. Binding is the file from which it was made.",
    },
    "de": {
        "title": "Rechnung", "issued": "Rechnungsdatum", "supplied": "Leistungsdatum", "seller": "Verkäufer", "buyer": "Käufer",
        "tax_id": "Steuernummer", "line": "Bezeichnung", "quantity": "Menge", "price": "Preis", "net": "Netto", "rate": "USt.",
        "tax": "Steuer",
        "total": "Gesamtbetrag", "to_pay": "Zu zahlen", "due": "Zahlbar bis", "account": "Konto", "payment_id": "Verwendungszweck",
        "ksef": "KSeF-Nummer", "split": "Split-Payment-Verfahren", "more": "Weitere Positionen stehen in der Rechnungsdatei.",
        "note": "Diese Seite zeigt eine strukturierte Rechnung. Verbindlich ist die Datei, aus der sie entstand.",
    },
}  # fmt: skip


def visual_pdf(invoice: Invoice, *, language: str) -> bytes:
    """The page as PDF. Raises `RenderError` where the invoice came by no file of its own."""
    return render_pdf(visual_html(invoice, language=language))


def kept_visual(invoice: Invoice, *, language: str, now: datetime) -> Document:
    """The page as a paper that is kept: made once for each language, so that what was sent is what is kept. Raises as `visual_pdf` does."""
    language = language if language in LABELS else "en"
    key = f"visual:{invoice.pk}:{language}"
    if paper := made_for(invoice.creditor, key):
        return paper
    content = visual_pdf(invoice, language=language)
    name = f"{re.sub(r'[^A-Za-z0-9._-]+', '-', invoice.number)[:110].strip('-') or 'invoice'}.pdf"
    return store(invoice.creditor, kind=VISUAL, name=name, content=content, facts={"invoice": invoice.pk}, now=now, key=key)


def visual_html(invoice: Invoice, *, language: str) -> str:
    """The page itself, the same for the same invoice and language."""
    source = InvoiceSource.objects.filter(invoice=invoice).first()
    template = find("documents/invoice_visual", "all", ".html", html=True)
    if source is None or template is None:
        raise RenderError(f"{invoice.number} came by no file that could be shown.")
    language = language if language in LABELS else "en"
    return fill(template, {"w": LABELS[language], "language": language, **_context(invoice, source, language)})


def _context(invoice: Invoice, source: InvoiceSource, language: str) -> dict[str, Any]:
    facts, code, customer = source.facts, invoice.currency, invoice.customer
    return {
        "number": invoice.number,
        "issued": short_day_text(invoice.issued_on, language),
        "supplied": short_day_text(facts["supplied_on"], language) if facts.get("supplied_on") else "",
        "seller": {name: one_line(str(text)) for name, text in facts.get("seller", {"name": "", "tax_id": ""}).items()},
        "buyer": {
            "name": customer.name, "tax_id": customer.tax_id, "street": customer.street,
            "place": f"{customer.postcode} {customer.city}".strip(),
        },
        "lines": [_line(line) for line in facts.get("lines", [])],
        "has_more": facts.get("line_count", 0) > len(facts.get("lines", [])),
        "vat": [[rate, _money(net, code, language), _money(tax, code, language)] for rate, net, tax in facts.get("vat", [])],
        "total": _money(facts["total"], code, language),
        "to_pay": _money(facts["to_pay"], code, language),
        "due": ", ".join(short_day_text(day, language) for day in facts.get("due", [])) or one_line(facts.get("due_text", "")),
        "accounts": [account_text(account) for account in (*source.accounts, *facts.get("factor_accounts", []))],
        "payment_id": source.payment_id,
        "ksef_number": source.ksef_number,
        "is_split": bool(facts.get("split_payment")),
    }  # fmt: skip


def _money(amount: str, currency: str, language: str) -> str:
    return amount_text(Decimal(amount), currency, language)


def _line(parts: list[str]) -> dict[str, str]:
    name, quantity, unit, price, net, rate = (one_line(str(part)) for part in parts)
    return {"name": name, "quantity": f"{quantity} {unit}".strip(), "price": price, "net": net, "rate": rate}
