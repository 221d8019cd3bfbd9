"""What UBL and CII have in common: types of documents, and a claim that is positive whatever the document says."""

from collections.abc import Iterator
from decimal import Decimal

from invoices.intake.parsed import ZERO, Asked, Question, VatSum, differs
from invoices.states import DocumentKind, Kind

_INVOICES = ("380", "382", "388", "389", "393", "751", "780", "875", "876", "326")
KINDS = {
    **dict.fromkeys(_INVOICES, DocumentKind.INVOICE),
    **dict.fromkeys(("381", "396", "261"), DocumentKind.CREDIT_NOTE),
    "877": DocumentKind.FINAL,
    "384": DocumentKind.CORRECTION,
    "386": DocumentKind.ADVANCE,
    "383": DocumentKind.DEBIT_NOTE,
    "325": DocumentKind.PROFORMA,
}
"""Codes of UNTDID 1001."""
FACTORED = frozenset({"393", "396"})
TRANSFERS = frozenset({"", "1", "30", "31", "42", "57", "58"})  # UNTDID 4461; 59 and 49 are direct debits, which the seller collects
METHODS = {
    "10": "cash",
    "20": "cheque",
    "48": "card",
    "49": "direct_debit",
    "54": "card",
    "55": "card",
    "59": "direct_debit",
    "97": "netting",
}


def kind_of_buyer(country: str, tax_id: str) -> Kind:
    """Who has a VAT number is a business; of others the format does not say."""
    return Kind.BUSINESS if tax_id else Kind.UNKNOWN


def signed(amount: Decimal, kind: DocumentKind) -> Decimal:
    """A credit note says positively what lowers the debt; one that is negative itself raises it."""
    return -amount if kind == DocumentKind.CREDIT_NOTE else amount


def kind_by_sign(kind: DocumentKind, to_pay: Decimal) -> DocumentKind:
    """An invoice or correction over less than nothing is a credit note; a credit note over less than nothing a correction."""
    if to_pay < 0 and kind.is_claim:
        return DocumentKind.CREDIT_NOTE
    return DocumentKind.CORRECTION if to_pay > 0 and kind == DocumentKind.CREDIT_NOTE else kind


def sums(total: Decimal, prepaid: Decimal, payable: Decimal, vat: tuple[VatSum, ...], *, place: str, rounding: Decimal) -> Iterator[Asked]:
    """Total less what was paid is what is to pay, and net and tax give the total."""
    slack = Decimal("0.02") * max(len(vat), 1)
    if differs((total, -prepaid, rounding), payable, within=Decimal("0.02")):
        yield Asked(Question.AMOUNTS_DIFFER, place, f"{total} - {prepaid} <> {payable}")
    elif vat and differs((part.net + part.tax for part in vat), total, within=slack):
        yield Asked(Question.AMOUNTS_DIFFER, place, f"{sum((part.net + part.tax for part in vat), ZERO)} <> {total}")


def other_method(code: str, *, place: str) -> Iterator[Asked]:
    """Only what is paid by transfer is chased by default."""
    if code not in TRANSFERS:
        yield Asked(Question.OTHER_METHOD, place, METHODS.get(code, code))
