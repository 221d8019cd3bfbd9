"""Terms or prepayment, with the reasons: what a check of a customer suggests. Pure; see docs/credit.md.

A register that does not answer, or knows nobody, changes nothing: the suggestion is the one without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from receivables.core.money import Money
from receivables.core.sentences import Sentence, gettext_noop, sentence
from receivables.credit.judging import Facts, Judgement, oldest_days, room_under
from receivables.credit.registers.protocol import Verdict
from receivables.credit.states import Cause, CreditState, LimitKind

TERMS = {"A": 30, "B": 21, "C": 14, "D": 7}
"""Our own choice: days by payer rating; E is prepayment."""
OF_A_NEW_CUSTOMER = 7
INSURED = 14
WHILE_SOMETHING_IS_LATE = 7

BAD = {
    Verdict.ENDED: gettext_noop("A register says that the business has ended: %(register)s."),
    Verdict.REMOVED: gettext_noop("A register says removed or refused: %(register)s."),
}
GOOD = gettext_noop("A register says active: %(register)s.")
WRONG_NUMBER = gettext_noop("The tax number cannot be right, so nobody knows who this is.")
NO_ROOM = gettext_noop("Nothing is left of the credit limit of %(limit)s.")
ROOM = gettext_noop("%(room)s is left of the credit limit.")
INSURED_ROOM = gettext_noop("%(room)s is insured.")
RATED = gettext_noop("The payer rating is %(letter)s.")
NOTHING_KNOWN = gettext_noop("Too little is known of how they pay.")
LATE = gettext_noop("Something is %(days)s days overdue.")


class Offer(StrEnum):
    """What to offer."""

    TERMS = "terms"
    PREPAYMENT = "prepayment"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Known:
    """All that the suggestion stands on; `verdicts` by name of the register. `rating` is a letter, or nothing."""

    judgement: Judgement
    facts: Facts = field(default_factory=Facts)
    rating: str = ""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    is_number_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`terms_days` after delivery or invoice, 0 where there are none. The first reason weighs most."""

    kind: Offer
    terms_days: int
    reasons: tuple[Sentence, ...]


def suggest(known: Known, *, on: date) -> Suggestion:
    """The credit state first, then registers and limits, then how they have paid so far."""
    state = known.judgement.state
    if state is not CreditState.OPEN:
        offer = Offer.STOP if state is CreditState.STOP else Offer.PREPAYMENT
        return Suggestion(offer, 0, tuple(reason.words for reason in known.judgement.reasons))
    if against := _against(known, on=on):
        return Suggestion(Offer.PREPAYMENT, 0, against)
    return _terms(known, on=on)


def _against(known: Known, *, on: date) -> tuple[Sentence, ...]:
    """What speaks against any credit, though the state is open."""
    found = [sentence(BAD[verdict], register=name) for name, verdict in sorted(known.verdicts.items()) if verdict in BAD]
    if known.is_number_wrong and not known.rating:
        found.append(sentence(WRONG_NUMBER))
    limit, room = known.facts.limits.get(LimitKind.OWN), room_under(known.facts, LimitKind.OWN, on=on)
    if limit and room and not room.amount:
        found.append(sentence(NO_ROOM, limit=Money(limit.amount, limit.currency)))
    if known.rating and known.rating not in TERMS:
        found.append(sentence(RATED, letter=known.rating))
    return tuple(found)


def _terms(known: Known, *, on: date) -> Suggestion:
    """Days by rating; less while something is late; more where an insurer pays."""
    active = [name for name, verdict in sorted(known.verdicts.items()) if verdict in (Verdict.ACTIVE, Verdict.EXEMPT)]
    days = TERMS[known.rating] if known.rating else OF_A_NEW_CUSTOMER if active else 0
    reasons = [sentence(RATED, letter=known.rating) if known.rating else sentence(NOTHING_KNOWN)]
    reasons += [sentence(GOOD, register=name) for name in active]
    insured = room_under(known.facts, LimitKind.INSURED, on=on)
    if insured and insured.amount:
        days = max(days, INSURED)
        reasons.append(sentence(INSURED_ROOM, room=insured))
    if late := oldest_days(known.facts, on=on):
        days = min(days, WHILE_SOMETHING_IS_LATE)
        reasons.insert(0, sentence(LATE, days=late))
    if room := room_under(known.facts, LimitKind.OWN, on=on):
        reasons.append(sentence(ROOM, room=room))
    reasons += [reason.words for reason in known.judgement.reasons if reason.cause is Cause.PERSON]
    return Suggestion(Offer.TERMS if days else Offer.PREPAYMENT, days, tuple(reasons))
