"""An invoice of Fakturownia, as `/invoices.json` lists it. Amounts are texts in whole units."""

from datetime import date

from invoices.intake.elements import compact
from invoices.intake.parsed import ParsedInvoice, Party
from invoices.intake.services import common
from invoices.intake.services.fields import Fields
from invoices.states import DocumentKind

KINDS = {
    **dict.fromkeys(("", "vat", "bill", "wdt", "export_products", "vat_margin"), DocumentKind.INVOICE),
    "correction": DocumentKind.CORRECTION,
    "advance": DocumentKind.ADVANCE,
    "final": DocumentKind.FINAL,
    "proforma": DocumentKind.PROFORMA,
    "client_order": DocumentKind.ORDER,
    "accounting_note": DocumentKind.DEBIT_NOTE,
}
LEFT_OUT = {
    **dict.fromkeys(("receipt", "kp", "kw", "estimate", "cancelled"), "is no invoice that is owed; it is not taken."),
    "vat_rr": "is a purchase.",
}


def invoice(fields: Fields, seller: Party) -> ParsedInvoice:
    """The invoice. A cost, or what was cancelled, is refused."""
    currency = fields.currency("currency")
    total = fields.amount("price_gross", currency, required=True)
    if fields.text("income") in ("0", "no"):
        fields.complain("income", "is a cost of this company, not a sale.")
    if fields.text("status") in ("cancelled", "rejected"):
        fields.complain("status", "was cancelled in Fakturownia. Where it is in the books, withdraw it here too.")
    kind = common.kind_of(fields, "kind", KINDS, left_out=LEFT_OUT)
    method, asked = common.method(fields.text("payment_type"))
    due = fields.day("payment_to")
    named = compact(fields.text("seller_tax_no"))
    corrected = fields.text("from_invoice_number")
    return ParsedInvoice(
        form="fakturownia",
        number=fields.text("number", required=True, longest=100),
        kind=common.by_sign(kind, total),
        currency=currency,
        issued_on=fields.day("issue_date", required=True) or date.min,
        supplied_on=fields.day("sell_date"),
        total=total,
        to_pay=total,
        seller=Party(name=fields.first("seller_name"), tax_id=named or seller.tax_id, country="PL"),
        buyer=common.buyer(
            fields, tax_id="buyer_tax_no", country="buyer_country", name=("buyer_name",), email=("buyer_email",), phone=("buyer_phone",),
            street=("buyer_street",), postcode=("buyer_post_code",), city=("buyer_city",),
        ),
        due=(due,) if due else (),
        paid=common.paid(fields.amount("paid", currency), total, fields.day("paid_date")),
        accounts=tuple(account for account in (compact(fields.text("seller_bank_account")),) if account),
        payment_method=method,
        is_split_payment=fields.text("split_payment") == "1",
        corrects=(corrected,) if kind is DocumentKind.CORRECTION and corrected else (),
        order_number=fields.first("oid", longest=100),
        asked=asked,
    )  # fmt: skip
