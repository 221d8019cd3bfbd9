"""What keeps a line of a statement out of the books, in sentences. Pure."""

from collections.abc import Sequence

from invoices.statements.parsed import Line, Problem, Statement
from receivables.core.money import CURRENCIES, decimals_of

NO_CURRENCY = (
    "The file names no currency. Nothing of it was stored, for nobody may guess it. Describe its columns and name the currency there "
    "(Payments, Bank, Bring in statements); the layout is kept for the account."
)


def unbookable(statements: Sequence[Statement]) -> list[Problem]:
    """What keeps a file out: a line without an amount, a day or a currency that can be booked. A currency that none has is said once."""
    lines = [line for statement in statements if not statement.is_pending for entry in statement.entries for line in entry.bookable]
    if lines and not any(line.currency for line in lines):
        return [Problem(lines[0].place, NO_CURRENCY)]
    return [Problem(line.place, reason) for line in lines if (reason := against(line))]


def against(line: Line) -> str:
    """Why a line cannot be booked; empty where it can."""
    if line.amount is None:
        return "Its amount cannot be read. Nothing of the file was stored; correct the file or ask the bank for it again."
    if line.booked_on is None:
        return "It names no day. Nothing of the file was stored."
    if line.currency not in CURRENCIES:
        return f"{line.currency or 'Nothing'} is no currency of ISO 4217. Name the currency in the account's layout."
    if line.amount != round(line.amount, decimals_of(line.currency)):
        return f"{line.amount} has more decimals than {line.currency} knows."
    return ""
