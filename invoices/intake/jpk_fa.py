"""JPK_FA (2) to (4): the sales invoices of a month as the tax office wants them. No due dates, no payments. FORMATS.md 2.3."""

from collections.abc import Iterator
from datetime import date

from invoices.intake.cells import Problem
from invoices.intake.elements import Reader, compact, root_of, texts
from invoices.intake.parsed import ZERO, ParsedInvoice, Party, UnreadableInvoice
from invoices.intake.quality import checked
from invoices.states import DocumentKind, Kind
from receivables.core.xml_in import Element, children, find, local, text

MOST = 50_000
_KINDS = {"VAT": DocumentKind.INVOICE, "POZ": DocumentKind.INVOICE, "ZAL": DocumentKind.ADVANCE, "KOREKTA": DocumentKind.CORRECTION}


def looks_like(data: bytes) -> bool:
    """Whether the first kilobytes name the structure."""
    return b"JPK_FA" in data[:4096]


def read(data: bytes) -> list[ParsedInvoice]:
    """All invoices. Raises `UnreadableInvoice` with the paths of what is missing or unreadable, or where none is there."""
    root = root_of(data)
    if local(root) != "JPK" or text(root, "Naglowek/KodFormularza") != "JPK_FA":
        raise UnreadableInvoice(Problem(root.sourceline or 1, local(root), "is no JPK_FA."))
    reader = Reader(root)
    seller = _seller(root)
    found = [_invoice(reader, one, seller) for one in _few(root)]
    reader.finish()
    if not found:
        raise UnreadableInvoice(Problem(root.sourceline or 1, "JPK", "holds no invoice."))
    return [checked(one) for one in found]


def _few(root: Element) -> Iterator[Element]:
    for n, one in enumerate(children(root, "Faktura"), start=1):
        if n > MOST:
            raise UnreadableInvoice(
                Problem(one.sourceline or 0, "JPK/Faktura", f"There are more than {MOST:,} invoices. Split the file by days.")
            )
        yield one


def _seller(root: Element) -> Party:
    identity = find(root, "Podmiot1/IdentyfikatorPodmiotu")
    return Party(name=text(identity, "PelnaNazwa")[:200], tax_id=compact(text(identity, "NIP")), country="PL", kind=Kind.BUSINESS)


def _invoice(reader: Reader, one: Element, seller: Party) -> ParsedInvoice:
    currency = reader.currency(one, "KodWaluty")
    total = reader.amount(one, "P_15", currency, required=True) or ZERO
    kind = _KINDS.get(text(one, "RodzajFaktury"), DocumentKind.INVOICE)
    tax_id, country = compact(text(one, "P_5B")), text(one, "P_5A") or "PL"
    return ParsedInvoice(
        form="jpk_fa",
        number=reader.text(one, "P_2A", required=True, longest=100)
        if find(one, "P_2A") is not None
        else reader.text(one, "P_2", required=True, longest=100),
        kind=DocumentKind.CREDIT_NOTE if total < 0 else kind,
        currency=currency,
        issued_on=reader.day(one, "P_1", required=True) or date.min,
        supplied_on=reader.day(one, "P_6"),
        total=total,
        to_pay=total,
        seller=seller,
        buyer=Party(
            name=reader.text(one, "P_3A", longest=512)[:200],
            tax_id=tax_id if country == "PL" else country + tax_id.removeprefix(country) if tax_id else "",
            country=country,
            kind=Kind.BUSINESS if tax_id else Kind.UNKNOWN,
            street=reader.text(one, "P_3B", longest=512)[:200],
        ),
        corrects=tuple(texts(one, "NrFaKorygowanej")),
        is_split_payment=text(one, "P_18A") in ("true", "1"),
    )
