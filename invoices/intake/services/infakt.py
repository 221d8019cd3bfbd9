"""An invoice of inFakt, as `/api/v3/invoices.json` lists it. Money is in grosze, whole numbers; `payment_date` is the due date."""

from datetime import date

from invoices.intake.elements import compact
from invoices.intake.parsed import ParsedInvoice, Party
from invoices.intake.services import common
from invoices.intake.services.fields import Fields
from invoices.states import DocumentKind

KINDS = {
    **dict.fromkeys(("", "vat", "margin"), DocumentKind.INVOICE),
    "correction": DocumentKind.CORRECTION,
    "advance": DocumentKind.ADVANCE,
    "final": DocumentKind.FINAL,
    "proforma": DocumentKind.PROFORMA,
}


def invoice(fields: Fields, seller: Party) -> ParsedInvoice:
    """The invoice. A draft is refused: nobody owes it yet."""
    currency = fields.currency("currency")
    total = fields.minor("gross_price", currency, required=True)
    left = fields.minor("left_to_pay", currency) if fields.text("left_to_pay") else total
    if fields.text("status") == "draft":
        fields.complain("status", "is a draft in inFakt; nobody owes it yet.")
    kind = common.kind_of(fields, "kind", KINDS, left_out={})
    method, asked = common.method(fields.text("payment_method"))
    due, corrected = fields.day("payment_date"), fields.text("corrected_invoice_number")
    is_paid = fields.text("status") == "paid"
    return ParsedInvoice(
        form="infakt",
        number=fields.text("number", required=True, longest=100),
        kind=common.by_sign(kind, total),
        currency=currency,
        issued_on=fields.day("invoice_date", required=True) or date.min,
        supplied_on=fields.day("sale_date"),
        total=total,
        to_pay=total,
        seller=seller,
        buyer=common.buyer(
            fields, tax_id="client_tax_code", country="client_country", name=("client_company_name", "client_business_name"),
            email=("client_email",), phone=("client_phone",), street=("client_street",), postcode=("client_post_code",),
            city=("client_city",),
        ),
        due=(due,) if due else (),
        paid=common.paid(total if is_paid else total - left, total, fields.day("paid_date")),
        accounts=tuple(account for account in (compact(fields.text("bank_account")),) if account),
        payment_method=method,
        corrects=(corrected,) if corrected else (),
        asked=asked,
    )  # fmt: skip
