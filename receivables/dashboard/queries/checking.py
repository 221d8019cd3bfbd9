"""A check in words, as the page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices.models import Customer
from receivables.core.identifiers import Checked
from receivables.credit.checking import Check
from receivables.credit.judging import Exposure
from receivables.credit.models import RegisterAnswer
from receivables.credit.models.standings import STATES
from receivables.credit.registers.protocol import Verdict
from receivables.credit.suggesting import Offer
from receivables.dashboard.queries.credit import REGISTERS, TONES, LimitShown, limits_shown, reason_words
from receivables.dashboard.queries.ratings import RatingShown, rating_shown
from receivables.dashboard.words import said, word

VERDICT_TONES = {
    Verdict.ACTIVE: "ok", Verdict.EXEMPT: "ok", Verdict.NOT_LISTED: "muted", Verdict.REMOVED: "bad", Verdict.ENDED: "bad",
    Verdict.UNKNOWN: "muted",
}  # fmt: skip
OFFER_TONES = {Offer.TERMS: "ok", Offer.PREPAYMENT: "warn", Offer.STOP: "bad"}
KINDS = {
    "nip": "NIP", "regon": "REGON", "pesel": "PESEL", "krs": "KRS", "eu_vat": "VAT UE", "gb_vat": "VAT GB", "iban": "IBAN", "tax_id": "VAT",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NumberShown:
    """A number with what is wrong with it, if anything."""

    kind: str
    number: str
    problem: str


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """What a register said, when, and its proof."""

    register: str
    row: RegisterAnswer
    tone: str
    is_of_today: bool


@dataclass(frozen=True, slots=True)
class CheckShown:
    """A check as it stands on the page."""

    customer: Customer | None
    title: str
    offer: str
    offer_tone: str
    reasons: tuple[str, ...]
    state: str
    state_tone: str
    numbers: tuple[NumberShown, ...]
    answers: tuple[AnswerShown, ...]
    rating: RatingShown
    promises: str
    exposures: Sequence[Exposure]
    limits: tuple[LimitShown, ...]


def check_shown(found: Check) -> CheckShown:
    """In the language of the page."""
    suggestion, state = found.suggestion, found.judgement.state
    customer, tax_id = found.subject.customer, found.subject.tax_id
    return CheckShown(
        customer=customer,
        title=customer.name if customer else tax_id.shown if tax_id else "",
        offer=_offer(suggestion.kind, suggestion.terms_days),
        offer_tone=OFFER_TONES[suggestion.kind],
        reasons=tuple(reason_words(reason) for reason in suggestion.reasons),
        state=word(dict(STATES), state),
        state_tone=TONES[state],
        numbers=tuple(_number(one) for one in found.identifiers),
        answers=tuple(_answer(one, on=found.on) for one in found.answers),
        rating=rating_shown(found.history.rating),
        promises=_promises(found.history.promises),
        exposures=found.facts.exposures,
        limits=limits_shown(found.facts, on=found.on),
    )


def _offer(kind: Offer, days: int) -> str:
    if kind is Offer.TERMS:
        return ngettext("terms of %(n)d day", "terms of %(n)d days", days) % {"n": days}
    return _("prepayment only") if kind is Offer.PREPAYMENT else _("no sale")


def _number(one: Checked) -> NumberShown:
    return NumberShown(KINDS.get(one.kind, one.kind), one.shown, said(one.problem) if one.problem else "")


def _answer(row: RegisterAnswer, *, on: date) -> AnswerShown:
    return AnswerShown(word(REGISTERS, row.register), row, VERDICT_TONES[Verdict(row.verdict)], row.on == on)


def _promises(promises: dict[str, Any]) -> str:
    kept, broken = promises.get("kept", 0), promises.get("broken", 0)
    if not kept and not broken:
        return ""
    return _("%(kept)d kept, %(broken)d broken") % {"kept": kept, "broken": broken}
