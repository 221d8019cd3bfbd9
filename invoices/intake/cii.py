"""Cross Industry Invoices of UN/CEFACT: Factur-X and ZUGFeRD 2, all profiles, and ZUGFeRD 1. FORMATS.md 2.2. DuePayableAmount wins."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoices.early_payment import Terms, of_xrechnung
from invoices.intake import en16931
from invoices.intake.cells import Problem
from invoices.intake.elements import Reader, all_at, compact, root_of
from invoices.intake.parsed import ZERO, Asked, Line, ParsedInvoice, Party, Question, UnreadableInvoice, VatSum
from invoices.intake.quality import checked
from invoices.states import DocumentKind
from receivables.core.xml_in import Element, children, find, local, text

_ROOTS = ("CrossIndustryInvoice", "CrossIndustryDocument")
_DAY = "%Y%m%d"  # format 102
_WHOLE, _PERCENT = re.compile(r"[0-9]{1,3}(\.0+)?"), re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?0*")


def looks_like(data: bytes) -> bool:
    """Whether the first kilobytes name one of the two roots; licences may stand before it."""
    return any(name.encode() in data[:16384] for name in _ROOTS)


def read(data: bytes) -> ParsedInvoice:
    """The invoice. Raises `UnreadableInvoice` with the paths of what is missing, unreadable or a placeholder."""
    root = root_of(data)
    if local(root) not in _ROOTS:
        raise UnreadableInvoice(Problem(root.sourceline or 1, local(root), "is no Cross Industry Invoice."))
    reader = Reader(root)
    found = _invoice(reader, root)
    reader.finish()
    return checked(replace(found, source=data))


def _part(element: Element | None, *names: str) -> Element | None:
    """The first child of any of these names: ZUGFeRD 1 called things differently."""
    return next((found for name in names if (found := find(element, name)) is not None), None)


def _invoice(reader: Reader, root: Element) -> ParsedInvoice:
    document = _part(root, "ExchangedDocument", "HeaderExchangedDocument")
    trade = _part(root, "SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
    agreement = _part(trade, "ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
    delivery = _part(trade, "ApplicableHeaderTradeDelivery", "ApplicableSupplyChainTradeDelivery")
    settlement = _part(trade, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
    sums = _part(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation")
    currency = reader.currency(settlement, "InvoiceCurrencyCode")
    code = reader.text(document, "TypeCode", required=True)
    kind = en16931.KINDS.get(code, DocumentKind.INVOICE)
    if code and code not in en16931.KINDS:
        reader.complain(find(document, "TypeCode"), f"{code[:20]!r} is no type of invoice that is read.")
    total = reader.amount(sums, "GrandTotalAmount", currency, required=True) or ZERO
    prepaid = reader.amount(sums, "TotalPrepaidAmount", currency) or ZERO
    said = reader.amount(sums, "DuePayableAmount", currency)
    payable = total - prepaid if said is None else said
    rounding = reader.amount(sums, "RoundingAmount", currency) or ZERO
    vat = tuple(_vat(reader, settlement, currency))
    to_pay = en16931.signed(payable, kind)
    return ParsedInvoice(
        form="cii",
        number=reader.text(document, "ID", required=True, longest=100),
        kind=en16931.kind_by_sign(kind, to_pay),
        currency=currency,
        issued_on=reader.day(document, "IssueDateTime/DateTimeString", required=True, written=_DAY) or date.min,
        supplied_on=reader.day(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString", written=_DAY),
        total=en16931.signed(total, kind),
        to_pay=to_pay,
        prepaid=prepaid,
        seller=_party(reader, find(agreement, "SellerTradeParty")),
        buyer=_party(reader, find(agreement, "BuyerTradeParty")),
        due=_due(reader, settlement),
        due_text="; ".join(words for terms in children(settlement, "SpecifiedTradePaymentTerms") if (words := text(terms, "Description"))),
        discounts=tuple(_discounts(settlement)),
        accounts=tuple(_accounts(reader, settlement)),
        payment_method=_method(settlement),
        payment_id=text(settlement, "PaymentReference"),
        corrects=tuple(number for one in children(settlement, "InvoiceReferencedDocument") if (number := text(one, "IssuerAssignedID"))),
        order_number=reader.text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID")[:100],
        contract_number=reader.text(agreement, "ContractReferencedDocument/IssuerAssignedID")[:100],
        lines=tuple(_line(reader, line) for line in children(trade, "IncludedSupplyChainTradeLineItem")),
        vat=vat,
        asked=tuple(_asked(settlement, code, total, prepaid, payable, vat, rounding)),
    )


def _due(reader: Reader, settlement: Element | None) -> tuple[date, ...]:
    days = [
        day
        for terms in children(settlement, "SpecifiedTradePaymentTerms")
        if (day := reader.day(terms, "DueDateDateTime/DateTimeString", written=_DAY))
    ]
    return tuple(dict.fromkeys(days))


def _discounts(settlement: Element | None) -> Iterator[Terms]:
    """In the lines of XRechnung, or structured: days after the day of issue. Days that begin elsewhere are left to a person."""
    for terms in children(settlement, "SpecifiedTradePaymentTerms"):
        yield from of_xrechnung(text(terms, "Description"))
        found = find(terms, "ApplicableTradePaymentDiscountTerms")
        period, percent = find(found, "BasisPeriodMeasure"), text(found, "CalculationPercent")
        if period is None or period.get("unitCode") != "DAY" or find(found, "BasisDateTime") is not None:
            continue
        if _WHOLE.fullmatch(text(period)) and _PERCENT.fullmatch(percent):
            yield Terms(Decimal(percent), int(Decimal(text(period))), f"{percent} % / {text(period)}")


def _accounts(reader: Reader, settlement: Element | None) -> Iterator[str]:
    for account in all_at(settlement, "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount"):
        if said := reader.text(account, "IBANID") or reader.text(account, "ProprietaryID"):
            yield compact(said)


def _method(settlement: Element | None) -> str:
    code = text(settlement, "SpecifiedTradeSettlementPaymentMeans/TypeCode")
    return "transfer" if code in en16931.TRANSFERS and code else en16931.METHODS.get(code, code)[:40]


def _party(reader: Reader, party: Element | None) -> Party:
    address = find(party, "PostalTradeAddress")
    country = text(address, "CountryID")
    numbers = {one.get("schemeID", ""): compact(text(one)) for one in all_at(party, "SpecifiedTaxRegistration/ID")}
    contact = find(party, "DefinedTradeContact")
    lines = [text(address, name) for name in ("LineOne", "LineTwo", "LineThree")]
    return Party(
        name=reader.text(party, "Name")[:200],
        tax_id=numbers.get("VA", ""),
        other_ids=tuple(number for scheme, number in numbers.items() if scheme != "VA"),
        country=country,
        kind=en16931.kind_of_buyer(country, numbers.get("VA", "")),
        email=text(contact, "EmailURIUniversalCommunication/URIID") or text(contact, "EmailURIUniversalCommunication/CompleteNumber"),
        phone=text(contact, "TelephoneUniversalCommunication/CompleteNumber"),
        street=" ".join(line for line in lines if line)[:200],
        postcode=text(address, "PostcodeCode")[:20],
        city=text(address, "CityName")[:100],
    )


def _line(reader: Reader, line: Element) -> Line:
    agreement = _part(line, "SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
    delivery = _part(line, "SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
    settlement = _part(line, "SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
    sums = _part(settlement, "SpecifiedTradeSettlementLineMonetarySummation", "SpecifiedTradeSettlementMonetarySummation")
    quantity = find(delivery, "BilledQuantity")
    return Line(
        name=reader.text(line, "SpecifiedTradeProduct/Name", longest=2_000)[:240],
        quantity=reader.decimal(quantity, "") if quantity is not None else None,
        unit=quantity.get("unitCode", "") if quantity is not None else "",
        price=reader.decimal(agreement, "NetPriceProductTradePrice/ChargeAmount"),
        net=reader.decimal(sums, "LineTotalAmount"),
        rate=text(settlement, "ApplicableTradeTax/RateApplicablePercent") or text(settlement, "ApplicableTradeTax/ApplicablePercent"),
    )


def _vat(reader: Reader, settlement: Element | None, currency: str) -> Iterator[VatSum]:
    for part in children(settlement, "ApplicableTradeTax"):
        net, tax = reader.amount(part, "BasisAmount", currency), reader.amount(part, "CalculatedAmount", currency)
        if net is not None and tax is not None:
            yield VatSum(text(part, "RateApplicablePercent") or text(part, "ApplicablePercent"), net, tax)


def _asked(
    settlement: Element | None, code: str, total: Decimal, prepaid: Decimal, payable: Decimal, vat: tuple[VatSum, ...], rounding: Decimal
) -> Iterator[Asked]:
    place = "DuePayableAmount"
    yield from en16931.sums(total, prepaid, payable, vat, place=place, rounding=rounding)
    if code in en16931.FACTORED or find(settlement, "PayeeTradeParty") is not None:
        yield Asked(Question.FACTOR, "PayeeTradeParty", text(settlement, "PayeeTradeParty/Name"))
    method = text(settlement, "SpecifiedTradeSettlementPaymentMeans/TypeCode")
    yield from en16931.other_method(method, place="SpecifiedTradeSettlementPaymentMeans/TypeCode")
