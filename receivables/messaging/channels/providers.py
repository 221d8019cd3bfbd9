"""Asking a provider by HTTP: how far the question came decides what we know. RELIABILITY.md section 4, "Outbox row"."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from receivables.messaging.outgoing import Failed, Later, Outcome, Unknown
from receivables.outside import Answered, Bounds, Reach, Request, Unanswered, Unreachable, ask

BOUNDS = Bounds(connect_seconds=5.0, total_seconds=25.0, most_bytes=200_000)
"""A channel answers within 30 s; what looking up the name takes comes on top."""

_FOR_A_PERSON = {
    HTTPStatus.UNAUTHORIZED: "does not know our key",
    HTTPStatus.PAYMENT_REQUIRED: "has no credit left for us",
    HTTPStatus.FORBIDDEN: "does not allow us this",
    HTTPStatus.NOT_FOUND: "has nothing at the address that is set",
    HTTPStatus.METHOD_NOT_ALLOWED: "has nothing at the address that is set",
    HTTPStatus.REQUEST_TIMEOUT: "says that we were too slow",
    HTTPStatus.TOO_MANY_REQUESTS: "says that we ask too often",
}


def post_form(url: str, fields: dict[str, str], *, authorization: str, bounds: Bounds, who: str) -> Answered | Outcome:
    """The provider's answer, or the outcome where there is none that could be read."""
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Authorization": authorization}
    try:
        return ask(Request("POST", url, urlencode(fields).encode(), headers), reach=Reach.CHOSEN, bounds=bounds)
    except Unanswered as silence:
        return Unknown(f"{who} was asked and gave no whole answer: {silence}")
    except Unreachable as refusal:
        return Later(f"{who} was not asked: {refusal}")


def by_status(status: int, *, who: str, duplicate: Outcome) -> Outcome | None:
    """What the status alone tells; None for 2xx. `duplicate` is what 409 means: this key was taken before, where keys are taken."""
    if 200 <= status < 300:
        return None
    if status == HTTPStatus.CONFLICT:
        return duplicate
    if status >= 500:
        return Unknown(f"{who} broke down ({status}).")
    if 300 <= status < 400:
        return Later(f"{who} sends us elsewhere ({status}); check the address that is set.")
    reason = _FOR_A_PERSON.get(HTTPStatus(status)) if status in HTTPStatus._value2member_map_ else None
    return Later(f"{who} {reason} ({status}).") if reason else Failed(f"{who} refuses the message ({status}).")


def as_object(body: bytes) -> dict[str, Any]:
    """The answer's JSON object; empty where it is none."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def as_int(value: object) -> int | None:
    """A code that may come as a number or as digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number_of(recipient: str) -> str:
    """The digits of an international number ("+48…"); empty where it is none. E.164: at most fifteen."""
    digits = recipient.removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15 else ""
