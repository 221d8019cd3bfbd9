"""What the adapters share: one exchange, and JSON that is an object or nothing."""

import json
from typing import Any

from receivables.core.printed import one_line
from receivables.credit.registers.protocol import Answer, Why, unknown
from receivables.outside import Answered, Bounds, Reach, Request, Unreachable, ask


def talk(request: Request, bounds: Bounds) -> Answered | Answer:
    """The register's answer with status 200, else `UNKNOWN` with its reason."""
    try:
        answered = ask(request, reach=Reach.CHOSEN, bounds=bounds)
    except Unreachable:
        return unknown(Why.NO_ANSWER)
    if answered.status == 429:
        return unknown(Why.OVER_LIMIT, answered.body)
    if 400 <= answered.status < 500:
        return unknown(Why.REFUSED, answered.body)
    return answered if answered.status == 200 else unknown(Why.NO_ANSWER, answered.body)


def read_json(answered: Answered) -> dict[str, Any] | None:
    """The object that an answer holds; None for anything else."""
    try:
        value = json.loads(answered.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text_of(value: Any) -> str:
    """A text on one line, at most 500 characters; empty for anything that is none."""
    return one_line(value)[:500] if isinstance(value, str) else ""


def without_empty(**facts: str) -> dict[str, str]:
    """Facts that say something."""
    return {name: text for name, text in facts.items() if text}
