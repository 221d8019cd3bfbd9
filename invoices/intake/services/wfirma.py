"""An invoice of wFirma, as `/invoices/find` lists it. All values are texts; `paymentdate` is the due date."""

from datetime import date

from invoices.intake.elements import compact
from invoices.intake.parsed import ParsedInvoice, Party
from invoices.intake.services import common
from invoices.intake.services.fields import Fields
from invoices.states import DocumentKind

KINDS = {
    **dict.fromkeys(("", "normal", "margin", "bill"), DocumentKind.INVOICE),
    "correction": DocumentKind.CORRECTION,
    "advance": DocumentKind.ADVANCE,
    "final": DocumentKind.FINAL,
    "proforma": DocumentKind.PROFORMA,
    "offer": DocumentKind.ORDER,
}
LEFT_OUT = dict.fromkeys(("receipt", "receipt_normal", "receipt_fiscal_normal", "income"), "is no invoice that is owed; it is not taken.")


def invoice(fields: Fields, seller: Party) -> ParsedInvoice:
    """The invoice."""
    currency = fields.currency("currency")
    total = fields.amount("total", currency, required=True)
    kind = common.kind_of(fields, "type", KINDS, left_out=LEFT_OUT)
    method, asked = common.method(fields.text("paymentmethod"))
    due, corrected = fields.day("paymentdate"), fields.text("corrected_fullnumber")
    is_paid = fields.text("paymentstate") == "paid"
    return ParsedInvoice(
        form="wfirma",
        number=fields.text("fullnumber", required=True, longest=100),
        kind=common.by_sign(kind, total),
        currency=currency,
        issued_on=fields.day("date", required=True) or date.min,
        supplied_on=fields.day("disposaldate"),
        total=total,
        to_pay=total,
        seller=seller,
        buyer=common.buyer(
            fields.below("contractor_detail"), tax_id="nip", country="country", name=("name",), email=("email",), phone=("phone", "mobile"),
            street=("street",), postcode=("zip",), city=("city",),
        ),
        due=(due,) if due else (),
        paid=common.paid(total if is_paid else fields.amount("alreadypaid", currency), total, None),
        accounts=tuple(account for account in (compact(fields.below("company_account").text("number")),) if account),
        payment_method=method,
        corrects=(corrected,) if corrected else (),
        asked=asked,
    )  # fmt: skip
