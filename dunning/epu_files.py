"""A claim sheet as files: a table for people, and XML with the elements of LAW.md A7 for the portal's bulk profile. Pure.

The XML follows working programs, not an official schema, which nobody here has seen: it is marked unverified until one is supplied
and it has been validated against that.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from lxml import etree

from dunning.epu import REGIMES, Claim, ClaimKind, Evidence, Fault, Party, Sheet, Span
from receivables.core.archives import harmless
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

NAMESPACE = "http://www.e-sad.gov.pl/epu"  # of the later programs (LAW.md A7, S20); that of a schema where one is supplied
VERSION = "2.0"
COURT = "Sąd Rejonowy Lublin-Zachód w Lublinie"
DIVISION = "VI Wydział Cywilny"
UNVERIFIED = "Niezweryfikowany: brak aktualnego schematu XSD. Sprawdź plik w portalu e-sad przed wysłaniem."
HEADS = (
    "nr roszczenia", "rodzaj", "dokument", "wartość", "waluta", "data wystawienia", "termin płatności", "data wymagalności", "złóż do",
    "odsetki od", "odsetki do", "od kwoty", "stopa %", "kwota odsetek", "rodzaj odsetek", "dowody",
    "powód", "NIP powoda", "KRS powoda", "pozwany", "NIP pozwanego", "KRS pozwanego", "REGON pozwanego", "sprawdzono w rejestrze",
)  # fmt: skip
_KINDS = {ClaimKind.PRINCIPAL: "należność główna", ClaimKind.COMPENSATION: "rekompensata, art. 10 ustawy z 8.03.2013"}
_MOST_TOLD = 20
_NO_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")  # what XML 1.0 cannot hold


def csv_of(sheet: Sheet) -> bytes:
    """A row for each claim and each of its spans of interest, in UTF-8 with a mark for spreadsheets. Polish, as the court is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADS)
    parties = _of_parties(sheet)
    for claim in sheet.claims:
        for span in claim.spans or (None,):
            writer.writerow([harmless(cell) for cell in (*_of_claim(claim), *_of_span(claim, span), _numbers(claim), *parties)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _of_claim(claim: Claim) -> tuple[object, ...]:
    days = (claim.issued_on, claim.due_on, claim.became_due_on, claim.file_by)
    return (claim.number, _KINDS[claim.kind], claim.label, _amount(claim.value), "PLN", *days)


def _of_span(claim: Claim, span: Span | None) -> tuple[object, ...]:
    if span is None:
        return ("", "", "", "", "", "")
    if span.last_on is None:
        return (span.first_on, "do dnia zapłaty", _amount(span.principal), "", "", regime_words(claim.regime))
    return (span.first_on, span.last_on, _amount(span.principal), span.percent, _amount(span.amount), regime_words(claim.regime))


def _of_parties(sheet: Sheet) -> tuple[object, ...]:
    """Names and numbers, never a PESEL: this table may be looked at by whoever may see the case."""
    creditor, debtor = sheet.creditor, sheet.debtor
    return (
        creditor.name, creditor.tax_id, creditor.krs,
        debtor.name, debtor.tax_id, debtor.krs, debtor.regon, debtor.checked_on or "",
    )  # fmt: skip


def regime_words(regime: str) -> str:
    """What a regime is called in a claim."""
    return REGIMES.get(regime, "umowne") if regime else ""


def _numbers(claim: Claim) -> str:
    return ", ".join(map(str, claim.evidence))


@dataclass(frozen=True, slots=True)
class Made:
    """The XML, and by which schema it was found right; empty: by none, and the file says so."""

    content: bytes
    verified_by: str = ""


def xml_of(sheet: Sheet, *, reference: str, schema: Path | None = None) -> Made:
    """The package with this one claim. Raises `Refused` where the claim may not be filed or the schema does not allow the file.

    `reference` names it: the portal gives it back. A schema is trusted: the operator has put it there.
    """
    _refuse_unfit(sheet)
    known = _schema(schema) if schema else None
    namespace = known.namespace if known else NAMESPACE
    root = etree.Element(f"{{{namespace}}}Pozwy", {"OznaczeniePaczki": reference}, nsmap={None: namespace})
    _claim_into(root, sheet, namespace, reference)
    if known is None:
        root.insert(0, etree.Comment(f" {UNVERIFIED} "))
    else:
        _refuse_invalid(known, root)
    return Made(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True), known.name if known else "")


def _refuse_unfit(sheet: Sheet) -> None:
    if not sheet.may_be_filed:
        raise Refused(gettext_noop("Something stands against filing this claim in EPU. The claim sheet says what; mend that first."))
    for finding in sheet.findings:
        if finding.fault in _NOT_IN_THE_FILE:
            raise Refused(_NOT_IN_THE_FILE[finding.fault], label=finding.about)


_NOT_IN_THE_FILE = {
    Fault.SETTLED: gettext_noop(
        "Interest on %(label)s was paid or waived in part, which the file cannot say. Enter the claim in the portal by hand."
    ),
    Fault.CONTRACT: gettext_noop(
        "Interest on %(label)s runs at a contract's rate, which the file cannot say. Enter the claim in the portal by hand."
    ),
}


@dataclass(frozen=True, slots=True)
class _Schema:
    name: str
    namespace: str
    validator: Any


def _schema(path: Path) -> _Schema:
    """Read, not kept: it is asked for once in a while. Raises `Refused` where it is none."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    try:
        tree = etree.parse(path, parser)
        validator = etree.XMLSchema(tree)
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise Refused(
            gettext_noop("The schema that EPU_SCHEMA names cannot be used (%(why)s). Ask the administrator."), why=type(error).__name__
        ) from None
    digest = sha256(path.read_bytes()).hexdigest()[:12]
    return _Schema(f"{path.name} ({digest})", tree.getroot().get("targetNamespace") or NAMESPACE, validator)


def _refuse_invalid(schema: _Schema, root: Any) -> None:
    if schema.validator.validate(etree.ElementTree(root)):
        return
    told = [f"{error.path}: {error.message}".replace(f"{{{schema.namespace}}}", "") for error in schema.validator.error_log][:_MOST_TOLD]
    raise Refused(gettext_noop("The schema %(schema)s does not allow this file: %(why)s"), schema=schema.name, why=" · ".join(told)[:600])


def _claim_into(root: Any, sheet: Sheet, namespace: str, reference: str) -> None:
    into = _Into(namespace)
    claim = into.add(root, "PozewEPU", ID=reference, version=VERSION, dataZlozenia=sheet.filing_on)
    court = into.add(claim, "Adresat", Nazwa=COURT, Wydzial=DIVISION)
    into.add(court, "Adres", miejscowosc="Lublin", kraj="PL")
    _party(into, into.add(into.add(claim, "ListaPowodow"), "Powod", rodzajStrony=_kind(sheet.creditor)), sheet.creditor)
    _party(into, into.add(into.add(claim, "ListaPozwanych"), "Pozwany", rodzajStrony=_kind(sheet.debtor)), sheet.debtor)
    into.add(claim, "SprawaWgPowoda", text=reference)
    into.add(claim, "WartoscSporu", text=_amount(sheet.value))
    into.add(claim, "OplataSadowa", wartosc=_amount(sheet.fee.to_pay), zwolnienie="0", zasadzenie="1")
    claims = into.add(claim, "ListaRoszczen")
    for one in sheet.claims:
        _one_claim(into, claims, one)
    proofs = into.add(claim, "ListaDowodow")
    for evidence in sheet.evidence:
        _one_proof(into, proofs, evidence)
    into.add(claim, "Uzasadnienie", text="\n".join(reasons_of(sheet)))


def reasons_of(sheet: Sheet) -> Iterator[str]:
    """The grounds of the claim in Polish sentences: what is owed, that it is due, and how an agreement was tried."""
    for claim in sheet.claims:
        amount = f"{_amount(claim.value)} zł"
        if claim.kind is ClaimKind.PRINCIPAL:
            yield (
                f"Pozwany nie zapłacił {amount} z dokumentu {claim.label} z dnia {claim.issued_on:%d.%m.%Y}, "
                f"płatnego do {claim.due_on:%d.%m.%Y}."
            )
        else:
            yield f"Powodowi należy się {amount} rekompensaty za koszty odzyskiwania należności z dokumentu {claim.label}."
    yield from _in_court_register(sheet)
    if sheet.attempt:
        yield f"Próba pozasądowego rozwiązania sporu: {sheet.attempt}"


def _in_court_register(sheet: Sheet) -> Iterator[str]:
    """The KRS numbers, which a claim states (LAW.md A7): no element for them is known, so they stand among the grounds."""
    told = [f"{role} {party.krs}" for role, party in (("powoda", sheet.creditor), ("pozwanego", sheet.debtor)) if party.krs]
    if told:
        yield f"Numer w KRS: {', '.join(told)}."


@dataclass(frozen=True, slots=True)
class _Into:
    """Adds elements of one namespace. Attributes that say nothing are left out."""

    namespace: str

    def add(self, parent: Any, name: str, *, text: str = "", **attributes: object) -> Any:
        told = {key: _clean(_said(value)) for key, value in attributes.items() if value not in ("", None)}
        element = etree.SubElement(parent, f"{{{self.namespace}}}{name}", told)
        if text:
            element.text = _clean(text)
        return element


def _party(into: _Into, element: Any, party: Party) -> None:
    if party.is_person:
        first, _space, last = party.name.strip().rpartition(" ")
        into.add(element, "OsobaFizyczna", Imie=first, Nazwisko=last, Nazwa=party.name, PESEL=party.pesel)
    else:
        into.add(element, "Instytucja", Nazwa=party.name)
    if party.tax_id:
        into.add(element, "NIP", text=party.tax_id)
    street, house, flat = street_parts(party.street)
    into.add(
        element, "Adres", ulica=street, nr_domu=house, nr_mieszkania=flat, kod=party.postcode, miejscowosc=party.city, kraj=party.country
    )
    if party.bank_account:
        into.add(element, "numerKonta", text=party.bank_account)


def street_parts(street: str) -> tuple[str, str, str]:
    """Street, house and flat of a line such as "Prosta 12A/3"; where its end is no number, all is the street."""
    name, _space, last = street.strip().rpartition(" ")
    if not name or not last[:1].isdigit():
        return street.strip(), "", ""
    house, _slash, flat = last.partition("/")
    return name.removesuffix(" m.").strip(), house, flat


def _one_claim(into: _Into, parent: Any, claim: Claim) -> None:
    element = into.add(
        parent, "Roszczenie", numer=claim.number, wartosc=_amount(claim.value), waluta="PLN", odsetki=int(bool(claim.spans)),
        solidarnie="0", typ="1", dataWymagalnosci=claim.became_due_on,
    )  # fmt: skip
    if claim.spans:
        spans = into.add(element, "Odsetki")
        for span in stretches(claim.spans):
            into.add(
                spans, "OkresOdsetkowy", dataOd=span.first_on, dataDo=span.last_on, kwota=_amount(span.principal), czyUstawowe="1",
                doZaplaty=int(span.last_on is None),
            )  # fmt: skip
    proofs = into.add(element, "Dowody")
    for number in claim.evidence:
        into.add(proofs, "Dowod", numer=number)


def stretches(spans: tuple[Span, ...]) -> list[Span]:
    """The days by principal alone: the court works out the rate of each day itself."""
    found: list[Span] = []
    for span in spans:
        before = found[-1] if found else None
        follows = before is not None and before.last_on is not None and (span.first_on - before.last_on).days == 1
        if before is not None and follows and before.principal == span.principal:
            found[-1] = Span(before.first_on, span.last_on, span.principal)
        else:
            found.append(Span(span.first_on, span.last_on, span.principal))
    return found


def _one_proof(into: _Into, parent: Any, evidence: Evidence) -> None:
    proof = evidence.proof
    element = into.add(parent, "Dowod", numer=evidence.number, typDowodu=proof.kind, oznaczenie=proof.name, dataDowodu=proof.on)
    into.add(element, "FaktStwierdzany", text=proof.fact)


def _kind(party: Party) -> str:
    return "osoba fizyczna" if party.is_person else "instytucja"


def _said(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _clean(text: str) -> str:
    """Without characters that XML cannot hold."""
    return _NO_XML.sub("", text)


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"
