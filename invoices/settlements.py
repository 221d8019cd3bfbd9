"""Which bank line pays a settlement report out, and what of the report has no place in the books. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from invoices.intake.settlement_table import ZERO, Settled


class ReportState(StrEnum):
    """Where a report stands."""

    AWAITS_MONEY = "awaits_money"  # no line of the bank pays it out yet
    HELD = "held"  # a person has to look: another sum, a number nobody knows
    BOOKED = "booked"
    DISCARDED = "discarded"


NOT_KNOWN = "not known here"
"""Why a number was set aside by the program, for a partner most of whose orders are not ours."""
UNBOOKED = (ReportState.AWAITS_MONEY, ReportState.HELD)
"""States in which a report may still be booked: what it says was paid is not chased."""


class PartnerKind(StrEnum):
    """Who collects customers' money for the company and pays it out in one sum."""

    COURIER = "courier"
    GATEWAY = "gateway"
    MARKETPLACE = "marketplace"


@dataclass(frozen=True, slots=True)
class Payout:
    """A line of the bank that a partner sent, and that is not decided."""

    line: int
    amount: Decimal
    currency: str
    booked_on: date
    text: str  # counterparty and title


@dataclass(frozen=True, slots=True)
class Sums:
    """What a report comes to: paid by customers, given back to them, kept as fees, paid out."""

    gross: Decimal
    refunds: Decimal
    fees: Decimal

    @property
    def net(self) -> Decimal:
        """What the bank line has to be."""
        return self.gross - self.refunds - self.fees


def sums_of(rows: Iterable[Settled]) -> Sums:
    """The sums of a report of one currency."""
    gross = refunds = fees = ZERO
    for row in rows:
        gross, refunds, fees = gross + max(row.gross, ZERO), refunds + max(-row.gross, ZERO), fees + row.fee
    return Sums(gross, refunds, fees)


def is_from(text: str, payer: str) -> bool:
    """Whether a line's words name the partner: all words of `payer`, whatever their case and spaces."""
    said = f" {' '.join(text.casefold().split())} "
    words = " ".join(payer.casefold().split())
    return bool(words) and words in said


def payout_for(sums: Sums, currency: str, payout: str, candidates: Sequence[Payout], *, is_shared: bool = False) -> Payout | None:
    """The one line that pays the report out: of its very sum; where several are, the one whose words hold the partner's reference.

    `is_shared`: another report of the partner waits for the same sum, so that only a line that names the reference will do. None where none
    is, or where it is not clear: then a person says which.
    """
    fitting = [each for each in candidates if (each.amount, each.currency) == (sums.net, currency)]
    named = [each for each in fitting if payout and payout.casefold() in each.text.casefold()]
    chosen = named or ([] if is_shared else fitting)
    return chosen[0] if len(chosen) == 1 else None


def objections(rows: Sequence[Settled], known: Collection[str]) -> list[str]:
    """Why a report is held, in plain words: several currencies, numbers that are not `known`, nothing paid out."""
    found = []
    if len(currencies := sorted({row.currency for row in rows})) > 1:
        found.append(f"The report is in {', '.join(currencies)}; a payout is in one currency. Split the file.")
    unknown = [row.number for row in rows if row.number and row.number not in known]
    if unknown:
        found.append(f"Not known here: {', '.join(unknown[:5])}{f' and {len(unknown) - 5} more' if len(unknown) > 5 else ''}.")
    if sums_of(rows).net <= 0:
        found.append("The report pays nothing out. What was given back is booked by hand.")
    return found
