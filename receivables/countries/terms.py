"""Payment terms longer than the law allows. They are shown; nothing is worked out anew from the lawful day."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from receivables.countries.words import Debtor

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PaymentTerm:
    """What is known of a term; None is not known. `received_on` is the day the buyer got the invoice (KSeF: its number was assigned)."""

    debtor: Debtor
    received_on: date
    due_on: date
    is_express: bool | None = None  # the contract says so in words
    debtor_is_large: bool | None = None
    creditor_is_large: bool | None = None

    @property
    def days(self) -> int:
        """From the day after receipt through the due date."""
        return (self.due_on - self.received_on).days


class TermFault(StrEnum):
    """What is wrong with a term."""

    PUBLIC_TOO_LONG = "public_too_long"  # a public body has no choice
    LARGE_TOO_LONG = "large_too_long"  # a large buyer and a smaller seller have none
    MAY_BE_TOO_LONG = "may_be_too_long"  # allowed only if express and fair, or not against a smaller seller
    MAY_END_CONTRACT = "may_end_contract"  # so long that the seller may withdraw


@dataclass(frozen=True, slots=True)
class TermWarning:
    """A fault with the last day that the law would allow, and the law."""

    fault: TermFault
    lawful_until: date
    source: str


@dataclass(frozen=True, slots=True)
class TermLaw:
    """The caps of a country, in days from receipt of the invoice. None: no cap. Consumers have none anywhere here."""

    source: str
    most: int | None = 60
    public: int | None = 30
    public_health: int | None = 60
    hard_for_large: bool = False  # large buyer, smaller seller: `large` days whatever the contract says
    large: int = 60
    may_end_after: int | None = None

    def warnings(self, term: PaymentTerm) -> tuple[TermWarning, ...]:
        """What is wrong with a term, the gravest first. A large buyer is taken as such only where it is known."""
        if term.debtor in (Debtor.PUBLIC, Debtor.PUBLIC_HEALTH):
            cap = self.public if term.debtor is Debtor.PUBLIC else self.public_health
            return (self._warning(TermFault.PUBLIC_TOO_LONG, term, cap),) if _exceeds(term, cap) else ()
        return () if term.debtor is Debtor.CONSUMER else tuple(self._of_firms(term))

    def _of_firms(self, term: PaymentTerm) -> list[TermWarning]:
        is_hard = self.hard_for_large and term.debtor_is_large is True and term.creditor_is_large is False
        if is_hard and _exceeds(term, self.large):
            ends = self.may_end_after is not None and _exceeds(term, self.may_end_after)
            faults = [TermFault.LARGE_TOO_LONG, *([TermFault.MAY_END_CONTRACT] if ends else [])]
            return [self._warning(fault, term, self.large) for fault in faults]
        may_be_hard = self.hard_for_large and term.debtor_is_large is not False and term.creditor_is_large is not True
        if _exceeds(term, self.most) and (term.is_express is not True or may_be_hard):
            return [self._warning(TermFault.MAY_BE_TOO_LONG, term, self.most)]
        return []

    def _warning(self, fault: TermFault, term: PaymentTerm, cap: int | None) -> TermWarning:
        return TermWarning(fault, term.received_on + (cap or 0) * _DAY, self.source)


def _exceeds(term: PaymentTerm, cap: int | None) -> bool:
    return cap is not None and term.days > cap
