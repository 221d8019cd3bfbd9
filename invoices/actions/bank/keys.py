"""What makes a bank line the same line wherever it comes again. Pure.

Two equal movements of one day are both real: the key counts how many before it in the same file say the same. A running balance or the
bank's own reference tells them apart where there is one; so does the number of the statement where the bank gives no reference.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from invoices.statements.parsed import Line, Statement

Keyed = tuple[str, Line]


def keyed(statements: Sequence[Statement]) -> Iterator[tuple[Statement, list[Keyed]]]:
    """Each statement with its lines and their keys, which depend on nothing but what the file says."""
    for statement in statements:
        seen: Counter[str] = Counter()  # a statement that stands in the file twice says the same again
        lines: list[Keyed] = []
        for entry in statement.entries:
            for line in entry.bookable:
                said = said_by(line, statement)
                seen[said] += 1
                lines.append((_digest(f"{said}|{seen[said]}"), line))
        yield statement, lines


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
