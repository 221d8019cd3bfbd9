"""Events of Debitura: whether a call is signed, what it is about, and what follows from it. Pure.

Source: docs.debitura.com, "Webhooks" and "Case Lifecycle" (developer concepts) and "Create webhook subscription" (Customer API), as stored
in public; an older page of theirs names another header form ("sha256=…"), which is not taken. Nothing here was tried against the service.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from receivables.core.errors import DomainError
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop

SIGNATURE = "X-Debitura-Signature"  # "t=SECONDS,v1=HEX"
TOLERANCE = 300  # seconds, either way: "Verify timestamp is within 5 minutes"
_SIGNED = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def is_signed(body: bytes, *, signature: str, secret: str, now: datetime) -> bool:
    """Whether these very bytes were signed within the tolerance: HMAC-SHA256 of "SECONDS.BODY" by the secret, which is Base64."""
    said = _SIGNED.fullmatch(signature.strip())
    key = _key(secret)
    if said is None or not key or abs(now.timestamp() - int(said[1])) > TOLERANCE:
        return False
    expected = hmac.new(key, f"{said[1]}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), said[2].encode())


def _key(secret: str) -> bytes:
    """Empty for what is no Base64."""
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return b""


def is_secret(text: str) -> bool:
    """Whether it can be the secret of a subscription."""
    return bool(_key(text.strip()))


class UnreadableEvent(DomainError):
    """The body is no event."""


@dataclass(frozen=True, slots=True)
class Event:
    """`case_id` and `reference` are theirs, `creditor_reference` is our number of the case; empty where it does not say."""

    id: str
    kind: str  # "case.updated"
    case_id: str = ""
    reference: str = ""
    creditor_reference: str = ""
    lifecycle: str = ""
    close_code: str = ""
    amount: str = ""
    currency: str = ""

    @property
    def lacks_state(self) -> bool:
        """Whether the case itself has to be looked at to know what the event means, or which of ours it is about."""
        return not self.creditor_reference or (self.kind in OF_STATES and not self.lifecycle)


OF_STATES = frozenset({"case.updated", "case.closed"})


def read_event(body: bytes) -> Event:
    """The event of a body. Raises `UnreadableEvent`."""
    try:
        said = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise UnreadableEvent(gettext_noop("The body is no JSON.")) from None
    data = said.get("data") if isinstance(said, dict) else None
    if not isinstance(data, dict) or not _text(said, "id") or not _text(said, "event"):
        raise UnreadableEvent(gettext_noop("The body is no event: it has no id, kind or data."))
    event = Event(_text(said, "id"), _text(said, "event"), amount=_text(data, "amount"), currency=_text(data, "currency"))
    return with_case(event, {**data, "id": data.get("caseId")})


def with_case(event: Event, case: Mapping[str, Any]) -> Event:
    """The event filled up with what a case says; what it says itself stands."""
    found = {
        "case_id": _text(case, "id"),
        "reference": _text(case, "reference"),
        "creditor_reference": _text(case, "creditorReference"),
        "lifecycle": _text(case, "lifecycle") or _text(case, "status"),
        "close_code": _text(case, "closeCode"),
    }
    return replace(event, **{name: value for name, value in found.items() if value and not getattr(event, name)})


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return one_line(value)[:100] if isinstance(value, str) else ""


class Means(StrEnum):
    """What follows from an event."""

    NOTHING = "nothing"  # it is kept
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    REJECTED = "rejected"
    RETURNED = "returned"
    PAID = "paid"  # closed there as paid: here too, once nothing is open; else a person looks, and nobody is chased
    ASK = "ask"  # a person looks


_REJECTED = ("case never started", "invalid case data", "no quotes received", "quotes expired - not accepted")
_RETURNED = (
    "debtor untraceable", "withdrawn by client", "pre-legal exhausted - no payment", "settlement rejected by client", "unresponsive client",
    "uneconomical to pursue",
)  # fmt: skip
_PAID = ("paid", "partially paid")
_AT_WORK = (
    "pending contract signing", "pending verification internal", "pending verification", "more info required", "collecting quotes",
    "pending quote selection", "pending quote by partner", "quote given by partner", "paused",
)  # fmt: skip


def meaning(event: Event) -> Means:
    """By kind, state and close code. Insolvency, a dispute, limitation and what nobody knows are for a person: the ladder would chase."""
    if event.kind == "case.created":
        return Means.NOTHING
    if event.kind not in OF_STATES:
        return Means.ASK  # money too: which account it came to, the event does not say
    state = _folded(event.lifecycle)
    if state == "closed":
        return _closed(_folded(event.close_code))
    return Means.RECEIVED if state == "active" else Means.IN_PROGRESS if state in _AT_WORK else Means.ASK


def _closed(code: str) -> Means:
    if code in _PAID:
        return Means.PAID
    return Means.REJECTED if code in _REJECTED else Means.RETURNED if code in _RETURNED else Means.ASK


def _folded(words: str) -> str:
    return " ".join(words.replace("–", "-").split()).casefold()
