"""A customer's credit as pages show it: the state with its reasons in words, limits and exposure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from dunning.models import StopFact
from invoices.models import Customer
from receivables.core.money import Money
from receivables.core.sentences import Sentence
from receivables.credit.facts import credit_facts
from receivables.credit.judging import Exposure, Facts, Limit, room_under
from receivables.credit.models import CreditLimit, CreditStanding
from receivables.credit.states import CreditState, LimitKind
from receivables.credit.writing import read_reasons
from receivables.dashboard.words import Words, said, word

REGISTERS: Words = {"white_list": _("the white list"), "vies": "VIES", "regon": "REGON"}
TONES = {CreditState.OPEN: "ok", CreditState.PREPAYMENT: "warn", CreditState.STOP: "bad"}


@dataclass(frozen=True, slots=True)
class LimitShown:
    """A limit with what is left of it; `room` is None once it is not valid any more."""

    kind: str
    limit: Limit
    room: Money | None


@dataclass(frozen=True, slots=True)
class CreditShown:
    """What a customer may buy, and why. `standing` is None for whom nobody has judged yet."""

    standing: CreditStanding | None
    tone: str
    reasons: tuple[str, ...]
    limits: tuple[LimitShown, ...]
    exposures: Sequence[Exposure]


def credit_shown(customer: Customer, *, on: date) -> CreditShown:
    """As it stands; a fixed number of queries."""
    standing = CreditStanding.objects.filter(customer=customer).first()
    facts = credit_facts(customer.creditor, [customer.pk], on=on, rated=False)[customer.pk]
    state = CreditState(standing.state) if standing else CreditState.OPEN
    reasons = tuple(reason_words(reason.words) for reason in read_reasons(standing.reasons)) if standing else ()
    return CreditShown(standing, TONES[state], reasons, limits_shown(facts, on=on), facts.exposures)


def limits_shown(facts: Facts, *, on: date) -> tuple[LimitShown, ...]:
    """Our own and the insured one, where there are any."""
    kinds = dict(CreditLimit.KINDS)
    return tuple(
        LimitShown(str(kinds[kind]), facts.limits[kind], room_under(facts, kind, on=on)) for kind in LimitKind if kind in facts.limits
    )


def reason_words(words: Sentence) -> str:
    """A reason in the language of the page; the kind of a stop fact as its word."""
    if "fact" in words.facts:
        kind = word(dict(StopFact.KINDS), words.facts["fact"])
        words = Sentence(words.text, {**words.facts, "fact": kind})
    if "register" in words.facts:
        words = Sentence(words.text, {**words.facts, "register": word(REGISTERS, words.facts["register"])})
    return said(words)
