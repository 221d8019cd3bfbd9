"""Payment terms longer than the law allows: shown with the last lawful day, and nothing is worked out anew from it."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F

from invoices.models import Item
from receivables.accounts.models import Creditor
from receivables.countries.law import PACKS, Pack
from receivables.countries.terms import PaymentTerm, TermWarning
from receivables.reporting.owed import Owed, owed

SHORTEST_CAP = timedelta(days=30)
"""No country caps a term below it (directive 2011/7/EU, art. 4)."""


@dataclass(frozen=True, slots=True)
class TermLine:
    """An open invoice with what is wrong with its term, the gravest first."""

    owed: Owed
    warnings: tuple[TermWarning, ...]

    @property
    def days(self) -> int:
        """From the day of issue, which stands in for the day of receipt, through the due date."""
        return (self.owed.due_on - self.owed.issued_on).days

    @property
    def gravest(self) -> TermWarning:
        """What a list shows."""
        return self.warnings[0]

    @property
    def lawful_until(self) -> date:
        """The last day that the law would allow."""
        return self.gravest.lawful_until


def term_lines(creditor: Creditor) -> list[TermLine]:
    """Open invoices without instalments whose term is too long, the longest first. One query; empty for an unknown country."""
    pack = PACKS.get(creditor.country)
    if pack is None:
        return []
    whole = Item.objects.open().filter(creditor=creditor, amount=F("invoice__gross"), due_on__gt=F("invoice__issued_on") + SHORTEST_CAP)
    found = [TermLine(one, term_warnings(pack, one)) for one in owed(whole.order_by("pk"))]
    return sorted((line for line in found if line.warnings), key=lambda line: (-line.days, line.owed.due_on, line.owed.item))


def term_warnings(pack: Pack, one: Owed) -> tuple[TermWarning, ...]:
    """What is wrong with the term of an invoice; instalments may be agreed (act of 8 March 2013, art. 11) and are not judged.

    Whether the buyer is a large firm and the contract says the term in words is not known; the invoice counts as received when issued.
    """
    if one.amount != one.gross:
        return ()
    return pack.term_warnings(PaymentTerm(one.debtor, one.issued_on, one.due_on))
