"""A check as the command prints it: JSON with amounts as strings and days as ISO dates, or lines for a person. Sentences are English."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from receivables.core.money import round_to_unit
from receivables.credit.checking import Check
from receivables.credit.judging import Exposure, Reason, room_under
from receivables.credit.models import RegisterAnswer
from receivables.credit.states import Cause


def as_json(found: Check) -> dict[str, Any]:
    """All of it."""
    customer, tax_id, until = found.subject.customer, found.subject.tax_id, found.judgement.until
    return {
        "number": customer.number if customer else None,
        "name": customer.name if customer else None,
        "tax_id": tax_id.plain if tax_id else None,
        "on": found.on.isoformat(),
        "state": found.judgement.state,
        "reason": found.judgement.cause,
        "until": until.isoformat() if until else None,
        "reasons": [str(reason.words) for reason in found.judgement.reasons],
        "identifiers": [_identifier(one.kind, one.plain, one.problem) for one in found.identifiers],
        "registers": [_register(answer) for answer in found.answers],
        "history": _history(found),
        "exposure": exposure_json(found.facts.exposures),
        "limits": _limits(found),
        "suggestion": {
            "kind": found.suggestion.kind,
            "terms_days": found.suggestion.terms_days,
            "reasons": [str(reason) for reason in found.suggestion.reasons],
        },
    }


UNTOLD = {Cause.PERSON: "A person decided so until %(until)s.", Cause.STOP_FACT: "A stop fact is recorded."}
"""What a shop hears in place of sentences that hold a person's own words, or what befell a customer."""


def reasons_json(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """For a shop: each code with an English sentence; nobody's own words and no kind of stop fact leave the house."""
    return [{"code": one.cause, "text": str(replace(one.words, text=UNTOLD.get(one.cause, one.words.text)))} for one in reasons]


def exposure_json(exposures: Iterable[Exposure]) -> list[dict[str, str]]:
    """What is owed, by currency."""
    names = ("open", "overdue", "not_due", "credit")
    return [{"currency": one.currency, **{name: amount_text(getattr(one, name), one.currency) for name in names}} for one in exposures]


def amount_text(amount: Decimal, currency: str) -> str:
    """With as many decimals as the currency has."""
    return str(round_to_unit(amount, currency))


def in_words(found: Check) -> Iterator[str]:
    """Line by line."""
    told = as_json(found)
    days = told["suggestion"]["terms_days"]
    yield f"{told['number'] or 'not a customer yet'}: {told['name'] or told['tax_id']}, on {told['on']}"
    yield f"Suggested: {told['suggestion']['kind']}{f', {days} days' if days else ''}"
    yield from (f"  - {reason}" for reason in told["suggestion"]["reasons"])
    yield f"Credit state: {told['state']} ({told['reason']})"
    yield from (f"{one['kind']}: {one['number'] or 'kept sealed'}{_dash(one['problem'])}" for one in told["identifiers"])
    yield from (f"{one['register']}: {one['verdict']}{_dash(one['why'])}{_dash(one['proof'])}" for one in told["registers"])
    if not told["registers"]:
        yield "No register was asked: none is configured for this number and day."
    yield from _history_words(told["history"])
    for one in told["exposure"]:
        parts = f"overdue {one['overdue']}, not due {one['not_due']}, not allocated {one['credit']}"
        yield f"Open: {one['open']} {one['currency']}; {parts}"
    for one in told["limits"]:
        yield f"Limit ({one['kind']}): {one['amount']} {one['currency']}, left {one['left'] or 'nothing, it is not valid'}"


def _history_words(history: dict[str, Any]) -> Iterator[str]:
    delay = history["average_delay_days"]
    yield f"Rating: {history['rating'] or 'too little is known'}{f'; average delay {delay} days' if delay else ''}"
    if promises := ", ".join(f"{count} {state}" for state, count in sorted(history["promises"].items())):
        yield f"Promises: {promises}"


def _dash(text: str | None) -> str:
    return f" - {text}" if text else ""


def _identifier(kind: str, plain: str, problem: object) -> dict[str, str | None]:
    return {"kind": kind, "number": plain or None, "problem": str(problem) if problem else None}


def _register(answer: RegisterAnswer) -> dict[str, Any]:
    told = {name: getattr(answer, name) or None for name in ("register", "account", "verdict", "why", "proof")}
    return {**told, "on": answer.on.isoformat(), "asked_at": answer.asked_at.isoformat(), "facts": answer.facts}


def _history(found: Check) -> dict[str, Any]:
    figures = found.history.rating.figures
    return {
        "rating": found.history.rating.letter,
        "average_delay_days": _rounded(figures.delay) if figures else None,
        "paid_in_time_percent": _rounded(figures.in_time_percent) if figures else None,
        "promises": found.history.promises,
    }


def _limits(found: Check) -> list[dict[str, Any]]:
    told = []
    for kind, limit in found.facts.limits.items():
        room = room_under(found.facts, kind, on=found.on)
        left = amount_text(room.amount, room.currency) if room else None
        until = limit.valid_until.isoformat() if limit.valid_until else None
        amount = amount_text(limit.amount, limit.currency)
        told.append({"kind": kind, "amount": amount, "currency": limit.currency, "left": left, "valid_until": until})
    return told


def _rounded(value: Decimal) -> str:
    """One decimal place, half to even, as the page shows it."""
    return str(value.quantize(Decimal("0.1"), ROUND_HALF_EVEN))
