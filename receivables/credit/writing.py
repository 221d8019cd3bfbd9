"""Reasons as the rows keep them: plain JSON, and back into sentences for a page."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from receivables.core.money import Money
from receivables.core.sentences import Fact, Sentence
from receivables.credit.judging import Reason
from receivables.credit.states import Cause, CreditState


def written_reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """For a JSON column."""
    return [
        {"cause": reason.cause, "state": reason.state, "text": reason.words.text, "facts": _written(reason.words)} for reason in reasons
    ]


def read_reasons(rows: Sequence[dict[str, Any]]) -> tuple[Reason, ...]:
    """What `written_reasons` wrote."""
    return tuple(
        Reason(
            Cause(row["cause"]),
            CreditState(row["state"]),
            Sentence(row["text"], {name: _read(fact) for name, fact in row["facts"].items()}),
        )
        for row in rows
    )


def _written(words: Sentence) -> dict[str, Any]:
    return {name: _plain(fact) for name, fact in words.facts.items()}


def _plain(fact: Fact) -> Any:
    if isinstance(fact, Money):
        return {"amount": str(fact.amount), "currency": fact.currency}
    if isinstance(fact, date):
        return {"day": fact.isoformat()}
    return str(fact) if isinstance(fact, Decimal) else fact


def _read(value: Any) -> Fact:
    if isinstance(value, dict):
        return date.fromisoformat(value["day"]) if "day" in value else Money(Decimal(value["amount"]), value["currency"])
    fact: Fact = value
    return fact
