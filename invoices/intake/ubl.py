"""UBL 2.1 invoices and credit notes: Peppol BIS 3, XRechnung, EN 16931, PEF. FORMATS.md 2.2. PayableAmount is the claim."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoices.early_payment import of_xrechnung
from invoices.intake import en16931
from invoices.intake.cells import Problem
from invoices.intake.elements import Reader, all_at, compact, root_of, texts
from invoices.intake.parsed import ZERO, Asked, Line, ParsedInvoice, Party, Question, UnreadableInvoice, VatSum
from invoices.intake.quality import checked
from invoices.states import DocumentKind
from receivables.core.xml_in import Element, children, find, local, text

_NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
_ROOTS = {"Invoice": "InvoiceTypeCode", "CreditNote": "CreditNoteTypeCode"}
_CREDIT_NOTE = "381"


def looks_like(data: bytes) -> bool:
    """Whether the first kilobytes name UBL."""
    return _NAMESPACE.encode() in data[:8192]


def read(data: bytes) -> ParsedInvoice:
    """The invoice. Raises `UnreadableInvoice` with the paths of what is missing, unreadable or a placeholder."""
    root = root_of(data)
    if local(root) not in _ROOTS:
        raise UnreadableInvoice(Problem(root.sourceline or 1, local(root), "is no invoice and no credit note of UBL 2.1."))
    reader = Reader(root)
    found = _invoice(reader, root)
    reader.finish()
    return checked(replace(found, source=data))


def _invoice(reader: Reader, root: Element) -> ParsedInvoice:
    currency = reader.currency(root, "DocumentCurrencyCode")
    code = _type(reader, root)
    kind = en16931.KINDS.get(code, DocumentKind.INVOICE)
    totals = find(root, "LegalMonetaryTotal")
    total = reader.amount(totals, "TaxInclusiveAmount", currency) or ZERO
    prepaid = reader.amount(totals, "PrepaidAmount", currency) or ZERO
    payable = reader.amount(totals, "PayableAmount", currency, required=True) or ZERO
    rounding = reader.amount(totals, "PayableRoundingAmount", currency) or ZERO
    vat = tuple(_vat(reader, root, currency))
    means = find(root, "PaymentMeans")
    to_pay = en16931.signed(payable, kind)
    return ParsedInvoice(
        form="ubl",
        number=reader.text(root, "ID", required=True, longest=100),
        kind=en16931.kind_by_sign(kind, to_pay),
        currency=currency,
        issued_on=reader.day(root, "IssueDate", required=True) or date.min,
        supplied_on=reader.day(root, "Delivery/ActualDeliveryDate") or reader.day(root, "TaxPointDate"),
        total=en16931.signed(total or payable, kind),
        to_pay=to_pay,
        prepaid=prepaid,
        seller=_party(reader, find(root, "AccountingSupplierParty/Party")),
        buyer=_party(reader, find(root, "AccountingCustomerParty/Party"), supplier=find(root, "AccountingCustomerParty")),
        due=_due(reader, root),
        due_text="; ".join(text(terms, "Note") for terms in children(root, "PaymentTerms") if text(terms, "Note")),
        discounts=tuple(each for terms in children(root, "PaymentTerms") for each in of_xrechnung(text(terms, "Note"))),
        accounts=tuple(compact(said) for one in all_at(root, "PaymentMeans/PayeeFinancialAccount") if (said := reader.text(one, "ID"))),
        payment_method=_method(means),
        payment_id=text(means, "PaymentID"),
        corrects=tuple(number for one in all_at(root, "BillingReference/InvoiceDocumentReference") if (number := text(one, "ID"))),
        order_number=reader.text(root, "OrderReference/ID")[:100],
        contract_number=reader.text(root, "ContractDocumentReference/ID")[:100],
        lines=tuple(_line(reader, line) for line in root if local(line) in ("InvoiceLine", "CreditNoteLine")),
        vat=vat,
        asked=tuple(_asked(root, code, total, prepaid, payable, vat, rounding)),
    )


def _type(reader: Reader, root: Element) -> str:
    said = reader.text(root, _ROOTS[local(root)])
    if local(root) == "CreditNote":
        return said if en16931.KINDS.get(said) == DocumentKind.CREDIT_NOTE else _CREDIT_NOTE
    if said and said not in en16931.KINDS:
        reader.complain(find(root, "InvoiceTypeCode"), f"{said[:20]!r} is no type of invoice that is read.")
    return said


def _due(reader: Reader, root: Element) -> tuple[date, ...]:
    """The due date of the invoice; of a credit note, and of instalments, the payment means say it."""
    at = [(root, "DueDate"), *((means, "PaymentDueDate") for means in children(root, "PaymentMeans"))]
    at += [(terms, "PaymentDueDate") for terms in children(root, "PaymentTerms")]
    days = [day for element, path in at if (day := reader.day(element, path))]
    return tuple(dict.fromkeys(days))


def _method(means: Element | None) -> str:
    code = text(means, "PaymentMeansCode")
    return "transfer" if code in en16931.TRANSFERS and code else en16931.METHODS.get(code, code)[:40]


def _party(reader: Reader, party: Element | None, *, supplier: Element | None = None) -> Party:
    address = find(party, "PostalAddress")
    country = text(address, "Country/IdentificationCode")
    tax_id = compact(_tax_id(reader, party))
    name = reader.text(party, "PartyLegalEntity/RegistrationName") or reader.text(party, "PartyName/Name")
    return Party(
        name=name[:200],
        tax_id=tax_id,
        other_ids=tuple(dict.fromkeys(compact(said) for said in _others(party))),
        country=country,
        number=reader.text(supplier, "SupplierAssignedAccountID")[:60] if supplier is not None else "",
        kind=en16931.kind_of_buyer(country, tax_id),
        email=next(texts(party, "Contact/ElectronicMail"), ""),
        phone=next(texts(party, "Contact/Telephone"), ""),
        street=" ".join(part for part in (text(address, "StreetName"), text(address, "AdditionalStreetName")) if part)[:200],
        postcode=text(address, "PostalZone")[:20],
        city=text(address, "CityName")[:100],
    )


def _tax_id(reader: Reader, party: Element | None) -> str:
    """The VAT number; without one the number of the register."""
    schemes = list(children(party, "PartyTaxScheme"))
    schemes.sort(key=lambda one: text(one, "TaxScheme/ID") not in ("VAT", ""))
    return reader.text(schemes[0], "CompanyID") if schemes else reader.text(party, "PartyLegalEntity/CompanyID")


def _others(party: Element | None) -> Iterator[str]:
    for path in ("PartyLegalEntity/CompanyID", "EndpointID", "PartyIdentification/ID"):
        if said := text(party, path):
            yield said


def _line(reader: Reader, line: Element) -> Line:
    quantity = find(line, "InvoicedQuantity")
    quantity = find(line, "CreditedQuantity") if quantity is None else quantity
    return Line(
        name=reader.text(line, "Item/Name", longest=2_000)[:240],
        quantity=reader.decimal(quantity, "") if quantity is not None else None,
        unit=quantity.get("unitCode", "") if quantity is not None else "",
        price=reader.decimal(line, "Price/PriceAmount"),
        net=reader.decimal(line, "LineExtensionAmount"),
        rate=text(line, "Item/ClassifiedTaxCategory/Percent"),
    )


def _vat(reader: Reader, root: Element, currency: str) -> Iterator[VatSum]:
    """Of the tax total in the invoice's own currency; a second one is in the currency of its tax."""
    for total in children(root, "TaxTotal"):
        amount = find(total, "TaxAmount")
        if amount is not None and amount.get("currencyID", currency) != currency:
            continue
        for part in children(total, "TaxSubtotal"):
            net, tax = reader.amount(part, "TaxableAmount", currency), reader.amount(part, "TaxAmount", currency)
            if net is not None and tax is not None:
                yield VatSum(text(part, "TaxCategory/Percent"), net, tax)


def _asked(
    root: Element, code: str, total: Decimal, prepaid: Decimal, payable: Decimal, vat: tuple[VatSum, ...], rounding: Decimal
) -> Iterator[Asked]:
    place = f"{local(root)}/LegalMonetaryTotal/PayableAmount"
    if total:
        yield from en16931.sums(total, prepaid, payable, vat, place=place, rounding=rounding)
    if code in en16931.FACTORED or (find(root, "PayeeParty") is not None and _is_other_payee(root)):
        yield Asked(Question.FACTOR, f"{local(root)}/PayeeParty", text(root, "PayeeParty/PartyName/Name"))
    yield from en16931.other_method(text(root, "PaymentMeans/PaymentMeansCode"), place=f"{local(root)}/PaymentMeans/PaymentMeansCode")


def _is_other_payee(root: Element) -> bool:
    """A payee is named where it is not the seller (EN 16931, BG-10): the claim may have been sold."""
    payee = text(root, "PayeeParty/PartyLegalEntity/CompanyID") or text(root, "PayeeParty/PartyName/Name")
    seller = find(root, "AccountingSupplierParty/Party")
    return payee not in {
        text(seller, "PartyLegalEntity/CompanyID"),
        text(seller, "PartyName/Name"),
        text(seller, "PartyLegalEntity/RegistrationName"),
    }
