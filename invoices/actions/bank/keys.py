"""What makes a bank line the same line wherever it comes again. Pure.

Two equal movements of one day are both real: the key counts how many before it in the same file say the same. A running balance or the
bank's own reference tells them apart where there is one; so does the number of the statement where the bank gives no reference.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoices.statements.parsed import Entry, Line, Statement


@dataclass(frozen=True, slots=True)
class Keyed:
    """A line with its key, and that of the bank's entry that it is, or is a detail of: a statement and a notice of the same entry agree."""

    key: str
    line: Line
    entry: str
    whole: Decimal | None  # the amount of the entry
    is_named: bool  # the bank's reference, or payer and title, tell the entry from others of its day and amount


def keyed(statements: Sequence[Statement]) -> Iterator[tuple[Statement, list[Keyed]]]:
    """Each statement with its lines and their keys, which depend on nothing but what the file says."""
    for statement in statements:
        seen: Counter[str] = Counter()  # a statement that stands in the file twice says the same again
        lines: list[Keyed] = []
        for entry in statement.entries:
            of_entry, is_named = _entry_of(entry)
            seen[of_entry] += 1
            named = _digest(f"entry|{of_entry}|{seen[of_entry]}")
            for line in entry.bookable:
                said = said_by(line, statement)
                seen[said] += 1
                lines.append(Keyed(_digest(f"{said}|{seen[said]}"), line, named, entry.whole.amount, is_named))
        yield statement, lines


def _entry_of(entry: Entry) -> tuple[str, bool]:
    """What a statement and a notice say alike of an entry of an account: day, amount, and the bank's own reference; without one payer
    and title, where it is a single movement that has both. Second whether that tells it from others.
    """
    whole, lines = entry.whole, entry.bookable
    bank, alone = whole.references.get("bank") or "", lines[0]
    parts: list[object] = [whole.booked_on, whole.amount, whole.currency, bank]
    is_paid_by = not bank and len(lines) == 1 and bool(alone.account and alone.title)
    parts += [alone.account, alone.title] if is_paid_by else []
    return "|".join(_plain(part) for part in parts), bool(bank) or is_paid_by


def said_by(line: Line, statement: Statement) -> str:
    """What the line says, in a fixed form."""
    bank = line.references.get("bank") or line.references.get("bank_transaction") or ""
    where = "" if bank else statement.number
    parts = [statement.account, line.booked_on, line.amount, line.currency, bank, where, line.references.get("balance", "")]
    parts += [line.account, line.counterparty, line.title]
    return "|".join(_plain(part) for part in parts)


def _plain(part: object) -> str:
    return " ".join(str(part).split()).casefold()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
