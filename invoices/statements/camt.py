"""CAMT.052, .053 and .054, versions 2 to 13 and files without a namespace. Elements go by their local names. FORMATS.md 1.4.

CdtDbtInd already shows the effect of a reversal; RvslInd only marks it. Only booked entries are counted and may be booked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from invoices.statements.mt940 import unbalanced
from invoices.statements.originals import told
from invoices.statements.parsed import MAX_BYTES, Balance, Entry, Line, Problem, Statement, UnreadableStatement, compact
from receivables.core.xml_in import Element, UnreadableXml, children, find, local, stream_xml, text

_KINDS = {"Stmt": "BkToCstmrStmt", "Rpt": "BkToCstmrAcctRpt", "Ntfctn": "BkToCstmrDbtCdtNtfctn"}
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,5})?")
_NO_REFERENCE = frozenset({"NOTPROVIDED", "NONREF", ""})
_REFERENCES = {"EndToEndId": "end_to_end", "TxId": "transaction", "AcctSvcrRef": "bank", "UETR": "uetr", "MndtId": "mandate"}


def looks_like(data: bytes) -> bool:
    """Whether the first kilobytes name one of the three messages."""
    return any(name.encode() in data[:4096] for name in _KINDS.values())


def read(data: bytes) -> list[Statement]:
    """All statements, reports and notifications of a file. Raises `UnreadableStatement` for what is none of them."""
    try:
        return list(_statements(data))
    except UnreadableXml as refusal:
        raise UnreadableStatement(str(refusal)) from None


@dataclass(slots=True)
class _Gathered:
    """The entries of a statement so far: its element is emptied of each once it is read."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: int = 0

    def add(self, entry: Element) -> None:
        """Read one; what is only announced is counted."""
        self.seen += 1
        if _is_booked(entry):
            self.entries.append(_entry(entry, f"entry {self.seen}", self.problems))


def _statements(data: bytes) -> Iterator[Statement]:
    gathered, is_empty, element = _Gathered(), True, None
    for element in stream_xml(data, ("Ntry", *_KINDS), max_bytes=MAX_BYTES):
        above = local(element.getparent()) if element.getparent() is not None else ""
        if local(element) == "Ntry" and above in _KINDS:
            gathered.add(element)
        elif local(element) in _KINDS and above in _KINDS.values():
            yield _statement(element, gathered)
            gathered, is_empty = _Gathered(), False
    if is_empty:
        raise UnreadableStatement(f"This is no account statement of ISO 20022: its root element {local(element)} holds no statement.")


def _statement(element: Element, gathered: _Gathered) -> Statement:
    balances = {_code(balance): _balance(balance) for balance in reversed(list(children(element, "Bal")))}
    entries, problems = gathered.entries, gathered.problems
    if waiting := gathered.seen - len(entries):
        problems.append(Problem("", f"{waiting} entries are only announced (not booked) and are left out."))
    opening = balances.get("OPBD") or balances.get("PRCD")
    found = Statement(
        account=text(element, "Acct/Id/IBAN") or text(element, "Acct/Id/Othr/Id"),
        number=text(element, "LglSeqNb") or text(element, "ElctrncSeqNb") or text(element, "Id"),
        opening=opening,
        closing=balances.get("CLBD"),
        entries=tuple(entries),
        is_pending=local(element) == "Rpt",
        is_notice=local(element) == "Ntfctn",
        currency=opening.currency if opening else text(element, "Acct/Ccy") or next((entry.whole.currency for entry in entries), ""),
    )
    if found.is_balanced is False:
        problems.append(unbalanced(found))
    return replace(found, problems=tuple(problems))


def _code(balance: Element) -> str:
    return text(balance, "Tp/CdOrPrtry/Cd")


def _balance(balance: Element) -> Balance | None:
    amount, currency = _amount(find(balance, "Amt"))
    if amount is None:
        return None
    return Balance(-amount if text(balance, "CdtDbtInd") == "DBIT" else amount, currency, _day(find(balance, "Dt")))


def _is_booked(entry: Element) -> bool:
    status = text(entry, "Sts/Cd") or text(entry, "Sts")
    return status in ("", "BOOK")


def _entry(element: Element, place: str, problems: list[Problem]) -> Entry:
    amount, currency = _amount(find(element, "Amt"))
    if amount is None:
        problems.append(Problem(place, f"The amount {text(element, 'Amt')[:40]!r} cannot be read."))
    sign = -1 if text(element, "CdtDbtInd") == "DBIT" else 1
    whole = Line(
        booked_on=_day(find(element, "BookgDt")) or _day(find(element, "ValDt")),
        value_on=_day(find(element, "ValDt")) or _day(find(element, "BookgDt")),
        amount=None if amount is None else amount * sign,
        currency=currency,
        title=text(element, "AddtlNtryInf"),
        references=_references(element),
        is_reversal=text(element, "RvslInd") in ("true", "1"),
        place=place,
    )
    if whole.booked_on is None:
        problems.append(Problem(place, "It names no day on which it was booked."))
    transactions = [part for details in children(element, "NtryDtls") for part in children(details, "TxDtls")]
    details = tuple(_detail(part, whole, n, alone=len(transactions) == 1) for n, part in enumerate(transactions, start=1))
    entry = Entry(whole, details)
    if details and entry.bookable != details:
        problems.append(Problem(place, "Its details do not add up to it; it is one movement of money."))
    return entry


def _detail(element: Element, whole: Line, number: int, *, alone: bool) -> Line:
    """One transaction of an entry. The only one is the entry itself, whatever amount was instructed in another currency."""
    amount, currency = (None, "") if alone else _amount(find(element, "Amt"))
    if amount is None and not alone:
        amount, currency = _amount(find(element, "AmtDtls/TxAmt/Amt"))
    sign = {"DBIT": -1, "CRDT": 1}.get(text(element, "CdtDbtInd"), -1 if (whole.amount or 0) < 0 else 1)
    party = "Cdtr" if (whole.amount or 0) < 0 else "Dbtr"
    parties = find(element, "RltdPties")
    remittance = find(element, "RmtInf")
    return replace(
        whole,
        amount=whole.amount if alone else None if amount is None else amount * sign,
        currency=whole.currency if alone else currency,
        counterparty=text(parties, f"{party}/Nm") or text(parties, f"{party}/Pty/Nm"),
        account=compact(text(parties, f"{party}Acct/Id/IBAN") or text(parties, f"{party}Acct/Id/Othr/Id")),
        title=_title(remittance) or text(element, "AddtlTxInf") or whole.title,
        references={**whole.references, **_references(find(element, "Refs")), **_structured(remittance), **_original(element, whole)},
        is_reversal=whole.is_reversal or find(element, "RtrInf") is not None,
        place=whole.place if alone else f"{whole.place}, detail {number}",
    )


def _title(remittance: Element | None) -> str:
    return " ".join(said for part in children(remittance, "Ustrd") if (said := text(part)))


def _structured(remittance: Element | None) -> dict[str, str]:
    said = next((said for part in children(remittance, "Strd") if (said := text(part, "CdtrRefInf/Ref"))), "")
    return {"structured": said} if said else {}


def _original(element: Element, whole: Line) -> dict[str, str]:
    """What the payer's bank was told, where that was another currency than the entry's."""
    details = find(element, "AmtDtls")
    for name in ("InstdAmt", "TxAmt"):
        amount, currency = _amount(find(details, f"{name}/Amt"))
        if amount is not None and currency != whole.currency:
            rate = text(details, f"{name}/CcyXchg/XchgRate") or text(details, "TxAmt/CcyXchg/XchgRate")
            return told(amount, currency, rate)
    return {}


def _references(element: Element | None) -> dict[str, str]:
    found = {ours: text(element, theirs) for theirs, ours in _REFERENCES.items()}
    return {name: said for name, said in found.items() if said.upper() not in _NO_REFERENCE}


def _amount(element: Element | None) -> tuple[Decimal | None, str]:
    said = text(element)
    return (Decimal(said) if _AMOUNT.fullmatch(said) else None), (element.get("Ccy", "") if element is not None else "")


def _day(element: Element | None) -> date | None:
    """A date, or the day of a moment as the bank wrote it: its own zone."""
    said = text(element, "Dt") or text(element, "DtTm")
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return None
