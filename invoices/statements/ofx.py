"""OFX 1 (SGML, tags that never close) and 2 (XML): one statement for each account.

Read by our own scanner of tags: the library for it has rested since 2021 and refuses files whose tags are empty.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from invoices.statements.parsed import Balance, Entry, Line, Problem, Statement, UnreadableStatement, compact
from invoices.statements.texts import decoded

_MARK = re.compile(r"<(?P<closes>/?)(?P<name>[A-Za-z0-9._]{1,40})\s*/?>(?P<text>[^<]*)|<!\[CDATA\[(?P<data>.*?)\]\]>", re.DOTALL)
_AMOUNT = re.compile(r"[+-]?([0-9]{1,15}([.,][0-9]{0,5})?|[.,][0-9]{1,5})")
_AGGREGATE = re.compile(
    r"OFX|FI|PAYEE|BAL|BALLIST|STATUS|SONRS|STMTTRN|BANKTRANLIST|(ORIG)?CURRENCY|(LEDGER|AVAIL)BAL|.*(MSGSRSV1|RS|ACCTFROM|ACCTTO)"
)
_DEEPEST = 30  # aggregates within each other; a statement has about eight
_STATEMENTS = ("STMTRS", "CCSTMTRS")


@dataclass(slots=True)
class _Node:
    """An aggregate: its own values, and the aggregates inside."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    inside: list["_Node"] = field(default_factory=list)

    def all(self, *names: str) -> Iterator["_Node"]:
        """Aggregates of these names at any depth, in their order."""
        for node in self.inside:
            if node.name in names:
                yield node
            else:
                yield from node.all(*names)

    def first(self, *names: str) -> "_Node":
        """The first of them, or an empty one."""
        return next(self.all(*names), _Node(""))


def looks_like(data: bytes) -> bool:
    """Whether the file says OFX near its beginning."""
    return b"<OFX>" in data[:4096] or b"OFXHEADER" in data[:1024]


def read(data: bytes) -> list[Statement]:
    """All statements of a file. Raises `UnreadableStatement` for one that has none."""
    text = decoded(data)
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise UnreadableStatement("The file declares a document type (DOCTYPE). Such files are not read; export it without.")
    if re.search(r"<(CC)?STMTRS>", text, re.IGNORECASE) and not re.search(r"</(CC)?STMTRS>", text, re.IGNORECASE):
        raise UnreadableStatement("The file ends within a statement: it is cut. Export it again.")
    found = [_statement(node) for node in _tree(text).all(*_STATEMENTS)]
    if not any(each.account or each.entries for each in found):
        raise UnreadableStatement("This is no OFX statement: it holds no account with movements.")
    return found


def _tree(text: str) -> _Node:
    """Tags of aggregates open one; any other is a value, empty or not. What is never closed ends with the one around it."""
    root = _Node("")
    open_nodes, last = [root], ""
    for mark in _MARK.finditer(text, max(text.find("<OFX>"), 0)):
        if mark["data"] is not None:
            open_nodes[-1].values[last] = mark["data"].strip()
            continue
        last = mark["name"].upper()
        if mark["closes"]:
            _close(open_nodes, last)
        elif _AGGREGATE.fullmatch(last):
            open_nodes[-1].inside.append(_Node(last))
            open_nodes.append(open_nodes[-1].inside[-1])
            if len(open_nodes) > _DEEPEST:
                raise UnreadableStatement(f"The file nests its elements more than {_DEEPEST} deep. Such files are not read.")
        else:
            open_nodes[-1].values.setdefault(last, html.unescape(mark["text"]).strip())
    return root


def _close(open_nodes: list[_Node], name: str) -> None:
    names = [node.name for node in open_nodes]
    if name in names[1:]:
        del open_nodes[len(names) - 1 - names[::-1].index(name) :]


def _statement(node: _Node) -> Statement:
    currency = node.values.get("CURDEF", "").upper()
    problems: list[Problem] = []
    entries = [_entry(movement, currency, n, problems) for n, movement in enumerate(node.all("STMTTRN"), start=1)]
    ledger = node.first("LEDGERBAL").values
    amount = _amount(ledger.get("BALAMT", ""))
    return Statement(
        account=node.first("BANKACCTFROM", "CCACCTFROM").values.get("ACCTID", ""),
        number="",
        opening=None,
        closing=Balance(amount, currency, _day(ledger.get("DTASOF", ""))) if amount is not None else None,
        entries=tuple(entries),
        problems=tuple(problems),
        currency=currency,
    )


def _entry(node: _Node, currency: str, number: int, problems: list[Problem]) -> Entry:
    values, place = node.values, f"entry {number}"
    amount = _amount(values.get("TRNAMT", ""))
    if amount is None:
        problems.append(Problem(place, f"The amount {values.get('TRNAMT', '')[:40]!r} cannot be read."))
    booked_on = _day(values.get("DTPOSTED", ""))
    if booked_on is None:
        problems.append(Problem(place, f"{values.get('DTPOSTED', '')[:40]!r} is no day of the calendar."))
    other = node.first("BANKACCTTO", "CCACCTTO").values
    line = Line(
        booked_on=booked_on,
        value_on=_day(values.get("DTUSER", "")) or booked_on,
        amount=amount,
        currency=node.first("CURRENCY", "ORIGCURRENCY").values.get("CURSYM", currency) if amount is None else currency,
        counterparty=" ".join(values.get("NAME", "").split()),
        account=compact(other.get("ACCTID", "")),
        title=" ".join((values.get("MEMO") or values.get("NAME", "")).split()),
        references=_references(values),
        is_reversal=values.get("CORRECTACTION", "") == "DELETE",
        place=place,
    )
    return Entry(line)


def _references(values: Mapping[str, str]) -> dict[str, str]:
    found = {"bank": values.get("FITID", ""), "customer": values.get("REFNUM", "") or values.get("CHECKNUM", "").strip("0")}
    return {name: said for name, said in found.items() if said}


def _amount(text: str) -> Decimal | None:
    said = text.replace(" ", "").replace("\u2212", "-")
    return Decimal(said.replace(",", ".")) if _AMOUNT.fullmatch(said) else None


def _day(text: str) -> date | None:
    """The day as the bank wrote it, in its own zone."""
    digits = text[:8]
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
