"""Structured invoices of KSeF, FA(3) and FA(2). FORMATS.md 2.1. DoZaplaty wins as the claim; of a correction P_15 does, the difference."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoices.early_payment import of_words
from invoices.intake.cells import Problem
from invoices.intake.elements import Reader, all_at, compact, root_of, texts
from invoices.intake.ksef_schema import refuse_invalid
from invoices.intake.parsed import ZERO, Asked, Line, Paid, ParsedInvoice, Party, Question, UnreadableInvoice, VatSum, differs
from invoices.intake.quality import checked
from invoices.states import DocumentKind, Kind
from receivables.core.xml_in import Element, children, find, local, text

NAMESPACES = {"http://crd.gov.pl/wzor/2025/06/25/13775/": "ksef_fa3", "http://crd.gov.pl/wzor/2023/06/29/12648/": "ksef_fa2"}
_KINDS = {
    "VAT": DocumentKind.INVOICE, "UPR": DocumentKind.INVOICE, "ZAL": DocumentKind.ADVANCE, "ROZ": DocumentKind.FINAL,
    "KOR": DocumentKind.CORRECTION, "KOR_ZAL": DocumentKind.CORRECTION, "KOR_ROZ": DocumentKind.CORRECTION,
}  # fmt: skip
_METHODS = {"1": "cash", "2": "card", "3": "voucher", "4": "cheque", "5": "credit", "6": "transfer", "7": "mobile"}
_TRANSFER = "6"
_IN_LINK = re.compile(r"[?&]IPKSeF=([0-9]{3}[A-Za-z0-9]{10})(?![A-Za-z0-9])")
_RATES = {"1": "23", "2": "8", "3": "5", "4": "taxi", "5": "OSS"}  # P_13_n → P_14_n; the others bear no tax
_UNTAXED = ("6_1", "6_2", "6_3", "7", "8", "9", "10", "11")
_FACTOR, _UNIT = "1", "8"  # Podmiot3/Rola
_A_GROSZ_A_RATE = Decimal("0.05")


def looks_like(data: bytes) -> bool:
    """Whether the first kilobytes name one of the schemas, or have its root element."""
    return any(name.encode() in data[:4096] for name in NAMESPACES) or b"<Faktura" in data[:4096]


def read(data: bytes) -> ParsedInvoice:
    """The invoice. Raises `UnreadableInvoice` for what its schema does not allow, with the paths of the defects."""
    root = root_of(data)
    form = _form(root)
    if form != "ksef_fa2":
        refuse_invalid(root)
    reader = Reader(root)
    found = _invoice(reader, root, form)
    reader.finish()
    return checked(replace(found, source=data))


def _form(root: Element) -> str:
    namespace = root.tag.partition("}")[0].removeprefix("{") if root.tag.startswith("{") else ""
    if namespace in NAMESPACES and local(root) == "Faktura":
        return NAMESPACES[namespace]
    reason = "is no invoice of KSeF: its namespace is missing or unknown. FA(2) and FA(3) are read."
    raise UnreadableInvoice(Problem(root.sourceline or 1, local(root), reason))


def _invoice(reader: Reader, root: Element, form: str) -> ParsedInvoice:
    fa = find(root, "Fa")
    currency = reader.currency(fa, "KodWaluty")
    kind = _KINDS.get(reader.text(fa, "RodzajFaktury", required=True), DocumentKind.INVOICE)
    total = reader.amount(fa, "P_15", currency, required=True) or ZERO
    payment = find(fa, "Platnosc")
    to_pay = _to_pay(reader, fa, total, currency)
    return ParsedInvoice(
        form=form,
        number=reader.text(fa, "P_2", required=True, longest=100),
        kind=DocumentKind.CREDIT_NOTE if to_pay < 0 and kind == DocumentKind.CORRECTION else kind,
        currency=currency,
        issued_on=reader.day(fa, "P_1", required=True) or date.min,
        supplied_on=reader.day(fa, "P_6") or reader.day(fa, "OkresFa/P_6_Do"),
        total=total,
        to_pay=to_pay,
        seller=_party(reader, find(root, "Podmiot1")),
        buyer=_party(reader, find(root, "Podmiot2")),
        due=tuple(day for term in all_at(payment, "TerminPlatnosci/Termin") if (day := reader.day(term, ""))),
        due_text="; ".join(_in_words(term) for term in all_at(payment, "TerminPlatnosci/TerminOpis")),
        discounts=of_words(text(payment, "Skonto/WarunkiSkonta"), text(payment, "Skonto/WysokoscSkonta")),
        paid=tuple(_paid(reader, payment, to_pay, currency)),
        accounts=tuple(compact(account) for account in _accounts(payment, "RachunekBankowy")),
        factor_accounts=tuple(compact(account) for account in _accounts(payment, "RachunekBankowyFaktora")),
        payment_method=_METHODS.get(text(payment, "FormaPlatnosci"), "other" if find(payment, "PlatnoscInna") is not None else ""),
        payment_id=_payment_id(payment),
        is_split_payment=text(fa, "Adnotacje/P_18A") == "1",
        corrects=tuple(number for one in children(fa, "DaneFaKorygowanej") if (number := text(one, "NrFaKorygowanej"))),
        corrects_ksef=tuple(number for one in children(fa, "DaneFaKorygowanej") if (number := text(one, "NrKSeFFaKorygowanej"))),
        order_number=reader.text(fa, "WarunkiTransakcji/Zamowienia/NrZamowienia", longest=256)[:100],
        contract_number=reader.text(fa, "WarunkiTransakcji/Umowy/NrUmowy", longest=256)[:100],
        lines=tuple(_line(reader, line) for line in children(fa, "FaWiersz")),
        vat=tuple(_vat(reader, fa, currency)),
        asked=tuple(_asked(reader, root, fa, kind, total, currency)),
    )


def _payment_id(payment: Element | None) -> str:
    """IPKSeF, or the one in the link."""
    linked = _IN_LINK.search(text(payment, "LinkDoPlatnosci"))
    return text(payment, "IPKSeF") or (linked[1] if linked else "")


def _to_pay(reader: Reader, fa: Element, total: Decimal, currency: str) -> Decimal:
    """What is claimed: DoZaplaty where it is said. Of a correction it may be all that is owed now, beside what the books have of the
    invoice corrected; P_15 is the difference.
    """
    if _is_correction(fa) or find(fa, "Rozliczenie/DoRozliczenia") is not None:
        return total
    said = reader.amount(fa, "Rozliczenie/DoZaplaty", currency)
    return total if said is None else said


def _is_correction(fa: Element | None) -> bool:
    return text(fa, "RodzajFaktury").startswith("KOR")


def _party(reader: Reader, element: Element | None) -> Party:
    identity, address = find(element, "DaneIdentyfikacyjne"), find(element, "Adres")
    country = text(address, "KodKraju") or text(identity, "KodUE") or text(identity, "KodKraju")
    street, place = reader.text(address, "AdresL1", longest=512), reader.text(address, "AdresL2", longest=512)
    postcode, city = _postcode_and_city(place)
    return Party(
        name=reader.text(identity, "Nazwa", longest=512)[:200],
        tax_id=_tax_id(identity),
        country=country,
        number=reader.text(element, "NrKlienta", longest=256)[:60],
        kind=_kind(element, identity),
        email=next(texts(element, "DaneKontaktowe/Email"), ""),
        phone=next(texts(element, "DaneKontaktowe/Telefon"), ""),
        street=street[:200],
        postcode=postcode,
        city=city[:100],
    )


def _tax_id(identity: Element | None) -> str:
    if vat := text(identity, "NrVatUE"):
        return text(identity, "KodUE") + compact(vat)
    return text(identity, "NIP") or text(identity, "NrID")


def _kind(element: Element | None, identity: Element | None) -> Kind:
    """BrakID is a consumer; a unit of local government a public body; a number that a business has, a business."""
    if text(identity, "BrakID") == "1":
        return Kind.CONSUMER
    if text(element, "JST") == "1":
        return Kind.PUBLIC
    return Kind.BUSINESS if text(identity, "NIP") or text(identity, "NrVatUE") else Kind.UNKNOWN


def _postcode_and_city(place: str) -> tuple[str, str]:
    """'00-002 Kraków' apart; a place without a Polish postcode is a city."""
    head, _, rest = place.partition(" ")
    is_postcode = len(head) == 6 and head[2] == "-" and (head[:2] + head[3:]).isdigit()
    return (head, rest) if is_postcode else ("", place)


def _in_words(term: Element) -> str:
    """'30 Dzień Otrzymanie faktury' of FA(3); FA(2) has one text."""
    parts = [text(term, name) for name in ("Ilosc", "Jednostka", "ZdarzeniePoczatkowe")]
    return " ".join(part for part in parts if part) or text(term)


def _paid(reader: Reader, payment: Element | None, to_pay: Decimal, currency: str) -> Iterator[Paid]:
    """Zaplacono: all of it. In parts: each of them; marker 2 says that they are all, whatever they add up to."""
    if text(payment, "Zaplacono") == "1":
        yield Paid(to_pay, reader.day(payment, "DataZaplaty"))
        return
    for part in children(payment, "ZaplataCzesciowa"):
        amount = reader.amount(part, "KwotaZaplatyCzesciowej", currency, required=True)
        if amount:
            yield Paid(amount, reader.day(part, "DataZaplatyCzesciowej"))


def _accounts(payment: Element | None, name: str) -> Iterator[str]:
    yield from (number for account in children(payment, name) if (number := text(account, "NrRB")))


def _line(reader: Reader, line: Element) -> Line:
    return Line(
        name=reader.text(line, "P_7", longest=512),
        quantity=reader.decimal(line, "P_8B"),
        unit=text(line, "P_8A"),
        price=reader.decimal(line, "P_9A") if find(line, "P_9A") is not None else reader.decimal(line, "P_9B"),
        net=reader.decimal(line, "P_11") if find(line, "P_11") is not None else reader.decimal(line, "P_11A"),
        rate=text(line, "P_12"),
    )


def _vat(reader: Reader, fa: Element, currency: str) -> Iterator[VatSum]:
    for n, rate in _RATES.items():
        if find(fa, f"P_13_{n}") is not None:
            yield VatSum(rate, reader.amount(fa, f"P_13_{n}", currency) or ZERO, reader.amount(fa, f"P_14_{n}", currency) or ZERO)
    for n in _UNTAXED:
        if find(fa, f"P_13_{n}") is not None:
            yield VatSum("", reader.amount(fa, f"P_13_{n}", currency) or ZERO, ZERO)


def _asked(reader: Reader, root: Element, fa: Element, kind: DocumentKind, total: Decimal, currency: str) -> Iterator[Asked]:
    payment = find(fa, "Platnosc")
    others = list(children(root, "Podmiot3"))
    factor = next((one for one in others if text(one, "Rola") == _FACTOR), None)
    if factor is not None or find(payment, "RachunekBankowyFaktora") is not None:
        at = "Faktura/Fa/Platnosc/RachunekBankowyFaktora" if factor is None else "Faktura/Podmiot3"
        yield Asked(Question.FACTOR, at, text(factor, "DaneIdentyfikacyjne/Nazwa"))
    if text(root, "Podmiot2/JST") == "1" and not any(text(one, "Rola") == _UNIT for one in others):
        yield Asked(Question.NO_RECIPIENT_UNIT, "Faktura/Podmiot2/JST", "1")
    yield from _settled(reader, fa, total, currency)
    if not _is_correction(fa) and (over := text(fa, "Rozliczenie/DoRozliczenia")):
        yield Asked(Question.OVERPAID, "Faktura/Fa/Rozliczenie/DoRozliczenia", over)
    method = text(payment, "FormaPlatnosci")
    if method and method != _TRANSFER and text(payment, "Zaplacono") != "1":
        yield Asked(Question.OTHER_METHOD, "Faktura/Fa/Platnosc/FormaPlatnosci", _METHODS.get(method, method))
    if kind == DocumentKind.INVOICE and text(fa, "RodzajFaktury") == "VAT":
        yield from _sums(reader, fa, total, currency)


def _settled(reader: Reader, fa: Element, total: Decimal, currency: str) -> Iterator[Asked]:
    """What is left to pay, or to give back, follows from the total: of a correction it is the total itself, or a person looks."""
    for name, sign in (("DoZaplaty", 1), ("DoRozliczenia", -1)):
        said = reader.amount(fa, f"Rozliczenie/{name}", currency)
        parts = (
            [total]
            if _is_correction(fa)
            else [total, _each(reader, fa, "Obciazenia", currency), -_each(reader, fa, "Odliczenia", currency)]
        )
        if said is not None and (sign > 0 or _is_correction(fa)) and differs(parts, sign * said, within=Decimal("0.02")):
            yield Asked(Question.AMOUNTS_DIFFER, f"Faktura/Fa/Rozliczenie/{name}", f"{said}; P_15 {total}")


def _each(reader: Reader, fa: Element, name: str, currency: str) -> Decimal:
    """The sum of charges or of deductions, as it is said, or added up."""
    said = reader.amount(fa, f"Rozliczenie/Suma{name.replace('nia', 'n')}", currency)
    each = (reader.amount(one, "Kwota", currency) or ZERO for one in all_at(fa, f"Rozliczenie/{name}"))
    return sum(each, ZERO) if said is None else said


def _sums(reader: Reader, fa: Element, total: Decimal, currency: str) -> Iterator[Asked]:
    """Net and tax give the total, and the tax its rate; amounts of a margin scheme stand in no rate and cannot be compared."""
    vat = list(_vat(reader, fa, currency))
    is_margin = text(fa, "Adnotacje/PMarzy/P_PMarzyN") != "1"
    if not vat or is_margin:
        return
    slack = _A_GROSZ_A_RATE * len(vat)
    if differs((part.net + part.tax for part in vat), total, within=slack):
        yield Asked(Question.AMOUNTS_DIFFER, "Faktura/Fa/P_15", f"{total}")
        return
    for n, rate in _RATES.items():
        part = next((part for part in vat if part.rate == rate), None)
        if part and rate.isdigit() and _is_off(part, Decimal(rate), lines=sum(1 for _ in children(fa, "FaWiersz"))):
            yield Asked(Question.AMOUNTS_DIFFER, f"Faktura/Fa/P_14_{n}", f"{part.tax}")


def _is_off(part: VatSum, rate: Decimal, *, lines: int) -> bool:
    """Tax may be rounded line by line, so a grosz a line is no error. 22 and 7 per cent were rates until 2010 and stay possible."""
    slack = Decimal("0.02") + Decimal("0.01") * lines
    older = {Decimal(23): Decimal(22), Decimal(8): Decimal(7)}.get(rate, rate)
    return all(abs(part.net * tried / 100 - part.tax) > slack for tried in (rate, older))
