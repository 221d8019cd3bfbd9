"""An invoice of iFirma, as `/iapi/faktury.json` lists it. Amounts are JSON numbers with a point, kept as their text."""

from datetime import date

from invoices.intake.parsed import ParsedInvoice, Party
from invoices.intake.services import common
from invoices.intake.services.fields import Fields
from invoices.states import DocumentKind


def invoice(fields: Fields, seller: Party) -> ParsedInvoice:
    """The invoice. `Rodzaj` names the kind; what is no claim of its own is known by it."""
    currency = fields.currency("Waluta")
    total = fields.amount("Brutto", currency, required=True)
    kind = _kind(fields.text("Rodzaj"))
    method, asked = common.method(fields.text("SposobZaplaty"))
    due, corrected = fields.day("TerminPlatnosci"), fields.text("NumerFakturyKorygowanej")
    return ParsedInvoice(
        form="ifirma",
        number=fields.text("PelnyNumer", required=True, longest=100),
        kind=common.by_sign(kind, total),
        currency=currency,
        issued_on=fields.day("DataWystawienia", required=True) or date.min,
        total=total,
        to_pay=total,
        seller=seller,
        buyer=common.buyer(
            fields, tax_id=("NipKontrahenta", "NIPKontrahenta"), name=("KontrahentNazwa", "NazwaKontrahenta"), email=("EmailKontrahenta",),
            number=("IdentyfikatorKontrahenta",),
        ),
        due=(due,) if due else (),
        paid=common.paid(fields.amount("Zaplacono", currency), total, None),
        payment_method=method,
        corrects=(corrected,) if corrected else (),
        asked=asked,
    )  # fmt: skip


def _kind(said: str) -> DocumentKind:
    word = said.casefold()
    if "proforma" in word:
        return DocumentKind.PROFORMA
    if "korekta" in word or "korygujaca" in word:
        return DocumentKind.CORRECTION
    return DocumentKind.ADVANCE if "zaliczk" in word else DocumentKind.INVOICE
